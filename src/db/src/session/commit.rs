//! The end of a transaction: commit, rollback, error, a session that goes away.

use super::view::{oldest_read, replay};
use super::work::{Halt, Work};
use crate::answer::{Answer, SessionId, SqlError};
use crate::change::{Net, RowKey, key_differs};
use crate::history::Event;
use crate::locks::RowMode;
use crate::schema::Catalog;
use crate::sql::command::Level;
use crate::state::{Entry, State, Transaction, Version};
use std::rc::Rc;

impl Work<'_> {
    /// Commits the session's transaction. May have to wait for a deferred foreign key's parent.
    pub(super) fn commit(&mut self) -> Result<(), Halt> {
        self.check_deferred()?;
        let transaction = self.transaction();
        let (tx, serializable) = (transaction.tx, transaction.level == Level::Serializable);
        if serializable {
            self.state.serializable.before_commit(tx)?;
        }
        let version = self.result()?;
        let transaction = self.state.session_mut(self.session).transaction.take();
        let Some(transaction) = transaction else { return Ok(()) };
        self.state.session_mut(self.session).settings = transaction.settings_lasting;
        let net = published(self.state, self.session, version, &transaction);
        let wrote = |row: RowKey| net.removed.contains_key(&row);
        self.state.locks.end_transaction(self.session, &wrote);
        if serializable {
            self.state.serializable.commit(tx, self.state.commits);
        }
        forget_old(self.state);
        Ok(())
    }

    /// The committed content with the transaction's changes, if it made any.
    fn result(&self) -> Result<Option<Version>, Halt> {
        let transaction = self.transaction();
        let Some(view) = transaction.view.as_ref().filter(|_| !transaction.log.is_empty()) else {
            return Ok(None);
        };
        if view.commits == self.state.commits {
            return Ok(Some(view.version.clone()));
        }
        replay(self.engine, &self.state.committed, &transaction.log).map(Some)
    }
}

/// Makes a transaction's result the committed content, and notes what it did for those who read older content.
fn published(
    state: &mut State,
    session: SessionId,
    version: Option<Version>,
    transaction: &Transaction,
) -> Net {
    let Some(version) = version else { return Net::default() };
    let rows = transaction.log.iter().filter_map(|entry| match entry {
        Entry::Rows(change) => Some(change),
        Entry::Schema(_) => None,
    });
    let net = Net::of(rows);
    let watched = oldest_read(state).is_some();
    state.commit(version);
    if watched {
        let catalog = Rc::clone(&state.committed.catalog);
        note_history(state, session, &net, &catalog);
    }
    net
}

fn note_history(state: &mut State, session: SessionId, net: &Net, catalog: &Catalog) {
    let commit = state.commits;
    let locks = &state.locks;
    let history = Rc::make_mut(&mut state.history);
    let moved = net.live.iter().filter_map(|(key, (origin, row))| origin.map(|origin| (origin, (*key, row))));
    let moved: std::collections::BTreeMap<_, _> = moved.collect();
    for (key, old) in &net.removed {
        let event = match moved.get(key) {
            None => Event::Deleted,
            Some((now, _)) if now != key => Event::Moved(now.row),
            Some((_, new)) => {
                let table = catalog.by_id(key.table);
                // A row that was locked FOR UPDATE first counts as re-keyed (`compute_new_xmax_infomask`).
                let exclusive = locks.wrote_as(session, *key) == Some(RowMode::Update);
                Event::Changed { key: exclusive || table.is_some_and(|table| key_differs(table, old, new)) }
            }
        };
        history.note(commit, *key, event);
    }
}

/// Forgets what nobody can ask about any more.
fn forget_old(state: &mut State) {
    if state.history.is_empty() {
        return;
    }
    let oldest = oldest_read(state);
    let history = Rc::make_mut(&mut state.history);
    match oldest {
        None => history.clear(),
        Some(commit) => history.forget(commit),
    }
}

/// Ends a session's transaction without its changes.
pub(super) fn roll_back(state: &mut State, session: SessionId) -> bool {
    let Some(transaction) = state.session_mut(session).transaction.take() else { return false };
    state.session_mut(session).settings = transaction.settings_before;
    state.locks.end_transaction(session, &|_| false);
    if transaction.level == Level::Serializable {
        state.serializable.roll_back(transaction.tx);
    }
    forget_old(state);
    true
}

/// An error ends a statement outside of a block; inside, it aborts the transaction, and what was written and
/// locked since the last savepoint is given up at once.
pub(super) fn refuse(state: &mut State, session: SessionId, error: SqlError) -> Answer {
    match state.transaction_mut(session) {
        None => {}
        Some(transaction) if transaction.implicit => {
            roll_back(state, session);
        }
        Some(transaction) => {
            transaction.failed = true;
            let depth = transaction.depth();
            restore(transaction, depth.checked_sub(1));
            match depth.checked_sub(1) {
                Some(outer) => state.locks.roll_back_to(session, outer),
                None => {
                    let tx = transaction.tx;
                    state.locks.end_transaction(session, &|_| false);
                    state.serializable.roll_back(tx);
                }
            }
        }
    }
    Answer::Refused(error)
}

/// Goes back to a savepoint by place, or to the beginning.
pub(super) fn restore(transaction: &mut Transaction, savepoint: Option<u32>) {
    let savepoint = savepoint.and_then(|place| transaction.savepoints.get(place as usize)).cloned();
    match savepoint {
        Some(savepoint) => {
            transaction.view = savepoint.view;
            Rc::make_mut(&mut transaction.log).truncate(savepoint.log);
            Rc::make_mut(&mut transaction.deferred).truncate(savepoint.deferred);
        }
        None => {
            transaction.view = None;
            transaction.log = Rc::default();
            transaction.deferred = Rc::default();
        }
    }
}

/// Ends a session: its transaction is rolled back, all its locks go. Returns whether there was a transaction.
pub(crate) fn close(state: &mut State, session: SessionId) -> bool {
    if state.session(session).is_none() {
        return false;
    }
    state.locks.end_wait(session);
    state.session_mut(session).pending = None;
    let open = roll_back(state, session);
    state.locks.end_session(session);
    Rc::make_mut(&mut state.sessions).remove(&session);
    super::timers::restart(state, state.clock);
    open
}
