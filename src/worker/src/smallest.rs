//! How few steps are needed to break a promise: asked when a learner has broken one by hand.
//!
//! In: the inputs of a run that is scheduled by hand. Out: the steps of the smallest schedule that breaks a promise, when
//! a short look finds one. A search goes by cost, so what it finds first is the smallest or close to it; a proof says it
//! exactly. Not here: the search (`explore`).

use std::rc::Rc;
use unhappy_explore::{Options, Search, Worlds};
use unhappy_lesson::Lesson;
use unhappy_sim::{Machine, World};
use unhappy_trace::{Choices, Inputs, Schedule};

/// Distinct states of a look: about half a second in a browser.
const STATES: u64 = 1_500;

/// States between two looks at what was found.
const STATES_AT_A_TIME: u64 = 20;

/// Returns the steps of the smallest schedule that was found to break a promise; none when none was found.
pub fn smallest_steps(machine: &Rc<Machine>, lesson: &Rc<Lesson>, inputs: &Inputs) -> Option<u32> {
    let bound = lesson.bound.as_ref()?;
    let inputs = Inputs { choices: Choices::Chosen(Schedule::default()), faults: vec![], ..inputs.clone() };
    let world = World::build(machine, lesson, &inputs).ok()?;
    let mut worlds = Worlds::new(machine, lesson, world, bound);
    let mut search = Search::new(Options { states: STATES, ..Options::default() });
    loop {
        let progress = search.advance(&mut worlds, STATES_AT_A_TIME);
        if progress.is_done || !progress.broken.is_empty() {
            break;
        }
    }
    search.graph().report(&[]).broken.first().map(|found| found.cost.steps)
}
