//! Lock modes and which of them conflict.
//!
//! In: two modes. Out: whether two sessions can have them at once. Rules followed: PostgreSQL's manual, chapter
//! 13.3, "Conflicting Lock Modes" (table 13.2) and "Conflicting Row-Level Locks" (table 13.3). Not here: who has
//! what (`registry.rs`), waiting (`queue.rs`).

/// How strongly a row is locked, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum RowMode {
    /// FOR KEY SHARE: what a child's insert takes on its parent.
    KeyShare,
    /// FOR SHARE.
    Share,
    /// FOR NO KEY UPDATE: an UPDATE that changes no unique column.
    NoKeyUpdate,
    /// FOR UPDATE: DELETE, and an UPDATE that changes a unique column.
    Update,
}

/// How strongly a table is locked, in the manual's order. Advisory locks use `Share` and `Exclusive` alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum TableMode {
    /// SELECT.
    AccessShare,
    /// SELECT … FOR UPDATE and its like.
    RowShare,
    /// INSERT, UPDATE, DELETE.
    RowExclusive,
    /// CREATE INDEX CONCURRENTLY, some ALTER TABLE.
    ShareUpdateExclusive,
    /// CREATE INDEX; a shared advisory lock.
    Share,
    /// CREATE TRIGGER, some ALTER TABLE.
    ShareRowExclusive,
    /// Nothing but LOCK TABLE; an exclusive advisory lock.
    Exclusive,
    /// DROP, TRUNCATE, most ALTER TABLE, LOCK TABLE's default.
    AccessExclusive,
}

impl RowMode {
    /// Returns the mode as a locking clause spells it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            RowMode::KeyShare => "FOR KEY SHARE",
            RowMode::Share => "FOR SHARE",
            RowMode::NoKeyUpdate => "FOR NO KEY UPDATE",
            RowMode::Update => "FOR UPDATE",
        }
    }

    /// Returns whether two sessions cannot have these modes on one row. The manual's table is a triangle: with
    /// strengths counted from 0, a pair conflicts when they add up to 3 or more.
    pub(crate) fn conflicts(self, other: RowMode) -> bool {
        self as u8 + other as u8 >= 3
    }
}

impl TableMode {
    /// All modes, weakest first.
    pub(crate) const ALL: [TableMode; 8] = [
        TableMode::AccessShare,
        TableMode::RowShare,
        TableMode::RowExclusive,
        TableMode::ShareUpdateExclusive,
        TableMode::Share,
        TableMode::ShareRowExclusive,
        TableMode::Exclusive,
        TableMode::AccessExclusive,
    ];

    /// Returns the mode as LOCK TABLE spells it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            TableMode::AccessShare => "ACCESS SHARE",
            TableMode::RowShare => "ROW SHARE",
            TableMode::RowExclusive => "ROW EXCLUSIVE",
            TableMode::ShareUpdateExclusive => "SHARE UPDATE EXCLUSIVE",
            TableMode::Share => "SHARE",
            TableMode::ShareRowExclusive => "SHARE ROW EXCLUSIVE",
            TableMode::Exclusive => "EXCLUSIVE",
            TableMode::AccessExclusive => "ACCESS EXCLUSIVE",
        }
    }

    /// Returns whether two sessions cannot have these modes on one table.
    pub(crate) fn conflicts(self, other: TableMode) -> bool {
        use TableMode::{AccessExclusive, AccessShare, Exclusive, RowExclusive, RowShare, Share};
        let (weak, strong) = if self <= other { (self, other) } else { (other, self) };
        match weak {
            AccessShare => strong == AccessExclusive,
            RowShare => strong >= Exclusive,
            RowExclusive => strong >= Share,
            Share => strong != Share,
            _ => true,
        }
    }

    /// Returns whether the mode is one that plain statements never take.
    pub(crate) fn is_strong(self) -> bool {
        self >= TableMode::ShareUpdateExclusive
    }
}
