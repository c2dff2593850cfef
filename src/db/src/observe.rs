//! Locks and sessions, for looking at.
//!
//! In: a state. Out: lines in the trace's vocabulary. Rows are named by their key, else by their content. Never
//! counted as anybody's statement. Not here: tables and files (`inspect.rs`).

use crate::answer::SessionId;
use crate::change::RowKey;
use crate::engine::Engine;
use crate::locks::{AdvisoryKey, HeldLock, KeyEntry, Lockable, Wait};
use crate::schema::TableId;
use crate::state::{Entry, Session, State, Version};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use unhappy_trace::Value;
use unhappy_trace::database::{LockKind, LockLine, SessionLine, SessionPhase};

/// Returns every lock held and every wait: what is held first, then waits, oldest first.
pub(crate) fn locks(engine: &Engine, state: &State) -> Vec<LockLine> {
    let names = Names::of(engine, state, state.sessions.values().map(|session| &**session));
    let held = state.locks.held().into_iter().map(|held| {
        let (kind, of, mode) = match &held.what {
            HeldLock::Row { row, mode } => (LockKind::Row, names.row(*row), mode.name()),
            HeldLock::Key(entry) => (LockKind::UniqueKey, names.key(entry), ""),
            HeldLock::Heavy { what, mode, .. } => (kind_of(*what), names.heavy(*what), mode.name()),
        };
        LockLine {
            session: held.who.0,
            kind,
            of,
            mode: mode.to_owned(),
            granted: true,
            blocked_by: Vec::new(),
        }
    });
    let waits = state.locks.waits().into_iter().map(|(who, wait, blockers)| {
        let (kind, of, mode) = match &wait {
            Wait::Row { row, mode } => (LockKind::Row, names.row(*row), mode.name()),
            Wait::Key(entry) => (LockKind::UniqueKey, names.key(entry), ""),
            Wait::Heavy { what, mode, .. } => (kind_of(*what), names.heavy(*what), mode.name()),
            Wait::Snapshot(_) => (LockKind::Snapshot, "a safe snapshot".to_owned(), ""),
        };
        let blocked_by = blockers.iter().map(|session| session.0).collect();
        LockLine { session: who.0, kind, of, mode: mode.to_owned(), granted: false, blocked_by }
    });
    held.chain(waits).collect()
}

fn kind_of(what: Lockable) -> LockKind {
    match what {
        Lockable::Table(_) => LockKind::Table,
        Lockable::Advisory(_) => LockKind::Advisory,
    }
}

/// Returns every session that has run a statement and was not closed.
pub(crate) fn sessions(state: &State) -> Vec<SessionLine> {
    state.sessions.iter().map(|(id, session)| session_line(*id, session)).collect()
}

fn session_line(id: SessionId, session: &Session) -> SessionLine {
    let block = session.transaction.as_ref().filter(|it| !it.implicit || session.pending.is_some());
    let phase = match (&session.pending, block) {
        (Some(_), _) => SessionPhase::Waiting,
        (None, None) => SessionPhase::Idle,
        (None, Some(transaction)) if transaction.failed => SessionPhase::Aborted,
        (None, Some(_)) => SessionPhase::InTransaction,
    };
    let changes = block.map_or(0, |it| it.log.iter().filter(|it| matches!(it, Entry::Rows(_))).count());
    let savepoints = block.map(|it| it.savepoints.iter().map(|it| it.name.clone()).collect());
    SessionLine {
        session: id.0,
        phase,
        level: block.map(|transaction| transaction.level.name().to_owned()),
        snapshot: block.and_then(|transaction| transaction.snapshot.as_ref()).map(|it| it.commits),
        changes: changes as u64,
        savepoints: savepoints.unwrap_or_default(),
        statement: session.pending.as_ref().map(|pending| pending.sql.to_string()),
    }
}

/// Names of things that are numbers inside, the same however a state came about.
pub(crate) struct Names<'a> {
    engine: &'a Engine,
    /// What is committed, then what each open transaction sees.
    versions: Vec<&'a Version>,
    rows: RefCell<BTreeMap<RowKey, Rc<str>>>,
}

impl<'a> Names<'a> {
    /// Names of what `state` speaks of, looked for in what the sessions see in this order.
    pub(crate) fn of(
        engine: &'a Engine,
        state: &'a State,
        sessions: impl Iterator<Item = &'a Session>,
    ) -> Names<'a> {
        let transactions = sessions.filter_map(|session| session.transaction.as_ref());
        let views = transactions.flat_map(|it| [it.view.as_ref(), it.snapshot.as_ref()]).flatten();
        let mut versions = vec![&state.committed];
        for view in views {
            // Most sessions share one.
            if !versions.iter().any(|known| Rc::ptr_eq(&known.image, &view.version.image)) {
                versions.push(&view.version);
            }
        }
        Names { engine, versions, rows: RefCell::default() }
    }

    /// `orders (id)=(7)`; the whole row where there is no key.
    pub(crate) fn row(&self, row: RowKey) -> String {
        if let Some(known) = self.rows.borrow().get(&row) {
            return known.to_string();
        }
        let name = self.find_row(row);
        self.rows.borrow_mut().insert(row, Rc::from(name.as_str()));
        name
    }

    fn find_row(&self, row: RowKey) -> String {
        let catalogs = self.versions().map(|version| &version.catalog);
        let Some(table) = catalogs.filter_map(|catalog| catalog.by_id(row.table)).next() else {
            return "a row of a table that is gone".to_owned();
        };
        let found = self.versions().find_map(|version| self.engine.row(version, row));
        let Some(values) = found else { return format!("{} (a row that is gone)", table.name) };
        let key = table.keys.iter().find(|key| key.primary);
        match key {
            Some(key) => format!("{} {}", table.name, table.shown_key(key, &values)),
            None => format!("{} {}", table.name, Value::List(values.to_vec()).canonical_json()),
        }
    }

    /// `orders_pkey=(7)`.
    pub(crate) fn key(&self, entry: &KeyEntry) -> String {
        let found = self.versions().find_map(|version| {
            version.catalog.by_key(entry.key).map(|(table, key)| (table.name.clone(), key.name.clone()))
        });
        let values = crate::engine::shown_entry(entry);
        match found {
            Some((table, key)) => format!("{table} {key}={values}"),
            None => format!("the table name {values}"),
        }
    }

    pub(crate) fn table(&self, id: TableId) -> String {
        let found = self.versions().find_map(|version| version.catalog.by_id(id));
        found.map_or_else(|| "a table that is gone".to_owned(), |table| table.name.clone())
    }

    fn heavy(&self, what: Lockable) -> String {
        match what {
            Lockable::Table(id) => self.table(id),
            Lockable::Advisory(AdvisoryKey::One(key)) => key.to_string(),
            Lockable::Advisory(AdvisoryKey::Two(first, second)) => format!("{first}, {second}"),
        }
    }

    fn versions(&self) -> impl Iterator<Item = &'a Version> {
        self.versions.iter().copied()
    }
}
