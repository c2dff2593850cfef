//! Column types: PostgreSQL's names and what SQLite stores.
//!
//! In: the words of a type. Out: a [`Type`], or 0A000 for one without a faithful storage. `numeric` is among
//! those: SQLite would keep it as a binary float.

use crate::answer::SqlError;
use crate::sql::refuse::unavailable;
use crate::sql::tokens::{Kind, Token};

/// A column's type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Type {
    /// PostgreSQL's full name.
    pub(crate) name: String,
    /// What a STRICT table stores.
    pub(crate) stored: &'static str,
    /// `serial`, `bigserial`, `smallserial`.
    pub(crate) serial: bool,
    /// The limit of `varchar(n)`.
    pub(crate) max_characters: Option<String>,
}

impl Type {
    pub(crate) fn is_boolean(&self) -> bool {
        self.name == "boolean"
    }
}

/// PostgreSQL's spellings, its full name, SQLite's storage.
const TYPES: [(&str, &str, &str); 26] = [
    ("int", "integer", "INTEGER"),
    ("integer", "integer", "INTEGER"),
    ("int4", "integer", "INTEGER"),
    ("smallint", "smallint", "INTEGER"),
    ("int2", "smallint", "INTEGER"),
    ("bigint", "bigint", "INTEGER"),
    ("int8", "bigint", "INTEGER"),
    ("serial", "integer", "INTEGER"),
    ("bigserial", "bigint", "INTEGER"),
    ("smallserial", "smallint", "INTEGER"),
    ("boolean", "boolean", "INTEGER"),
    ("bool", "boolean", "INTEGER"),
    ("text", "text", "TEXT"),
    ("varchar", "character varying", "TEXT"),
    ("character varying", "character varying", "TEXT"),
    ("real", "real", "REAL"),
    ("float", "double precision", "REAL"),
    ("float8", "double precision", "REAL"),
    ("double precision", "double precision", "REAL"),
    ("timestamptz", "timestamp with time zone", "TEXT"),
    ("timestamp", "timestamp without time zone", "TEXT"),
    ("date", "date", "TEXT"),
    ("uuid", "uuid", "TEXT"),
    ("json", "json", "TEXT"),
    ("jsonb", "jsonb", "TEXT"),
    ("bytea", "bytea", "BLOB"),
];

/// Reads a type at `at`; returns it with the index after it.
///
/// # Errors
/// 0A000 for a type that is not available, 42601 when there is none.
pub(crate) fn read(sql: &str, tokens: &[Token], at: usize) -> Result<(Type, usize), SqlError> {
    let first = tokens.get(at).filter(|token| token.kind == Kind::Word);
    let Some(first) = first else { return Err(missing(sql, tokens, at)) };
    let pair = tokens.get(at + 1).map(|second| format!("{} {}", first.name(sql), second.name(sql)));
    let two = pair.filter(|pair| matches!(pair.as_str(), "double precision" | "character varying"));
    let mut end = at + if two.is_some() { 2 } else { 1 };
    let spelled = two.unwrap_or_else(|| first.name(sql));
    let zoned = spelled == "timestamp" && tokens.get(end).is_some_and(|token| token.is_word(sql, "with"));
    if spelled == "timestamp" && (zoned || tokens.get(end).is_some_and(|token| token.is_word(sql, "without")))
    {
        end += 3;
    }
    let spelled = if zoned { "timestamptz".to_owned() } else { spelled };
    let known = TYPES.iter().find(|(name, ..)| *name == spelled);
    let Some((_, name, stored)) = known else {
        let error = unavailable(sql, first, &format!("the column type {spelled}"));
        let money = matches!(spelled.as_str(), "numeric" | "decimal" | "money");
        return Err(if money { error.with_hint("Store whole cents in a bigint.") } else { error });
    };
    let (max_characters, end) = limit(sql, tokens, end);
    if tokens.get(end).is_some_and(|token| token.is_symbol(sql, "[")) {
        return Err(unavailable(sql, first, "arrays"));
    }
    let shown = match &max_characters {
        Some(limit) if *stored == "TEXT" => format!("{name}({limit})"),
        _ => (*name).to_owned(),
    };
    let max_characters = max_characters.filter(|_| *name == "character varying");
    Ok((Type { name: shown, stored, serial: spelled.ends_with("serial"), max_characters }, end))
}

/// Reads `(n)`.
fn limit(sql: &str, tokens: &[Token], at: usize) -> (Option<String>, usize) {
    match tokens.get(at..at + 3) {
        Some([open, number, close])
            if open.is_symbol(sql, "(") && number.kind == Kind::Number && close.is_symbol(sql, ")") =>
        {
            (Some(number.of(sql).to_owned()), at + 3)
        }
        _ => (None, at),
    }
}

fn missing(sql: &str, tokens: &[Token], at: usize) -> SqlError {
    match tokens.get(at) {
        Some(token) => crate::sql::command::syntax_error(sql, token),
        None => SqlError::new("42601", "syntax error at end of input").at(sql, sql.len()),
    }
}
