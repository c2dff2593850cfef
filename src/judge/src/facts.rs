//! Observed facts: a small, closed vocabulary of what a run did, for the formulas of a lesson.
//!
//! In: traces and the comparison with the original answer. Out: named whole numbers; yes is 1, no is 0.
//! The names and their meanings stand in the author's vocabulary (`lesson`, `author::vocabulary`).

use std::collections::BTreeMap;
use unhappy_lesson::Variables;
use unhappy_trace::event::{ShapeId, Statement};
use unhappy_trace::{BodyDifference, Event, Report, ShapeLine, SimInstant, Trace, Within};

/// What the runs of one case showed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// Most statements of one request.
    pub statements: u64,
    /// Most rows visited by one request.
    pub rows_visited: u64,
    /// How often the most repeated shape ran in one request.
    pub repeated: u64,
    /// How many different argument lists it had there.
    pub different_arguments: u64,
    /// Whether a statement looks rows up by a list of keys.
    pub in_list: bool,
    /// Whether a plan runs a sub-select once for every row.
    pub subquery: bool,
    /// Whether every call of the most repeated shape was made inside a comprehension.
    pub in_comprehension: bool,
    /// Whether statements of one request overlapped in time.
    pub concurrent: bool,
    /// Whether a request was not answered, or with a status of 500 or above.
    pub failed: bool,
}

/// Observes one run.
pub fn observe(trace: &Trace, report: &Report) -> Facts {
    let most = report.shapes.iter().max_by_key(|line| line.most_in_a_request);
    let unanswered = |status: Option<u16>| status.is_none_or(|status| status >= 500);
    Facts {
        statements: report.most_statements(),
        rows_visited: report.most_rows_visited(),
        repeated: most.map_or(0, |line| line.most_in_a_request),
        different_arguments: most.map_or(0, |line| line.different_arguments),
        in_list: report.shapes.iter().any(|line| trace.shape(line.shape).in_list),
        subquery: report.shapes.iter().any(|line| trace.shape(line.shape).subquery),
        in_comprehension: most.is_some_and(|line| in_comprehension(trace, line)),
        concurrent: overlapping(trace),
        failed: report.requests.is_empty() || report.requests.iter().any(|line| unanswered(line.status)),
    }
}

impl Facts {
    /// Returns the facts under their names, with the settings of the case.
    pub fn variables(&self, settings: &BTreeMap<String, i64>) -> Variables {
        let number = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        let mut named = settings.clone();
        for (name, value) in [
            ("statements", number(self.statements)),
            ("rows_visited", number(self.rows_visited)),
            ("repeated", number(self.repeated)),
            ("different_arguments", number(self.different_arguments)),
            ("in_list", i64::from(self.in_list)),
            ("subquery", i64::from(self.subquery)),
            ("in_comprehension", i64::from(self.in_comprehension)),
            ("concurrent", i64::from(self.concurrent)),
            ("failed", i64::from(self.failed)),
        ] {
            named.insert(name.to_owned(), value);
        }
        named
    }
}

/// Adds how the answer of the default case differs from the original one.
pub fn add_difference(named: &mut Variables, difference: Option<&BodyDifference>) {
    let count = |rows: &[String]| i64::try_from(rows.len()).unwrap_or(i64::MAX);
    let changed = difference.map_or(0, |found| i64::try_from(found.changed.len()).unwrap_or(i64::MAX));
    for (name, value) in [
        ("rows_missing", difference.map_or(0, |found| count(&found.missing))),
        ("rows_surplus", difference.map_or(0, |found| count(&found.surplus))),
        ("rows_changed", changed),
        ("reordered", difference.map_or(0, |found| i64::from(found.reordered))),
        ("differs_by_default", i64::from(difference.is_some())),
    ] {
        named.insert(name.to_owned(), value);
    }
}

fn in_comprehension(trace: &Trace, line: &ShapeLine) -> bool {
    let inside =
        |statement: &Statement| statement.place.is_some_and(|place| place.within == Within::Comprehension);
    of_shape(trace, line.shape).all(|(_, statement)| inside(statement))
}

fn of_shape(trace: &Trace, shape: ShapeId) -> impl Iterator<Item = (&Event, &Statement)> {
    trace.statements().filter(move |(_, statement)| statement.shape == shape)
}

/// Whether a request sent a statement before the one before it was back.
fn overlapping(trace: &Trace) -> bool {
    let mut spans: BTreeMap<&str, Vec<(SimInstant, SimInstant)>> = BTreeMap::new();
    for (event, statement) in trace.statements() {
        let actor = trace.text(event.actor);
        let request = actor.split_once('/').map_or(actor, |(root, _)| root);
        let span = (statement.sent_at, statement.sent_at.after(statement.took));
        spans.entry(request).or_default().push(span);
    }
    spans.into_values().any(|mut spans| {
        spans.sort();
        spans.windows(2).any(|pair| pair[1].0 < pair[0].1)
    })
}
