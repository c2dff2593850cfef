//! SQLite's errors in PostgreSQL's words.
//!
//! In: SQLite's code, message and byte; the statement; the catalog. Out: SQLSTATE, message, hint, position.
//! Codes: PostgreSQL manual, appendix A. The words are PostgreSQL's own. Not here: the DETAIL of broken keys,
//! which needs the rows (`engine/probe.rs`).

use crate::answer::SqlError;
use crate::engine::DIVISION_BY_ZERO;
use crate::engine::RawError;
use crate::limits::MAX_VM_STEPS;
use crate::schema::{Catalog, TableDef};
use crate::sql::pieces::Rendered;
use crate::sql::text::Text;
use crate::sql::tokens::Token;
use rusqlite::ffi;

/// Functions that PostgreSQL has and this database has not.
const POSTGRESQL_FUNCTIONS: [&str; 48] = [
    "advisory_lock",
    "age",
    "array_agg",
    "array_length",
    "array_position",
    "bool_and",
    "bool_or",
    "char_length",
    "clock_timestamp",
    "currval",
    "date_part",
    "date_trunc",
    "decode",
    "encode",
    "every",
    "format",
    "generate_series",
    "greatest",
    "initcap",
    "json_agg",
    "json_build_object",
    "jsonb_agg",
    "jsonb_build_object",
    "lastval",
    "least",
    "left",
    "localtimestamp",
    "lpad",
    "make_interval",
    "md5",
    "nextval",
    "octet_length",
    "pg_advisory_lock",
    "pg_advisory_unlock",
    "pg_advisory_xact_lock",
    "pg_sleep",
    "pg_try_advisory_lock",
    "regexp_replace",
    "repeat",
    "reverse",
    "right",
    "row_to_json",
    "setval",
    "split_part",
    "starts_with",
    "string_to_array",
    "to_char",
    "unnest",
];

/// Rewords an error of compiling or running a statement.
pub(crate) fn reword(raw: &RawError, text: &Text, rendered: &Rendered, catalog: &Catalog) -> SqlError {
    let scene = Scene { text, catalog, at: raw.offset.map(|byte| rendered.source_byte(byte)) };
    match raw.code & 0xff {
        ffi::SQLITE_CONSTRAINT => scene.constraint(&raw.message),
        ffi::SQLITE_INTERRUPT => interrupted(),
        ffi::SQLITE_TOOBIG => SqlError::new("54000", "a value is too large"),
        _ => scene.error(&raw.message),
    }
}

fn interrupted() -> SqlError {
    let steps = unhappy_trace::text::thousands(MAX_VM_STEPS as u64);
    SqlError::new("57014", "canceling statement: it ran too long")
        .with_detail(format!("It was stopped after {steps} steps of the database's virtual machine."))
}

/// Returns PostgreSQL's error for a function that does not exist, or 0A000 if PostgreSQL has it.
pub(crate) fn unknown_function(name: &str) -> SqlError {
    let name = name.to_ascii_lowercase();
    if POSTGRESQL_FUNCTIONS.contains(&name.as_str()) {
        return SqlError::new("0A000", format!("the function {name}() is not available here"));
    }
    SqlError::new("42883", format!("function {name}() does not exist")).with_hint(
        "No function matches the given name and argument types. You might need to add explicit type casts.",
    )
}

/// A statement and where SQLite points in it.
struct Scene<'a> {
    text: &'a Text,
    catalog: &'a Catalog,
    at: Option<usize>,
}

impl Scene<'_> {
    fn error(&self, message: &str) -> SqlError {
        if let Some(rest) = message.strip_prefix("no such column: ") {
            return self.no_column(rest);
        }
        if let Some(rest) = message.strip_prefix("no such table: ") {
            let name = rest.strip_prefix("main.").unwrap_or(rest);
            return self.placed(SqlError::new("42P01", format!("relation \"{name}\" does not exist")), name);
        }
        if let Some(error) = self.syntax(message).or_else(|| self.names(message)) {
            return error;
        }
        if message == DIVISION_BY_ZERO {
            return SqlError::new("22012", DIVISION_BY_ZERO);
        }
        if message.contains("integer overflow") {
            return SqlError::new("22003", "bigint out of range");
        }
        if message.contains("Expression tree is too large") || message.contains("stack overflow") {
            return SqlError::new("54001", "stack depth limit exceeded");
        }
        if message.starts_with("Cannot add a")
            || message.starts_with("cannot ")
            || message.contains("error in ")
        {
            return SqlError::new("0A000", message.to_owned());
        }
        self.pointed(SqlError::new("42601", message.to_owned()))
    }

    fn syntax(&self, message: &str) -> Option<SqlError> {
        if message == "incomplete input" {
            let error = SqlError::new("42601", "syntax error at end of input");
            return Some(error.at(&self.text.source, self.text.source.trim_end().len()));
        }
        let near = message.strip_prefix("near \"").and_then(|rest| rest.strip_suffix("\": syntax error"));
        let token = near.or_else(|| quoted_part(message.strip_prefix("unrecognized token: ")?))?;
        let shown = self.token().map_or(token, |token| token.of(&self.text.source));
        Some(self.pointed(SqlError::new("42601", format!("syntax error at or near \"{shown}\""))))
    }

    fn names(&self, message: &str) -> Option<SqlError> {
        if let Some(name) = message.strip_prefix("no such function: ") {
            return Some(self.placed(unknown_function(name), name));
        }
        if let Some(name) = message.strip_prefix("wrong number of arguments to function ") {
            let name = name.trim_end_matches("()");
            return Some(self.placed(unknown_function(name), name));
        }
        if let Some(name) = message.strip_prefix("ambiguous column name: ") {
            let last = name.rsplit('.').next().unwrap_or(name);
            let error = SqlError::new("42702", format!("column reference \"{last}\" is ambiguous"));
            return Some(self.placed(error, last));
        }
        if let Some((table, column)) = split_between(message, "table ", " has no column named ") {
            return Some(self.placed(self.missing_in(column, table), column));
        }
        if let Some(error) = count_mismatch(message) {
            return Some(error);
        }
        if message.ends_with("already exists") {
            let name = message.split_whitespace().nth(1).unwrap_or_default().trim_matches('"');
            return Some(SqlError::new("42P07", format!("relation \"{name}\" already exists")));
        }
        if message.starts_with("misuse of aggregate") {
            return Some(self.pointed(SqlError::new("42803", "aggregate functions are not allowed here")));
        }
        let setops = message.contains("do not have the same number of result columns");
        setops.then(|| SqlError::new("42601", "each UNION query must have the same number of columns"))
    }

    fn no_column(&self, rest: &str) -> SqlError {
        let name = rest.split(" - should this be").next().unwrap_or(rest).trim_matches('"');
        let Some((table, column)) = name.rsplit_once('.') else {
            let error = match self.is_assigned(name) {
                Some(target) => self.missing_in(name, target),
                None => SqlError::new("42703", format!("column \"{name}\" does not exist")),
            };
            let hint = self.nearest(name);
            let placed = self.placed(error, name);
            return if placed.hint.is_none() { SqlError { hint, ..placed } } else { placed };
        };
        if !self.is_in_from(table) {
            let message = format!("missing FROM-clause entry for table \"{table}\"");
            return self.placed(SqlError::new("42P01", message), table);
        }
        self.placed(SqlError::new("42703", format!("column {table}.{column} does not exist")), table)
    }

    fn missing_in(&self, column: &str, table: &str) -> SqlError {
        SqlError::new("42703", format!("column \"{column}\" of relation \"{table}\" does not exist"))
    }

    /// The target table, if `column` is being assigned to by UPDATE … SET.
    fn is_assigned(&self, column: &str) -> Option<&str> {
        let (sql, tokens) = (&self.text.source, &self.text.tokens);
        let target = self.text.target.as_deref()?;
        let assigned = tokens.windows(3).any(|three| {
            (three[0].is_word(sql, "set") || three[0].is_symbol(sql, ","))
                && three[1].is_name()
                && three[1].name(sql).eq_ignore_ascii_case(column)
                && three[2].is_symbol(sql, "=")
        });
        assigned.then_some(target)
    }

    /// Whether a name stands somewhere without a dot after it: as a table or an alias.
    fn is_in_from(&self, name: &str) -> bool {
        let (sql, tokens) = (&self.text.source, &self.text.tokens);
        tokens.iter().enumerate().any(|(index, token)| {
            let dotted = tokens.get(index + 1).is_some_and(|next| next.is_symbol(sql, "."));
            token.is_name() && !dotted && token.name(sql).eq_ignore_ascii_case(name)
        })
    }

    /// PostgreSQL's hint for a column whose name was nearly right.
    fn nearest(&self, name: &str) -> Option<String> {
        let tables = self.catalog.tables.values().filter(|table| self.is_in_from(&table.name));
        let candidates = tables.flat_map(|table| table.columns.iter().map(move |column| (table, column)));
        let near = candidates
            .map(|(table, column)| (distance(&column.name, name), table, column))
            .filter(|(distance, ..)| *distance <= name.len().div_ceil(2).min(3))
            .min_by_key(|(distance, ..)| *distance);
        near.map(|(_, table, column)| {
            format!("Perhaps you meant to reference the column \"{}.{}\".", table.name, column.name)
        })
    }

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
        if name.starts_with("character varying(") {
            return SqlError::new("22001", format!("value too long for type {name}"));
        }
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

    fn token(&self) -> Option<&Token> {
        let at = self.at?;
        self.text.tokens.iter().find(|token| token.start <= at && at < token.end)
    }

    /// Places an error where SQLite points.
    fn pointed(&self, error: SqlError) -> SqlError {
        match self.at {
            Some(byte) => error.at(&self.text.source, byte),
            None => error,
        }
    }

    /// Places an error at the first token that spells `name`, at or after where SQLite points.
    fn placed(&self, error: SqlError, name: &str) -> SqlError {
        let (sql, from) = (&self.text.source, self.at.unwrap_or(0));
        let spells = |token: &&Token| token.is_name() && token.name(sql).eq_ignore_ascii_case(name);
        let mut tokens = self.text.tokens.iter().filter(spells);
        let token = tokens.clone().find(|token| token.start >= from).or_else(|| tokens.next());
        match token {
            Some(token) => error.at(sql, token.start),
            None => self.pointed(error),
        }
    }
}

/// "2 values for 3 columns", or "table stock has 3 columns but 2 values were supplied".
fn count_mismatch(message: &str) -> Option<SqlError> {
    let numbers: Vec<u32> = message.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    let [first, second] = numbers[..] else { return None };
    let named = message.contains(" values for ");
    let (values, columns) = if named { (first, second) } else { (second, first) };
    if !named && !message.ends_with("values were supplied") {
        return None;
    }
    Some(match (values > columns, named) {
        (true, _) => SqlError::new("42601", "INSERT has more expressions than target columns"),
        (false, true) => SqlError::new("42601", "INSERT has more target columns than expressions"),
        // PostgreSQL fills the rest with defaults.
        (false, false) => {
            SqlError::new("0A000", "INSERT without column names needs a value for every column here")
        }
    })
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

fn quoted_part(text: &str) -> Option<&str> {
    text.strip_prefix('"')?.strip_suffix('"')
}

fn split_between<'a>(text: &'a str, before: &str, between: &str) -> Option<(&'a str, &'a str)> {
    text.strip_prefix(before)?.split_once(between)
}

/// Edits between two names (Levenshtein 1966).
fn distance(left: &str, right: &str) -> usize {
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
