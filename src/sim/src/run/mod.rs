//! A run: one server process, its database and its clients, moved from moment to moment.
//!
//! In: a world. Out: a trace, the first answers, and mistakes to mark. `advance` does a bounded number of
//! moves, so that whoever drives it can show progress and stop it. Time is that of rules.md's `timed`
//! strategy: discrete events, latencies drawn from seeded streams.

use crate::cost;
mod answers;
mod calls;
mod record;
mod tasks;
mod waits;

use crate::limits::{FUEL_PER_REQUEST, MEMORY_PER_STEP_BYTES};
use crate::machine::Machine;
use crate::queue::Queue;
use crate::random::{Purpose, Stream, mixed};
use crate::statement::Wanted;
use crate::task::{Pending, Request, Task, Wait};
use crate::world::World;
use std::collections::BTreeMap;
use std::rc::Rc;
use unhappy_db::{SessionId, State, Table};
use unhappy_lesson::Lesson;
use unhappy_python::{Ambient, Outcome, Process, Resume, Stream as CodeStream, TaskId};
use unhappy_trace::event::{Arrived, EventKind, ShapeId};
use unhappy_trace::{Diagnostic, Recorder, SimInstant, Trace, Value, request_name};
use waits::Waits;

/// How many answers a run keeps whole.
const KEPT_ANSWERS: usize = 2;

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
    /// Status and body of the first answers, in order of their requests; none where one is missing.
    pub answers: Vec<Option<(u16, Value)>>,
    /// Mistakes to mark in the files.
    pub diagnostics: Vec<Diagnostic>,
    /// What stopped the run before every request was answered, in a sentence.
    pub stopped: Option<String>,
}

/// A moment in virtual time.
enum Moment {
    /// A request reaches the server.
    Arrive(u32),
    /// A task goes on.
    Continue(Wait, Resume),
    /// A statement reaches the database.
    Reach(Pending, Wanted),
    /// A statement that waited can go on.
    Unblock(SessionId),
    /// A timer of the database ends.
    DatabaseTimer,
    /// A parked task has waited long enough.
    ParkEnds(Wait),
}

/// What tells observed shapes apart before their plans are compared: the text, and what was seen of it.
type ShapeKey = (Rc<str>, bool, bool);

/// The plans that were seen of a shape, each with its place in the trace.
type KnownPlans = Vec<(Rc<[unhappy_db::PlanNode]>, ShapeId)>;

/// A run on its way.
pub struct Run {
    machine: Rc<Machine>,
    lesson: Rc<Lesson>,
    world: World,
    state: State,
    process: Option<Process>,
    queue: Queue<Moment>,
    now: SimInstant,
    busy_until: SimInstant,
    requests: Vec<Request>,
    tasks: BTreeMap<TaskId, Task>,
    waits: Waits,
    round_trips: Vec<Stream>,
    recorder: Recorder,
    shapes: BTreeMap<ShapeKey, KnownPlans>,
    answers: Vec<Option<(u16, Value)>>,
    diagnostics: Vec<Diagnostic>,
    stopped: Option<String>,
    stop_after_event: Option<u32>,
}

impl Run {
    /// Starts a run: compiles the files, starts the server process, and lines up the requests. A mistake in
    /// the files ends the run at once; [`Finished::diagnostics`] says where.
    pub fn start(machine: &Rc<Machine>, lesson: &Rc<Lesson>, world: World) -> Run {
        let state = world.state.clone();
        let mut run = Run {
            machine: machine.clone(),
            lesson: lesson.clone(),
            world,
            state,
            process: None,
            queue: Queue::new(),
            now: SimInstant::START,
            busy_until: SimInstant::START,
            requests: vec![],
            tasks: BTreeMap::new(),
            waits: Waits::default(),
            round_trips: vec![],
            recorder: Recorder::new(),
            shapes: BTreeMap::new(),
            answers: vec![None; KEPT_ANSWERS],
            diagnostics: vec![],
            stopped: None,
            stop_after_event: None,
        };
        run.start_server();
        if run.stopped.is_none() {
            run.line_up_requests();
        }
        run
    }

    /// Makes the run end right after the event with this index, so that its world can be looked at.
    pub fn stop_after(&mut self, event: u32) {
        self.stop_after_event = Some(event);
    }

    /// Makes the run end before anything happens.
    pub fn stop_before_first_event(&mut self) {
        self.queue = Queue::new();
    }

    /// Does up to `moves` moves.
    pub fn advance(&mut self, moves: u32) -> Status {
        for _ in 0..moves {
            if self.ended() {
                return Status::Finished;
            }
            let Some((at, moment)) = self.queue.take() else {
                self.nothing_left();
                return Status::Finished;
            };
            self.now = self.now.max(at);
            self.make(moment);
        }
        let answered = self.requests.iter().filter(|request| request.answered).count();
        Status::Running { answered: u32::try_from(answered).expect("at most REQUESTS_PER_RUN requests") }
    }

    /// Runs to the end.
    pub fn finish(mut self) -> Finished {
        while self.advance(u32::MAX) != Status::Finished {}
        self.take_finished()
    }

    /// Takes out what happened so far; nothing can be taken twice.
    pub fn take_finished(&mut self) -> Finished {
        Finished {
            trace: std::mem::take(&mut self.recorder).finish(),
            answers: std::mem::take(&mut self.answers),
            diagnostics: std::mem::take(&mut self.diagnostics),
            stopped: self.stopped.take(),
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

    fn ended(&self) -> bool {
        let reached = |event: u32| self.recorder.trace().events.len() > event as usize;
        self.stopped.is_some() || self.stop_after_event.is_some_and(reached)
    }

    fn start_server(&mut self) {
        let program = match self.machine.python.load(&self.machine.framework, &self.world.modules()) {
            Ok(program) => program,
            Err(diagnostic) => {
                self.stopped = Some(format!(
                    "{}, line {}: {}. The server could not start.",
                    diagnostic.file, diagnostic.line, diagnostic.message
                ));
                self.diagnostics.push(diagnostic);
                return;
            }
        };
        let mut process = self.machine.python.start_process(&program);
        let ambient = Ambient { now: self.now, fuel: FUEL_PER_REQUEST, memory_bytes: MEMORY_PER_STEP_BYTES };
        let code = CodeStream { seed: mixed(self.world.inputs.seed, Purpose::Code, u64::MAX) };
        let server = self.recorder.text("process.1");
        let stepped = process.import(&self.machine.python, "server", code, ambient);
        self.process = Some(process);
        for line in &stepped.printed {
            self.say(server, line.site.as_ref(), &line.text, EventKind::Printed);
        }
        for note in &stepped.notes {
            self.say(server, note.site.as_ref(), &note.message, EventKind::Noted);
        }
        if let Outcome::Raised(raised) = stepped.outcome {
            self.raised(server, &raised);
            self.stopped = Some(format!("The server could not start: {}: {}.", raised.class, raised.message));
        }
    }

    /// Draws every client's arrival and round trips. With a change between requests, they come one by one.
    fn line_up_requests(&mut self) {
        let seed = self.world.inputs.seed;
        let mut arrivals = Stream::new(seed, Purpose::Arrivals, 0);
        let mut sent_at = SimInstant::START;
        for number in 0..self.world.inputs.requests {
            let mut round_trips = Stream::new(seed, Purpose::RoundTrips, u64::from(number));
            let client_round_trip = cost::client_round_trip(&mut round_trips);
            self.round_trips.push(round_trips);
            let name = request_name(number);
            let actor = self.recorder.text(&name);
            self.requests.push(Request {
                name,
                actor,
                sent_at,
                client_round_trip,
                answered: false,
                fuel_left: FUEL_PER_REQUEST,
                statements: 0,
                calls: 0,
                tasks: 0,
                printed_lines: 0,
            });
            if number == 0 || self.world.between_sql.is_none() {
                self.queue.add(sent_at.after(cost::half(client_round_trip)), Moment::Arrive(number));
            }
            sent_at = sent_at.after(cost::arrival_gap(&mut arrivals, self.lesson.traffic.mean_gap_micros));
        }
    }

    fn make(&mut self, moment: Moment) {
        match moment {
            Moment::Arrive(number) => self.arrive(number),
            Moment::Continue(wait, resume) => self.go_on(wait, resume),
            Moment::Reach(pending, wanted) => self.reach(pending, wanted),
            Moment::Unblock(session) => self.resume(session),
            Moment::DatabaseTimer => self.database_timer(),
            Moment::ParkEnds(wait) => {
                if self.is_current(wait) {
                    self.go_on(wait, Resume::Value(Value::Bool(false)));
                }
            }
        }
    }

    fn arrive(&mut self, number: u32) {
        let lesson = self.lesson.clone();
        let request = &self.requests[number as usize];
        let (actor, name, sent_at) = (request.actor, request.name.clone(), request.sent_at);
        let arrived = Arrived {
            method: self.recorder.text(&lesson.traffic.method),
            path: self.recorder.text(&lesson.traffic.path),
            sent_at,
        };
        self.recorder.push(self.now, actor, EventKind::Arrived(arrived));
        let data = request_data(&name, &lesson.traffic.method, &lesson.traffic.path);
        let code = CodeStream { seed: mixed(self.world.inputs.seed, Purpose::Code, u64::from(number)) };
        let process = self.process.as_mut().expect("requests arrive after the server started");
        let id = process.start(&self.machine.python, "backend", "serve", vec![data], code);
        self.tasks.insert(id, tasks::new_task(number, id, name, actor));
        self.go_on(Wait { task: id, turn: 0 }, Resume::Start);
    }

    /// Nothing is left to happen. A task that still waits waits for ever: say so.
    fn nothing_left(&mut self) {
        let waiting = self.tasks.values().next().map(|task| (task.actor, task.name.clone()));
        let Some((actor, name)) = waiting.filter(|_| self.stopped.is_none()) else { return };
        let place = self.waits.first().and_then(|pending| pending.place);
        let sentence = format!(
            "Request {name} waits for something that never comes: a lock that nobody releases, or a task that \
             nobody wakes. The run was stopped."
        );
        self.limit(actor, place, vec![], sentence);
    }
}

fn request_data(name: &str, method: &str, path: &str) -> Value {
    let text = |text: &str| Value::Text(text.to_owned());
    Value::Map(vec![
        ("id".into(), text(name)),
        ("method".into(), text(method)),
        ("path".into(), text(path)),
        ("query".into(), Value::Map(vec![])),
        ("headers".into(), Value::Map(vec![])),
        ("json".into(), Value::Null),
    ])
}
