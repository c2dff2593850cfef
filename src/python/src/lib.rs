//! Learners' Python: processes and suspended tasks on RustPython.
//!
//! In: Python files (a framework and the learner's), a task's arguments, results of its calls, the virtual
//! clock, a random stream and budgets. Out: the next call as plain data, or how the task ended, with what was
//! printed, counted and asked for on the way. Every run of the same inputs gives the same bytes, natively and
//! in wasm.
//!
//! Not here: what a call means, when a task goes on, which framework is imported (`sim`). Nothing waits.

mod check;
pub mod limits;
mod process;
mod python;
mod step;

pub use check::Checked;
pub use process::Process;
pub use python::{Program, Python};
pub use step::{
    Ambient, Call, Effect, Frame, Module, Note, Outcome, ParkKey, Printed, Raised, Resume, Stepped, Stopped,
    Stream, TaskId, TraceFrame,
};
