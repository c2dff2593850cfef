//! The plain types of verdicts. What makes a verdict lives in `judge`; here it is only data.

use crate::{Digest, Explored, Inputs};
use serde::{Deserialize, Serialize};

/// What executing the learner's code proved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Whether every check passed.
    pub accepted: bool,
    /// The family that the observed behaviour belongs to, when the lesson names one.
    pub family: Option<Family>,
    /// The verdict in one sentence.
    pub sentence: String,
    /// What was found, worst first. Empty when accepted.
    pub findings: Vec<Finding>,
    /// Every case that was run, in order, with how it ended.
    pub cases: Vec<Case>,
    /// What was covered, in one sentence: sizes, data seeds, variants.
    pub coverage: String,
    /// What exploring every schedule found; none for lessons without schedules, and for code that does not run.
    pub explored: Option<Explored>,
}

/// A named kind of fix, recognised by what it does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Family {
    /// Stable key, e.g. `join`.
    pub key: String,
    /// Name, e.g. "One statement with a JOIN".
    pub name: String,
    /// Its trade-off when accepted, its reason when refused. Plain text.
    pub text: String,
}

/// Something that is wrong, with the run that shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What is wrong, in one sentence.
    pub text: String,
    /// The case in which it showed, in words: "100 orders", "a guest order".
    pub case: String,
    /// The run that shows it, without its files: they are the learner's.
    pub run: Inputs,
}

/// One case that was run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// The case in words.
    pub name: String,
    /// Whether every check on it passed.
    pub passed: bool,
    /// Statements of one request, the largest over the requests of the case.
    pub statements: u64,
    /// Digest of the first answer.
    pub digest: Digest,
}
