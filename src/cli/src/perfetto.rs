//! `unhappy run --perfetto`: a trace as JSON that ui.perfetto.dev and chrome://tracing open.
//!
//! In: the trace of a run. Out: the object form of the "Trace Event Format" (Google, 2016). Every process of the
//! server is a process there, and so are the clients and the database; every actor is a thread of each that it
//! touched. Statements, calls, requests, operations, transactions and lock waits are complete events (`X`), and what
//! happened at one instant is an instant event (`i`). Times are the run's own, in microseconds.
//!
//! The format lets events stand in any order. Here metadata comes first and the rest is sorted by time, longer ones
//! first, so that equal runs give equal bytes (`layout.rs`). Complete events of one thread must nest: one that would
//! cross another moves to a thread of the same name with a number.
//!
//! A run whose order was chosen takes no time, so everything in it is 0 microseconds long: `--text` shows it better.

mod instants;
mod layout;

use layout::{Drawn, Shape, laid_out};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use unhappy_trace::event::{
    EventKind, OperationOutcome, Place, ServiceCalled, ServiceOutcome, Statement, StatementOutcome, TextId,
    TransactionStep, TransactionWhat,
};
use unhappy_trace::{Event, SimInstant, Trace, text};

/// The process that the clients are.
const CLIENTS: &str = "clients";
/// The process that the database is.
const DATABASE: &str = "database";
/// The process of requests that were not assigned to one: there is only one, without limit.
const SERVER: &str = "server";
/// Characters of a statement that its event is named by. The whole stands in its arguments.
const NAME_CHARACTERS: usize = 100;

type Arguments = BTreeMap<&'static str, Json>;

/// Writes a trace; `run` is the text that replays it.
pub fn perfetto(trace: &Trace, run: &str) -> anyhow::Result<String> {
    let mut picture = Picture::of(trace);
    for event in &trace.events {
        picture.add(event);
    }
    picture.close_all();
    let mut lines = Vec::new();
    for event in laid_out(picture.drawn) {
        lines.push(serde_json::to_string(&event)?);
    }
    let run = serde_json::to_string(run)?;
    Ok(format!(
        "{{\"displayTimeUnit\":\"ms\",\"otherData\":{{\"run\":{run}}},\"traceEvents\":[\n{}\n]}}",
        lines.join(",\n")
    ))
}

/// Something that has begun.
#[derive(Debug)]
struct Open {
    actor: String,
    process: String,
    key: Key,
    name: String,
    since: SimInstant,
    arguments: Arguments,
}

/// What has begun.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Key {
    Operation,
    /// An HTTP call, by the request's name, as its sender sees it.
    Sent(String),
    /// A request on the server.
    Handled,
    Transaction,
    LockWait,
}

impl Key {
    fn category(&self) -> &'static str {
        match self {
            Key::Operation => "operation",
            Key::Sent(_) => "http",
            Key::Handled => "request",
            Key::Transaction => "transaction",
            Key::LockWait => "lock-wait",
        }
    }
}

struct Picture<'a> {
    trace: &'a Trace,
    /// By actor: the process that it was assigned to.
    homes: BTreeMap<&'a str, &'a str>,
    /// Requests that a client or a handler sent; the others come from the traffic itself.
    sent: BTreeSet<TextId>,
    open: Vec<Open>,
    drawn: Vec<Drawn>,
}

impl<'a> Picture<'a> {
    fn of(trace: &'a Trace) -> Picture<'a> {
        let (mut homes, mut sent) = (BTreeMap::new(), BTreeSet::new());
        for event in &trace.events {
            match &event.kind {
                EventKind::Assigned(found) => {
                    homes.insert(trace.text(event.actor), trace.text(found.process));
                }
                EventKind::RequestSent(found) => {
                    sent.insert(found.request);
                }
                EventKind::ProcessChanged(_) => {
                    homes.insert(trace.text(event.actor), trace.text(event.actor));
                }
                _ => {}
            }
        }
        Picture { trace, homes, sent, open: vec![], drawn: vec![] }
    }

    /// The process in which an actor's code runs: a client's, or the one that its request was assigned to.
    fn home(&self, actor: &str) -> String {
        let root = actor.split('/').next().unwrap_or(actor);
        if root.ends_with(".client") {
            return CLIENTS.to_owned();
        }
        self.homes.get(root).copied().unwrap_or(SERVER).to_owned()
    }

    fn add(&mut self, event: &Event) {
        let actor = self.trace.text(event.actor);
        match &event.kind {
            EventKind::Statement(step) => self.statement(event, actor, step),
            EventKind::Transaction(step) => self.transaction_step(event, actor, step),
            EventKind::ServiceCalled(step) => self.service(actor, step),
            EventKind::Called(step) => {
                self.close(actor, &Key::LockWait, event.at);
                let took = event.at.since(step.sent_at).micros();
                let name = self.trace.text(step.name).to_owned();
                self.last(actor, "call", name, step.sent_at, took, self.placed(step.place));
            }
            EventKind::StatementWaits(wait) => {
                self.close(actor, &Key::LockWait, event.at);
                let on: Vec<&str> = wait.on.iter().map(|holder| self.trace.text(*holder)).collect();
                let mut arguments = self.placed(wait.place);
                arguments.insert("sql", json!(self.trace.text(wait.sql)));
                arguments.extend(wait.what.map(|what| ("what", json!(self.trace.text(what)))));
                let name = format!("waits for {}", on.join(", "));
                self.begin(actor, DATABASE.to_owned(), Key::LockWait, name, event.at, arguments);
            }
            _ => self.add_traffic(event, actor),
        }
    }

    /// Operations, requests and answers.
    fn add_traffic(&mut self, event: &Event, actor: &str) {
        let (trace, home) = (self.trace, self.home(actor));
        match &event.kind {
            EventKind::OperationBegan(began) => {
                let arguments = Arguments::from([("user", json!(trace.text(began.user)))]);
                self.begin(actor, home, Key::Operation, actor.to_owned(), event.at, arguments);
            }
            EventKind::OperationEnded(ended) => {
                let outcome = match &ended.outcome {
                    OperationOutcome::Returned { preview } => ("returned", json!(trace.text(*preview))),
                    OperationOutcome::Raised { class, message } => {
                        ("raised", json!(format!("{}: {}", trace.text(*class), trace.text(*message))))
                    }
                };
                self.note(actor, &Key::Operation, outcome);
                self.close(actor, &Key::Operation, event.at);
            }
            EventKind::RequestSent(sent) => {
                let name = format!("{} {}", trace.text(sent.method), trace.text(sent.path));
                let mut arguments = self.placed(sent.place);
                arguments.insert("request", json!(trace.text(sent.request)));
                arguments.insert("body", json!(trace.text(sent.body)));
                let key = Key::Sent(trace.text(sent.request).to_owned());
                self.begin(actor, home, key, name, event.at, arguments);
            }
            EventKind::ResponseReceived(received) => {
                let key = Key::Sent(trace.text(received.request).to_owned());
                let how = received.error.map_or(json!(received.status), |error| json!(trace.text(error)));
                self.note(actor, &key, ("answer", how));
                self.close(actor, &key, event.at);
            }
            EventKind::Arrived(arrived) => {
                let name = format!("{} {}", trace.text(arrived.method), trace.text(arrived.path));
                let arguments = Arguments::from([("sent_at_micros", json!(arrived.sent_at.micros()))]);
                self.begin(actor, home, Key::Handled, name, event.at, arguments);
            }
            EventKind::Responded(responded) => {
                if !self.sent.contains(&event.actor) {
                    self.client_waited(event, actor, responded.latency.micros());
                }
                self.note(actor, &Key::Handled, ("status", json!(responded.status)));
                self.note(actor, &Key::Handled, ("body", json!(trace.text(responded.preview))));
                self.close(actor, &Key::Handled, event.at);
            }
            _ => self.add_instant(event, actor),
        }
    }

    fn statement(&mut self, event: &Event, actor: &str, step: &Statement) {
        let trace = self.trace;
        self.close(actor, &Key::LockWait, event.at);
        let mut arguments = self.placed(step.place);
        arguments.insert("sql", json!(trace.text(step.sql)));
        arguments.insert("binds", json!(trace.text(step.binds)));
        arguments.insert("rows_visited", json!(step.rows_visited));
        match &step.outcome {
            StatementOutcome::Answered { rows, changed, preview, .. } => {
                arguments.insert("rows", json!(rows));
                arguments.insert("changed", json!(changed));
                arguments.insert("preview", json!(trace.text(*preview)));
            }
            StatementOutcome::Refused { sqlstate, message, .. } => {
                let refused = format!("{}: {}", trace.text(*sqlstate), trace.text(*message));
                arguments.insert("refused", json!(refused));
            }
        }
        let name = text::cut(&trace.shape(step.shape).text, NAME_CHARACTERS);
        self.last(actor, "statement", name, step.sent_at, step.took.micros(), arguments);
    }

    fn transaction_step(&mut self, event: &Event, actor: &str, step: &TransactionStep) {
        let trace = self.trace;
        self.close(actor, &Key::LockWait, event.at);
        let mut arguments = self.placed(step.place);
        if let Some((sqlstate, message)) = step.refused {
            let refused = format!("{}: {}", trace.text(sqlstate), trace.text(message));
            arguments.insert("refused", json!(refused));
        }
        let name = match step.what {
            TransactionWhat::Begin { level, .. } => format!("BEGIN {}", trace.text(level)),
            TransactionWhat::Commit => "COMMIT".to_owned(),
            TransactionWhat::Rollback => "ROLLBACK".to_owned(),
            TransactionWhat::Savepoint => "SAVEPOINT".to_owned(),
            TransactionWhat::Release => "RELEASE SAVEPOINT".to_owned(),
            TransactionWhat::RollbackTo => "ROLLBACK TO SAVEPOINT".to_owned(),
        };
        self.last(actor, "transaction-step", name.clone(), step.sent_at, step.took.micros(), arguments);
        match step.what {
            TransactionWhat::Begin { .. } | TransactionWhat::Savepoint if step.refused.is_none() => {
                let name = name.replacen("BEGIN", "transaction", 1);
                self.begin(actor, DATABASE.to_owned(), Key::Transaction, name, event.at, Arguments::new());
            }
            TransactionWhat::Begin { .. } | TransactionWhat::Savepoint => {}
            _ => {
                self.note(actor, &Key::Transaction, ("ended_by", json!(name)));
                self.close(actor, &Key::Transaction, event.at);
            }
        }
    }

    fn service(&mut self, actor: &str, step: &ServiceCalled) {
        let trace = self.trace;
        let mut arguments = self.placed(step.place);
        arguments.insert("arguments", json!(trace.text(step.arguments)));
        arguments.insert("in_transaction", json!(step.in_transaction));
        arguments.insert("money_cents", json!(step.money_cents));
        match &step.outcome {
            ServiceOutcome::Answered { preview } => {
                arguments.insert("answer", json!(trace.text(*preview)));
            }
            ServiceOutcome::Failed { class, message, took_effect } => {
                let failed = format!("{}: {}", trace.text(*class), trace.text(*message));
                arguments.insert("failed", json!(failed));
                arguments.insert("took_effect", json!(took_effect));
            }
        }
        let name = trace.text(step.name).to_owned();
        self.last(actor, "service", name, step.sent_at, step.took.micros(), arguments);
    }

    /// The client of a request that no client's code sent.
    fn client_waited(&mut self, event: &Event, actor: &str, latency: u64) {
        let handled = self.open.iter().rev().find(|open| open.actor == actor && open.key == Key::Handled);
        let Some(handled) = handled else { return };
        let sent_at = handled.arguments.get("sent_at_micros").and_then(Json::as_u64);
        self.drawn.push(Drawn {
            process: CLIENTS.to_owned(),
            thread: actor.to_owned(),
            name: handled.name.clone(),
            category: "http",
            at: sent_at.unwrap_or_else(|| event.at.micros().saturating_sub(latency)),
            shape: Shape::Lasting(latency),
            arguments: Arguments::new(),
        });
    }

    /// Draws something that lasted and is over.
    fn last(
        &mut self,
        actor: &str,
        category: &'static str,
        name: String,
        since: SimInstant,
        micros: u64,
        arguments: Arguments,
    ) {
        let (process, thread) = (self.home(actor), actor.to_owned());
        let (at, shape) = (since.micros(), Shape::Lasting(micros));
        self.drawn.push(Drawn { process, thread, name, category, at, shape, arguments });
    }

    fn begin(
        &mut self,
        actor: &str,
        process: String,
        key: Key,
        name: String,
        since: SimInstant,
        arguments: Arguments,
    ) {
        self.open.push(Open { actor: actor.to_owned(), process, key, name, since, arguments });
    }

    /// Adds an argument to the newest thing of that kind that an actor has begun.
    fn note(&mut self, actor: &str, key: &Key, (name, value): (&'static str, Json)) {
        let found = self.open.iter_mut().rev().find(|open| open.actor == actor && open.key == *key);
        if let Some(open) = found {
            open.arguments.insert(name, value);
        }
    }

    /// Draws the newest thing of that kind that an actor has begun.
    fn close(&mut self, actor: &str, key: &Key, at: SimInstant) {
        if let Some(index) = self.open.iter().rposition(|open| open.actor == actor && open.key == *key) {
            let open = self.open.remove(index);
            self.draw(open, at);
        }
    }

    /// A process ended, and with it everything that its actors had begun.
    fn crash(&mut self, process: &str, at: SimInstant) {
        let (gone, rest) =
            std::mem::take(&mut self.open).into_iter().partition(|open| self.home(&open.actor) == process);
        self.open = rest;
        self.close_unfinished(gone, at);
    }

    /// Whatever never ended is drawn up to the end of the run.
    fn close_all(&mut self) {
        let happened = self.trace.events.iter().map(|event| event.at.micros());
        let drawn = self.drawn.iter().map(|drawn| drawn.at + drawn.lasts());
        let end = SimInstant::from_micros(happened.chain(drawn).max().unwrap_or(0));
        let rest = std::mem::take(&mut self.open);
        self.close_unfinished(rest, end);
    }

    fn close_unfinished(&mut self, gone: Vec<Open>, at: SimInstant) {
        for mut open in gone {
            open.arguments.insert("unfinished", json!(true));
            self.draw(open, at);
        }
    }

    fn draw(&mut self, open: Open, at: SimInstant) {
        self.drawn.push(Drawn {
            process: open.process,
            thread: open.actor,
            name: open.name,
            category: open.key.category(),
            at: open.since.micros(),
            shape: Shape::Lasting(at.since(open.since).micros()),
            arguments: open.arguments,
        });
    }

    fn placed(&self, place: Option<Place>) -> Arguments {
        let place =
            place.map(|place| ("place", json!(format!("{}:{}", self.trace.text(place.file), place.line))));
        place.into_iter().collect()
    }
}

#[cfg(test)]
mod tests;
