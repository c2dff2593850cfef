//! Verdicts by execution.
//!
//! Owns: what running a learner's code over sizes, data seeds and hidden variants means, over schedules and
//! faults for lessons with promises, which family its behaviour belongs to, and the checks of a lesson that need
//! runs. In: a lesson and a change. Out: a verdict, or problems. The original code's answer on the same world is
//! the reference.
//!
//! Source text is never looked at, and nothing here depends on which lesson it is.

mod behaviour;
mod case;
mod check;
mod facts;
mod judging;
mod keys;
mod locks;
mod outcomes;
mod record;
mod schedules;
mod sizes;
mod steps;
mod words;

pub use case::inputs;
pub use check::{LessonProblem, check_lesson};
pub use judging::{Change, Judge, Judging, Step};
pub use record::record_lesson;
pub use schedules::proof::Exploring;
