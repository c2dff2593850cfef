//! Counting schedules on a graph of states: paths from the first state to where schedules end.
//!
//! Without recursion: a schedule may be thousands of moves long. An edge back to a state on the way to itself is a cycle:
//! it is not followed, and every count is then the least there is.

use crate::graph::{Fate, Graph};
use unhappy_trace::Schedules;

/// Ways through a graph.
pub(crate) struct Ways {
    /// Ways from the first state to each node; 0 for nodes that cannot be reached.
    pub(crate) to: Vec<u128>,
    /// Nodes that can be reached, each before those it leads to (but for cycles).
    pub(crate) order: Vec<u32>,
    /// Whether there is a cycle.
    pub(crate) has_cycle: bool,
    /// Whether a number became too large.
    pub(crate) is_saturated: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    New,
    OnTheWay,
    Done,
}

/// Counts the ways to each node.
pub(crate) fn ways(graph: &Graph) -> Ways {
    let (order, back, has_cycle) = sorted(graph);
    let mut to = vec![0_u128; graph.nodes.len()];
    let mut is_saturated = false;
    if let Some(first) = order.first() {
        to[*first as usize] = 1;
    }
    for node in &order {
        let here = to[*node as usize];
        for (index, edge) in graph.choices(*node).iter().enumerate() {
            if back.binary_search(&(*node, index)).is_ok() {
                continue;
            }
            let there = &mut to[edge.to as usize];
            is_saturated |= there.checked_add(here).is_none();
            *there = there.saturating_add(here);
        }
    }
    Ways { to, order, has_cycle, is_saturated }
}

/// Nodes in an order in which each comes before those it leads to, and the edges that close a cycle, sorted.
fn sorted(graph: &Graph) -> (Vec<u32>, Vec<(u32, usize)>, bool) {
    let mut marks = vec![Mark::New; graph.nodes.len()];
    let (mut done, mut back) = (vec![], vec![]);
    let mut way: Vec<(u32, usize)> = if graph.nodes.is_empty() { vec![] } else { vec![(0, 0)] };
    if let Some(first) = marks.first_mut() {
        *first = Mark::OnTheWay;
    }
    while let Some((node, next)) = way.last_mut() {
        let Some(edge) = graph.choices(*node).get(*next) else {
            marks[*node as usize] = Mark::Done;
            done.push(*node);
            way.pop();
            continue;
        };
        let place = (*node, *next);
        *next += 1;
        match marks[edge.to as usize] {
            Mark::New => {
                marks[edge.to as usize] = Mark::OnTheWay;
                way.push((edge.to, 0));
            }
            Mark::OnTheWay => back.push(place),
            Mark::Done => {}
        }
    }
    done.reverse();
    back.sort_unstable();
    let has_cycle = !back.is_empty();
    (done, back, has_cycle)
}

/// Counts the schedules of a graph.
pub(crate) fn schedules(graph: &Graph) -> Schedules {
    let ways = ways(graph);
    total(graph, &ways, |_| true)
}

/// Adds up the schedules that end in nodes that `counts` accepts.
pub(crate) fn total(graph: &Graph, ways: &Ways, counts: impl Fn(u32) -> bool) -> Schedules {
    let is_open = graph.nodes.is_empty();
    let (mut count, mut is_least) = (0_u128, is_open || ways.has_cycle || ways.is_saturated);
    for node in &ways.order {
        let fate = &graph.nodes[*node as usize].fate;
        is_least |= matches!(fate, Fate::Open | Fate::Limit(_));
        let is_end = !matches!(fate, Fate::Choices(_));
        if is_end && counts(*node) {
            is_least |= count.checked_add(ways.to[*node as usize]).is_none();
            count = count.saturating_add(ways.to[*node as usize]);
        }
    }
    Schedules { count, is_least }
}
