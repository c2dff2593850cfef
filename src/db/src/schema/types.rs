//! Column types: PostgreSQL's names and what SQLite stores.
//!
//! In: the words of a type. Out: a [`Type`], or 0A000 for one without a faithful storage. `numeric` is among
//! those: SQLite would keep it as a binary float; `real` too: SQLite would keep more digits.

use crate::answer::SqlError;
use crate::sql::kind::Kind;
use crate::sql::refuse::unavailable;
use crate::sql::tokens::{Kind as TokenKind, Token};

/// A column's type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Type {
    /// PostgreSQL's full name.
    pub(crate) name: String,
    /// What it is to expressions.
    pub(crate) kind: Kind,
    /// What a STRICT table stores.
    pub(crate) stored: &'static str,
    /// `serial`, `bigserial`, `smallserial`.
    pub(crate) serial: bool,
    /// The limit of `varchar(n)`.
    pub(crate) max_characters: Option<u32>,
}

impl Type {
    pub(crate) fn is_boolean(&self) -> bool {
        self.kind == Kind::Bool
    }
}

impl Default for Type {
    fn default() -> Type {
        Type {
            name: "text".to_owned(),
            kind: Kind::Text,
            stored: "TEXT",
            serial: false,
            max_characters: None,
        }
    }
}

/// PostgreSQL's spellings, the type, SQLite's storage.
const TYPES: [(&str, Kind, &str); 25] = [
    ("int", Kind::Int4, "INTEGER"),
    ("integer", Kind::Int4, "INTEGER"),
    ("int4", Kind::Int4, "INTEGER"),
    ("smallint", Kind::Int2, "INTEGER"),
    ("int2", Kind::Int2, "INTEGER"),
    ("bigint", Kind::Int8, "INTEGER"),
    ("int8", Kind::Int8, "INTEGER"),
    ("serial", Kind::Int4, "INTEGER"),
    ("bigserial", Kind::Int8, "INTEGER"),
    ("smallserial", Kind::Int2, "INTEGER"),
    ("boolean", Kind::Bool, "INTEGER"),
    ("bool", Kind::Bool, "INTEGER"),
    ("text", Kind::Text, "TEXT"),
    ("varchar", Kind::Varchar, "TEXT"),
    ("character varying", Kind::Varchar, "TEXT"),
    ("float", Kind::Float8, "REAL"),
    ("float8", Kind::Float8, "REAL"),
    ("double precision", Kind::Float8, "REAL"),
    ("timestamptz", Kind::Timestamptz, "TEXT"),
    ("timestamp", Kind::Timestamp, "TEXT"),
    ("date", Kind::Date, "TEXT"),
    ("uuid", Kind::Uuid, "TEXT"),
    ("json", Kind::Json, "TEXT"),
    ("jsonb", Kind::Jsonb, "TEXT"),
    ("bytea", Kind::Bytea, "BLOB"),
];

/// Types of PostgreSQL that have no storage here.
const UNAVAILABLE: [&str; 30] = [
    "numeric",
    "decimal",
    "dec",
    "money",
    "real",
    "float4",
    "char",
    "character",
    "bpchar",
    "name",
    "time",
    "timetz",
    "interval",
    "inet",
    "cidr",
    "macaddr",
    "bit",
    "varbit",
    "xml",
    "point",
    "line",
    "box",
    "path",
    "polygon",
    "circle",
    "tsvector",
    "tsquery",
    "int4range",
    "tstzrange",
    "oid",
];

/// Reads a type at `at`; returns it with the index after it.
///
/// # Errors
/// 0A000 for a type that is not available, 42704 for one that does not exist, 42601 when there is none.
pub(crate) fn read(sql: &str, tokens: &[Token], at: usize) -> Result<(Type, usize), SqlError> {
    let first = tokens.get(at).filter(|token| token.kind == TokenKind::Word);
    let Some(first) = first else { return Err(missing(sql, tokens, at)) };
    let (spelled, end) = spelling(sql, tokens, at);
    let Some((_, kind, stored)) = TYPES.iter().find(|(name, ..)| *name == spelled) else {
        return Err(unknown(sql, first, &spelled));
    };
    let (limit, end) = limit(sql, tokens, end);
    if tokens.get(end).is_some_and(|token| token.is_symbol(sql, "[")) {
        return Err(unavailable(sql, first, "arrays"));
    }
    if limit.is_some() && *kind != Kind::Varchar {
        let what = format!("a number in brackets after the column type {spelled}");
        return Err(unavailable(sql, first, &what));
    }
    let limit = match limit {
        Some(text) => Some(text.parse().ok().filter(|n| (1..=10_485_760).contains(n)).ok_or_else(|| {
            SqlError::new("22023", "length for type varchar must be at least 1").at(sql, first.start)
        })?),
        None => None,
    };
    let name = limit.map_or_else(|| kind.name().to_owned(), |limit| format!("{}({limit})", kind.name()));
    let serial = spelled.ends_with("serial");
    Ok((Type { name, kind: *kind, stored, serial, max_characters: limit }, end))
}

/// Reads the one to four words of a type.
fn spelling(sql: &str, tokens: &[Token], at: usize) -> (String, usize) {
    let first = tokens[at].name(sql);
    let word =
        |ahead: usize, word: &str| tokens.get(at + ahead).is_some_and(|token| token.is_word(sql, word));
    match first.as_str() {
        "double" if word(1, "precision") => ("double precision".to_owned(), at + 2),
        "character" if word(1, "varying") => ("character varying".to_owned(), at + 2),
        "timestamp" if word(1, "with") => ("timestamptz".to_owned(), at + 4),
        "timestamp" if word(1, "without") => (first, at + 4),
        _ => (first, at + 1),
    }
}

fn unknown(sql: &str, first: &Token, spelled: &str) -> SqlError {
    if !UNAVAILABLE.contains(&spelled) {
        return SqlError::new("42704", format!("type \"{spelled}\" does not exist")).at(sql, first.start);
    }
    let error = unavailable(sql, first, &format!("the column type {spelled}"));
    match spelled {
        "numeric" | "decimal" | "dec" | "money" => error.with_hint("Store whole cents in a bigint."),
        "real" | "float4" => error.with_hint("Use double precision."),
        "char" | "character" | "bpchar" => error.with_hint("Use text or varchar(n)."),
        _ => error,
    }
}

/// Reads `(n)`.
fn limit<'a>(sql: &'a str, tokens: &[Token], at: usize) -> (Option<&'a str>, usize) {
    match tokens.get(at..at + 3) {
        Some([open, number, close])
            if open.is_symbol(sql, "(") && number.kind == TokenKind::Number && close.is_symbol(sql, ")") =>
        {
            (Some(number.of(sql)), at + 3)
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
