//! What goes into a step of a task and what comes out of it: plain data, no interpreter object.
//!
//! A step runs from a resume to the next awaited call, to the return or to the exception. Nothing here
//! decides when a task goes on: that is the simulator's.

use unhappy_trace::{LineCount, SimDuration, SimInstant, Site, Value};

/// A task of one process, numbered from 0 in the order of creation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskId(pub u32);

/// What a parked task waits for (the argument of the call `asyncio.park`): unique within its process.
/// Made from the tag of the task that waits and from how many it made before; at most 63 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ParkKey(pub u64);

/// A Python source file. `server.py` is imported as `server`, `backend/orm.py` as `backend.orm`,
/// `backend/__init__.py` as `backend`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Module {
    /// The file's name, as shown in places and tracebacks.
    pub file: String,
    /// The text.
    pub source: String,
}

/// What surrounds a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ambient {
    /// The virtual clock, as `time` and `datetime` show it.
    pub now: SimInstant,
    /// Ticks that this step may use: one per statement, lambda call and comprehension step. A step that
    /// needs more ends as [`Outcome::Raised`] with [`Stopped::Fuel`].
    pub fuel: u64,
    /// Memory that this step may take on top of what is in use at its start, `u64::MAX` for no limit.
    /// Unit: bytes. Only seen in programs that install `memory::CountingAllocator`.
    pub memory_bytes: u64,
}

/// A task's own random stream: `random`, `uuid`, `secrets` and `os.urandom` draw from the stream of the
/// task that runs, so one draw more in one task shifts nothing in another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stream {
    /// Any number; equal numbers give equal draws.
    pub seed: u64,
}

/// What a task is given when it goes on.
#[derive(Debug, Clone, PartialEq)]
pub enum Resume {
    /// The first step of a task.
    Start,
    /// The result of the call that the task waits for.
    Value(Value),
    /// An exception thrown in at the call that the task waits for: class `class` of module `module`, made
    /// with `fields` as keyword arguments.
    Raise {
        /// A module of the framework, of `asyncio` or `builtins`.
        module: String,
        /// The class in it.
        class: String,
        /// The keyword arguments; an empty name passes the value by position.
        fields: Vec<(String, Value)>,
    },
}

/// What one step did.
#[derive(Debug, Clone, PartialEq)]
pub struct Stepped {
    /// How the step ended.
    pub outcome: Outcome,
    /// What the simulator has to carry out, in order, before or besides the outcome.
    pub effects: Vec<Effect>,
    /// What was printed, line by line.
    pub printed: Vec<Printed>,
    /// Line counts of learners' files that changed since the last step of this process, ordered by file
    /// (as loaded) and line.
    pub counts: Vec<LineCount>,
    /// What the learner should be told although nothing failed.
    pub notes: Vec<Note>,
    /// Ticks used.
    pub fuel_used: u64,
    /// How long `time.sleep` kept the whole process busy in this step.
    pub slept: SimDuration,
    /// Whether the code asked for the time (`time`, `datetime.now`, …): then [`Ambient::now`] counts too.
    pub read_clock: bool,
}

/// How a step ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// At an awaited call; [`crate::Process::resume`] goes on.
    Suspended(Call),
    /// The task returned; it is gone.
    Returned(Value),
    /// The task ended with an exception; it is gone.
    Raised(Raised),
}

/// An awaited call to the outside.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The name, given by the framework: `db.execute`.
    pub name: String,
    /// The positional arguments: a [`Value::List`].
    pub args: Value,
    /// The keyword arguments: a [`Value::Map`].
    pub fields: Value,
    /// Where the learner's code made the call (not where it awaited it); `None` when no learner's frame
    /// was running.
    pub site: Option<Site>,
}

/// Something that a step asks of the simulator.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// A task was created; it takes its first step by [`Resume::Start`].
    Spawned {
        /// The new task.
        task: TaskId,
        /// The task that created it.
        parent: TaskId,
    },
    /// The task parked on this key, if there is one, may go on with `Value::Bool(true)`.
    Woken(ParkKey),
    /// This task, if it has not ended, is to be resumed with `asyncio.CancelledError`.
    Cancelled(TaskId),
    /// A call that nobody awaits, such as a line of the log. It has no answer.
    Told(Call),
}

/// A printed line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Printed {
    /// The innermost learner's frame that printed the end of the line.
    pub site: Option<Site>,
    /// The text without its newline.
    pub text: String,
}

/// Something worth telling that did not fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Where it was caused.
    pub site: Option<Site>,
    /// One sentence without full stop.
    pub message: String,
}

/// An exception that ended a task.
#[derive(Debug, Clone, PartialEq)]
pub struct Raised {
    /// The class: its bare name for built-in, learners' and framework classes.
    pub class: String,
    /// `str(exception)`.
    pub message: String,
    /// Learners' frames, outermost first.
    pub frames: Vec<TraceFrame>,
    /// The exception that it was raised from or while handling.
    pub cause: Option<Box<Raised>>,
    /// Set when a limit ended the task.
    pub stopped: Option<Stopped>,
    /// The exception's attributes that are plain data, such as `status` or `sqlstate`.
    pub fields: Vec<(String, Value)>,
    /// What to do about it, if there is something to say.
    pub hint: Option<String>,
}

/// One learner's frame of a traceback, with the range of the expression that raised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceFrame {
    /// File name as the learner sees it.
    pub file: String,
    /// The function's qualified name, `<module>` for the top level.
    pub function: String,
    /// First line, counted from 1.
    pub line: u32,
    /// First column in characters, counted from 1.
    pub column: u32,
    /// Last line, counted from 1.
    pub end_line: u32,
    /// Column after the last character, counted from 1.
    pub end_column: u32,
}

/// Which limit ended a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// [`Ambient::fuel`] was used up.
    Fuel,
    /// [`Ambient::memory_bytes`] was passed.
    Memory,
    /// Calls were nested deeper than [`crate::limits::RECURSION_FRAMES`] and nothing caught the
    /// `RecursionError`.
    Recursion,
}

/// One learner's frame of a suspended task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// File name as the learner sees it.
    pub file: String,
    /// The function's qualified name.
    pub function: String,
    /// The line it waits on, counted from 1.
    pub line: u32,
    /// Local variables by name in the order of the code: name and text, cut to
    /// [`crate::limits::REPR_CHARACTERS`].
    pub locals: Vec<(String, String)>,
}
