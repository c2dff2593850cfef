//! What is wrong in a lesson's folder, with the place, and where problems are gathered.
//!
//! Reading never stops at the first mistake: every reader reports here and goes on with a stand-in value,
//! so that an author sees all problems at once.

use std::cell::RefCell;
use std::fmt;

/// Something that is wrong in a file that an author wrote.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// File, relative to the folder of all lessons: `n-plus-one/lesson.toml`.
    pub file: String,
    /// Line, counted from 1.
    pub line: u32,
    /// What is wrong and what was expected. Lower case, without full stop.
    pub message: String,
    /// What to do about it, where there is something to say.
    pub hint: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}: {}", self.file, self.line, self.message)
    }
}

/// All problems found so far.
#[derive(Debug, Default)]
pub(super) struct Report {
    problems: RefCell<Vec<Problem>>,
}

impl Report {
    pub(super) fn add(&self, problem: Problem) {
        self.problems.borrow_mut().push(problem);
    }

    /// Returns the problems by file and line, each once.
    pub(super) fn finish(self) -> Vec<Problem> {
        let mut problems = self.problems.into_inner();
        problems.sort();
        problems.dedup();
        problems
    }
}

/// A file that is being read: turns offsets into lines.
#[derive(Debug)]
pub(super) struct Source<'a> {
    /// Name in problems: `n-plus-one/lesson.toml`.
    pub(super) name: String,
    /// The whole text.
    pub(super) text: &'a str,
    /// Where its problems go.
    pub(super) report: &'a Report,
}

impl Source<'_> {
    /// Returns the line, counted from 1, in which the byte at `offset` stands.
    pub(super) fn line_at(&self, offset: usize) -> u32 {
        line_at(self.text.as_bytes(), offset)
    }

    /// Reports a problem at a byte offset.
    pub(super) fn refuse(&self, offset: usize, message: impl Into<String>) {
        self.add(offset, message.into(), None);
    }

    /// Reports a problem with something to do about it.
    pub(super) fn refuse_with_hint(
        &self,
        offset: usize,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.add(offset, message.into(), Some(hint.into()));
    }

    fn add(&self, offset: usize, message: String, hint: Option<String>) {
        self.report.add(Problem { file: self.name.clone(), line: self.line_at(offset), message, hint });
    }
}

/// Returns the line, counted from 1, of a byte.
pub(super) fn line_at(bytes: &[u8], offset: usize) -> u32 {
    let before = &bytes[..offset.min(bytes.len())];
    1 + u32::try_from(before.iter().filter(|byte| **byte == b'\n').count()).unwrap_or(u32::MAX - 1)
}

/// Joins names for a message: `a, b or c`.
pub(super) fn alternatives(names: &[&str]) -> String {
    match names.split_last() {
        None => String::new(),
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
    }
}

/// Returns the known name that `name` was probably meant to be.
pub(super) fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let distance = |other: &str| edits(name, other);
    known.iter().copied().min_by_key(|other| distance(other)).filter(|other| distance(other) <= 2)
}

/// Levenshtein's distance: how many characters must be put in, taken out or replaced.
fn edits(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (index, left_char) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = index + 1;
        for (column, right_char) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(left_char != *right_char);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found_and_far_ones_are_not() {
        assert_eq!(nearest("titel", &["summary", "title"]), Some("title"));
        assert_eq!(nearest("minuts", &["minutes", "id"]), Some("minutes"));
        assert_eq!(nearest("colour", &["title", "id"]), None);
    }

    #[test]
    fn lines_are_counted_from_one() {
        assert_eq!([0, 1, 2, 9].map(|offset| line_at(b"a\nb\n", offset)), [1, 1, 2, 3]);
    }
}
