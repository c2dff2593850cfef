//! Refusals in PostgreSQL's words.
//!
//! Plain data. SQLSTATE 40001, and a DETAIL whose reason codes are predicate.c's.

use super::Tx;

/// A transaction must fail so that the others stay serializable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unserializable {
    pub(crate) reason: Reason,
}

/// What was found, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    /// Doomed before; noticed by a read.
    PivotDuringConflictOut,
    /// Doomed before; noticed by a write.
    PivotDuringConflictIn,
    /// Doomed before; noticed at COMMIT.
    PivotDuringCommit,
    /// Its own write makes it a pivot, or the out of one that cannot fail any more.
    PivotDuringWrite,
    /// It read around a write of a pivot that has committed.
    ConflictOutToPivot(Tx),
    /// The pivot that its commit would make fail can no longer fail.
    ConflictInFromPrepared,
}

impl Unserializable {
    pub(super) fn new(reason: Reason) -> Unserializable {
        Unserializable { reason }
    }

    /// Returns the primary message.
    pub(crate) fn message(self) -> &'static str {
        "could not serialize access due to read/write dependencies among transactions"
    }

    /// Returns the DETAIL line.
    pub(crate) fn detail(self) -> String {
        let code = match self.reason {
            Reason::PivotDuringConflictOut => "identification as a pivot, during conflict out checking",
            Reason::PivotDuringConflictIn => "identification as a pivot, during conflict in checking",
            Reason::PivotDuringCommit => "identification as a pivot, during commit attempt",
            Reason::PivotDuringWrite => "identification as a pivot, during write",
            Reason::ConflictOutToPivot(Tx(pivot)) => {
                return format!("Reason code: Canceled on conflict out to pivot {pivot}, during read.");
            }
            Reason::ConflictInFromPrepared => "commit attempt with conflict in from prepared pivot",
        };
        format!("Reason code: Canceled on {code}.")
    }

    /// Returns the HINT line.
    pub(crate) fn hint(self) -> &'static str {
        "The transaction might succeed if retried."
    }
}
