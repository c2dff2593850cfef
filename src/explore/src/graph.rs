//! The graph of distinct states: plain data, from which every number of a report follows.

use serde::{Deserialize, Serialize};
use unhappy_trace::{Move, Outcome, Stopped};

/// Distinct states and the moves between them. The first node is the state before the first move.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Graph {
    /// The states, in the order in which they were found.
    pub nodes: Vec<Node>,
    /// Which bounds stopped the search, each once, in their order. They matter where states are open.
    pub stopped: Vec<Stopped>,
    /// Why states were told apart by a whole history, in a sentence; none when they were not.
    pub whole_history: Option<String>,
}

/// A state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// Hash of its content.
    pub key: u128,
    /// Promises that are broken in it, by number, ascending.
    pub broken: Vec<u16>,
    /// What follows.
    pub fate: Fate,
}

/// What follows on a state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fate {
    /// Nobody has looked.
    Open,
    /// These choices, in their order.
    Choices(Vec<Edge>),
    /// A schedule ends here.
    End(Outcome),
    /// A limit of the simulator ends the run here; its sentence.
    Limit(String),
}

/// A choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edge {
    /// Its moves.
    pub moves: Vec<Move>,
    /// Whose step it is; none for a timer and for a fault of its own.
    pub actor: Option<String>,
    /// The node it leads to.
    pub to: u32,
}

impl Edge {
    /// How many of its moves are faults, and how many are none.
    pub(crate) fn faults_and_steps(&self) -> (u32, u32) {
        let faults = self.moves.iter().filter(|made| matches!(made, Move::Fault(_))).count();
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        (number(faults), number(self.moves.len() - faults))
    }

    /// Whether it is a fault of its own, such as a crash: nobody moves.
    pub(crate) fn is_lone_fault(&self) -> bool {
        self.actor.is_none() && self.moves.iter().all(|made| matches!(made, Move::Fault(_)))
    }

    /// Whether somebody who moved last, and could have gone on here, did not.
    pub(crate) fn preempts(&self, last: Option<&str>, choices: &[Edge]) -> bool {
        let Some(last) = last.filter(|_| !self.is_lone_fault()) else { return false };
        self.actor.as_deref() != Some(last) && choices.iter().any(|edge| edge.actor.as_deref() == Some(last))
    }

    /// Who moved last once this choice was made.
    pub(crate) fn last_after<'a>(&'a self, last: Option<&'a str>) -> Option<&'a str> {
        if self.is_lone_fault() { last } else { self.actor.as_deref() }
    }
}

impl Graph {
    /// Returns the choices in a node; none where nobody has looked and where nothing follows.
    pub(crate) fn choices(&self, node: u32) -> &[Edge] {
        match self.nodes.get(node as usize).map(|node| &node.fate) {
            Some(Fate::Choices(edges)) => edges,
            _ => &[],
        }
    }

    /// Returns for each node the least number of choices from the first one; the largest number where none lead.
    pub(crate) fn distances(&self) -> Vec<u32> {
        let mut distances = vec![u32::MAX; self.nodes.len()];
        let mut here: Vec<u32> = if self.nodes.is_empty() { vec![] } else { vec![0] };
        let mut distance = 0;
        while !here.is_empty() {
            let mut next = vec![];
            for node in here {
                let known = &mut distances[node as usize];
                if *known == u32::MAX {
                    *known = distance;
                    next.extend(self.choices(node).iter().map(|edge| edge.to));
                }
            }
            next.retain(|node| distances[*node as usize] == u32::MAX);
            (here, distance) = (next, distance + 1);
        }
        distances
    }

    /// Notes that a bound stopped the search.
    pub(crate) fn stop(&mut self, stopped: Stopped) {
        if let Err(place) = self.stopped.binary_search(&stopped) {
            self.stopped.insert(place, stopped);
        }
    }
}
