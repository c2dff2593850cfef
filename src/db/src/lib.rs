//! Sessions on real SQLite: a database that is a value, PostgreSQL's words, nothing that waits.
//!
//! In: SQL text, parameters, a session, virtual time. Out: rows, an error with its SQLSTATE, or
//! [`Answer::Blocked`], with what the statement cost. [`State`] is the whole database; a copy of it is one
//! reference, so a snapshot, a savepoint and an explorer's fork are all copies. [`Engine`] holds SQLite's
//! connections and caches and nothing that a result depends on.
//!
//! Above SQLite, which has one writer and no row locks, stand PostgreSQL's sessions: snapshots, row and key locks,
//! re-checks after waits, foreign keys, deadlocks, SERIALIZABLE. A statement that must wait is put aside, and
//! [`Engine::resume`] goes on with it when [`Engine::ready`] names its session; timers are virtual. Not here:
//! schedules, virtual latency, who goes next where PostgreSQL leaves it open: that is the caller's choice.
//!
//! Rules: the PostgreSQL 15 manual, chapter 13; what its server answered is in `tests/oracle`.

mod ambient;
mod answer;
mod change;
mod content;
mod decimal;
mod digest;
mod engine;
mod history;
#[cfg(all(target_family = "wasm", target_os = "unknown"))]
mod host;
mod inspect;
pub mod limits;
mod load;
mod locks;
mod observe;
mod plan;
pub mod rules;
mod schema;
mod serializable;
mod session;
mod sql;
mod state;
mod vfs;
mod wording;

pub use ambient::EPOCH_UNIX_SECONDS;
pub use answer::{
    Answer, Binds, Column, ColumnsRead, Done, LockTaken, Observed, PlanNode, SessionId, SqlError,
    StatementKind, Table,
};
pub use engine::Engine;
pub use state::State;
