//! What stands in a cell: statements with their values, rows, calls of services, faults.
//!
//! In: texts of a trace. Out: short words. Not here: which cell.

use crate::json;
use unhappy_trace::event::{ServiceCalled, ServiceOutcome, TransactionWhat};
use unhappy_trace::{Fault, How, Trace, Value, text};

/// How many characters of a statement a cell shows.
const STATEMENT_CHARACTERS: usize = 110;
/// How many characters of a value or a JSON text a cell shows.
const VALUE_CHARACTERS: usize = 48;
/// How many values of a row a cell shows.
const MOST_VALUES: usize = 6;

/// Cuts a text for a cell, with `…` at the end.
pub(super) fn short(words: &str, limit: usize) -> String {
    let mut kept: String = words.chars().take(limit).collect();
    if kept.len() < words.len() {
        kept.push('…');
    }
    kept
}

/// Writes a statement in one line, with its values in their places.
pub(crate) fn statement(sql: &str, binds: &str) -> String {
    let line = sql.split_whitespace().collect::<Vec<_>>().join(" ");
    let Some(Value::Map(values)) = json::read(binds) else { return short(&line, STATEMENT_CHARACTERS) };
    let mut out = String::new();
    let mut rest = line.as_str();
    while let Some(colon) = rest.find(':') {
        let (before, after) = rest.split_at(colon);
        out.push_str(before);
        let end = after[1..].find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
        let name = &after[1..end.map_or(after.len(), |end| end + 1)];
        let found = values.iter().find(|(known, _)| known == name && !before.ends_with(':'));
        match found {
            Some((_, bound)) => out.push_str(&sql_value(bound)),
            None => out.push_str(&after[..1 + name.len()]),
        }
        rest = &after[1 + name.len()..];
    }
    out.push_str(rest);
    short(&out, STATEMENT_CHARACTERS)
}

fn sql_value(bound: &Value) -> String {
    match bound {
        Value::Text(words) => format!("'{}'", short(&words.replace('\'', "''"), VALUE_CHARACTERS)),
        Value::Null => "NULL".to_owned(),
        other => short(&other.to_json(), VALUE_CHARACTERS),
    }
}

/// Writes the only row of a preview: `id = 1, stock = 1`. None when there is not exactly one row, or it was cut.
pub(super) fn row(sql: &str, preview: &str, schema: &str) -> Option<String> {
    let rows = json::read(preview)?;
    let [only] = rows.as_list()? else { return None };
    let cells = only.as_list()?;
    let names = column_names(sql, schema).filter(|names| names.len() == cells.len());
    let shown = cells.iter().enumerate().take(MOST_VALUES).map(|(index, cell)| {
        let cell = short(&cell_words(cell), VALUE_CHARACTERS);
        names.as_ref().map_or_else(|| cell.clone(), |names| format!("{} = {cell}", names[index]))
    });
    let mut out = shown.collect::<Vec<_>>().join(", ");
    if cells.len() > MOST_VALUES {
        out.push_str(", …");
    }
    (!cells.is_empty()).then_some(out)
}

fn cell_words(cell: &Value) -> String {
    match cell {
        Value::Text(words) => words.clone(),
        Value::Null => "NULL".to_owned(),
        other => other.to_json(),
    }
}

/// Names of the columns that a statement returns, as far as its text tells: its list, or its only table's columns
/// in the schema.
fn column_names(sql: &str, schema: &str) -> Option<Vec<String>> {
    let line = sql.split_whitespace().collect::<Vec<_>>().join(" ");
    let upper = line.to_ascii_uppercase();
    let list = if let Some(at) = upper.rfind(" RETURNING ") {
        &line[at + 11..]
    } else {
        let start = upper.strip_prefix("SELECT ").map(|_| 7)?;
        &line[start..upper.find(" FROM ").unwrap_or(line.len()).max(start)]
    };
    if list.trim() != "*" {
        return Some(items(list).into_iter().map(|item| item_name(&item)).collect());
    }
    let after = upper.find(" FROM ").map(|at| at + 6).or_else(|| upper.find(" INTO ").map(|at| at + 6));
    let after = after.or_else(|| upper.strip_prefix("UPDATE ").map(|_| 7))?;
    let table = line[after..].split([' ', ',', '(', ';']).next()?;
    table_columns(schema, table)
}

/// Splits at commas that stand in no parentheses.
fn items(list: &str) -> Vec<String> {
    let (mut out, mut depth) = (vec![String::new()], 0_i32);
    for letter in list.chars() {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                out.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(last) = out.last_mut() {
            last.push(letter);
        }
    }
    out.iter().map(|item| item.trim().to_owned()).collect()
}

/// `o.total AS sum` is `sum`, `o.total` is `total`, `count(*)` is itself.
fn item_name(item: &str) -> String {
    let lower = item.to_ascii_lowercase();
    if let Some(at) = lower.rfind(" as ") {
        return item[at + 4..].trim().to_owned();
    }
    let is_path = item.chars().all(|letter| letter.is_ascii_alphanumeric() || "_.".contains(letter));
    let name = if is_path { item.rsplit('.').next().unwrap_or(item) } else { item };
    short(name, VALUE_CHARACTERS)
}

/// Reads the columns of a table from CREATE TABLE statements.
fn table_columns(schema: &str, table: &str) -> Option<Vec<String>> {
    let code: String =
        schema.lines().map(|line| line.split("--").next().unwrap_or("")).collect::<Vec<_>>().join(" ");
    let lower = code.to_ascii_lowercase();
    let start = lower.match_indices("create table").find_map(|(at, found)| {
        let rest = lower[at + found.len()..].trim_start();
        let rest = rest.strip_prefix("if not exists").unwrap_or(rest).trim_start();
        let name = rest.strip_prefix(&table.to_ascii_lowercase())?.trim_start();
        name.starts_with('(').then(|| lower.len() - name.len() + 1)
    })?;
    let mut depth = 1_i32;
    let end = code[start..].find(|letter| {
        depth += i32::from(letter == '(') - i32::from(letter == ')');
        depth == 0
    })?;
    let of_table = ["constraint", "primary", "unique", "foreign", "check", "exclude"];
    let names = items(&code[start..start + end]);
    let names = names.iter().filter_map(|item| item.split_whitespace().next());
    Some(
        names
            .filter(|name| !of_table.contains(&name.to_ascii_lowercase().as_str()))
            .map(str::to_owned)
            .collect(),
    )
}

/// Writes rows returned and changed: `1 row`, `2 rows changed`.
pub(super) fn counts(rows: u64, changed: u64) -> String {
    if changed > 0 || rows == 0 {
        let rows = text::counted(changed, "row", "rows");
        return if changed > 0 { format!("{rows} changed") } else { "no row".to_owned() };
    }
    text::counted(rows, "row", "rows")
}

/// Writes the begin or end of a transaction.
pub(super) fn transaction(trace: &Trace, what: TransactionWhat) -> (String, Option<String>) {
    let words = match what {
        TransactionWhat::Begin { level, read_only } => {
            let level = trace.text(level).to_owned();
            let level = if read_only { format!("{level}, read only") } else { level };
            return ("BEGIN".to_owned(), Some(level));
        }
        TransactionWhat::Commit => "COMMIT",
        TransactionWhat::Rollback => "ROLLBACK",
        TransactionWhat::Savepoint => "SAVEPOINT",
        TransactionWhat::Release => "RELEASE SAVEPOINT",
        TransactionWhat::RollbackTo => "ROLLBACK TO SAVEPOINT",
    };
    (words.to_owned(), None)
}

/// Writes cents as euros: `12.00 €`.
pub(crate) fn money(cents: u64) -> String {
    format!("{}.{:02} €", text::thousands(cents / 100), cents % 100)
}

/// What a call of a service says.
pub(super) struct ServiceWords {
    /// The call: `charge 12.00 €`.
    pub(super) text: String,
    /// Its arguments and what came of it.
    pub(super) small: Vec<String>,
}

/// Writes a call of a service.
pub(super) fn service(trace: &Trace, called: &ServiceCalled) -> ServiceWords {
    let name = trace.text(called.name);
    let arguments = json::read(trace.text(called.arguments));
    let cents = called.money_cents.unsigned_abs();
    let asked = arguments.as_ref().and_then(|all| all.get("amount")).and_then(Value::as_int);
    let amount = if cents > 0 { cents } else { asked.map_or(0, i64::unsigned_abs) };
    let text = match name.strip_prefix("payments.") {
        Some(what @ ("charge" | "refund")) if amount > 0 => format!("{what} {}", money(amount)),
        _ => name.to_owned(),
    };
    let mut small: Vec<String> = vec![];
    match &arguments {
        Some(Value::Map(entries)) => {
            let shown = entries
                .iter()
                .filter(|(key, value)| *value != Value::Null && (key != "amount" || amount == 0));
            let words = |(key, value): &(String, Value)| {
                format!("{key} {}", short(&cell_words(value), VALUE_CHARACTERS))
            };
            let words = shown.map(words).collect::<Vec<_>>().join(" · ");
            small.extend((!words.is_empty()).then_some(words));
        }
        _ => small.push(short(trace.text(called.arguments), VALUE_CHARACTERS)),
    }
    match &called.outcome {
        ServiceOutcome::Answered { preview } => {
            small.extend(answer(trace.text(*preview)));
        }
        ServiceOutcome::Failed { class, message, took_effect } => {
            small.push(exception(trace.text(*class), trace.text(*message)));
            small.extend(took_effect.then(|| "it took effect all the same".to_owned()));
        }
    }
    small.retain(|line| !line.is_empty());
    ServiceWords { text, small }
}

/// What a service answered: its id when it has one.
fn answer(preview: &str) -> Option<String> {
    let value = json::read(preview);
    match value.as_ref().and_then(|value| value.get("id")) {
        Some(id) => Some(format!("→ {}", cell_words(id))),
        None if preview == "null" || preview.is_empty() => None,
        None => Some(format!("→ {}", short(preview, VALUE_CHARACTERS))),
    }
}

/// `Timeout: no answer within 2 s`.
pub(super) fn exception(class: &str, message: &str) -> String {
    if message.is_empty() {
        class.to_owned()
    } else {
        format!("{class}: {}", short(message, STATEMENT_CHARACTERS))
    }
}

/// A JSON text, short; nothing for `null` and for nothing.
pub(super) fn body(json: &str) -> String {
    if json == "null" { String::new() } else { short(json, VALUE_CHARACTERS) }
}

/// Reads a fault: the actor that it belongs to, and its words.
pub(crate) fn fault(name: &str) -> (String, String) {
    let Ok(Fault { thing, how }) = name.parse::<Fault>() else { return (String::new(), name.to_owned()) };
    let parts = [".charge.response", ".request", ".response", ".commit"];
    let found = parts.iter().find_map(|part| Some((thing.strip_suffix(part)?, *part)));
    let (actor, part) = found.unwrap_or((thing.as_str(), ""));
    let words = match (part, how) {
        (".charge.response", How::Lost) => "the payment provider's answer is lost".to_owned(),
        (".commit", How::Lost) => "the connection is lost during COMMIT, which took effect".to_owned(),
        (".request", How::Lost) => "request lost".to_owned(),
        (".response", How::Lost) => "response lost".to_owned(),
        (".request", How::Twice) => "the request arrives twice".to_owned(),
        (".response", How::Twice) => "the response arrives twice".to_owned(),
        (_, How::Crash) => format!("{} crashes", actor.replace('.', " ")),
        (_, How::Late) => "the request arrives late".to_owned(),
        (part, _) => format!("{}{part} is {how}", actor),
    };
    (actor.to_owned(), words)
}

/// The row of `FOR UPDATE on accounts (id)=(1)`: `accounts (id)=(1)`.
pub(super) fn target(lock: &str) -> &str {
    lock.split_once(" on ").map_or(lock, |(_, target)| target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_carry_their_values() {
        for (sql, binds, expected) in [
            ("SELECT *\n  FROM items WHERE id = :id", "{\"id\":1}", "SELECT * FROM items WHERE id = 1"),
            (
                "UPDATE t SET a = :name::text, b = :n WHERE c = :c",
                "{\"name\":\"O'Hara\",\"n\":null}",
                "UPDATE t SET a = 'O''Hara'::text, b = NULL WHERE c = :c",
            ),
            ("COMMIT", "", "COMMIT"),
        ] {
            assert_eq!(statement(sql, binds), expected);
        }
    }

    #[test]
    fn rows_have_names() {
        let schema = "CREATE TABLE items (\n  id bigint PRIMARY KEY, -- key\n  price numeric(8, 2),\n  \
                      stock int, UNIQUE (price));";
        for (sql, preview, expected) in [
            ("SELECT * FROM items WHERE id = :id", "[[1,9.5,1]]", Some("id = 1, price = 9.5, stock = 1")),
            ("SELECT i.stock, count(*) AS n FROM items i", "[[1,2]]", Some("stock = 1, n = 2")),
            ("SELECT * FROM other", "[[1,2]]", Some("1, 2")),
            ("UPDATE items SET stock = 0 RETURNING stock", "[[0]]", Some("stock = 0")),
            ("SELECT stock FROM items", "[[1],[2]]", None),
            ("SELECT stock FROM items", "[]", None),
        ] {
            assert_eq!(row(sql, preview, schema).as_deref(), expected, "{sql}");
        }
    }

    #[test]
    fn faults_have_words() {
        for (name, actor, words) in [
            ("A.response!lost", "A", "response lost"),
            ("A2.charge.response!lost", "A2", "the payment provider's answer is lost"),
            ("process.1!crash", "process.1", "process 1 crashes"),
            ("A.commit!lost", "A", "the connection is lost during COMMIT, which took effect"),
        ] {
            assert_eq!(fault(name), (actor.to_owned(), words.to_owned()));
        }
    }
}
