//! A run that stands before a choice: what can be chosen, and where each choice leads.
//!
//! In: a world and a bound. Out: standpoints, each with its content, the promises that are broken, and how it ended when
//! nothing is left to choose. Choices: the next step of each actor; each fault of the bound that has a chance in that step;
//! the earliest timer; the crash of a process at work. A timer that fires while somebody could still move counts toward
//! the bound; one that fires because nobody else can is no choice, and counts only as a step. Not here: the search
//! (`explore`).

use super::{Run, Status};
use crate::code::{Source, Table};
use crate::machine::Machine;
use crate::scheduler::Told;
use crate::world::World;
use std::cell::RefCell;
use std::rc::Rc;
use unhappy_lesson::{Bound, Lesson};
use unhappy_trace::{Fault, FaultKind, How, Move, Outcome, Recorder};

/// A run that stands before a choice. Cloning it is a fork.
#[derive(Clone)]
pub struct Standpoint {
    run: Run,
    table: Rc<RefCell<Table>>,
    /// Kinds of faults that may still happen, each once.
    faults: Vec<FaultKind>,
    /// How many of them in all.
    faults_left: u32,
    /// Timers that may still fire while somebody could move.
    timers: u32,
}

/// A choice, and where it leads.
pub struct Onward {
    /// The moves: faults stand before the step in which they happen.
    pub moves: Vec<Move>,
    /// Whose step it is; none for a timer and for a crash.
    pub actor: Option<String>,
    /// Where it leads.
    pub to: Standpoint,
}

/// How much work an exploration was.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Work {
    /// Steps of Python that were asked for.
    pub asked: u64,
    /// Of these, steps that an interpreter made because the table did not know them.
    pub made: u64,
    /// Steps that interpreters made again to stand where one of those begins.
    pub repeated: u64,
    /// Why a process's whole history had to stand for its state; none when it had not to.
    pub whole_history: Option<String>,
}

impl Standpoint {
    /// Returns a world before its first choice.
    pub fn start(machine: &Rc<Machine>, lesson: &Rc<Lesson>, world: World, bound: &Bound) -> Standpoint {
        let table = Rc::new(RefCell::new(Table::default()));
        let told = Box::new(Told::default());
        let source = Source::Known(table.clone());
        let mut run = Run::begin(machine, lesson, world, Some(told), source, Recorder::silent());
        run.plan.chances = Some(vec![]);
        let faults_left = bound.faults_in_all;
        let mut start =
            Standpoint { run, table, faults: bound.faults.clone(), faults_left, timers: bound.timers };
        start.make(&[]);
        start
    }

    /// Returns every choice with where it leads, in a fixed order: actors by name, each with its faults; the timer; crashes.
    pub fn onward(&self) -> Vec<Onward> {
        if self.run.is_at_rest || self.run.stopped.is_some() {
            return vec![];
        }
        let possible = self.run.possible_moves();
        let mut all = vec![];
        for next in &possible {
            match next {
                Move::Step(actor) => self.step(actor, next, &mut all),
                Move::Timer if possible.len() == 1 => all.push(self.to(vec![Move::Timer], None)),
                Move::Timer if self.timers > 0 => {
                    let mut early = self.to(vec![Move::Timer], None);
                    early.to.timers -= 1;
                    all.push(early);
                }
                Move::Timer | Move::Fault(_) => {}
            }
        }
        self.crashes(&mut all);
        all
    }

    /// Returns the content of this state: equal for standpoints from which the same can happen.
    pub fn content(&self) -> String {
        format!("{}faults {:?} timers {}", self.run.content(), self.faults, self.timers)
    }

    /// Returns the promises that broke so far, by their places in the lesson.
    pub fn broken(&self) -> Vec<u16> {
        let all = self.run.promises.broken.iter().enumerate();
        let broken = all.filter(|(_, is_broken)| **is_broken);
        broken.filter_map(|(index, _)| u16::try_from(index).ok()).collect()
    }

    /// Returns why the simulator stopped the run before its end, in a sentence; none when it did not.
    pub fn limit(&self) -> Option<&str> {
        self.run.stopped.as_deref().filter(|_| !self.run.is_at_rest)
    }

    /// Returns how the run ended, as far as it has.
    pub fn outcome(&self) -> Outcome {
        let run = &self.run;
        let answers = if run.operations.is_empty() {
            let of_traffic = run.requests.iter().filter(|request| !request.name.contains('.'));
            of_traffic
                .map(|request| answer(&request.name, request.status.map(|status| status.to_string())))
                .collect()
        } else {
            run.operations
                .iter()
                .map(|operation| answer(&operation.name, operation.outcome.clone()))
                .collect()
        };
        let broken = self.broken();
        let key = |index: &u16| run.lesson.promises[usize::from(*index)].key.clone();
        Outcome { answers, watched: run.promises.watched(), broken: broken.iter().map(key).collect() }
    }

    /// Returns how much work was done so far, by all standpoints that came from one start.
    pub fn work(&self) -> Work {
        let table = self.table.borrow();
        Work {
            asked: table.asked,
            made: table.made,
            repeated: table.repeated,
            whole_history: table.whole_history.as_ref().map(|reason| reason.to_string()),
        }
    }

    /// An actor's step: undisturbed, and with every choice of faults that have a chance in it.
    fn step(&self, actor: &str, step: &Move, all: &mut Vec<Onward>) {
        let plain = self.to(vec![step.clone()], Some(actor));
        let chances = self.chances_of(&plain, 0);
        all.push(plain);
        self.with_faults(actor, step, &[], chances, all);
    }

    /// The same step with one fault more, for each chance; later chances may break as well.
    fn with_faults(
        &self,
        actor: &str,
        step: &Move,
        before: &[Fault],
        chances: Vec<(FaultKind, Fault, usize)>,
        all: &mut Vec<Onward>,
    ) {
        for (kind, fault, place) in chances {
            let faults: Vec<Fault> = before.iter().cloned().chain([fault.clone()]).collect();
            let is_instead = fault.how == How::Lost && fault.thing == format!("{actor}.request");
            let mut moves: Vec<Move> = faults.iter().cloned().map(Move::Fault).collect();
            if !is_instead {
                moves.push(step.clone());
            }
            let mut broken = self.to(moves, Some(actor));
            broken.to.spend(kind);
            let later = broken.to.chances_of(&broken, place + 1);
            all.push(broken);
            self.with_faults(actor, step, &faults, later, all);
        }
    }

    /// The chances of a step that was made, from the one at a place on, of kinds that may still happen here.
    fn chances_of(&self, made: &Onward, from: usize) -> Vec<(FaultKind, Fault, usize)> {
        let chances = made.to.run.plan.chances.as_deref().unwrap_or_default();
        let here = chances.iter().enumerate().skip(from);
        let allowed = here.filter(|(_, (kind, _))| made.to.faults.contains(kind));
        allowed.map(|(place, (kind, fault))| (*kind, fault.clone(), place)).collect()
    }

    /// The crash of each process that works on something.
    fn crashes(&self, all: &mut Vec<Onward>) {
        if !self.faults.contains(&FaultKind::Crash) {
            return;
        }
        for name in self.run.busy_processes() {
            let crash = Move::Fault(Fault { thing: name, how: How::Crash });
            let mut onward = self.to(vec![crash], None);
            onward.to.spend(FaultKind::Crash);
            all.push(onward);
        }
    }

    /// A fault of this kind happened: it happens no more; none does when that was the last that may.
    fn spend(&mut self, kind: FaultKind) {
        self.faults_left = self.faults_left.saturating_sub(1);
        self.faults.retain(|known| *known != kind && self.faults_left > 0);
    }

    fn to(&self, moves: Vec<Move>, actor: Option<&str>) -> Onward {
        let mut to = self.clone();
        to.make(&moves);
        Onward { moves, actor: actor.map(str::to_owned), to }
    }

    /// Makes moves and everything that follows from them without a choice.
    fn make(&mut self, moves: &[Move]) {
        let run = &mut self.run;
        run.scheduler = Some(Box::new(Told::new(moves)));
        run.has_halted = false;
        run.made.clear();
        if let Some(chances) = &mut run.plan.chances {
            chances.clear();
        }
        while run.advance(u32::MAX) != Status::Finished {}
    }
}

fn answer(name: &str, came_to: Option<String>) -> String {
    format!("{name} {}", came_to.as_deref().unwrap_or("no answer"))
}
