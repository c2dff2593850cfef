//! Places in a learner's file: where a call was written, which line ran how often.

use serde::{Deserialize, Serialize};

/// Where a call stands in a learner's file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Site {
    /// File name as the learner sees it, e.g. `server.py`.
    pub file: String,
    /// Line, counted from 1.
    pub line: u32,
    /// Column in characters, counted from 1.
    pub column: u32,
    /// What the call stood in when it ran.
    pub within: Within,
}

/// The innermost repeating construct that a call ran in, observed while it ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Within {
    /// Straight code of a function or module body, or of a `for` or `while` body.
    Statements,
    /// The element, key, value or condition of a comprehension or generator expression.
    Comprehension,
}

/// How often statements that begin on a line started, since the last report.
///
/// A loop header counts its iterations; a comprehension counts its steps on the line of its element.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LineCount {
    /// File name as the learner sees it.
    pub file: String,
    /// Line, counted from 1.
    pub line: u32,
    /// Starts since the last report.
    pub count: u64,
}

/// A mistake in a file, as an editor shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// File name as the learner sees it.
    pub file: String,
    /// First line, counted from 1.
    pub line: u32,
    /// First column in characters, counted from 1.
    pub column: u32,
    /// Last line, counted from 1.
    pub end_line: u32,
    /// Column after the last character, counted from 1.
    pub end_column: u32,
    /// What is wrong, in one sentence without full stop.
    pub message: String,
    /// What to do about it, if there is something to say.
    pub hint: Option<String>,
}

/// A visible place where another request may run: one `await` in a learner's file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AwaitMark {
    /// File name as the learner sees it.
    pub file: String,
    /// Line, counted from 1.
    pub line: u32,
    /// Column of the word `await` in characters, counted from 1.
    pub column: u32,
}
