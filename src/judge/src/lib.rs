//! Verdicts by execution.
//!
//! Owns: what running a learner's code over sizes, data seeds and hidden variants means, which family its
//! behaviour belongs to, and the checks of a lesson that need runs. In: a lesson and files. Out: a verdict,
//! or problems. The original code's answer on the same world is the reference.
//!
//! Source text is never looked at, and nothing here depends on which lesson it is.

mod case;
mod check;
mod facts;
mod judging;

pub use case::inputs;
pub use check::{LessonProblem, check_lesson, record_lesson};
pub use judging::{Judge, Judging, Step};
