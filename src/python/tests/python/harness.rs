//! A world for tests: a framework of a few lines, a scheduler that is first come, first served, and a
//! transcript of everything that steps report.

use std::collections::{BTreeMap, VecDeque};
use unhappy_python::{
    Ambient, Call, Effect, Module, Outcome, Process, Program, Python, Raised, Resume, Stepped, Stream, TaskId,
};
use unhappy_trace::{SimDuration, SimInstant, Site, Value, Within};

/// What learners' files of the tests import.
const BACKEND: &str = "
import _host

class Db:
    def fetch_one(self, sql, **values):
        return _host.call('db.fetch_one', (sql,), values)
    def execute(self, sql, **values):
        return _host.call('db.execute', (sql,), values)
    def transaction(self):
        return Transaction()

class Transaction:
    async def __aenter__(self):
        await _host.call('db.begin', (), {})
    async def __aexit__(self, kind, error, traceback):
        await _host.call('db.rollback' if kind else 'db.commit', (), {})
        return False

class UniqueViolation(Exception):
    def __init__(self, message, sqlstate=None):
        super().__init__(message)
        self.sqlstate = sqlstate

class HTTPError(Exception):
    def __init__(self, status, detail=''):
        super().__init__(f'{status}: {detail}')
        self.status = status
        self.detail = detail

async def query(sql):
    return await db.fetch_one(sql)

def fail():
    raise ValueError('inside the framework')

class later:
    def __init__(self, what):
        self.what, self.place, self.awaited = what, _host.place(), False
    def __await__(self):
        self.awaited = True
        return (yield from _host.call('later', (self.what,), {}, self.place).__await__())
    def __del__(self):
        if not self.awaited:
            _host.warn('not awaited', self.place)

db = Db()
";

/// One program that runs, and what it reported so far.
pub struct World {
    pub py: Python,
    pub program: Program,
    pub process: Process,
    /// Fuel of each step.
    pub fuel: u64,
    /// Exceptions to throw instead of answering, by the name of the call.
    pub failures: BTreeMap<&'static str, Resume>,
    pub now: SimInstant,
    pub transcript: Vec<String>,
    /// Line counts added up, by line.
    pub counts: BTreeMap<u32, u64>,
    pub fuel_used: u64,
    /// The tag of the task that was started last.
    tag: u64,
    /// The park keys seen, to be called 1, 2, … in transcripts.
    keys: Vec<u64>,
    parked: BTreeMap<i64, TaskId>,
    timers: BTreeMap<(SimInstant, u32), (TaskId, Value)>,
    ready: VecDeque<(TaskId, Resume)>,
}

pub fn module(file: &str, source: &str) -> Module {
    Module { file: file.to_owned(), source: source.to_owned() }
}

pub fn server(source: &str) -> World {
    World::new(&[module("server.py", source)])
}

impl World {
    /// Loads the files, starts a process and imports `server`.
    #[track_caller]
    pub fn new(files: &[Module]) -> World {
        let py = Python::new();
        let program =
            py.load(&[module("backend.py", BACKEND)], files).unwrap_or_else(|mistake| panic!("{mistake:?}"));
        let process = py.start_process(&program);
        let mut world = World {
            py,
            program,
            process,
            fuel: 100_000,
            failures: BTreeMap::new(),
            now: SimInstant::START,
            transcript: Vec::new(),
            counts: BTreeMap::new(),
            fuel_used: 0,
            tag: 0,
            keys: Vec::new(),
            parked: BTreeMap::new(),
            timers: BTreeMap::new(),
            ready: VecDeque::new(),
        };
        let ambient = world.ambient();
        let stepped = world.process.import(&world.py, "server", Stream { seed: 0 }, ambient);
        match &stepped.outcome {
            Outcome::Returned(Value::Null) => {}
            _ => world.record("import", &stepped),
        }
        world
    }

    pub fn ambient(&self) -> Ambient {
        Ambient { now: self.now, fuel: self.fuel, memory_bytes: u64::MAX }
    }

    /// Plans a task of a function of `server`.
    pub fn start(&mut self, function: &str, args: Vec<Value>, seed: u64) -> TaskId {
        self.tag += 1;
        let task = self.process.start(&self.py, "server", function, args, Stream { seed }, self.tag);
        self.ready.push_back((task, Resume::Start));
        task
    }

    /// Runs everything until nothing is left; returns the transcript.
    pub fn drive(&mut self) -> String {
        while let Some((task, with)) = self.next() {
            let stepped = self.process.resume(&self.py, task, with, self.ambient());
            self.now = self.now.after(stepped.slept);
            self.record(&task.0.to_string(), &stepped);
            self.react(task, &stepped);
        }
        std::mem::take(&mut self.transcript).join("\n")
    }

    fn next(&mut self) -> Option<(TaskId, Resume)> {
        if let Some(ready) = self.ready.pop_front() {
            return Some(ready);
        }
        let ((at, _), (task, value)) = self.timers.pop_first()?;
        self.now = self.now.max(at);
        self.parked.retain(|_, parked| *parked != task);
        Some((task, Resume::Value(value)))
    }

    fn react(&mut self, task: TaskId, stepped: &Stepped) {
        for effect in &stepped.effects {
            match effect {
                Effect::Spawned { task, .. } => self.ready.push_back((*task, Resume::Start)),
                Effect::Woken(key) => {
                    if let Some(woken) = self.parked.remove(&(key.0 as i64)) {
                        self.timers.retain(|_, (task, _)| *task != woken);
                        self.ready.push_back((woken, Resume::Value(Value::Bool(true))));
                    }
                }
                Effect::Cancelled(task) => self.cancel(*task),
                Effect::Told(_) => {}
            }
        }
        if let Outcome::Suspended(call) = &stepped.outcome {
            self.answer(task, call);
        }
    }

    fn cancel(&mut self, cancelled: TaskId) {
        self.ready.retain(|(task, _)| *task != cancelled);
        self.parked.retain(|_, task| *task != cancelled);
        self.timers.retain(|_, (task, _)| *task != cancelled);
        let with = raise("asyncio", "CancelledError", &[]);
        self.ready.push_back((cancelled, with));
    }

    fn answer(&mut self, task: TaskId, call: &Call) {
        let args = call.args.as_list().unwrap_or_default();
        match call.name.as_str() {
            "asyncio.sleep" => self.timer(task, &args[0], Value::Null),
            "asyncio.park" => {
                let key = args[0].as_int().expect("a park key is a number");
                self.parked.insert(key, task);
                if args[1] != Value::Null {
                    self.timer(task, &args[1], Value::Bool(false));
                }
            }
            name => {
                let row =
                    Value::Map(vec![("id".to_owned(), Value::Int(1)), ("stock".to_owned(), Value::Int(5))]);
                let with = self.failures.get(name).cloned().unwrap_or(Resume::Value(row));
                self.ready.push_back((task, with));
            }
        }
    }

    fn timer(&mut self, task: TaskId, seconds: &Value, value: Value) {
        let micros = match seconds {
            Value::Int(seconds) => *seconds as u64 * 1_000_000,
            Value::Float(seconds) => (seconds * 1e6) as u64,
            other => panic!("not a number of seconds: {other:?}"),
        };
        self.timers.insert((self.now.after(SimDuration::from_micros(micros)), task.0), (task, value));
    }

    fn record(&mut self, who: &str, stepped: &Stepped) {
        self.fuel_used += stepped.fuel_used;
        for count in &stepped.counts {
            *self.counts.entry(count.line).or_default() += count.count;
        }
        for printed in &stepped.printed {
            self.transcript.push(format!("{who} prints{}: {}", at(&printed.site), printed.text));
        }
        for effect in &stepped.effects {
            let text = match effect {
                Effect::Woken(key) => format!("wakes key {}", self.key(key.0)),
                _ => effect_text(effect),
            };
            self.transcript.push(format!("{who} {text}"));
        }
        for note in &stepped.notes {
            self.transcript.push(format!("{who} note{}: {}", at(&note.site), note.message));
        }
        if stepped.slept != SimDuration::ZERO {
            self.transcript.push(format!("{who} slept {}", stepped.slept));
        }
        let mut outcome = stepped.outcome.clone();
        if let Outcome::Suspended(call) = &mut outcome
            && call.name == "asyncio.park"
            && let Value::List(args) = &mut call.args
        {
            let key = args[0].as_int().expect("a park key is a number");
            args[0] = Value::Int(self.key(key as u64));
        }
        self.transcript.push(format!("{who} {}", outcome_text(&outcome)));
    }

    /// The number of a park key in transcripts.
    fn key(&mut self, key: u64) -> i64 {
        let known = self.keys.iter().position(|known| *known == key).unwrap_or(self.keys.len());
        if known == self.keys.len() {
            self.keys.push(key);
        }
        known as i64 + 1
    }
}

pub fn raise(module: &str, class: &str, fields: &[(&str, Value)]) -> Resume {
    let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    Resume::Raise { module: module.to_owned(), class: class.to_owned(), fields }
}

fn effect_text(effect: &Effect) -> String {
    match effect {
        Effect::Spawned { task, .. } => format!("spawns {}", task.0),
        Effect::Woken(key) => format!("wakes {key:?}"),
        Effect::Cancelled(task) => format!("cancels {}", task.0),
        Effect::Told(call) => format!("tells {}", call_text(call)),
    }
}

fn call_text(call: &Call) -> String {
    let fields = if call.fields == Value::Map(Vec::new()) { String::new() } else { call.fields.to_json() };
    format!("{}{}{fields}{}", call.name, call.args.to_json(), at(&call.site))
}

fn outcome_text(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Suspended(call) => format!("calls {}", call_text(call)),
        Outcome::Returned(value) => format!("returns {}", value.to_json()),
        Outcome::Raised(raised) => format!("raises {}", raised_text(raised)),
    }
}

pub fn raised_text(raised: &Raised) -> String {
    let mut text = format!("{}: {}", raised.class, raised.message);
    for frame in &raised.frames {
        text.push_str(&format!(
            "\n    {} {}:{}-{}:{} {}",
            frame.file, frame.line, frame.column, frame.end_line, frame.end_column, frame.function
        ));
    }
    if let Some(stopped) = raised.stopped {
        text.push_str(&format!("\n    stopped by {stopped:?}"));
    }
    for (name, value) in &raised.fields {
        text.push_str(&format!("\n    {name} = {}", value.to_json()));
    }
    if let Some(cause) = &raised.cause {
        text.push_str(&format!("\n  from {}", raised_text(cause)));
    }
    text
}

fn at(site: &Option<Site>) -> String {
    match site {
        None => String::new(),
        Some(site) => {
            let within = if site.within == Within::Comprehension { " in a comprehension" } else { "" };
            format!(" at {}:{}{within}", site.line, site.column)
        }
    }
}

/// Runs `main()` of a server and compares the transcript.
#[track_caller]
pub fn check(source: &str, expected: expect_test::Expect) {
    let mut world = server(source);
    world.start("main", Vec::new(), 0);
    let transcript = world.drive();
    expected.assert_eq(&transcript);
}
