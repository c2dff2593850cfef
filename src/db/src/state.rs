//! The database as a value.
//!
//! A copy is a few references, so a snapshot, a savepoint and a fork are all copies. Ordered maps only. Not
//! here: what statements do to it (`session/`).

use crate::ambient::Sequences;
use crate::answer::{Binds, SessionId};
use crate::change::{Change, RowKey};
use crate::content::Content;
use crate::history::History;
use crate::locks::{Locks, Sleep};
use crate::plan::Condition;
use crate::schema::{Catalog, TableId};
use crate::serializable::{Predicate, Serializable, Tx};
use crate::sql::command::Level;
use crate::vfs::Image;
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;
use unhappy_trace::{SimDuration, SimInstant, Value};

/// A whole database: committed content, sessions, locks, sequences. A copy is a few references.
#[derive(Clone)]
pub struct State {
    pub(crate) committed: Version,
    /// Commits that changed something, so far. Orders snapshots.
    pub(crate) commits: u64,
    pub(crate) sessions: Rc<BTreeMap<SessionId, Rc<Session>>>,
    pub(crate) locks: Locks,
    pub(crate) history: Rc<History>,
    pub(crate) serializable: Serializable<Read>,
    pub(crate) counters: Counters,
    /// The latest instant that a call came with.
    pub(crate) clock: SimInstant,
}

/// What no transaction rolls back.
#[derive(Clone, Default)]
pub(crate) struct Counters {
    /// State of `random()` and `gen_random_uuid()`.
    pub(crate) random: u64,
    /// Last value of each sequence, by name.
    pub(crate) sequences: Sequences,
    /// Last number given to a row of a table without an integer key.
    pub(crate) rows: i64,
    /// Snapshots that SERIALIZABLE transactions have taken.
    pub(crate) transactions: u64,
}

/// Content with the catalog that describes it.
#[derive(Clone, Default)]
pub(crate) struct Version {
    pub(crate) image: Image,
    pub(crate) catalog: Rc<Catalog>,
    /// What is known of the content.
    pub(crate) content: Rc<Content>,
}

/// Content as it was after a number of commits.
#[derive(Clone)]
pub(crate) struct Snapshot {
    pub(crate) version: Version,
    pub(crate) commits: u64,
}

/// A session: its settings, its transaction and the statement that it waits with.
#[derive(Clone, Default)]
pub(crate) struct Session {
    pub(crate) settings: Settings,
    pub(crate) transaction: Option<Transaction>,
    pub(crate) pending: Option<Rc<Pending>>,
}

/// Run-time settings (manual, chapter 20). A time-out of zero is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) deadlock_timeout: SimDuration,
    pub(crate) lock_timeout: SimDuration,
    pub(crate) statement_timeout: SimDuration,
    pub(crate) default_level: Level,
    pub(crate) default_read_only: bool,
}

impl Default for Settings {
    /// PostgreSQL's defaults: `deadlock_timeout` one second, no other time-out, READ COMMITTED.
    fn default() -> Settings {
        Settings {
            deadlock_timeout: SimDuration::from_micros(1_000_000),
            lock_timeout: SimDuration::ZERO,
            statement_timeout: SimDuration::ZERO,
            default_level: Level::ReadCommitted,
            default_read_only: false,
        }
    }
}

/// An open transaction.
#[derive(Clone)]
pub(crate) struct Transaction {
    /// Its number among SERIALIZABLE transactions, from its snapshot on.
    pub(crate) tx: Tx,
    /// Made for one statement outside of a transaction block.
    pub(crate) implicit: bool,
    pub(crate) level: Level,
    pub(crate) read_only: bool,
    pub(crate) deferrable: bool,
    pub(crate) began: SimInstant,
    /// Refuses everything until it is rolled back.
    pub(crate) failed: bool,
    /// Whether a query has run in it.
    pub(crate) queried: bool,
    /// What REPEATABLE READ and SERIALIZABLE read.
    pub(crate) snapshot: Option<Snapshot>,
    /// What it sees once it has written: everything committed by then, with its own changes.
    pub(crate) view: Option<Snapshot>,
    /// Its own changes in order.
    pub(crate) log: Rc<Vec<Entry>>,
    /// Deferred foreign keys to look at when it commits.
    pub(crate) deferred: Rc<Vec<Deferred>>,
    pub(crate) savepoints: Rc<Vec<Savepoint>>,
    /// The session's settings before SET, which a rollback restores, and before SET LOCAL, which its end does.
    pub(crate) settings_before: Settings,
    pub(crate) settings_lasting: Settings,
}

/// One thing a transaction did.
#[derive(Clone)]
pub(crate) enum Entry {
    Rows(Change),
    /// CREATE, ALTER or DROP, as written.
    Schema(Rc<str>),
}

/// A foreign key that must hold when the transaction commits.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Deferred {
    pub(crate) constraint: String,
    pub(crate) child: TableId,
    pub(crate) key: Vec<Value>,
    /// A row of the child was written; otherwise one of the parent was removed.
    pub(crate) by_child: bool,
}

/// What to go back to.
#[derive(Clone)]
pub(crate) struct Savepoint {
    pub(crate) name: String,
    pub(crate) view: Option<Snapshot>,
    pub(crate) log: usize,
    pub(crate) deferred: usize,
    /// Changes that SERIALIZABLE had noted.
    pub(crate) written: usize,
    pub(crate) settings: Settings,
    pub(crate) settings_lasting: Settings,
}

/// A statement that waits, with everything it has decided so far.
#[derive(Clone)]
pub(crate) struct Pending {
    pub(crate) sql: Rc<str>,
    pub(crate) binds: Rc<Binds>,
    /// When it was sent.
    pub(crate) started: SimInstant,
    /// What it began with, at READ COMMITTED.
    pub(crate) snapshot: Option<Snapshot>,
    /// Rows that it found to change.
    pub(crate) candidates: Option<Rc<[RowKey]>>,
    /// Whether SERIALIZABLE knows what it reads.
    pub(crate) reads_noted: bool,
    /// Rows that its locking sub-selects gave.
    pub(crate) parts: Vec<Rc<Vec<Vec<Value>>>>,
    /// The counters when it began: every attempt draws the same values from them.
    pub(crate) counters: Counters,
    /// What was seen of it so far.
    pub(crate) seen: Seen,
    pub(crate) timers: Timers,
    /// What it sleeps for since its timers started.
    pub(crate) sleep: Option<Sleep>,
    /// A child that a foreign key's check waits for, and the commits when it began to.
    pub(crate) child: Option<(RowKey, u64)>,
}

/// What a statement did before it was done.
#[derive(Clone, Default)]
pub(crate) struct Seen {
    pub(crate) observed: Option<crate::answer::Observed>,
    pub(crate) waits: u32,
    /// Tables, modes and rows of the locks that the latest attempt took.
    pub(crate) locks: Vec<(TableId, &'static str, u64)>,
}

impl Seen {
    /// Notes a lock on a table, or on `rows` of its rows.
    pub(crate) fn lock(&mut self, table: TableId, mode: &'static str, rows: u64) {
        match self.locks.iter_mut().find(|(known, name, _)| (*known, *name) == (table, mode)) {
            Some((_, _, count)) => *count += rows,
            None => self.locks.push((table, mode, rows)),
        }
    }
}

/// When the timers of a wait end.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub(crate) struct Timers {
    /// Checks for a deadlock once in every wait; none when that is done.
    pub(crate) deadlock: Option<SimInstant>,
    pub(crate) lock: Option<SimInstant>,
    pub(crate) statement: Option<SimInstant>,
}

/// What a SERIALIZABLE transaction has read of one table: a condition with its statement's values.
pub(crate) type Read = Predicate<(Rc<Condition>, Rc<[Value]>)>;

impl State {
    pub(crate) fn empty(seed: u64) -> State {
        State {
            committed: Version::default(),
            commits: 0,
            sessions: Rc::default(),
            locks: Locks::default(),
            history: Rc::default(),
            serializable: Serializable::default(),
            counters: Counters { random: seed, ..Counters::default() },
            clock: SimInstant::START,
        }
    }

    /// Makes `version` the committed content. A commit counts even when it wrote equal values again.
    pub(crate) fn commit(&mut self, version: Version) {
        self.committed = version;
        self.commits += 1;
    }

    pub(crate) fn session(&self, session: SessionId) -> Option<&Session> {
        self.sessions.get(&session).map(|session| &**session)
    }

    /// Returns a session, made at its first use.
    pub(crate) fn session_mut(&mut self, session: SessionId) -> &mut Session {
        Rc::make_mut(Rc::make_mut(&mut self.sessions).entry(session).or_default())
    }

    pub(crate) fn transaction(&self, session: SessionId) -> Option<&Transaction> {
        self.session(session).and_then(|session| session.transaction.as_ref())
    }

    pub(crate) fn transaction_mut(&mut self, session: SessionId) -> Option<&mut Transaction> {
        self.transaction(session)?;
        self.session_mut(session).transaction.as_mut()
    }

    pub(crate) fn pending(&self, session: SessionId) -> Option<&Rc<Pending>> {
        self.session(session).and_then(|session| session.pending.as_ref())
    }

    pub(crate) fn settings(&self, session: SessionId) -> Settings {
        self.session(session).map_or_else(Settings::default, |session| session.settings)
    }
}

impl Transaction {
    /// How many savepoints are open: locks remember at which depth they were taken.
    pub(crate) fn depth(&self) -> u32 {
        self.savepoints.len() as u32
    }

    /// Whether it reads one snapshot all the time.
    pub(crate) fn keeps_snapshot(&self) -> bool {
        self.level.keeps_snapshot()
    }

    pub(crate) fn changes_schema(&self) -> bool {
        self.log.iter().any(|entry| matches!(entry, Entry::Schema(_)))
    }
}

/// Shows sizes and sessions, not pages.
impl fmt::Debug for State {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let open = self.sessions.iter().filter(|(_, session)| session.transaction.is_some());
        out.debug_struct("State")
            .field("pages", &self.committed.image.len())
            .field("commits", &self.commits)
            .field("open_transactions", &open.map(|(id, _)| id).collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}
