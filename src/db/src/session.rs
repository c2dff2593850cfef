//! Sessions: transactions, snapshots, savepoints, and who may write.
//!
//! In: a state, a session, a statement. Out: an answer and the next state. SQLite's own transactions are never
//! used: a transaction's view is an image of its own.
//!
//! Who may write is decided coarsely: one open transaction at a time. A statement is first run on what its
//! session sees; only when it turns out to change something does it need the right to write. So statements
//! that change nothing never wait, and a waiting statement has changed nothing. Not here: lock queues and
//! deadlocks, which one lock cannot have.
//!
//! Rules: PostgreSQL manual, chapter 13 "Concurrency Control"; SQL commands BEGIN, COMMIT, SAVEPOINT.

use crate::ambient;
use crate::answer::{Answer, Binds, Done, Observed, SessionId, SqlError, StatementKind};
use crate::engine::{Bound, Engine, Entry, Ran};
use crate::sql::command::{Command, Level, Mode};
use crate::sql::rewrite::Locking;
use crate::sql::text::Text;
use crate::state::{Savepoint, State, Transaction, Version};
use std::rc::Rc;
use unhappy_trace::SimInstant;

/// Runs one statement of a session.
pub(crate) fn execute(
    engine: &Engine,
    state: &mut State,
    session: SessionId,
    sql: &str,
    binds: &Binds,
    now: SimInstant,
) -> Answer {
    let entry = engine.entry(sql, &visible(state, session).catalog);
    let text = match &entry.text {
        Ok(text) => text,
        Err(error) => return refuse(state, session, error.clone()),
    };
    let failed = state.sessions.get(&session).is_some_and(|transaction| transaction.failed);
    if failed && !matches!(text.command, Command::Commit | Command::Rollback | Command::RollbackTo(_)) {
        let message = "current transaction is aborted, commands ignored until end of transaction block";
        return Answer::Refused(SqlError::new("25P02", message));
    }
    let outcome = match &text.command {
        Command::Run(kind) => {
            return Call { engine, session, entry: &entry, text, kind: *kind, now }.run(state, binds);
        }
        command => Bound::new(text, binds).and_then(|_| control(state, session, command, now)),
    };
    match outcome {
        Ok(kind) => Answer::Done(control_done(text, kind)),
        Err(error) => refuse(state, session, error),
    }
}

/// Returns what a session's next statement reads.
fn visible(state: &State, session: SessionId) -> &Version {
    let Some(transaction) = state.sessions.get(&session) else { return &state.committed };
    let snapshot = transaction.snapshot.as_ref().map(|(version, _)| version);
    transaction.view.as_ref().or(snapshot).unwrap_or(&state.committed)
}

/// An error aborts the session's transaction. What it wrote since the last savepoint is gone at once, and with
/// it the right to write if it was won since then.
fn refuse(state: &mut State, session: SessionId, error: SqlError) -> Answer {
    if let Some(transaction) = state.sessions.get_mut(&session) {
        transaction.failed = true;
        transaction.view = transaction.savepoints.last().and_then(|savepoint| savepoint.view.clone());
        if transaction.view.is_none() {
            state.release(session);
        }
    }
    Answer::Refused(error)
}

fn control_done(text: &Text, kind: StatementKind) -> Done {
    let observed = Observed {
        shape: Rc::clone(&text.shape),
        rows_visited: 0,
        vm_steps: 0,
        plan: Rc::default(),
        tables_read: Rc::default(),
        in_list: false,
        subquery: false,
    };
    Done { columns: Rc::default(), rows: Vec::new(), changed: 0, kind, observed }
}

/// Runs BEGIN, COMMIT and their relatives.
fn control(
    state: &mut State,
    session: SessionId,
    command: &Command,
    now: SimInstant,
) -> Result<StatementKind, SqlError> {
    match command {
        Command::Begin(mode) => begin(state, session, *mode, now),
        Command::Set(mode) => set(state, session, *mode).map(|()| StatementKind::Begin),
        Command::Commit => Ok(commit(state, session)),
        Command::Rollback => {
            state.end(session);
            Ok(StatementKind::Rollback)
        }
        Command::Savepoint(name) => {
            let transaction = in_block(state, session, "SAVEPOINT")?;
            let savepoint = Savepoint { name: name.clone(), view: transaction.view.clone() };
            transaction.savepoints.push(savepoint);
            Ok(StatementKind::Savepoint)
        }
        Command::Release(name) => {
            let transaction = in_block(state, session, "RELEASE SAVEPOINT")?;
            let index = find(transaction, name)?;
            transaction.savepoints.truncate(index);
            Ok(StatementKind::Savepoint)
        }
        Command::RollbackTo(name) => roll_back_to(state, session, name),
        Command::Run(_) => unreachable!("statements for SQLite are run by the caller"),
    }
}

fn begin(
    state: &mut State,
    session: SessionId,
    mode: Mode,
    now: SimInstant,
) -> Result<StatementKind, SqlError> {
    if state.sessions.contains_key(&session) {
        // PostgreSQL only warns; options work as SET TRANSACTION does.
        return set(state, session, mode).map(|()| StatementKind::Begin);
    }
    let transaction = Transaction {
        level: mode.level.unwrap_or(Level::ReadCommitted),
        read_only: mode.read_only.unwrap_or(false),
        began: now,
        failed: false,
        snapshot: None,
        queried: false,
        view: None,
        savepoints: Vec::new(),
    };
    state.sessions.insert(session, transaction);
    Ok(StatementKind::Begin)
}

/// Outside a transaction, SET TRANSACTION has no effect (PostgreSQL warns).
fn set(state: &mut State, session: SessionId, mode: Mode) -> Result<(), SqlError> {
    let Some(transaction) = state.sessions.get_mut(&session) else { return Ok(()) };
    if let Some(level) = mode.level.filter(|level| *level != transaction.level) {
        if transaction.queried {
            let message = "SET TRANSACTION ISOLATION LEVEL must be called before any query";
            return Err(SqlError::new("25001", message));
        }
        transaction.level = level;
    }
    transaction.read_only = mode.read_only.unwrap_or(transaction.read_only);
    Ok(())
}

fn commit(state: &mut State, session: SessionId) -> StatementKind {
    let Some(transaction) = state.end(session) else { return StatementKind::Commit };
    if transaction.failed {
        return StatementKind::Rollback;
    }
    if let Some(view) = transaction.view {
        state.commit(view);
    }
    StatementKind::Commit
}

fn in_block<'a>(
    state: &'a mut State,
    session: SessionId,
    command: &str,
) -> Result<&'a mut Transaction, SqlError> {
    let message = format!("{command} can only be used in transaction blocks");
    state.sessions.get_mut(&session).ok_or_else(|| SqlError::new("25P01", message))
}

/// The newest savepoint of a name hides older ones.
fn find(transaction: &Transaction, name: &str) -> Result<usize, SqlError> {
    let found = transaction.savepoints.iter().rposition(|savepoint| savepoint.name == name);
    found.ok_or_else(|| SqlError::new("3B001", format!("savepoint \"{name}\" does not exist")))
}

fn roll_back_to(state: &mut State, session: SessionId, name: &str) -> Result<StatementKind, SqlError> {
    let transaction = in_block(state, session, "ROLLBACK TO SAVEPOINT")?;
    let index = find(transaction, name)?;
    transaction.savepoints.truncate(index + 1);
    transaction.view = transaction.savepoints[index].view.clone();
    transaction.failed = false;
    if transaction.view.is_none() {
        state.release(session);
    }
    Ok(StatementKind::Savepoint)
}

/// One statement for SQLite, on its way.
struct Call<'a> {
    engine: &'a Engine,
    session: SessionId,
    entry: &'a Entry,
    text: &'a Text,
    kind: StatementKind,
    now: SimInstant,
}

/// What becomes of a statement that ran.
enum Fate {
    Adopted,
    Blocked(SessionId),
}

impl Call<'_> {
    fn run(&self, state: &mut State, binds: &Binds) -> Answer {
        let random = state.random;
        match self.attempt(state, binds) {
            Ok((ran, Fate::Adopted)) => {
                let Ran { columns, rows, changed, observed, .. } = ran;
                Answer::Done(Done { columns, rows, changed, kind: self.kind, observed })
            }
            Ok((_, Fate::Blocked(writer))) => {
                state.random = random;
                Answer::Blocked { on: vec![writer] }
            }
            Err(error) if self.may_vanish(state, &error) => {
                state.random = random;
                Answer::Blocked { on: state.writer.into_iter().collect() }
            }
            Err(error) => refuse(state, self.session, error),
        }
    }

    /// A collision with a row that another open transaction may be removing, or a parent it may be adding:
    /// wait and see.
    fn may_vanish(&self, state: &State, error: &SqlError) -> bool {
        self.other_writer(state).is_some() && matches!(error.sqlstate, "23505" | "23503")
    }

    fn other_writer(&self, state: &State) -> Option<SessionId> {
        state.writer.filter(|writer| *writer != self.session)
    }

    fn attempt(&self, state: &mut State, binds: &Binds) -> Result<(Ran, Fate), SqlError> {
        let bound = Bound::new(self.text, binds)?;
        let version = self.begin_statement(state)?;
        ambient::set_now(state.sessions.get(&self.session).map_or(self.now, |transaction| transaction.began));
        ambient::set_random(state.random);
        let ran = self.engine.run(&version, self.entry, self.text, &bound);
        state.random = ambient::random_state();
        let ran = ran?;
        let next = self.next_version(&version, &ran)?;
        let locks = self.text.locking != Locking::None && !ran.rows.is_empty();
        if next.is_none() && !locks {
            return Ok((ran, Fate::Adopted));
        }
        let fate = self.write(state, next.unwrap_or(version))?;
        Ok((ran, fate))
    }

    /// Takes the snapshot if this is the first query of a transaction that needs one.
    fn begin_statement(&self, state: &mut State) -> Result<Version, SqlError> {
        let changes = self.kind != StatementKind::Query || self.text.locking != Locking::None;
        let (committed, commits) = (&state.committed, state.commits);
        if let Some(transaction) = state.sessions.get_mut(&self.session) {
            if transaction.read_only && changes {
                let verb = self.text.tokens[0].of(&self.text.source).to_ascii_uppercase();
                let message = format!("cannot execute {verb} in a read-only transaction");
                return Err(SqlError::new("25006", message));
            }
            transaction.queried = true;
            if transaction.level != Level::ReadCommitted && transaction.snapshot.is_none() {
                transaction.snapshot = Some((committed.clone(), commits));
            }
        }
        Ok(visible(state, self.session).clone())
    }

    /// Returns what the database looks like after the statement, if it changed anything.
    fn next_version(&self, before: &Version, ran: &Ran) -> Result<Option<Version>, SqlError> {
        if self.kind == StatementKind::Schema {
            return crate::load::after_schema_change(self.engine, before, self.text).map(Some);
        }
        let changed = !Rc::ptr_eq(&before.image, &ran.image);
        Ok(changed.then(|| Version { image: Rc::clone(&ran.image), catalog: Rc::clone(&before.catalog) }))
    }

    /// Takes the right to write, or says who has it.
    fn write(&self, state: &mut State, next: Version) -> Result<Fate, SqlError> {
        let transaction = state.sessions.get(&self.session);
        let taken_at = transaction.and_then(|transaction| transaction.snapshot.as_ref()).map(|(_, at)| *at);
        if taken_at.is_some_and(|at| at != state.commits) {
            let message = "could not serialize access due to concurrent update";
            return Err(SqlError::new("40001", message));
        }
        if let Some(writer) = self.other_writer(state) {
            if self.text.locking == Locking::NoWait {
                let table = self.engine.first_table(self.entry).unwrap_or_default();
                return Err(SqlError::new(
                    "55P03",
                    format!("could not obtain lock on row in relation \"{table}\""),
                ));
            }
            return Ok(Fate::Blocked(writer));
        }
        match state.sessions.get_mut(&self.session) {
            Some(transaction) => {
                transaction.view = Some(next);
                state.writer = Some(self.session);
            }
            None => state.commit(next),
        }
        Ok(Fate::Adopted)
    }
}
