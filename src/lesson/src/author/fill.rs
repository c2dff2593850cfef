//! Made-up rows in `lesson.toml`: a table, how many rows it gets, how each column is filled.

use super::limits;
use super::names::{is_snake, is_timestamp};
use super::node::{Node, Spot};
use super::problem::Source;
use super::table::Table;
use crate::{Column, Fill, RowCount, Setting};

/// Reads one `[[tables]]`. `filled` are the tables before it.
pub(super) fn read_table(
    source: &Source,
    mut entry: Table,
    settings: &[Setting],
    filled: &[crate::Table],
) -> crate::Table {
    let name = entry.text("name");
    check_name(source, &name, "table");
    if filled.iter().any(|other| other.name == name.value) {
        source.refuse(name.start, format!("table {:?} is there twice", name.value));
    }
    let rows = entry.require("rows", "a number or the key of a setting");
    let rows = rows.and_then(|node| read_rows(source, &node, settings)).unwrap_or(RowCount::Fixed(0));
    let columns = entry.table("columns");
    let columns = columns.map(|table| read_columns(source, table, settings, filled)).unwrap_or_default();
    entry.finish();
    crate::Table { name: name.value, rows, columns }
}

/// Reads columns and how each is filled.
pub(super) fn read_columns(
    source: &Source,
    table: Table,
    settings: &[Setting],
    filled: &[crate::Table],
) -> Vec<Column> {
    let mut columns: Vec<Column> = vec![];
    for node in table.rest() {
        let name = Spot { value: node.key.to_owned(), start: node.start };
        check_name(source, &name, "column");
        if let Some(fill) = read_fill(source, &node, settings, filled) {
            columns.push(Column { name: name.value, fill });
        }
    }
    columns
}

fn check_name(source: &Source, name: &Spot<String>, what: &str) {
    if !name.value.is_empty() && !is_snake(&name.value) {
        source.refuse(name.start, format!("{what} {:?} is not in snake_case", name.value));
    }
}

fn read_rows(source: &Source, node: &Node, settings: &[Setting]) -> Option<RowCount> {
    if !node.is_text() {
        return node.whole_in(&limits::TABLE_ROWS).map(|rows| RowCount::Fixed(rows.value.unsigned_abs()));
    }
    let key = node.filled_text()?;
    let Some(setting) = settings.iter().find(|setting| setting.key == key.value) else {
        source.refuse(node.start, format!("there is no setting {:?} to count rows with", key.value));
        return None;
    };
    if !limits::TABLE_ROWS.contains(&setting.min) || !limits::TABLE_ROWS.contains(&setting.max) {
        let message = format!(
            "setting {:?} counts rows, so its limits must lie between {} and {}",
            setting.key,
            limits::TABLE_ROWS.start(),
            limits::TABLE_ROWS.end()
        );
        source.refuse(node.start, message);
    }
    Some(RowCount::Setting(key.value))
}

const FILLS: [&str; 7] = ["number", "between", "pick", "words", "text", "reference", "timestamp"];

/// Reads how a column is filled: a table with one of the keys of [`FILLS`].
fn read_fill(source: &Source, node: &Node, settings: &[Setting], filled: &[crate::Table]) -> Option<Fill> {
    let mut table = node.table()?;
    let (start, mut found) = (table.start(), vec![]);
    for key in FILLS {
        found.extend(table.take(key));
    }
    let fill = match found.as_slice() {
        [value] => match value.key {
            "number" => value.whole().map(|first| Fill::Number { first: first.value }),
            "between" => read_between(value),
            "pick" => read_texts(value).map(|texts| Fill::Pick { texts }),
            "words" => read_words(value),
            "text" => read_numbered(value),
            "reference" => read_reference(source, value, settings, filled),
            _ => read_timestamp(source, value, &mut table),
        },
        _ => {
            let message = format!("column {:?} needs exactly one of: {}", node.key, FILLS.join(", "));
            source.refuse(start, message);
            return None;
        }
    };
    table.finish();
    fill
}

fn read_between(node: &Node) -> Option<Fill> {
    let bounds: Vec<i64> = node.list()?.iter().filter_map(Node::whole).map(|bound| bound.value).collect();
    match bounds.as_slice() {
        [min, max] if min <= max => Some(Fill::Between { min: *min, max: *max }),
        _ => {
            node.refuse("`between` needs two whole numbers, the smaller one first");
            None
        }
    }
}

fn read_texts(node: &Node) -> Option<Vec<String>> {
    let texts: Vec<String> =
        node.list()?.iter().filter_map(Node::plain_text).map(|text| text.value).collect();
    if texts.is_empty() {
        node.refuse(format!("`{}` needs at least one text", node.key));
        return None;
    }
    Some(texts)
}

fn read_words(node: &Node) -> Option<Fill> {
    let lists: Vec<Vec<String>> = node.list()?.iter().filter_map(read_texts).collect();
    if lists.is_empty() {
        node.refuse("`words` needs at least one list of texts");
        return None;
    }
    Some(Fill::Words { lists })
}

fn read_numbered(node: &Node) -> Option<Fill> {
    let text = node.plain_text()?;
    match text.value.strip_suffix("{n}") {
        Some(prefix) if !prefix.contains(['{', '}']) => Some(Fill::Numbered { prefix: prefix.to_owned() }),
        _ => {
            node.refuse(format!(
                "`text` is {:?}, expected it to end with {{n}}, like \"card_{{n}}\"",
                text.value
            ));
            None
        }
    }
}

fn read_reference(
    source: &Source,
    node: &Node,
    settings: &[Setting],
    filled: &[crate::Table],
) -> Option<Fill> {
    let text = node.filled_text()?;
    let Some((table, column)) = text.value.split_once('.') else {
        node.refuse(format!("`reference` is {:?}, expected like \"customers.id\"", text.value));
        return None;
    };
    let Some(target) = filled.iter().find(|other| other.name == table) else {
        let message = format!("`reference` names table {table:?}, which is not filled before this one");
        source.refuse(node.start, message);
        return None;
    };
    if !target.columns.iter().any(|other| other.name == column) {
        node.refuse(format!("`reference` names column {column:?}, which table {table:?} does not fill"));
    }
    if may_be_empty(&target.rows, settings) {
        node.refuse(format!("`reference` names table {table:?}, which may have no rows"));
    }
    Some(Fill::Reference { table: table.to_owned(), column: column.to_owned() })
}

fn may_be_empty(rows: &RowCount, settings: &[Setting]) -> bool {
    match rows {
        RowCount::Fixed(count) => *count == 0,
        RowCount::Setting(key) => settings.iter().any(|setting| setting.key == *key && setting.min < 1),
    }
}

fn read_timestamp(source: &Source, node: &Node, table: &mut Table) -> Option<Fill> {
    let step = table.whole("step_seconds", limits::STEP_SECONDS).value;
    let first = node.filled_text()?;
    if !is_timestamp(&first.value) {
        let message = format!("`timestamp` is {:?}, expected like \"2026-03-02 08:00:00\"", first.value);
        source.refuse(node.start, message);
    }
    Some(Fill::Timestamp { first: first.value, step_seconds: step.unsigned_abs() })
}
