//! What can be locked and waited for: the words of the lock manager.
//!
//! Plain data. Not here: modes (`modes.rs`), what happens to them (the other files).

use super::modes::{RowMode, TableMode};
use crate::answer::SessionId;
use crate::change::RowKey;
use crate::schema::{KeyId, TableId};
use std::rc::Rc;

/// The number or the pair of numbers of an advisory lock. The two kinds never meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum AdvisoryKey {
    One(i64),
    Two(i32, i32),
}

/// What has a fair queue: PostgreSQL's heavyweight locks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Lockable {
    Table(TableId),
    Advisory(AdvisoryKey),
}

/// How long a heavyweight lock is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Scope {
    /// Until the transaction ends or goes back below this savepoint level; 0 is outside of all savepoints.
    Transaction(u32),
    /// Until it is unlocked as often as it was locked, or the session ends.
    Session,
}

/// One entry of a unique index: which index, and the values in an encoding that the caller chose.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct KeyEntry {
    pub(crate) key: KeyId,
    pub(crate) values: Rc<[u8]>,
}

/// What a session's statement waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wait {
    /// A lock on a row.
    Row { row: RowKey, mode: RowMode },
    /// The end of another's uncommitted write of a unique index's entry.
    Key(KeyEntry),
    /// A table or an advisory lock.
    Heavy { what: Lockable, mode: TableMode, scope: Scope },
    /// READ ONLY DEFERRABLE: the end of these sessions' transactions. No deadlock check looks at it.
    Snapshot(Vec<SessionId>),
}

/// What is said to a request for a heavyweight lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Asked {
    Granted,
    /// Whom it would wait for, ascending. Nothing was queued.
    Wait(Vec<SessionId>),
    /// It would wait for a session that already waits for it: refused without a wait.
    Deadlock(Cycle),
}

/// Sessions that wait for each other, starting with the victim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cycle {
    /// The one who waits, what for, and who stands in its way: the one who waits in the next step.
    pub(crate) steps: Vec<(SessionId, Wait, SessionId)>,
}

/// What a deadlock check finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Checked {
    /// The session is in no cycle. Its timer is spent until its next sleep.
    None,
    /// The cycle went through places in queues: those changed, and some sessions may now be ready.
    Rearranged,
    /// The session must fail.
    Victim(Cycle),
}

/// What a waiting session sleeps for. When this changes, its deadlock and lock timers start again, as every
/// sleep in PostgreSQL has its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sleep {
    /// For its turn: at a row, behind a session that waits for the same row.
    Turn,
    /// For the end of this session's transaction: of the conflicting ones, the one it waits for first.
    End(SessionId),
    /// For a heavyweight lock or a safe snapshot: one sleep until the end.
    Grant,
}

/// One lock that a session has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) who: SessionId,
    pub(crate) what: HeldLock,
}

/// What is locked, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum HeldLock {
    /// The strongest mode of the session.
    Row { row: RowKey, mode: RowMode },
    /// An uncommitted write of a unique index's entry.
    Key(KeyEntry),
    /// `count` is 1 except for session locks taken more than once.
    Heavy { what: Lockable, mode: TableMode, scope: Scope, count: u32 },
}

impl Scope {
    /// Returns whether both belong to the session, or both to its transaction.
    pub(super) fn same_kind(self, other: Scope) -> bool {
        (self == Scope::Session) == (other == Scope::Session)
    }
}
