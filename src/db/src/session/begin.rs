//! The beginning of a transaction.

use crate::answer::SessionId;
use crate::serializable::Tx;
use crate::sql::command::Mode;
use crate::state::{Pending, Seen, State, Timers, Transaction};
use std::rc::Rc;
use unhappy_trace::SimInstant;

/// Begins a transaction for one statement, if the session has none. Returns whether it did.
pub(super) fn implicitly(state: &mut State, session: SessionId, now: SimInstant) -> bool {
    if state.transaction(session).is_some() {
        return false;
    }
    let transaction = Transaction { implicit: true, ..new(state, session, Mode::default(), now) };
    state.session_mut(session).transaction = Some(transaction);
    true
}

/// Begins a transaction block.
pub(super) fn block(state: &mut State, session: SessionId, mode: Mode, now: SimInstant) {
    let transaction = new(state, session, mode, now);
    state.session_mut(session).transaction = Some(transaction);
}

fn new(state: &State, session: SessionId, mode: Mode, now: SimInstant) -> Transaction {
    let settings = state.settings(session);
    Transaction {
        tx: Tx::default(),
        implicit: false,
        level: mode.level.unwrap_or(settings.default_level),
        read_only: mode.read_only.unwrap_or(settings.default_read_only),
        deferrable: mode.deferrable.unwrap_or(false),
        began: now,
        failed: false,
        queried: false,
        snapshot: None,
        view: None,
        log: Rc::default(),
        deferred: Rc::default(),
        savepoints: Rc::default(),
        settings_before: settings,
        settings_lasting: settings,
    }
}

impl Pending {
    /// A statement that has just been sent.
    pub(super) fn new(sql: &str, binds: &crate::answer::Binds, now: SimInstant, state: &State) -> Pending {
        Pending {
            sql: Rc::from(sql),
            binds: Rc::new(binds.clone()),
            started: now,
            snapshot: None,
            candidates: None,
            reads_noted: false,
            child: None,
            parts: Vec::new(),
            counters: state.counters.clone(),
            seen: Seen::default(),
            timers: Timers::default(),
            sleep: None,
        }
    }
}
