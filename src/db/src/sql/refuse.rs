//! The words for what PostgreSQL has and this database has not.

use super::tokens::Token;
use crate::answer::SqlError;

/// Returns 0A000 for something PostgreSQL has and this database has not.
pub(crate) fn unavailable(sql: &str, token: &Token, name: &str) -> SqlError {
    not_available(name).at(sql, token.start)
}

/// Returns 0A000 without a place.
pub(crate) fn not_available(name: &str) -> SqlError {
    let verb = if name == "arrays" || name.ends_with("expressions") { "are" } else { "is" };
    SqlError::new("0A000", format!("{name} {verb} not available here"))
}
