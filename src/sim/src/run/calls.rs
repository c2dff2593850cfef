//! Calls: what an awaited call costs, when it takes effect, and what the task gets back.
//!
//! Statements go to the database after half a round trip; sleeping and parking need the clock alone. Not here:
//! connections (`connections.rs`), statements that must wait for another session (`waits.rs`), HTTP (`http.rs`),
//! payments, queue, cache and mail (`services.rs`).

use super::{Moment, Run};
use crate::cost;
use crate::limits::{CALLS_PER_REQUEST, SLEEP_SECONDS, STATEMENTS_PER_REQUEST};
use crate::statement::{self, Control, Form, Wanted};
use crate::task::{Pending, TaskKey, Wait};
use unhappy_db::{Answer, Binds, Done, SqlError, StatementKind};
use unhappy_python::{Call, ParkKey, Resume};
use unhappy_trace::event::{
    EventKind, Hit, Statement, StatementOutcome, TextId, TransactionStep, TransactionWhat,
};
use unhappy_trace::{FaultKind, How, SimDuration, Value, text};

impl Run {
    pub(super) fn call(&mut self, key: TaskKey, call: Call, hits: Vec<Hit>) {
        let sent_at = self.sent_at(key);
        let place = call.site.as_ref().map(|site| self.place(site));
        let task = &self.tasks[&key];
        let (wait, actor) = (Wait { task: key, turn: task.turn }, task.actor);
        if let Some(sentence) = self.count_call(key, &call) {
            self.limit(actor, place, hits, sentence);
            return;
        }
        let mut pending = Pending { wait, sent_at, round_trip: SimDuration::ZERO, place, hits };
        match statement::read_call(&call) {
            Some(_) if self.server_of(key.process).is_none() => {
                let sentence = "the database belongs to the server: a client sends HTTP requests";
                self.refuse_call(actor, pending, &call, "RuntimeError", sentence);
            }
            Some(Ok(wanted)) => {
                let account = self.account_of(key).expect("a calling task has an account");
                pending.round_trip = cost::database_round_trip(&mut account.round_trips);
                self.send_statement(pending, wanted);
            }
            Some(Err(sentence)) => self.refuse_call(actor, pending, &call, "TypeError", &sentence),
            None if call.name == "http.request" => self.http_call(pending, &call),
            None if call.name.starts_with("asyncio.") => self.clock_call(actor, pending, &call),
            None => self.send_call(pending, call),
        }
    }

    /// Counts a call against the limits of its account. Returns a sentence when one is reached.
    fn count_call(&mut self, key: TaskKey, call: &Call) -> Option<String> {
        let account = self.account_of(key)?;
        account.calls += 1;
        if matches!(call.name.as_str(), "db.fetch_all" | "db.fetch_one" | "db.fetch_value" | "db.execute") {
            account.statements += 1;
        }
        if account.statements > STATEMENTS_PER_REQUEST {
            let limit = text::thousands(STATEMENTS_PER_REQUEST);
            return Some(format!("One request sent more than {limit} statements. The run was stopped."));
        }
        if account.calls > CALLS_PER_REQUEST {
            let limit = text::thousands(CALLS_PER_REQUEST);
            return Some(format!("One request made more than {limit} awaited calls. The run was stopped."));
        }
        None
    }

    /// Calls of asyncio: they need the clock and no service.
    fn clock_call(&mut self, actor: TextId, pending: Pending, call: &Call) {
        let args = call.args.as_list().unwrap_or(&[]);
        match call.name.as_str() {
            "asyncio.sleep" => match micros(args.first()) {
                Ok(span) => {
                    let until = pending.sent_at.after(span);
                    self.agenda.add(until, Moment::Wake(pending.wait));
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
                    self.agenda.add(pending.sent_at.after(span), Moment::ParkEnds(pending.wait));
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
        self.agenda.add(pending.sent_at, Moment::Continue(pending.wait, statement::builtin(class, sentence)));
    }

    /// A statement reaches the database: it runs, is refused, or waits for another session.
    pub(super) fn reach(&mut self, pending: Pending, wanted: Wanted) {
        if wanted == Wanted::Hold {
            return self.hold(pending);
        }
        let Some(session) = self.tasks.get(&pending.wait.task).and_then(|task| task.session) else { return };
        let Some((pending, wanted)) = self.queue_behind(session, pending, wanted) else { return };
        let nothing = Binds::default();
        let binds = match &wanted {
            Wanted::Statement { binds, .. } => binds,
            Wanted::Control { .. } | Wanted::Hold | Wanted::GiveBack => &nothing,
        };
        let answer = self.machine.database.execute(&mut self.state, session, wanted.sql(), binds, self.now);
        self.take(session, pending, wanted, answer);
    }

    /// Hands an answer of the database to the task that waits for it.
    pub(super) fn hand_on(&mut self, pending: Pending, wanted: Wanted, answer: Answer) {
        let Some(task) = self.tasks.get(&pending.wait.task) else { return };
        let (actor, key, in_transaction) = (task.actor, pending.wait.task, !task.transactions.is_empty());
        match wanted {
            Wanted::Statement { sql, binds, answer: form } => {
                if let Answer::Done(done) = &answer {
                    let has_changed = done.changed > 0 || done.kind == StatementKind::Schema;
                    if !in_transaction && has_changed {
                        self.promises.something_changed();
                    }
                    self.record_locks(key, actor, done, in_transaction);
                }
                self.statement(actor, pending, &sql, &binds, form, answer);
            }
            Wanted::Control { control, sql } => self.transaction(actor, pending, &control, &sql, answer),
            Wanted::Hold | Wanted::GiveBack => {}
        }
        self.crash_if_planned(key);
    }

    fn statement(
        &mut self,
        actor: TextId,
        pending: Pending,
        sql: &str,
        binds: &Binds,
        form: Form,
        answer: Answer,
    ) {
        let (outcome, shape, rows_visited, vm_steps, slept, resume) = match answer {
            Answer::Done(done) => {
                let shape = self.shape(&done.observed);
                let outcome = self.answered_outcome(&done);
                let observed = &done.observed;
                let (visited, steps, slept) = (observed.rows_visited, observed.vm_steps, observed.slept);
                (outcome, shape, visited, steps, slept, Resume::Value(statement::answer(done, form)))
            }
            Answer::Refused(error) => {
                let outcome = self.refused_outcome(&error);
                let shape = self.recorder.shape(&super::record::refused_shape(sql));
                (outcome, shape, 0, 0, SimDuration::ZERO, statement::exception(&error, sql))
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
        self.back_with(back, pending.wait, resume);
    }

    fn answered_outcome(&mut self, done: &Done) -> StatementOutcome {
        let (preview, digest) = statement::preview(done);
        StatementOutcome::Answered {
            rows: done.rows.len() as u64,
            changed: done.changed,
            preview: self.recorder.text(&preview),
            digest,
        }
    }

    fn refused_outcome(&mut self, error: &SqlError) -> StatementOutcome {
        StatementOutcome::Refused {
            sqlstate: self.recorder.text(error.sqlstate),
            message: self.recorder.text(&error.message),
            position: error.position,
        }
    }

    /// The answer comes back: the connection is free when nothing keeps it, and the task goes on.
    fn back_with(&mut self, back: unhappy_trace::SimInstant, wait: Wait, resume: Resume) {
        let at = self.then_at(back);
        self.free_connection(wait.task, at);
        self.agenda.add(at, Moment::Continue(wait, resume));
    }

    /// Begin and end of a transaction: counted apart from statements.
    fn transaction(&mut self, actor: TextId, pending: Pending, control: &Control, sql: &str, answer: Answer) {
        let back = self.now.after(cost::half(pending.round_trip));
        let key = pending.wait.task;
        let (what, refused, resume) = self.control(key, pending.place, control, sql, answer);
        let is_commit = what == TransactionWhat::Commit;
        let step = TransactionStep {
            sent_at: pending.sent_at,
            took: back.since(pending.sent_at),
            place: pending.place,
            what,
            refused,
            hits: pending.hits,
        };
        self.recorder.push(self.now, actor, EventKind::Transaction(step));
        let is_lost = is_commit && self.commit_is_lost(key, actor);
        let resume = if is_lost { self.lose_connection(key) } else { resume };
        self.back_with(back, pending.wait, resume);
    }

    /// Keeps track of what is open, and words what a task gets back.
    fn control(
        &mut self,
        key: TaskKey,
        place: Option<unhappy_trace::event::Place>,
        control: &Control,
        sql: &str,
        answer: Answer,
    ) -> (TransactionWhat, Option<(TextId, TextId)>, Resume) {
        let (kind, refused, resume) = match answer {
            Answer::Done(done) => (Some(done.kind), None, Resume::Value(Value::Null)),
            Answer::Refused(error) => {
                let words = (self.recorder.text(error.sqlstate), self.recorder.text(&error.message));
                (None, Some(words), statement::exception(&error, sql))
            }
            Answer::Blocked { .. } => unreachable!("a blocked statement was put aside"),
        };
        let what = match control {
            Control::Begin { level, read_only } => {
                TransactionWhat::Begin { level: self.recorder.text(level), read_only: *read_only }
            }
            Control::Commit if kind == Some(StatementKind::Rollback) => TransactionWhat::Rollback,
            Control::Commit => TransactionWhat::Commit,
            Control::Rollback => TransactionWhat::Rollback,
            Control::Savepoint => TransactionWhat::Savepoint,
            Control::Release => TransactionWhat::Release,
            Control::RollbackTo => TransactionWhat::RollbackTo,
        };
        let task = self.tasks.get_mut(&key).expect("a waiting task exists");
        match control {
            Control::Begin { .. } | Control::Savepoint if refused.is_none() => task.transactions.push(place),
            Control::Begin { .. } | Control::Savepoint => {}
            Control::Commit | Control::Rollback => {
                task.transactions.clear();
                task.locked.clear();
                self.promises.something_changed();
            }
            Control::Release | Control::RollbackTo => {
                task.transactions.pop();
            }
        }
        (what, refused, resume)
    }

    fn commit_is_lost(&mut self, key: TaskKey, actor: TextId) -> bool {
        let Some(task) = self.tasks.get(&key) else { return false };
        let (name, account) = (task.name.clone(), task.account);
        let count = self.accounts[account as usize].calls;
        let kind = FaultKind::CommitLost;
        if !self.thing_breaks(&name, actor, account, ".commit", How::Lost, kind, count) {
            return false;
        }
        self.touch(key);
        true
    }
}

/// A span from a learner's number of seconds.
pub(super) fn micros(seconds: Option<&Value>) -> Result<SimDuration, String> {
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
