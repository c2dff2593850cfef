//! Every path of a model's tree, one after the other, with what it costs.

use std::collections::BTreeMap;
use unhappy_explore::{Model, Successor};
use unhappy_trace::{Cost, Move};

/// What all paths come to.
#[derive(Debug, Default)]
pub struct Brute {
    /// Paths to an end.
    pub schedules: u128,
    /// Of these, such with a broken promise.
    pub broken_schedules: u128,
    /// The least cost at which each promise breaks.
    pub smallest: BTreeMap<u16, Cost>,
}

/// Walks every path.
pub fn brute_force<M: Model>(model: &mut M) -> Brute {
    let mut found = Brute::default();
    let start = model.start();
    walk(model, &start.state, &start.broken, (Cost::default(), None), &mut found);
    found
}

fn walk<M: Model>(
    model: &mut M,
    state: &M::State,
    broken: &[u16],
    (cost, last): (Cost, Option<&str>),
    found: &mut Brute,
) {
    for promise in broken {
        let least = found.smallest.entry(*promise).or_insert(cost);
        *least = cost.min(*least);
    }
    let choices = model.successors(state);
    if choices.is_empty() {
        found.schedules += 1;
        found.broken_schedules += u128::from(!broken.is_empty());
    }
    for choice in &choices {
        walk(model, &choice.to.state, &choice.to.broken, paid(cost, last, choice, &choices), found);
    }
}

/// What a path costs with one choice more, and who moved last then. A switch counts when the one who moved last could
/// have gone on; a fault of its own is no switch; after a timer nobody moved last.
fn paid<'a, S>(
    cost: Cost,
    last: Option<&'a str>,
    choice: &'a Successor<S>,
    choices: &[Successor<S>],
) -> (Cost, Option<&'a str>) {
    let faults = choice.moves.iter().filter(|made| matches!(made, Move::Fault(_))).count();
    let steps = choice.moves.len() - faults;
    let could_go_on = last.is_some() && choices.iter().any(|other| other.actor.as_deref() == last);
    let is_crash = steps == 0 && choice.actor.is_none();
    let switches = could_go_on && !is_crash && choice.actor.as_deref() != last;
    let number = |count: usize| u32::try_from(count).expect("a short path");
    let cost = Cost {
        preemptions: cost.preemptions + u32::from(switches),
        faults: cost.faults + number(faults),
        steps: cost.steps + number(steps),
    };
    (cost, if is_crash { last } else { choice.actor.as_deref() })
}

/// A schedule that was made again.
pub struct Replayed {
    /// Promises that are broken before the first choice and after each.
    pub broken: Vec<Vec<u16>>,
    /// What it cost.
    pub cost: Cost,
}

/// Makes a schedule again; none when it does not fit.
pub fn replay<M: Model>(model: &mut M, moves: &[Move]) -> Option<Replayed> {
    let start = model.start();
    let (mut state, mut cost, mut last) = (start.state, Cost::default(), None::<String>);
    let (mut rest, mut broken) = (moves, vec![start.broken]);
    while !rest.is_empty() {
        let mut choices = model.successors(&state);
        let index = choices.iter().position(|choice| rest.starts_with(&choice.moves))?;
        let (now, moved) = paid(cost, last.as_deref(), &choices[index], &choices);
        (cost, last) = (now, moved.map(str::to_owned));
        let choice = choices.swap_remove(index);
        rest = &rest[choice.moves.len()..];
        broken.push(choice.to.broken);
        state = choice.to.state;
    }
    Some(Replayed { broken, cost })
}
