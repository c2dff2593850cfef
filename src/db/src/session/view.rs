//! What a transaction sees.
//!
//! READ COMMITTED sees what is committed now, with its own changes; the other levels see one snapshot, taken
//! by the first query, with their own changes. A view that others' commits have overtaken is made again: the
//! transaction's own changes on the newest content.

use super::work::{Halt, Work};
use crate::change::{Change, Net};
use crate::engine::Engine;
use crate::state::{Entry, Snapshot, State, Version};
use std::rc::Rc;

impl Work<'_> {
    /// Takes the snapshots that the statement's beginning calls for.
    pub(super) fn begin_snapshot(&mut self) {
        let committed = Snapshot { version: self.state.committed.clone(), commits: self.state.commits };
        let transaction = self.transaction_mut();
        transaction.queried = true;
        if transaction.keeps_snapshot() {
            if transaction.snapshot.is_none() {
                transaction.snapshot = Some(committed);
                self.begin_serializable();
            }
            return;
        }
        if self.pending.snapshot.is_none() {
            let own = self.view().ok();
            self.pending.snapshot = own.or(Some(committed));
        }
    }

    /// Returns what the transaction sees now.
    pub(super) fn view(&mut self) -> Result<Snapshot, Halt> {
        let (commits, newest) = (self.state.commits, self.state.committed.clone());
        let transaction = self.transaction();
        if let Some(view) = &transaction.view {
            if transaction.keeps_snapshot() || view.commits == commits {
                return Ok(view.clone());
            }
            let version = replay(self.engine, &newest, &transaction.log)?;
            let view = Snapshot { version, commits };
            self.transaction_mut().view = Some(view.clone());
            return Ok(view);
        }
        let kept = if transaction.keeps_snapshot() { transaction.snapshot.clone() } else { None };
        Ok(kept.unwrap_or(Snapshot { version: newest, commits }))
    }

    /// Returns the newest committed content with the transaction's own changes and these.
    pub(super) fn newest_with(&self, seen: &Version, changes: &[Change]) -> Result<Version, Halt> {
        let transaction = self.transaction();
        let overtaken =
            transaction.snapshot.as_ref().is_some_and(|snapshot| snapshot.commits != self.state.commits);
        if !transaction.keeps_snapshot() || !overtaken {
            return Ok(seen.clone());
        }
        let version = replay(self.engine, &self.state.committed, &transaction.log)?;
        Ok(self.engine.apply(&version, &Net::of(changes.iter()))?)
    }
}

/// Makes a transaction's changes again on another version.
///
/// # Errors
/// A constraint that the result breaks: only where SQLite's b-trees cannot hold what PostgreSQL's can.
pub(super) fn replay(engine: &Engine, version: &Version, log: &[Entry]) -> Result<Version, Halt> {
    let mut version = version.clone();
    let mut rows: Vec<&Change> = Vec::new();
    for entry in log {
        match entry {
            Entry::Rows(change) => rows.push(change),
            Entry::Schema(sql) => {
                version = engine.apply(&version, &Net::of(rows.drain(..)))?;
                version = super::schema::again(engine, &version, sql)?;
            }
        }
    }
    Ok(engine.apply(&version, &Net::of(rows.into_iter()))?)
}

/// Adds changes to a transaction's log.
pub(super) fn note(log: &mut Rc<Vec<Entry>>, changes: &[Change]) {
    if !changes.is_empty() {
        Rc::make_mut(log).extend(changes.iter().cloned().map(Entry::Rows));
    }
}

/// Returns how many commits the oldest state that anybody still reads has seen; none when nobody keeps one.
pub(super) fn oldest_read(state: &State) -> Option<u64> {
    let oldest = state.sessions.values().filter_map(|session| {
        let kept = session.transaction.as_ref().and_then(|transaction| transaction.snapshot.as_ref());
        let begun = session.pending.as_ref().and_then(|pending| pending.snapshot.as_ref());
        kept.into_iter().chain(begun).map(|snapshot| snapshot.commits).min()
    });
    oldest.min()
}
