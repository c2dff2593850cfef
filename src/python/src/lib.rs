//! Learners' Python: processes and suspended tasks on RustPython.
//!
//! In: Python files (a framework and the learner's), a task's arguments, results of its calls, the virtual
//! clock, a random stream and budgets. Out: the next call as plain data, or how the task ended, with what was
//! printed, counted and asked for on the way. Every run of the same inputs gives the same bytes, natively and
//! in wasm.
//!
//! A framework is Python that the caller passes to [`Python::load`]. It makes calls through the native module
//! `_host` (listed in `host.rs`): `_host.call("db.execute", (sql,), values)` returns an awaitable; awaited, it
//! ends the step as [`Outcome::Suspended`], and [`Resume`] gives the `await` its value or its exception.
//! What a framework shares between all processes is passed to [`Python::share`] before.
//! `asyncio` is ours and makes two calls of its own: `asyncio.sleep` with `[seconds]`, answered by `Null`, and
//! `asyncio.park` with `[key, seconds or None]`, answered by `Bool(true)` once the key is woken
//! ([`Effect::Woken`]) and by `Bool(false)` once the time is over. A wake of a key on which nobody is
//! parked does nothing. After [`Effect::Cancelled`] the task, unless it has
//! ended, is resumed with `asyncio.CancelledError`, whatever it waits for.
//!
//! Not here: what a call means, when a task goes on, which framework is imported (`sim`). Nothing waits.
//!
//! Carries a part of CPython's standard library (`lib/cpython.txt` lists the files), taken from the crate
//! `rustpython-pylib` under the PSF licence; our own replacements for some modules are `lib/*.py`.

mod process;
mod program;
mod python;
mod step;

mod check;
mod compile;
mod instrument;
mod refuse;

mod call;
mod convert;
mod counts;
mod host;
mod places;
mod raised;
mod row;
mod stack;
mod state;
mod stream;
mod tick;

mod absent;
mod entropy;
mod floats;
mod garbage;
mod globals;
mod identity;
mod importer;
mod library;
mod natives;
mod random;
mod shared;

pub mod limits;
pub mod memory;

pub use check::Checked;
pub use globals::Globals;
pub use process::Process;
pub use program::Program;
pub use python::Python;
pub use step::{
    Ambient, Call, Effect, Frame, Module, Note, Outcome, ParkKey, Printed, Raised, Resume, Stepped, Stopped,
    Stream, TaskId, TraceFrame,
};
