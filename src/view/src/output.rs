//! What the code said and what was said about it: `print()`, notes, refused statements, exceptions, limits.
//!
//! Equal remarks are told once with their number, so that 50 requests with one mistake read as one mistake.

use crate::PlaceLink;
use crate::code::is_word;
use serde::{Deserialize, Serialize};
use unhappy_trace::event::{RaisedEvent, Said, Statement, StatementOutcome};
use unhappy_trace::{EventKind, Trace, text};

/// The most printed lines that are kept.
const MOST_LINES: usize = 200;

/// The most different remarks of a kind that are kept. More are more of the same.
const MOST_GROUPS: usize = 50;

/// Everything that was said in a run.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Output {
    /// Printed lines, the first ones.
    pub printed: Vec<PrintedLine>,
    /// How many printed lines there were, in words, when some are left out.
    pub printed_note: Option<String>,
    /// What the engine noticed.
    pub notes: Vec<Remark>,
    /// Statements that the database refused.
    pub sql_errors: Vec<SqlErrorGroup>,
    /// Exceptions that left the handler.
    pub raised: Vec<RaisedGroup>,
    /// The limit that ended the run.
    pub limit: Option<Remark>,
}

/// A printed line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrintedLine {
    /// Which request printed it.
    pub request: String,
    /// Where.
    pub place: Option<PlaceLink>,
    /// The text, cut with its size said when long.
    pub text: String,
}

/// Something that was noticed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    /// A sentence.
    pub text: String,
    /// Where.
    pub place: Option<PlaceLink>,
    /// How often.
    pub count: u64,
}

/// A statement that was refused, with the place at which reading stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SqlErrorGroup {
    /// Five characters.
    pub sqlstate: String,
    /// PostgreSQL's words.
    pub message: String,
    /// The statement up to the mistake; all of it when its place is not known.
    pub before: String,
    /// The word at which the mistake is.
    pub marked: String,
    /// The rest.
    pub after: String,
    /// Where it was sent from.
    pub place: Option<PlaceLink>,
    /// How often.
    pub count: u64,
}

/// An exception that left the handler.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RaisedGroup {
    /// Class and message: `KeyError: 'name'`.
    pub text: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// Where it passed, outermost first.
    pub frames: Vec<PlaceLink>,
    /// How often.
    pub count: u64,
}

impl Output {
    /// Returns whether nothing was said.
    pub fn is_empty(&self) -> bool {
        *self == Output::default()
    }
}

/// Collects what was said in a run.
pub fn output(trace: &Trace) -> Output {
    let mut found = Output::default();
    let mut printed = 0_u64;
    let mut notes = Groups::default();
    let mut sql_errors = Groups::default();
    let mut raised = Groups::default();
    for event in &trace.events {
        match &event.kind {
            EventKind::Printed(said) => {
                printed += 1;
                if found.printed.len() < MOST_LINES {
                    let request = trace.text(event.actor).to_owned();
                    let (place, text) = (place_of(trace, said), trace.text(said.text).to_owned());
                    found.printed.push(PrintedLine { request, place, text });
                }
            }
            EventKind::Noted(said) => notes.add((place_of(trace, said), trace.text(said.text).to_owned())),
            EventKind::Statement(statement) => {
                if let Some(error) = sql_error(trace, statement) {
                    sql_errors.add(error);
                }
            }
            EventKind::Raised(exception) => raised.add(raised_key(trace, exception)),
            EventKind::LimitReached(limit) => {
                let place = limit.place.map(|place| PlaceLink::of(trace, place));
                found.limit = Some(Remark { text: trace.text(limit.text).to_owned(), place, count: 1 });
            }
            EventKind::StatementWaits(waits) => {
                let place = waits.place.map(|place| PlaceLink::of(trace, place));
                notes.add((place, "this statement waited for another transaction".to_owned()));
            }
            _ => {}
        }
    }
    found.printed_note = (printed > MOST_LINES as u64).then(|| {
        format!("The first {} of {} lines.", text::thousands(MOST_LINES as u64), text::thousands(printed))
    });
    found.notes = notes.map(|(place, text), count| Remark { text, place, count });
    found.sql_errors = sql_errors.map(sql_group);
    found.raised = raised.map(|(text, hint, frames), count| RaisedGroup { text, hint, frames, count });
    found
}

/// Counts equal things, in order of first occurrence.
struct Groups<K> {
    found: Vec<(K, u64)>,
}

impl<K> Default for Groups<K> {
    fn default() -> Self {
        Groups { found: Vec::new() }
    }
}

impl<K: PartialEq> Groups<K> {
    fn add(&mut self, key: K) {
        let known = self.found.iter().position(|(known, _)| *known == key);
        match known {
            Some(index) => self.found[index].1 += 1,
            None if self.found.len() < MOST_GROUPS => self.found.push((key, 1)),
            None => {}
        }
    }

    fn map<T>(self, make: impl Fn(K, u64) -> T) -> Vec<T> {
        self.found.into_iter().map(|(key, count)| make(key, count)).collect()
    }
}

fn place_of(trace: &Trace, said: &Said) -> Option<PlaceLink> {
    said.place.map(|place| PlaceLink::of(trace, place))
}

fn raised_key(trace: &Trace, raised: &RaisedEvent) -> (String, Option<String>, Vec<PlaceLink>) {
    let (class, message) = (trace.text(raised.class), trace.text(raised.message));
    let text = if message.is_empty() { class.to_owned() } else { format!("{class}: {message}") };
    let frames = raised.frames.iter().map(|place| PlaceLink::of(trace, *place)).collect();
    (text, raised.hint.map(|hint| trace.text(hint).to_owned()), frames)
}

/// SQLSTATE, message, statement, position, place.
type SqlErrorKey = (String, String, String, Option<u32>, Option<PlaceLink>);

fn sql_error(trace: &Trace, statement: &Statement) -> Option<SqlErrorKey> {
    let StatementOutcome::Refused { sqlstate, message, position } = &statement.outcome else { return None };
    Some((
        trace.text(*sqlstate).to_owned(),
        trace.text(*message).to_owned(),
        trace.text(statement.sql).to_owned(),
        *position,
        statement.place.map(|place| PlaceLink::of(trace, place)),
    ))
}

fn sql_group((sqlstate, message, sql, position, place): SqlErrorKey, count: u64) -> SqlErrorGroup {
    let (before, marked, after) = marked(&sql, position);
    SqlErrorGroup { sqlstate, message, before, marked, after, place, count }
}

/// Splits a statement around the word that begins at a character, counted from 1.
fn marked(sql: &str, position: Option<u32>) -> (String, String, String) {
    let start = position
        .and_then(|position| sql.char_indices().nth(position.saturating_sub(1) as usize))
        .map(|(index, _)| index);
    let Some(start) = start else { return (sql.to_owned(), String::new(), String::new()) };
    let rest = &sql[start..];
    let length = rest.find(|character| !is_word(character)).unwrap_or(rest.len());
    let length = if length == 0 { rest.chars().next().map_or(0, char::len_utf8) } else { length };
    (sql[..start].to_owned(), rest[..length].to_owned(), rest[length..].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Writer;

    #[test]
    fn equal_errors_are_told_once() {
        let mut writer = Writer::new();
        for number in 0..3 {
            writer.arrive(number);
            writer.refused("SELECT nam FROM customers", 5, "column \"nam\" does not exist", 8);
        }
        let found = output(&writer.recorder.finish());
        let [error] = found.sql_errors.as_slice() else { panic!("one group: {:?}", found.sql_errors) };
        assert_eq!(error.count, 3);
        assert_eq!(
            format!("{}[{}]{}", error.before, error.marked, error.after),
            "SELECT [nam] FROM customers"
        );
        assert_eq!(error.place.as_ref().map(PlaceLink::label).as_deref(), Some("server.py line 5"));
    }

    #[test]
    fn waits_are_told_once_a_place() {
        let mut writer = Writer::new();
        for number in 1..3 {
            writer.arrive(number);
            writer.wait("UPDATE orders SET total = 1", 7, "A");
        }
        let found = output(&writer.recorder.finish());
        let [note] = found.notes.as_slice() else { panic!("one note: {:?}", found.notes) };
        assert_eq!((note.text.as_str(), note.count), ("this statement waited for another transaction", 2));
        assert_eq!(note.place.as_ref().map(PlaceLink::label).as_deref(), Some("server.py line 7"));
    }

    #[test]
    fn printed_lines_are_cut_and_counted() {
        let mut writer = Writer::new();
        writer.arrive(0);
        for number in 0..201 {
            writer.print(6, &format!("order {number}"));
        }
        let found = output(&writer.recorder.finish());
        assert_eq!(found.printed.len(), 200);
        assert_eq!(found.printed[0].request, "A");
        assert_eq!(found.printed_note.as_deref(), Some("The first 200 of 201 lines."));
    }

    #[test]
    fn a_mark_stays_inside_the_statement() {
        for (position, expected) in
            [(None, "é, b||"), (Some(1), "|é|, b"), (Some(2), "é|,| b"), (Some(99), "é, b||")]
        {
            let (before, word, after) = marked("é, b", position);
            assert_eq!(format!("{before}|{word}|{after}"), expected);
        }
    }
}
