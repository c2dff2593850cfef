//! What happens next: moments ordered by virtual time, then by the order in which they were queued.

use std::collections::BTreeMap;
use unhappy_trace::SimInstant;

/// A queue of moments.
#[derive(Debug, Clone)]
pub struct Queue<M> {
    waiting: BTreeMap<(SimInstant, u64), M>,
    next: u64,
}

impl<M> Queue<M> {
    /// Returns an empty queue.
    pub fn new() -> Queue<M> {
        Queue { waiting: BTreeMap::new(), next: 0 }
    }

    /// Adds a moment.
    pub fn add(&mut self, at: SimInstant, moment: M) {
        self.waiting.insert((at, self.next), moment);
        self.next += 1;
    }

    /// Takes the earliest moment; of equal ones the first that was added.
    pub fn take(&mut self) -> Option<(SimInstant, M)> {
        self.waiting.pop_first().map(|((at, _), moment)| (at, moment))
    }

    /// Returns the earliest moment.
    pub fn first(&self) -> Option<&M> {
        self.waiting.first_key_value().map(|(_, moment)| moment)
    }

    /// Returns all moments, the earliest first.
    pub fn all(&self) -> impl Iterator<Item = (SimInstant, &M)> {
        self.waiting.iter().map(|((at, _), moment)| (*at, moment))
    }

    /// Keeps the moments that `stays` accepts.
    pub fn retain(&mut self, stays: impl Fn(&M) -> bool) {
        self.waiting.retain(|_, moment| stays(moment));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_instants_keep_their_order() {
        let mut queue = Queue::new();
        for (micros, name) in [(5, "late"), (1, "first"), (1, "second")] {
            queue.add(SimInstant::from_micros(micros), name);
        }
        let order: Vec<&str> = std::iter::from_fn(|| queue.take().map(|(_, name)| name)).collect();
        assert_eq!(order, ["first", "second", "late"]);
    }
}
