//! SERIALIZABLE: what a transaction read and wrote, told to the bookkeeping of read/write conflicts.
//!
//! Rule: `serializable/`.

use super::work::{Halt, Work};
use crate::answer::SqlError;
use crate::change::Change;
use crate::engine::Engine;
use crate::locks::Wait;
use crate::plan::Plan;
use crate::rules::{self, Rule};
use crate::serializable::{Safety, Tx, Unserializable};
use crate::sql::command::Level;
use crate::state::{Read, Version};
use std::rc::Rc;
use unhappy_trace::Value;

impl Work<'_> {
    fn is_serializable(&self) -> bool {
        self.transaction().level == Level::Serializable
    }

    /// Registers the transaction now that it takes its snapshot: its number says when that was.
    pub(super) fn begin_serializable(&mut self) {
        if !self.is_serializable() {
            return;
        }
        self.state.counters.transactions += 1;
        let tx = Tx(self.state.counters.transactions);
        let transaction = self.transaction_mut();
        transaction.tx = tx;
        let (read_only, deferrable) = (transaction.read_only, transaction.deferrable);
        let commits = self.state.commits;
        self.state.serializable.begin(tx, self.session, commits, read_only, deferrable);
    }

    /// READ ONLY DEFERRABLE waits until its snapshot is known to be safe, and takes another when it is not
    /// (manual, SET TRANSACTION).
    pub(super) fn wait_for_safe_snapshot(&mut self) -> Result<(), Halt> {
        let transaction = self.transaction();
        if !(self.is_serializable() && transaction.read_only && transaction.deferrable) {
            return Ok(());
        }
        loop {
            let tx = self.transaction().tx;
            match self.state.serializable.safety(tx) {
                Safety::Safe => return Ok(()),
                Safety::Unsettled(sessions) => return Err(Halt::Wait(Wait::Snapshot(sessions))),
                Safety::Unsafe => {
                    self.state.serializable.roll_back(tx);
                    self.transaction_mut().snapshot = None;
                    self.begin_snapshot();
                }
            }
        }
    }

    /// Remembers what a statement reads, before it writes or waits, as its scan does.
    pub(super) fn remember_reads_once(&mut self, plan: &Plan) -> Result<(), Halt> {
        if self.pending.reads_noted {
            return Ok(());
        }
        self.pending.reads_noted = true;
        let parts = self.pending.parts.iter().flat_map(|rows| rows.iter().flatten().cloned()).collect();
        self.remember_reads(plan, parts)
    }

    /// Remembers what a query has read. `parts` are the values that its locking sub-selects gave.
    pub(super) fn remember_reads(&mut self, plan: &Plan, parts: Vec<Value>) -> Result<(), Halt> {
        if !self.is_serializable() {
            return Ok(());
        }
        let tx = self.transaction().tx;
        let values: Rc<[Value]> = self.condition_values(parts).into();
        let (engine, version) = (self.engine, self.state.committed.clone());
        for (table, condition) in &plan.predicates.0 {
            let condition = condition.as_ref().map(|text| (Rc::clone(text), Rc::clone(&values)));
            let read = Read { table: *table, condition };
            let mut conflicts = |read: &Read, change: &Change| meets(engine, &version, read, change);
            self.state.serializable.read(tx, read, &mut conflicts)?;
        }
        Ok(())
    }

    pub(super) fn write_serializable(&mut self, changes: &[Change]) -> Result<(), Halt> {
        if !self.is_serializable() {
            return Ok(());
        }
        let tx = self.transaction().tx;
        if changes.is_empty() {
            return Ok(self.state.serializable.check_doomed(tx)?);
        }
        let (engine, version) = (self.engine, self.state.committed.clone());
        let mut conflicts = |read: &Read, change: &Change| meets(engine, &version, read, change);
        Ok(self.state.serializable.write(tx, changes, &mut conflicts)?)
    }

    /// The statement's values in the order of its parameters, with those of its locking sub-selects.
    fn condition_values(&self, parts: Vec<Value>) -> Vec<Value> {
        let binds = &self.pending.binds.0;
        let named = self.text.params.iter().map(|param| {
            binds.iter().find(|(name, _)| *name == param.name).map_or(Value::Null, |(_, value)| value.clone())
        });
        named.chain(parts).collect()
    }
}

/// Whether a write touches what was read: the row before or after it satisfies the condition.
fn meets(engine: &Engine, version: &Version, read: &Read, change: &Change) -> bool {
    if read.table != change.table || !rules::holds(Rule::PredicateConflict) {
        return false;
    }
    let Some((condition, values)) = &read.condition else { return true };
    let rows = [&change.old, &change.new].into_iter().flatten();
    rows.into_iter().any(|(_, row)| engine.holds(version, condition, values, row))
}

impl From<Unserializable> for Halt {
    fn from(refusal: Unserializable) -> Halt {
        let error = SqlError::new("40001", refusal.message());
        Halt::Refused(error.with_detail(refusal.detail()).with_hint(refusal.hint()))
    }
}
