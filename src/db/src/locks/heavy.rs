//! Table locks and advisory locks: requests, counts, places in fair queues.
//!
//! In: a session, what it wants, how strongly, for how long. Out: granted, whom to wait for, or a refusal. Rules
//! followed: lock.c's `LockAcquireExtended` (a mode that the session has is granted again; a request that
//! conflicts with a waiter waits too) and proc.c's `ProcSleep` (a session whose lock stands in the way of waiters
//! goes ahead of them; two that stand in each other's way fail at once). Not here: the queues themselves
//! (`queue.rs`), locks that end with a transaction (`release.rs`).

use super::queue::Line;
use super::registry::Hold;
use super::types::{AdvisoryKey, Asked, Cycle, Lockable, Scope, Wait};
use super::{Locks, TableMode};
use crate::answer::SessionId;
use crate::schema::TableId;

/// A session's lock in one mode and for one kind of scope.
#[derive(Debug, Clone, Copy)]
pub(super) struct HeavyHold {
    pub(super) who: SessionId,
    pub(super) mode: TableMode,
    pub(super) scope: Scope,
    /// How often it was taken; counted for [`Scope::Session`] alone.
    pub(super) count: u32,
}

impl Hold for HeavyHold {
    fn who(&self) -> SessionId {
        self.who
    }
}

impl Locks {
    /// Locks a table or an advisory key, or says why not. Ends the session's wait for it when granted.
    pub(crate) fn lock(&mut self, who: SessionId, what: Lockable, mode: TableMode, scope: Scope) -> Asked {
        if self.try_lock(who, what, mode, scope).is_ok() {
            return Asked::Granted;
        }
        let place = match self.place(who, what, mode) {
            Ok(place) => place,
            Err(other) => return Asked::Deadlock(self.cycle_of_two(who, other, what, mode, scope)),
        };
        let blockers = self.heavy_blockers(who, what, mode, &self.line(Line::Heavy(what))[..place]);
        if blockers.is_empty() {
            self.grant(who, what, mode, scope);
            return Asked::Granted;
        }
        Asked::Wait(blockers)
    }

    /// Locks as NOWAIT and `pg_try_advisory_lock` do, or returns who is in the way: holders, and all waiters,
    /// even when the session's own lock is what they wait for (PostgreSQL 15).
    pub(crate) fn try_lock(
        &mut self,
        who: SessionId,
        what: Lockable,
        mode: TableMode,
        scope: Scope,
    ) -> Result<(), Vec<SessionId>> {
        if !self.has_mode(who, what, mode) {
            let blockers = self.heavy_blockers(who, what, mode, self.line(Line::Heavy(what)));
            if !blockers.is_empty() {
                return Err(blockers);
            }
        }
        self.grant(who, what, mode, scope);
        Ok(())
    }

    /// Gives back one session advisory lock. Returns whether the session had it.
    pub(crate) fn unlock_advisory(&mut self, who: SessionId, key: AdvisoryKey, mode: TableMode) -> bool {
        let mut found = false;
        self.heavy.change(who, &Lockable::Advisory(key), |hold| {
            if hold.mode == mode && hold.scope == Scope::Session {
                found = true;
                hold.count -= 1;
            }
            hold.count > 0
        });
        found
    }

    /// Gives back all session advisory locks.
    pub(crate) fn unlock_all_advisory(&mut self, who: SessionId) {
        self.heavy.change_all(who, |what, hold| {
            !(matches!(what, Lockable::Advisory(_)) && hold.scope == Scope::Session)
        });
    }

    /// Returns whether any session has or awaits a table lock that plain statements do not take.
    pub(crate) fn has_strong_locks(&self) -> bool {
        self.strong > 0
    }

    /// Returns whether the session has the lock that reading a table takes.
    pub(crate) fn reads_table(&self, who: SessionId, table: TableId) -> bool {
        self.has_mode(who, Lockable::Table(table), TableMode::AccessShare)
    }

    /// Whom a request would wait for behind `ahead`, ascending.
    pub(super) fn heavy_blockers(
        &self,
        who: SessionId,
        what: Lockable,
        mode: TableMode,
        ahead: &[SessionId],
    ) -> Vec<SessionId> {
        let waiters = self.heavy_waiters(who, mode, ahead);
        let mut blockers: Vec<_> = self.heavy_conflicts(who, what, mode).chain(waiters).collect();
        blockers.sort_unstable();
        blockers.dedup();
        blockers
    }

    /// Other sessions whose holds conflict; a session may appear more than once.
    pub(super) fn heavy_conflicts(
        &self,
        who: SessionId,
        what: Lockable,
        mode: TableMode,
    ) -> impl Iterator<Item = SessionId> {
        let holds = self.heavy.of(&what).iter();
        holds.filter(move |hold| hold.who != who && hold.mode.conflicts(mode)).map(|hold| hold.who)
    }

    /// The sessions of a line whose requests conflict.
    pub(super) fn heavy_waiters(
        &self,
        who: SessionId,
        mode: TableMode,
        line: &[SessionId],
    ) -> impl Iterator<Item = SessionId> {
        let others = line.iter().copied().filter(move |other| *other != who);
        others.filter(move |other| self.awaited_mode(*other).is_some_and(|awaited| awaited.conflicts(mode)))
    }

    /// How many of the line stay ahead of the session: its place if it stands there, else where it would be put.
    /// Err: a session that waits for this one and that this one would wait for.
    pub(super) fn place(&self, who: SessionId, what: Lockable, mode: TableMode) -> Result<usize, SessionId> {
        let line = self.line(Line::Heavy(what));
        if let Some(place) = line.iter().position(|other| *other == who) {
            return Ok(place);
        }
        let waits_for_me = |other: &SessionId| {
            self.awaited_mode(*other).is_some_and(|awaited| self.holds_against(who, what, awaited))
        };
        let Some(place) = line.iter().position(waits_for_me) else { return Ok(line.len()) };
        if self.holds_against(line[place], what, mode) { Err(line[place]) } else { Ok(place) }
    }

    fn holds_against(&self, holder: SessionId, what: Lockable, mode: TableMode) -> bool {
        self.heavy.of(&what).iter().any(|hold| hold.who == holder && hold.mode.conflicts(mode))
    }

    fn has_mode(&self, who: SessionId, what: Lockable, mode: TableMode) -> bool {
        self.heavy.of(&what).iter().any(|hold| hold.who == who && hold.mode == mode)
    }

    fn awaited_mode(&self, who: SessionId) -> Option<TableMode> {
        match self.waiting(who) {
            Some(Wait::Heavy { mode, .. }) => Some(*mode),
            _ => None,
        }
    }

    fn grant(&mut self, who: SessionId, what: Lockable, mode: TableMode, scope: Scope) {
        if matches!(self.waiting(who), Some(Wait::Heavy { what: awaited, .. }) if *awaited == what) {
            self.end_wait(who);
        }
        let same = |hold: &HeavyHold| hold.who == who && hold.mode == mode && hold.scope.same_kind(scope);
        if !self.heavy.of(&what).iter().any(same) {
            self.strong += u32::from(is_strong(what, mode));
            self.heavy.push(what, HeavyHold { who, mode, scope, count: 1 });
        } else if scope == Scope::Session {
            self.heavy.change(who, &what, |hold| {
                hold.count += u32::from(same(hold));
                true
            });
        }
    }

    fn cycle_of_two(
        &self,
        who: SessionId,
        other: SessionId,
        what: Lockable,
        mode: TableMode,
        scope: Scope,
    ) -> Cycle {
        let first = (who, Wait::Heavy { what, mode, scope }, other);
        let second = self.waiting(other).map(|wait| (other, wait.clone(), who));
        Cycle { steps: std::iter::once(first).chain(second).collect() }
    }
}

/// Whether plain statements on the table must look at its locks because of this one.
pub(super) fn is_strong(what: Lockable, mode: TableMode) -> bool {
    matches!(what, Lockable::Table(_)) && mode.is_strong()
}
