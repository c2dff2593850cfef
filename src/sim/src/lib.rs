//! The simulated backend.
//!
//! Owns: virtual time and its costs, seeded streams, the world of a run (one server process, the database,
//! clients), the services beside the database, the Python module that learners import, made-up rows, the player
//! of isolation specs. In: a lesson and the inputs of a run. Out: a trace. A run is a pure function of the two: no
//! thread, no wall clock, no page.
//!
//! Not here: how Python runs (`python`), what a statement means (`db`), what a trace says about the code
//! (`judge`).

mod code;
pub mod cost;
mod generate;
pub mod isolation;
pub mod limits;
mod machine;
mod queue;
mod random;
mod run;
pub mod scheduler;
pub mod services;
mod statement;
mod task;
mod world;

pub use machine::{ENGINE_VERSION, Machine, framework, python};
pub use run::{Finished, Onward, Run, Standpoint, Status, Work};
pub use unhappy_python::memory::CountingAllocator;
pub use world::{Refusal, World};
