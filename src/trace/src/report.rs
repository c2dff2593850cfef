//! Metrics of a run, computed from its events and from nothing else.
//!
//! Percentiles are nearest-rank (Hyndman and Fan 1996, definition 1): the smallest value that at least
//! p percent of the values do not exceed. Whole microseconds throughout, no floats.

use crate::event::{
    Event, EventKind, Hit, OperationEnded, OperationOutcome, PromiseBroke, RequestSent, Responded,
    ResponseReceived, ServiceCalled, ServiceOutcome, ShapeId, Statement, StatementOutcome, TextId,
    TransactionStep,
};
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
    /// Refused statements by SQLSTATE; refused commits as well.
    pub sql_errors: BTreeMap<String, u64>,
    /// Operations of clients, in order; empty when the traffic has no client code.
    pub operations: Vec<OperationLine>,
    /// Requests whose sender got an exception instead of a response, by its class.
    pub client_errors: BTreeMap<String, u64>,
    /// Statements that waited for another transaction.
    pub lock_waits: u64,
    /// Statements that ended as the victim of a deadlock.
    pub deadlocks: u64,
    /// Calls that waited for a connection of the pool.
    pub pool_waits: u64,
    /// Calls of services by name.
    pub service_calls: BTreeMap<String, u64>,
    /// Charged by the payment provider, refunds not taken off. Cents.
    pub charged_cents: u64,
    /// Refunded by the payment provider. Cents.
    pub refunded_cents: u64,
    /// Charges that took effect.
    pub charges: u64,
    /// Deliveries of queues; of these, those of a message that was delivered before.
    pub deliveries: (u64, u64),
    /// Faults that happened, in order.
    pub faults: Vec<String>,
    /// Promises that broke, in order.
    pub broken: Vec<BrokenPromise>,
}

/// One operation of a client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationLine {
    /// Its name: `A`.
    pub name: String,
    /// What the client's function returned as JSON, or the class and message of its exception; none while it runs.
    pub outcome: Option<Result<String, String>>,
    /// From its beginning to its end.
    pub took: Option<SimDuration>,
    /// Requests that it sent.
    pub attempts: u64,
}

/// A promise that broke.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrokenPromise {
    /// Its key in the lesson.
    pub promise: String,
    /// Index of the event.
    pub event: u32,
    /// What shows it.
    pub evidence: String,
}

/// One request of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestLine {
    /// Its name: `A`, `B` …; `A2` for a second attempt.
    pub name: String,
    /// When the client sent it.
    pub sent_at: SimInstant,
    /// Whether the server's answer never reached the client.
    pub is_response_lost: bool,
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

impl SweepPoint {
    /// Computes the point of one size from its trace. `stopped` says what ended the run early.
    pub fn of(size: i64, trace: &Trace, stopped: Option<String>) -> SweepPoint {
        let report = Report::of(trace);
        SweepPoint {
            size,
            statements: report.most_statements(),
            rows_visited: report.most_rows_visited(),
            latency: report.latency,
            digest: report.requests.first().and_then(|request| request.digest),
            stopped,
        }
    }
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
        let mut builder = Builder::new(trace);
        for (index, event) in trace.events.iter().enumerate() {
            match &event.kind {
                EventKind::Arrived(arrived) => builder.arrived(event.actor, arrived.sent_at),
                EventKind::Statement(statement) => builder.statement(event.actor, statement),
                EventKind::Called(called) => builder.hits(event.actor, &called.hits),
                EventKind::Responded(responded) => builder.responded(event.actor, responded),
                EventKind::LimitReached(limit) => builder.hits(event.actor, &limit.hits),
                EventKind::StatementWaits(_) => builder.report.lock_waits += 1,
                EventKind::OperationBegan(_) => builder.began(event.actor),
                EventKind::OperationEnded(ended) => builder.ended(event.actor, ended),
                EventKind::RequestSent(sent) => builder.sent(event, sent),
                EventKind::ResponseReceived(received) => builder.received(received),
                EventKind::Transaction(step) => builder.transaction(event.actor, step),
                EventKind::ServiceCalled(called) => builder.service(event.actor, called),
                EventKind::PoolWaits(_) => builder.report.pool_waits += 1,
                EventKind::PromiseBroke(broke) => builder.broke(index, broke),
                EventKind::FaultHappened(fault) => {
                    builder.report.faults.push(trace.text(fault.fault).to_owned());
                }
                EventKind::Delivered(delivered) => {
                    builder.report.deliveries.0 += 1;
                    builder.report.deliveries.1 += u64::from(delivered.receive_count > 1);
                }
                EventKind::Printed(_)
                | EventKind::Noted(_)
                | EventKind::Raised(_)
                | EventKind::Assigned(_)
                | EventKind::Locked(_)
                | EventKind::Watched(_)
                | EventKind::ProcessChanged(_)
                | EventKind::Logged(_)
                | EventKind::Measured(_) => {}
            }
        }
        builder.finish()
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

/// How often lines ran, by file and line.
type Hits = BTreeMap<(TextId, u32), u64>;

/// A request with how often its lines ran.
struct Counted {
    line: RequestLine,
    hits: Hits,
}

/// Ids are small and dense, so what belongs to a text or a shape is found by its index.
struct Builder<'a> {
    trace: &'a Trace,
    report: Report,
    requests: Vec<Counted>,
    /// By actor: the index of its request, once looked up.
    request_of: Vec<Option<usize>>,
    /// By shape.
    shapes: Vec<ShapeCounter>,
}

impl<'a> Builder<'a> {
    fn new(trace: &'a Trace) -> Builder<'a> {
        Builder {
            trace,
            report: Report::default(),
            requests: Vec::new(),
            request_of: vec![None; trace.texts.len()],
            shapes: trace.shapes.iter().map(|_| ShapeCounter::default()).collect(),
        }
    }

    /// The request behind an actor: `A/1` and `A/1/2` belong to `A`.
    fn request_of(&mut self, actor: TextId) -> Option<usize> {
        let known = self.request_of[actor.0 as usize];
        if known.is_some() {
            return known;
        }
        let name = self.trace.text(actor);
        let name = name.strip_suffix(".client").unwrap_or(name);
        let root = name.split_once('/').map_or(name, |(root, _)| root);
        // Tasks belong to late requests rather than to early ones.
        let found = self.requests.iter().rposition(|request| request.line.name == root);
        self.request_of[actor.0 as usize] = found;
        found
    }

    /// A request was sent, or reached the server: whichever is told first. Delivered twice, it stays one.
    fn arrived(&mut self, actor: TextId, sent_at: SimInstant) {
        if self.request_of(actor).is_some() {
            return;
        }
        let line = RequestLine {
            name: self.trace.text(actor).to_owned(),
            sent_at,
            is_response_lost: false,
            latency: None,
            status: None,
            digest: None,
            rows: None,
            statements: 0,
            rows_visited: 0,
        };
        self.request_of[actor.0 as usize] = Some(self.requests.len());
        self.requests.push(Counted { line, hits: Hits::new() });
    }

    fn began(&mut self, actor: TextId) {
        let name = self.trace.text(actor);
        let name = name.strip_suffix(".client").unwrap_or(name).to_owned();
        self.report.operations.push(OperationLine { name, outcome: None, took: None, attempts: 0 });
    }

    /// The operation that an actor `A.client` is.
    fn operation(&mut self, actor: TextId) -> Option<&mut OperationLine> {
        let name = self.trace.text(actor).strip_suffix(".client")?;
        self.report.operations.iter_mut().rev().find(|operation| operation.name == name)
    }

    fn ended(&mut self, actor: TextId, ended: &OperationEnded) {
        let outcome = match &ended.outcome {
            OperationOutcome::Returned { preview } => Ok(self.trace.text(*preview).to_owned()),
            OperationOutcome::Raised { class, message } => {
                let (class, message) = (self.trace.text(*class), self.trace.text(*message));
                Err(if message.is_empty() { class.to_owned() } else { format!("{class}: {message}") })
            }
        };
        if let Some(operation) = self.operation(actor) {
            (operation.outcome, operation.took) = (Some(outcome), Some(ended.took));
        }
        self.hits(actor, &ended.hits);
    }

    fn sent(&mut self, event: &Event, sent: &RequestSent) {
        self.arrived(sent.request, event.at);
        if let Some(operation) = self.operation(event.actor) {
            operation.attempts += 1;
        }
        self.hits(event.actor, &sent.hits);
    }

    fn received(&mut self, received: &ResponseReceived) {
        if let Some(class) = received.error {
            *self.report.client_errors.entry(self.trace.text(class).to_owned()).or_default() += 1;
        }
        let Some(index) = self.request_of(received.request) else { return };
        let line = &mut self.requests[index].line;
        line.is_response_lost = received.status.is_none();
        line.latency = received.status.map(|_| received.took);
    }

    fn transaction(&mut self, actor: TextId, step: &TransactionStep) {
        if let Some((sqlstate, _)) = step.refused {
            self.sql_error(sqlstate);
        }
        self.hits(actor, &step.hits);
    }

    fn sql_error(&mut self, sqlstate: TextId) {
        let sqlstate = self.trace.text(sqlstate);
        *self.report.sql_errors.entry(sqlstate.to_owned()).or_default() += 1;
        // PostgreSQL's appendix A: deadlock_detected.
        self.report.deadlocks += u64::from(sqlstate == "40P01");
    }

    fn service(&mut self, actor: TextId, called: &ServiceCalled) {
        let name = self.trace.text(called.name);
        *self.report.service_calls.entry(name.to_owned()).or_default() += 1;
        let took_effect = match called.outcome {
            ServiceOutcome::Answered { .. } => true,
            ServiceOutcome::Failed { took_effect, .. } => took_effect,
        };
        if took_effect {
            let money = called.money_cents;
            self.report.charges += u64::from(money > 0);
            self.report.charged_cents += money.max(0).unsigned_abs();
            self.report.refunded_cents += money.min(0).unsigned_abs();
        }
        self.hits(actor, &called.hits);
    }

    fn broke(&mut self, index: usize, broke: &PromiseBroke) {
        self.report.broken.push(BrokenPromise {
            promise: self.trace.text(broke.promise).to_owned(),
            event: u32::try_from(index).expect("events of a run fit 32 bits"),
            evidence: self.trace.text(broke.evidence).to_owned(),
        });
    }

    fn statement(&mut self, actor: TextId, statement: &Statement) {
        self.report.statements += 1;
        self.report.rows_visited += statement.rows_visited;
        if let StatementOutcome::Refused { sqlstate, .. } = &statement.outcome {
            self.sql_error(*sqlstate);
        }
        let request = self.request_of(actor);
        if let Some(request) = request.and_then(|index| self.requests.get_mut(index)) {
            request.line.statements += 1;
            request.line.rows_visited += statement.rows_visited;
        }
        self.shapes[statement.shape.0 as usize].add(request, statement);
        self.hits(actor, &statement.hits);
    }

    fn responded(&mut self, actor: TextId, responded: &Responded) {
        *self.report.statuses.entry(responded.status).or_default() += 1;
        if let Some(index) = self.request_of(actor) {
            let line = &mut self.requests[index].line;
            line.latency = Some(responded.latency);
            line.status = Some(responded.status);
            line.digest = Some(responded.digest);
            line.rows = responded.rows;
        }
        self.hits(actor, &responded.hits);
    }

    fn hits(&mut self, actor: TextId, hits: &[Hit]) {
        let Some(index) = self.request_of(actor) else { return };
        for hit in hits {
            add(&mut self.requests[index].hits, (hit.file, hit.line), hit.count);
        }
    }

    fn finish(mut self) -> Report {
        if let Some(first) = self.requests.first() {
            self.report.first_request_lines = totals(self.trace, &first.hits);
        }
        let mut all = Hits::new();
        for request in &self.requests {
            for (place, count) in &request.hits {
                add(&mut all, *place, *count);
            }
        }
        self.report.lines = totals(self.trace, &all);
        let latencies = self.requests.iter().filter_map(|request| request.line.latency).collect();
        self.report.latency = Percentiles::of(latencies);
        self.report.shapes = self.shape_lines();
        self.report.requests = self.requests.into_iter().map(|request| request.line).collect();
        self.report
    }

    /// Most frequent first.
    fn shape_lines(&mut self) -> Vec<ShapeLine> {
        let different = self.different_arguments();
        let seen = self.shapes.iter().enumerate().filter(|(_, counter)| counter.count > 0);
        let by_count: BinaryHeap<_> = seen.map(|(index, counter)| (Reverse(counter.count), index)).collect();
        by_count
            .into_sorted_vec()
            .into_iter()
            .map(|(_, index)| self.shapes[index].line(self.trace, index, different[index]))
            .collect()
    }

    /// By shape: how many different argument lists the request used that sent the shape most.
    fn different_arguments(&mut self) -> Vec<u64> {
        let most: Vec<Option<usize>> =
            self.shapes.iter().map(|counter| counter.most().map(|(request, _)| request)).collect();
        let mut arguments: Vec<Hits> = self.shapes.iter().map(|_| Hits::new()).collect();
        let trace = self.trace;
        for (event, statement) in trace.statements() {
            let shape = statement.shape.0 as usize;
            if most[shape].is_some() && self.request_of(event.actor) == most[shape] {
                // Values may be bound or written into the text; both make the statement another question.
                add(&mut arguments[shape], (statement.sql, statement.binds.0), 1);
            }
        }
        arguments.iter().map(|different| different.len() as u64).collect()
    }
}

fn add(hits: &mut Hits, place: (TextId, u32), count: u64) {
    *hits.entry(place).or_default() += count;
}

/// In order of file name and line.
fn totals(trace: &Trace, hits: &Hits) -> Vec<LineTotal> {
    let mut files: Vec<TextId> = Vec::new();
    for (file, _) in hits.keys() {
        let place = files.partition_point(|known| trace.text(*known) < trace.text(*file));
        if files.get(place) != Some(file) {
            files.insert(place, *file);
        }
    }
    let mut lines = Vec::with_capacity(hits.len());
    for file in files {
        for ((_, line), count) in hits.range((file, 0)..=(file, u32::MAX)) {
            lines.push(LineTotal { file: trace.text(file).to_owned(), line: *line, count: *count });
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
    /// Each once, in order.
    places: Vec<(TextId, u32)>,
    /// By request: how often it sent the shape.
    by_request: Vec<u64>,
}

impl ShapeCounter {
    fn add(&mut self, request: Option<usize>, statement: &Statement) {
        self.count += 1;
        self.rows_visited += statement.rows_visited;
        self.time = self.time.plus(statement.took);
        match &statement.outcome {
            StatementOutcome::Answered { rows, changed, .. } => self.rows += (*rows).max(*changed),
            StatementOutcome::Refused { .. } => self.refused += 1,
        }
        if let Some(place) = statement.place.map(|place| (place.file, place.line))
            && let Err(index) = self.places.binary_search(&place)
        {
            self.places.insert(index, place);
        }
        let Some(request) = request else { return };
        if self.by_request.len() <= request {
            self.by_request.resize(request + 1, 0);
        }
        self.by_request[request] += 1;
    }

    /// The request that sent the shape most, and how often it did.
    fn most(&self) -> Option<(usize, u64)> {
        self.by_request.iter().copied().enumerate().max_by_key(|(_, count)| *count)
    }

    fn line(&self, trace: &Trace, index: usize, different_arguments: u64) -> ShapeLine {
        ShapeLine {
            shape: ShapeId(u32::try_from(index).expect("ids of shapes fit 32 bits")),
            count: self.count,
            most_in_a_request: self.most().map_or(0, |(_, count)| count),
            different_arguments,
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
