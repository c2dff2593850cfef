//! Requests, operations and tasks of a run, as the kernel sees them. Plain data.

use crate::random::Stream;
use std::collections::BTreeSet;
use unhappy_db::SessionId;
use unhappy_python::{ParkKey, TaskId};
use unhappy_trace::event::{Hit, Place, TextId};
use unhappy_trace::{SimDuration, SimInstant, Value};

/// A task of one Python process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TaskKey {
    /// The process, numbered in the order of their starts.
    pub process: u32,
    /// The task in it.
    pub task: TaskId,
}

/// What somebody may still use, and how much was used: one a request, operation, delivery or job.
#[derive(Debug, Clone)]
pub struct Account {
    /// Round trips of its calls.
    pub round_trips: Stream,
    /// Seeds what it draws; the same for the same name, whatever happens to others.
    pub ordinal: u64,
    /// Fuel that its code may still use.
    pub fuel_left: u64,
    /// Statements sent so far.
    pub statements: u64,
    /// Awaited calls so far.
    pub calls: u64,
    /// Tasks created so far.
    pub tasks: u32,
    /// Requests sent so far.
    pub requests: u32,
    /// Lines printed so far.
    pub printed_lines: u64,
    /// After how many of its calls its process ends; none when it does not.
    pub crash_after: Option<u64>,
}

/// For whom a task works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// A request: its number.
    Request(u32),
    /// An operation of a client: its number.
    Operation(u32),
    /// A delivery of a queue: its number.
    Delivery(u32),
    /// A recurring job: its number.
    Job(u32),
    /// The kernel asks a process what is registered in it.
    Registry,
}

/// Who learns how a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sender {
    /// The traffic itself.
    Traffic,
    /// A task that waits for it.
    Task(Wait),
    /// Nobody: a second delivery.
    Nobody,
}

/// One request.
#[derive(Debug, Clone)]
pub struct Request {
    /// Its name: `A`, `B` …; `A2` for a second attempt.
    pub name: String,
    /// The same in the trace.
    pub actor: TextId,
    /// Its account.
    pub account: u32,
    /// Who waits for the answer.
    pub sender: Sender,
    /// The operation that it belongs to, or its own number when there are none.
    pub operation: u32,
    /// 1 for the first request of its operation.
    pub attempt: u32,
    /// HTTP method, path, query, headers and JSON body, as `backend.serve` takes them.
    pub data: Value,
    /// When it was sent.
    pub sent_at: SimInstant,
    /// Round trip between sender and server.
    pub round_trip: SimDuration,
    /// The server process that handles it.
    pub server: Option<usize>,
    /// The task that handles it.
    pub handler: Option<TaskKey>,
    /// When it reached the server.
    pub arrived_at: SimInstant,
    /// The status that the server gave, once it did.
    pub status: Option<u16>,
    /// Whether its sender waits no more.
    pub is_over: bool,
    /// Whether a fault touched it.
    pub is_touched: bool,
    /// Whether an exception left its handler.
    pub is_uncaught: bool,
}

/// One operation of a client.
#[derive(Debug, Clone)]
pub struct Operation {
    /// Its name without `.client`: `A`.
    pub name: String,
    /// The client in the trace: `A.client`.
    pub actor: TextId,
    /// Its account.
    pub account: u32,
    /// The user's made-up data.
    pub user: Value,
    /// Requests sent so far.
    pub attempts: u32,
    /// When it began.
    pub began_at: SimInstant,
    /// Whether one of its requests was answered with a 2xx status.
    pub is_confirmed: bool,
    /// Its Python process.
    pub process: Option<u32>,
    /// What its function came to, in words; none while it runs.
    pub outcome: Option<String>,
}

/// One task: a handler, a client, or what one of them created.
#[derive(Debug, Clone)]
pub struct Task {
    /// For whom it works.
    pub owner: Owner,
    /// Its account.
    pub account: u32,
    /// `A` for a handler, `A/1` for the first task that it created.
    pub name: String,
    /// The same in the trace.
    pub actor: TextId,
    /// Whether it is the first task of its owner, whose end is the owner's end.
    pub is_main: bool,
    /// Tasks that it created so far.
    pub children: u32,
    /// Its session at the database, while it has a connection.
    pub session: Option<SessionId>,
    /// Whether `db.connection()` keeps the connection between statements.
    pub keeps_connection: bool,
    /// Transactions that are open, one inside the other, each with the line that began it.
    pub transactions: Vec<Option<Place>>,
    /// Rows that its transaction has locked, in words.
    pub locked: BTreeSet<String>,
    /// Counts its waits: a moment that belongs to an earlier wait is stale.
    pub turn: u64,
    /// What it is parked on.
    pub parked: Option<ParkKey>,
}

/// A task's wait: which task, and which of its waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait {
    /// The task.
    pub task: TaskKey,
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

impl Task {
    /// Returns a task that has not begun.
    pub fn new(owner: Owner, account: u32, name: String, actor: TextId, is_main: bool) -> Task {
        Task {
            owner,
            account,
            name,
            actor,
            is_main,
            children: 0,
            session: None,
            keeps_connection: false,
            transactions: vec![],
            locked: BTreeSet::new(),
            turn: 0,
            parked: None,
        }
    }
}
