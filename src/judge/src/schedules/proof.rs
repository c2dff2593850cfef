//! The proof: every schedule within the lesson's bound, explored in slices.
//!
//! In: a world and a bound. Out: what the exploration found; each smallest counterexample is run again, without the
//! explorer's table, and looked at like any other run. One that does not break its promise then is a mistake of the
//! simulator: the exploration is not called complete.

use super::tried::Way;
use super::{Schedules, Stage, Trying};
use std::rc::Rc;
use unhappy_explore::{Options, Search, Worlds, run_of};
use unhappy_lesson::{Bound, Lesson};
use unhappy_sim::{Refusal, Run, Standpoint};
use unhappy_trace::{Counterexample, EventKind, Explored, Inputs, Stopped, text};

/// Distinct states of one proof. The lessons' fixes have a quarter of it at most; a browser is at work for a minute.
const STATES: u64 = 60_000;

/// States that one slice looks at: some ten milliseconds in a browser.
const STATES_PER_SLICE: u64 = 20;

/// An exploration on its way.
pub(super) struct Proof {
    worlds: Worlds,
    search: Search<Standpoint>,
    inputs: Inputs,
    /// What was counted last, and how many states there must be before it is counted again: counting walks the graph.
    counted: Exploring,
    next_count: u64,
}

/// How far an exploration is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Exploring {
    /// Distinct states so far.
    pub states: u64,
    /// Of these, states that nobody has looked at.
    pub frontier: u64,
    /// Schedules that the states stand for, at the last count.
    pub schedules: unhappy_trace::Schedules,
    /// Promises that can break, as far as is known.
    pub broken: u32,
}

impl Schedules {
    /// Looks at some more states. Returns whether that was all.
    pub(super) fn prove(&mut self, trying: &mut Trying) -> Result<bool, Refusal> {
        let Some(bound) = self.lesson.bound.clone() else { return Ok(true) };
        let mut proof = match trying.proof.take() {
            Some(proof) => proof,
            None => self.begin_proof(&bound, trying)?,
        };
        let progress = proof.search.advance(&mut proof.worlds, STATES_PER_SLICE);
        if !progress.is_done {
            trying.proof = Some(proof);
            return Ok(false);
        }
        let whole_history = proof.worlds.work().whole_history.map(|reason| format!("{reason}."));
        let promises: Vec<String> = self.lesson.promises.iter().map(|promise| promise.key.clone()).collect();
        let mut explored = proof.search.into_graph(whole_history).report(&promises);
        for found in explored.broken.clone() {
            if !self.look_again(&found, &proof.inputs, trying)? {
                explored.stopped.push(Stopped::Limit(not_again(&found)));
            }
        }
        trying.explored = Some(explored);
        Ok(true)
    }

    fn begin_proof(&mut self, bound: &Bound, trying: &mut Trying) -> Result<Box<Proof>, Refusal> {
        let world = self.world(Stage::Explored, trying)?;
        let inputs = world.inputs.clone();
        let worlds = Worlds::new(&self.machine, &self.lesson, world, bound);
        let search = Search::new(Options { states: STATES, ..Options::default() });
        Ok(Box::new(Proof { worlds, search, inputs, counted: Exploring::default(), next_count: 0 }))
    }

    /// Runs a counterexample as the page would. Returns whether the promise broke.
    fn look_again(
        &mut self,
        found: &Counterexample,
        explored: &Inputs,
        trying: &mut Trying,
    ) -> Result<bool, Refusal> {
        let run = run_of(explored, &found.smallest);
        let mut world = self.world(Stage::Explored, trying)?;
        world.inputs.choices = run.choices.clone();
        let finished = Run::start(&self.machine, &self.lesson, world).finish();
        let trace = &finished.trace;
        let broke = trace.events.iter().any(|event| match &event.kind {
            EventKind::PromiseBroke(broke) => trace.text(broke.promise) == found.promise,
            _ => false,
        });
        if broke {
            trying.tried.forget(&found.promise);
            let way = Way::Explored { switches: found.cost.preemptions, faults: found.cost.faults };
            trying.tried.look(&finished, &run, "", way);
        }
        Ok(broke)
    }
}

impl Proof {
    /// Returns how far it is.
    pub(super) fn progress(&mut self) -> Exploring {
        let now = self.search.progress();
        if now.states >= self.next_count {
            self.counted.schedules = self.search.schedules();
            self.next_count = now.states + now.states / 8;
        }
        self.counted.states = now.states;
        self.counted.frontier = now.frontier;
        self.counted.broken = u32::try_from(now.broken.len()).unwrap_or(u32::MAX);
        self.counted.clone()
    }
}

fn not_again(found: &Counterexample) -> String {
    format!(
        "The schedule {} breaks \"{}\" while exploring, but not when it is run again. That is a mistake of the simulator; \
         please report it with this sentence.",
        found.smallest, found.promise
    )
}

/// What was explored, in a sentence without its end: "every order of two operations on two server processes".
pub(super) fn bound_words(lesson: &Rc<Lesson>, faults: &str) -> String {
    let Some(bound) = &lesson.bound else { return String::new() };
    let operations = text::counted(u64::from(bound.operations), "operation", "operations");
    let mut words = format!("every order of {operations} on {} server processes", bound.processes);
    if !faults.is_empty() {
        let many = text::counted(u64::from(bound.faults_in_all), "fault", "faults");
        words.push_str(&format!(", with at most {many} ({faults})"));
    }
    if bound.timers > 0 {
        let timers = text::counted(u64::from(bound.timers), "timer that fires", "timers that fire");
        words.push_str(&format!(" and at most {timers} while somebody could go on"));
    }
    words
}

/// What a finished exploration says of all schedules: "Safe in all 58 schedules".
pub(super) fn words(explored: &Explored) -> String {
    if explored.is_safe() {
        return format!("Safe in all {} schedules.", explored.schedules);
    }
    match explored.stopped.first() {
        Some(stopped) if explored.broken.is_empty() => format!("Not proved: {stopped}"),
        _ => format!("Breaks in {} of {} schedules.", explored.broken_schedules, explored.schedules),
    }
}
