//! Drives a run along a schedule: who should go on as long as it can, and what that comes to.
//!
//! In: a world and the beginning of a schedule. Out: the finished run. Which moves are possible shows only in
//! a run, so a beginning is made longer run by run until the wanted actor cannot move, or is done.

use super::plan;
use std::rc::Rc;
use unhappy_lesson::Lesson;
use unhappy_sim::{Finished, Machine, Run, World};
use unhappy_trace::{Choices, Move, Schedule, Then, request_name};

/// Runs that may be spent on one beginning. An operation of a lesson has at most a dozen steps.
const RUNS_PER_BEGINNING: u32 = 60;

/// Drives runs of one world, and counts them.
pub(super) struct Driver<'a> {
    pub(super) machine: &'a Rc<Machine>,
    pub(super) lesson: &'a Rc<Lesson>,
    pub(super) world: &'a World,
    pub(super) runs: u64,
}

/// Whether a timer may fire so that the wanted actor can go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Timers {
    Fire,
    Wait,
}

/// Runs operations one after the other, each to its end.
pub(super) fn in_order(machine: &Rc<Machine>, lesson: &Rc<Lesson>, world: &World) -> Finished {
    let mut driver = Driver { machine, lesson, world, runs: 0 };
    let mut beginning = vec![];
    let mut finished = driver.run(beginning.clone());
    for number in 0..world.inputs.requests {
        let name = request_name(number);
        let wanted = |actor: &str| plan::operation_of(actor) == Some(&name);
        let Some(run) = driver.pursue(beginning.clone(), &wanted, Timers::Fire) else { break };
        let last = run.schedule.moves.iter().rposition(|step| plan::is_of(step, &name));
        beginning = last.map_or(vec![], |last| run.schedule.moves[..=last].to_vec());
        finished = run;
    }
    finished
}

impl Driver<'_> {
    /// Makes these moves, then runs to the end.
    pub(super) fn run(&mut self, moves: Vec<Move>) -> Finished {
        let mut world = self.world.clone();
        world.inputs.choices = Choices::Chosen(Schedule { moves, then: Then::Finish });
        self.runs += 1;
        Run::start(self.machine, self.lesson, world).finish()
    }

    /// Makes these moves, then lets the wanted actors go on as long as they can, then the rest. None when the
    /// moves cannot be made.
    pub(super) fn pursue(
        &mut self,
        moves: Vec<Move>,
        wanted: &dyn Fn(&str) -> bool,
        timers: Timers,
    ) -> Option<Finished> {
        let mut from = moves.len();
        let mut finished = self.made(moves)?;
        for _ in 0..RUNS_PER_BEGINNING {
            let made = &finished.schedule.moves;
            let Some((place, next)) = plan::overtaken(made, from, wanted) else { break };
            if made[place] == Move::Timer {
                if timers == Timers::Wait {
                    break;
                }
                from = place + 1;
                continue;
            }
            let with = |step: &Move| made[..place].iter().chain([step]).cloned().collect::<Vec<Move>>();
            let fires = timers == Timers::Fire && made[place..next].contains(&Move::Timer);
            let mut ways = vec![with(&made[next])];
            if fires {
                // Who has not moved yet, such as a retry, most likely waits for the timer.
                let is_known = made[..place].contains(&made[next]);
                ways.insert(usize::from(is_known), with(&Move::Timer));
            }
            let longer = ways.into_iter().find_map(|moves| self.made(moves));
            match longer {
                Some(longer) => (finished, from) = (longer, place + 1),
                None => break,
            }
        }
        Some(finished)
    }

    /// Makes these moves; none when they cannot be made.
    fn made(&mut self, moves: Vec<Move>) -> Option<Finished> {
        let finished = self.run(moves.clone());
        finished.schedule.moves.starts_with(&moves).then_some(finished)
    }
}
