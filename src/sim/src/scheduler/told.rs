//! Makes the moves that it was told, then stands still: an explorer tells it one choice at a time.

use super::{Choice, Scheduler};
use std::collections::VecDeque;
use unhappy_trace::Move;

/// Moves to be made, then nothing.
#[derive(Debug, Clone, Default)]
pub struct Told {
    moves: VecDeque<Move>,
}

impl Told {
    /// Returns a scheduler that makes these moves.
    pub fn new(moves: &[Move]) -> Told {
        Told { moves: moves.iter().cloned().collect() }
    }
}

impl Scheduler for Told {
    fn copy(&self) -> Box<dyn Scheduler> {
        Box::new(self.clone())
    }

    fn choose(&mut self, possible: &[Move]) -> Choice {
        match self.moves.pop_front() {
            None => Choice::Stop,
            Some(next) if matches!(next, Move::Fault(_)) || possible.contains(&next) => Choice::Make(next),
            Some(next) => Choice::Unfit(format!("{next} is not possible there.")),
        }
    }
}
