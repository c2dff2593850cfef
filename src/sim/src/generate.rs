//! Makes up rows from a lesson's description of its tables.
//!
//! In: tables as data, settings, a data seed. Out: rows, the same for the same three. Each table draws from
//! its own stream, so more rows in one table change nothing in another.

use crate::random::{Purpose, Stream};
use std::collections::BTreeMap;
use unhappy_lesson::{Column, Fill, RowCount, Table};
use unhappy_trace::Value;

/// Rows of one table.
#[derive(Debug, Clone)]
pub struct Rows {
    /// Name of the table.
    pub table: String,
    /// Column names.
    pub columns: Vec<String>,
    /// Cells, one list a row, in the order of `columns`.
    pub cells: Vec<Vec<Value>>,
}

/// Makes up the rows of all tables, in order.
pub fn rows(tables: &[Table], settings: &BTreeMap<String, i64>, data_seed: u64) -> Vec<Rows> {
    let mut made: Vec<Rows> = Vec::with_capacity(tables.len());
    for (number, table) in tables.iter().enumerate() {
        let count = match &table.rows {
            RowCount::Fixed(count) => *count,
            RowCount::Setting(key) => settings.get(key).copied().unwrap_or(0).max(0).unsigned_abs(),
        };
        let columns: Vec<Vec<Value>> = table
            .columns
            .iter()
            .enumerate()
            .map(|(index, column)| {
                let ordinal = (number as u64) << 16 | index as u64;
                let mut stream = Stream::new(data_seed, Purpose::Data, ordinal);
                fill(&column.fill, count, &mut stream, &made)
            })
            .collect();
        let cells = (0..usize::try_from(count).expect("row counts fit memory"))
            .map(|row| columns.iter().map(|cells| cells[row].clone()).collect())
            .collect();
        made.push(Rows {
            table: table.name.clone(),
            columns: table.columns.iter().map(|column| column.name.clone()).collect(),
            cells,
        });
    }
    made
}

/// Makes up the data of clients, one map each: columns draw from streams of their own.
pub fn users(columns: &[Column], count: u64, data_seed: u64, made: &[Rows]) -> Vec<Value> {
    let filled: Vec<(&str, Vec<Value>)> = (0..)
        .zip(columns)
        .map(|(ordinal, column)| {
            let mut stream = Stream::new(data_seed, Purpose::Users, ordinal);
            (column.name.as_str(), fill(&column.fill, count, &mut stream, made))
        })
        .collect();
    let rows = 0..usize::try_from(count).expect("the number of clients fits memory");
    rows.map(|row| {
        let cells = filled.iter().map(|(name, cells)| ((*name).to_owned(), cells[row].clone()));
        Value::Map(cells.collect())
    })
    .collect()
}

fn fill(fill: &Fill, count: u64, stream: &mut Stream, made: &[Rows]) -> Vec<Value> {
    match fill {
        Fill::Number { first } => (0..count).map(|row| Value::Int(first + row.cast_signed())).collect(),
        Fill::Between { min, max } => {
            let width = max.abs_diff(*min) + 1;
            (0..count).map(|_| Value::Int(min + stream.below(width).cast_signed())).collect()
        }
        Fill::Pick { texts } => (0..count).map(|_| Value::Text(pick(texts, stream).clone())).collect(),
        Fill::Words { lists } => words(lists, count, stream),
        Fill::Numbered { prefix } => {
            (1..=count).map(|number| Value::Text(format!("{prefix}{number}"))).collect()
        }
        Fill::Reference { table, column } => {
            let keys = keys_of(made, table, column);
            (0..count)
                .map(|_| if keys.is_empty() { Value::Null } else { pick(&keys, stream).clone() })
                .collect()
        }
        Fill::Timestamp { first, step_seconds } => {
            let start = seconds_of(first);
            (0..count).map(|row| Value::Text(timestamp(start + row * step_seconds))).collect()
        }
    }
}

fn pick<'a, T>(items: &'a [T], stream: &mut Stream) -> &'a T {
    &items[usize::try_from(stream.below(items.len() as u64)).expect("an index fits")]
}

fn keys_of(made: &[Rows], table: &str, column: &str) -> Vec<Value> {
    let Some(rows) = made.iter().find(|rows| rows.table == table) else { return vec![] };
    let Some(index) = rows.columns.iter().position(|name| name == column) else { return vec![] };
    rows.cells.iter().map(|row| row[index].clone()).collect()
}

/// Combinations in a seeded order: a walk by a step that shares no factor with their number visits each once.
fn words(lists: &[Vec<String>], count: u64, stream: &mut Stream) -> Vec<Value> {
    let combinations = lists.iter().map(|list| list.len() as u64).product::<u64>().max(1);
    let start = stream.below(combinations);
    let mut step = 1 + stream.below(combinations);
    while greatest_common_divisor(step, combinations) != 1 {
        step += 1;
    }
    (0..count)
        .map(|row| {
            let mut rest = (start + row % combinations * step) % combinations;
            let mut parts = Vec::with_capacity(lists.len());
            for list in lists {
                let size = list.len() as u64;
                parts.push(list[usize::try_from(rest % size).expect("an index fits")].as_str());
                rest /= size;
            }
            Value::Text(parts.join(" "))
        })
        .collect()
}

fn greatest_common_divisor(left: u64, right: u64) -> u64 {
    if right == 0 { left } else { greatest_common_divisor(right, left % right) }
}

/// Seconds since 1970 of `YYYY-MM-DD HH:MM:SS`; the author's tool checked the form.
fn seconds_of(text: &str) -> u64 {
    let numbers: Vec<u64> = text.split(['-', ' ', ':', 'T']).filter_map(|part| part.parse().ok()).collect();
    let at = |index: usize, default: u64| numbers.get(index).copied().unwrap_or(default);
    days_of(at(0, 2026), at(1, 1), at(2, 1)) * 86_400 + at(3, 0) * 3600 + at(4, 0) * 60 + at(5, 0)
}

/// Days since 1970-01-01 in the Gregorian calendar, years counted from March.
fn days_of(year: u64, month: u64, day: u64) -> u64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1 - 719_468
}

fn timestamp(seconds: u64) -> String {
    let (days, rest) = (seconds / 86_400 + 719_468, seconds % 86_400);
    let era = days / 146_097;
    let day_of_era = days % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let (year, month) = (era * 400 + year_of_era, if month < 10 { month + 3 } else { month - 9 });
    let year = if month <= 2 { year + 1 } else { year };
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02}", rest / 3600, rest / 60 % 60, rest % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &str, fill: Fill) -> Column {
        Column { name: name.into(), fill }
    }

    fn tables() -> Vec<Table> {
        let words = |items: &[&str]| items.iter().map(|item| item.to_string()).collect();
        vec![
            Table {
                name: "customers".into(),
                rows: RowCount::Fixed(6),
                columns: vec![
                    column("id", Fill::Number { first: 1 }),
                    column(
                        "name",
                        Fill::Words { lists: vec![words(&["Ada", "Bo", "Cy"]), words(&["Li", "Wu"])] },
                    ),
                ],
            },
            Table {
                name: "orders".into(),
                rows: RowCount::Setting("orders".into()),
                columns: vec![
                    column("id", Fill::Number { first: 101 }),
                    column("customer_id", Fill::Reference { table: "customers".into(), column: "id".into() }),
                    column("at", Fill::Timestamp { first: "2026-02-28 23:59:30".into(), step_seconds: 60 }),
                ],
            },
        ]
    }

    #[test]
    fn rows_follow_their_seed_and_nothing_else() {
        let made = |orders: i64, seed| {
            rows(&tables(), &BTreeMap::from([("orders".to_owned(), orders)]), seed)
                .into_iter()
                .map(|rows| rows.cells)
                .collect::<Vec<_>>()
        };
        assert_eq!(made(10, 1), made(10, 1));
        assert_ne!(made(10, 1), made(10, 2));
        assert_eq!(made(10, 1)[0], made(3, 1)[0], "more orders leave the customers alone");
    }

    // Six customers, three first and two last names: every combination once.
    #[test]
    fn names_repeat_only_after_all_were_used() {
        let made = rows(&tables(), &BTreeMap::new(), 7);
        let names: std::collections::BTreeSet<String> =
            made[0].cells.iter().map(|row| row[1].canonical_json()).collect();
        assert_eq!(names.len(), 6);
    }

    #[test]
    fn numbered_texts_are_all_different() {
        let columns = vec![column("card", Fill::Numbered { prefix: "card_".into() })];
        let cards = Table { name: "cards".into(), rows: RowCount::Fixed(3), columns };
        let made = rows(&[cards], &BTreeMap::new(), 7);
        let texts: Vec<&str> = made[0].cells.iter().filter_map(|row| row[0].as_text()).collect();
        assert_eq!(texts, ["card_1", "card_2", "card_3"]);
    }

    #[test]
    fn timestamps_cross_months() {
        let made = rows(&tables(), &BTreeMap::from([("orders".to_owned(), 2)]), 7);
        let at: Vec<&str> = made[1].cells.iter().filter_map(|row| row[2].as_text()).collect();
        assert_eq!(at, ["2026-02-28 23:59:30", "2026-03-01 00:00:30"]);
    }
}
