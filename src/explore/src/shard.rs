//! Splitting a search over machines: the same beginning everywhere, then each takes its part of what is open, and the
//! graphs are merged by state.
//!
//! In: which part of how many. Out: a [`Part`] as bytes; merged parts give the graph of an unsplit search, state for state,
//! unless a part reached the bound of states, which each counts for itself.

use crate::graph::{Edge, Fate, Graph, Node};
use crate::model::Model;
use crate::search::Search;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Version of the bytes of a part.
const FORMAT: u32 = 1;

/// What one of several searches found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    format: u32,
    /// What was explored: whatever the caller names it by. Only parts of the same are merged.
    pub of: String,
    /// Which part, from 1.
    pub number: u32,
    /// Of how many.
    pub count: u32,
    /// What it found.
    pub graph: Graph,
}

/// Why parts cannot be merged. Whole sentences.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// Bytes that are none.
    #[error(
        "This is no part of an exploration, or one of another version of the tool. Explore again with --shard."
    )]
    NoPart,
    /// Parts of two explorations.
    #[error("Part {number} is of another exploration: {of}. Expected parts of {expected}.")]
    Other {
        /// Which part.
        number: u32,
        /// What it is of.
        of: String,
        /// What the first part is of.
        expected: String,
    },
    /// The same state leads elsewhere.
    #[error(
        "The parts disagree about what follows on a state: different versions of the tool made them. Explore again."
    )]
    Differ,
    /// A part is missing, there twice, or of another number of parts.
    #[error("Expected each of the parts 1 to {count} once. Found: {found}.")]
    Parts {
        /// How many there should be.
        count: u32,
        /// What was there.
        found: String,
    },
}

impl Part {
    /// Makes a part of a graph.
    pub fn new(of: String, number: u32, count: u32, graph: Graph) -> Part {
        Part { format: FORMAT, of, number, count, graph }
    }

    /// Writes it.
    pub fn to_bytes(&self) -> Vec<u8> {
        postcard::to_allocvec(self).expect("a part has nothing that postcard cannot write")
    }

    /// Reads it.
    ///
    /// # Errors
    /// [`MergeError::NoPart`] for anything else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Part, MergeError> {
        let part: Part = postcard::from_bytes(bytes).map_err(|_| MergeError::NoPart)?;
        let nodes = part.graph.nodes.len();
        let is_inside = |node: &Node| match &node.fate {
            Fate::Choices(edges) => edges.iter().all(|edge| (edge.to as usize) < nodes),
            _ => true,
        };
        let is_sound = part.format == FORMAT && nodes > 0 && part.graph.nodes.iter().all(is_inside);
        if is_sound { Ok(part) } else { Err(MergeError::NoPart) }
    }

    /// Merges the parts of one exploration.
    ///
    /// # Errors
    /// A [`MergeError`] when they are not exactly that.
    pub fn merge(mut parts: Vec<Part>) -> Result<Graph, MergeError> {
        parts.sort_by_key(|part| part.number);
        let Some(first) = parts.first() else { return Err(MergeError::NoPart) };
        let (of, count) = (first.of.clone(), first.count);
        if let Some(other) = parts.iter().find(|part| part.of != of) {
            return Err(MergeError::Other { number: other.number, of: other.of.clone(), expected: of });
        }
        let is_whole =
            parts.iter().map(|part| (part.number, part.count)).eq((1..=count).map(|number| (number, count)));
        if !is_whole {
            let found: Vec<String> =
                parts.iter().map(|part| format!("{} of {}", part.number, part.count)).collect();
            return Err(MergeError::Parts { count, found: found.join(", ") });
        }
        merged(parts.into_iter().map(|part| part.graph))
    }
}

/// One graph with the states of all; where one has looked and another has not, what was seen counts.
fn merged(graphs: impl Iterator<Item = Graph>) -> Result<Graph, MergeError> {
    let mut all = Graph::default();
    let mut known: BTreeMap<u128, u32> = BTreeMap::new();
    for graph in graphs {
        let places: Vec<u32> = graph.nodes.iter().map(|node| place(node, &mut all, &mut known)).collect();
        for (node, at) in graph.nodes.into_iter().zip(&places) {
            let same = &mut all.nodes[*at as usize];
            let fate = moved(node.fate, &places);
            if same.broken != node.broken {
                return Err(MergeError::Differ);
            } else if matches!(same.fate, Fate::Open) {
                same.fate = fate;
            } else if !matches!(fate, Fate::Open) && same.fate != fate {
                return Err(MergeError::Differ);
            }
        }
        graph.stopped.into_iter().for_each(|stopped| all.stop(stopped));
        all.whole_history = all.whole_history.take().or(graph.whole_history);
    }
    Ok(all)
}

fn place(node: &Node, all: &mut Graph, known: &mut BTreeMap<u128, u32>) -> u32 {
    *known.entry(node.key).or_insert_with(|| {
        all.nodes.push(Node { key: node.key, broken: node.broken.clone(), fate: Fate::Open });
        u32::try_from(all.nodes.len() - 1).expect("states of a search fit 32 bits")
    })
}

fn moved(fate: Fate, places: &[u32]) -> Fate {
    match fate {
        Fate::Choices(edges) => Fate::Choices(
            edges.into_iter().map(|edge| Edge { to: places[edge.to as usize], ..edge }).collect(),
        ),
        other => other,
    }
}

impl<S> Search<S> {
    /// Explores everything that is up to `depth` choices away from the start, then leaves of what is open only the part
    /// `number` (from 1) of `count`. [`Search::advance`] goes on from there.
    pub fn take_part(&mut self, model: &mut impl Model<State = S>, number: u32, count: u32, depth: u32) {
        self.begin(model);
        for _ in 0..depth.min(self.options.steps) {
            for (_, waiting) in std::mem::take(&mut self.frontier) {
                if !self.expand(model, waiting) {
                    return;
                }
            }
        }
        let mut keys: Vec<(u128, u32)> = self
            .frontier
            .values()
            .map(|waiting| (self.graph.nodes[waiting.node as usize].key, waiting.node))
            .collect();
        keys.sort_unstable();
        let mine: BTreeSet<u32> = (0..count.max(1))
            .cycle()
            .zip(keys)
            .filter(|(turn, _)| turn + 1 == number)
            .map(|(_, (_, node))| node)
            .collect();
        self.frontier.retain(|(_, node), _| mine.contains(node));
    }
}
