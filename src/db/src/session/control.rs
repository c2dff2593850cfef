//! BEGIN, COMMIT, ROLLBACK, savepoints, SET, SHOW, LOCK TABLE, EXPLAIN.
//!
//! Rules: PostgreSQL manual, "SQL Commands".

use super::begin;
use super::commit;
use super::work::{Halt, Work};
use crate::answer::{Done, SqlError, StatementKind};
use crate::locks::Lockable;
use crate::locks::Scope;
use crate::rules::{self, Rule};
use crate::sql::command::{Command, Level, LockTable, Mode};
use crate::sql::setting::{Setting, Standing};
use crate::state::{Savepoint, Transaction};
use std::rc::Rc;
use unhappy_trace::Value;

impl Work<'_> {
    /// Runs a command that is no statement for SQLite.
    pub(super) fn control(&mut self, command: &Command) -> Result<Done, Halt> {
        let mut notices = Vec::new();
        let (kind, shown) = match command {
            Command::Begin(mode) => (self.begin(*mode, &mut notices)?, None),
            Command::SetTransaction(mode) => (self.set_mode(*mode, &mut notices)?, None),
            Command::SetDefaults(mode) => (self.set_defaults(*mode), None),
            Command::Set(setting) => (self.set(setting)?, None),
            Command::Show(name) => (StatementKind::Query, Some((name.clone(), self.shown(name)?))),
            Command::Commit { chain } => (self.chain(*chain, |work| work.end(&mut notices))?, None),
            Command::Rollback { chain } => (self.chain(*chain, |work| work.give_up(&mut notices))?, None),
            Command::Savepoint(name) => (self.savepoint(name)?, None),
            Command::Release(name) => (self.release(name)?, None),
            Command::RollbackTo(name) => (self.roll_back_to(name)?, None),
            Command::Run(_) | Command::LockTable(_) | Command::Explain(_) => {
                unreachable!("carried out elsewhere")
            }
        };
        if self.state.transaction(self.session).is_some_and(|transaction| transaction.implicit) {
            self.commit()?;
        }
        let mut done = self.control_done(kind);
        done.notices = notices;
        if let Some((name, value)) = shown {
            done.columns = Rc::from([name]);
            done.rows = vec![vec![Value::Text(value)]];
        }
        Ok(done)
    }

    fn begin(&mut self, mode: Mode, notices: &mut Vec<SqlError>) -> Result<StatementKind, Halt> {
        if self.state.transaction(self.session).is_some() {
            notices.push(SqlError::new("25001", "there is already a transaction in progress"));
            return self.set_mode(mode, &mut Vec::new());
        }
        begin::block(self.state, self.session, mode, self.now);
        Ok(StatementKind::Begin)
    }

    /// Ends a transaction and, if asked, begins another with the same options.
    fn chain(
        &mut self,
        chain: bool,
        end: impl FnOnce(&mut Self) -> Result<StatementKind, Halt>,
    ) -> Result<StatementKind, Halt> {
        let transaction = self.transaction();
        if chain && transaction.implicit {
            let message = "COMMIT AND CHAIN can only be used in transaction blocks";
            return Err(SqlError::new("25P01", message).into());
        }
        let mode = Mode {
            level: Some(transaction.level),
            read_only: Some(transaction.read_only),
            deferrable: Some(transaction.deferrable),
        };
        let kind = end(self)?;
        if chain {
            begin::block(self.state, self.session, mode, self.now);
        }
        Ok(kind)
    }

    fn give_up(&mut self, notices: &mut Vec<SqlError>) -> Result<StatementKind, Halt> {
        if self.transaction().implicit {
            notices.push(no_transaction());
        }
        commit::roll_back(self.state, self.session);
        Ok(StatementKind::Rollback)
    }

    fn end(&mut self, notices: &mut Vec<SqlError>) -> Result<StatementKind, Halt> {
        let transaction = self.transaction();
        if transaction.implicit {
            notices.push(no_transaction());
            return Ok(StatementKind::Commit);
        }
        if transaction.failed {
            commit::roll_back(self.state, self.session);
            return Ok(StatementKind::Rollback);
        }
        match self.commit() {
            Ok(()) => Ok(StatementKind::Commit),
            Err(Halt::Refused(error)) => {
                // A COMMIT that fails has ended the transaction.
                commit::roll_back(self.state, self.session);
                Err(Halt::Refused(error))
            }
            Err(wait) => Err(wait),
        }
    }

    fn set_mode(&mut self, mode: Mode, notices: &mut Vec<SqlError>) -> Result<StatementKind, Halt> {
        let transaction = self.transaction_mut();
        if transaction.implicit {
            let message = "SET TRANSACTION can only be used in transaction blocks";
            notices.push(SqlError::new("25P01", message));
            return Ok(StatementKind::Begin);
        }
        let begun = transaction.queried;
        if let Some(level) = mode.level.filter(|level| *level != transaction.level) {
            if begun {
                let message = "SET TRANSACTION ISOLATION LEVEL must be called before any query";
                return Err(SqlError::new("25001", message).into());
            }
            if !transaction.savepoints.is_empty() {
                let message = "SET TRANSACTION ISOLATION LEVEL must not be called in a subtransaction";
                return Err(SqlError::new("25001", message).into());
            }
            transaction.level = level;
        }
        if mode.read_only == Some(false) && transaction.read_only && begun {
            let message = "transaction read-write mode must be set before any query";
            return Err(SqlError::new("25001", message).into());
        }
        transaction.read_only = mode.read_only.unwrap_or(transaction.read_only);
        if let Some(deferrable) = mode.deferrable {
            if begun {
                let message = "SET TRANSACTION [NOT] DEFERRABLE must be called before any query";
                return Err(SqlError::new("25001", message).into());
            }
            transaction.deferrable = deferrable;
        }
        Ok(StatementKind::Begin)
    }

    fn set_defaults(&mut self, mode: Mode) -> StatementKind {
        let session = self.state.session_mut(self.session);
        let lasting = session.transaction.as_mut().map(|transaction| &mut transaction.settings_lasting);
        for settings in std::iter::once(&mut session.settings).chain(lasting) {
            settings.default_level = mode.level.unwrap_or(settings.default_level);
            settings.default_read_only = mode.read_only.unwrap_or(settings.default_read_only);
        }
        StatementKind::Begin
    }

    fn set(&mut self, setting: &Setting) -> Result<StatementKind, Halt> {
        if setting.name == "transaction_isolation" {
            let level = setting.level()?;
            return self.set_mode(Mode { level: Some(level), ..Mode::default() }, &mut Vec::new());
        }
        let session = self.state.session_mut(self.session);
        setting.apply(&mut session.settings)?;
        if let Some(transaction) = session.transaction.as_mut().filter(|_| !setting.local) {
            setting.apply(&mut transaction.settings_lasting)?;
        }
        Ok(StatementKind::Begin)
    }

    fn shown(&self, name: &str) -> Result<String, SqlError> {
        let transaction = self.transaction();
        let standing = Standing {
            settings: self.state.settings(self.session),
            level: transaction.level,
            read_only: transaction.read_only,
        };
        standing.shown(name).ok_or_else(|| Setting::unknown(name))
    }

    fn savepoint(&mut self, name: &str) -> Result<StatementKind, Halt> {
        let settings = self.state.settings(self.session);
        let tx = self.transaction().tx;
        let written = self.state.serializable.written(tx);
        let transaction = self.in_block("SAVEPOINT")?;
        let savepoint = Savepoint {
            written,
            name: name.to_owned(),
            view: transaction.view.clone(),
            log: transaction.log.len(),
            deferred: transaction.deferred.len(),
            settings,
            settings_lasting: transaction.settings_lasting,
        };
        Rc::make_mut(&mut transaction.savepoints).push(savepoint);
        Ok(StatementKind::Savepoint)
    }

    fn release(&mut self, name: &str) -> Result<StatementKind, Halt> {
        let transaction = self.in_block("RELEASE SAVEPOINT")?;
        let place = find(transaction, name)?;
        Rc::make_mut(&mut transaction.savepoints).truncate(place);
        self.state.locks.release_savepoint(self.session, place as u32);
        Ok(StatementKind::Savepoint)
    }

    /// The savepoint stays; what came after it goes, locks too.
    fn roll_back_to(&mut self, name: &str) -> Result<StatementKind, Halt> {
        let transaction = self.in_block("ROLLBACK TO SAVEPOINT")?;
        let place = find(transaction, name)?;
        Rc::make_mut(&mut transaction.savepoints).truncate(place + 1);
        commit::restore(transaction, Some(place as u32));
        transaction.failed = false;
        let savepoint = transaction.savepoints[place].clone();
        transaction.settings_lasting = savepoint.settings_lasting;
        self.state.session_mut(self.session).settings = savepoint.settings;
        if rules::holds(Rule::SavepointRelease) {
            self.state.locks.roll_back_to(self.session, place as u32);
        }
        let tx = self.transaction().tx;
        self.state.serializable.roll_back_to(tx, savepoint.written);
        Ok(StatementKind::Savepoint)
    }

    fn in_block(&mut self, command: &str) -> Result<&mut Transaction, SqlError> {
        let transaction = self.transaction_mut();
        if transaction.implicit {
            let message = format!("{command} can only be used in transaction blocks");
            return Err(SqlError::new("25P01", message));
        }
        Ok(transaction)
    }

    pub(super) fn lock_tables(&mut self, lock: &LockTable) -> Result<Done, Halt> {
        self.in_block("LOCK TABLE")?;
        let catalog = Rc::clone(&super::visible(self.state, self.session).catalog);
        for name in &lock.tables {
            let table = catalog
                .table(name)
                .ok_or_else(|| SqlError::new("42P01", format!("relation \"{name}\" does not exist")))?;
            let scope = Scope::Transaction(self.transaction().depth());
            if lock.no_wait {
                let what = Lockable::Table(table.id);
                if self.state.locks.try_lock(self.session, what, lock.mode, scope).is_err() {
                    let message = format!("could not obtain lock on relation \"{name}\"");
                    return Err(SqlError::new("55P03", message).into());
                }
                continue;
            }
            self.lock_heavy(Lockable::Table(table.id), lock.mode, scope)?;
        }
        Ok(self.control_done(StatementKind::Lock))
    }

    /// The plan of a statement that is not run, as lines of text.
    pub(super) fn explain(&mut self, sql: &str) -> Result<Done, Halt> {
        self.begin_snapshot();
        let version = self.view()?.version;
        let nodes = self.engine.plan_of(&version, sql, &self.pending.binds)?;
        let lines = nodes.iter().map(|node| {
            let indent = "  ".repeat(node.depth as usize);
            let arrow = if node.depth > 0 { "->  " } else { "" };
            vec![Value::Text(format!("{indent}{arrow}{}", node.text))]
        });
        let mut done = self.control_done(StatementKind::Query);
        done.columns = Rc::from(["QUERY PLAN".to_owned()]);
        done.rows = lines.collect();
        Ok(done)
    }
}

/// The newest savepoint of a name hides older ones.
fn find(transaction: &Transaction, name: &str) -> Result<usize, SqlError> {
    let found = transaction.savepoints.iter().rposition(|savepoint| savepoint.name == name);
    found.ok_or_else(|| SqlError::new("3B001", format!("savepoint \"{name}\" does not exist")))
}

fn no_transaction() -> SqlError {
    SqlError::new("25P01", "there is no transaction in progress")
}

impl Level {
    /// Whether a transaction reads one snapshot all the time.
    pub(crate) fn keeps_snapshot(self) -> bool {
        matches!(self, Level::RepeatableRead | Level::Serializable)
    }

    /// The level's name as SHOW prints it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Level::ReadUncommitted => "read uncommitted",
            Level::ReadCommitted => "read committed",
            Level::RepeatableRead => "repeatable read",
            Level::Serializable => "serializable",
        }
    }
}
