//! What a schedule shows, in sentences: who waits for whom, who read the same value, what was charged twice.
//!
//! Only what the events say: two reads are the same when text, values and rows are; a charge is doubled when one
//! operation charges one card more than once.

use super::Insight;
use super::actor::Kind;
use super::locks::{Held, Locks};
use super::survey::Survey;
use super::words;
use crate::{PlaceLink, json};
use unhappy_trace::event::{Place, ServiceCalled, ServiceOutcome};
use unhappy_trace::{Trace, Value};

/// The most sentences of an insight.
const MOST_LINES: usize = 8;
/// The most pairs of equal reads that are kept.
const MOST_READS: usize = 200;

/// What is remembered while the rows are made.
#[derive(Debug, Default)]
pub(super) struct Story {
    deadlock: Option<Vec<String>>,
    reads: Vec<([(usize, u32); 2], String)>,
    writes: Vec<(usize, u32)>,
    charges: Vec<Charge>,
    faults: Vec<(String, String, u32)>,
}

#[derive(Debug)]
struct Charge {
    /// Whose: operation and card.
    key: (String, String),
    column: usize,
    step: u32,
    words: String,
}

impl Story {
    /// The statement of `victim` ends as the victim of a deadlock.
    pub(super) fn deadlock(
        &mut self,
        trace: &Trace,
        survey: &Survey,
        locks: &Locks,
        victim: usize,
        step: u32,
    ) {
        if self.deadlock.is_some() {
            return;
        }
        let name = |column: usize| survey.columns[column].who.column.as_str();
        let mut lines: Vec<String> = vec![];
        let (mut at, mut before) = (victim, None);
        while let Some(waiting) = locks.wait_of(at) {
            let holder = locks.holders(trace, waiting.what, &waiting.on).first().copied();
            let next = holder.map(|held| held.column).or(waiting.on.first().copied());
            let what = waiting.what.map_or("another transaction", |what| words::target(trace.text(what)));
            let held_by = next.map(|next| format!(", which {} holds{}", name(next), taken(trace, holder)));
            let line = line_of(trace, waiting.place);
            lines.push(format!("{} waits{line} for {what}{}.", name(at), held_by.unwrap_or_default()));
            before = next;
            match next {
                Some(next) if next != victim && lines.len() < MOST_LINES - 1 => at = next,
                _ => break,
            }
        }
        if before == Some(victim) {
            lines.push("Each waits for another one, so none could ever go on.".to_owned());
        }
        lines.push(format!(
            "PostgreSQL ends the statement of {} in step {step} with SQLSTATE 40P01, deadlock_detected.",
            name(victim)
        ));
        self.deadlock = Some(lines);
    }

    /// A statement changed rows.
    pub(super) fn wrote(&mut self, column: usize, step: u32) {
        self.writes.push((column, step));
    }

    /// Two requests read the same.
    pub(super) fn same_read(&mut self, who: [(usize, u32); 2], what: &str) {
        if self.reads.len() < MOST_READS {
            self.reads.push((who, what.to_owned()));
        }
    }

    /// A call of a service.
    pub(super) fn charge(
        &mut self,
        trace: &Trace,
        survey: &Survey,
        column: usize,
        called: &ServiceCalled,
        step: u32,
    ) {
        let id = match &called.outcome {
            ServiceOutcome::Answered { preview } => json::read(trace.text(*preview)),
            ServiceOutcome::Failed { took_effect: true, .. } => None,
            ServiceOutcome::Failed { .. } => return,
        };
        if called.money_cents <= 0 {
            return;
        }
        let text = |value: Option<&Value>| value.and_then(Value::as_text).map(str::to_owned);
        let arguments = json::read(trace.text(called.arguments));
        let card = text(arguments.as_ref().and_then(|all| all.get("card"))).unwrap_or_default();
        let who = &survey.columns[column].who;
        // Deliveries of one message are operations of their own: the card alone tells that they belong together.
        let owner = if who.kind == Kind::Background { String::new() } else { who.operation.clone() };
        let id = match text(id.as_ref().and_then(|value| value.get("id"))) {
            Some(id) => format!(" as {id}"),
            None => ", though its answer never came".to_owned(),
        };
        let money = words::money(called.money_cents.unsigned_abs());
        let words =
            format!("{} charges {money} in step {step}{}{id}", who.column, line_of(trace, called.place));
        self.charges.push(Charge { key: (owner, card), column, step, words });
    }

    /// A fault happened to an operation.
    pub(super) fn fault(&mut self, words: &str, operation: String, step: u32) {
        self.faults.push((operation, words.to_owned(), step));
    }

    /// Returns what there is to say.
    pub(super) fn insights(&self, survey: &Survey) -> Vec<Insight> {
        let mut found = vec![];
        if let Some(lines) = &self.deadlock {
            found.push(Insight { title: "Who waits for whom".to_owned(), lines: lines.clone() });
        }
        found.extend(self.doubled(survey));
        let mut reads = self.stale(survey);
        reads.truncate(MOST_LINES);
        if !reads.is_empty() {
            found.push(Insight { title: "The same value, read twice".to_owned(), lines: reads });
        }
        found
    }

    /// Two requests read the same before either of them wrote, and then both wrote.
    fn stale(&self, survey: &Survey) -> Vec<String> {
        let name = |column: usize| survey.columns[column].who.column.as_str();
        let next = |(column, step): (usize, u32)| {
            self.writes.iter().find(|(who, at)| *who == column && *at > step).map(|(_, at)| *at)
        };
        let mut lines: Vec<String> = vec![];
        for ([first, second], what) in &self.reads {
            let (Some(one), Some(two)) = (next(*first), next(*second)) else { continue };
            if one < second.1 {
                continue;
            }
            let line = format!(
                "{} and {} both read {what} (steps {} and {}) before either had written, and then both wrote (steps {one} and {two}).",
                name(first.0),
                name(second.0),
                first.1,
                second.1,
            );
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
        lines
    }

    /// The first card that one operation charged more than once.
    fn doubled(&self, survey: &Survey) -> Option<Insight> {
        let of = |key: &(String, String)| {
            self.charges.iter().filter(|charge| charge.key == *key).collect::<Vec<_>>()
        };
        let charges = self.charges.iter().map(|charge| of(&charge.key)).find(|charges| charges.len() > 1)?;
        let first = charges.first()?;
        let operation = &survey.columns[first.column].who.operation;
        let mut told: Vec<(u32, String)> =
            charges.iter().map(|charge| (charge.step, format!("{}.", charge.words))).collect();
        for (whose, words, step) in self.faults.iter().filter(|(whose, ..)| whose == operation) {
            told.push((*step, format!("{whose}: {words}, in step {step}.")));
        }
        told.sort();
        let card = if first.key.1.is_empty() { String::new() } else { format!(" for card {}", first.key.1) };
        let mut lines = vec![format!("There are {} charges{card}.", charges.len())];
        lines.extend(told.into_iter().map(|(_, line)| line).take(MOST_LINES - 1));
        Some(Insight { title: "Charged more than once".to_owned(), lines })
    }
}

fn line_of(trace: &Trace, place: Option<Place>) -> String {
    place.map(|place| format!(" ({})", PlaceLink::of(trace, place).label())).unwrap_or_default()
}

fn taken(trace: &Trace, held: Option<Held>) -> String {
    let place = held.and_then(|held| held.place);
    place.map(|place| format!(" since {}", PlaceLink::of(trace, place).label())).unwrap_or_default()
}
