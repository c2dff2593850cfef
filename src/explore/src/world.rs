//! A lesson's world as something to explore.

use crate::model::{Arrived, Model, Successor};
use std::collections::BTreeMap;
use std::rc::Rc;
use unhappy_lesson::{Bound, Lesson};
use unhappy_sim::{Machine, Standpoint, Work, World};
use unhappy_trace::{Choices, Digest, Inputs, Outcome, Schedule};

/// All runs of one world within a bound.
pub struct Worlds {
    start: Standpoint,
}

impl Worlds {
    /// Returns the runs of a world. The world's own choices and rates of faults are not asked.
    pub fn new(machine: &Rc<Machine>, lesson: &Rc<Lesson>, world: World, bound: &Bound) -> Worlds {
        Worlds { start: Standpoint::start(machine, lesson, world, bound) }
    }

    /// Returns how much work it was so far.
    pub fn work(&self) -> Work {
        self.start.work()
    }
}

impl Model for Worlds {
    type State = Standpoint;

    fn start(&mut self) -> Arrived<Standpoint> {
        arrived(self.start.clone())
    }

    fn successors(&mut self, state: &Standpoint) -> Vec<Successor<Standpoint>> {
        let onward = state.onward().into_iter();
        onward.map(|next| Successor { moves: next.moves, actor: next.actor, to: arrived(next.to) }).collect()
    }

    fn outcome(&mut self, state: &Standpoint) -> Outcome {
        state.outcome()
    }

    fn content(&self, state: &Standpoint) -> Option<Vec<u8>> {
        Some(state.content().into_bytes())
    }
}

fn arrived(state: Standpoint) -> Arrived<Standpoint> {
    let key = Digest::of(state.content().as_bytes()).number();
    let limit = state.limit().map(str::to_owned);
    Arrived { key, broken: state.broken(), limit, state }
}

/// Returns the inputs of the run that a schedule of an exploration is: the same world, these choices, no files.
pub fn run_of(explored: &Inputs, schedule: &Schedule) -> Inputs {
    let choices = Choices::Chosen(schedule.clone());
    Inputs { choices, files: BTreeMap::new(), faults: vec![], ..explored.clone() }
}
