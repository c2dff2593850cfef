//! UPDATE and DELETE.
//!
//! The statement runs on what its session sees; its changes are then locked in order. After a wait at READ
//! COMMITTED it runs again on the newest version of the rows it had found, and only on those: a row that no
//! longer satisfies the condition is left as it is, but stays locked.
//!
//! Rule: PostgreSQL manual 13.2.1; `heapam.c` and `execMain.c` ("EvalPlanQual").

use super::work::{Halt, Work};
use crate::answer::{Done, SqlError, StatementKind};
use crate::change::{Change, RowKey};
use crate::engine::Ran;
use crate::history::Fate;
use crate::locks::RowMode;
use crate::plan::{self, Plan};
use crate::rules::{self, Rule};
use crate::state::{Snapshot, Version};
use std::rc::Rc;
use unhappy_trace::Value;

impl Work<'_> {
    pub(super) fn change(&mut self, plan: &Plan, change: &plan::Change) -> Result<Done, Halt> {
        let base = self.view()?;
        let began = self.snapshot();
        let overtaken = !self.transaction().keeps_snapshot() && base.commits != began.commits;
        if let Some(candidates) = self.pending.candidates.clone().filter(|_| overtaken) {
            return match rules::holds(Rule::Recheck) {
                true => self.change_again(change, &candidates, &base, &began),
                false => self.change_blindly(plan, &base, &began),
            };
        }
        let (ran, changes) = self.run_changing(&plan.main, &base.version, None, &[]);
        let ran = match ran {
            Ok(ran) => ran,
            Err(error) => {
                self.cannot_change(change, &base.version, error)?;
                return self.change(plan, change);
            }
        };
        self.see(&ran);
        self.keep_candidates(&changes);
        self.settle(&base.version.catalog, &changes, &[])?;
        self.finish_change(ran, changes, &base)
    }

    /// What the statement costs is what it cost when it first ran.
    pub(super) fn see(&mut self, ran: &Ran) {
        if self.pending.seen.observed.is_none() {
            self.pending.seen.observed = Some(ran.observed.clone());
        }
    }

    fn keep_candidates(&mut self, changes: &[Change]) {
        if self.must_lock() {
            self.pending.candidates = Some(changes.iter().filter_map(Change::old_key).collect());
        }
    }

    /// Runs the statement on the newest version of the rows it found.
    fn change_again(
        &mut self,
        change: &plan::Change,
        candidates: &[RowKey],
        base: &Snapshot,
        began: &Snapshot,
    ) -> Result<Done, Halt> {
        let rows = self.lock_newest(change, candidates, base, began.commits)?;
        let listed = Value::List(rows.iter().map(|row| Value::Int(row.row)).collect());
        let (ran, changes) = self.run_changing(
            change.recheck(),
            &base.version,
            Some(&began.version),
            std::slice::from_ref(&listed),
        );
        let ran = match ran {
            Ok(ran) => ran,
            Err(error) => {
                self.cannot_change(change, &base.version, error.clone())?;
                return Err(Halt::Refused(error));
            }
        };
        self.settle(&base.version.catalog, &changes, &[])?;
        self.finish_change(ran, changes, base)
    }

    /// What a database without re-checks would do: the rows as they were are changed and written over.
    fn change_blindly(&mut self, plan: &Plan, base: &Snapshot, began: &Snapshot) -> Result<Done, Halt> {
        let (ran, changes) = self.run_changing(&plan.main, &began.version, None, &[]);
        let mut ran = ran?;
        self.settle(&base.version.catalog, &changes, &[])?;
        let net = crate::change::Net::of(changes.iter());
        ran.version = self.engine.apply(&base.version, &net)?;
        self.finish_change(ran, changes, base)
    }

    /// Locks the newest version of each candidate that has changed, and returns the rows that are still there.
    fn lock_newest(
        &mut self,
        change: &plan::Change,
        candidates: &[RowKey],
        base: &Snapshot,
        since: u64,
    ) -> Result<Vec<RowKey>, Halt> {
        let table = base.version.catalog.by_id(change.table);
        let rekeys = table.is_some_and(|table| table.assigns_key(&change.assigned));
        let mode = if change.deletes || rekeys { RowMode::Update } else { RowMode::NoKeyUpdate };
        let mut rows = Vec::with_capacity(candidates.len());
        for candidate in candidates {
            match self.state.history.fate(*candidate, since) {
                Fate::Same => rows.push(*candidate),
                Fate::Gone => {}
                Fate::Newer { row, .. } => {
                    self.lock_row(row, mode)?;
                    rows.push(row);
                }
            }
        }
        Ok(rows)
    }

    /// A constraint stands against the statement: PostgreSQL would have locked rows first. Ok when it can be tried
    /// again.
    fn cannot_change(
        &mut self,
        change: &plan::Change,
        version: &Version,
        error: SqlError,
    ) -> Result<(), Halt> {
        match error.sqlstate {
            "23505" if !change.deletes => {
                let (_, changes) = self.run_changing(change.replacing(), version, None, &[]);
                self.keep_candidates(&changes);
                return self.collide(&version.catalog, &changes, &[], error);
            }
            "23502" | "23514" => self.change_one_by_one(change, version)?,
            _ => {}
        }
        Err(Halt::Refused(error))
    }

    /// NOT NULL and CHECK are looked at before the row is locked (`ExecUpdate`), but after the rows before it were.
    fn change_one_by_one(&mut self, change: &plan::Change, version: &Version) -> Result<(), Halt> {
        let found = self.run(change.candidates(), version, None)?;
        let rows: Rc<[RowKey]> = found
            .rows
            .iter()
            .filter_map(|row| row.first().and_then(Value::as_int))
            .map(|row| RowKey { table: change.table, row })
            .collect();
        self.pending.candidates = Some(Rc::clone(&rows));
        for row in rows.iter() {
            let listed = Value::List(std::iter::once(Value::Int(row.row)).collect());
            let (ran, changes) =
                self.run_changing(change.recheck(), version, Some(version), std::slice::from_ref(&listed));
            ran?;
            self.settle(&version.catalog, &changes, &[])?;
        }
        Ok(())
    }

    /// Checks foreign keys and makes the changes part of the transaction.
    pub(super) fn finish_change(
        &mut self,
        ran: Ran,
        mut changes: Vec<Change>,
        base: &Snapshot,
    ) -> Result<Done, Halt> {
        let version = self.check_foreign_keys(ran.version.clone(), &mut changes)?;
        self.write_serializable(&changes)?;
        self.adopt(version, base.commits, &changes);
        let observed = self.pending.seen.observed.take().unwrap_or_else(|| ran.observed.clone());
        Ok(Done { observed, ..ran.done(StatementKind::Change) })
    }

    /// Makes a version what the transaction sees.
    pub(super) fn adopt(&mut self, version: Version, commits: u64, changes: &[Change]) {
        if changes.is_empty() {
            return;
        }
        let transaction = self.transaction_mut();
        transaction.view = Some(Snapshot { version, commits });
        super::view::note(&mut transaction.log, changes);
    }
}
