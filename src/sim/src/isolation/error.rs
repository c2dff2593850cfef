//! Why a spec cannot be played, in words for the person who wrote it.
//!
//! An SQL error in a step is no error here: it is an event of the result. Not here: the limits themselves
//! (`limits.rs`).

use crate::limits::CALLS_PER_PERMUTATION;
use unhappy_db::SqlError;
use unhappy_trace::text;

/// Why a spec was refused or could not be played to its end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    /// The text is not in the grammar.
    #[error("line {line}, column {column}: expected {expected}, found {found}")]
    Syntax {
        /// Line, counted from 1.
        line: u32,
        /// Column in characters, counted from 1.
        column: u32,
        /// What may stand there.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
    /// A name that is used twice or belongs to nothing.
    #[error("line {line}, column {column}: {problem}")]
    Name {
        /// Line, counted from 1.
        line: u32,
        /// Column in characters, counted from 1.
        column: u32,
        /// What is wrong with it.
        problem: String,
    },
    /// More of something than a spec may have.
    #[error("{what}: at most {} are possible, found {}", text::thousands(*limit), text::thousands(*actual))]
    TooMany {
        /// What was counted, in the plural.
        what: &'static str,
        /// How many are possible.
        limit: u64,
        /// How many there are.
        actual: u64,
    },
    /// A setup or teardown block was refused.
    #[error("{block} failed: {error}")]
    Block {
        /// Which block.
        block: String,
        /// PostgreSQL's words.
        error: Box<SqlError>,
    },
    /// A setup or teardown block had to wait. Nobody could end that wait.
    #[error("{block} must wait for another session, so it can never end")]
    BlockWaits {
        /// Which block.
        block: String,
    },
    /// The sessions go on for ever.
    #[error(
        "the sessions never come to rest: {} calls to the database were not enough for one permutation",
        text::thousands(u64::from(CALLS_PER_PERMUTATION))
    )]
    Restless,
}
