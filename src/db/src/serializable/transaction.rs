//! What is remembered of one SERIALIZABLE transaction.
//!
//! Plain data and simple questions. PostgreSQL's name is SERIALIZABLEXACT (predicate_internals.h). Not here: what
//! follows from it (`conflict.rs`, `finish.rs`).

use crate::answer::SessionId;
use crate::change::Change;

#[derive(Debug, Clone)]
pub(super) struct Transaction<P> {
    pub(super) session: SessionId,
    /// The sequence of the last commit that it sees.
    pub(super) snapshot: u64,
    /// The clock when it took its snapshot.
    pub(super) began: u64,
    /// Declared READ ONLY, or committed without a write.
    pub(super) read_only: bool,
    pub(super) wrote: bool,
    /// Somebody decided that it must fail.
    pub(super) doomed: bool,
    /// A READ ONLY transaction whose snapshot shows what no serial order could.
    pub(super) is_unsafe: bool,
    pub(super) phase: Phase,
    /// Once committed: when the first of those that it has a conflict out to, and that committed before it, did.
    pub(super) earliest_out: Option<u64>,
    pub(super) reads: Vec<P>,
    pub(super) writes: Vec<Change>,
}

/// How far it has come. A transaction that was rolled back is forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Active,
    /// It can no longer fail since this clock.
    Prepared(u64),
    Committed {
        prepared: u64,
        committed: u64,
        /// The commit's sequence, as snapshots count it.
        sequence: u64,
    },
}

impl<P> Transaction<P> {
    pub(super) fn new(session: SessionId, snapshot: u64, began: u64, read_only: bool) -> Transaction<P> {
        Transaction {
            session,
            snapshot,
            began,
            read_only,
            wrote: false,
            doomed: false,
            is_unsafe: false,
            phase: Phase::Active,
            earliest_out: None,
            reads: Vec::new(),
            writes: Vec::new(),
        }
    }

    pub(super) fn is_active(&self) -> bool {
        self.committed().is_none()
    }

    /// The clock since when it can no longer fail.
    pub(super) fn prepared(&self) -> Option<u64> {
        match self.phase {
            Phase::Active => None,
            Phase::Prepared(prepared) | Phase::Committed { prepared, .. } => Some(prepared),
        }
    }

    pub(super) fn committed(&self) -> Option<u64> {
        match self.phase {
            Phase::Committed { committed, .. } => Some(committed),
            Phase::Active | Phase::Prepared(_) => None,
        }
    }

    /// Whether its writes are in a snapshot.
    pub(super) fn is_seen_by(&self, snapshot: u64) -> bool {
        matches!(self.phase, Phase::Committed { sequence, .. } if sequence <= snapshot)
    }
}
