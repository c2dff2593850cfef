//! SQLite's errors in PostgreSQL's words.
//!
//! In: SQLite's code and message; the statement; the catalog. Out: SQLSTATE and message. Names, types and
//! syntax were checked before SQLite saw the text (`sql/`); what is left are the rows. Codes: PostgreSQL manual,
//! appendix A. Not here: the DETAIL of broken keys, which needs the rows (`engine/probe.rs`).

use crate::answer::SqlError;
use crate::engine::{RawError, carried};
use crate::limits::MAX_VM_STEPS;
use crate::schema::{Catalog, TableDef};
use crate::sql::pieces::Rendered;
use crate::sql::text::Text;
use rusqlite::ffi;

/// Rewords an error of compiling or running a statement.
pub(crate) fn reword(raw: &RawError, text: &Text, _rendered: &Rendered, catalog: &Catalog) -> SqlError {
    let scene = Scene { text, catalog };
    match raw.code & 0xff {
        ffi::SQLITE_CONSTRAINT => scene.constraint(&raw.message),
        ffi::SQLITE_INTERRUPT => interrupted(),
        ffi::SQLITE_TOOBIG => SqlError::new("54000", "a value is too large"),
        _ => error(&raw.message),
    }
}

/// Rewords an error of one of this crate's own statements, which carry out what a learner's asked for.
pub(crate) fn reword_own(raw: &RawError, catalog: &Catalog) -> SqlError {
    let text = Text::empty();
    reword(raw, &text, &Rendered::default(), catalog)
}

fn interrupted() -> SqlError {
    let steps = unhappy_trace::text::thousands(MAX_VM_STEPS as u64);
    SqlError::new("57014", "canceling statement: it ran too long")
        .with_detail(format!("It was stopped after {steps} steps of the database's virtual machine."))
}

/// An error of a function, or something SQLite cannot do that nobody refused before.
fn error(message: &str) -> SqlError {
    if let Some(error) = carried(message) {
        return error;
    }
    if message.contains("integer overflow") {
        return SqlError::new("22003", "bigint out of range");
    }
    if message.contains("Expression tree is too large") || message.contains("stack overflow") {
        return crate::sql::feed::too_deep();
    }
    SqlError::new("0A000", "this statement is not available here").with_detail(message.to_owned())
}

/// A statement and what it runs on.
struct Scene<'a> {
    text: &'a Text,
    catalog: &'a Catalog,
}

impl Scene<'_> {
    fn constraint(&self, message: &str) -> SqlError {
        let Some((kind, rest)) = message.split_once(" constraint failed") else {
            return self.stored_type(message);
        };
        let rest = rest.trim_start_matches(": ");
        match kind {
            "UNIQUE" => self.unique(rest),
            "NOT NULL" => {
                let (table, column) = rest.split_once('.').unwrap_or(("", rest));
                crate::schema::not_null(column, table)
            }
            "CHECK" => self.check(rest),
            _ => SqlError::new("23503", "a foreign key constraint is violated"),
        }
    }

    fn unique(&self, rest: &str) -> SqlError {
        let name = match rest.strip_prefix("index '") {
            Some(index) => index.trim_end_matches('\'').to_owned(),
            None => {
                let (table, columns) = key_columns(rest);
                self.catalog.table(table).map_or_else(String::new, |table| table.key_name(&columns))
            }
        };
        SqlError::new("23505", format!("duplicate key value violates unique constraint \"{name}\""))
    }

    fn check(&self, name: &str) -> SqlError {
        let holder = |table: &&TableDef| table.checks.iter().any(|check| check == name);
        let table = self.catalog.tables.values().find(holder).map(|table| table.name.as_str());
        let table = table.or(self.text.target.as_deref()).unwrap_or_default();
        SqlError::new(
            "23514",
            format!("new row for relation \"{table}\" violates check constraint \"{name}\""),
        )
    }

    /// "cannot store TEXT value in INTEGER column orders.qty", or SQLite's "datatype mismatch" for a rowid.
    fn stored_type(&self, message: &str) -> SqlError {
        let stored = message.strip_prefix("cannot store ").and_then(|rest| rest.split_once(" value in "));
        let Some((given, place)) = stored else { return SqlError::new("42804", message.to_owned()) };
        let place = place.split_whitespace().last().unwrap_or_default();
        let (table, column) = place.split_once('.').unwrap_or(("", place));
        let expected = self.catalog.table(table).and_then(|table| table.column(column));
        let expected = expected.map_or("unknown", |column| column.kind.name.as_str());
        let given = match given {
            "INT" | "INTEGER" => "integer",
            "REAL" => "double precision",
            "BLOB" => "bytea",
            _ => "text",
        };
        let message = format!("column \"{column}\" is of type {expected} but expression is of type {given}");
        SqlError::new("42804", message).with_hint("You will need to rewrite or cast the expression.")
    }
}

/// Splits "orders.a, orders.b" into the table and its columns.
pub(crate) fn key_columns(list: &str) -> (&str, Vec<&str>) {
    let mut table = "";
    let columns = list.split(", ").map(|name| {
        let (owner, column) = name.split_once('.').unwrap_or(("", name));
        table = owner;
        column
    });
    let columns = columns.collect();
    (table, columns)
}

/// Edits between two names (Levenshtein 1966).
pub(crate) fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, from) in left.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, to) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}
