//! The ends of transactions: the check at COMMIT, what stays remembered, safe snapshots.
//!
//! Rules followed: predicate.c's `PreCommit_CheckForSerializationFailure`, `ReleasePredicateLocks`,
//! `ClearOldPredicateLocks` and `GetSafeSnapshot`. Not here: conflicts during statements (`conflict.rs`).

use super::{Phase, Reason, Serializable, Transaction, Tx, Unserializable};
use crate::answer::SessionId;
use std::rc::Rc;

/// What is known of a READ ONLY transaction's snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Safety {
    /// Nothing can be refused to it any more.
    Safe,
    /// The transactions of these sessions, ascending, may still make it unsafe.
    Unsettled(Vec<SessionId>),
    /// READ ONLY DEFERRABLE must roll it back here and take another snapshot.
    Unsafe,
}

impl<P: Clone> Serializable<P> {
    /// Checks at COMMIT, after deferred constraints. Ok: it can no longer fail. Err: it must roll back.
    ///
    /// Others that would be pivots once it has committed are doomed.
    pub(crate) fn before_commit(&mut self, tx: Tx) -> Result<(), Unserializable> {
        let Some(me) = self.get(tx) else { return Ok(()) };
        if me.doomed {
            return Err(Unserializable::new(Reason::PivotDuringCommit));
        }
        while let Some((pivot, it)) = self.pivot_before(tx) {
            if it.prepared().is_some() {
                return Err(Unserializable::new(Reason::ConflictInFromPrepared));
            }
            self.doom(pivot);
        }
        self.clock += 1;
        let prepared = self.clock;
        if let Some(me) = self.edit(tx) {
            me.phase = Phase::Prepared(prepared);
        }
        Ok(())
    }

    /// Commits, after [`Serializable::before_commit`] agreed. `sequence` is the commit's, as snapshots count.
    pub(crate) fn commit(&mut self, tx: Tx, sequence: u64) {
        let Some(prepared) = self.get(tx).map(|me| me.prepared().unwrap_or(self.clock)) else { return };
        self.clock += 1;
        let committed = self.clock;
        let earliest_out = self.earliest_committed_out(tx);
        let Some(me) = self.edit(tx) else { return };
        let declared_read_only = me.read_only;
        me.phase = Phase::Committed { prepared, committed, sequence };
        me.read_only |= !me.wrote;
        if !me.read_only {
            me.earliest_out = earliest_out;
        }
        self.drop_settled_conflicts(tx);
        if !declared_read_only {
            self.settle_snapshots(tx);
        }
        self.forget_finished();
    }

    /// Forgets a transaction that was rolled back.
    pub(crate) fn roll_back(&mut self, tx: Tx) {
        if self.get(tx).is_some() {
            self.forget(tx);
            self.settle_snapshots(tx);
            self.forget_finished();
        }
    }

    /// Returns what is known of a READ ONLY transaction's snapshot.
    pub(crate) fn safety(&self, tx: Tx) -> Safety {
        let Some(me) = self.get(tx) else { return Safety::Safe };
        if me.is_unsafe {
            return Safety::Unsafe;
        }
        let writers = self.unsettled.iter().filter(|(reader, _)| *reader == tx);
        let mut sessions: Vec<_> =
            writers.filter_map(|(_, writer)| Some(self.get(*writer)?.session)).collect();
        sessions.sort_unstable();
        Safety::Unsettled(sessions)
    }

    /// The first active transaction with a conflict out to `tx` and one in from `tx` or another active writable
    /// one. Dooming it may make others harmless.
    fn pivot_before(&self, tx: Tx) -> Option<(Tx, &Transaction<P>)> {
        let may_fail = |it: &Transaction<P>| it.is_active() && !it.doomed;
        self.conflicts_in(tx).find(|(near, it)| {
            may_fail(it)
                && self.conflicts_in(*near).any(|(far, it)| far == tx || (may_fail(it) && !it.read_only))
        })
    }

    fn earliest_committed_out(&self, tx: Tx) -> Option<u64> {
        let committed = self.conflicts_out(tx).filter(|(_, out)| !out.is_active());
        committed.filter_map(|(_, out)| out.prepared()).min()
    }

    /// After a commit, conflicts out to committed transactions and in from committed or READ ONLY ones can no
    /// longer become dangerous; what matters of the former is in `earliest_out`.
    fn drop_settled_conflicts(&mut self, tx: Tx) {
        let out = self.conflicts_out(tx).filter(|(_, out)| !out.is_active());
        let mut settled: Vec<_> = out.map(|(writer, _)| (tx, writer)).collect();
        let into = self.conflicts_in(tx).filter(|(_, before)| !before.is_active() || before.read_only);
        settled.extend(into.map(|(reader, _)| (reader, tx)));
        if !settled.is_empty() {
            Rc::make_mut(&mut self.conflicts).retain(|pair| !settled.contains(pair));
        }
    }

    /// A writable transaction ended: READ ONLY snapshots that waited for it are unsafe if it was a pivot whose
    /// "out" they see, and safe if it was the last that they waited for.
    fn settle_snapshots(&mut self, tx: Tx) {
        let readers: Vec<_> =
            self.unsettled.iter().filter(|(_, writer)| *writer == tx).map(|(reader, _)| *reader).collect();
        let earliest_out = self.get(tx).and_then(|it| it.earliest_out);
        for reader in readers {
            Rc::make_mut(&mut self.unsettled).remove(&(reader, tx));
            let began = self.get(reader).map_or(0, |it| it.began);
            if earliest_out.is_some_and(|first| first <= began) {
                Rc::make_mut(&mut self.unsettled).retain(|(other, _)| *other != reader);
                if let Some(reader) = self.edit(reader) {
                    reader.is_unsafe = true;
                }
            } else if !self.unsettled.iter().any(|(other, _)| *other == reader) {
                self.forget(reader);
            }
        }
    }

    /// Forgets committed transactions that no active one is concurrent with, and those that did nothing.
    fn forget_finished(&mut self) {
        let active = self.iter().filter(|(_, it)| it.is_active());
        let oldest = active.map(|(_, it)| it.began).min().unwrap_or(u64::MAX);
        let over = |it: &Transaction<P>| {
            it.committed().is_some_and(|at| at <= oldest || (it.reads.is_empty() && !it.wrote))
        };
        let finished: Vec<_> = self.iter().filter(|(_, it)| over(it)).map(|(tx, _)| tx).collect();
        for tx in finished {
            self.forget(tx);
        }
    }

    fn forget(&mut self, tx: Tx) {
        Rc::make_mut(&mut self.transactions).remove(&tx);
        let mentions = |pair: &(Tx, Tx)| pair.0 == tx || pair.1 == tx;
        if self.conflicts.iter().any(mentions) {
            Rc::make_mut(&mut self.conflicts).retain(|pair| !mentions(pair));
        }
        if self.unsettled.iter().any(|(reader, _)| *reader == tx) {
            Rc::make_mut(&mut self.unsettled).retain(|(reader, _)| *reader != tx);
        }
    }
}
