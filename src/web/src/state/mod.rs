//! What a lesson page knows, and how it changes. No browser and no Yew in here.
//!
//! In: actions, in order. Out: the next state, and from it what the engine should be asked next and what
//! should be stored. The page component carries both out.

mod action;
mod by_hand;
mod code;
mod job;
mod lesson;
mod progress;
mod reduce;
mod runs;
mod settings;
#[cfg(test)]
mod tests;

pub use action::Action;
pub use by_hand::Hand;
pub use code::{Code, Files, Trying};
pub use job::{Active, Job, Purpose};
pub use lesson::{Before, EngineState, EvidenceView, LessonState, Stored, VerdictShown};
pub use progress::Progress;
pub use runs::{CodeName, Run, RunKind, Runs};
pub use settings::Settings;
