//! The ends of locks: COMMIT, ROLLBACK, savepoints, a closed session.
//!
//! In: a session, or a savepoint level of it. Out: nothing; others may then be ready. Rules followed: the manual's
//! chapters 13.3.1 to 13.3.5: locks end with their transaction, those taken after a savepoint with ROLLBACK TO;
//! session advisory locks outlast both. Not here: advisory unlocking (`heavy.rs`).

use super::heavy::is_strong;
use super::types::{Lockable, Scope, Wait};
use super::{Locks, queue};
use crate::answer::SessionId;
use crate::change::RowKey;
use std::rc::Rc;

impl Locks {
    /// Frees a transaction's row locks, claims, table locks and transaction advisory locks, and ends its wait.
    ///
    /// `wrote` says, at a commit, which rows it changed or deleted: whoever waits for one of them goes on at
    /// once. At a rollback it says no to all.
    pub(crate) fn end_transaction(&mut self, who: SessionId, wrote: &dyn Fn(RowKey) -> bool) {
        self.end_wait(who);
        if !self.waiters.is_empty() {
            let rows = self.rows.clone();
            self.outdate(who, |row| rows.of(&row).iter().any(|hold| hold.who == who) && wrote(row));
        }
        self.rows.change_all(who, |_, _| false);
        self.claims.change_all(who, |_, _| false);
        self.heavy.change_all(who, |_, hold| hold.scope == Scope::Session);
        self.end_snapshot(who);
        self.after_release();
    }

    /// Frees everything that a session has.
    pub(crate) fn end_session(&mut self, who: SessionId) {
        self.end_transaction(who, &|_| false);
        self.heavy.change_all(who, |_, _| false);
        self.after_release();
    }

    /// Frees what was taken at a level deeper than `level`. A lock that was strengthened there gets its old
    /// strength back.
    pub(crate) fn roll_back_to(&mut self, who: SessionId, level: u32) {
        self.rows.change_all(who, |_, hold| hold.level <= level);
        self.claims.change_all(who, |_, claim| claim.level <= level);
        self.heavy.change_all(who, |_, hold| match hold.scope {
            Scope::Transaction(taken) => taken <= level,
            Scope::Session => true,
        });
        self.after_release();
    }

    /// Makes what was taken at deeper levels belong to `level`.
    pub(crate) fn release_savepoint(&mut self, who: SessionId, level: u32) {
        self.rows.change_all(who, |_, hold| {
            hold.level = hold.level.min(level);
            true
        });
        self.claims.change_all(who, |_, claim| {
            claim.level = claim.level.min(level);
            true
        });
        self.heavy.change_all(who, |_, hold| {
            if let Scope::Transaction(taken) = &mut hold.scope {
                *taken = level.min(*taken);
            }
            true
        });
    }

    /// Whoever waits for a safe snapshot no longer waits for this session.
    fn end_snapshot(&mut self, who: SessionId) {
        let for_me = |waiter: &queue::Waiter| matches!(&waiter.wait, Wait::Snapshot(on) if on.contains(&who));
        if self.waiters.values().any(for_me) {
            for waiter in Rc::make_mut(&mut self.waiters).values_mut() {
                if let Wait::Snapshot(on) = &mut waiter.wait {
                    on.retain(|session| *session != who);
                }
            }
        }
    }

    fn after_release(&mut self) {
        if self.strong > 0 {
            self.strong = self.count_strong();
        }
    }

    fn count_strong(&self) -> u32 {
        let held = self.heavy.iter().flat_map(|(what, holds)| holds.iter().map(|hold| (*what, hold.mode)));
        let awaited = self.waiters.values().filter_map(|waiter| match waiter.wait {
            Wait::Heavy { what, mode, .. } => Some((what, mode)),
            _ => None,
        });
        let strong = |(what, mode): &(Lockable, super::TableMode)| is_strong(*what, *mode);
        u32::try_from(held.chain(awaited).filter(strong).count()).unwrap_or(u32::MAX)
    }
}
