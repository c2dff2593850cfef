//! The code of one simulated process: an interpreter's process, or a value that can be copied.
//!
//! In: what the process is fed (an import, starts of tasks, results). Out: steps. A run that is made once feeds a live
//! process. An explorer forks its runs at every move, and interpreter state cannot be copied: there a process is what it
//! was fed (`known.rs`), and what follows from that stands in a table (`table.rs`). Rule followed: python.md, "Fork by
//! replay".

mod known;
mod live;
mod table;

use crate::machine::Machine;
use known::Known;
use std::cell::RefCell;
use std::rc::Rc;
pub(crate) use table::Table;
use unhappy_python::{Ambient, Process, Program, Resume, Stepped, Stream, TaskId};
use unhappy_trace::{Digest, Value};

/// Where the processes of a run come from.
#[derive(Clone)]
pub(crate) enum Source {
    /// Each is an interpreter's.
    Live,
    /// Each is a value; the table is shared by all runs of one exploration.
    Known(Rc<RefCell<Table>>),
}

/// A task to be started: a function of the framework's module `backend`, called with plain data.
#[derive(Debug, Clone)]
pub(crate) struct Beginning {
    /// The task's name: `A`.
    pub(crate) name: String,
    /// The function.
    pub(crate) function: &'static str,
    /// Its argument.
    pub(crate) data: Value,
    /// What it draws from.
    pub(crate) stream: Stream,
}

/// The code of one process.
#[derive(Clone)]
pub(crate) enum Code {
    Live(Rc<RefCell<Process>>),
    Known(Box<Known>),
}

impl Code {
    /// Starts a process and imports a module in it. A failed import gives no process.
    pub(crate) fn import(
        source: &Source,
        machine: &Machine,
        program: &Program,
        module: &str,
        stream: Stream,
        ambient: Ambient,
    ) -> (Code, Stepped) {
        match source {
            Source::Live => {
                let mut process = machine.python.start_process(program);
                let stepped = process.import(&machine.python, module, stream, ambient);
                (Code::Live(Rc::new(RefCell::new(process))), stepped)
            }
            Source::Known(table) => {
                let (known, stepped) = Known::import(table, machine, program, module, stream, ambient);
                (Code::Known(Box::new(known)), stepped)
            }
        }
    }

    /// Creates a task; it takes its first step by [`Resume::Start`].
    pub(crate) fn start(&mut self, machine: &Machine, beginning: Beginning) -> TaskId {
        match self {
            Code::Live(process) => live::start(&mut process.borrow_mut(), machine, &beginning),
            Code::Known(known) => known.start(beginning),
        }
    }

    /// Runs a task to its next call, its return or its exception.
    pub(crate) fn resume(
        &mut self,
        machine: &Machine,
        task: TaskId,
        with: Resume,
        ambient: Ambient,
    ) -> Stepped {
        match self {
            Code::Live(process) => process.borrow_mut().resume(&machine.python, task, with, ambient),
            Code::Known(known) => known.resume(machine, task, with, ambient),
        }
    }

    /// What may change the next step of any task, but for that task's own history; none for a live process.
    pub(crate) fn globals(&self) -> Option<Digest> {
        match self {
            Code::Live(_) => None,
            Code::Known(known) => Some(known.globals()),
        }
    }

    /// A task's history, as one number; none for a live process and a task that has ended.
    pub(crate) fn history(&self, task: TaskId) -> Option<Digest> {
        match self {
            Code::Live(_) => None,
            Code::Known(known) => known.history(task),
        }
    }
}
