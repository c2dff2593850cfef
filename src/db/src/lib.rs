//! Sessions on real SQLite: a database that is a value, PostgreSQL's words, nothing that waits.
//!
//! In: SQL text, parameters, a session, virtual time. Out: rows, an error with its SQLSTATE, or
//! [`Answer::Blocked`], with what the statement cost. [`State`] is the whole database; a copy of it is one
//! reference, so a snapshot, a savepoint and an explorer's fork are all copies. [`Engine`] holds SQLite's
//! connections and caches and nothing that a result depends on.
//!
//! Concurrency is coarser than PostgreSQL's for now, and never wrong: one transaction at a time may have
//! written. A second writer is blocked until the first ends, whichever rows they touch. Readers never wait.
//! REPEATABLE READ and SERIALIZABLE read one snapshot and refuse a write when anything was committed since
//! (40001), which is at least as strict as PostgreSQL. Not here: schedules, virtual latency, lock wait queues.

mod ambient;
mod answer;
mod engine;
#[cfg(all(target_family = "wasm", target_os = "unknown"))]
mod host;
mod inspect;
pub mod limits;
mod load;
mod schema;
mod session;
mod sql;
mod state;
mod vfs;
mod wording;

pub use ambient::EPOCH_UNIX_SECONDS;
pub use answer::{
    Answer, Binds, Column, Done, Observed, PlanNode, SessionId, SqlError, StatementKind, Table,
};
pub use engine::Engine;
pub use state::State;
