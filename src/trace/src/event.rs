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
}

impl Recorder {
    /// Returns an empty recorder.
    pub fn new() -> Recorder {
        Recorder::default()
    }

    /// Returns the id of a text, adding it at its first use.
    pub fn text(&mut self, text: &str) -> TextId {
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
        self.trace.events.push(Event { at, actor, kind });
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
