//! Tasks and requests of a run, as the kernel sees them.

use unhappy_db::SessionId;
use unhappy_python::{ParkKey, TaskId};
use unhappy_trace::event::{Hit, Place, TextId};
use unhappy_trace::{SimDuration, SimInstant};

/// One request from a client.
#[derive(Debug)]
pub struct Request {
    /// Its name: `A`, `B` …
    pub name: String,
    /// The same in the trace.
    pub actor: TextId,
    /// When the client sent it.
    pub sent_at: SimInstant,
    /// Round trip between client and server.
    pub client_round_trip: SimDuration,
    /// Whether it was answered.
    pub answered: bool,
    /// Fuel that its code may still use.
    pub fuel_left: u64,
    /// Statements sent so far.
    pub statements: u64,
    /// Awaited calls so far.
    pub calls: u64,
    /// Tasks created so far.
    pub tasks: u32,
    /// Lines printed so far.
    pub printed_lines: u64,
}

/// One task of the server process: a handler, or what it created.
#[derive(Debug)]
pub struct Task {
    /// Number of the request that it works for.
    pub request: u32,
    /// `A` for a handler, `A/1` for the first task that it created.
    pub name: String,
    /// The same in the trace.
    pub actor: TextId,
    /// Tasks that it created so far.
    pub children: u32,
    /// Its own session at the database.
    pub session: SessionId,
    /// Line at which an open transaction was begun.
    pub transaction: Option<Option<Place>>,
    /// Counts its waits: a moment that belongs to an earlier wait is stale.
    pub turn: u64,
    /// What it is parked on.
    pub parked: Option<ParkKey>,
}

/// A task's wait: which task, and which of its waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait {
    /// The task.
    pub task: TaskId,
    /// The wait.
    pub turn: u64,
}

/// A call on its way.
#[derive(Debug, Clone)]
pub struct Pending {
    /// Who waits for it.
    pub wait: Wait,
    /// When it was made.
    pub sent_at: SimInstant,
    /// Round trip to the service.
    pub round_trip: SimDuration,
    /// Where it was written.
    pub place: Option<Place>,
    /// Which lines ran up to it.
    pub hits: Vec<Hit>,
}
