//! Row locks and claims on unique keys.
//!
//! In: a session, a row or an entry, a mode, the savepoint level. Out: granted, or whom it must wait for. Rules
//! followed: heapam.c's `heap_lock_tuple` and `heap_update`: a request that is compatible with the row's holders
//! is granted although others wait; whoever must wait queues by the heavyweight tuple lock unless it already has
//! a lock on the row. nbtinsert.c's `_bt_check_unique`: an insert waits for a transaction that wrote the entry.
//! Not here: queues (`queue.rs`), the ends of locks (`release.rs`).

use super::registry::Hold;
use super::types::{KeyEntry, Wait};
use super::{Locks, RowMode};
use crate::answer::SessionId;
use crate::change::RowKey;

/// A session's lock on a row. A strengthened lock is one more hold, so that a savepoint can take it back.
#[derive(Debug, Clone, Copy)]
pub(super) struct RowHold {
    pub(super) who: SessionId,
    pub(super) mode: RowMode,
    pub(super) level: u32,
}

/// A session's uncommitted write of a unique index's entry.
#[derive(Debug, Clone, Copy)]
pub(super) struct Claim {
    pub(super) who: SessionId,
    pub(super) level: u32,
}

impl Hold for RowHold {
    fn who(&self) -> SessionId {
        self.who
    }
}

impl Hold for Claim {
    fn who(&self) -> SessionId {
        self.who
    }
}

impl Locks {
    /// Locks a row, or returns whom the session would wait for, ascending. Ends its wait for that row.
    ///
    /// Never queues: the caller calls [`Locks::wait`], or fails or skips the row.
    pub(crate) fn lock_row(
        &mut self,
        who: SessionId,
        row: RowKey,
        mode: RowMode,
        level: u32,
    ) -> Result<(), Vec<SessionId>> {
        let held = self.holds_row(who, row);
        if held < Some(mode) {
            if self.row_conflicts(who, row, mode).next().is_some() {
                return Err(self.row_blockers(who, row, mode));
            }
            self.join_new_line(row, who, mode);
            self.rows.push(row, RowHold { who, mode, level });
        }
        if matches!(self.waiting(who), Some(Wait::Row { row: awaited, .. }) if *awaited == row) {
            self.end_wait(who);
        }
        Ok(())
    }

    /// Notes that the session's transaction writes an entry of a unique index, or returns the other sessions
    /// that do. Ends its wait for that entry.
    pub(crate) fn claim(
        &mut self,
        who: SessionId,
        entry: KeyEntry,
        level: u32,
    ) -> Result<(), Vec<SessionId>> {
        let others = self.claimants(who, &entry);
        if !others.is_empty() {
            return Err(others);
        }
        if matches!(self.waiting(who), Some(Wait::Key(awaited)) if *awaited == entry) {
            self.end_wait(who);
        }
        if self.claims.of(&entry).is_empty() {
            self.claims.push(entry, Claim { who, level });
        }
        Ok(())
    }

    /// Returns the other sessions whose transactions write the entry, ascending.
    pub(crate) fn claimants(&self, who: SessionId, entry: &KeyEntry) -> Vec<SessionId> {
        self.claims.of(entry).iter().map(|claim| claim.who).filter(|claimant| *claimant != who).collect()
    }

    /// Returns whether any other session has a claim.
    pub(crate) fn has_foreign_claims(&self, who: SessionId) -> bool {
        self.claims.has_foreign(who)
    }

    /// Returns whether any other session has a row lock.
    pub(crate) fn has_foreign_row_locks(&self, who: SessionId) -> bool {
        self.rows.has_foreign(who)
    }

    /// Returns the strongest mode that the session has on the row.
    pub(crate) fn holds_row(&self, who: SessionId, row: RowKey) -> Option<RowMode> {
        self.rows.of(&row).iter().filter(|hold| hold.who == who).map(|hold| hold.mode).max()
    }

    /// Returns the mode in which the session, which has written the row, first held it against other writers.
    pub(crate) fn wrote_as(&self, who: SessionId, row: RowKey) -> Option<RowMode> {
        let holds = self.rows.of(&row).iter();
        holds.filter(|hold| hold.who == who).map(|hold| hold.mode).find(|mode| *mode >= RowMode::NoKeyUpdate)
    }

    /// Other sessions' holds that conflict; a session may appear more than once.
    pub(super) fn row_conflicts(
        &self,
        who: SessionId,
        row: RowKey,
        mode: RowMode,
    ) -> impl Iterator<Item = SessionId> {
        let holds = self.rows.of(&row).iter();
        holds.filter(move |hold| hold.who != who && hold.mode.conflicts(mode)).map(|hold| hold.who)
    }
}
