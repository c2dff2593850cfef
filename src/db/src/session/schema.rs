//! CREATE, ALTER and DROP inside transactions.
//!
//! DDL locks its table ACCESS EXCLUSIVE (CREATE INDEX: SHARE), so nobody else is in it. It is part of the
//! transaction's log and is made again, from its text, when others have committed in between.

use super::work::{Halt, Work};
use crate::answer::{Done, SqlError, StatementKind};
use crate::engine::{Bound, Engine};
use crate::locks::{KeyEntry, TableMode, Wait};
use crate::schema::{Effect, KeyId};
use crate::state::{Entry, Snapshot, Version};
use std::rc::Rc;

impl Work<'_> {
    pub(super) fn change_schema(&mut self) -> Result<Done, Halt> {
        if self.transaction().read_only {
            let verb = self.text.tokens[0].of(&self.text.source).to_ascii_uppercase();
            let object =
                self.text.tokens.get(1).map(|token| token.of(&self.text.source).to_ascii_uppercase());
            let message =
                format!("cannot execute {verb} {} in a read-only transaction", object.unwrap_or_default());
            return Err(SqlError::new("25006", message).into());
        }
        self.lock_for_effect()?;
        self.begin_snapshot();
        let base = self.view()?;
        let began = self.transaction().began;
        self.engine.set_ambient(&self.pending.counters, began);
        let version = again(self.engine, &base.version, &self.text.source);
        crate::load::begin_sequences(self.text);
        self.engine.take_ambient(&self.pending.counters, &mut self.state.counters);
        let version = version?;
        let source = Rc::clone(&self.text.source);
        let transaction = self.transaction_mut();
        transaction.view = Some(Snapshot { version, commits: base.commits });
        Rc::make_mut(&mut transaction.log).push(Entry::Schema(source));
        Ok(self.control_done(StatementKind::Schema))
    }

    fn lock_for_effect(&mut self) -> Result<(), Halt> {
        let catalog = Rc::clone(&super::visible(self.state, self.session).catalog);
        let (table, mode) = match &self.text.effect {
            Effect::AddTable(table) => return self.claim_name(&table.name),
            Effect::AddKey(table, _) | Effect::AddIndex(table, _) => (table.as_str(), TableMode::Share),
            Effect::DropIndex(index) => match catalog.indexes.get(index) {
                Some(table) => (table.as_str(), TableMode::AccessExclusive),
                None => return Ok(()),
            },
            other => match other.relation() {
                Some(table) => (table, TableMode::AccessExclusive),
                None => return Ok(()),
            },
        };
        match catalog.table(table) {
            Some(table) => self.lock_table(table.id, mode),
            None => Ok(()),
        }
    }

    /// Two transactions that create a table of one name: the second waits for the first.
    fn claim_name(&mut self, name: &str) -> Result<(), Halt> {
        let entry = KeyEntry { key: KeyId(0), values: Rc::from(name.as_bytes()) };
        let depth = self.transaction().depth();
        match self.state.locks.claim(self.session, entry.clone(), depth) {
            Ok(()) => Ok(()),
            Err(_) => Err(Halt::Wait(Wait::Key(entry))),
        }
    }
}

/// Runs a statement that changes the schema on a version.
pub(super) fn again(engine: &Engine, version: &Version, sql: &str) -> Result<Version, SqlError> {
    let entry = engine.entry(sql, &version.catalog);
    let text = entry.text.as_ref().map_err(Clone::clone)?;
    let nothing = crate::answer::Binds::default();
    engine.run_schema(version, text, &Bound::new(text, &nothing)?)?;
    crate::load::after_schema_change(engine, version, text)
}
