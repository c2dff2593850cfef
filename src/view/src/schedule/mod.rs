//! The schedule: time goes down, one column for each request, one narrow column for what is committed or locked.
//!
//! In: a trace and its lesson. Out: a table of plain structs, the sentences about what it shows, and the same as
//! text. A request's arrival belongs to its first row and its response to its last. A call that waits has two rows:
//! the one in which it begins to wait and the one in which it takes effect. Of a long run only the requests around
//! the first broken promise or deadlock are shown, and a note says what is left out. Not here: drawing.

mod actor;
mod choose;
mod locks;
mod rows;
mod story;
mod survey;
mod text;
pub(crate) mod words;

#[cfg(test)]
mod tests;

use crate::PlaceLink;
use serde::{Deserialize, Serialize};
use unhappy_lesson::Lesson;
use unhappy_trace::{Inputs, Trace};

/// The most columns of requests that a schedule has.
pub const MOST_COLUMNS: usize = 6;
/// The most rows that a schedule has.
pub const MOST_ROWS: usize = 60;

/// A schedule, ready to be drawn.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Schedule {
    /// One a request, client or delivery.
    pub columns: Vec<Column>,
    /// Heading of the side column; none when nothing stands in it.
    pub side_title: Option<String>,
    /// The steps, in order of time.
    pub rows: Vec<Row>,
    /// What is left out, in a sentence.
    pub note: Option<String>,
    /// What it shows: who waits for whom, who read the same, what was charged twice.
    pub insights: Vec<Insight>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its short name: `A`, `A2`.
    pub name: String,
    /// Its heading: "Request A".
    pub title: String,
    /// Which process it ran in.
    pub detail: Option<String>,
    /// 0 and 1 have a colour of their own, 2 has none.
    pub tint: u8,
}

/// What a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum RowKind {
    /// A step that took effect.
    Step,
    /// A call begins to wait.
    Waits,
    /// A step that was refused or raised.
    Failed,
    /// Something broke that is nobody's step.
    Fault,
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The number of its step in the run, from 1; none for what happens at rest.
    pub step: Option<u32>,
    /// When, in simulated time; none in a run whose calls take no time.
    pub at: Option<String>,
    /// Index of its column; none for what concerns all of them.
    pub column: Option<u32>,
    /// What it is.
    pub kind: RowKind,
    /// The statement or call.
    pub text: String,
    /// What came of it, a line each.
    pub small: Vec<String>,
    /// The line of code.
    pub place: Option<PlaceLink>,
    /// Indexes of the columns that still wait meanwhile.
    pub waiting: Vec<u32>,
    /// What is committed or locked after it.
    pub side: Vec<SideValue>,
    /// Promises that broke here: what was promised, and what shows that it broke.
    pub broke: Vec<String>,
    /// How many steps of requests that are not shown happened since the row before.
    pub skipped: u32,
}

/// A value of the side column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SideValue {
    /// `stock 1`, or `accounts (id)=(1) held by A`.
    pub text: String,
    /// Whether this row changed it.
    pub is_new: bool,
}

/// Something that the schedule shows, in sentences.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Insight {
    /// A short title: "Who waits for whom".
    pub title: String,
    /// The sentences.
    pub lines: Vec<String>,
}

/// A promise that broke, with the step at which it did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BrokenAt {
    /// Its key in the lesson.
    pub(crate) promise: String,
    /// The step, counted as in [`Row::step`]; none at rest.
    pub(crate) step: Option<u32>,
}

impl Schedule {
    /// Computes the schedule of a run: of all its requests when they are few, otherwise of those around the first
    /// broken promise or deadlock.
    pub fn of(trace: &Trace, lesson: &Lesson, inputs: &Inputs) -> Schedule {
        Schedule::with_breaks(trace, lesson, inputs).0
    }

    /// The same, with the step at which each promise broke.
    pub(crate) fn with_breaks(trace: &Trace, lesson: &Lesson, inputs: &Inputs) -> (Schedule, Vec<BrokenAt>) {
        let survey = survey::Survey::of(trace);
        let choice = choose::choose(trace, &survey);
        let schema = inputs.files.get(&lesson.schema_file).map(String::as_str);
        let schema = schema.or_else(|| lesson.file(&lesson.schema_file).map(|file| file.text.as_str()));
        rows::build(trace, &survey, &choice, lesson, schema.unwrap_or(""))
    }

    /// Returns whether there is a row of that line.
    pub fn has_line(&self, file: &str, line: u32) -> bool {
        self.rows
            .iter()
            .any(|row| row.place.as_ref().is_some_and(|place| place.file == file && place.line == line))
    }

    /// Returns the same table as text, aligned.
    pub fn to_text(&self) -> String {
        text::to_text(self)
    }
}
