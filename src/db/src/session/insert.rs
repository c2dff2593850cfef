//! INSERT, with ON CONFLICT.
//!
//! New rows go into what is there now, whatever the snapshot: uniqueness is not a matter of snapshots. So after
//! a wait the statement runs again on the newest content, while the query that feeds it reads what it began
//! with.
//!
//! Rules: PostgreSQL manual, INSERT, "ON CONFLICT Clause"; 13.2.2 (40001 for a row that the snapshot does not
//! see); `execIndexing.c`.

use super::settle::concurrent;
use super::work::{Halt, Work};
use crate::answer::{Done, SqlError};
use crate::change::{Change, RowKey};
use crate::locks::{RowMode, Wait};
use crate::plan::{Insert, OnConflict, Plan};
use crate::schema::TableDef;
use crate::state::Version;
use std::collections::BTreeSet;

impl Work<'_> {
    pub(super) fn insert(&mut self, plan: &Plan, insert: &Insert) -> Result<Done, Halt> {
        let arbiters = insert.conflict.as_ref().map_or(&[][..], |conflict| &conflict.arbiters);
        let mut base = self.view()?;
        let began = self.snapshot();
        while let Some(conflict) = &insert.conflict {
            if !self.meet_conflicts(insert, conflict, &base.version)? {
                break;
            }
            base = self.view()?;
        }
        let overtaken = !self.transaction().keeps_snapshot() && base.commits != began.commits;
        let (ran, changes) = match overtaken {
            true => self.run_changing(insert.again(), &base.version, Some(&began.version), &[]),
            false => self.run_changing(&plan.main, &base.version, None, &[]),
        };
        let ran = match ran {
            Ok(ran) => ran,
            Err(error) if error.sqlstate == "23505" => {
                let (_, changes) = self.run_changing(insert.replacing(), &base.version, None, &[]);
                self.collide(&base.version.catalog, &changes, arbiters, error)?;
                return self.insert(plan, insert);
            }
            Err(error) => return Err(Halt::Refused(error)),
        };
        self.see(&ran);
        if insert.conflict.is_some() {
            refuse_twice(&changes)?;
        }
        self.settle(&base.version.catalog, &changes, arbiters)?;
        self.finish_change(ran, changes, &base)
    }

    /// ON CONFLICT waits for whoever is writing a row with a proposed key, and for nothing when the snapshot does
    /// not show the row as it is (40001). DO UPDATE locks the row it meets, even when its WHERE leaves it alone.
    /// Returns whether it met a ghost: then it must look again.
    fn meet_conflicts(
        &mut self,
        insert: &Insert,
        conflict: &OnConflict,
        version: &Version,
    ) -> Result<bool, Halt> {
        let locks_unchanged = conflict.updates == Some(true) && self.must_lock();
        let overtaken = self.transaction().keeps_snapshot() && !self.state.history.is_empty();
        if !self.state.locks.has_foreign_claims(self.session) && !locks_unchanged && !overtaken {
            return Ok(false);
        }
        let (_, changes) = self.run_changing(insert.replacing(), version, None, &[]);
        let Some(table) = version.catalog.by_id(insert.table) else { return Ok(false) };
        let mut met: Vec<&Change> = Vec::new();
        for change in &changes {
            if change.new.is_none() {
                met.push(change);
            } else if self.meet(table, conflict, change, &std::mem::take(&mut met), locks_unchanged)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Looks for the first arbiter index that stands against a proposed row; the others do not matter then.
    fn meet(
        &mut self,
        table: &TableDef,
        conflict: &OnConflict,
        change: &Change,
        met: &[&Change],
        locks: bool,
    ) -> Result<bool, Halt> {
        let Some((_, row)) = &change.new else { return Ok(false) };
        for key in table.keys.iter().filter(|key| conflict.arbiters.contains(&key.id)) {
            let Some(entry) = self.engine.key_entry(table, key, row) else { continue };
            if !self.state.locks.claimants(self.session, &entry).is_empty() {
                return Err(Halt::Wait(Wait::Key(entry)));
            }
            let Some(taken) = self.taken(table, key, change, met) else {
                if self.transaction().keeps_snapshot() && self.is_taken_since(table, key, row)? {
                    return Err(Halt::Refused(concurrent("update")));
                }
                continue;
            };
            if self.bury_ghost(table, key, row, taken)? {
                return Ok(true);
            }
            let Some(taken) = taken.old_key() else { continue };
            self.refuse_if_changed(taken)?;
            if locks {
                self.lock_row(taken, RowMode::NoKeyUpdate)?;
            }
            return Ok(false);
        }
        Ok(false)
    }
}

/// One command must not meet a row twice.
fn refuse_twice(changes: &[Change]) -> Result<(), SqlError> {
    let mut written: BTreeSet<RowKey> = BTreeSet::new();
    for change in changes {
        if change.old_key().is_some_and(|key| written.contains(&key)) {
            let message = "ON CONFLICT DO UPDATE command cannot affect row a second time";
            return Err(SqlError::new("21000", message).with_hint(
                "Ensure that no rows proposed for insertion within the same command have duplicate \
                 constrained values.",
            ));
        }
        written.extend(change.new_key());
    }
    Ok(())
}
