//! A run: server processes, their database, services and clients, moved from moment to moment.
//!
//! In: a world. Out: a trace, the first answers, mistakes to mark, and the moves that were made. `advance` does a
//! bounded number of moments, so that whoever drives it can show progress and stop it.
//!
//! Two ways of time (design rules, "Time"): in a timed run latencies are drawn from seeded streams and the earliest
//! moment comes next. Otherwise calls take no time, a scheduler chooses the next move, and the clock moves only when
//! a timer fires.

mod agenda;
mod answers;
mod calls;
mod canonical;
mod choosing;
mod connections;
mod crash;
mod exploring;
mod faults;
mod http;
mod jobs;
mod locks;
mod offers;
mod operations;
mod promises;
mod record;
mod rest;
mod server;
mod services;
mod tasks;
mod waits;

use crate::code::{Code, Source};
use crate::machine::Machine;
use crate::scheduler::Scheduler;
use crate::statement::Wanted;
use crate::task::{Account, Operation, Pending, Request, Task, TaskKey, Wait};
use crate::world::World;
use agenda::{Agenda, Decides};
use connections::Pool;
use faults::Plan;
use jobs::Jobs;
use promises::Promises;
use server::Server;
use std::collections::BTreeMap;
use std::rc::Rc;
use unhappy_db::{SessionId, State, Table};
use unhappy_lesson::Lesson;
use unhappy_python::{Call, Program, Resume};
use unhappy_trace::event::ShapeId;
use unhappy_trace::{Choices, Diagnostic, Move, Recorder, Schedule, SimInstant, Then, Trace, Value};
use waits::Waits;

pub use exploring::{Onward, Standpoint, Work};

/// How many answers a run keeps whole.
const KEPT_ANSWERS: usize = 8;

/// How far a run has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// There is more to do.
    Running {
        /// Requests answered so far.
        answered: u32,
    },
    /// It came to its end.
    Finished,
}

/// A run that came to its end.
#[derive(Debug, Clone, PartialEq)]
pub struct Finished {
    /// What happened.
    pub trace: Trace,
    /// Status and body of the first operations' answers, in order; of several attempts the last. None where one is
    /// missing.
    pub answers: Vec<Option<(u16, Value)>>,
    /// Status and body of the answer to the variant's probe.
    pub probe: Option<(u16, Value)>,
    /// Mistakes to mark in the files.
    pub diagnostics: Vec<Diagnostic>,
    /// What stopped the run before every request was answered, in a sentence.
    pub stopped: Option<String>,
    /// The moves that were made; empty for a timed run, whose seed says it all.
    pub schedule: Schedule,
}

/// Something that is going to happen.
#[derive(Clone)]
enum Moment {
    /// A client begins an operation.
    Begin(u32),
    /// A request reaches the server.
    Arrive(u32),
    /// A task goes on.
    Continue(Wait, Resume),
    /// A task has slept long enough.
    Wake(Wait),
    /// A statement asks for a connection.
    Acquire(Pending, Wanted),
    /// A statement reaches the database.
    Reach(Pending, Wanted),
    /// A connection goes back to its pool.
    GiveBack(SessionId),
    /// A call reaches its service.
    Serve(Pending, Call),
    /// A statement that waited can go on.
    Unblock(SessionId),
    /// A timer of the database ends.
    DatabaseTimer,
    /// A parked task has waited long enough.
    ParkEnds(Wait),
    /// An answer reaches the sender of a request.
    Deliver(u32, u16, Value),
    /// The sender of a request waits no longer.
    SenderGivesUp(u32, &'static str),
    /// The server waits no longer for a request's handler.
    RequestTimeout(u32),
    /// A call waits no longer for a connection.
    PoolTimeout(Wait),
    /// A server process starts again.
    Restart(usize),
    /// A queue's message can be delivered.
    QueueDue,
    /// A recurring job is due.
    JobDue(u32),
}

impl Moment {
    /// Returns who decides when it comes, in a run whose order is chosen.
    fn decides(&self) -> Decides {
        match self {
            Moment::Arrive(_)
            | Moment::Acquire(..)
            | Moment::Reach(..)
            | Moment::Serve(..)
            | Moment::Unblock(_) => Decides::Scheduler,
            Moment::Begin(_) | Moment::Continue(..) | Moment::GiveBack(_) | Moment::Deliver(..) => {
                Decides::Nobody
            }
            Moment::Wake(_)
            | Moment::DatabaseTimer
            | Moment::ParkEnds(_)
            | Moment::SenderGivesUp(..)
            | Moment::RequestTimeout(_)
            | Moment::PoolTimeout(_)
            | Moment::Restart(_)
            | Moment::QueueDue
            | Moment::JobDue(_) => Decides::Clock,
        }
    }
}

/// What tells observed shapes apart before their plans are compared: the text, and what was seen of it.
type ShapeKey = (Rc<str>, bool, bool);

/// The plans that were seen of a shape, each with its place in the trace.
type KnownPlans = Vec<(Rc<[unhappy_db::PlanNode]>, ShapeId)>;

/// A run on its way.
#[derive(Clone)]
pub struct Run {
    machine: Rc<Machine>,
    lesson: Rc<Lesson>,
    world: Rc<World>,
    scheduler: Option<Box<dyn Scheduler>>,
    source: Source,
    state: State,
    services: crate::services::Services,
    program: Option<Program>,
    processes: BTreeMap<u32, Code>,
    next_process: u32,
    servers: Vec<Server>,
    pools: Vec<Pool>,
    next_session: u32,
    agenda: Agenda,
    now: SimInstant,
    accounts: Vec<Account>,
    requests: Vec<Request>,
    operations: Vec<Operation>,
    tasks: BTreeMap<TaskKey, Task>,
    waits: Waits,
    jobs: Jobs,
    plan: Plan,
    promises: Promises,
    made: Vec<Move>,
    /// The actor whose request arrived in this move.
    arriving: Option<String>,
    /// Operations that have a place in the traffic so far.
    lined_up: u32,
    answered: u32,
    recorder: Recorder,
    shapes: BTreeMap<ShapeKey, KnownPlans>,
    answers: Vec<Option<(u16, Value)>>,
    probe: Probe,
    diagnostics: Vec<Diagnostic>,
    stopped: Option<String>,
    has_halted: bool,
    /// Nothing is left to happen, and the promises that hold at rest were looked at.
    is_at_rest: bool,
    stop_after_event: Option<u32>,
}

/// The copy of the first request that a variant sends at the end.
#[derive(Clone, Default)]
struct Probe {
    request: Option<u32>,
    answer: Option<(u16, Value)>,
}

impl Run {
    /// Starts a run: compiles the files, starts the server processes, and lines up the traffic. A mistake in
    /// the files ends the run at once; [`Finished::diagnostics`] says where.
    pub fn start(machine: &Rc<Machine>, lesson: &Rc<Lesson>, world: World) -> Run {
        let scheduler = choosing::scheduler(&world.inputs);
        Run::begin(machine, lesson, world, scheduler, Source::Live, Recorder::new())
    }

    fn begin(
        machine: &Rc<Machine>,
        lesson: &Rc<Lesson>,
        world: World,
        scheduler: Option<Box<dyn Scheduler>>,
        source: Source,
        recorder: Recorder,
    ) -> Run {
        let state = world.state.clone();
        let services = crate::services::Services::new(
            world.setting("declined_per_mille"),
            crate::random::mixed(world.inputs.seed, crate::random::Purpose::Services, 0),
        );
        let mut run = Run {
            machine: machine.clone(),
            lesson: lesson.clone(),
            state,
            services,
            program: None,
            processes: BTreeMap::new(),
            next_process: 0,
            servers: vec![],
            pools: vec![],
            next_session: 0,
            agenda: Agenda::new(scheduler.is_none()),
            scheduler,
            source,
            now: SimInstant::START,
            accounts: vec![],
            requests: vec![],
            operations: vec![],
            tasks: BTreeMap::new(),
            waits: Waits::default(),
            jobs: Jobs::default(),
            plan: Plan::new(&world),
            promises: Promises::new(lesson),
            made: vec![],
            arriving: None,
            lined_up: 0,
            answered: 0,
            recorder,
            shapes: BTreeMap::new(),
            answers: vec![None; KEPT_ANSWERS],
            probe: Probe::default(),
            diagnostics: vec![],
            stopped: None,
            has_halted: false,
            is_at_rest: false,
            stop_after_event: None,
            world: Rc::new(world),
        };
        run.start_servers();
        if run.stopped.is_none() {
            run.look_at_promises();
            run.line_up_traffic();
        }
        run
    }

    /// Makes the run end right after the event with this index, so that its world can be looked at.
    pub fn stop_after(&mut self, event: u32) {
        self.stop_after_event = Some(event);
    }

    /// Makes the run end before anything happens.
    pub fn stop_before_first_event(&mut self) {
        self.agenda.clear();
        self.has_halted = true;
    }

    /// Makes up to `moments` moments.
    pub fn advance(&mut self, moments: u32) -> Status {
        for _ in 0..moments {
            if self.has_ended() {
                return Status::Finished;
            }
            match self.next_moment() {
                Some(moment) => {
                    self.make(moment);
                    self.look_at_promises();
                }
                None if self.has_ended() => return Status::Finished,
                None if self.comes_to_rest() => {}
                None => return Status::Finished,
            }
        }
        Status::Running { answered: self.answered }
    }

    /// Runs to the end.
    pub fn finish(mut self) -> Finished {
        while self.advance(u32::MAX) != Status::Finished {}
        self.take_finished()
    }

    /// Takes out what happened so far; nothing can be taken twice.
    pub fn take_finished(&mut self) -> Finished {
        let wanted = KEPT_ANSWERS.min(self.world.inputs.requests as usize).max(1);
        self.answers.truncate(wanted);
        Finished {
            trace: std::mem::take(&mut self.recorder).finish(),
            answers: std::mem::take(&mut self.answers),
            probe: self.probe.answer.take(),
            diagnostics: std::mem::take(&mut self.diagnostics),
            stopped: self.stopped.take(),
            schedule: Schedule { moves: std::mem::take(&mut self.made), then: self.then() },
        }
    }

    fn then(&self) -> Then {
        match &self.world.inputs.choices {
            Choices::Chosen(schedule) if schedule.then == Then::Stop => Then::Stop,
            Choices::Chosen(_) | Choices::Random | Choices::Timed => Then::Finish,
        }
    }

    /// Returns the committed content of every table, at most `preview_rows` rows each.
    pub fn tables(&self, preview_rows: usize) -> Vec<Table> {
        self.machine.database.tables(&self.state, preview_rows)
    }

    /// Returns the committed content as an SQLite file.
    pub fn database_file(&self) -> Vec<u8> {
        self.machine.database.export(&self.state)
    }

    fn has_ended(&self) -> bool {
        let reached = |event: u32| self.recorder.trace().events.len() > event as usize;
        self.stopped.is_some() || self.has_halted || self.stop_after_event.is_some_and(reached)
    }

    fn is_timed(&self) -> bool {
        self.scheduler.is_none()
    }

    fn make(&mut self, moment: Moment) {
        match moment {
            Moment::Begin(number) => self.begin_operation(number),
            Moment::Arrive(number) => self.arrive(number),
            Moment::Continue(wait, resume) => self.go_on(wait, resume),
            Moment::Wake(wait) => self.go_on(wait, Resume::Value(Value::Null)),
            Moment::Acquire(pending, wanted) => self.acquire(pending, wanted),
            Moment::Reach(pending, wanted) => self.reach(pending, wanted),
            Moment::GiveBack(session) => self.give_back(session),
            Moment::Serve(pending, call) => self.serve(pending, call),
            Moment::Unblock(session) => self.resume(session),
            Moment::DatabaseTimer => self.database_timer(),
            Moment::ParkEnds(wait) => self.go_on(wait, Resume::Value(Value::Bool(false))),
            Moment::Deliver(number, status, body) => self.deliver(number, status, body),
            Moment::SenderGivesUp(number, class) => self.sender_gives_up(number, class),
            Moment::RequestTimeout(number) => self.request_timeout(number),
            Moment::PoolTimeout(wait) => self.pool_timeout(wait),
            Moment::Restart(server) => self.restart(server),
            Moment::QueueDue => self.queue_due(),
            Moment::JobDue(number) => self.job_due(number),
        }
    }

    /// A time for a moment that follows at `at` in a timed run, and at once otherwise.
    fn then_at(&self, at: SimInstant) -> SimInstant {
        if self.is_timed() { at } else { self.now }
    }
}
