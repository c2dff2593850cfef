//! The HTTP server: its processes, which one gets a request, free workers, time-outs.
//!
//! Each process imports the learner's modules for itself: module globals live and die with it. A request's process
//! follows from its name alone (operations in turn, a second attempt one further), as a load balancer that hashes
//! connections spreads them, so that one request's arrival changes nothing for another. A process that is down is
//! left out. `workers` bounds what one process handles at a time; more requests wait in its line, as in the accept
//! queue of gunicorn or uvicorn.

use super::tasks::Starting;
use super::{Moment, Run};
use crate::code::Code;
use crate::cost;
use crate::limits::{FUEL_PER_REQUEST, MEMORY_PER_STEP_BYTES};
use crate::random::{Purpose, mixed};
use crate::task::{Owner, Wait};
use std::collections::VecDeque;
use unhappy_python::{Ambient, Outcome, Resume, Stream as CodeStream};
use unhappy_trace::event::{Arrived, Assigned, EventKind, ProcessChanged, TextId};
use unhappy_trace::{SimDuration, SimInstant, Value};

/// One process of the server.
#[derive(Clone)]
pub(super) struct Server {
    pub(super) name: String,
    pub(super) actor: TextId,
    /// The Python process; none while it is down.
    pub(super) process: Option<u32>,
    /// Until when `time.sleep` keeps it from anything else.
    pub(super) busy_until: SimInstant,
    /// Requests that it handles now.
    pub(super) active: u32,
    /// Requests that wait for a free worker.
    pub(super) line: VecDeque<u32>,
}

impl Run {
    pub(super) fn start_servers(&mut self) {
        let program = match self.machine.program(self.world.modules()) {
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
        self.program = Some(program);
        for index in 0..self.world.setting("processes").max(1) {
            let name = format!("process.{}", index + 1);
            let actor = self.recorder.text(&name);
            let server = Server {
                name,
                actor,
                process: None,
                busy_until: SimInstant::START,
                active: 0,
                line: VecDeque::new(),
            };
            self.servers.push(server);
            self.pools.push(super::Pool::new(self.world.setting("pool_size")));
            self.start_server(self.servers.len() - 1);
            if self.stopped.is_some() {
                return;
            }
        }
        self.ask_what_is_registered();
    }

    fn start_server(&mut self, index: usize) {
        let actor = self.servers[index].actor;
        self.servers[index].process = self.start_process("server", actor, u64::MAX - index as u64);
    }

    /// Starts a Python process and imports a module in it. Returns none when that raised: the run is stopped then.
    pub(super) fn start_process(&mut self, module: &str, actor: TextId, ordinal: u64) -> Option<u32> {
        let program = self.program.as_ref()?;
        let ambient = Ambient { now: self.now, fuel: FUEL_PER_REQUEST, memory_bytes: MEMORY_PER_STEP_BYTES };
        let code = CodeStream { seed: mixed(self.world.inputs.seed, Purpose::Code, ordinal) };
        let (process, stepped) = Code::import(&self.source, &self.machine, program, module, code, ambient);
        for line in &stepped.printed {
            self.say(actor, line.site.as_ref(), &line.text, EventKind::Printed);
        }
        for note in &stepped.notes {
            self.say(actor, note.site.as_ref(), &note.message, EventKind::Noted);
        }
        if let Outcome::Raised(raised) = stepped.outcome {
            self.raised(actor, &raised);
            let who = if module == "client" { "client" } else { "server" };
            self.stopped = Some(format!("The {who} could not start: {}: {}.", raised.class, raised.message));
            return None;
        }
        let number = self.next_process;
        self.next_process += 1;
        self.processes.insert(number, process);
        Some(number)
    }

    /// Starts a process again after a crash; what waited in its line is handled.
    pub(super) fn restart(&mut self, index: usize) {
        self.start_server(index);
        let actor = self.servers[index].actor;
        self.recorder.push(self.now, actor, EventKind::ProcessChanged(ProcessChanged::Started));
        self.serve_line(index);
        self.look_for_deliveries();
    }

    /// A request reaches the server, unless something happens to it on the way.
    pub(super) fn arrive(&mut self, number: u32) {
        if self.is_lost_on_the_way(number) {
            return;
        }
        let request = &mut self.requests[number as usize];
        request.arrived_at = self.now;
        let (actor, sent_at) = (request.actor, request.sent_at);
        let (method, path) = (text_of(&request.data, "method"), text_of(&request.data, "path"));
        let arrived =
            Arrived { method: self.recorder.text(&method), path: self.recorder.text(&path), sent_at };
        self.recorder.push(self.now, actor, EventKind::Arrived(arrived));
        let index = self.server_for(number);
        self.requests[number as usize].server = Some(index);
        self.servers[index].line.push_back(number);
        self.serve_line(index);
    }

    fn server_for(&self, number: u32) -> usize {
        let request = &self.requests[number as usize];
        let count = self.servers.len();
        let wanted = (request.operation as usize + request.attempt as usize - 1) % count;
        let turn = (0..count).map(|step| (wanted + step) % count);
        turn.into_iter().find(|index| self.servers[*index].process.is_some()).unwrap_or(wanted)
    }

    /// Gives requests of a process's line to its free workers.
    fn serve_line(&mut self, index: usize) {
        let workers = u32::try_from(self.world.setting("workers")).unwrap_or(0);
        while self.stopped.is_none() {
            let server = &mut self.servers[index];
            let is_free = workers == 0 || server.active < workers;
            let (Some(process), true) = (server.process, is_free) else { return };
            let Some(number) = server.line.pop_front() else { return };
            server.active += 1;
            self.handle(number, index, process);
        }
    }

    fn handle(&mut self, number: u32, index: usize, process: u32) {
        let request = &self.requests[number as usize];
        let (account, name, actor) = (request.account, request.name.clone(), request.actor);
        let (data, waited) = (request.data.clone(), self.now.since(request.arrived_at));
        if self.servers.len() > 1 || self.world.setting("workers") > 0 {
            let assigned = Assigned { process: self.servers[index].actor, waited };
            self.recorder.push(self.now, actor, EventKind::Assigned(assigned));
        }
        let limit = self.world.setting("request_timeout_ms");
        if limit > 0 {
            let until = self.now.after(SimDuration::from_micros(limit * 1000));
            self.agenda.add(until, Moment::RequestTimeout(number));
        }
        let handler = self.start_task(Starting {
            process,
            owner: Owner::Request(number),
            account,
            name,
            actor,
            function: "serve",
            data,
            purpose: Purpose::Code,
        });
        self.requests[number as usize].handler = handler;
    }

    /// A worker is free again.
    pub(super) fn worker_is_free(&mut self, number: u32) {
        let Some(index) = self.requests[number as usize].server else { return };
        self.servers[index].active = self.servers[index].active.saturating_sub(1);
        self.serve_line(index);
    }

    /// The server gives up on a handler: 504, and the handler is cancelled.
    pub(super) fn request_timeout(&mut self, number: u32) {
        let request = &self.requests[number as usize];
        if request.status.is_some() {
            return;
        }
        let (actor, handler) = (request.actor, request.handler);
        let detail = Value::Text("the server's time for this request is over".into());
        self.send(number, actor, 504, Value::Map(vec![("detail".into(), detail)]), vec![]);
        let Some((task, turn)) = handler.and_then(|key| Some((key, self.tasks.get(&key)?.turn))) else {
            return;
        };
        let cancelled =
            Resume::Raise { module: "asyncio".into(), class: "CancelledError".into(), fields: vec![] };
        self.agenda.add(self.now, Moment::Continue(Wait { task, turn }, cancelled));
    }

    /// The server process that a Python process is, by its index.
    pub(super) fn server_of(&self, process: u32) -> Option<usize> {
        self.servers.iter().position(|server| server.process == Some(process))
    }
}

/// A text of a request's data; empty when it is not there.
pub(super) fn text_of(data: &Value, key: &str) -> String {
    data.get(key).and_then(Value::as_text).unwrap_or("").to_owned()
}

impl Run {
    /// Lines up a request that the traffic sends itself.
    pub(super) fn add_traffic_arrival(&mut self, number: u32, sent_at: SimInstant) {
        let half = cost::half(self.requests[number as usize].round_trip);
        self.agenda.add(sent_at.after(half), Moment::Arrive(number));
    }
}
