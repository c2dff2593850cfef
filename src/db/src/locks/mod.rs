//! Locks: who holds rows, unique keys, tables and advisory locks, who waits, and who must fail.
//!
//! In: requests of sessions and the ends of their transactions. Out: granted, whom to wait for, who is ready to
//! go on, whose wait closes a cycle. [`Locks`] is a value; a copy is a few references. It has no clock: the
//! caller has the timers and asks [`Locks::check_deadlock`] when one ends. It never runs anything: a session
//! that is ready asks again.
//!
//! Rules followed: PostgreSQL 15's lock.c and proc.c (fair queues of heavyweight locks), deadlock.c, and
//! heapam.c (row locks). A row's lock lies in the row, so whoever is compatible with its holders gets it at
//! once; only those who must wait stand in line. Not here: which locks a statement needs, row versions
//! (`session`), serializable conflicts (`serializable`).

mod deadlock;
mod digest;
mod graph;
mod heavy;
mod modes;
mod queue;
mod registry;
mod release;
mod rows;
#[cfg(test)]
mod tests;
mod types;
mod view;

pub(crate) use modes::{RowMode, TableMode};
pub(crate) use types::{
    AdvisoryKey, Asked, Checked, Cycle, HeldLock, KeyEntry, Lockable, Scope, Sleep, Wait,
};

use crate::answer::SessionId;
use crate::change::RowKey;
use std::collections::BTreeMap;
use std::rc::Rc;

/// All locks of a database and all waits for them.
#[derive(Clone, Default)]
pub(crate) struct Locks {
    rows: registry::Registry<RowKey, rows::RowHold>,
    claims: registry::Registry<KeyEntry, rows::Claim>,
    heavy: registry::Registry<Lockable, heavy::HeavyHold>,
    /// Held or awaited table locks that plain statements do not take.
    strong: u32,
    waiters: Rc<BTreeMap<SessionId, queue::Waiter>>,
    /// Who stands in line where, first come first.
    lines: Rc<BTreeMap<queue::Line, Vec<SessionId>>>,
    /// The next wait's place in the order in which waits began.
    next_place: u64,
}
