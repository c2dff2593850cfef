//! Metrics of a run, computed from its events and from nothing else.
//!
//! Percentiles are nearest-rank (Hyndman and Fan 1996, definition 1): the smallest value that at least
//! p percent of the values do not exceed. Whole microseconds throughout, no floats.

use crate::event::{Arrived, EventKind, Hit, Responded, ShapeId, Statement, StatementOutcome, TextId};
use crate::{Digest, SimDuration, SimInstant, Trace};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

/// The numbers of one run.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Report {
    /// Requests in order of arrival.
    pub requests: Vec<RequestLine>,
    /// Statement shapes, most frequent first.
    pub shapes: Vec<ShapeLine>,
    /// Latency of the answered requests.
    pub latency: Percentiles,
    /// Statements of all requests together.
    pub statements: u64,
    /// Rows visited by all requests together.
    pub rows_visited: u64,
    /// How often each line ran in the first request.
    pub first_request_lines: Vec<LineTotal>,
    /// How often each line ran in all requests.
    pub lines: Vec<LineTotal>,
    /// Answers by HTTP status.
    pub statuses: BTreeMap<u16, u64>,
    /// Refused statements by SQLSTATE.
    pub sql_errors: BTreeMap<String, u64>,
}

/// One request of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestLine {
    /// Its name: `A`, `B` …
    pub name: String,
    /// When the client sent it.
    pub sent_at: SimInstant,
    /// How long the client waited; none while unanswered.
    pub latency: Option<SimDuration>,
    /// HTTP status; none while unanswered.
    pub status: Option<u16>,
    /// Digest of the body.
    pub digest: Option<Digest>,
    /// Items in the body when it is a list.
    pub rows: Option<u64>,
    /// Statements it sent.
    pub statements: u64,
    /// Rows its statements visited.
    pub rows_visited: u64,
}

/// One statement shape of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShapeLine {
    /// Which shape.
    pub shape: ShapeId,
    /// How often it ran in all requests.
    pub count: u64,
    /// How often it ran in the request that ran it most.
    pub most_in_a_request: u64,
    /// How many different argument lists that request used.
    pub different_arguments: u64,
    /// Rows returned or changed in all.
    pub rows: u64,
    /// Rows visited in all.
    pub rows_visited: u64,
    /// Time from send to answer, all runs together.
    pub time: SimDuration,
    /// Where it was sent from, each file and line once, in order.
    pub places: Vec<(String, u32)>,
    /// How often the database refused it.
    pub refused: u64,
}

/// How often a line ran.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LineTotal {
    /// File name.
    pub file: String,
    /// Line, counted from 1.
    pub line: u32,
    /// How often.
    pub count: u64,
}

/// Percentiles of a set of durations. All zero for an empty set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Percentiles {
    /// Half of the values are not larger.
    pub p50: SimDuration,
    /// 95 of 100 values are not larger.
    pub p95: SimDuration,
    /// 99 of 100 values are not larger.
    pub p99: SimDuration,
    /// The largest value.
    pub max: SimDuration,
}

/// One size of a sweep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SweepPoint {
    /// The size, e.g. 1,000 orders.
    pub size: i64,
    /// Statements of one request, the largest over the requests.
    pub statements: u64,
    /// Rows visited by one request, the largest over the requests.
    pub rows_visited: u64,
    /// Latency.
    pub latency: Percentiles,
    /// Digest of the first answer; none when the first request was not answered.
    pub digest: Option<Digest>,
    /// What stopped the run before its end, in a sentence.
    pub stopped: Option<String>,
}

impl Percentiles {
    /// Returns the percentiles of some durations.
    pub fn of(values: Vec<SimDuration>) -> Percentiles {
        // A heap is a tenth of a general sort's code, and the page carries this.
        let values = BinaryHeap::from(values).into_sorted_vec();
        let rank = |percent: usize| {
            let index = (values.len() * percent).div_ceil(100);
            values.get(index.saturating_sub(1)).copied().unwrap_or_default()
        };
        Percentiles { p50: rank(50), p95: rank(95), p99: rank(99), max: rank(100) }
    }
}

impl Report {
    /// Computes the report of a trace.
    pub fn of(trace: &Trace) -> Report {
        let mut builder =
            Builder { trace, requests: BTreeMap::new(), order: vec![], report: Report::default() };
        let mut shapes: BTreeMap<ShapeId, ShapeCounter> = BTreeMap::new();
        for event in &trace.events {
            match &event.kind {
                EventKind::Arrived(arrived) => builder.arrived(event.actor, arrived),
                EventKind::Statement(statement) => {
                    builder.statement(event.actor, statement);
                    let root = builder.root(event.actor);
                    shapes.entry(statement.shape).or_default().add(root, statement);
                }
                EventKind::Called(called) => builder.hits(event.actor, &called.hits),
                EventKind::Responded(responded) => builder.responded(event.actor, responded),
                EventKind::LimitReached(limit) => builder.hits(event.actor, &limit.hits),
                EventKind::Printed(_) | EventKind::Noted(_) | EventKind::Raised(_) => {}
            }
        }
        builder.finish(shapes)
    }

    /// Returns the largest number of statements that one request sent.
    pub fn most_statements(&self) -> u64 {
        self.requests.iter().map(|request| request.statements).max().unwrap_or(0)
    }

    /// Returns the largest number of rows that the statements of one request visited.
    pub fn most_rows_visited(&self) -> u64 {
        self.requests.iter().map(|request| request.rows_visited).max().unwrap_or(0)
    }
}

/// A request with how often its lines ran.
struct Counted {
    line: RequestLine,
    hits: BTreeMap<(TextId, u32), u64>,
}

struct Builder<'a> {
    trace: &'a Trace,
    requests: BTreeMap<String, Counted>,
    order: Vec<String>,
    report: Report,
}

impl<'a> Builder<'a> {
    /// The request behind an actor: `A/1` and `A/1/2` belong to `A`.
    fn root(&self, actor: TextId) -> &'a str {
        let name = self.trace.text(actor);
        name.split_once('/').map_or(name, |(root, _)| root)
    }

    fn request(&mut self, actor: TextId) -> Option<&mut Counted> {
        let root = self.root(actor);
        self.requests.get_mut(root)
    }

    fn arrived(&mut self, actor: TextId, arrived: &Arrived) {
        let name = self.root(actor).to_owned();
        let line = RequestLine {
            name: name.clone(),
            sent_at: arrived.sent_at,
            latency: None,
            status: None,
            digest: None,
            rows: None,
            statements: 0,
            rows_visited: 0,
        };
        self.order.push(name.clone());
        self.requests.insert(name, Counted { line, hits: BTreeMap::new() });
    }

    fn statement(&mut self, actor: TextId, statement: &Statement) {
        self.report.statements += 1;
        self.report.rows_visited += statement.rows_visited;
        if let StatementOutcome::Refused { sqlstate, .. } = &statement.outcome {
            *self.report.sql_errors.entry(self.trace.text(*sqlstate).to_owned()).or_default() += 1;
        }
        if let Some(request) = self.request(actor) {
            request.line.statements += 1;
            request.line.rows_visited += statement.rows_visited;
        }
        self.hits(actor, &statement.hits);
    }

    fn responded(&mut self, actor: TextId, responded: &Responded) {
        *self.report.statuses.entry(responded.status).or_default() += 1;
        if let Some(request) = self.request(actor) {
            request.line.latency = Some(responded.latency);
            request.line.status = Some(responded.status);
            request.line.digest = Some(responded.digest);
            request.line.rows = responded.rows;
        }
        self.hits(actor, &responded.hits);
    }

    fn hits(&mut self, actor: TextId, hits: &[Hit]) {
        let Some(request) = self.request(actor) else { return };
        for hit in hits {
            *request.hits.entry((hit.file, hit.line)).or_default() += hit.count;
        }
    }

    fn finish(mut self, shapes: BTreeMap<ShapeId, ShapeCounter>) -> Report {
        let mut all: BTreeMap<(TextId, u32), u64> = BTreeMap::new();
        for counted in self.requests.values() {
            for (place, count) in &counted.hits {
                *all.entry(*place).or_default() += count;
            }
        }
        if let Some(first) = self.order.first().and_then(|name| self.requests.get(name)) {
            self.report.first_request_lines = totals(self.trace, &first.hits);
        }
        self.report.lines = totals(self.trace, &all);
        for name in &self.order {
            self.report.requests.push(self.requests[name].line.clone());
        }
        self.report.latency =
            Percentiles::of(self.report.requests.iter().filter_map(|request| request.latency).collect());
        let by_count: BinaryHeap<_> =
            shapes.iter().map(|(id, counter)| (Reverse(counter.count), *id)).collect();
        for (_, id) in by_count.into_sorted_vec() {
            self.report.shapes.push(shapes[&id].finish(self.trace, id));
        }
        self.report
    }
}

fn totals(trace: &Trace, hits: &BTreeMap<(TextId, u32), u64>) -> Vec<LineTotal> {
    // Ids of texts are in order of first use, lines of a file in their own: each file is one run of entries.
    let by_name: BTreeMap<&str, TextId> = hits.keys().fold(BTreeMap::new(), |mut files, (file, _)| {
        files.insert(trace.text(*file), *file);
        files
    });
    let mut lines = Vec::with_capacity(hits.len());
    for (name, file) in by_name {
        for ((_, line), count) in hits.range((file, 0)..=(file, u32::MAX)) {
            lines.push(LineTotal { file: name.to_owned(), line: *line, count: *count });
        }
    }
    lines
}

#[derive(Default)]
struct ShapeCounter {
    count: u64,
    rows: u64,
    rows_visited: u64,
    refused: u64,
    time: SimDuration,
    places: std::collections::BTreeSet<(TextId, u32)>,
    by_request: BTreeMap<String, (u64, std::collections::BTreeSet<(TextId, TextId)>)>,
}

impl ShapeCounter {
    fn add(&mut self, root: &str, statement: &Statement) {
        self.count += 1;
        self.rows_visited += statement.rows_visited;
        self.time = self.time.plus(statement.took);
        match &statement.outcome {
            StatementOutcome::Answered { rows, changed, .. } => self.rows += (*rows).max(*changed),
            StatementOutcome::Refused { .. } => self.refused += 1,
        }
        if let Some(place) = statement.place {
            self.places.insert((place.file, place.line));
        }
        let (count, arguments) = self.by_request.entry(root.to_owned()).or_default();
        *count += 1;
        // Values may be bound or written into the text; both make the statement another question.
        arguments.insert((statement.sql, statement.binds));
    }

    fn finish(&self, trace: &Trace, shape: ShapeId) -> ShapeLine {
        let most = self.by_request.values().max_by_key(|(count, _)| *count);
        ShapeLine {
            shape,
            count: self.count,
            most_in_a_request: most.map_or(0, |(count, _)| *count),
            different_arguments: most.map_or(0, |(_, arguments)| arguments.len() as u64),
            rows: self.rows,
            rows_visited: self.rows_visited,
            time: self.time,
            places: self.places.iter().map(|(file, line)| (trace.text(*file).to_owned(), *line)).collect(),
            refused: self.refused,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Nearest rank of 1..=50 ms: 50 % is the 25th, 95 % the 48th (47.5 rounded up), 99 % the 50th.
    #[test]
    fn percentiles_are_nearest_rank() {
        let values: Vec<SimDuration> = (1..=50).map(|ms| SimDuration::from_micros(ms * 1000)).collect();
        let found = Percentiles::of(values);
        assert_eq!(
            [found.p50, found.p95, found.p99, found.max].map(|value| value.micros() / 1000),
            [25, 48, 50, 50]
        );
        assert_eq!(Percentiles::of(vec![]), Percentiles::default());
    }
}
