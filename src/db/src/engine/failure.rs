//! Errors of our own SQL functions, on their way through SQLite's message.
//!
//! In: an SQLSTATE and a message. Out: an error for SQLite, and the way back.

use crate::answer::SqlError;
use rusqlite::Error;

/// SQLSTATEs that functions fail with.
const STATES: [&str; 15] = [
    "0A000", "21000", "22001", "22003", "22007", "22008", "22011", "22012", "22023", "22025", "2201F",
    "2201W", "2201X", "22P02", "23502",
];

/// Returns an error of a function.
pub(super) fn failure(sqlstate: &str, message: &str) -> Error {
    Error::UserFunctionError(format!("!{sqlstate}!{message}").into())
}

/// Returns the error that a function failed with, if SQLite's message carries one.
pub(crate) fn carried(message: &str) -> Option<SqlError> {
    let (sqlstate, message) = message.strip_prefix('!')?.split_once('!')?;
    let sqlstate = STATES.iter().find(|known| **known == sqlstate)?;
    Some(SqlError::new(sqlstate, message))
}
