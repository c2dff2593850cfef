//! The state of the process that is running: what native functions called by Python may read and change.
//!
//! A step moves the process's state into a thread-local place and takes it back at its end; outside of steps
//! the place is empty. No Python may run while the state is borrowed.

use crate::call::Origin;
use crate::counts::LineTotals;
use crate::program::Loaded;
use crate::random::Twister;
use crate::stream::StreamState;
use crate::{Ambient, Effect, Note, ParkKey, Printed, TaskId, limits};
use rustpython_vm as vm;
use std::cell::RefCell;
use std::rc::Rc;
use unhappy_trace::{SimDuration, SimInstant, Site, Value};
use vm::PyObjectRef;
use vm::builtins::PyDictRef;

thread_local! {
    static CURRENT: RefCell<Option<Box<State>>> = const { RefCell::new(None) };
}

/// Everything that belongs to one process and is not a module.
pub(crate) struct State {
    pub(crate) program: Rc<Loaded>,
    pub(crate) tasks: Vec<Option<Box<Task>>>,
    pub(crate) outstanding: Vec<Outstanding>,
    pub(crate) totals: LineTotals,
    /// What `random.seed` made of the shared generator; `None` follows the task's stream.
    pub(crate) shared_random: Option<Box<Twister>>,
    /// Objects whose `id` was asked, kept so that no other object gets their number.
    pub(crate) identities: Vec<PyObjectRef>,
    /// Keys made at the top level of a module, outside of tasks.
    keys_outside: u64,
    next_call: u64,
    pub(crate) step: Step,
}

/// A task that has not ended.
pub(crate) struct Task {
    pub(crate) stage: Stage,
    pub(crate) stream: StreamState,
    pub(crate) seed: u64,
    pub(crate) children: u64,
    /// What the task's park keys and its children's tags derive from.
    pub(crate) tag: u64,
    /// Park keys that it made.
    pub(crate) keys: u64,
    /// The `asyncio.Task` that is told how the task ends.
    pub(crate) handle: Option<PyObjectRef>,
    /// Its context variables.
    pub(crate) context: Option<PyDictRef>,
    pub(crate) notes: Vec<Note>,
}

/// How far a task has come.
pub(crate) enum Stage {
    /// Its function has not been called.
    Planned { module: String, function: String, args: Vec<Value> },
    /// Its step is just beginning.
    Beginning,
    /// A coroutine, started or not.
    Coroutine(PyObjectRef),
}

/// A call that was created and not awaited yet.
pub(crate) struct Outstanding {
    pub(crate) call: u64,
    pub(crate) task: Option<TaskId>,
    pub(crate) origin: Rc<Origin>,
}

/// What the running step has gathered.
pub(crate) struct Step {
    pub(crate) now: SimInstant,
    pub(crate) slept: SimDuration,
    pub(crate) read_clock: bool,
    /// The task that runs; `None` while a module is imported for the process.
    pub(crate) running: Option<TaskId>,
    /// The stream that an import draws from.
    pub(crate) import_stream: StreamState,
    pub(crate) effects: Vec<Effect>,
    pub(crate) notes: Vec<Note>,
    pub(crate) output: Output,
}

/// What was printed in a step.
#[derive(Default)]
pub(crate) struct Output {
    lines: Vec<Printed>,
    partial: String,
    bytes: usize,
    lines_in_all: usize,
}

impl State {
    /// Returns the state of a process that has done nothing.
    pub(crate) fn new(program: Rc<Loaded>) -> State {
        let totals = LineTotals::new(&program);
        State {
            program,
            tasks: Vec::new(),
            outstanding: Vec::new(),
            totals,
            shared_random: None,
            identities: Vec::new(),
            keys_outside: 0,
            next_call: 0,
            step: Step {
                now: SimInstant::START,
                slept: SimDuration::ZERO,
                read_clock: false,
                running: None,
                import_stream: StreamState::new(0),
                effects: Vec::new(),
                notes: Vec::new(),
                output: Output::default(),
            },
        }
    }

    /// Begins a step of `running`.
    pub(crate) fn begin(&mut self, running: Option<TaskId>, ambient: Ambient) {
        self.step.now = ambient.now;
        self.step.slept = SimDuration::ZERO;
        self.step.read_clock = false;
        self.step.running = running;
    }

    /// Returns a task that has not ended.
    pub(crate) fn task(&mut self, id: TaskId) -> Option<&mut Task> {
        self.tasks.get_mut(id.0 as usize)?.as_deref_mut()
    }

    /// Returns the task that runs.
    pub(crate) fn running_task(&mut self) -> Option<&mut Task> {
        let id = self.step.running?;
        self.task(id)
    }

    /// Returns the stream to draw from.
    pub(crate) fn stream(&mut self) -> &mut StreamState {
        match self.step.running {
            Some(id) if self.tasks[id.0 as usize].is_some() => {
                &mut self.tasks[id.0 as usize].as_mut().expect("the guard saw it").stream
            }
            _ => &mut self.step.import_stream,
        }
    }

    /// Adds a task and returns its number.
    pub(crate) fn add_task(&mut self, task: Task) -> TaskId {
        self.tasks.push(Some(Box::new(task)));
        TaskId(self.tasks.len() as u32 - 1)
    }

    /// Returns a key that no task was parked on before. It depends on nothing but the task and how many it made.
    pub(crate) fn new_key(&mut self) -> ParkKey {
        let (tag, keys) = match self.running_task() {
            Some(task) => (task.tag, &mut task.keys),
            None => (0, &mut self.keys_outside),
        };
        *keys += 1;
        // Plain data holds numbers of 64 bits with a sign.
        ParkKey(StreamState::child_seed(tag, *keys) >> 1)
    }

    /// Remembers a call that was created but not awaited, and returns its number.
    pub(crate) fn created(&mut self, origin: Rc<Origin>) -> u64 {
        self.next_call += 1;
        let task = self.step.running;
        self.outstanding.push(Outstanding { call: self.next_call, task, origin });
        self.next_call
    }

    /// Forgets a call because it was awaited or handed to a task.
    pub(crate) fn awaited(&mut self, call: u64) {
        if let Some(index) = self.outstanding.iter().rposition(|outstanding| outstanding.call == call) {
            self.outstanding.remove(index);
        }
    }

    /// Adds a note that is told at the end of the running task.
    pub(crate) fn note_at_end(&mut self, note: Note) {
        match self.running_task() {
            Some(task) => task.notes.push(note),
            None => self.step.notes.push(note),
        }
    }

    /// Takes the calls that `task` created and never awaited.
    pub(crate) fn take_outstanding(&mut self, task: Option<TaskId>) -> Vec<Outstanding> {
        self.outstanding.extract_if(.., |outstanding| outstanding.task == task).collect()
    }
}

impl Output {
    /// Takes what a program wrote. `site` says where, asked once per finished line.
    pub(crate) fn write(&mut self, text: &str, site: &dyn Fn() -> Option<Site>) {
        let mut rest = text;
        while let Some((line, after)) = rest.split_once('\n') {
            self.partial.push_str(line);
            self.finish_line(site());
            rest = after;
        }
        self.partial.push_str(rest);
    }

    fn finish_line(&mut self, site: Option<Site>) {
        let text = std::mem::take(&mut self.partial);
        self.lines_in_all += 1;
        self.bytes += text.len();
        if self.bytes <= limits::PRINTED_BYTES_PER_STEP && self.lines_in_all <= limits::PRINTED_LINES_PER_STEP
        {
            self.lines.push(Printed { site, text });
        }
    }

    /// Takes everything, a line without its newline included.
    pub(crate) fn take(&mut self) -> Vec<Printed> {
        if !self.partial.is_empty() {
            self.finish_line(None);
        }
        let mut lines = std::mem::take(&mut self.lines);
        if lines.len() < self.lines_in_all {
            let text = format!(
                "… ({} lines, {} bytes in all; the rest is not shown)",
                self.lines_in_all, self.bytes
            );
            lines.push(Printed { site: None, text });
        }
        self.bytes = 0;
        self.lines_in_all = 0;
        lines
    }
}

/// Puts a process's state in place for a step.
pub(crate) fn enter(state: Box<State>) {
    CURRENT.with_borrow_mut(|current| *current = Some(state));
}

/// Takes the state back.
pub(crate) fn leave() -> Box<State> {
    CURRENT.with_borrow_mut(Option::take).expect("every leave follows an enter")
}

/// Runs `body` on the state of the running process; `None` outside of steps.
pub(crate) fn with<T>(body: impl FnOnce(&mut State) -> T) -> Option<T> {
    CURRENT.with_borrow_mut(|current| current.as_deref_mut().map(body))
}
