//! What one step of a judging tries, and what it makes worth trying next.
//!
//! In: an attempt. Out: what was seen, added to `Tried`, and further attempts. Each order of two operations is run
//! undisturbed, and undisturbed but for each fault that a request of it can meet. Every such run is then interrupted
//! after each move of its first operation: by the other one, by an early timer, or by another actor of the same
//! operation (a second delivery, a retry). A fault whose thing comes by several times in one request is tried at each
//! of its steps, also in interrupted runs, and so is the crash of the process that made the step.

use super::drive::{Driver, Timers, in_order};
use super::plan;
use super::tried::Way;
use super::{OPERATIONS_AT_A_TIME, RUNS_PER_JUDGING, Schedules, Stage, Trying, answers};
use crate::facts::observe;
use crate::outcomes::timed;
use crate::words::{failure, filled};
use std::collections::BTreeMap;
use unhappy_lesson::Variables;
use unhappy_sim::{Finished, Refusal, Run};
use unhappy_trace::{Choices, FaultKind, Inputs, Move, Report, Schedule, Then, request_name};

/// One attempt.
#[derive(Debug, Clone)]
pub(super) enum Attempt {
    /// Operations one after the other, held against the original answers.
    InOrder(Stage),
    /// A variant whose own expectation must hold, by its number.
    Expected(usize),
    /// A schedule of two operations.
    Schedule(Beginning),
    /// Every schedule within the bound.
    Prove,
    /// The lesson's traffic with that seed.
    Traffic(u64),
}

/// The beginning of a schedule, who then goes on as long as it can, and what may follow from it.
#[derive(Debug, Clone)]
pub(super) struct Beginning {
    moves: Vec<Move>,
    wanted: Wanted,
    /// Switches that it holds, as chosen here.
    switches: u32,
    /// The operation that goes first, and the other one, while it is not interrupted.
    orders: Option<(String, String)>,
}

/// Who goes on.
#[derive(Debug, Clone)]
enum Wanted {
    /// Everything of this operation.
    Operation(String),
    /// Everything of this operation but the actor that was interrupted.
    OperationWithout(String, String),
    /// One actor.
    Actor(String),
    /// Whoever the rule of `Then::Finish` takes.
    Anybody,
}

impl Beginning {
    /// Whether its switch is a timer that fires while somebody could go on.
    fn is_early_timer(&self) -> bool {
        matches!(self.wanted, Wanted::OperationWithout(..))
    }
}

impl Wanted {
    fn is_met_by(&self, actor: &str) -> bool {
        let of = |operation: &str| plan::operation_of(actor) == Some(operation);
        match self {
            Wanted::Operation(operation) => of(operation),
            Wanted::OperationWithout(operation, without) => of(operation) && actor != without,
            Wanted::Actor(name) => actor == name,
            Wanted::Anybody => false,
        }
    }
}

/// Each order of the operations, undisturbed.
pub(super) fn undisturbed() -> Vec<Attempt> {
    let names: Vec<String> = (0..OPERATIONS_AT_A_TIME).map(request_name).collect();
    let alone = |(first, other): (String, String)| Beginning {
        moves: vec![],
        wanted: Wanted::Operation(first.clone()),
        switches: 0,
        orders: Some((first, other)),
    };
    orders(&names).into_iter().map(alone).map(Attempt::Schedule).collect()
}

/// The pairs of first and other; the only one is paired with itself.
fn orders(names: &[String]) -> Vec<(String, String)> {
    match names {
        [first, second] => vec![(first.clone(), second.clone()), (second.clone(), first.clone())],
        _ => names.iter().map(|name| (name.clone(), name.clone())).collect(),
    }
}

impl Schedules {
    pub(super) fn attempt(&mut self, attempt: Attempt, trying: &mut Trying) -> Result<(), Refusal> {
        match attempt {
            Attempt::InOrder(stage) => self.try_in_order(stage, trying),
            Attempt::Expected(number) => self.try_expected(number, trying),
            Attempt::Schedule(_) if trying.tried.runs >= RUNS_PER_JUDGING => {
                trying.tried.is_cut = true;
                Ok(())
            }
            Attempt::Schedule(beginning) => self.try_schedule(beginning, trying),
            Attempt::Prove => {
                if !self.prove(trying)? {
                    trying.queue.push_front(Attempt::Prove);
                }
                Ok(())
            }
            Attempt::Traffic(seed) => self.try_traffic(seed, trying),
        }
    }

    fn try_in_order(&mut self, stage: Stage, trying: &mut Trying) -> Result<(), Refusal> {
        let expected = self.original_answers(stage)?;
        let world = self.world(stage, trying)?;
        let finished = in_order(&self.machine, &self.lesson, &world);
        let case = self.name_of(stage);
        let run = as_made(&world.inputs, &finished);
        trying.tried.look(&finished, &run, &case, Way::InOrder);
        // Code that does not start, or never comes to an end, has nothing more to show.
        trying.tried.is_hopeless |= stage == Stage::InOrder && finished.stopped.is_some();
        let stopped = finished.stopped.as_ref().and_then(|_| failure(&finished));
        let found = stopped.or_else(|| {
            let differs = answers::difference(&expected, &finished.answers)?;
            Some(differs + &cause(&finished))
        });
        trying.tried.case(&case, found, &finished, &run);
        Ok(())
    }

    fn try_expected(&mut self, number: usize, trying: &mut Trying) -> Result<(), Refusal> {
        let stage = Stage::Variant(number);
        let world = self.world(stage, trying)?;
        let finished = Run::start(&self.machine, &self.lesson, world.clone()).finish();
        let case = self.name_of(stage);
        let run = as_made(&world.inputs, &finished);
        trying.tried.look(&finished, &run, &case, Way::InOrder);
        let variant = &self.lesson.variants[number];
        let named = trying.tried.facts_of_one(&finished, &self.lesson, &world.settings);
        let holds = variant.expect.iter().all(|formula| formula.holds(&named) == Ok(true));
        let found = match &finished.stopped {
            Some(_) => failure(&finished),
            None if holds => None,
            None => Some(format!("{}.", filled(variant.sentence.trim_end_matches('.'), &named))),
        };
        trying.tried.case(&case, found, &finished, &run);
        Ok(())
    }

    fn try_schedule(&mut self, beginning: Beginning, trying: &mut Trying) -> Result<(), Refusal> {
        let world = self.world(Stage::AtATime, trying)?;
        let mut driver = Driver { machine: &self.machine, lesson: &self.lesson, world: &world, runs: 0 };
        let runs: Vec<Option<Finished>> = match &beginning.orders {
            Some((first, _)) => vec![begun_by(&mut driver, &beginning, first)],
            None => {
                let wanted = |actor: &str| beginning.wanted.is_met_by(actor);
                let until_it_waits = driver.pursue(beginning.moves.clone(), &wanted, Timers::Wait);
                let has_timer = |run: &Finished| {
                    run.schedule
                        .moves
                        .get(beginning.moves.len()..)
                        .is_some_and(|made| made.contains(&Move::Timer))
                };
                // Without a timer behind the beginning, none would fire for whoever interrupts either.
                let to_its_end = (self.sleeps_to_its_end(&beginning)
                    && until_it_waits.as_ref().is_some_and(has_timer))
                .then(|| driver.pursue(beginning.moves.clone(), &wanted, Timers::Fire));
                vec![until_it_waits, to_its_end.flatten()]
            }
        };
        trying.tried.runs += driver.runs;
        for finished in runs.into_iter().flatten() {
            self.take_schedule(&finished, &beginning, &world.inputs, trying);
        }
        Ok(())
    }

    /// Whoever interrupts goes on until it must wait; where timers may fire, it is also tried sleeping to its end.
    fn sleeps_to_its_end(&self, beginning: &Beginning) -> bool {
        let may_fire = self.lesson.bound.as_ref().is_some_and(|bound| bound.timers > 0);
        may_fire && !matches!(beginning.wanted, Wanted::Anybody)
    }

    /// Looks at a schedule's run, and plans what follows from it.
    fn take_schedule(
        &self,
        finished: &Finished,
        beginning: &Beginning,
        inputs: &Inputs,
        trying: &mut Trying,
    ) {
        let faults = plan::faults_in(&beginning.moves);
        // A fault that never happened leaves a run that is tried without it.
        if plan::happened(&finished.trace) < faults {
            return;
        }
        let way =
            Way::Schedule { switches: beginning.switches, faults: u32::try_from(faults).unwrap_or(u32::MAX) };
        let run = as_made(inputs, finished);
        if trying.tried.look(finished, &run, "", way) {
            // An early time-out is tried alone; every other switch also with every fault.
            if faults == 0 && !beginning.is_early_timer() {
                self.plan_crashes(finished, beginning, trying);
                self.plan_faults(finished, beginning, trying);
            }
            self.plan_switches(finished, beginning, trying);
        }
    }

    /// After each move that the first operation made before it was done, somebody else goes on.
    fn plan_switches(&self, finished: &Finished, beginning: &Beginning, trying: &mut Trying) {
        let Some((operation, by)) = &beginning.orders else { return };
        let made = &finished.schedule.moves;
        let is_other = operation != by;
        let end = if is_other { plan::moves_before(made, by) } else { made.len() };
        let last = made[..end].iter().rposition(|step| plan::is_of(step, operation)).unwrap_or(0);
        let first_of_other = plan::first_of(made, by).filter(|_| is_other);
        let early_timers = self.lesson.bound.as_ref().is_some_and(|bound| bound.timers > 0)
            && plan::faults_in(&beginning.moves) == 0;
        for count in beginning.moves.len()..=last {
            let mut after = |step: Move, wanted: Wanted| {
                let moves = made[..count].iter().cloned().chain([step]).collect();
                trying.queue_schedule(Beginning { moves, wanted, switches: 1, orders: None });
            };
            let has_begun = made[..count].iter().any(|step| plan::is_of(step, operation));
            if let Some(first) = first_of_other.filter(|_| has_begun) {
                after(first.clone(), Wanted::Operation(by.clone()));
            }
            for other in plan::others_later(made, count, operation) {
                after(Move::Step(other.clone()), Wanted::Actor(other));
            }
            if let Some(next) = plan::stepping(&made[count]).filter(|_| early_timers) {
                after(Move::Timer, Wanted::OperationWithout(operation.clone(), next.to_owned()));
            }
        }
    }

    /// The process that made a move ends right after it, for each move that no run before has.
    fn plan_crashes(&self, finished: &Finished, beginning: &Beginning, trying: &mut Trying) {
        if !self.kinds().contains(&FaultKind::Crash) {
            return;
        }
        let processes = plan::processes(&finished.trace);
        let made = &finished.schedule.moves;
        for index in beginning.moves.len().saturating_sub(1)..made.len() {
            let Some(crash) = plan::crash_after(&made[index], &processes) else { continue };
            let moves = made[..=index].iter().cloned().chain([crash]).collect();
            trying.queue_schedule(Beginning {
                moves,
                wanted: Wanted::Anybody,
                switches: beginning.switches,
                orders: None,
            });
        }
    }

    /// Each fault that a request of this run can meet: from the start, where the run is not interrupted, and at each
    /// further chance of it when the thing comes by several times, or only in this run.
    fn plan_faults(&self, finished: &Finished, beginning: &Beginning, trying: &mut Trying) {
        let made = &finished.schedule.moves;
        let requests = plan::requests(&finished.trace);
        for fault in requests.iter().flat_map(|request| plan::faults_of(self.kinds(), request)) {
            let chances = plan::chances(&finished.trace, &fault);
            if chances.is_empty() {
                continue;
            }
            let mut places = plan::places_before(made, &fault, &chances);
            places.retain(|place| *place >= beginning.moves.len());
            if beginning.orders.is_some() {
                places.push(0);
                trying.tried.from_start.insert(fault.clone());
            } else if chances.len() == 1 && !trying.tried.from_start.contains(&fault) {
                places.push(beginning.moves.len());
            }
            for place in places {
                let moves = made[..place].iter().cloned().chain([Move::Fault(fault.clone())]).collect();
                trying.queue_schedule(Beginning { moves, ..beginning.clone() });
            }
        }
    }

    fn kinds(&self) -> &[FaultKind] {
        self.lesson.bound.as_ref().map_or(&[], |bound| &bound.faults)
    }

    fn try_traffic(&mut self, seed: u64, trying: &mut Trying) -> Result<(), Refusal> {
        let mut world = self.world(Stage::Traffic, trying)?;
        world.inputs.seed = seed;
        let inputs = world.inputs.clone();
        let settings = world.settings.clone();
        let finished = Run::start(&self.machine, &self.lesson, world).finish();
        let case = format!("the lesson's traffic (seed {seed})");
        trying.tried.look(&finished, &inputs, &case, Way::Traffic);
        let mut found = finished.stopped.as_ref().and_then(|_| failure(&finished));
        if seed == self.lesson.traffic.seed {
            let report = Report::of(&finished.trace);
            let facts = observe(&finished.trace, &report);
            let mut named = facts.variables(&settings);
            named.extend(timed(&report));
            found = found.or_else(|| self.over_budget(&named));
            trying.tried.timed = Some((facts, named));
        }
        trying.tried.case(&case, found, &finished, &inputs);
        Ok(())
    }

    fn over_budget(&self, named: &Variables) -> Option<String> {
        let broken = self.lesson.budgets.iter().find(|budget| budget.formula.holds(named) == Ok(false))?;
        Some(format!("{}.", filled(broken.sentence.trim_end_matches('.'), named)))
    }

    fn name_of(&self, stage: Stage) -> String {
        match stage {
            Stage::Variant(number) => self.lesson.variants[number].name.clone(),
            _ => "one operation after the other".to_owned(),
        }
    }
}

impl Trying {
    /// Before the traffic, behind everything else.
    fn queue_schedule(&mut self, beginning: Beginning) {
        let is_later = |attempt: &Attempt| matches!(attempt, Attempt::Traffic(_) | Attempt::Prove);
        let place = self.queue.iter().position(is_later).unwrap_or(self.queue.len());
        self.queue.insert(place, Attempt::Schedule(beginning));
    }
}

/// Runs a beginning that is not interrupted: its first operation begins, because `Then::Finish` would take the first by
/// name. Its first step may be the answer to a lost request, so it is not always possible at once.
fn begun_by(driver: &mut Driver, beginning: &Beginning, first: &str) -> Option<Finished> {
    let wanted = |actor: &str| beginning.wanted.is_met_by(actor);
    if beginning.moves.iter().any(|step| plan::is_of(step, first)) {
        return driver.pursue(beginning.moves.clone(), &wanted, Timers::Fire);
    }
    let begun = beginning.moves.iter().cloned().chain([Move::Step(first.to_owned())]).collect();
    let finished = driver.pursue(begun, &wanted, Timers::Fire);
    finished.or_else(|| driver.pursue(beginning.moves.clone(), &wanted, Timers::Fire))
}

/// The inputs that give this run again: its moves as they were made.
fn as_made(inputs: &Inputs, finished: &Finished) -> Inputs {
    let schedule = Schedule { then: Then::Finish, ..finished.schedule.clone() };
    Inputs { choices: Choices::Chosen(schedule), files: BTreeMap::new(), ..inputs.clone() }
}

/// The exception behind a 5xx answer, in brackets.
fn cause(finished: &Finished) -> String {
    let is_failed = finished.answers.iter().flatten().any(|(status, _)| *status >= 500);
    let sentence = if is_failed { failure(finished) } else { None };
    sentence.map_or_else(String::new, |sentence| format!(" In this run {sentence}"))
}
