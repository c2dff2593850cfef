//! Statements that wait for another session: put aside, gone on with, ended by a timer of the database.
//!
//! After every call to the database, the sessions that it names ready get a moment of their own at the same
//! instant, in its order; the clock reaches its timers as moments. A session handles one statement at a time:
//! what it sends meanwhile (after a cancelled wait) follows when the first has ended. Not here: who may have a
//! lock (`db`), what an answer becomes (`calls.rs`).

use super::{Moment, Run};
use crate::statement::Wanted;
use crate::task::{Pending, Task};
use std::collections::BTreeMap;
use unhappy_db::{Answer, SessionId};
use unhappy_trace::SimInstant;
use unhappy_trace::event::{EventKind, StatementWaits, TextId};

/// Every statement that waits.
#[derive(Clone, Default)]
pub(super) struct Waits {
    blocked: BTreeMap<SessionId, Blocked>,
    /// What sessions sent while their statement waited, in order.
    later: Vec<(SessionId, Pending, Wanted)>,
    /// The earliest moment in the queue that is a timer of the database.
    timer: Option<SimInstant>,
}

#[derive(Clone)]
struct Blocked {
    pending: Pending,
    wanted: Wanted,
    on: Vec<SessionId>,
    /// Whether the moment at which it goes on is in the queue.
    called: bool,
}

impl Waits {
    /// Returns the first statement that waits.
    pub(super) fn first(&self) -> Option<&Pending> {
        self.blocked.values().next().map(|blocked| &blocked.pending)
    }

    /// Returns what waits, one line a statement, with sessions and calls by name.
    pub(super) fn lines(
        &self,
        session: impl Fn(SessionId) -> String,
        call: impl Fn(&Pending) -> String,
    ) -> impl Iterator<Item = String> {
        let blocked = self.blocked.iter().map(|(id, blocked)| {
            let mut on: Vec<String> = blocked.on.iter().map(|other| session(*other)).collect();
            on.sort_unstable();
            format!("{} {} on {on:?} {}", session(*id), call(&blocked.pending), blocked.called)
        });
        let later = self.later.iter().enumerate().map(|(place, (id, pending, wanted))| {
            format!("later {place} {} {} {wanted:?}", session(*id), call(pending))
        });
        let lines: Vec<String> = blocked.chain(later).collect();
        lines.into_iter()
    }

    /// The database's timer is no longer in the queue: the next wait lines up one of its own.
    pub(super) fn timer_is_dropped(&mut self) {
        self.timer = None;
    }
}

impl Run {
    /// Puts a statement aside whose session has another one waiting. Returns it otherwise.
    pub(super) fn queue_behind(
        &mut self,
        session: SessionId,
        pending: Pending,
        wanted: Wanted,
    ) -> Option<(Pending, Wanted)> {
        if !self.waits.blocked.contains_key(&session) {
            return Some((pending, wanted));
        }
        self.waits.later.push((session, pending, wanted));
        None
    }

    /// Takes an answer of the database: hands it on, or puts the statement aside.
    pub(super) fn take(&mut self, session: SessionId, pending: Pending, wanted: Wanted, answer: Answer) {
        if let Answer::Blocked { on } = answer {
            self.record_wait(session, &pending, &wanted, &on);
            self.waits.blocked.insert(session, Blocked { pending, wanted, on, called: false });
        } else {
            self.hand_on(pending, wanted, answer);
            self.send_later(session);
        }
        self.look_for_ready();
    }

    /// Goes on with a statement that waited.
    pub(super) fn resume(&mut self, session: SessionId) {
        let Some(blocked) = self.waits.blocked.get_mut(&session) else { return };
        blocked.called = false;
        if !self.machine.database.ready(&self.state).contains(&session) {
            // Somebody else was faster; the database names it again when it is its turn.
            return;
        }
        let answer = self.machine.database.resume(&mut self.state, session, self.now);
        let Some(Blocked { pending, wanted, on: before, .. }) = self.waits.blocked.remove(&session) else {
            return;
        };
        match answer {
            Some(Answer::Blocked { on }) if on == before => {
                self.waits.blocked.insert(session, Blocked { pending, wanted, on, called: false });
                self.look_for_ready();
            }
            Some(answer) => self.take(session, pending, wanted, answer),
            None => unreachable!("a statement that was put aside waits in the database as well"),
        }
    }

    /// Fires the timers of the database that have ended.
    pub(super) fn database_timer(&mut self) {
        self.waits.timer = None;
        while self.machine.database.next_timer(&self.state).is_some_and(|at| at <= self.now) {
            let Some((session, answer)) = self.machine.database.fire_timer(&mut self.state, self.now) else {
                continue;
            };
            if let Some(Blocked { pending, wanted, .. }) = self.waits.blocked.remove(&session) {
                self.take(session, pending, wanted, answer);
            }
        }
        self.look_for_ready();
    }

    /// Ends a session. Returns whether a transaction was open; whoever waited for it goes on.
    pub(super) fn close_session(&mut self, session: SessionId) -> bool {
        let was_open = self.machine.database.close_session(&mut self.state, session);
        self.waits.blocked.remove(&session);
        self.waits.later.retain(|(other, _, _)| *other != session);
        self.look_for_ready();
        was_open
    }

    /// Lines up the sessions that can go on, and the next timer.
    fn look_for_ready(&mut self) {
        if self.waits.blocked.is_empty() {
            return;
        }
        for session in self.machine.database.ready(&self.state) {
            let Some(blocked) = self.waits.blocked.get_mut(&session) else { continue };
            if !std::mem::replace(&mut blocked.called, true) {
                self.agenda.add(self.now, Moment::Unblock(session));
            }
        }
        let Some(at) = self.machine.database.next_timer(&self.state) else { return };
        if self.waits.timer.is_none_or(|known| at < known) {
            self.waits.timer = Some(at);
            self.agenda.add(at.max(self.now), Moment::DatabaseTimer);
        }
    }

    /// Sends what a session sent while its statement waited.
    fn send_later(&mut self, session: SessionId) {
        let Some(at) = self.waits.later.iter().position(|(other, _, _)| *other == session) else { return };
        let (_, pending, wanted) = self.waits.later.remove(at);
        self.agenda.add(self.now, Moment::Reach(pending, wanted));
    }

    fn record_wait(&mut self, session: SessionId, pending: &Pending, wanted: &Wanted, on: &[SessionId]) {
        let Some(actor) = self.tasks.get(&pending.wait.task).map(|task| task.actor) else { return };
        let on = on.iter().filter_map(|session| self.actor_of(*session)).collect();
        let what = self.machine.database.wait(&self.state, session).map(|line| line.words());
        let waits = StatementWaits {
            sent_at: pending.sent_at,
            place: pending.place,
            sql: self.recorder.text(wanted.sql()),
            on,
            what: what.map(|words| self.recorder.text(&words)),
        };
        self.recorder.push(self.now, actor, EventKind::StatementWaits(waits));
    }

    fn actor_of(&self, session: SessionId) -> Option<TextId> {
        self.task_of(session).map(|task| task.actor)
    }

    /// The task that has a connection.
    pub(super) fn task_of(&self, session: SessionId) -> Option<&Task> {
        self.tasks.values().find(|task| task.session == Some(session))
    }
}
