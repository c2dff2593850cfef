//! Waiting: what blocks, which timers run meanwhile, what they do when they end.
//!
//! A wait has up to three timers: `deadlock_timeout` starts one check for a deadlock, `lock_timeout` and
//! `statement_timeout` end the statement. The first two start anew with every wait, the third with the
//! statement. Rules: PostgreSQL manual 20.11 and 20.12, 13.3.4; `proc.c`, `deadlock.c`.

use super::commit;
use crate::answer::{Answer, SessionId, SqlError};
use crate::engine::Engine;
use crate::locks::{Checked, Cycle, Lockable, Wait};
use crate::state::{Pending, State, Timers};
use std::rc::Rc;
use unhappy_trace::{SimDuration, SimInstant};

/// Puts a statement aside until what it waits for may be there.
pub(super) fn block(
    state: &mut State,
    session: SessionId,
    pending: Pending,
    wait: Wait,
    now: SimInstant,
) -> Answer {
    state.locks.wait(session, wait);
    let settings = state.settings(session);
    let mut pending = pending;
    pending.timers.statement = (settings.statement_timeout > SimDuration::ZERO)
        .then(|| pending.started.after(settings.statement_timeout));
    pending.seen.waits += 1;
    let on = state.locks.blockers(session);
    state.session_mut(session).pending = Some(Rc::new(pending));
    restart(state, now);
    Answer::Blocked { on }
}

/// Starts the timers of every wait that sleeps for something else than before: the end of a queue place, of one
/// holder after another. Each is a sleep of its own in PostgreSQL (`ProcSleep`).
pub(super) fn restart(state: &mut State, now: SimInstant) {
    if !state.locks.has_waiters() {
        return;
    }
    for session in state.locks.waiting_sessions() {
        let sleep = state.locks.sleep(session);
        let Some(pending) = state.pending(session).filter(|it| sleep.is_some() && it.sleep != sleep) else {
            continue;
        };
        let settings = state.settings(session);
        let after = |time: SimDuration| (time > SimDuration::ZERO).then(|| now.after(time));
        let mut pending = Pending::clone(pending);
        pending.sleep = sleep;
        pending.timers.deadlock = after(settings.deadlock_timeout);
        pending.timers.lock = after(settings.lock_timeout);
        state.session_mut(session).pending = Some(Rc::new(pending));
    }
}

/// What a timer does. In this order when several end at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Deadlock,
    Lock,
    Statement,
}

fn timers(timers: &Timers) -> impl Iterator<Item = (SimInstant, Kind)> {
    let all =
        [(timers.deadlock, Kind::Deadlock), (timers.lock, Kind::Lock), (timers.statement, Kind::Statement)];
    all.into_iter().filter_map(|(at, kind)| at.map(|at| (at, kind)))
}

/// Returns the earliest timer: of equal ones, that of the session that began to wait first.
fn earliest(state: &State) -> Option<(SimInstant, Kind, SessionId)> {
    let waiting = state.locks.waiting_sessions().into_iter().enumerate().filter_map(|(place, session)| {
        let pending = state.pending(session)?;
        let (at, kind) = timers(&pending.timers).min()?;
        Some((at, place, kind, session))
    });
    waiting
        .min_by_key(|(at, place, kind, _)| (*at, *place, *kind))
        .map(|(at, _, kind, session)| (at, kind, session))
}

pub(crate) fn next_timer(state: &State) -> Option<SimInstant> {
    earliest(state).map(|(at, ..)| at)
}

/// Fires the earliest timer that has ended by `now`.
pub(crate) fn fire_timer(
    _engine: &Engine,
    state: &mut State,
    now: SimInstant,
) -> Option<(SessionId, Answer)> {
    state.clock = now;
    let (_, kind, session) = earliest(state).filter(|(at, ..)| *at <= now)?;
    let error = match kind {
        Kind::Deadlock => {
            if let Some(pending) = &mut state.session_mut(session).pending {
                Rc::make_mut(pending).timers.deadlock = None;
            }
            match state.locks.check_deadlock(session) {
                Checked::Victim(cycle) => deadlock(state, &cycle),
                Checked::None => return None,
                Checked::Rearranged => {
                    restart(state, now);
                    return None;
                }
            }
        }
        Kind::Lock => SqlError::new("55P03", "canceling statement due to lock timeout"),
        Kind::Statement => SqlError::new("57014", "canceling statement due to statement timeout"),
    };
    state.locks.end_wait(session);
    state.session_mut(session).pending = None;
    let answer = commit::refuse(state, session, error);
    restart(state, now);
    Some((session, answer))
}

/// Returns PostgreSQL's error for a deadlock, with who waits for whom.
pub(super) fn deadlock(state: &State, cycle: &Cycle) -> SqlError {
    let lines = cycle.steps.iter().map(|(waiter, wait, blocker)| {
        format!("Session {waiter} waits for {}; blocked by session {blocker}.", waited_for(state, wait))
    });
    SqlError::new("40P01", "deadlock detected")
        .with_detail(lines.collect::<Vec<_>>().join("\n"))
        .with_hint("See server log for query details.")
}

/// What a wait is for, in words.
fn waited_for(state: &State, wait: &Wait) -> String {
    let catalog = &state.committed.catalog;
    let table = |id| catalog.by_id(id).map_or("a table", |table| table.name.as_str()).to_owned();
    match wait {
        Wait::Row { row, mode } => format!("{} on a row of \"{}\"", mode.name(), table(row.table)),
        Wait::Key(entry) => match catalog.by_key(entry.key) {
            Some((table, key)) => format!("a value of \"{}\" in \"{}\"", key.name, table.name),
            None => "the name of a table".to_owned(),
        },
        Wait::Heavy { what: Lockable::Table(id), mode, .. } => {
            format!("{} on relation \"{}\"", mode.name(), table(*id))
        }
        Wait::Heavy { what: Lockable::Advisory(_), mode, .. } => {
            format!("{} on an advisory lock", mode.name())
        }
        Wait::Snapshot(_) => "a safe snapshot".to_owned(),
    }
}
