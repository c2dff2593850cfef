//! What happened in a run: one flat list of events, with the texts they share kept once.
//!
//! In: what the simulator observed, appended in the order in which it happened. Out: the trace that every
//! picture, metric and verdict is computed from. Not here: metrics (`report.rs`), the hash (`hash.rs`).
//!
//! Event kinds are append-only: a new kind goes to the end of [`EventKind`], a new field becomes a new
//! kind. Old traces, hashes and golden files stay readable that way.

use crate::{Digest, SimDuration, SimInstant, Within};
use serde::{Deserialize, Serialize};

/// Index of a text in [`Trace::texts`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TextId(pub u32);

/// Index of a statement shape in [`Trace::shapes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ShapeId(pub u32);

/// Everything that was recorded of one run.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Trace {
    /// Texts that events refer to, in order of first use: SQL, actor names, file names, previews.
    pub texts: Vec<String>,
    /// Statement shapes that events refer to, in order of first use.
    pub shapes: Vec<Shape>,
    /// What happened, in order.
    pub events: Vec<Event>,
}

impl Trace {
    /// Returns the text behind `id`.
    ///
    /// # Panics
    /// When `id` comes from another trace.
    pub fn text(&self, id: TextId) -> &str {
        &self.texts[id.0 as usize]
    }

    /// Returns the shape behind `id`.
    ///
    /// # Panics
    /// When `id` comes from another trace.
    pub fn shape(&self, id: ShapeId) -> &Shape {
        &self.shapes[id.0 as usize]
    }

    /// Returns the counted statements in order, each with its event.
    pub fn statements(&self) -> impl Iterator<Item = (&Event, &Statement)> {
        self.events.iter().filter_map(|event| match &event.kind {
            EventKind::Statement(statement) => Some((event, statement)),
            _ => None,
        })
    }
}

/// A statement with its values taken out, and how the database runs it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Shape {
    /// The text with `?` for each value: `SELECT name FROM customers WHERE id = ?`.
    pub text: String,
    /// The plan, outermost node first.
    pub plan: Vec<PlanNode>,
    /// Tables whose rows it reads, by name.
    pub tables_read: Vec<String>,
    /// Whether it looks rows up by a list of keys (`IN (?, …)` or `= ANY(?)`).
    pub in_list: bool,
    /// Whether the plan runs a sub-select once for every row of an outer one.
    pub subquery: bool,
}

/// One node of a statement's plan.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PlanNode {
    /// How deep it is nested, from 0.
    pub depth: u32,
    /// SQLite's words: `SEARCH customers USING INTEGER PRIMARY KEY (rowid=?)`.
    pub text: String,
}

/// Where in a learner's file something was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// File name.
    pub file: TextId,
    /// Line, counted from 1.
    pub line: u32,
    /// Column in characters, counted from 1.
    pub column: u32,
    /// What it stood in when it ran.
    pub within: Within,
}

/// How often statements beginning on a line started during one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Hit {
    /// File name.
    pub file: TextId,
    /// Line, counted from 1.
    pub line: u32,
    /// Starts during this step.
    pub count: u64,
}

/// Something that happened at one instant to one actor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// When.
    pub at: SimInstant,
    /// To whom: `A` is the first request, `A/1` the first task that it created.
    pub actor: TextId,
    /// What.
    pub kind: EventKind,
}

/// What can happen. Append-only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum EventKind {
    /// A request reached the server.
    Arrived(Arrived),
    /// A step that was one SQL statement, counted because the database accepted it from a session.
    Statement(Statement),
    /// A step that was another awaited call: `asyncio.sleep`, `asyncio.park`, begin or end of a transaction.
    Called(Called),
    /// A line that the code printed.
    Printed(Said),
    /// Something the engine noticed about the code, such as a call that was never awaited.
    Noted(Said),
    /// An exception left the handler.
    Raised(RaisedEvent),
    /// The answer left the server.
    Responded(Responded),
    /// A limit ended the run here. Nothing happens after it.
    LimitReached(LimitReached),
    /// A statement began to wait for another session. How it ended is a later [`EventKind::Statement`], or a
    /// later [`EventKind::Called`] for the begin or end of a transaction.
    StatementWaits(StatementWaits),
    /// A client began an operation. The actor is the client: `A.client`.
    OperationBegan(OperationBegan),
    /// A client's operation ended.
    OperationEnded(OperationEnded),
    /// A request left its sender. The actor is the sender; the request itself is an actor of its own.
    RequestSent(RequestSent),
    /// The sender of a request learned how it ended.
    ResponseReceived(ResponseReceived),
    /// The server gave a request to one of its processes. Left out where there is one process without limit.
    Assigned(Assigned),
    /// A step that began or ended a transaction.
    Transaction(TransactionStep),
    /// Row and table locks that the next event's statement took. Left out when it took none.
    Locked(Locked),
    /// A step that was an awaited call of a service: payments, queue, cache, mail.
    ServiceCalled(ServiceCalled),
    /// A call began to wait for a connection of the pool.
    PoolWaits(PoolWaits),
    /// A committed value that the lesson watches has changed.
    Watched(Watched),
    /// A promise broke here, for the first time in this run.
    PromiseBroke(PromiseBroke),
    /// A fault happened.
    FaultHappened(FaultHappened),
    /// A server process started or ended. The actor is the process: `process.1`.
    ProcessChanged(ProcessChanged),
    /// A line of the structured log.
    Logged(Logged),
    /// A metric was counted or observed.
    Measured(Measured),
    /// A queue delivered a message. The actor is the delivery: `queue.emails.1`.
    Delivered(Delivered),
}

/// A client began an operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationBegan {
    /// The user's data as JSON.
    pub user: TextId,
}

/// A client's operation ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationEnded {
    /// What the client's function returned or raised.
    pub outcome: OperationOutcome,
    /// From its beginning.
    pub took: SimDuration,
    /// Which lines ran since the client's previous step.
    pub hits: Vec<Hit>,
}

/// How an operation ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum OperationOutcome {
    /// The function returned.
    Returned {
        /// The value as JSON, cut.
        preview: TextId,
    },
    /// An exception left the function.
    Raised {
        /// Class name.
        class: TextId,
        /// Message.
        message: TextId,
    },
}

/// A request left its sender.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestSent {
    /// The request's own name: `A`, `A2`.
    pub request: TextId,
    /// HTTP method.
    pub method: TextId,
    /// Path without host.
    pub path: TextId,
    /// Headers as JSON, cut.
    pub headers: TextId,
    /// Body as JSON, cut.
    pub body: TextId,
    /// Where the sender wrote the call.
    pub place: Option<Place>,
    /// Which lines ran since the sender's previous step.
    pub hits: Vec<Hit>,
}

/// The sender of a request learned how it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResponseReceived {
    /// The request: `A`, `A2`.
    pub request: TextId,
    /// Its status; none when there was no response.
    pub status: Option<u16>,
    /// The exception that the sender got instead: `Timeout`, `ConnectionLost`.
    pub error: Option<TextId>,
    /// From the send.
    pub took: SimDuration,
}

/// The server gave a request to one of its processes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assigned {
    /// The process: `process.1`.
    pub process: TextId,
    /// How long the request waited for a free worker.
    pub waited: SimDuration,
}

/// A step that began or ended a transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransactionStep {
    /// When the handler sent it. The event's own instant is when it took effect.
    pub sent_at: SimInstant,
    /// From the send until the handler had the answer.
    pub took: SimDuration,
    /// Where the learner wrote it.
    pub place: Option<Place>,
    /// What it was.
    pub what: TransactionWhat,
    /// SQLSTATE and message when the database refused it.
    pub refused: Option<(TextId, TextId)>,
    /// Which lines ran since the task's previous step, up to this call.
    pub hits: Vec<Hit>,
}

/// What a step did with a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum TransactionWhat {
    /// BEGIN.
    Begin {
        /// Isolation level as PostgreSQL spells it: `read committed`.
        level: TextId,
        /// Whether it is READ ONLY.
        read_only: bool,
    },
    /// COMMIT.
    Commit,
    /// ROLLBACK, also the one of a COMMIT after a failure.
    Rollback,
    /// SAVEPOINT: a transaction inside another one began.
    Savepoint,
    /// RELEASE SAVEPOINT.
    Release,
    /// ROLLBACK TO SAVEPOINT.
    RollbackTo,
}

/// Locks that a statement took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Locked {
    /// By table: its name, the mode (`FOR UPDATE`, `ROW EXCLUSIVE`), and how many rows; 0 for the table itself.
    pub tables: Vec<(TextId, TextId, u64)>,
    /// Rows in words, the first ones: `FOR UPDATE on accounts (id)=(1)`. They stay locked to the end of the
    /// transaction; empty for a statement outside of one.
    pub rows: Vec<TextId>,
}

/// An awaited call of a service, from its send to its effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceCalled {
    /// When the code sent it. The event's own instant is when it took effect.
    pub sent_at: SimInstant,
    /// From the send until the code had the answer, or gave up.
    pub took: SimDuration,
    /// Where the learner wrote it.
    pub place: Option<Place>,
    /// Name: `payments.charge`, `queue.publish`, `cache.get`, `mail.send`.
    pub name: TextId,
    /// Arguments by name as JSON, cut.
    pub arguments: TextId,
    /// What came of it.
    pub outcome: ServiceOutcome,
    /// Whether the caller had a transaction open meanwhile.
    pub in_transaction: bool,
    /// Money that it moved. Cents: charged is positive, refunded negative.
    pub money_cents: i64,
    /// Which lines ran since the task's previous step, up to this call.
    pub hits: Vec<Hit>,
}

/// What came of a call of a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ServiceOutcome {
    /// It answered.
    Answered {
        /// The value as JSON, cut.
        preview: TextId,
    },
    /// It refused, or its answer never came.
    Failed {
        /// Class of the exception: `CardDeclined`, `Timeout`.
        class: TextId,
        /// Its message.
        message: TextId,
        /// Whether the call took effect although its answer never came.
        took_effect: bool,
    },
}

/// A call began to wait for a connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolWaits {
    /// Where the learner wrote the call.
    pub place: Option<Place>,
    /// Connections of the pool, all in use.
    pub size: u32,
    /// The actors that hold them, in order of their names, the first ones.
    pub held_by: Vec<TextId>,
}

/// A committed value that the lesson watches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watched {
    /// Its name: `stock`.
    pub label: TextId,
    /// Its value in words.
    pub value: TextId,
}

/// A promise broke.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromiseBroke {
    /// Its key in the lesson.
    pub promise: TextId,
    /// What shows it, in words: the first row of its query.
    pub evidence: TextId,
}

/// A fault happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaultHappened {
    /// As in a schedule: `A.response!lost`.
    pub fault: TextId,
}

/// A server process started or ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProcessChanged {
    /// It is up; its module globals are new.
    Started,
    /// It ended; its requests got no answer.
    Crashed,
}

/// A line of the structured log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logged {
    /// `info`, `warning`, `error`.
    pub level: TextId,
    /// The text.
    pub text: TextId,
    /// The fields as JSON, cut.
    pub fields: TextId,
    /// Where it was written.
    pub place: Option<Place>,
}

/// A metric was counted or observed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measured {
    /// Its name.
    pub name: TextId,
    /// The value as its shortest decimal text.
    pub value: TextId,
    /// The labels as JSON, cut.
    pub labels: TextId,
    /// Whether it is one more observation; otherwise it is added to a count.
    pub is_observation: bool,
}

/// A queue delivered a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivered {
    /// Name of the topic.
    pub topic: TextId,
    /// The message's id.
    pub message: TextId,
    /// How often it was delivered, this time included.
    pub receive_count: u32,
}

/// A request reached the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrived {
    /// HTTP method, e.g. `GET`.
    pub method: TextId,
    /// Path without host, e.g. `/orders`.
    pub path: TextId,
    /// When the client sent it.
    pub sent_at: SimInstant,
}

/// One SQL statement, from its send to its effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// When the handler sent it. The event's own instant is when it took effect in the database.
    pub sent_at: SimInstant,
    /// From the send until the handler had the answer.
    pub took: SimDuration,
    /// Where the learner wrote the call; none when no learner's line is on the stack.
    pub place: Option<Place>,
    /// The text as sent.
    pub sql: TextId,
    /// Its shape.
    pub shape: ShapeId,
    /// The bound values as JSON, cut when long; a cut text ends with the digest of the whole.
    pub binds: TextId,
    /// Rows, or the refusal.
    pub outcome: StatementOutcome,
    /// Rows that the plan's loops went through.
    pub rows_visited: u64,
    /// Instructions of SQLite's virtual machine.
    pub vm_steps: u64,
    /// Which lines ran since the task's previous step, up to this call.
    pub hits: Vec<Hit>,
}

/// How a statement ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum StatementOutcome {
    /// It returned or changed rows.
    Answered {
        /// Rows returned.
        rows: u64,
        /// Rows changed.
        changed: u64,
        /// The first rows as JSON, cut.
        preview: TextId,
        /// Digest of all returned rows.
        digest: Digest,
    },
    /// The database refused it.
    Refused {
        /// Five characters, PostgreSQL's Appendix A.
        sqlstate: TextId,
        /// PostgreSQL's words.
        message: TextId,
        /// Character in the statement, counted from 1.
        position: Option<u32>,
    },
}

/// An awaited call that was no statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Called {
    /// When the handler made the call.
    pub sent_at: SimInstant,
    /// Where the learner wrote it.
    pub place: Option<Place>,
    /// Name, e.g. `asyncio.sleep`, `db.begin`.
    pub name: TextId,
    /// Which lines ran since the task's previous step, up to this call.
    pub hits: Vec<Hit>,
}

/// A text with a place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// Where it came from.
    pub place: Option<Place>,
    /// The text, cut when long.
    pub text: TextId,
}

/// An exception left the handler.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RaisedEvent {
    /// Class name, e.g. `KeyError`.
    pub class: TextId,
    /// Message in the learner's terms.
    pub message: TextId,
    /// What to do about it, where there is something to say.
    pub hint: Option<TextId>,
    /// Learner's frames, outermost first.
    pub frames: Vec<Place>,
}

/// The answer left the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Responded {
    /// HTTP status.
    pub status: u16,
    /// Digest of the canonical JSON body.
    pub digest: Digest,
    /// Size of the body in bytes.
    pub body_bytes: u64,
    /// Items in the body when it is a list.
    pub rows: Option<u64>,
    /// The beginning of the body as JSON, cut.
    pub preview: TextId,
    /// How long the client waited in all.
    pub latency: SimDuration,
    /// Which lines ran since the task's previous step.
    pub hits: Vec<Hit>,
}

/// A limit ended the run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitReached {
    /// What happened and what to do, in a sentence.
    pub text: TextId,
    /// Where the code was.
    pub place: Option<Place>,
    /// Which lines ran since the task's previous step.
    pub hits: Vec<Hit>,
}

/// A statement began to wait, or waits for somebody else from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementWaits {
    /// When the handler sent it.
    pub sent_at: SimInstant,
    /// Where the learner wrote the call.
    pub place: Option<Place>,
    /// The text as sent.
    pub sql: TextId,
    /// The actors whose transactions it waits for, those ahead of it in the queue included.
    pub on: Vec<TextId>,
    /// What it waits for, in words such as `FOR UPDATE on orders (id)=(7)`; none when the database does not say.
    pub what: Option<TextId>,
}

/// Builds a trace: appends events and keeps each text and shape once.
#[derive(Debug, Clone, Default)]
pub struct Recorder {
    trace: Trace,
    text_ids: std::collections::BTreeMap<String, TextId>,
    shape_ids: std::collections::BTreeMap<Shape, ShapeId>,
    is_silent: bool,
}

impl Recorder {
    /// Returns an empty recorder.
    pub fn new() -> Recorder {
        Recorder::default()
    }

    /// Returns a recorder that keeps nothing: for runs of which only the state matters. Its ids say nothing.
    pub fn silent() -> Recorder {
        Recorder { is_silent: true, ..Recorder::default() }
    }

    /// Returns whether it keeps nothing.
    pub fn is_silent(&self) -> bool {
        self.is_silent
    }

    /// Returns the id of a text, adding it at its first use.
    pub fn text(&mut self, text: &str) -> TextId {
        if self.is_silent {
            return TextId(0);
        }
        if let Some(id) = self.text_ids.get(text) {
            return *id;
        }
        let id = TextId(u32::try_from(self.trace.texts.len()).expect("fewer than 2^32 texts fit in memory"));
        self.trace.texts.push(text.to_owned());
        self.text_ids.insert(text.to_owned(), id);
        id
    }

    /// Returns the id of a shape, adding it at its first use.
    pub fn shape(&mut self, shape: &Shape) -> ShapeId {
        if self.is_silent {
            return ShapeId(0);
        }
        if let Some(id) = self.shape_ids.get(shape) {
            return *id;
        }
        let id =
            ShapeId(u32::try_from(self.trace.shapes.len()).expect("fewer than 2^32 shapes fit in memory"));
        self.trace.shapes.push(shape.clone());
        self.shape_ids.insert(shape.clone(), id);
        id
    }

    /// Appends an event.
    pub fn push(&mut self, at: SimInstant, actor: TextId, kind: EventKind) {
        if !self.is_silent {
            self.trace.events.push(Event { at, actor, kind });
        }
    }

    /// Returns what was recorded so far.
    pub fn trace(&self) -> &Trace {
        &self.trace
    }

    /// Ends recording.
    pub fn finish(self) -> Trace {
        self.trace
    }
}
