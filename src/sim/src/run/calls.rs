//! Calls: what an awaited call costs, when it takes effect, and what the task gets back.
//!
//! Statements go to the database after half a round trip; sleeping and parking need the clock alone. Not here:
//! statements that must wait for another session (`waits.rs`).

use super::{Moment, Run};
use crate::cost;
use crate::limits::{CALLS_PER_REQUEST, SLEEP_SECONDS, STATEMENTS_PER_REQUEST};
use crate::statement::{self, Form, Wanted};
use crate::task::{Pending, Wait};
use unhappy_db::{Answer, Binds};
use unhappy_python::{Call, ParkKey, Resume, TaskId};
use unhappy_trace::event::{EventKind, Hit, Statement, StatementOutcome, TextId};
use unhappy_trace::{SimDuration, Value, text};

impl Run {
    pub(super) fn call(&mut self, id: TaskId, number: u32, call: Call, hits: Vec<Hit>) {
        let sent_at = self.busy_until.max(self.now);
        let place = call.site.as_ref().map(|site| self.place(site));
        let task = &self.tasks[&id];
        let (wait, actor) = (Wait { task: id, turn: task.turn }, task.actor);
        if let Some(sentence) = self.count_call(number, &call) {
            self.limit(actor, place, hits, sentence);
            return;
        }
        let mut pending = Pending { wait, sent_at, round_trip: SimDuration::ZERO, place, hits };
        match statement::read_call(&call) {
            Some(Ok(wanted)) => {
                pending.round_trip = cost::database_round_trip(&mut self.round_trips[number as usize]);
                let reached = sent_at.after(cost::half(pending.round_trip));
                self.queue.add(reached, Moment::Reach(pending, wanted));
            }
            Some(Err(sentence)) => self.refuse_call(actor, pending, &call, "TypeError", &sentence),
            None => self.clock_call(actor, pending, &call),
        }
    }

    /// Counts a call against the limits of its request. Returns a sentence when one is reached.
    pub(super) fn count_call(&mut self, number: u32, call: &Call) -> Option<String> {
        let request = &mut self.requests[number as usize];
        request.calls += 1;
        if matches!(call.name.as_str(), "db.fetch_all" | "db.fetch_one" | "db.fetch_value" | "db.execute") {
            request.statements += 1;
        }
        if request.statements > STATEMENTS_PER_REQUEST {
            let limit = text::thousands(STATEMENTS_PER_REQUEST);
            return Some(format!("One request sent more than {limit} statements. The run was stopped."));
        }
        if request.calls > CALLS_PER_REQUEST {
            let limit = text::thousands(CALLS_PER_REQUEST);
            return Some(format!("One request made more than {limit} awaited calls. The run was stopped."));
        }
        None
    }

    /// Calls of asyncio: they need the clock and no service.
    pub(super) fn clock_call(&mut self, actor: TextId, pending: Pending, call: &Call) {
        let args = call.args.as_list().unwrap_or(&[]);
        match call.name.as_str() {
            "asyncio.sleep" => match micros(args.first()) {
                Ok(span) => {
                    let until = pending.sent_at.after(span);
                    self.queue.add(until, Moment::Continue(pending.wait, Resume::Value(Value::Null)));
                    self.called(actor, &pending, &call.name);
                }
                Err(sentence) => self.refuse_call(actor, pending, call, "ValueError", &sentence),
            },
            "asyncio.park" => {
                let key = args.first().and_then(Value::as_int).map(i64::cast_unsigned).map(ParkKey);
                let task = self.tasks.get_mut(&pending.wait.task).expect("a calling task exists");
                task.parked = key;
                if let Some(Ok(span)) =
                    args.get(1).filter(|value| **value != Value::Null).map(|value| micros(Some(value)))
                {
                    self.queue.add(pending.sent_at.after(span), Moment::ParkEnds(pending.wait));
                }
                self.called(actor, &pending, &call.name);
            }
            name => {
                let sentence = format!("there is no service that answers {name}");
                self.refuse_call(actor, pending, call, "RuntimeError", &sentence);
            }
        }
    }

    pub(super) fn refuse_call(
        &mut self,
        actor: TextId,
        pending: Pending,
        call: &Call,
        class: &str,
        sentence: &str,
    ) {
        self.called(actor, &pending, &call.name);
        self.queue.add(pending.sent_at, Moment::Continue(pending.wait, statement::builtin(class, sentence)));
    }

    /// A statement reaches the database: it runs, is refused, or waits for another session.
    pub(super) fn reach(&mut self, pending: Pending, wanted: Wanted) {
        let Some(session) = self.tasks.get(&pending.wait.task).map(|task| task.session) else { return };
        let Some((pending, wanted)) = self.queue_behind(session, pending, wanted) else { return };
        let nothing = Binds::default();
        let binds = match &wanted {
            Wanted::Statement { binds, .. } => binds,
            Wanted::Begin { .. } | Wanted::End { .. } => &nothing,
        };
        let answer = self.machine.database.execute(&mut self.state, session, wanted.sql(), binds, self.now);
        self.take(session, pending, wanted, answer);
    }

    /// Hands an answer of the database to the task that waits for it.
    pub(super) fn hand_on(&mut self, pending: Pending, wanted: Wanted, answer: Answer) {
        let Some(actor) = self.tasks.get(&pending.wait.task).map(|task| task.actor) else { return };
        match &wanted {
            Wanted::Statement { sql, binds, answer: form } => {
                self.answered(actor, pending, sql, binds, *form, answer);
            }
            Wanted::Begin { sql } => self.transaction(actor, pending, "db.begin", sql, answer),
            Wanted::End { sql } => {
                let name = if *sql == "COMMIT" { "db.commit" } else { "db.rollback" };
                self.transaction(actor, pending, name, sql, answer);
            }
        }
    }

    pub(super) fn answered(
        &mut self,
        actor: TextId,
        pending: Pending,
        sql: &str,
        binds: &Binds,
        form: Form,
        answer: Answer,
    ) {
        let mut slept = SimDuration::ZERO;
        let (outcome, shape, rows_visited, vm_steps, resume) = match answer {
            Answer::Done(done) => {
                let observed = done.observed.clone();
                slept = observed.slept;
                let (shown, digest) = statement::preview(&done);
                let outcome = StatementOutcome::Answered {
                    rows: done.rows.len() as u64,
                    changed: done.changed,
                    preview: self.recorder.text(&shown),
                    digest,
                };
                let resume = Resume::Value(statement::answer(done, form));
                (outcome, self.shape(&observed), observed.rows_visited, observed.vm_steps, resume)
            }
            Answer::Refused(error) => {
                let outcome = StatementOutcome::Refused {
                    sqlstate: self.recorder.text(error.sqlstate),
                    message: self.recorder.text(&error.message),
                    position: error.position,
                };
                let shape = self.recorder.shape(&super::record::refused_shape(sql));
                (outcome, shape, 0, 0, statement::exception(&error, sql))
            }
            Answer::Blocked { .. } => unreachable!("a blocked statement was put aside"),
        };
        let work = cost::database_work(vm_steps, rows_visited).plus(slept);
        let back = self.now.after(work).after(cost::half(pending.round_trip));
        let statement = Statement {
            sent_at: pending.sent_at,
            took: back.since(pending.sent_at),
            place: pending.place,
            sql: self.recorder.text(sql),
            shape,
            binds: self.recorder.text(&statement::shown_binds(binds)),
            outcome,
            rows_visited,
            vm_steps,
            hits: pending.hits,
        };
        self.recorder.push(self.now, actor, EventKind::Statement(statement));
        self.queue.add(back, Moment::Continue(pending.wait, resume));
    }

    /// Begin and end of a transaction: counted apart from statements.
    pub(super) fn transaction(
        &mut self,
        actor: TextId,
        pending: Pending,
        name: &str,
        sql: &str,
        answer: Answer,
    ) {
        self.called(actor, &pending, name);
        let task = self.tasks.get_mut(&pending.wait.task).expect("a waiting task exists");
        let resume = match answer {
            Answer::Done(_) => {
                task.transaction = (name == "db.begin").then_some(pending.place);
                Resume::Value(Value::Null)
            }
            Answer::Refused(error) => statement::exception(&error, sql),
            Answer::Blocked { .. } => unreachable!("a blocked statement was put aside"),
        };
        let back = self.now.after(cost::half(pending.round_trip));
        self.queue.add(back, Moment::Continue(pending.wait, resume));
    }
}

fn micros(seconds: Option<&Value>) -> Result<SimDuration, String> {
    let limit = SLEEP_SECONDS * 1_000_000;
    let micros = match seconds {
        Some(Value::Int(seconds)) => seconds.max(&0).unsigned_abs().saturating_mul(1_000_000),
        // A learner's float: rounded once, to whole microseconds, the same on every target.
        Some(Value::Float(seconds)) if *seconds >= 0.0 => (seconds * 1_000_000.0).round() as u64,
        Some(Value::Float(seconds)) if *seconds < 0.0 => 0,
        _ => return Err("a time to wait must be a number of seconds".to_owned()),
    };
    if micros > limit {
        return Err(format!(
            "a wait of more than {} seconds is not simulated",
            text::thousands(SLEEP_SECONDS)
        ));
    }
    Ok(SimDuration::from_micros(micros))
}
