//! Promises: looked at on committed state, after every step that may have changed it, and at rest.
//!
//! A promise is told once, at the step at which it first broke. Watched values are told when they change. Queries of
//! promises run beside the run: they take no time, no lock and no step. Rule followed: design rules, "Promises".

use super::Run;
use std::collections::BTreeMap;
use std::rc::Rc;
use unhappy_db::{Answer, Binds, SessionId};
use unhappy_lesson::{Check, Holds, Lesson, Promise, Watch};
use unhappy_trace::event::{EventKind, PromiseBroke, Watched};
use unhappy_trace::{Value, text};

/// The session that promises are looked at from. No task ever has it.
const OBSERVER: SessionId = SessionId(u32::MAX);

/// Characters of evidence that a trace keeps.
const EVIDENCE_CHARACTERS: usize = 160;

/// What is promised, and what was seen of it.
#[derive(Clone)]
pub(super) struct Promises {
    list: Rc<[Promise]>,
    pub(super) broken: Vec<bool>,
    watches: Rc<[Watch]>,
    pub(super) seen: Vec<Option<String>>,
    has_changed: bool,
    /// Counts changes, so that a job can be seen to change nothing.
    pub(super) changes: u64,
}

impl Promises {
    pub(super) fn new(lesson: &Lesson) -> Promises {
        Promises {
            broken: vec![false; lesson.promises.len()],
            list: lesson.promises.clone().into(),
            seen: vec![None; lesson.watches.len()],
            watches: lesson.watches.clone().into(),
            has_changed: true,
            changes: 0,
        }
    }

    /// Returns what is watched with its last value: "stock 0".
    pub(super) fn watched(&self) -> Vec<String> {
        let pairs = self.watches.iter().zip(&self.seen);
        pairs.map(|(watch, value)| format!("{} {}", watch.label, value.as_deref().unwrap_or("–"))).collect()
    }

    /// Something may have changed that a promise reads.
    pub(super) fn something_changed(&mut self) {
        self.has_changed = true;
        self.changes += 1;
    }
}

impl Run {
    /// Looks at what must always hold, when something may have changed.
    pub(super) fn look_at_promises(&mut self) {
        if !std::mem::take(&mut self.promises.has_changed) {
            return;
        }
        for index in 0..self.promises.watches.len() {
            self.look_at_watch(index);
        }
        for index in 0..self.promises.list.len() {
            if self.promises.list[index].holds == Holds::Always {
                self.look_at_promise(index);
            }
        }
    }

    /// Looks at every promise: nothing more is going to happen.
    pub(super) fn look_at_promises_at_rest(&mut self) {
        for index in 0..self.promises.list.len() {
            self.look_at_promise(index);
        }
    }

    fn look_at_watch(&mut self, index: usize) {
        let watch = self.promises.watches[index].clone();
        let value = match self.ask(&watch.sql) {
            Ok(rows) => rows.first().and_then(|row| row.first().map(shown)).unwrap_or_else(|| "–".to_owned()),
            Err(_) => "–".to_owned(),
        };
        if self.promises.seen[index].as_ref() == Some(&value) {
            return;
        }
        let watched = Watched { label: self.recorder.text(&watch.label), value: self.recorder.text(&value) };
        let actor = self.recorder.text("database");
        self.recorder.push(self.now, actor, EventKind::Watched(watched));
        self.promises.seen[index] = Some(value);
    }

    fn look_at_promise(&mut self, index: usize) {
        if self.promises.broken[index] || self.stopped.is_some() {
            return;
        }
        let promise = self.promises.list[index].clone();
        let evidence = match &promise.check {
            Check::NoRow { sql } => self.ask(sql).map(|rows| rows.first().map(|row| words(row))),
            Check::Charges { sql, at_most } => self.wrong_charge(sql, *at_most),
            Check::Confirmed { sql } => self.unstored_confirmation(sql),
            Check::Answered => Ok(self.unanswered()),
        };
        match evidence {
            Ok(None) => {}
            Ok(Some(evidence)) => {
                self.promises.broken[index] = true;
                let evidence = text::cut(&evidence, EVIDENCE_CHARACTERS);
                let broke = PromiseBroke {
                    promise: self.recorder.text(&promise.key),
                    evidence: self.recorder.text(&evidence),
                };
                let actor = self.recorder.text("database");
                self.recorder.push(self.now, actor, EventKind::PromiseBroke(broke));
            }
            Err(sentence) => {
                let actor = self.recorder.text("database");
                let sentence = format!(
                    "The promise \"{}\" cannot be looked at: {sentence}. Its query needs the tables and columns of the \
                     lesson's schema.",
                    promise.sentence
                );
                self.limit(actor, None, vec![], sentence);
            }
        }
    }

    /// Rows of a query on committed state.
    fn ask(&self, sql: &str) -> Result<Vec<Vec<Value>>, String> {
        let mut state = self.state.clone();
        let nothing = Binds::default();
        match self.machine.database.execute(&mut state, OBSERVER, sql, &nothing, self.now) {
            Answer::Done(done) => Ok(done.rows),
            Answer::Refused(error) => Err(error.message),
            Answer::Blocked { .. } => Err("a table is locked".to_owned()),
        }
    }

    /// The first card whose charges differ from what the query allows.
    fn wrong_charge(&self, sql: &str, at_most: bool) -> Result<Option<String>, String> {
        let mut due: BTreeMap<String, i64> = BTreeMap::new();
        for row in self.ask(sql)? {
            let card = row.first().map(shown).unwrap_or_default();
            *due.entry(card).or_default() += row.get(1).and_then(Value::as_int).unwrap_or(0);
        }
        let charged = self.services.payments.net_by_card();
        let cards = due.keys().chain(charged.keys());
        let mut wrong = cards.filter_map(|card| {
            let (due, charged) =
                (due.get(card).copied().unwrap_or(0), charged.get(card).copied().unwrap_or(0));
            let is_wrong = if at_most { charged > due } else { charged != due };
            is_wrong.then(|| format!("card {card} was charged {}, should be {}", cents(charged), cents(due)))
        });
        Ok(wrong.next())
    }

    fn unstored_confirmation(&self, sql: &str) -> Result<Option<String>, String> {
        let rows = self.ask(sql)?;
        let stored = rows.first().and_then(|row| row.first()).and_then(Value::as_int).unwrap_or(0);
        let is_confirmed = |status: Option<u16>| status.is_some_and(|status| (200..300).contains(&status));
        let confirmed = if self.operations.is_empty() {
            self.requests.iter().filter(|request| is_confirmed(request.status)).count()
        } else {
            self.operations.iter().filter(|operation| operation.is_confirmed).count()
        };
        let confirmed = i64::try_from(confirmed).unwrap_or(i64::MAX);
        Ok((confirmed > stored).then(|| format!("{confirmed} were confirmed, {stored} are stored")))
    }

    /// The first request that no fault touched and that ended in an uncaught exception; at rest also one that was
    /// never answered.
    fn unanswered(&self) -> Option<String> {
        let uncaught = self.requests.iter().find(|request| request.is_uncaught && !request.is_touched);
        if let Some(request) = uncaught {
            return Some(format!("request {} ended in an uncaught exception", request.name));
        }
        let is_waiting = |request: &&crate::task::Request| {
            self.has_halted && request.status.is_none() && !request.is_touched
        };
        let waiting = self.requests.iter().find(is_waiting)?;
        Some(format!("request {} was never answered", waiting.name))
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        other => other.to_json(),
    }
}

fn words(row: &[Value]) -> String {
    row.iter().map(shown).collect::<Vec<_>>().join(", ")
}

/// An amount of cents with its decimal point.
fn cents(amount: i64) -> String {
    let sign = if amount < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", amount.unsigned_abs() / 100, amount.unsigned_abs() % 100)
}
