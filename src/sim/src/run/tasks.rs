//! Tasks: how one goes on, what its step asked for, how it ends.
//!
//! Not here: what a call means (`calls.rs`), how an answer is sent (`answers.rs`).

use super::{Moment, Run};
use crate::code::Beginning;
use crate::limits::{FUEL_PER_REQUEST, MEMORY_PER_STEP_BYTES, PRINTED_LINES_PER_REQUEST, TASKS_PER_REQUEST};
use crate::random::{Purpose, Stream, mixed};
use crate::task::{Account, Owner, Task, TaskKey, Wait};
use unhappy_python::{
    Ambient, Effect, Outcome, ParkKey, Raised, Resume, Stepped, Stopped, Stream as CodeStream, TaskId,
};
use unhappy_trace::event::{EventKind, Hit, Logged, Measured, TextId};
use unhappy_trace::{SimDuration, SimInstant, Value, text};

/// A task to be started.
pub(super) struct Starting {
    pub(super) process: u32,
    pub(super) owner: Owner,
    pub(super) account: u32,
    pub(super) name: String,
    pub(super) actor: TextId,
    pub(super) function: &'static str,
    pub(super) data: Value,
    pub(super) purpose: Purpose,
}

impl Run {
    /// Opens an account for something whose ordinal seeds what it draws.
    pub(super) fn open_account(&mut self, ordinal: u64) -> u32 {
        let round_trips = Stream::new(self.world.inputs.seed, Purpose::RoundTrips, ordinal);
        self.accounts.push(Account {
            round_trips,
            ordinal,
            fuel_left: FUEL_PER_REQUEST,
            statements: 0,
            calls: 0,
            tasks: 0,
            requests: 0,
            printed_lines: 0,
            crash_after: None,
        });
        u32::try_from(self.accounts.len() - 1).expect("accounts of a run fit 32 bits")
    }

    pub(super) fn account_of(&mut self, key: TaskKey) -> Option<&mut Account> {
        let account = self.tasks.get(&key)?.account;
        self.accounts.get_mut(account as usize)
    }

    /// Starts a task of the framework's module and lets it run to its first call.
    pub(super) fn start_task(&mut self, starting: Starting) -> Option<TaskKey> {
        let Starting { process, owner, account, name, actor, function, data, purpose } = starting;
        let ordinal = self.accounts[account as usize].ordinal;
        let code = CodeStream { seed: mixed(self.world.inputs.seed, purpose, ordinal) };
        let running = self.processes.get_mut(&process)?;
        let id = running.start(&self.machine, Beginning { name: name.clone(), function, data, stream: code });
        let key = TaskKey { process, task: id };
        self.tasks.insert(key, Task::new(owner, account, name, actor, true));
        self.go_on(Wait { task: key, turn: 0 }, Resume::Start);
        Some(key)
    }

    /// Lets a task run to its next call, unless its process is kept busy by `time.sleep`.
    pub(super) fn go_on(&mut self, wait: Wait, resume: Resume) {
        if !self.is_current(wait) {
            return;
        }
        let busy_until = self.busy_until(wait.task.process);
        if busy_until > self.now {
            self.agenda.add(busy_until, Moment::Continue(wait, resume));
            return;
        }
        let task = self.tasks.get_mut(&wait.task).expect("a current wait has a task");
        task.turn += 1;
        task.parked = None;
        let (account, actor) = (task.account, task.actor);
        let fuel = self.accounts[account as usize].fuel_left;
        let ambient = Ambient { now: self.now, fuel, memory_bytes: MEMORY_PER_STEP_BYTES };
        let process = self.processes.get_mut(&wait.task.process).expect("tasks run in a process");
        let stepped = process.resume(&self.machine, wait.task.task, resume, ambient);
        let account = &mut self.accounts[account as usize];
        account.fuel_left = account.fuel_left.saturating_sub(stepped.fuel_used);
        self.keep_busy(wait.task.process, stepped.slept);
        self.stepped(wait.task, actor, stepped);
    }

    pub(super) fn is_current(&self, wait: Wait) -> bool {
        self.tasks.get(&wait.task).is_some_and(|task| task.turn == wait.turn)
    }

    /// When a process is free again after `time.sleep`. Where order is chosen, sleeping takes no time.
    pub(super) fn busy_until(&self, process: u32) -> SimInstant {
        let server = self.servers.iter().find(|server| server.process == Some(process));
        server.map_or(SimInstant::START, |server| server.busy_until)
    }

    fn keep_busy(&mut self, process: u32, slept: SimDuration) {
        if slept == SimDuration::ZERO || !self.is_timed() {
            return;
        }
        let until = self.now.after(slept);
        if let Some(server) = self.servers.iter_mut().find(|server| server.process == Some(process)) {
            server.busy_until = until;
        }
    }

    /// The instant at which a task's step ended: now, or when its process is free again.
    pub(super) fn sent_at(&self, key: TaskKey) -> SimInstant {
        self.busy_until(key.process).max(self.now)
    }

    fn stepped(&mut self, key: TaskKey, actor: TextId, stepped: Stepped) {
        let hits = self.hits(&stepped.counts);
        if stepped.slept > SimDuration::ZERO {
            self.slept(actor, stepped.slept);
        }
        self.print(key, actor, &stepped);
        for effect in stepped.effects {
            self.apply(key, actor, effect);
        }
        if self.stopped.is_some() {
            return;
        }
        match stepped.outcome {
            Outcome::Suspended(call) => self.call(key, call, hits),
            Outcome::Returned(value) => self.ended_task(key, actor, Ok(value), hits),
            Outcome::Raised(raised) => self.ended_task(key, actor, Err(raised), hits),
        }
    }

    fn print(&mut self, key: TaskKey, actor: TextId, stepped: &Stepped) {
        for line in &stepped.printed {
            let Some(account) = self.account_of(key) else { return };
            account.printed_lines += 1;
            let lines = account.printed_lines;
            if lines <= PRINTED_LINES_PER_REQUEST {
                self.say(actor, line.site.as_ref(), &line.text, EventKind::Printed);
            } else if lines == PRINTED_LINES_PER_REQUEST + 1 {
                let shown = format!(
                    "(this request printed more than {PRINTED_LINES_PER_REQUEST} lines; the rest is not kept)"
                );
                self.say(actor, line.site.as_ref(), &shown, EventKind::Printed);
            }
        }
        for note in &stepped.notes {
            self.say(actor, note.site.as_ref(), &note.message, EventKind::Noted);
        }
    }

    fn apply(&mut self, key: TaskKey, actor: TextId, effect: Effect) {
        let at = self.sent_at(key);
        match effect {
            Effect::Spawned { task, parent } => self.spawned(key, task, parent),
            Effect::Woken(park) => self.woken(key.process, park, at),
            Effect::Cancelled(task) => {
                let task = TaskKey { process: key.process, task };
                let Some(turn) = self.tasks.get(&task).map(|task| task.turn) else { return };
                let cancelled = Resume::Raise {
                    module: "asyncio".into(),
                    class: "CancelledError".into(),
                    fields: vec![],
                };
                self.agenda.add(at, Moment::Continue(Wait { task, turn }, cancelled));
            }
            Effect::Told(call) => self.told(key, actor, &call),
        }
    }

    /// A line of the log or a metric. They count as printed lines.
    fn told(&mut self, key: TaskKey, actor: TextId, call: &unhappy_python::Call) {
        let Some(account) = self.account_of(key) else { return };
        account.printed_lines += 1;
        if account.printed_lines > PRINTED_LINES_PER_REQUEST {
            return;
        }
        let place = call.site.as_ref().map(|site| self.place(site));
        let args = call.args.as_list().unwrap_or(&[]);
        let words = |value: Option<&Value>| match value {
            Some(Value::Text(text)) => text.clone(),
            Some(value) => value.to_json(),
            None => String::new(),
        };
        let fields = self.cut_json(&call.fields);
        let (head, tail) = call.name.split_once('.').unwrap_or((call.name.as_str(), ""));
        let kind = if head == "log" {
            let text = text::cut(&words(args.first()), crate::limits::PRINTED_CHARACTERS);
            let (level, text) = (self.recorder.text(tail), self.recorder.text(&text));
            EventKind::Logged(Logged { level, text, fields, place })
        } else {
            let name = self.recorder.text(&words(args.first()));
            let value = self.recorder.text(&words(args.get(1)));
            EventKind::Measured(Measured { name, value, labels: fields, is_observation: tail == "observe" })
        };
        self.recorder.push(self.now, actor, kind);
    }

    fn spawned(&mut self, key: TaskKey, id: TaskId, parent: TaskId) {
        let at = self.sent_at(key);
        let parent = TaskKey { process: key.process, task: parent };
        let Some(parent) = self.tasks.get_mut(&parent) else { return };
        parent.children += 1;
        let name = format!("{}/{}", parent.name, parent.children);
        let (owner, account) = (parent.owner, parent.account);
        let actor = self.recorder.text(&name);
        let task = TaskKey { process: key.process, task: id };
        self.tasks.insert(task, Task::new(owner, account, name, actor, false));
        self.agenda.add(at, Moment::Continue(Wait { task, turn: 0 }, Resume::Start));
        let account = &mut self.accounts[account as usize];
        account.tasks += 1;
        if account.tasks > TASKS_PER_REQUEST {
            let limit = text::thousands(u64::from(TASKS_PER_REQUEST));
            let sentence = format!("One request created more than {limit} tasks. The run was stopped.");
            self.limit(actor, None, vec![], sentence);
        }
    }

    fn woken(&mut self, process: u32, park: ParkKey, at: SimInstant) {
        let found = self.tasks.iter().find(|(key, task)| key.process == process && task.parked == Some(park));
        let Some(wait) = found.map(|(key, task)| Wait { task: *key, turn: task.turn }) else { return };
        self.agenda.add(at, Moment::Continue(wait, Resume::Value(Value::Bool(true))));
    }

    fn ended_task(&mut self, key: TaskKey, actor: TextId, result: Result<Value, Raised>, hits: Vec<Hit>) {
        self.leave_connection(key);
        let task = self.tasks.remove(&key).expect("an ending task exists");
        match result {
            Ok(value) if task.is_main => self.main_ended(key, &task, Ok(value), hits),
            Ok(_) => self.tail(actor, hits),
            Err(raised) if matches!(raised.stopped, Some(Stopped::Fuel | Stopped::Memory)) => {
                let (sentence, place) = (stopped_sentence(&raised), raised.frames.last());
                let place = place.map(|frame| self.frame_place(&frame.file, frame.line, frame.column));
                self.mark(&raised);
                self.limit(actor, place, hits, sentence);
            }
            Err(raised) if task.is_main => self.main_ended(key, &task, Err(raised), hits),
            Err(raised) => {
                self.raised(actor, &raised);
                self.tail(actor, hits);
            }
        }
    }

    /// The first task of somebody ended: a handler, a client, a delivery, a job.
    fn main_ended(&mut self, key: TaskKey, task: &Task, result: Result<Value, Raised>, hits: Vec<Hit>) {
        match task.owner {
            Owner::Request(number) => self.handler_ended(key, number, result, hits),
            Owner::Operation(number) => self.operation_ended(number, result, hits),
            Owner::Delivery(number) => self.delivery_ended(number, task.actor, result, hits),
            Owner::Job(number) => self.job_ended(number, task.actor, result, hits),
            Owner::Registry => self.registered(result),
        }
    }
}

fn stopped_sentence(raised: &Raised) -> String {
    let place = raised
        .frames
        .last()
        .map_or_else(String::new, |frame| format!(" in {}, line {}", frame.file, frame.line));
    match raised.stopped {
        Some(Stopped::Memory) => format!(
            "The code took more than {} MB of memory in one step{place}. The run was stopped.",
            MEMORY_PER_STEP_BYTES / (1024 * 1024)
        ),
        _ => format!(
            "The code of one request ran {} statements of Python and was stopped{place}. Is there a loop that \
             never ends?",
            text::thousands(FUEL_PER_REQUEST)
        ),
    }
}
