//! A request that takes time, done in slices.
//!
//! In: a request. Out, slice by slice: progress, and in the end the one reply. A slice is a bounded number of
//! moves or one case of a judging; nothing here looks at a clock.

use crate::by_hand::ByHandJob;
use std::collections::BTreeMap;
use std::rc::Rc;
use unhappy_judge::{Change, Judge, Judging, Step};
use unhappy_lesson::Lesson;
use unhappy_sim::isolation::{Playing, SpecError};
use unhappy_sim::{Finished, Machine, Refusal, Run, Status, World};
use unhappy_trace::{Inputs, Link, RunString, SweepPoint, trace_hash};
use unhappy_view::{Evidence, proof_html, verdict_card};
use unhappy_wire::{Inspection, Judged, Ran, Reply, Swept, TableContent, What};

/// Moves of one slice: a few milliseconds in a browser.
pub(crate) const MOVES_PER_SLICE: u32 = 400;

/// Rows of a table that are shown.
const PREVIEW_ROWS: usize = 100;

/// What a slice gave.
pub enum Slice {
    /// More to do; this much is done.
    Progress(Reply),
    /// The reply that ends the request.
    Done(Reply),
}

/// A request on its way.
pub enum Job {
    /// One run.
    Run {
        /// The run.
        run: Box<Run>,
        /// Its name, without the trace hash.
        name: RunString,
        /// Whose lesson it is, and with which inputs: what it shows depends on both.
        of: Box<(Rc<Lesson>, Inputs)>,
    },
    /// Every size, one after the other.
    Sweep(Box<Sweep>),
    /// A verdict, and whose lesson it is.
    Judge(Judging, Rc<Lesson>),
    /// A look into a run.
    Inspect {
        /// The run, made to end at the event.
        run: Box<Run>,
        /// What to look at.
        what: What,
    },
    /// An isolation spec, one permutation a slice.
    Isolation(Playing),
    /// A run that is scheduled by hand.
    ByHand(Box<ByHandJob>),
}

/// A sweep on its way.
pub struct Sweep {
    lesson: Rc<Lesson>,
    inputs: Inputs,
    points: Vec<SweepPoint>,
    run: Option<Run>,
}

/// Starts one run.
pub fn run(machine: &Rc<Machine>, lesson: &Rc<Lesson>, inputs: &Inputs) -> Result<Job, Refusal> {
    let world = World::build(machine, lesson, inputs)?;
    let name = world.run_string(lesson);
    let of = Box::new((lesson.clone(), inputs.clone()));
    Ok(Job::Run { run: Box::new(Run::start(machine, lesson, world)), name, of })
}

/// Starts a sweep.
pub fn sweep(lesson: &Rc<Lesson>, inputs: Inputs) -> Job {
    Job::Sweep(Box::new(Sweep { lesson: lesson.clone(), inputs, points: vec![], run: None }))
}

/// Starts a look into a run.
pub fn inspect(
    machine: &Rc<Machine>,
    lesson: &Rc<Lesson>,
    inputs: &Inputs,
    event: Option<u32>,
    what: What,
) -> Result<Job, Refusal> {
    let world = World::build(machine, lesson, inputs)?;
    let mut run = Run::start(machine, lesson, world);
    match event {
        Some(event) => run.stop_after(event),
        None => run.stop_before_first_event(),
    }
    Ok(Job::Inspect { run: Box::new(run), what })
}

/// Starts an isolation spec.
pub fn isolation(name: &str, spec: &str) -> Result<Job, String> {
    Playing::new(name, spec).map(Job::Isolation).map_err(|error| unplayable(&error))
}

impl Job {
    /// Does one slice. Only a verdict needs a judge.
    ///
    /// # Errors
    /// A sentence for the page.
    pub fn slice(&mut self, machine: &Rc<Machine>, judge: Option<&mut Judge>) -> Result<Slice, String> {
        let words = |refusal: Refusal| refusal.to_string();
        match self {
            Job::Run { run, name, of } => Ok(match run.advance(MOVES_PER_SLICE) {
                Status::Running { answered } => {
                    progress(u64::from(answered), u64::from(name.requests), "requests")
                }
                Status::Finished => {
                    let ran = ran(run.take_finished(), name.clone(), &of.0, &of.1);
                    Slice::Done(Reply::Ran(Box::new(ran)))
                }
            }),
            Job::Sweep(sweep) => sweep.slice(machine).map_err(words),
            Job::Judge(judging, lesson) => {
                let judge = judge.expect("a verdict is about an open lesson");
                Ok(match judge.step(judging).map_err(words)? {
                    Step::Running { done, of } => progress(done, of, "cases"),
                    Step::Exploring(so_far) => Slice::Progress(Reply::Exploring {
                        states: so_far.states,
                        frontier: so_far.frontier,
                        schedules: so_far.schedules.to_string(),
                        broken: so_far.broken,
                    }),
                    Step::Done(verdict) => {
                        let proof = proof_html(&verdict, lesson);
                        Slice::Done(Reply::Judged(Box::new(Judged { card: verdict_card(&verdict), proof })))
                    }
                })
            }
            Job::Inspect { run, what } => Ok(match run.advance(MOVES_PER_SLICE) {
                Status::Running { answered } => progress(u64::from(answered), 0, "requests"),
                Status::Finished => Slice::Done(Reply::Inspected(look(run, what))),
            }),
            Job::ByHand(by_hand) => by_hand.slice(machine),
            Job::Isolation(playing) => {
                machine.play_next(playing).map_err(|error| unplayable(&error))?;
                if playing.is_complete() {
                    return Ok(Slice::Done(Reply::Played { json: playing.result().to_json() }));
                }
                let (done, of) = playing.progress();
                Ok(progress(done as u64, of as u64, "permutations"))
            }
        }
    }
}

fn unplayable(error: &SpecError) -> String {
    format!("The spec cannot be played: {error}.")
}

impl Sweep {
    fn slice(&mut self, machine: &Rc<Machine>) -> Result<Slice, Refusal> {
        let sizes = &self.lesson.sizes.values;
        let Some(size) = sizes.get(self.points.len()) else {
            return Ok(Slice::Done(Reply::Swept(Swept { points: std::mem::take(&mut self.points) })));
        };
        let run = match &mut self.run {
            Some(run) => run,
            None => {
                let mut inputs = Inputs { requests: self.lesson.sizes.requests, ..self.inputs.clone() };
                inputs.settings.insert(self.lesson.sizes.setting.clone(), *size);
                let world = World::build(machine, &self.lesson, &inputs)?;
                self.run.insert(Run::start(machine, &self.lesson, world))
            }
        };
        if run.advance(MOVES_PER_SLICE) == Status::Finished {
            let finished = run.take_finished();
            self.points.push(SweepPoint::of(*size, &finished.trace, finished.stopped));
            self.run = None;
        }
        Ok(progress(self.points.len() as u64, sizes.len() as u64, "sizes"))
    }
}

pub(crate) fn progress(done: u64, of: u64, unit: &str) -> Slice {
    Slice::Progress(Reply::Progress { done, of, unit: unit.to_owned() })
}

/// What the page is told of a run that ended or stands still.
pub(crate) fn ran(finished: Finished, mut name: RunString, lesson: &Lesson, inputs: &Inputs) -> Ran {
    name.trace = Some(trace_hash(&finished.trace));
    Ran {
        run: name.to_string(),
        link: Link { run: name, files: inputs.files.clone() }.write(),
        first_answer: finished.answers.into_iter().next().flatten(),
        evidence: Evidence::of(&finished.trace, lesson, inputs),
        diagnostics: finished.diagnostics,
    }
}

fn look(run: &Run, what: &What) -> Inspection {
    match what {
        What::DatabaseFile => Inspection::DatabaseFile(run.database_file()),
        What::Tables => {
            let tables = run.tables(PREVIEW_ROWS).into_iter().map(|table| TableContent {
                name: table.name,
                columns: table.columns.into_iter().map(|column| column.name).collect(),
                rows: table.rows,
                row_count: table.row_count,
            });
            Inspection::Tables(tables.collect())
        }
    }
}

/// Starts judging.
pub fn judging(
    judge: &Judge,
    lesson: &Rc<Lesson>,
    files: BTreeMap<String, String>,
    settings: BTreeMap<String, i64>,
) -> Job {
    Job::Judge(judge.start(Change { files, settings }), lesson.clone())
}
