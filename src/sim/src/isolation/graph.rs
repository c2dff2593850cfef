//! Who waits for whom, and what follows from it for the order of events.
//!
//! In: the sessions that each waiting session waits for, places in queues included. Out: whether there is a
//! deadlock, and which of several steps that ended together is reported next.
//!
//! Rule followed: "The settle rule" in `tests/oracle/README.md`, points 2 and 3.

use std::collections::{BTreeMap, BTreeSet};

/// The sessions that each waiting session waits for, by index.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Graph(BTreeMap<usize, BTreeSet<usize>>);

impl Graph {
    /// Notes that a session waits for others.
    pub fn add(&mut self, session: usize, on: impl IntoIterator<Item = usize>) {
        self.0.entry(session).or_default().extend(on);
    }

    /// Returns whether sessions wait for each other in a circle.
    pub fn has_cycle(&self) -> bool {
        // Whoever waits only for sessions that get on, gets on. Who is left goes in a circle or waits for one.
        let mut stuck: BTreeSet<usize> = self.0.keys().copied().collect();
        loop {
            let before = stuck.len();
            let waits = |session: &usize| self.0[session].iter().any(|other| stuck.contains(other));
            stuck = stuck.iter().copied().filter(waits).collect();
            if stuck.is_empty() || stuck.len() == before {
                return !stuck.is_empty();
            }
        }
    }

    /// Returns the first of `sessions` that waited for none of the others.
    pub fn first_free(&self, sessions: &[usize]) -> Option<usize> {
        let waited = |session: usize| {
            let on = self.0.get(&session);
            sessions.iter().any(|other| *other != session && on.is_some_and(|on| on.contains(other)))
        };
        sessions.iter().copied().find(|session| !waited(*session))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(edges: &[(usize, usize)]) -> Graph {
        let mut graph = Graph::default();
        for (session, on) in edges {
            graph.add(*session, [*on]);
        }
        graph
    }

    #[test]
    fn a_circle_is_a_circle_wherever_it_begins() {
        for (edges, wanted) in [
            (vec![], false),
            (vec![(1, 2), (2, 3)], false),
            (vec![(1, 2), (2, 1)], true),
            (vec![(1, 2), (2, 3), (3, 2)], true),
            (vec![(1, 2), (1, 3), (2, 3)], false),
            (vec![(1, 1)], true),
        ] {
            assert_eq!(graph(&edges).has_cycle(), wanted, "{edges:?}");
        }
    }

    #[test]
    fn one_that_waited_for_another_follows_it() {
        let graph = graph(&[(1, 2), (3, 9)]);
        assert_eq!(graph.first_free(&[1, 2, 3]), Some(2));
        assert_eq!(graph.first_free(&[1, 3]), Some(1));
        assert_eq!(self::graph(&[(1, 2), (2, 1)]).first_free(&[1, 2]), None);
    }
}
