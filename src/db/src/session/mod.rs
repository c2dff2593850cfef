//! Sessions: PostgreSQL's transactions, locks and isolation levels above SQLite.
//!
//! In: a state, a session, a statement, the instant. Out: an answer and the next state. SQLite's own
//! transactions are never used: what a transaction sees is an image of its own.
//!
//! A statement is attempted from its beginning; when it must wait, the attempt ends with what it waits for, and
//! the statement's decisions so far (what it began with, rows it found, locks it took) are kept. Resuming
//! attempts it again with them. So nothing here ever waits, and a waiting statement has changed nothing.
//!
//! Rules: PostgreSQL manual, chapter 13 "Concurrency Control", section 20.11 and 20.12 (settings).

mod advisory;
mod begin;
mod change;
mod commit;
mod control;
mod foreign;
mod insert;
mod locking;
mod schema;
mod serial;
mod settle;
mod timers;
mod view;
mod work;

pub(crate) use commit::close;
pub(crate) use timers::{fire_timer, next_timer};

use crate::answer::{Answer, Binds, Done, Observed, SessionId, SqlError, StatementKind};
use crate::engine::{Bound, Engine, Entry};
use crate::history::Fate;
use crate::locks::{RowMode, Wait};
use crate::plan::Plan;
use crate::schema::TableDef;
use crate::sql::command::{Command, Level};
use crate::sql::setting::Standing;
use crate::sql::text::Text;
use crate::state::{Pending, Snapshot, State, Transaction, Version};
use std::rc::Rc;
use unhappy_trace::SimInstant;
use work::{Halt, Work};

/// Runs one statement of a session.
pub(crate) fn execute(
    engine: &Engine,
    state: &mut State,
    session: SessionId,
    sql: &str,
    binds: &Binds,
    now: SimInstant,
) -> Answer {
    if state.pending(session).is_some() {
        let message = "another command is already in progress";
        return Answer::Refused(SqlError::new("25000", message));
    }
    let entry = engine.entry(sql, &visible(state, session).catalog);
    if let Some(answer) = fast_read(engine, state, session, &entry, binds, now) {
        return answer;
    }
    // An aborted transaction looks at grammar only: names and types come later (`exec_simple_query`).
    let heard = match &entry.text {
        Ok(text) => text.command.ends_failure(),
        Err(error) => error.sqlstate == "42601",
    };
    if !heard && state.transaction(session).is_some_and(|transaction| transaction.failed) {
        let message = "current transaction is aborted, commands ignored until end of transaction block";
        return Answer::Refused(SqlError::new("25P02", message));
    }
    let text = match &entry.text {
        Ok(text) => text,
        Err(error) => return commit::refuse(state, session, error.clone()),
    };
    if let Err(error) = Bound::new(text, binds) {
        return commit::refuse(state, session, error);
    }
    let pending = Pending::new(sql, binds, now, state);
    attempt(engine, state, session, pending, now)
}

/// A query that nobody can stand in the way of, and that leaves nothing behind but its answer.
fn fast_read(
    engine: &Engine,
    state: &mut State,
    session: SessionId,
    entry: &Entry,
    binds: &Binds,
    now: SimInstant,
) -> Option<Answer> {
    let text = entry.text.as_ref().ok()?;
    let plan = entry.plan().filter(|plan| plan.is_plain_query())?;
    let Undisturbed { version, commits, began, standing } = undisturbed(state, session, plan, now)?;
    let bound = Bound::new(text, binds).ok()?;
    let start = state.counters.clone();
    engine.set_ambient(&start, began);
    crate::ambient::set_standing(standing);
    let ran = engine.run(version, None, text, &plan.main, &bound);
    engine.take_ambient(&start, &mut state.counters);
    state.clock = now;
    Some(match ran {
        Ok(mut ran) => {
            ran.observed.snapshot = commits;
            Answer::Done(ran.done(StatementKind::Query))
        }
        Err(error) => {
            let answer = commit::refuse(state, session, error);
            timers::restart(state, now);
            answer
        }
    })
}

/// What a query reads that need not ask anybody.
struct Undisturbed<'a> {
    version: &'a Version,
    /// How many commits it has seen.
    commits: u64,
    /// What `now()` shows.
    began: SimInstant,
    standing: Standing,
}

/// Finds out whether a plain query can simply read: outside of a transaction block, or inside of one that has its
/// snapshot, its view and its table locks already and keeps no record of its reads.
fn undisturbed<'a>(
    state: &'a State,
    session: SessionId,
    plan: &Plan,
    now: SimInstant,
) -> Option<Undisturbed<'a>> {
    if state.locks.has_strong_locks() {
        return None;
    }
    let settings = state.settings(session);
    let Some(transaction) = state.transaction(session) else {
        let level = settings.default_level;
        let plain = !level.keeps_snapshot() && !settings.default_read_only;
        let standing = Standing { settings, level, read_only: false };
        return plain.then_some(Undisturbed {
            version: &state.committed,
            commits: state.commits,
            began: now,
            standing,
        });
    };
    let Transaction { level, read_only, began, .. } = *transaction;
    if transaction.failed || !transaction.queried || level == Level::Serializable {
        return None;
    }
    let current = |view: &&Snapshot| level.keeps_snapshot() || view.commits == state.commits;
    let version = match &transaction.view {
        Some(view) => &Some(view).filter(current)?.version,
        None if level.keeps_snapshot() => &transaction.snapshot.as_ref()?.version,
        None => &state.committed,
    };
    let table = |name: &String| version.catalog.table(name);
    let locked = |table: &TableDef| state.locks.reads_table(session, table.id);
    let all_locked = plan.reads.iter().filter_map(table).all(locked);
    let standing = Standing { settings, level, read_only };
    let kept = transaction.snapshot.as_ref().filter(|_| level.keeps_snapshot());
    let commits = kept.map_or(state.commits, |snapshot| snapshot.commits);
    all_locked.then_some(Undisturbed { version, commits, began, standing })
}

/// Goes on with a blocked statement.
pub(crate) fn resume(
    engine: &Engine,
    state: &mut State,
    session: SessionId,
    now: SimInstant,
) -> Option<Answer> {
    let pending = state.session_mut(session).pending.take()?;
    Some(attempt(engine, state, session, Rc::unwrap_or_clone(pending), now))
}

/// Attempts a statement.
fn attempt(
    engine: &Engine,
    state: &mut State,
    session: SessionId,
    pending: Pending,
    now: SimInstant,
) -> Answer {
    state.clock = now;
    let answer = attempted(engine, state, session, pending, now);
    timers::restart(state, now);
    answer
}

fn attempted(
    engine: &Engine,
    state: &mut State,
    session: SessionId,
    pending: Pending,
    now: SimInstant,
) -> Answer {
    let entry = engine.entry(&pending.sql, &visible(state, session).catalog);
    let text = match &entry.text {
        Ok(text) => text,
        Err(error) => {
            state.locks.end_wait(session);
            return commit::refuse(state, session, name_taken(&pending, error));
        }
    };
    if !matches!(text.command, Command::Begin(_)) {
        begin::implicitly(state, session, now);
    }
    let mut work = Work { engine, state, session, entry: &entry, text, pending, now };
    match work.carry_out() {
        Ok(done) => {
            work.state.locks.end_wait(session);
            Answer::Done(done)
        }
        Err(Halt::Wait(wait)) => {
            work.hold_tables();
            let pending = work.pending;
            timers::block(state, session, pending, wait, now)
        }
        Err(Halt::Refused(error)) => {
            state.locks.end_wait(session);
            commit::refuse(state, session, error)
        }
    }
}

/// A table's name that was taken while a CREATE TABLE waited for it is a duplicate key of PostgreSQL's catalog.
fn name_taken(pending: &Pending, error: &SqlError) -> SqlError {
    match error.sqlstate {
        "42P07" if pending.seen.waits > 0 => {
            let index = "pg_type_typname_nsp_index";
            SqlError::new("23505", format!("duplicate key value violates unique constraint \"{index}\""))
        }
        _ => error.clone(),
    }
}

/// Whose blocked statement can go on.
pub(crate) fn ready(state: &State) -> Vec<SessionId> {
    let mut ready = state.locks.ready();
    let refused = state.locks.overtaken().into_iter().filter(|who| is_overtaken(state, *who));
    let refused: Vec<_> = refused.filter(|who| !ready.contains(who)).collect();
    ready.extend(refused);
    ready
}

/// Whether an UPDATE or DELETE of a session that keeps its snapshot waits for a row that a commit has changed
/// meanwhile: it fails, whoever has locked the row again. A locking query waits for those too (`heap_lock_tuple`
/// follows the row's versions), and fails then.
fn is_overtaken(state: &State, session: SessionId) -> bool {
    let Some(Wait::Row { row, mode }) = state.locks.waiting(session) else { return false };
    if state.pending(session).is_none_or(|pending| pending.candidates.is_none()) {
        return false;
    }
    let snapshot = state
        .transaction(session)
        .filter(|transaction| transaction.keeps_snapshot())
        .and_then(|transaction| transaction.snapshot.as_ref());
    snapshot.is_some_and(|snapshot| match state.history.fate(*row, snapshot.commits) {
        Fate::Same => false,
        Fate::Newer { key, .. } => key || *mode != RowMode::KeyShare,
        Fate::Gone => true,
    })
}

pub(crate) fn waits_for(state: &State, session: SessionId) -> Vec<SessionId> {
    state.locks.blockers(session)
}

/// Returns the content whose catalog a session's next statement is understood by.
pub(crate) fn visible(state: &State, session: SessionId) -> &Version {
    let Some(transaction) = state.transaction(session) else { return &state.committed };
    let own = transaction.view.as_ref().filter(|view| {
        transaction.keeps_snapshot() || view.commits == state.commits || transaction.changes_schema()
    });
    let snapshot = transaction.snapshot.as_ref();
    own.or(snapshot).map_or(&state.committed, |snapshot| &snapshot.version)
}

/// The answer of a command that reads and changes no rows.
fn control_done(text: &Text, kind: StatementKind) -> Done {
    Done {
        columns: Rc::default(),
        rows: Vec::new(),
        changed: 0,
        kind,
        notices: Vec::new(),
        observed: Observed::nothing(&text.shape),
    }
}
