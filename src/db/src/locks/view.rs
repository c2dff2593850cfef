//! The lock table for looking at.
//!
//! Out: what is held and who waits, in an order that does not depend on how it came about. Not here: a text for
//! comparing (`digest.rs`).

use super::types::{Held, HeldLock, Wait};
use super::{Locks, RowMode};
use crate::answer::SessionId;
use std::collections::BTreeMap;

impl Locks {
    /// Returns all locks: rows, then unique keys, then tables and advisory locks, each in key order.
    pub(crate) fn held(&self) -> Vec<Held> {
        let rows = self.rows.iter().flat_map(|(row, holds)| {
            let mut strongest: BTreeMap<SessionId, RowMode> = BTreeMap::new();
            for hold in holds {
                let mode = strongest.entry(hold.who).or_insert(hold.mode);
                *mode = hold.mode.max(*mode);
            }
            strongest.into_iter().map(|(who, mode)| Held { who, what: HeldLock::Row { row: *row, mode } })
        });
        let keys = self.claims.iter().flat_map(|(entry, claims)| {
            claims.iter().map(|claim| Held { who: claim.who, what: HeldLock::Key(entry.clone()) })
        });
        let heavy = self.heavy.iter().flat_map(|(what, holds)| {
            let mut holds: Vec<_> = holds.iter().collect();
            holds.sort_by_key(|hold| (hold.who, hold.mode, hold.scope));
            holds.into_iter().map(|hold| Held {
                who: hold.who,
                what: HeldLock::Heavy { what: *what, mode: hold.mode, scope: hold.scope, count: hold.count },
            })
        });
        rows.chain(keys).chain(heavy).collect()
    }

    /// Returns who waits, for what, and for whom directly; longest wait first.
    pub(crate) fn waits(&self) -> Vec<(SessionId, Wait, Vec<SessionId>)> {
        let waiters = self.by_age().into_iter();
        waiters.map(|(who, waiter)| (who, waiter.wait.clone(), self.blockers(who))).collect()
    }
}
