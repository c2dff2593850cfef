//! Draws evenly among the actors that can move; the timer only when nobody else can.

use super::{Choice, Scheduler};
use crate::random::{Purpose, Stream};
use unhappy_trace::Move;

/// A seeded order.
#[derive(Debug, Clone)]
pub struct Random {
    stream: Stream,
}

impl Random {
    /// Returns the order of a seed.
    pub fn new(seed: u64) -> Random {
        Random { stream: Stream::new(seed, Purpose::Choices, 0) }
    }
}

impl Scheduler for Random {
    fn copy(&self) -> Box<dyn Scheduler> {
        Box::new(self.clone())
    }

    fn choose(&mut self, possible: &[Move]) -> Choice {
        if possible.is_empty() {
            return Choice::Stop;
        }
        let steps = possible.iter().filter(|next| matches!(next, Move::Step(_))).count();
        let count = if steps == 0 { possible.len() } else { steps };
        let index = usize::try_from(self.stream.below(count as u64)).expect("an index below a length");
        Choice::Make(possible[index].clone())
    }
}
