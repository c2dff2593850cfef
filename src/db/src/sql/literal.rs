//! String constants as values of a type.
//!
//! In: a type and the text between the quotes. Out: SQLite's constant for it, or PostgreSQL's refusal. A value
//! that SQLite keeps as text has one spelling, PostgreSQL's own in time zone UTC, so that equal values are equal
//! text and text order is the order of the values. Not here: dates (`instant.rs`), JSON (`json.rs`).

use super::kind::Kind;
use super::{instant, json};
use crate::answer::SqlError;

/// Returns the SQLite constant for a string constant of PostgreSQL.
///
/// # Errors
/// 22P02 and its relatives for text that is no such value, 0A000 for spellings that are not available here.
pub(crate) fn constant(kind: Kind, text: &str) -> Result<String, SqlError> {
    let trimmed = text.trim_matches([' ', '\t', '\n', '\r', '\u{b}', '\u{c}']);
    match kind {
        Kind::Bool => boolean(text, trimmed).map(|truth| if truth { "1" } else { "0" }.to_owned()),
        Kind::Int2 | Kind::Int4 | Kind::Int8 => integer(kind, text, trimmed).map(|number| number.to_string()),
        Kind::Whole | Kind::Fraction | Kind::Digits => {
            let whole = integer(Kind::Int8, text, trimmed).map(|number| number.to_string());
            whole.map_err(|_| {
                SqlError::new("0A000", format!("the numeric value \"{text}\" is not available here"))
            })
        }
        Kind::Float8 => float(text, trimmed).map(float_text),
        Kind::Bytea => bytes(text),
        _ => read(kind, text).map(|text| quoted(&text)),
    }
}

/// Returns a text as it is stored for a type that SQLite keeps as text.
///
/// # Errors
/// As [`constant`].
pub(crate) fn read(kind: Kind, text: &str) -> Result<String, SqlError> {
    match kind {
        Kind::Timestamptz | Kind::Timestamp | Kind::Date => instant::read(kind, text),
        Kind::Uuid => uuid(text),
        Kind::Json => json::check(text).map(|()| text.to_owned()),
        Kind::Jsonb => json::normalised(text),
        _ => Ok(text.to_owned()),
    }
}

/// Returns a string as an SQL constant.
pub(crate) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Returns PostgreSQL's error for text that is no value of a type.
pub(crate) fn invalid(kind: Kind, text: &str) -> SqlError {
    SqlError::new("22P02", format!("invalid input syntax for type {kind}: \"{text}\""))
}

/// Reads a whole number.
pub(crate) fn integer(kind: Kind, text: &str, trimmed: &str) -> Result<i64, SqlError> {
    let digits = trimmed.strip_prefix(['-', '+']).unwrap_or(trimmed);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(invalid(kind, text));
    }
    let out_of_range = || SqlError::new("22003", format!("value \"{text}\" is out of range for type {kind}"));
    let number = trimmed.parse().map_err(|_| out_of_range())?;
    kind.check_range(number).map_err(|_| out_of_range())?;
    Ok(number)
}

fn boolean(text: &str, trimmed: &str) -> Result<bool, SqlError> {
    let word = trimmed.to_ascii_lowercase();
    let begins = |full: &str, least: usize| word.len() >= least && full.starts_with(&word);
    if begins("true", 1) || begins("yes", 1) || word == "on" || word == "1" {
        return Ok(true);
    }
    if begins("false", 1) || begins("no", 1) || begins("off", 2) || word == "0" {
        return Ok(false);
    }
    Err(invalid(Kind::Bool, text))
}

/// Reads a floating point number.
pub(crate) fn float(text: &str, trimmed: &str) -> Result<f64, SqlError> {
    let letters = trimmed.bytes().any(|byte| byte.is_ascii_alphabetic() && !matches!(byte, b'e' | b'E'));
    let number: f64 = trimmed.parse().map_err(|_| invalid(Kind::Float8, text))?;
    if letters {
        return Err(SqlError::new("0A000", format!("the value \"{text}\" is not available here")));
    }
    let not_zero =
        || trimmed.split(['e', 'E']).next().is_some_and(|part| part.contains(|c| ('1'..='9').contains(&c)));
    if number.is_infinite() || (number == 0.0 && not_zero()) {
        let message = format!("\"{text}\" is out of range for type double precision");
        return Err(SqlError::new("22003", message));
    }
    Ok(number)
}

/// Returns a number as SQLite's constant of type REAL.
pub(crate) fn float_text(number: f64) -> String {
    format!("{number:?}")
}

/// Rule: PostgreSQL manual, section 8.12: hyphens in the usual places or nowhere, braces around it.
fn uuid(text: &str) -> Result<String, SqlError> {
    let bare = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(text);
    let digits: String = bare.chars().filter(|character| *character != '-').collect();
    let hyphens: Vec<usize> = bare.match_indices('-').map(|(at, _)| at).collect();
    let placed = hyphens.is_empty() || hyphens == [8, 13, 18, 23];
    if digits.len() != 32 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) || !placed {
        return Err(invalid(Kind::Uuid, text));
    }
    let lower = digits.to_ascii_lowercase();
    Ok([&lower[..8], &lower[8..12], &lower[12..16], &lower[16..20], &lower[20..]].join("-"))
}

fn bytes(text: &str) -> Result<String, SqlError> {
    let Some(hex) = text.strip_prefix("\\x") else {
        if text.contains('\\') {
            return Err(SqlError::new("0A000", "bytea is written in hexadecimal digits here: '\\x6869'"));
        }
        let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
        return Ok(format!("X'{hex}'"));
    };
    if !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        let bad = hex.chars().find(|character| !character.is_ascii_hexdigit()).unwrap_or('?');
        return Err(SqlError::new("22023", format!("invalid hexadecimal digit: \"{bad}\"")));
    }
    if hex.len() % 2 == 1 {
        return Err(SqlError::new("22023", "invalid hexadecimal data: odd number of digits"));
    }
    Ok(format!("X'{hex}'"))
}
