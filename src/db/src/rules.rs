//! Rules of concurrency that a test can switch off, to see that it would notice.
//!
//! A property test that never fails shows nothing. So the few rules that the random scripts of
//! `tests/random_scripts.rs` exist for can be left out, one at a time, on the thread that asks. Nothing else
//! uses this.

use std::cell::Cell;

/// A rule that can be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// A row that was waited for is read again before it is changed.
    Recheck,
    /// Whoever wants a unique key that another transaction is writing waits for it.
    UniqueWait,
    /// SERIALIZABLE notices that a write meets what another transaction has read.
    PredicateConflict,
    /// ROLLBACK TO gives back the locks taken since the savepoint.
    SavepointRelease,
    /// Locks are part of a state's digest.
    LockDigest,
    /// A row that a statement changes changes its table's part of the digest.
    DigestChanges,
}

impl Rule {
    /// All rules.
    pub const ALL: [Rule; 6] = [
        Rule::Recheck,
        Rule::UniqueWait,
        Rule::PredicateConflict,
        Rule::SavepointRelease,
        Rule::LockDigest,
        Rule::DigestChanges,
    ];
}

thread_local! {
    static LEFT_OUT: Cell<Option<Rule>> = const { Cell::new(None) };
}

/// Leaves a rule out on this thread from now on; none for all rules.
pub fn leave_out(rule: Option<Rule>) {
    LEFT_OUT.set(rule);
}

/// Whether a rule holds.
pub(crate) fn holds(rule: Rule) -> bool {
    LEFT_OUT.get() != Some(rule)
}
