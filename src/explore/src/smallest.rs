//! The smallest schedule that breaks a promise: fewest preemptions, then faults, then steps.
//!
//! Dijkstra's algorithm over states and who moved last. Of equally small schedules the one whose choices come first, in
//! the order in which states offer them, so the answer does not depend on the order of a search.

use crate::graph::Graph;
use std::collections::{BTreeMap, BTreeSet};
use unhappy_trace::{Cost, Move};

/// A smallest schedule, up to the move with which the promise broke.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Smallest {
    pub(crate) moves: Vec<Move>,
    pub(crate) cost: Cost,
}

/// A place of the search: a node, and who moved last.
type Place<'a> = (u32, Option<&'a str>);

/// How a place was reached first.
struct Reached<'a> {
    cost: Cost,
    from: Option<(Place<'a>, usize)>,
}

/// Returns the smallest schedule for each promise that can break.
pub(crate) fn of(graph: &Graph) -> BTreeMap<u16, Smallest> {
    let wanted: BTreeSet<u16> = graph.nodes.iter().flat_map(|node| node.broken.iter().copied()).collect();
    let mut found = BTreeMap::new();
    let mut reached: BTreeMap<Place<'_>, Reached<'_>> = BTreeMap::new();
    let mut done: BTreeSet<Place<'_>> = BTreeSet::new();
    let mut open: BTreeMap<(Cost, u64), Place<'_>> = BTreeMap::new();
    let mut number = 0;
    if !graph.nodes.is_empty() && !wanted.is_empty() {
        reached.insert((0, None), Reached { cost: Cost::default(), from: None });
        open.insert((Cost::default(), 0), (0, None));
    }
    while let Some(((cost, _), place)) = open.pop_first() {
        if !done.insert(place) {
            continue;
        }
        for promise in &graph.nodes[place.0 as usize].broken {
            found.entry(*promise).or_insert_with(|| Smallest { moves: moves(graph, &reached, place), cost });
        }
        if found.len() == wanted.len() {
            break;
        }
        let choices = graph.choices(place.0);
        for (index, edge) in choices.iter().enumerate() {
            let (faults, steps) = edge.faults_and_steps();
            let preempts = edge.preempts(place.1, choices);
            let next = Cost {
                preemptions: cost.preemptions + u32::from(preempts),
                faults: cost.faults + faults,
                steps: cost.steps + steps,
            };
            let to = (edge.to, edge.last_after(place.1));
            if reached.get(&to).is_none_or(|known| next < known.cost) {
                reached.insert(to, Reached { cost: next, from: Some((place, index)) });
                number += 1;
                open.insert((next, number), to);
            }
        }
    }
    found
}

/// The moves on the way to a place.
fn moves(graph: &Graph, reached: &BTreeMap<Place<'_>, Reached<'_>>, place: Place<'_>) -> Vec<Move> {
    let mut choices = vec![];
    let mut at = place;
    while let Some((before, index)) = reached.get(&at).and_then(|reached| reached.from) {
        choices.push(&graph.choices(before.0)[index]);
        at = before;
    }
    choices.iter().rev().flat_map(|edge| edge.moves.iter().cloned()).collect()
}
