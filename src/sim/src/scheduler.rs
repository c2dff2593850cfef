//! Schedulers: who moves next in a run whose order is chosen.
//!
//! In: the moves that are possible, in a fixed order (actors by name, then the timer). Out: one of them, or the end.
//! A timed run asks nobody: virtual time decides. All that is not determined by a run's inputs comes from here.

mod random;
mod replay;
mod told;

pub use random::Random;
pub use replay::Replay;
pub use told::Told;

use unhappy_trace::Move;

/// Decides who moves next.
pub trait Scheduler {
    /// Returns the same scheduler, for a run that is copied.
    fn copy(&self) -> Box<dyn Scheduler>;

    /// Chooses among the possible moves; with none left, only a schedule that asks for more has
    /// something to say.
    fn choose(&mut self, possible: &[Move]) -> Choice;
}

impl Clone for Box<dyn Scheduler> {
    fn clone(&self) -> Box<dyn Scheduler> {
        self.copy()
    }
}

/// What a scheduler decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// This move. A fault may be chosen although it is not listed: it happens at the next chance of its thing.
    Make(Move),
    /// No move: the run stands still.
    Stop,
    /// What was asked for is not possible. A sentence.
    Unfit(String),
}
