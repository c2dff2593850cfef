//! Locks and unique keys of the rows that a statement has changed on its private image.
//!
//! In: changes in order. Out: all locked and claimed, or what must be waited for first; nothing is given back
//! then, as PostgreSQL keeps what it has. A row lock comes before the unique keys of its new version, and those
//! in the order of the indexes' making.
//!
//! Rules: PostgreSQL manual 13.3.2 (row locks), 64.5 "Index Uniqueness Checks".

use super::work::{Halt, Work};
use crate::answer::SqlError;
use crate::change::{Change, Net, RowKey, key_differs};
use crate::history::Fate;
use crate::locks::{RowMode, Wait};
use crate::rules::{self, Rule};
use crate::schema::{Catalog, KeyId, TableDef};
use crate::sql::command::Level;
use crate::state::{Entry, Snapshot};
use std::rc::Rc;
use unhappy_trace::Value;

impl Work<'_> {
    /// Locks and claims everything that `changes` touch. `arbiters` are the indexes that ON CONFLICT is about.
    pub(super) fn settle(
        &mut self,
        catalog: &Rc<Catalog>,
        changes: &[Change],
        arbiters: &[KeyId],
    ) -> Result<(), Halt> {
        let must_lock = self.must_lock();
        for change in changes {
            let Some(table) = catalog.by_id(change.table) else { continue };
            self.settle_old(table, change, must_lock)?;
            self.settle_new(table, change, must_lock, arbiters)?;
        }
        Ok(())
    }

    fn settle_old(&mut self, table: &TableDef, change: &Change, must_lock: bool) -> Result<(), Halt> {
        let (Some(key), Some((_, old))) = (change.old_key(), &change.old) else { return Ok(()) };
        self.refuse_if_changed(key)?;
        let mode = match &change.new {
            Some((_, new)) if !key_differs(table, old, new) => RowMode::NoKeyUpdate,
            _ => RowMode::Update,
        };
        if !must_lock {
            // Nobody else could ask: the lock would end with the statement.
            self.pending.seen.lock(key.table, mode.name(), 1);
            return Ok(());
        }
        self.lock_row(key, mode)
    }

    /// Above READ COMMITTED a row that was changed since the snapshot cannot be changed again, whoever waits.
    pub(super) fn refuse_if_changed(&self, key: RowKey) -> Result<(), SqlError> {
        if !self.transaction().keeps_snapshot() || self.state.history.is_empty() {
            return Ok(());
        }
        match self.state.history.fate(key, self.snapshot().commits) {
            Fate::Same => Ok(()),
            Fate::Newer { .. } => Err(concurrent("update")),
            Fate::Gone => Err(concurrent("delete")),
        }
    }

    fn settle_new(
        &mut self,
        table: &TableDef,
        change: &Change,
        must_lock: bool,
        arbiters: &[KeyId],
    ) -> Result<(), Halt> {
        let overtaken = self.transaction().keeps_snapshot() && self.snapshot().commits != self.state.commits;
        if !must_lock && !overtaken {
            return Ok(());
        }
        let depth = self.transaction().depth();
        for key in &table.keys {
            let entry_of = |row: &[Value]| self.engine.key_entry(table, key, row);
            let old = change.old.as_ref().and_then(|(_, row)| entry_of(row));
            let new = change.new.as_ref().and_then(|(_, row)| entry_of(row));
            if let Some(entry) = old {
                // The row is locked, so nobody else can have written it.
                let _ = self.state.locks.claim(self.session, entry.clone(), depth);
                if new.as_ref() == Some(&entry) {
                    continue;
                }
            }
            let (Some(entry), Some((_, row))) = (new, &change.new) else { continue };
            let claimed = self.state.locks.claim(self.session, entry.clone(), depth);
            if claimed.is_err() && rules::holds(Rule::UniqueWait) {
                return Err(Halt::Wait(Wait::Key(entry)));
            }
            if overtaken && self.is_taken_since(table, key, row)? {
                if arbiters.contains(&key.id) {
                    return Err(Halt::Refused(concurrent("update")));
                }
                self.write_serializable(std::slice::from_ref(change))?;
                return Err(Halt::Refused(duplicate(table, key, row)));
            }
        }
        Ok(())
    }

    /// Whether a commit that the snapshot does not see has taken a unique key.
    pub(super) fn is_taken_since(
        &self,
        table: &TableDef,
        key: &crate::schema::KeyDef,
        row: &[Value],
    ) -> Result<bool, Halt> {
        if self.state.committed.catalog.by_id(table.id).is_none() {
            return Ok(false);
        }
        let Some(found) = self.engine.find_key(&self.state.committed, table, key, row) else {
            return Ok(false);
        };
        let found = RowKey { table: table.id, row: found };
        let own = |entry: &Entry| matches!(entry, Entry::Rows(change) if change.old_key() == Some(found));
        Ok(!self.transaction().log.iter().any(own))
    }

    /// Finds out what a statement collided with, from what it does with OR REPLACE: waits for whoever is still
    /// writing such a key, else returns the error. Ok when the statement can be tried again: what it met was a
    /// ghost. A row that meets one of the `arbiters` is none of its business.
    pub(super) fn collide(
        &mut self,
        catalog: &Rc<Catalog>,
        changes: &[Change],
        arbiters: &[KeyId],
        error: SqlError,
    ) -> Result<(), Halt> {
        let mut met: Vec<&Change> = Vec::new();
        for change in changes {
            let Some(table) = catalog.by_id(change.table) else { continue };
            if change.new.is_none() {
                met.push(change);
                continue;
            }
            let met = std::mem::take(&mut met);
            let decided = table.keys.iter().filter(|key| arbiters.contains(&key.id));
            if decided.into_iter().any(|key| self.taken(table, key, change, &met).is_some()) {
                continue;
            }
            self.settle_old(table, change, true)?;
            if self.meet_keys(table, change, &met)? {
                return Ok(());
            }
        }
        Err(Halt::Refused(error))
    }

    /// Claims the keys of a new row one after the other, as PostgreSQL makes its index entries: the first one that
    /// another transaction is writing is waited for, the first one that a row has is the error. Returns whether
    /// that row was a ghost.
    fn meet_keys(&mut self, table: &TableDef, change: &Change, met: &[&Change]) -> Result<bool, Halt> {
        let Some((_, row)) = &change.new else { return Ok(false) };
        let depth = self.transaction().depth();
        for key in &table.keys {
            let Some(entry) = self.engine.key_entry(table, key, row) else { continue };
            let claimed = self.state.locks.claim(self.session, entry.clone(), depth);
            if claimed.is_err() && rules::holds(Rule::UniqueWait) {
                return Err(Halt::Wait(Wait::Key(entry)));
            }
            if let Some(taken) = self.taken(table, key, change, met) {
                if self.bury_ghost(table, key, row, taken)? {
                    return Ok(true);
                }
                self.write_serializable(std::slice::from_ref(change))?;
                return Err(Halt::Refused(duplicate(table, key, row)));
            }
            let kept = self.transaction().keeps_snapshot() && !self.keeps_key(table, key, change);
            if kept && self.is_taken_since(table, key, row)? {
                self.write_serializable(std::slice::from_ref(change))?;
                return Err(Halt::Refused(duplicate(table, key, row)));
            }
        }
        Ok(false)
    }

    /// The row among `met` that has the key which `change` wants.
    pub(super) fn taken<'c>(
        &self,
        table: &TableDef,
        key: &crate::schema::KeyDef,
        change: &Change,
        met: &[&'c Change],
    ) -> Option<&'c Change> {
        let wanted = self.engine.key_entry(table, key, &change.new.as_ref()?.1)?;
        let has = |other: &&&Change| {
            let row = other.old.as_ref().map(|(_, row)| row);
            row.and_then(|row| self.engine.key_entry(table, key, row)).as_ref() == Some(&wanted)
        };
        met.iter().find(has).copied()
    }

    fn keeps_key(&self, table: &TableDef, key: &crate::schema::KeyDef, change: &Change) -> bool {
        let (Some((_, old)), Some((_, new))) = (&change.old, &change.new) else { return false };
        self.engine.key_entry(table, key, old) == self.engine.key_entry(table, key, new)
    }

    /// Takes a row out of the transaction's view that the snapshot shows but whose key is free by now: PostgreSQL
    /// would show both rows, a b-tree holds one. Returns whether it was such a row.
    pub(super) fn bury_ghost(
        &mut self,
        table: &TableDef,
        key: &crate::schema::KeyDef,
        row: &[Value],
        taken: &Change,
    ) -> Result<bool, Halt> {
        let Some(ghost) = taken.old_key() else { return Ok(false) };
        let changed = self.refuse_if_changed(ghost).is_err();
        if !changed || self.engine.find_key(&self.state.committed, table, key, row).is_some() {
            return Ok(false);
        }
        if self.transaction().level == Level::Serializable {
            // In no serial order is the key both taken, as the snapshot shows it, and free.
            return Err(Halt::Refused(concurrent("delete")));
        }
        let Snapshot { version, commits } = self.view()?;
        let gone = Change { new: None, ..taken.clone() };
        let version = self.engine.apply(&version, &Net::of(std::iter::once(&gone)))?;
        self.transaction_mut().view = Some(Snapshot { version, commits });
        Ok(true)
    }
}

/// Returns PostgreSQL's error for a unique key that exists.
pub(super) fn duplicate(table: &TableDef, key: &crate::schema::KeyDef, row: &[Value]) -> SqlError {
    let message = format!("duplicate key value violates unique constraint \"{}\"", key.name);
    SqlError::new("23505", message).with_detail(format!("Key {} already exists.", table.shown_key(key, row)))
}

/// Returns PostgreSQL's error for a row that another transaction has changed since the snapshot.
pub(super) fn concurrent(what: &str) -> SqlError {
    SqlError::new("40001", format!("could not serialize access due to concurrent {what}"))
}
