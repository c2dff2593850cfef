//! SELECT … FOR UPDATE, FOR NO KEY UPDATE, FOR SHARE, FOR KEY SHARE.
//!
//! Rows are locked one by one in the order of the query, before LIMIT counts them; a row that has changed is
//! read again, and counts only if it still satisfies the query. Order is the snapshot's, values are the newest.
//!
//! Rule: PostgreSQL manual, SELECT, "The Locking Clause", and 13.2.1; `nodeLockRows.c`.

use super::settle::concurrent;
use super::work::{Halt, Work};
use crate::answer::{Done, SqlError, StatementKind};
use crate::change::RowKey;
use crate::engine::Ran;
use crate::history::Fate;
use crate::locks::RowMode;
use crate::plan::{LockingSelect, OnLocked, Relation};
use crate::state::Snapshot;
use unhappy_trace::Value;

/// What became of one row of the result.
enum Locked {
    /// All its rows are locked and unchanged.
    AsFound,
    /// Some have newer values: the row numbers to read again.
    Newer(Vec<Value>),
    /// A row is gone or skipped.
    Dropped,
}

/// How many rows a query wants.
struct Wanted {
    limit: Option<usize>,
    offset: usize,
}

impl Work<'_> {
    pub(super) fn select_and_lock(&mut self, select: &LockingSelect) -> Result<Done, Halt> {
        let ran = self.lock_rows(select)?;
        Ok(ran.done(StatementKind::Query))
    }

    /// Runs a locking query to its end.
    pub(super) fn lock_rows(&mut self, select: &LockingSelect) -> Result<Ran, Halt> {
        let began = match self.transaction().keeps_snapshot() {
            true => self.view()?,
            false => self.snapshot(),
        };
        let mut ran = self.run(&select.candidates, &began.version, None)?;
        let wanted = self.wanted(select, &began)?;
        let enough = wanted.limit.map(|limit| limit.saturating_add(wanted.offset));
        let mut rows = Vec::new();
        for mut row in std::mem::take(&mut ran.rows) {
            if enough.is_some_and(|enough| rows.len() >= enough) {
                break;
            }
            let numbers = row.split_off(select.width.min(row.len()));
            match self.lock_result_row(select, numbers)? {
                Locked::AsFound => rows.push(row),
                Locked::Dropped => {}
                Locked::Newer(numbers) => rows.extend(self.read_again(select, &numbers, &began)?),
            }
        }
        ran.rows = rows.split_off(wanted.offset.min(rows.len()));
        ran.cut_columns(select.width);
        Ok(ran)
    }

    fn wanted(&mut self, select: &LockingSelect, began: &Snapshot) -> Result<Wanted, Halt> {
        let Some(limits) = &select.limits else { return Ok(Wanted { limit: None, offset: 0 }) };
        let found = self.run(&limits.text, &began.version, None)?;
        let number = |index: usize| found.rows.first().and_then(|row| row.get(index)).and_then(Value::as_int);
        // Negative counts were refused by the expression itself; no limit is -1.
        let count = |number: Option<i64>| number.and_then(|number| usize::try_from(number).ok());
        Ok(Wanted { limit: count(number(0)), offset: count(number(1)).unwrap_or(0) })
    }

    fn lock_result_row(&mut self, select: &LockingSelect, numbers: Vec<Value>) -> Result<Locked, Halt> {
        let mut newest = numbers;
        let mut changed = false;
        for index in select.order.iter().copied() {
            let relation = &select.relations[index];
            let Some((mode, on_locked)) = relation.lock else { continue };
            let Some(number) = newest.get(index).and_then(Value::as_int) else { continue };
            let found = RowKey { table: relation.table, row: number };
            let Some((row, newer)) = self.newest_row(found, mode)? else { return Ok(Locked::Dropped) };
            if !self.lock_or_skip(row, mode, on_locked, relation)? {
                return Ok(Locked::Dropped);
            }
            changed |= newer;
            newest[index] = Value::Int(row.row);
        }
        Ok(if changed { Locked::Newer(newest) } else { Locked::AsFound })
    }

    /// Follows a row to its newest version. None when it is gone; the flag says whether to read it again.
    fn newest_row(&self, found: RowKey, mode: RowMode) -> Result<Option<(RowKey, bool)>, SqlError> {
        let keeps = self.transaction().keeps_snapshot();
        match self.state.history.fate(found, self.snapshot().commits) {
            Fate::Same => Ok(Some((found, false))),
            // FOR KEY SHARE does not mind other columns, and shows what the snapshot shows, at every level.
            Fate::Newer { row, key: false } if mode == RowMode::KeyShare => Ok(Some((row, false))),
            Fate::Newer { .. } if keeps => Err(concurrent("update")),
            Fate::Gone if keeps => Err(concurrent("delete")),
            Fate::Newer { row, .. } => Ok(Some((row, true))),
            Fate::Gone => Ok(None),
        }
    }

    fn lock_or_skip(
        &mut self,
        row: RowKey,
        mode: RowMode,
        on_locked: OnLocked,
        relation: &Relation,
    ) -> Result<bool, Halt> {
        match (self.lock_row(row, mode), on_locked) {
            (Ok(()), _) => Ok(true),
            (Err(Halt::Wait(_)), OnLocked::Skip) => Ok(false),
            (Err(Halt::Wait(_)), OnLocked::Fail) => {
                let message = format!("could not obtain lock on row in relation \"{}\"", relation.name);
                Err(Halt::Refused(SqlError::new("55P03", message)))
            }
            (Err(halt), _) => Err(halt),
        }
    }

    /// Reads one row of the result again: locked tables as they are now, the others as at the start.
    fn read_again(
        &mut self,
        select: &LockingSelect,
        numbers: &[Value],
        began: &Snapshot,
    ) -> Result<Option<Vec<Value>>, Halt> {
        let base = self.view()?;
        let ran = self.run_with(select.recheck(), &base.version, Some(&began.version), numbers)?;
        let first = ran.rows.into_iter().next();
        Ok(first.map(|mut row| {
            row.truncate(select.width);
            row
        }))
    }
}
