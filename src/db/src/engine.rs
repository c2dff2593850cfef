//! The SQLite connections of a thread and what can be asked of them.

use crate::answer::{Answer, Binds, SessionId, SqlError, Table};
use crate::state::State;
use unhappy_trace::{Digest, SimInstant, Value};

/// The SQLite connections of this thread and their caches. One per thread.
pub struct Engine {
    _not_send: std::marker::PhantomData<std::rc::Rc<()>>,
}

impl Engine {
    /// Opens SQLite. Reads no file, clock or entropy.
    #[expect(clippy::new_without_default, reason = "opening a database engine is not a default value")]
    pub fn new() -> Engine {
        Engine { _not_send: std::marker::PhantomData }
    }

    /// Builds a database from CREATE statements, on an empty one. `seed` starts `random()`.
    ///
    /// # Errors
    /// The first statement refused, with position and line in `schema_sql`.
    pub fn create(&self, _schema_sql: &str, _seed: u64) -> Result<State, SqlError> {
        unimplemented!()
    }

    /// Runs many statements as one: all or nothing, committed at once. For authors' data.
    ///
    /// # Errors
    /// The first statement refused, with position and line in `sql`; `state` is then as before.
    pub fn run_script(&self, _state: &mut State, _sql: &str) -> Result<(), SqlError> {
        unimplemented!()
    }

    /// Inserts many rows, all or nothing, committed at once. Returns how many.
    ///
    /// # Errors
    /// The first row refused; `state` is then as before.
    pub fn insert(
        &self,
        _state: &mut State,
        _table: &str,
        _columns: &[&str],
        _rows: &mut dyn Iterator<Item = Vec<Value>>,
    ) -> Result<u64, SqlError> {
        unimplemented!()
    }

    /// Runs one statement of a session. Never waits: see [`Answer::Blocked`].
    ///
    /// `now` is the instant of the call; `now()` in SQL is the one at which the transaction began.
    pub fn execute(
        &self,
        _state: &mut State,
        _session: SessionId,
        _sql: &str,
        _binds: &Binds,
        _now: SimInstant,
    ) -> Answer {
        unimplemented!()
    }

    /// Ends a session. An open transaction is rolled back; returns whether there was one.
    pub fn close_session(&self, _state: &mut State, _session: SessionId) -> bool {
        unimplemented!()
    }

    /// Returns every table's committed content, sorted by name, at most `preview_rows` rows each.
    pub fn tables(&self, _state: &State, _preview_rows: usize) -> Vec<Table> {
        unimplemented!()
    }

    /// Returns the committed content as the bytes of a SQLite file.
    pub fn export(&self, _state: &State) -> Vec<u8> {
        unimplemented!()
    }

    /// Returns a digest of the content: equal for states that no statement can tell apart.
    pub fn content_digest(&self, _state: &State) -> Digest {
        unimplemented!()
    }
}
