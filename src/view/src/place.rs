//! Places in files as links.

use unhappy_trace::{Trace, event};

/// A link to a line of a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct PlaceLink {
    /// File name.
    pub file: String,
    /// Line, counted from 1.
    pub line: u32,
}

impl PlaceLink {
    /// Returns the place of an event of `trace`.
    pub(crate) fn of(trace: &Trace, place: event::Place) -> PlaceLink {
        PlaceLink { file: trace.text(place.file).to_owned(), line: place.line }
    }

    /// Returns the words of the link: `server.py line 7`.
    pub fn label(&self) -> String {
        format!("{} line {}", self.file, self.line)
    }
}
