//! Connections to the database: one pool a server process, with a size, a line and a time-out.
//!
//! Behaves like asyncpg's pool and SQLAlchemy's QueuePool: a statement outside of a transaction takes a connection
//! and gives it back with the answer; a transaction keeps one from BEGIN to its end; who finds none free waits in
//! line, and gives up after `pool_timeout_ms`. A connection that goes back is reset: nothing of its session is left.
//! Without a size, every task has a connection of its own.

use super::{Moment, Run};
use crate::cost;
use crate::statement::{self, Control, Wanted};
use crate::task::{Owner, Pending, TaskKey, Wait};
use std::collections::{BTreeSet, VecDeque};
use unhappy_db::{Binds, SessionId};
use unhappy_python::Resume;
use unhappy_trace::event::{EventKind, PoolWaits};
use unhappy_trace::{SimDuration, SimInstant, Value};

/// Holders of connections that a trace names.
const NAMED_HOLDERS: usize = 10;

/// The connections of one server process.
#[derive(Clone)]
pub(super) struct Pool {
    size: u64,
    in_use: BTreeSet<SessionId>,
    line: VecDeque<(Pending, Wanted)>,
}

impl Pool {
    pub(super) fn new(size: u64) -> Pool {
        Pool { size, in_use: BTreeSet::new(), line: VecDeque::new() }
    }

    /// Writes who has a connection and who waits for one.
    pub(super) fn write(&self, run: &Run, text: &mut String) {
        let named = |session: &SessionId| run.task_of(*session).map_or("-", |task| task.name.as_str());
        let mut holders: Vec<&str> = self.in_use.iter().map(named).collect();
        holders.sort_unstable();
        let line: Vec<String> = self.line.iter().map(|(pending, _)| run.pending_name(pending)).collect();
        text.push_str(&format!("pool {holders:?} {line:?}\n"));
    }

    /// Its process ended.
    pub(super) fn clear(&mut self) {
        *self = Pool::new(self.size);
    }
}

impl Run {
    /// Sends a statement over the task's connection, or asks for one first.
    pub(super) fn send_statement(&mut self, pending: Pending, wanted: Wanted) {
        let key = pending.wait.task;
        let Some(pool) = self.server_of(key.process) else { return };
        let wanted = self.nested(key, wanted);
        let task = self.tasks.get_mut(&key).expect("a calling task exists");
        if wanted == Wanted::GiveBack {
            task.keeps_connection = false;
            self.free_connection(key, pending.sent_at);
            self.agenda.add(pending.sent_at, Moment::Continue(pending.wait, Resume::Value(Value::Null)));
            return;
        }
        if task.session.is_none() && self.pools[pool].size == 0 {
            let session = self.open_session();
            self.tasks.get_mut(&key).expect("a calling task exists").session = Some(session);
        }
        if self.tasks[&key].session.is_some() {
            let reached = pending.sent_at.after(cost::half(pending.round_trip));
            self.agenda.add(self.then_at(reached), Moment::Reach(pending, wanted));
        } else {
            self.agenda.add(pending.sent_at, Moment::Acquire(pending, wanted));
        }
    }

    /// Inside of a transaction, BEGIN is SAVEPOINT, and its end is the savepoint's.
    fn nested(&self, key: TaskKey, wanted: Wanted) -> Wanted {
        let depth = self.tasks[&key].transactions.len();
        let Wanted::Control { control, .. } = &wanted else { return wanted };
        let (control, word) = match control {
            Control::Begin { .. } if depth > 0 => (Control::Savepoint, "SAVEPOINT"),
            Control::Commit if depth > 1 => (Control::Release, "RELEASE SAVEPOINT"),
            Control::Rollback if depth > 1 => (Control::RollbackTo, "ROLLBACK TO SAVEPOINT"),
            _ => return wanted,
        };
        let number = if control == Control::Savepoint { depth } else { depth - 1 };
        Wanted::Control { control, sql: format!("{word} nested_{number}") }
    }

    /// A statement asks for a connection: it goes on with one, or waits in line.
    pub(super) fn acquire(&mut self, pending: Pending, wanted: Wanted) {
        let key = pending.wait.task;
        let Some(index) = self.server_of(key.process).filter(|_| self.is_current(pending.wait)) else {
            return;
        };
        let pool = &self.pools[index];
        if (pool.in_use.len() as u64) < pool.size && pool.line.is_empty() {
            self.connect(index, key);
            if self.is_timed() {
                let reached = self.now.after(cost::half(pending.round_trip));
                self.agenda.add(reached, Moment::Reach(pending, wanted));
            } else {
                self.reach(pending, wanted);
            }
            return;
        }
        let size = u32::try_from(pool.size).unwrap_or(u32::MAX);
        let mut holders: Vec<String> = pool
            .in_use
            .iter()
            .filter_map(|session| self.task_of(*session).map(|task| task.name.clone()))
            .collect();
        holders.sort();
        holders.truncate(NAMED_HOLDERS);
        let held_by = holders.iter().map(|name| self.recorder.text(name)).collect();
        let actor = self.tasks[&key].actor;
        let waits = PoolWaits { place: pending.place, size, held_by };
        self.recorder.push(self.now, actor, EventKind::PoolWaits(waits));
        let timeout = SimDuration::from_micros(self.world.setting("pool_timeout_ms") * 1000);
        self.agenda.add(self.now.after(timeout), Moment::PoolTimeout(pending.wait));
        self.pools[index].line.push_back((pending, wanted));
    }

    /// Opens a session, with the server's `lock_timeout` as a connection string would set it.
    fn open_session(&mut self) -> SessionId {
        let session = SessionId(self.next_session);
        self.next_session += 1;
        let limit = self.world.setting("lock_timeout_ms");
        if limit > 0 {
            let (sql, nothing) = (format!("SET lock_timeout = {limit}"), Binds::default());
            self.machine.database.execute(&mut self.state, session, &sql, &nothing, self.now);
        }
        session
    }

    fn connect(&mut self, index: usize, key: TaskKey) {
        let session = self.open_session();
        self.pools[index].in_use.insert(session);
        if let Some(task) = self.tasks.get_mut(&key) {
            task.session = Some(session);
        }
    }

    /// Keeps the connection that a task just got, until it gives it back.
    pub(super) fn hold(&mut self, pending: Pending) {
        let task = self.tasks.get_mut(&pending.wait.task).expect("a calling task exists");
        task.keeps_connection = true;
        let actor = task.actor;
        self.called(actor, &pending, "db.acquire");
        self.agenda.add(self.now, Moment::Continue(pending.wait, Resume::Value(Value::Null)));
    }

    /// Gives a task's connection back at an instant, unless a transaction or the task keeps it.
    pub(super) fn free_connection(&mut self, key: TaskKey, at: SimInstant) {
        let Some(index) = self.server_of(key.process).filter(|index| self.pools[*index].size > 0) else {
            return;
        };
        let Some(task) = self.tasks.get(&key) else { return };
        let is_kept = task.keeps_connection || !task.transactions.is_empty();
        let session = task.session.filter(|session| !is_kept && self.pools[index].in_use.contains(session));
        if let Some(session) = session {
            self.agenda.add(at, Moment::GiveBack(session));
        }
    }

    /// A connection goes back to its pool; who waits first in line gets it.
    pub(super) fn give_back(&mut self, session: SessionId) {
        if let Some(task) = self.tasks.values_mut().find(|task| task.session == Some(session)) {
            task.session = None;
        }
        self.close_session(session);
        let Some(index) = self.pools.iter().position(|pool| pool.in_use.contains(&session)) else { return };
        self.pools[index].in_use.remove(&session);
        while let Some((pending, wanted)) = self.pools[index].line.pop_front() {
            if !self.is_current(pending.wait) {
                continue;
            }
            self.connect(index, pending.wait.task);
            let reached = self.now.after(cost::half(pending.round_trip));
            self.agenda.add(self.then_at(reached), Moment::Reach(pending, wanted));
            return;
        }
    }

    /// A call has waited for a connection long enough.
    pub(super) fn pool_timeout(&mut self, wait: Wait) {
        let Some(pool) = self.server_of(wait.task.process).map(|index| &mut self.pools[index]) else {
            return;
        };
        let Some(at) = pool.line.iter().position(|(pending, _)| pending.wait == wait) else { return };
        pool.line.remove(at);
        let (size, limit) = (pool.size, self.world.setting("pool_timeout_ms"));
        let message = format!(
            "no connection came free within {limit} ms: all {size} connections of the pool are in use"
        );
        self.go_on(wait, statement::backend_error("PoolTimeout", &message, vec![]));
    }

    /// A task ends: its connection is closed, an open transaction rolled back and told.
    pub(super) fn leave_connection(&mut self, key: TaskKey) {
        let Some(task) = self.tasks.get_mut(&key) else { return };
        let Some(session) = task.session.take() else { return };
        let (actor, place) = (task.actor, task.transactions.first().copied().flatten());
        let is_client = matches!(task.owner, Owner::Operation(_));
        let was_open = self.close_session(session);
        if was_open && !is_client {
            self.note(
                actor,
                place,
                "a transaction was left open at the end of the request; it was rolled back",
            );
        }
        self.give_back(session);
    }

    /// The connection of a task is lost while its answer is on the way.
    pub(super) fn lose_connection(&mut self, key: TaskKey) -> Resume {
        if let Some(task) = self.tasks.get_mut(&key) {
            task.transactions.clear();
            task.keeps_connection = false;
            if let Some(session) = task.session {
                self.close_session(session);
            }
        }
        let message =
            "the connection to the database was lost during COMMIT: whether it took effect is unknown";
        statement::backend_error("ConnectionLost", message, vec![])
    }

    /// The request that a task works for was touched by a fault.
    pub(super) fn touch(&mut self, key: TaskKey) {
        if let Some(Owner::Request(number)) = self.tasks.get(&key).map(|task| task.owner) {
            self.requests[number as usize].is_touched = true;
        }
    }
}
