//! The rows of a schedule, made event by event.
//!
//! Steps of requests that are not shown are counted, so that a step has the same number whatever is shown. The
//! side column is settled when the next step begins: what was committed or locked until then belongs to the row.

mod frame;
mod messages;

use self::frame::{columns, note, side_title};
use super::actor::Kind;
use super::choose::Choice;
use super::locks::Locks;
use super::story::Story;
use super::survey::Survey;
use super::words;
use super::{BrokenAt, MOST_ROWS, Row, RowKind, Schedule, SideValue};
use crate::PlaceLink;
use std::collections::BTreeMap;
use unhappy_lesson::{Holds, Lesson};
use unhappy_trace::event::{
    Event, Place, PromiseBroke, ServiceCalled, Statement, StatementOutcome, StatementWaits, TextId,
    TransactionStep, Watched,
};
use unhappy_trace::{Digest, EventKind, SimInstant, Trace};

/// The most lines of small print of a row.
const MOST_SMALL: usize = 6;
/// The most locks that the side column lists.
const MOST_LOCKS: usize = 6;
/// How many rows stand before the anchor when not all fit.
const BEFORE_ANCHOR: usize = MOST_ROWS * 3 / 4;

/// Makes the schedule, and tells at which step each promise broke.
pub(super) fn build(
    trace: &Trace,
    survey: &Survey,
    choice: &Choice,
    lesson: &Lesson,
    schema: &str,
) -> (Schedule, Vec<BrokenAt>) {
    let mut builder = Builder::new(trace, survey, choice, lesson, schema);
    for (index, event) in trace.events.iter().enumerate() {
        builder.event(index, event);
    }
    builder.finish(choice)
}

struct Made {
    row: Row,
    event: usize,
}

/// Who sent which statement first, what it found, and in which step: by text, values and digest of the rows.
type Reads = BTreeMap<(TextId, TextId, Digest), (usize, u32)>;

struct Builder<'a> {
    trace: &'a Trace,
    survey: &'a Survey,
    lesson: &'a Lesson,
    schema: &'a str,
    /// By column of the survey: its place in the table.
    shown: Vec<Option<u32>>,
    /// By column of the survey: whether it has taken a step.
    has_step: Vec<bool>,
    /// By column of the table: its last row, and lines that wait for its next one.
    last: Vec<Option<usize>>,
    pending: Vec<Vec<String>>,
    rows: Vec<Made>,
    step: u32,
    skipped: u32,
    /// The row whose side is not settled.
    open: Option<usize>,
    locks: Locks,
    watched: Vec<(TextId, TextId)>,
    fresh: Vec<TextId>,
    locks_before: Vec<String>,
    reads: Reads,
    crashed: bool,
    breaks: Vec<BrokenAt>,
    story: Story,
}

impl<'a> Builder<'a> {
    fn new(
        trace: &'a Trace,
        survey: &'a Survey,
        choice: &Choice,
        lesson: &'a Lesson,
        schema: &'a str,
    ) -> Self {
        let mut shown = vec![None; survey.columns.len()];
        for (place, column) in choice.columns.iter().enumerate() {
            shown[*column] = u32::try_from(place).ok();
        }
        // A client without anything to tell shares the column of its first request.
        for (index, seen) in survey.columns.iter().enumerate() {
            if seen.who.kind == Kind::Client && shown[index].is_none() {
                let first = choice.columns.iter().position(|column| {
                    let who = &survey.columns[*column].who;
                    who.operation == seen.who.operation && who.kind == Kind::Request
                });
                shown[index] = first.and_then(|place| u32::try_from(place).ok());
            }
        }
        let count = choice.columns.len();
        Builder {
            trace,
            survey,
            lesson,
            schema,
            shown,
            has_step: vec![false; survey.columns.len()],
            last: vec![None; count],
            pending: vec![vec![]; count],
            rows: vec![],
            step: 0,
            skipped: 0,
            open: None,
            locks: Locks::default(),
            watched: vec![],
            fresh: vec![],
            locks_before: vec![],
            reads: Reads::new(),
            crashed: false,
            breaks: vec![],
            story: Story::default(),
        }
    }

    fn event(&mut self, index: usize, event: &'a Event) {
        let Some(column) = self.survey.column_of(event.actor) else { return };
        let at = At { index, event, column };
        match &event.kind {
            EventKind::Arrived(arrived) => {
                let line = format!("{} {}", self.trace.text(arrived.method), self.trace.text(arrived.path));
                // The sender told it already, with its body.
                let known = |lines: &[String]| lines.iter().any(|known| known.starts_with(&line));
                if self.shown[column].is_some_and(|column| !known(&self.pending[column as usize])) {
                    self.later(column, line);
                }
            }
            EventKind::Assigned(assigned) if assigned.waited.micros() > 0 => {
                self.later(column, format!("waited {} for a free worker", assigned.waited));
            }
            EventKind::Statement(statement) => self.statement(at, statement),
            EventKind::Transaction(step) => self.transaction(at, step),
            EventKind::ServiceCalled(called) => self.service(at, called),
            EventKind::Called(called) => {
                self.go_on(column);
                let name = self.trace.text(called.name);
                self.row(at, RowKind::Step, called.place, |_| (name.to_owned(), vec![]));
            }
            EventKind::Locked(locked) => self.locks.take(event.actor, locked),
            EventKind::StatementWaits(waits) => self.waits(at, waits),
            EventKind::PoolWaits(waits) => {
                let held = words_of(self.trace, &waits.held_by);
                let line = format!("waits for a connection: all {} are in use by {held}", waits.size);
                self.row(at, RowKind::Waits, waits.place, |_| {
                    ("connection of the pool".to_owned(), vec![line])
                });
            }
            EventKind::RequestSent(sent) => self.sent(at, sent),
            EventKind::ResponseReceived(received) => self.received(at, received),
            EventKind::OperationEnded(ended) => self.ended(column, &ended.outcome),
            EventKind::Responded(responded) => self.responded(at, responded),
            EventKind::Raised(raised) => {
                let (class, message) = (self.trace.text(raised.class), self.trace.text(raised.message));
                self.add(column, format!("raises {}", words::exception(class, message)));
            }
            EventKind::LimitReached(limit) => {
                let line = self.trace.text(limit.text).to_owned();
                self.row(at, RowKind::Failed, limit.place, |_| ("stopped here".to_owned(), vec![line]));
            }
            EventKind::FaultHappened(fault) => self.fault(at, fault),
            EventKind::ProcessChanged(change) => self.process(at, *change),
            EventKind::Delivered(delivered) => self.delivered(column, delivered),
            EventKind::Watched(watched) => self.watched(watched),
            EventKind::PromiseBroke(broke) => self.broke(at, broke),
            EventKind::Printed(_)
            | EventKind::Noted(_)
            | EventKind::OperationBegan(_)
            | EventKind::Assigned(_)
            | EventKind::Logged(_)
            | EventKind::Measured(_) => {}
        }
    }

    /// Counts a step and, when its column is shown, makes its row.
    fn row(
        &mut self,
        at: At<'_>,
        kind: RowKind,
        place: Option<Place>,
        words: impl FnOnce(&mut Self) -> (String, Vec<String>),
    ) {
        self.settle();
        self.step += 1;
        self.has_step[at.column] = true;
        let Some(column) = self.shown[at.column] else {
            self.skipped += 1;
            return;
        };
        let (text, lines) = words(self);
        let mut small = std::mem::take(&mut self.pending[column as usize]);
        small.extend(
            super::actor::who(self.trace.text(at.event.actor)).task.map(|task| format!("task {task}")),
        );
        small.extend(lines);
        self.push(at, Some(column), kind, place, text, small);
    }

    fn push(
        &mut self,
        at: At<'_>,
        column: Option<u32>,
        kind: RowKind,
        place: Option<Place>,
        text: String,
        small: Vec<String>,
    ) {
        if let Some(column) = column {
            self.last[column as usize] = Some(self.rows.len());
        }
        self.open = Some(self.rows.len());
        let row = Row {
            step: Some(self.step),
            at: self.survey.is_timed.then(|| time(at.event.at)),
            column,
            kind,
            text,
            small,
            place: place.map(|place| PlaceLink::of(self.trace, place)),
            waiting: self.waiting(column),
            side: vec![],
            broke: vec![],
            skipped: std::mem::take(&mut self.skipped),
        };
        self.rows.push(Made { row, event: at.index });
    }

    /// The columns of the table that wait, but for the one of the row itself.
    fn waiting(&self, own: Option<u32>) -> Vec<u32> {
        let waits = |column: usize| self.shown[column].filter(|_| self.locks.is_waiting(column));
        let mut found: Vec<u32> =
            (0..self.shown.len()).filter_map(waits).filter(|column| Some(*column) != own).collect();
        found.dedup();
        found
    }

    /// Adds a line to the last row of a column, or to its next one when there is none.
    fn add(&mut self, column: usize, line: String) {
        let Some(column) = self.shown[column] else { return };
        match self.last[column as usize] {
            Some(row) => self.rows[row].row.small.push(line),
            None => self.pending[column as usize].push(line),
        }
    }

    /// Keeps a line for the next row of a column.
    fn later(&mut self, column: usize, line: String) {
        if let Some(column) = self.shown[column] {
            self.pending[column as usize].push(line);
        }
    }

    /// A call of a column takes effect: whether it had waited, in words.
    fn go_on(&mut self, column: usize) -> Option<String> {
        self.settle();
        let waited = self.locks.go_on(column)?;
        Some(format!("waited since step {}", waited.step))
    }

    fn statement(&mut self, at: At<'a>, statement: &'a Statement) {
        let refused = matches!(statement.outcome, StatementOutcome::Refused { .. });
        if let StatementOutcome::Refused { sqlstate, .. } = &statement.outcome
            && self.trace.text(*sqlstate) == "40P01"
        {
            self.story.deadlock(self.trace, self.survey, &self.locks, at.column, self.step + 1);
        }
        let waited = self.go_on(at.column);
        self.locks.statement(self.trace, at.column, at.event.actor, statement.place, refused);
        let kind = if refused { RowKind::Failed } else { RowKind::Step };
        let trace = self.trace;
        self.row(at, kind, statement.place, |builder| {
            let small = waited.into_iter().chain(builder.result(at.column, statement)).collect();
            (words::statement(trace.text(statement.sql), trace.text(statement.binds)), small)
        });
    }

    fn result(&mut self, column: usize, statement: &Statement) -> Vec<String> {
        let trace = self.trace;
        match &statement.outcome {
            StatementOutcome::Refused { sqlstate, message, .. } => {
                vec![format!("ERROR {} {}", trace.text(*sqlstate), trace.text(*message))]
            }
            StatementOutcome::Answered { rows, changed, preview, digest } => {
                let mut small = vec![words::counts(*rows, *changed)];
                let row = words::row(trace.text(statement.sql), trace.text(*preview), self.schema);
                if let Some(row) = &row {
                    small[0] = format!("{} · {row}", small[0]);
                }
                if *changed > 0 {
                    self.story.wrote(column, self.step);
                } else if *rows > 0 {
                    let what = row.unwrap_or_else(|| words::counts(*rows, *changed));
                    small.extend(self.same_read(column, (statement.sql, statement.binds, *digest), &what));
                }
                small
            }
        }
    }

    fn same_read(&mut self, column: usize, key: (TextId, TextId, Digest), what: &str) -> Option<String> {
        let (other, step) = *self.reads.entry(key).or_insert((column, self.step));
        if other == column {
            return None;
        }
        self.story.same_read([(other, step), (column, self.step)], what);
        Some(format!("the same as {} read in step {step}", self.survey.columns[other].who.column))
    }

    fn transaction(&mut self, at: At<'a>, step: &'a TransactionStep) {
        let waited = self.go_on(at.column);
        self.locks.transaction(at.event.actor, step);
        let kind = if step.refused.is_some() { RowKind::Failed } else { RowKind::Step };
        let trace = self.trace;
        self.row(at, kind, step.place, |_| {
            let (text, detail) = words::transaction(trace, step.what);
            let refused =
                step.refused.map(|(state, why)| format!("ERROR {} {}", trace.text(state), trace.text(why)));
            (text, waited.into_iter().chain(detail).chain(refused).collect())
        });
    }

    fn service(&mut self, at: At<'a>, called: &'a ServiceCalled) {
        let trace = self.trace;
        let failed = matches!(called.outcome, unhappy_trace::event::ServiceOutcome::Failed { .. });
        let kind = if failed { RowKind::Failed } else { RowKind::Step };
        self.row(at, kind, called.place, |builder| {
            builder.story.charge(trace, builder.survey, at.column, called, builder.step);
            let mut words = words::service(trace, called);
            words.small.extend(called.in_transaction.then(|| "inside an open transaction".to_owned()));
            (words.text, words.small)
        });
    }

    fn waits(&mut self, at: At<'a>, waits: &'a StatementWaits) {
        let on: Vec<usize> = waits.on.iter().filter_map(|actor| self.survey.column_of(*actor)).collect();
        let line = self.wait_words(waits, &on);
        if self.locks.wait(at.column, waits, on, self.step + 1) {
            self.add(at.column, line);
            return;
        }
        let trace = self.trace;
        self.row(at, RowKind::Waits, waits.place, |_| {
            let binds = binds_of_wait(trace, at, waits).unwrap_or("");
            (words::statement(trace.text(waits.sql), binds), vec![line])
        });
    }

    /// `waits for accounts (id)=(1), held by B (server.py line 12)`.
    fn wait_words(&self, waits: &StatementWaits, on: &[usize]) -> String {
        let mut columns = on.to_vec();
        columns.dedup();
        let name = |column: usize| self.survey.columns[column].who.column.clone();
        let held = self.locks.holders(self.trace, waits.what, on);
        let Some(what) = waits.what else {
            let names: Vec<String> = columns.into_iter().map(name).collect();
            return format!("waits for the transaction of {}", names.join(", "));
        };
        let what = words::target(self.trace.text(what));
        let by = |held: &super::locks::Held| {
            let place = held.place.map(|place| PlaceLink::of(self.trace, place).label());
            let place = place.map(|place| format!(" ({place})")).unwrap_or_default();
            format!("held by {}{place}", name(held.column))
        };
        let mut parts: Vec<String> = held.iter().map(by).collect();
        let is_holder = |column: &usize| held.iter().any(|held| held.column == *column);
        let ahead: Vec<String> = columns.into_iter().filter(|column| !is_holder(column)).map(name).collect();
        if !ahead.is_empty() {
            parts.push(format!(
                "{} {}",
                if held.is_empty() { "held by" } else { "behind" },
                ahead.join(", ")
            ));
        }
        format!("waits for {what}, {}", parts.join(", "))
    }

    fn watched(&mut self, watched: &Watched) {
        match self.watched.iter_mut().find(|(label, _)| *label == watched.label) {
            Some(known) => known.1 = watched.value,
            None => self.watched.push((watched.label, watched.value)),
        }
        self.fresh.push(watched.label);
    }

    fn broke(&mut self, at: At<'a>, broke: &'a PromiseBroke) {
        let key = self.trace.text(broke.promise);
        let promise = self.lesson.promises.iter().find(|promise| promise.key == key);
        let sentence = promise.map_or(key, |promise| promise.sentence.as_str());
        let at_rest = promise.is_some_and(|promise| promise.holds == Holds::AtRest);
        if (at_rest || self.rows.is_empty()) && self.rows.last().is_none_or(|made| made.row.step.is_some()) {
            self.settle();
            let text = "At rest: everything has ended".to_owned();
            self.push(at, None, RowKind::Step, None, text, vec![]);
            if let Some(made) = self.rows.last_mut() {
                made.row.step = None;
            }
        }
        let step = (!at_rest).then_some(self.step);
        self.breaks.push(BrokenAt { promise: key.to_owned(), step });
        if let Some(made) = self.rows.last_mut() {
            made.row.broke.push(sentence.to_owned());
            let evidence = self.trace.text(broke.evidence);
            made.row.broke.extend((!evidence.is_empty()).then(|| evidence.to_owned()));
        }
    }

    /// Fills the side of the last row, now that everything that belongs to it was told.
    fn settle(&mut self) {
        let fresh = std::mem::take(&mut self.fresh);
        let Some(open) = self.open.take() else { return };
        let trace = self.trace;
        let mut side: Vec<SideValue> = vec![];
        for (label, value) in &self.watched {
            let text = format!("{} {}", trace.text(*label), trace.text(*value));
            side.push(SideValue { text, is_new: fresh.contains(label) && open > 0 });
        }
        let locks = self.lock_words();
        for text in &locks {
            side.push(SideValue { text: text.clone(), is_new: !self.locks_before.contains(text) });
        }
        self.locks_before = locks;
        self.rows[open].row.side = side;
    }

    /// Locks of the shown columns; nothing in a run in which nobody waited.
    fn lock_words(&self) -> Vec<String> {
        if self.survey.waits.is_empty() {
            return vec![];
        }
        let shown =
            self.locks.rows(self.trace).into_iter().filter(|(_, column)| self.shown[*column].is_some());
        let words = |(row, column): (&str, usize)| {
            format!("{row} held by {}", self.survey.columns[column].who.column)
        };
        shown.map(words).take(MOST_LOCKS).collect()
    }

    fn finish(mut self, choice: &Choice) -> (Schedule, Vec<BrokenAt>) {
        self.settle();
        let made = self.rows.len();
        let anchor = choice.anchor.and_then(|event| self.rows.iter().rposition(|made| made.event <= event));
        let first = match anchor {
            Some(anchor) if made > MOST_ROWS => anchor.saturating_sub(BEFORE_ANCHOR).min(made - MOST_ROWS),
            _ => 0,
        };
        let rows: Vec<Row> =
            self.rows.drain(..).skip(first).take(MOST_ROWS).map(|made| trimmed(made.row)).collect();
        let columns = columns(self.trace, self.survey, choice);
        let schedule = Schedule {
            side_title: side_title(&rows, !self.watched.is_empty()),
            note: note(self.survey, &columns, &rows, self.step),
            insights: self.story.insights(self.survey),
            columns,
            rows,
        };
        (schedule, self.breaks)
    }
}

/// Where an event stands.
#[derive(Clone, Copy)]
struct At<'a> {
    index: usize,
    event: &'a Event,
    column: usize,
}

/// The values of a statement that waits stand in the event with which it ends.
fn binds_of_wait<'a>(trace: &'a Trace, at: At<'_>, waits: &StatementWaits) -> Option<&'a str> {
    let later = trace.events[at.index..].iter().filter(|event| event.actor == at.event.actor);
    later.into_iter().find_map(|event| match &event.kind {
        EventKind::Statement(statement) if statement.sql == waits.sql => Some(trace.text(statement.binds)),
        _ => None,
    })
}

fn trimmed(mut row: Row) -> Row {
    row.small.retain(|line| !line.is_empty());
    row.small.truncate(MOST_SMALL);
    row
}

fn time(at: SimInstant) -> String {
    at.since(SimInstant::START).to_string()
}

fn words_of(trace: &Trace, actors: &[TextId]) -> String {
    actors.iter().map(|actor| trace.text(*actor)).collect::<Vec<_>>().join(", ")
}
