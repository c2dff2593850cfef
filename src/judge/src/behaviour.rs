//! How code behaved over all runs of a lesson with promises: named whole numbers for `when` and `expect`.
//!
//! In: traces, one after the other. Out: the facts that the author's vocabulary lists as behaviour (`lesson`,
//! `author::vocabulary`); yes is 1, no is 0. Everything is read off events: locks that were taken, refusals,
//! calls of services, what clients sent. Source text is never looked at. Not here: what is counted in the timed
//! run alone (`facts.rs`).

use crate::keys::{Keys, field_text};
use crate::locks::{Order, is_reading_lock};
use crate::schedules::plan::{operation_of, request_of};
use std::collections::{BTreeMap, BTreeSet};
use unhappy_lesson::{Promise, Variables};
use unhappy_trace::event::{
    Called, RequestSent, ServiceCalled, ServiceOutcome, Statement, StatementOutcome, TransactionStep,
    TransactionWhat,
};
use unhappy_trace::{EventKind, Trace};

/// What all runs so far showed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Behaviour {
    broken: BTreeSet<String>,
    broken_undisturbed: BTreeSet<String>,
    seen: BTreeSet<&'static str>,
    /// By shape of an UPDATE or DELETE: whether it matched no row, and whether it matched some.
    writes: BTreeMap<String, [bool; 2]>,
    locks_cross: bool,
    deadlocks: u64,
    lock_timeouts: u64,
    charges: u64,
    refunds: u64,
    sent: Keys,
    passed_on: Keys,
}

/// The facts that are yes once one run shows them.
const YES_IN_ANY_RUN: [&str; 13] = [
    "select_for_update",
    "in_transaction",
    "repeatable_read",
    "serializable",
    "constraint_refused",
    "constraint_refused_and_answered",
    "retried",
    "swallowed",
    "slept",
    "module_lock",
    "client_retried",
    "call_in_transaction",
    "nested_call",
];

impl Behaviour {
    /// Adds what one run showed.
    pub(crate) fn add(&mut self, trace: &Trace) {
        let mut run = OneRun { behaviour: self, trace, requests: BTreeMap::new(), money: BTreeMap::new() };
        for index in 0..trace.events.len() {
            run.event(index);
        }
        let (money, sent) = (run.money, run.requests);
        for request in sent.into_values() {
            self.end_of(&request);
        }
        for [charges, refunds] in money.into_values() {
            (self.charges, self.refunds) = (self.charges.max(charges), self.refunds.max(refunds));
        }
        self.sent.end_of_run();
        self.passed_on.end_of_run();
        self.locks_cross |= Order::of(trace).is_crossed();
        self.promises(trace);
    }

    /// Returns the facts under their names.
    pub(crate) fn variables(&self, promises: &[Promise]) -> Variables {
        let number = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        let mut named: Variables =
            YES_IN_ANY_RUN.map(|name| (name.to_owned(), i64::from(self.seen.contains(name)))).into();
        for promise in promises {
            let key = &promise.key;
            named.insert(format!("breaks.{key}"), i64::from(self.broken.contains(key)));
            let undisturbed = self.broken_undisturbed.contains(key);
            named.insert(format!("undisturbed_breaks.{key}"), i64::from(undisturbed));
        }
        let conditional = self.writes.values().any(|[none, some]| *none && *some);
        for (name, value) in [
            ("conditional_write", i64::from(conditional)),
            ("locks_in_one_order", i64::from(!self.locks_cross)),
            ("deadlocks", number(self.deadlocks)),
            ("lock_timeouts", number(self.lock_timeouts)),
            ("key_sent", i64::from(self.sent.is_any_there())),
            ("key_repeated", i64::from(self.sent.is_repeated())),
            ("key_to_provider", i64::from(self.passed_on.is_always_there())),
            ("provider_key_repeated", i64::from(self.passed_on.is_repeated())),
            ("charges", number(self.charges)),
            ("refunds", number(self.refunds)),
        ] {
            named.insert(name.to_owned(), value);
        }
        named
    }

    fn promises(&mut self, trace: &Trace) {
        let is_disturbed = trace.events.iter().any(|event| matches!(event.kind, EventKind::FaultHappened(_)));
        for event in &trace.events {
            let EventKind::PromiseBroke(broke) = &event.kind else { continue };
            let key = trace.text(broke.promise).to_owned();
            if !is_disturbed {
                self.broken_undisturbed.insert(key.clone());
            }
            self.broken.insert(key);
        }
    }

    fn end_of(&mut self, request: &Request) {
        if request.is_constraint_refused && request.is_success {
            self.seen.insert("constraint_refused_and_answered");
        }
        if request.untried.is_some() && request.is_success {
            self.seen.insert("swallowed");
        }
        if request.is_parked && !request.has_tasks {
            self.seen.insert("module_lock");
        }
    }
}

/// What one request did in one run.
#[derive(Default)]
struct Request {
    is_constraint_refused: bool,
    is_success: bool,
    is_parked: bool,
    /// Whether it waited for tasks of its own, which looks like waiting for a lock.
    has_tasks: bool,
    /// Whether it has a transaction open.
    is_in_transaction: bool,
    /// Whether a refusal asks for the whole transaction again.
    is_to_be_repeated: bool,
    /// The shape, or nothing for a commit, that was refused and not tried again since.
    untried: Option<String>,
}

struct OneRun<'a> {
    behaviour: &'a mut Behaviour,
    trace: &'a Trace,
    requests: BTreeMap<String, Request>,
    /// By operation: charges and refunds that took effect.
    money: BTreeMap<String, [u64; 2]>,
}

impl OneRun<'_> {
    fn event(&mut self, index: usize) {
        let event = &self.trace.events[index];
        let actor = self.trace.text(event.actor);
        match &event.kind {
            EventKind::Statement(statement) => self.statement(actor, statement),
            EventKind::Transaction(step) => self.transaction(actor, step),
            EventKind::Called(called) => self.called(actor, called),
            EventKind::ServiceCalled(called) => self.service(actor, called),
            EventKind::RequestSent(sent) => self.sent(actor, sent),
            EventKind::Locked(locked) if is_reading_lock(self.trace, index, locked) => {
                self.behaviour.seen.insert("select_for_update");
            }
            EventKind::Responded(responded) => {
                self.request(actor).is_success = (200..300).contains(&responded.status);
            }
            _ => {}
        }
    }

    fn request(&mut self, actor: &str) -> &mut Request {
        let name = request_of(actor).unwrap_or(actor);
        let request = self.requests.entry(name.to_owned()).or_default();
        request.has_tasks |= actor.contains('/');
        request
    }

    fn statement(&mut self, actor: &str, statement: &Statement) {
        let shape = &self.trace.shape(statement.shape).text;
        let request = self.request(actor);
        if request.untried.as_ref() == Some(shape) {
            request.untried = None;
        }
        match &statement.outcome {
            StatementOutcome::Answered { changed, .. } if is_changing(shape) => {
                let seen = self.behaviour.writes.entry(shape.clone()).or_default();
                seen[usize::from(*changed > 0)] = true;
            }
            StatementOutcome::Answered { .. } => {}
            StatementOutcome::Refused { sqlstate, .. } => {
                let sqlstate = self.trace.text(*sqlstate);
                self.refused(actor, sqlstate, shape);
            }
        }
    }

    fn transaction(&mut self, actor: &str, step: &TransactionStep) {
        match step.what {
            TransactionWhat::Begin { .. } => self.request(actor).is_in_transaction = step.refused.is_none(),
            TransactionWhat::Commit | TransactionWhat::Rollback => {
                self.request(actor).is_in_transaction = false
            }
            _ => {}
        }
        if let Some((sqlstate, _)) = step.refused {
            self.refused(actor, self.trace.text(sqlstate), "");
            return;
        }
        let TransactionWhat::Begin { level, .. } = step.what else { return };
        self.behaviour.seen.insert("in_transaction");
        match self.trace.text(level).to_ascii_lowercase().as_str() {
            "repeatable read" => self.behaviour.seen.insert("repeatable_read"),
            "serializable" => self.behaviour.seen.insert("serializable"),
            _ => false,
        };
        let request = self.request(actor);
        request.untried = None;
        if std::mem::take(&mut request.is_to_be_repeated) {
            self.behaviour.seen.insert("retried");
        }
    }

    /// PostgreSQL's appendix A: class 23 is a constraint, 40001 a failed serialization, 40P01 a deadlock, 55P03 a
    /// lock that was not to be had in time, 57014 a statement given up.
    fn refused(&mut self, actor: &str, sqlstate: &str, shape: &str) {
        let request = self.request(actor);
        request.is_constraint_refused |= sqlstate.starts_with("23");
        request.is_to_be_repeated |= matches!(sqlstate, "40001" | "40P01");
        if matches!(sqlstate, "40001" | "40P01" | "55P03" | "57014") {
            request.untried = Some(shape.to_owned());
        }
        self.behaviour.deadlocks += u64::from(sqlstate == "40P01");
        self.behaviour.lock_timeouts += u64::from(sqlstate == "55P03");
        if sqlstate.starts_with("23") {
            self.behaviour.seen.insert("constraint_refused");
        }
    }

    fn called(&mut self, actor: &str, called: &Called) {
        if actor.ends_with(".client") {
            return;
        }
        match self.trace.text(called.name) {
            "asyncio.sleep" | "time.sleep" => {
                self.behaviour.seen.insert("slept");
            }
            "asyncio.park" => self.request(actor).is_parked = true,
            _ => {}
        }
    }

    fn service(&mut self, actor: &str, called: &ServiceCalled) {
        let arguments = self.trace.text(called.arguments);
        // Work behind a queue belongs to the operation whose card it charges.
        let operation = operation_of(actor).map(str::to_owned).or_else(|| field_text(arguments, "card"));
        let operation = operation.unwrap_or_else(|| actor.to_owned());
        if called.in_transaction {
            self.behaviour.seen.insert("call_in_transaction");
        }
        if self.trace.text(called.name) == "payments.charge" {
            self.behaviour.passed_on.add(&operation, "", arguments);
        }
        let took_effect = match called.outcome {
            ServiceOutcome::Answered { .. } => true,
            ServiceOutcome::Failed { took_effect, .. } => took_effect,
        };
        let money = self.money.entry(operation).or_default();
        money[0] += u64::from(took_effect && called.money_cents > 0);
        money[1] += u64::from(took_effect && called.money_cents < 0);
    }

    fn sent(&mut self, actor: &str, sent: &RequestSent) {
        let Some(operation) = actor.strip_suffix(".client") else { return self.nested(actor) };
        let text = |id| self.trace.text(id);
        let what = format!("{} {}", text(sent.method), text(sent.path));
        let both = format!("{} {}", text(sent.headers), text(sent.body));
        if self.behaviour.sent.add(operation, &what, &both) {
            self.behaviour.seen.insert("client_retried");
        }
    }

    /// A handler sends a request of its own.
    fn nested(&mut self, actor: &str) {
        self.behaviour.seen.insert("nested_call");
        if self.request(actor).is_in_transaction {
            self.behaviour.seen.insert("call_in_transaction");
        }
    }
}

/// Whether a shape is an UPDATE or DELETE.
fn is_changing(shape: &str) -> bool {
    let word = shape.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
    word == "UPDATE" || word == "DELETE"
}

#[cfg(test)]
mod tests {
    use super::*;
    use unhappy_trace::event::{Responded, ShapeId};
    use unhappy_trace::{Digest, Recorder, Shape, SimDuration, SimInstant};

    /// What happened in a made-up run, one line an event: `A begin serializable`, `A UPDATE … 0` with the rows
    /// that it changed, `A UPDATE … !40001`, `A commit !40001`, `A 201`, `A charge KEY 500`, `A asks /path`.
    fn run(lines: &[&str]) -> Trace {
        let mut recorder = Recorder::new();
        for line in lines {
            let (actor, what) = line.split_once(' ').expect("an actor and what it did");
            let kind = kind(&mut recorder, what);
            let actor = recorder.text(actor);
            recorder.push(SimInstant::START, actor, kind);
        }
        recorder.finish()
    }

    fn kind(recorder: &mut Recorder, what: &str) -> EventKind {
        let refused = what.split_once('!').map(|(_, sqlstate)| sqlstate);
        let refused = refused.map(|sqlstate| (recorder.text(sqlstate), recorder.text("")));
        let step = |what| TransactionStep {
            sent_at: SimInstant::START,
            took: SimDuration::from_micros(0),
            place: None,
            what,
            refused,
            hits: vec![],
        };
        let words: Vec<&str> = what.split(' ').collect();
        match words[0] {
            "begin" => {
                let level = recorder.text(&words[1..].join(" "));
                EventKind::Transaction(step(TransactionWhat::Begin { level, read_only: false }))
            }
            "commit" => EventKind::Transaction(step(TransactionWhat::Commit)),
            "charge" => charge(recorder, words[1], words[2].parse().expect("cents")),
            "asks" => EventKind::RequestSent(RequestSent {
                request: recorder.text("A.1"),
                method: recorder.text("POST"),
                path: recorder.text(words[1]),
                headers: recorder.text("{}"),
                body: recorder.text("null"),
                place: None,
                hits: vec![],
            }),
            status if status.parse::<u16>().is_ok() => EventKind::Responded(Responded {
                status: status.parse().expect("a status"),
                digest: Digest::of(b""),
                body_bytes: 0,
                rows: None,
                preview: recorder.text(""),
                latency: SimDuration::from_micros(0),
                hits: vec![],
            }),
            _ => {
                let (sql, last) = what.rsplit_once(' ').expect("a statement and its end");
                let shape = shape(recorder, sql);
                let nothing = recorder.text("");
                let outcome = match refused {
                    Some((sqlstate, message)) => {
                        StatementOutcome::Refused { sqlstate, message, position: None }
                    }
                    None => StatementOutcome::Answered {
                        rows: 0,
                        changed: last.parse().expect("a number of rows"),
                        preview: nothing,
                        digest: Digest::of(b""),
                    },
                };
                EventKind::Statement(Statement {
                    sent_at: SimInstant::START,
                    took: SimDuration::from_micros(0),
                    place: None,
                    sql: recorder.text(sql),
                    shape,
                    binds: nothing,
                    outcome,
                    rows_visited: 0,
                    vm_steps: 0,
                    hits: vec![],
                })
            }
        }
    }

    fn shape(recorder: &mut Recorder, text: &str) -> ShapeId {
        recorder.shape(&Shape {
            text: text.to_owned(),
            plan: vec![],
            tables_read: vec![],
            in_list: false,
            subquery: false,
        })
    }

    fn charge(recorder: &mut Recorder, key: &str, money_cents: i64) -> EventKind {
        let arguments = format!(r#"{{"amount":500,"card":"tok_1","idempotency_key":{key}}}"#);
        EventKind::ServiceCalled(ServiceCalled {
            sent_at: SimInstant::START,
            took: SimDuration::from_micros(0),
            place: None,
            name: recorder.text("payments.charge"),
            arguments: recorder.text(&arguments),
            outcome: ServiceOutcome::Answered { preview: recorder.text("{}") },
            in_transaction: false,
            money_cents,
            hits: vec![],
        })
    }

    /// The facts that are not 0, beside those that are yes for code that does nothing.
    #[track_caller]
    fn check(runs: &[&[&str]], expected: &str) {
        let mut behaviour = Behaviour::default();
        for lines in runs {
            behaviour.add(&run(lines));
        }
        let shown: Vec<String> = behaviour
            .variables(&[])
            .into_iter()
            .filter(|(name, value)| *value != 0 && name != "locks_in_one_order")
            .map(|(name, value)| if value == 1 { name } else { format!("{name}={value}") })
            .collect();
        assert_eq!(shown.join(" "), expected);
    }

    // The same UPDATE matches a row in one run and none in the other.
    #[test]
    fn a_condition_in_a_write_shows_over_runs() {
        let sold = ["A UPDATE items SET stock = stock - ? WHERE stock > ? 1", "A 201"];
        let sold_out = ["A UPDATE items SET stock = stock - ? WHERE stock > ? 0", "A 409"];
        check(&[&sold], "");
        check(&[&sold, &sold_out], "conditional_write");
    }

    #[test]
    fn a_refusal_is_retried_or_swallowed_or_answered() {
        let again = ["A begin serializable", "A commit !40001", "A begin serializable", "A commit", "A 200"];
        check(&[&again], "in_transaction retried serializable");
        check(
            &[&["A begin serializable", "A commit !40001", "A 200"]],
            "in_transaction serializable swallowed",
        );
        check(&[&["A begin serializable", "A commit !40001", "A 503"]], "in_transaction serializable");
        check(&[&["A UPDATE t SET x = ? !40P01", "A 200"]], "deadlocks swallowed");
        check(&[&["A UPDATE t SET x = ? !40P01", "A UPDATE t SET x = ? 1", "A 200"]], "deadlocks");
        check(&[&["A UPDATE t SET x = ? !23514", "A 409"]], "constraint_refused");
        check(
            &[&["A UPDATE t SET x = ? !23514", "A 200"]],
            "constraint_refused constraint_refused_and_answered",
        );
    }

    // A task's request is its handler's, and a transaction that is over does not count.
    #[test]
    fn a_request_of_a_handler_is_inside_of_a_transaction_or_not() {
        let (begin, all) = ("A begin read committed", "call_in_transaction in_transaction nested_call");
        check(&[&["A asks /quotes", "A 200"]], "nested_call");
        check(&[&[begin, "A asks /quotes", "A commit", "A 200"]], all);
        check(&[&[begin, "A/1 asks /quotes", "A commit", "A 200"]], all);
        check(&[&[begin, "A commit", "A asks /quotes", "A 200"]], "in_transaction nested_call");
        check(&[&[begin, "B asks /quotes", "A commit", "A 200"]], "in_transaction nested_call");
        check(&[&["A.client asks /orders", "A 200"]], "");
    }

    #[test]
    fn charges_are_counted_for_one_operation_in_one_run() {
        check(&[&["A charge null 500", "B charge null 500"], &["A charge null 500"]], "charges");
        check(&[&["A charge null 500", "A2 charge null 500"]], "charges=2");
        let one_key = ["A charge \"k\" 500", "A2 charge \"k\" 0"];
        check(&[&one_key], "charges key_to_provider provider_key_repeated");
        check(&[&["A charge \"k\" 500", "A2 charge \"m\" 500"]], "charges=2 key_to_provider");
    }
}
