//! The database as a value.
//!
//! A copy is a few references, so a snapshot, a savepoint and a fork are all copies. Ordered maps only. Not
//! here: what statements do to it (`session.rs`).

use crate::answer::SessionId;
use crate::schema::Catalog;
use crate::sql::command::Level;
use crate::vfs::Image;
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;
use unhappy_trace::SimInstant;

/// A whole database: committed content, open transactions, random state. A copy is a few references.
#[derive(Clone)]
pub struct State {
    pub(crate) committed: Version,
    /// Commits that changed something, so far.
    pub(crate) commits: u64,
    pub(crate) sessions: BTreeMap<SessionId, Transaction>,
    /// The session whose open transaction has written or locked: nobody else may, until it ends.
    pub(crate) writer: Option<SessionId>,
    /// State of `random()` and `gen_random_uuid()`.
    pub(crate) random: u64,
}

/// Content with the catalog that describes it.
#[derive(Clone, Default)]
pub(crate) struct Version {
    pub(crate) image: Image,
    pub(crate) catalog: Rc<Catalog>,
}

/// An open transaction.
#[derive(Clone)]
pub(crate) struct Transaction {
    pub(crate) level: Level,
    pub(crate) read_only: bool,
    pub(crate) began: SimInstant,
    /// Refuses everything until it is rolled back.
    pub(crate) failed: bool,
    /// What REPEATABLE READ and SERIALIZABLE read, and the number of commits when it was taken.
    pub(crate) snapshot: Option<(Version, u64)>,
    /// Whether a statement has run in it.
    pub(crate) queried: bool,
    /// What it sees once it has written or locked.
    pub(crate) view: Option<Version>,
    pub(crate) savepoints: Vec<Savepoint>,
}

/// What to go back to.
#[derive(Clone)]
pub(crate) struct Savepoint {
    pub(crate) name: String,
    pub(crate) view: Option<Version>,
}

impl State {
    pub(crate) fn empty(seed: u64) -> State {
        State {
            committed: Version::default(),
            commits: 0,
            sessions: BTreeMap::new(),
            writer: None,
            random: seed,
        }
    }

    /// Makes `version` the committed content.
    pub(crate) fn commit(&mut self, version: Version) {
        if !Rc::ptr_eq(&self.committed.image, &version.image) {
            self.committed = version;
            self.commits += 1;
        }
    }

    /// Ends a session's transaction without committing it.
    pub(crate) fn end(&mut self, session: SessionId) -> Option<Transaction> {
        self.release(session);
        self.sessions.remove(&session)
    }

    /// Gives up the right to write.
    pub(crate) fn release(&mut self, session: SessionId) {
        if self.writer == Some(session) {
            self.writer = None;
        }
    }
}

/// Shows sizes and sessions, not pages.
impl fmt::Debug for State {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("State")
            .field("pages", &self.committed.image.len())
            .field("commits", &self.commits)
            .field("open_transactions", &self.sessions.keys().collect::<Vec<_>>())
            .field("writer", &self.writer)
            .finish_non_exhaustive()
    }
}
