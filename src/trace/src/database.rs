//! What a database looks like from inside at one moment: who holds and awaits which lock, what sessions do.
//!
//! Plain data, as `pg_locks` and `pg_stat_activity` would show it in words. Made by the database, shown by the
//! page. Not here: events (`event.rs`).

use serde::{Deserialize, Serialize};

/// One lock that a session has or waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockLine {
    /// The session's number.
    pub session: u32,
    /// What kind of thing is locked.
    pub kind: LockKind,
    /// Which one: `orders (id)=(7)`, `orders`, `42`.
    pub of: String,
    /// How: `FOR UPDATE`, `ACCESS SHARE`, …; empty where there is only one way.
    pub mode: String,
    /// Whether the session has it; otherwise it waits.
    pub granted: bool,
    /// Sessions that it waits for, ascending; empty when it has the lock.
    pub blocked_by: Vec<u32>,
}

impl LockLine {
    /// Returns the lock in words: `FOR UPDATE on orders (id)=(7)`.
    pub fn words(&self) -> String {
        match self.mode.is_empty() {
            true => self.of.clone(),
            false => format!("{} on {}", self.mode, self.of),
        }
    }
}

/// What can be locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum LockKind {
    /// A row.
    Row,
    /// A value of a unique index that a transaction is writing.
    UniqueKey,
    /// A table.
    Table,
    /// An advisory lock.
    Advisory,
    /// A snapshot that is safe to read (READ ONLY DEFERRABLE).
    Snapshot,
}

/// One session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionLine {
    /// The session's number.
    pub session: u32,
    /// What it is doing.
    pub phase: SessionPhase,
    /// Isolation level of its transaction, as SHOW prints it; none outside of one.
    pub level: Option<String>,
    /// How many commits the snapshot that it keeps has seen; none when it reads what is newest.
    pub snapshot: Option<u64>,
    /// Rows that its transaction has changed and not committed.
    pub changes: u64,
    /// Names of its savepoints, oldest first.
    pub savepoints: Vec<String>,
    /// The statement that waits.
    pub statement: Option<String>,
}

/// What a session is doing between two statements, or in one that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SessionPhase {
    /// No transaction.
    Idle,
    /// A transaction is open.
    InTransaction,
    /// A transaction has failed and must be rolled back.
    Aborted,
    /// A statement waits.
    Waiting,
}
