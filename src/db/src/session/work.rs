//! One statement on its way.

use super::control_done;
use crate::answer::{Done, LockTaken, SessionId, SqlError, StatementKind};
use crate::change::Change;
use crate::engine::{Bound, Engine, Entry, Ran};
use crate::locks::{Asked, Lockable, RowMode, Scope, TableMode, Wait};
use crate::plan::{Action, Plan, Variant};
use crate::schema::TableId;
use crate::sql::command::Command;
use crate::sql::setting::Standing;
use crate::sql::text::Text;
use crate::state::{Pending, Snapshot, State, Transaction, Version};
use std::rc::Rc;
use unhappy_trace::{SimInstant, Value};

/// A statement with everything that it works on.
pub(super) struct Work<'a> {
    pub(super) engine: &'a Engine,
    pub(super) state: &'a mut State,
    pub(super) session: SessionId,
    pub(super) entry: &'a Entry,
    pub(super) text: &'a Text,
    pub(super) pending: Pending,
    pub(super) now: SimInstant,
}

/// Why an attempt ended early.
pub(super) enum Halt {
    /// It must wait for this.
    Wait(Wait),
    Refused(SqlError),
}

impl From<SqlError> for Halt {
    fn from(error: SqlError) -> Halt {
        Halt::Refused(error)
    }
}

impl Work<'_> {
    /// Runs the statement, as far as it gets.
    pub(super) fn carry_out(&mut self) -> Result<Done, Halt> {
        self.pending.seen.locks.clear();
        let mut done = match &self.text.command {
            Command::Run(StatementKind::Schema) => self.change_schema()?,
            Command::Run(_) => self.run_plan()?,
            Command::LockTable(lock) => self.lock_tables(lock)?,
            Command::Explain(sql) => self.explain(sql)?,
            command => return self.control(command),
        };
        self.tell(&mut done);
        if self.transaction().implicit {
            self.commit()?;
        }
        Ok(done)
    }

    /// Adds to an answer what the statement locked, waited for and read.
    fn tell(&mut self, done: &mut Done) {
        let catalog = Rc::clone(&super::visible(self.state, self.session).catalog);
        let locks = self.pending.seen.locks.iter().filter_map(|(table, mode, rows)| {
            let table = catalog.by_id(*table)?.name.clone();
            Some(LockTaken { table, mode, rows: *rows })
        });
        done.observed.locks = locks.collect();
        done.observed.waits = self.pending.seen.waits;
        let kept = self.transaction().snapshot.as_ref().or(self.pending.snapshot.as_ref());
        done.observed.snapshot = kept.map_or(self.state.commits, |snapshot| snapshot.commits);
    }

    pub(super) fn transaction(&self) -> &Transaction {
        self.state.transaction(self.session).expect("a statement runs inside a transaction, maybe its own")
    }

    pub(super) fn transaction_mut(&mut self) -> &mut Transaction {
        self.state
            .transaction_mut(self.session)
            .expect("a statement runs inside a transaction, maybe its own")
    }

    /// Whether an own lock could ever be asked about: only a transaction that outlives its statement, or one
    /// that meets others' locks, must remember what it locked.
    pub(super) fn must_lock(&self) -> bool {
        let locks = &self.state.locks;
        !self.transaction().implicit
            || locks.has_foreign_row_locks(self.session)
            || locks.has_foreign_claims(self.session)
            || locks.waiting(self.session).is_some()
    }

    fn run_plan(&mut self) -> Result<Done, Halt> {
        let plan = self.entry.plan().expect("a statement for SQLite has a plan");
        self.check_read_only(plan)?;
        if let Action::Advisory(calls) = &plan.action {
            self.begin_snapshot();
            return self.call_advisory(calls);
        }
        // `exec_simple_query` takes a snapshot before it locks tables, which lasts where one is kept.
        if self.transaction().keeps_snapshot() {
            self.begin_snapshot();
        }
        self.lock_read_tables(plan)?;
        self.begin_snapshot();
        self.wait_for_safe_snapshot()?;
        let parts = self.locking_parts(plan)?;
        let filled;
        let plan = match parts {
            None => plan,
            Some(counts) => {
                let catalog = Rc::clone(&self.view()?.version.catalog);
                filled = plan.with_rows(&counts, self.text.width(), &catalog);
                &*filled
            }
        };
        self.remember_reads_once(plan)?;
        let done = match &plan.action {
            Action::Query => self.query(plan)?,
            Action::Lock(select) => self.select_and_lock(select)?,
            Action::Change(change) => self.change(plan, change)?,
            Action::Insert(insert) => self.insert(plan, insert)?,
            Action::Advisory(_) => unreachable!("carried out above"),
        };
        Ok(done)
    }

    fn query(&mut self, plan: &Plan) -> Result<Done, Halt> {
        let base = self.view()?;
        let ran = self.run(&plan.main, &base.version, None)?;
        Ok(ran.done(StatementKind::Query))
    }

    /// Runs one of the plan's texts. What it cost is noted when it is the learner's own.
    pub(super) fn run(
        &mut self,
        variant: &Variant,
        version: &Version,
        snapshot: Option<&Version>,
    ) -> Result<Ran, SqlError> {
        self.run_with(variant, version, snapshot, &[])
    }

    /// The same, with values of the engine's own after the statement's.
    pub(super) fn run_with(
        &mut self,
        variant: &Variant,
        version: &Version,
        snapshot: Option<&Version>,
        more: &[Value],
    ) -> Result<Ran, SqlError> {
        let binds = Rc::clone(&self.pending.binds);
        let extra = self.extra_values();
        let mut bound = Bound::new(self.text, &binds)?;
        bound.extend(&extra);
        bound.extend(more);
        let began = self.transaction().began;
        self.engine.set_ambient(&self.pending.counters, began);
        let transaction = self.transaction();
        let (level, read_only) = (transaction.level, transaction.read_only);
        let settings = self.state.settings(self.session);
        crate::ambient::set_standing(Standing { settings, level, read_only });
        let ran = self.engine.run(version, snapshot, self.text, variant, &bound);
        self.engine.take_ambient(&self.pending.counters, &mut self.state.counters);
        ran
    }

    /// Runs a text that changes rows. The version stays as it is; what became of it is in the result.
    pub(super) fn run_changing(
        &mut self,
        variant: &Variant,
        version: &Version,
        snapshot: Option<&Version>,
        more: &[Value],
    ) -> (Result<Ran, SqlError>, Vec<Change>) {
        let catalog = Rc::clone(&version.catalog);
        let (mut ran, changes) =
            crate::engine::watched(&catalog, || self.run_with(variant, version, snapshot, more));
        if let Ok(ran) = &mut ran {
            ran.version = version.changed(Rc::clone(&ran.version.image), &changes);
        }
        (ran, changes)
    }

    /// Values of the locking sub-selects, in order.
    fn extra_values(&self) -> Vec<Value> {
        self.pending.parts.iter().flat_map(|rows| rows.iter().flatten().cloned()).collect()
    }

    fn check_read_only(&self, plan: &Plan) -> Result<(), SqlError> {
        let verb = match &plan.action {
            Action::Change(change) if change.deletes => "DELETE",
            Action::Change(_) => "UPDATE",
            Action::Insert(_) => "INSERT",
            Action::Lock(_) => "SELECT FOR UPDATE",
            Action::Query | Action::Advisory(_) => return Ok(()),
        };
        if !self.transaction().read_only {
            return Ok(());
        }
        Err(SqlError::new("25006", format!("cannot execute {verb} in a read-only transaction")))
    }

    /// Takes the table locks of a statement: ACCESS SHARE on what it reads, ROW SHARE on what it locks rows of,
    /// ROW EXCLUSIVE on what it changes (manual, 13.3.1).
    fn lock_read_tables(&mut self, plan: &Plan) -> Result<(), Halt> {
        for (table, mode) in self.table_locks(plan) {
            self.lock_table(table, mode)?;
        }
        Ok(())
    }

    fn table_locks(&self, plan: &Plan) -> Vec<(TableId, TableMode)> {
        let catalog = &super::visible(self.state, self.session).catalog;
        let target = match &plan.action {
            Action::Change(change) => Some(change.table),
            Action::Insert(insert) => Some(insert.table),
            _ => None,
        };
        let read = plan.reads.iter().filter_map(|name| {
            let table = catalog.table(name)?.id;
            let locks = plan.locks_rows_of(table);
            Some((table, if locks { TableMode::RowShare } else { TableMode::AccessShare }))
        });
        // TRUNCATE is carried out as DELETE, with its own lock (manual, TRUNCATE).
        let truncates = self.text.tokens[0].is_word(&self.text.source, "truncate");
        let mode = if truncates { TableMode::AccessExclusive } else { TableMode::RowExclusive };
        target.map(|table| (table, mode)).into_iter().chain(read).collect()
    }

    /// A statement outside of a transaction block that must wait takes the table locks that it had done without:
    /// others can meet them now.
    pub(super) fn hold_tables(&mut self) {
        if !self.transaction().implicit || self.state.locks.has_strong_locks() {
            return;
        }
        let Some(plan) = self.entry.plan() else { return };
        for (table, mode) in self.table_locks(plan) {
            // Nobody has a lock that could stand in the way.
            let _ = self.state.locks.lock(self.session, Lockable::Table(table), mode, Scope::Transaction(0));
        }
    }

    /// Takes a table lock until the transaction ends.
    pub(super) fn lock_table(&mut self, table: TableId, mode: TableMode) -> Result<(), Halt> {
        if mode > TableMode::AccessShare {
            self.pending.seen.lock(table, mode.name(), 0);
        }
        let weak = mode < TableMode::ShareUpdateExclusive;
        if weak && self.transaction().implicit && !self.state.locks.has_strong_locks() {
            return Ok(());
        }
        let scope = Scope::Transaction(self.transaction().depth());
        self.lock_heavy(Lockable::Table(table), mode, scope)
    }

    pub(super) fn lock_heavy(&mut self, what: Lockable, mode: TableMode, scope: Scope) -> Result<(), Halt> {
        match self.state.locks.lock(self.session, what, mode, scope) {
            Asked::Granted => Ok(()),
            Asked::Wait(_) => Err(Halt::Wait(Wait::Heavy { what, mode, scope })),
            Asked::Deadlock(cycle) => Err(Halt::Refused(super::timers::deadlock(self.state, &cycle))),
        }
    }

    /// Locks a row, or says that it must be waited for.
    pub(super) fn lock_row(&mut self, row: crate::change::RowKey, mode: RowMode) -> Result<(), Halt> {
        let depth = self.transaction().depth();
        match self.state.locks.lock_row(self.session, row, mode, depth) {
            Ok(()) => {
                self.pending.seen.lock(row.table, mode.name(), 1);
                Ok(())
            }
            Err(_) => Err(Halt::Wait(Wait::Row { row, mode })),
        }
    }

    /// Runs the locking sub-selects that have not run yet. Returns how many rows each gave.
    fn locking_parts(&mut self, plan: &Plan) -> Result<Option<Vec<usize>>, Halt> {
        if plan.locking_parts.is_empty() {
            return Ok(None);
        }
        for index in self.pending.parts.len()..plan.locking_parts.len() {
            let part = Rc::clone(&plan.locking_parts[index]);
            let Action::Lock(select) = &part.action else {
                return Err(Halt::Refused(SqlError::new(
                    "0A000",
                    "a sub-select with FOR UPDATE of this form is not available here",
                )));
            };
            let rows = self.lock_rows(select)?.rows;
            self.pending.parts.push(Rc::new(rows));
            self.remember_reads(&part, Vec::new())?;
        }
        // The statement itself sees what is there now that the rows are locked.
        if !self.transaction().keeps_snapshot() && self.pending.candidates.is_none() {
            self.pending.snapshot = None;
            self.begin_snapshot();
        }
        Ok(Some(self.pending.parts.iter().map(|rows| rows.len()).collect()))
    }

    /// The snapshot that the statement reads, once it has begun.
    pub(super) fn snapshot(&self) -> Snapshot {
        let transaction = self.transaction();
        let own = if transaction.keeps_snapshot() { transaction.snapshot.as_ref() } else { None };
        own.or(self.pending.snapshot.as_ref()).cloned().expect("the statement has begun")
    }

    pub(super) fn control_done(&self, kind: StatementKind) -> Done {
        control_done(self.text, kind)
    }
}
