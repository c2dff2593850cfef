//! Judging over schedules and faults, for lessons with promises.
//!
//! In: a lesson and a change. Out: a verdict. What is tried, in this order: operations one after the other,
//! held against the original code's answers; variants of the data; two operations with every single switch
//! between them and every single fault, which shows what the code does; every schedule within the lesson's bound
//! (`proof.rs`), which decides; the lesson's traffic on a few seeds. One step tries one of these. Equal runs are looked at once.
//!
//! Not here: what is tried (`plan.rs`), how a run is driven (`drive.rs`), what was seen (`tried.rs`), facts
//! (`behaviour.rs`), the words of a verdict (`verdict.rs`).

mod answers;
mod attempt;
mod drive;
pub(crate) mod plan;
pub(crate) mod proof;
mod tried;
mod verdict;

use crate::case::inputs;
use crate::judging::{Change, Step};
use attempt::Attempt;
use proof::Proof;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use tried::Tried;
use unhappy_lesson::{Lesson, world_setting};
use unhappy_sim::{Machine, Refusal, World};
use unhappy_trace::{Choices, Explored, Inputs, Schedule, Then, Value};

/// Runs of one judging. More than ten times what the lessons need; reaching it is said in the verdict.
pub(crate) const RUNS_PER_JUDGING: u64 = 4_000;

/// Operations whose schedules are tried. Every single switch between three has little to add to it.
const OPERATIONS_AT_A_TIME: u32 = 2;

/// Key of the setting that says how many server processes there are.
const PROCESSES: &str = "processes";

/// Traffic seeds besides the lesson's own.
const MORE_SEEDS: u64 = 2;

/// Judges code of one lesson over schedules, and keeps what the original code answers.
pub(crate) struct Schedules {
    machine: Rc<Machine>,
    lesson: Rc<Lesson>,
    references: BTreeMap<Stage, Reference>,
}

/// Which world runs happen in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    /// As many operations as the bound names, one after the other.
    InOrder,
    /// The same in a variant of the data, by its number.
    Variant(usize),
    /// Two operations at a time.
    AtATime,
    /// As many operations as the bound names, all orders of them.
    Explored,
    /// The lesson's traffic.
    Traffic,
}

/// A world, and what the original code answers in it once it was asked.
struct Reference {
    world: World,
    answers: Option<Vec<Option<(u16, Value)>>>,
}

/// Judging on its way.
pub(crate) struct Trying {
    change: Change,
    worlds: BTreeMap<Stage, World>,
    queue: VecDeque<Attempt>,
    done: u64,
    tried: Tried,
    proof: Option<Box<Proof>>,
    /// What the proof found; none while there is none.
    explored: Option<Explored>,
}

impl Schedules {
    pub(crate) fn new(machine: &Rc<Machine>, lesson: &Rc<Lesson>) -> Schedules {
        Schedules { machine: machine.clone(), lesson: lesson.clone(), references: BTreeMap::new() }
    }

    /// Starts judging a change.
    pub(crate) fn start(&self, change: Change) -> Trying {
        let mut queue = VecDeque::from([Attempt::InOrder(Stage::InOrder)]);
        queue.extend(self.lesson.variants.iter().enumerate().map(|(number, variant)| {
            if variant.expect.is_empty() {
                Attempt::InOrder(Stage::Variant(number))
            } else {
                Attempt::Expected(number)
            }
        }));
        queue.extend(attempt::undisturbed());
        queue.extend(self.lesson.bound.is_some().then_some(Attempt::Prove));
        let seed = self.lesson.traffic.seed;
        queue.extend((0..=MORE_SEEDS).map(|more| Attempt::Traffic(seed.wrapping_add(more))));
        Trying {
            change,
            worlds: BTreeMap::new(),
            queue,
            done: 0,
            tried: Tried::default(),
            proof: None,
            explored: None,
        }
    }

    /// Tries one more thing.
    ///
    /// # Errors
    /// A [`Refusal`] when a world cannot be built.
    pub(crate) fn step(&mut self, trying: &mut Trying) -> Result<Step, Refusal> {
        if let Some(attempt) = trying.queue.pop_front() {
            self.attempt(attempt, trying)?;
            if let Some(proof) = &mut trying.proof {
                return Ok(Step::Exploring(proof.progress()));
            }
            trying.done += 1;
        }
        if trying.tried.is_hopeless {
            trying.queue.clear();
        }
        if trying.queue.is_empty() {
            return Ok(Step::Done(Box::new(self.verdict(trying))));
        }
        Ok(Step::Running { done: trying.done, of: trying.done + trying.queue.len() as u64 })
    }

    /// The world of a stage with the change in it.
    fn world(&mut self, stage: Stage, trying: &mut Trying) -> Result<World, Refusal> {
        if let Some(world) = trying.worlds.get(&stage) {
            return Ok(world.clone());
        }
        let world = if trying.change.keeps_data(&self.lesson) {
            let lesson = self.lesson.clone();
            self.reference(stage)?.world.with_files(&lesson, &trying.change.files)?
        } else {
            let inputs = trying.change.inputs(&self.inputs_of(stage));
            World::build(&self.machine, &self.lesson, &inputs)?
        };
        Ok(trying.worlds.entry(stage).or_insert(world).clone())
    }

    fn reference(&mut self, stage: Stage) -> Result<&mut Reference, Refusal> {
        if !self.references.contains_key(&stage) {
            let world = World::build(&self.machine, &self.lesson, &self.inputs_of(stage))?;
            self.references.insert(stage, Reference { world, answers: None });
        }
        Ok(self.references.get_mut(&stage).expect("made just now"))
    }

    /// What the original code answers to operations one after the other.
    fn original_answers(&mut self, stage: Stage) -> Result<Vec<Option<(u16, Value)>>, Refusal> {
        let (machine, lesson) = (self.machine.clone(), self.lesson.clone());
        let reference = self.reference(stage)?;
        if reference.answers.is_none() {
            let run = drive::in_order(&machine, &lesson, &reference.world);
            reference.answers = Some(run.answers);
        }
        Ok(reference.answers.clone().unwrap_or_default())
    }

    fn inputs_of(&self, stage: Stage) -> Inputs {
        let operations = self.lesson.bound.as_ref().map_or(OPERATIONS_AT_A_TIME, |bound| bound.operations);
        let requests = match stage {
            Stage::InOrder | Stage::Variant(_) => operations.max(OPERATIONS_AT_A_TIME),
            Stage::AtATime => OPERATIONS_AT_A_TIME,
            Stage::Explored => operations.max(1),
            Stage::Traffic => return inputs(&self.lesson, self.lesson.traffic.requests),
        };
        let variant = match stage {
            Stage::Variant(number) => Some(&self.lesson.variants[number]),
            _ => None,
        };
        let none = Schedule { moves: vec![], then: Then::Finish };
        let mut inputs = Inputs { choices: Choices::Chosen(none), ..inputs(&self.lesson, requests) };
        inputs.variant = variant.map(|variant| variant.name.clone());
        inputs.settings = self.processes_of_the_bound();
        inputs
    }

    /// As many processes as the bound names, where the lesson's own world has another number.
    fn processes_of_the_bound(&self) -> BTreeMap<String, i64> {
        let own = self.lesson.settings.iter().find(|setting| setting.key == PROCESSES);
        let own = own.map(|setting| setting.default);
        let own = own.or_else(|| world_setting(PROCESSES).map(|setting| setting.default));
        let bound = self.lesson.bound.as_ref().map(|bound| i64::from(bound.processes));
        let other = bound.filter(|bound| Some(*bound) != own);
        other.map(|count| (PROCESSES.to_owned(), count)).into_iter().collect()
    }
}
