//! Schedulers: who moves next in a run whose order is chosen.
//!
//! In: the moves that are possible, in a fixed order (actors by name, then the timer). Out: one of them, or the end.
//! A timed run asks nobody: virtual time decides. All that is not determined by a run's inputs comes from here.

mod random;
mod replay;

pub use random::Random;
pub use replay::Replay;

use unhappy_trace::Move;

/// Decides who moves next.
pub trait Scheduler {
    /// Chooses among the possible moves; with none left, only a schedule that asks for more has
    /// something to say.
    fn choose(&mut self, possible: &[Move]) -> Choice;
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
