//! Which requests a schedule shows.
//!
//! All of them when they fit. Otherwise those around the first deadlock or broken promise, whichever comes first:
//! the ones that wait for each other, the one whose step broke the promise, those that ran at the same time and
//! sent the same statements, those whose card or key the promise's evidence names.

use super::MOST_COLUMNS;
use super::actor::Kind;
use super::survey::Survey;
use crate::json;
use std::collections::BTreeSet;
use unhappy_trace::event::{StatementOutcome, TextId};
use unhappy_trace::{EventKind, Trace, Value};

/// The most operations whose columns are looked for.
const MOST_OPERATIONS: usize = 4;

/// What is shown.
pub(super) struct Choice {
    /// Columns of the survey, from left to right.
    pub(super) columns: Vec<usize>,
    /// The event that the rows must hold.
    pub(super) anchor: Option<usize>,
}

pub(super) fn choose(trace: &Trace, survey: &Survey) -> Choice {
    let anchor = anchor(survey);
    let all = operations(survey);
    // Looking for the columns of an operation goes through all of them, so a long run is not asked for all.
    let few = all.iter().take(MOST_COLUMNS + 1).flat_map(|operation| survey.columns_of(operation));
    let few: Vec<usize> = few.take(MOST_COLUMNS + 1).collect();
    if few.len() <= MOST_COLUMNS {
        return Choice { columns: few, anchor };
    }
    let mut wanted = involved(trace, survey);
    if wanted.is_empty() {
        wanted.extend(all.iter().take(2).map(|operation| (*operation).to_owned()));
    }
    let mut shown: Vec<usize> = vec![];
    for operation in wanted.iter().take(MOST_OPERATIONS) {
        let columns = survey.columns_of(operation);
        if shown.is_empty() || shown.len() + columns.len() <= MOST_COLUMNS {
            shown.extend(columns);
        }
    }
    shown.truncate(MOST_COLUMNS);
    shown.sort_by_key(|index| position(&all, &survey.columns[*index].who.operation));
    Choice { columns: shown, anchor }
}

fn position(all: &[&str], operation: &str) -> usize {
    all.iter().position(|known| *known == operation).unwrap_or(all.len())
}

/// Every operation once, in order of their first event.
fn operations(survey: &Survey) -> Vec<&str> {
    let mut known = BTreeSet::new();
    let seen = survey.columns.iter().filter(|seen| seen.who.kind != Kind::World);
    seen.map(|seen| seen.who.operation.as_str()).filter(|operation| known.insert(*operation)).collect()
}

fn anchor(survey: &Survey) -> Option<usize> {
    let deadlock = survey.deadlock.map(|(event, _)| event);
    let broke = survey.broke.map(|(event, _)| event);
    let first = [deadlock, broke].into_iter().flatten().min();
    first.or(survey.waits.first().map(|wait| wait.event)).or(survey.fault)
}

/// The operations that the anchor is about, most important first.
fn involved(trace: &Trace, survey: &Survey) -> Vec<String> {
    let mut found: Vec<String> = vec![];
    let name = |column: usize| survey.columns[column].who.operation.clone();
    let mut add = |operation: String| {
        if !found.contains(&operation) {
            found.push(operation);
        }
    };
    let deadlock_first =
        survey.deadlock.filter(|(event, _)| survey.broke.is_none_or(|(broke, _)| *event < broke));
    if let Some((event, victim)) = deadlock_first {
        add(name(victim));
        waited_for(survey, victim, event).into_iter().for_each(|column| add(name(column)));
    } else if let Some((event, before)) = survey.broke {
        let named = named_by_evidence(trace, survey, event);
        let of_name = named.first().and_then(|operation| survey.columns_of(operation).pop());
        named.into_iter().for_each(&mut add);
        if let Some(column) = of_name.or(before) {
            add(name(column));
            let until = event.min(survey.columns[column].last);
            competitors(trace, survey, column, until).into_iter().for_each(|column| add(name(column)));
        }
    } else if let Some(wait) = survey.waits.first() {
        add(name(wait.column));
        wait.on.iter().for_each(|column| add(name(*column)));
    } else if let Some(event) = survey.fault {
        faulty(trace, survey, event).into_iter().for_each(add);
    } else if let Some(column) = survey.failed {
        add(name(column));
    }
    found
}

/// Everybody whom `column` waits for at that event, and whom those wait for.
fn waited_for(survey: &Survey, column: usize, event: usize) -> Vec<usize> {
    let mut found = vec![column];
    let mut next = 0;
    while let Some(column) = found.get(next).copied() {
        next += 1;
        let last = survey.waits.iter().rfind(|wait| wait.column == column && wait.event <= event);
        for on in last.map(|wait| wait.on.as_slice()).unwrap_or_default() {
            if !found.contains(on) {
                found.push(*on);
            }
        }
    }
    found
}

/// Operations that called a service with a text that the evidence of a broken promise names.
fn named_by_evidence(trace: &Trace, survey: &Survey, event: usize) -> Vec<String> {
    let EventKind::PromiseBroke(broke) = &trace.events[event].kind else { return vec![] };
    let evidence = trace.text(broke.evidence);
    let is_part = |letter: char| !letter.is_ascii_alphanumeric() && letter != '_' && letter != '-';
    let words: BTreeSet<&str> = evidence.split(is_part).filter(|word| word.len() > 3).collect();
    let mut found: Vec<String> = vec![];
    for event in &trace.events[..event] {
        let EventKind::ServiceCalled(called) = &event.kind else { continue };
        let Some(Value::Map(arguments)) = json::read(trace.text(called.arguments)) else { continue };
        let names =
            arguments.iter().any(|(_, value)| value.as_text().is_some_and(|text| words.contains(text)));
        if let Some(column) = survey.column_of(event.actor).filter(|_| names && called.money_cents != 0) {
            let operation = &survey.columns[column].who.operation;
            if !found.contains(operation) {
                found.push(operation.clone());
            }
        }
    }
    found
}

fn faulty(trace: &Trace, survey: &Survey, event: usize) -> Vec<String> {
    let EventKind::FaultHappened(fault) = &trace.events[event].kind else { return vec![] };
    let (actor, _) = super::words::fault(trace.text(fault.fault));
    let of_process = |seen: &&super::survey::Seen| {
        seen.process.is_some_and(|process| trace.text(process) == actor)
            && (seen.first..=seen.last).contains(&event)
    };
    let operation = super::actor::who(&actor);
    if operation.kind != Kind::World {
        return vec![operation.operation];
    }
    survey.columns.iter().filter(of_process).map(|seen| seen.who.operation.clone()).collect()
}

/// Other requests that sent the same statements, with the same values, while `column` ran: those that read the
/// same rows first.
fn competitors(trace: &Trace, survey: &Survey, column: usize, event: usize) -> Vec<usize> {
    let operation = &survey.columns[column].who.operation;
    let own = |index: usize| survey.columns[index].who.operation == *operation;
    let mut mine: BTreeSet<(TextId, TextId)> = BTreeSet::new();
    let mut reads = BTreeSet::new();
    let first = survey.columns[column].first;
    // An operation that evidence names can begin after the step at which a promise broke: it read nothing by then.
    for event in trace.events.get(first..=event).unwrap_or_default() {
        let EventKind::Statement(statement) = &event.kind else { continue };
        if survey.column_of(event.actor).is_some_and(own) {
            mine.insert((statement.sql, statement.binds));
            if let StatementOutcome::Answered { digest, .. } = statement.outcome {
                reads.insert((statement.sql, statement.binds, digest));
            }
        }
    }
    let mut weights = vec![0_u32; survey.columns.len()];
    for event in &trace.events[..event] {
        let EventKind::Statement(statement) = &event.kind else { continue };
        let Some(other) = survey.column_of(event.actor).filter(|other| !own(*other)) else { continue };
        let overlaps = survey.columns[other].last >= first;
        if overlaps && mine.contains(&(statement.sql, statement.binds)) {
            let StatementOutcome::Answered { digest, .. } = statement.outcome else { continue };
            weights[other] += 1 + 2 * u32::from(reads.contains(&(statement.sql, statement.binds, digest)));
        }
    }
    let mut found: Vec<usize> = (0..weights.len()).filter(|index| weights[*index] > 0).collect();
    found.sort_by_key(|index| {
        (std::cmp::Reverse(weights[*index]), std::cmp::Reverse(survey.columns[*index].last))
    });
    found.truncate(2);
    found
}
