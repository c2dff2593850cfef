//! Traffic: requests that the traffic sends itself, or operations of clients that run client.py.
//!
//! Open traffic: new clients arrive whatever happens to those before, with exponential gaps (a Poisson process).
//! Closed traffic (`users` > 0): a fixed number of clients take turns, each thinking between two operations
//! (Schroeder et al. 2006, "Open Versus Closed: A Cautionary Tale"). `burst` lets several arrive at one instant.

use super::tasks::Starting;
use super::{Moment, Run};
use crate::cost;
use crate::generate;
use crate::random::{Purpose, Stream};
use crate::task::{Operation, Owner, Request, Sender};
use unhappy_python::Raised;
use unhappy_trace::event::{EventKind, Hit, OperationBegan, OperationEnded, OperationOutcome};
use unhappy_trace::{SimInstant, Value, request_name, text};

impl Run {
    /// Draws when clients come. With a change between requests, they come one by one.
    pub(super) fn line_up_traffic(&mut self) {
        let has_clients = self.world.has_client();
        let users = u32::try_from(self.world.setting("users")).unwrap_or(0);
        let count = self.world.inputs.requests;
        let first = if has_clients && users > 0 && self.is_timed() { users.min(count) } else { count };
        let mut arrivals = Stream::new(self.world.inputs.seed, Purpose::Arrivals, 0);
        let (mut at, burst) = (SimInstant::START, self.world.setting("burst").max(1));
        let gap = match self.world.setting("gap_ms") {
            0 => self.lesson.traffic.mean_gap_micros,
            millis => millis * 1000,
        };
        if has_clients {
            self.make_up_users();
        }
        self.lined_up = first;
        for number in 0..first {
            if has_clients {
                self.agenda.add(at, Moment::Begin(number));
            } else {
                self.line_up_request(number, at);
            }
            let is_last_of_burst = (u64::from(number) + 1).is_multiple_of(burst);
            if is_last_of_burst && !(has_clients && users > 0) {
                at = at.after(cost::arrival_gap(&mut arrivals, gap));
            }
        }
    }

    fn line_up_request(&mut self, number: u32, at: SimInstant) {
        let account = self.open_account(u64::from(number));
        let round_trip = cost::client_round_trip(&mut self.accounts[account as usize].round_trips);
        let name = request_name(number);
        let (method, path) = (self.lesson.traffic.method.clone(), self.lesson.traffic.path.clone());
        let data = request_data(&name, &method, &path, Value::Map(vec![]), Value::Null);
        let actor = self.recorder.text(&name);
        self.requests.push(Request {
            name,
            actor,
            account,
            sender: Sender::Traffic,
            operation: number,
            attempt: 1,
            data,
            sent_at: at,
            round_trip,
            server: None,
            handler: None,
            arrived_at: at,
            status: None,
            is_over: false,
            is_touched: false,
            is_uncaught: false,
        });
        self.plan_crash(account);
        if number == 0 || self.world.between_sql.is_none() {
            self.add_traffic_arrival(number, at);
        }
    }

    /// Makes up the data of every client: one row an operation.
    fn make_up_users(&mut self) {
        let count = u64::from(self.world.inputs.requests);
        let rows = generate::users(&self.world.users, count, self.world.inputs.data_seed, &self.world.rows);
        for (number, user) in (0..).zip(rows) {
            let name = request_name(number);
            let actor = self.recorder.text(&format!("{name}.client"));
            self.operations.push(Operation {
                name,
                actor,
                account: 0,
                user,
                attempts: 0,
                began_at: SimInstant::START,
                is_confirmed: false,
                process: None,
                outcome: None,
            });
        }
    }

    /// A client begins: a program of its own, with module globals of its own.
    pub(super) fn begin_operation(&mut self, number: u32) {
        let account = self.open_account(u64::from(number));
        let operation = &mut self.operations[number as usize];
        (operation.account, operation.began_at) = (account, self.now);
        let (actor, name) = (operation.actor, format!("{}.client", operation.name));
        let user = operation.user.clone();
        let shown = self.cut_json(&user);
        self.recorder.push(self.now, actor, EventKind::OperationBegan(OperationBegan { user: shown }));
        let Some(process) = self.start_process("client", actor, u64::from(number) << 8 | 1 << 62) else {
            return;
        };
        self.operations[number as usize].process = Some(process);
        let id = Value::Int(i64::from(number) + 1);
        let user = Value::Map(vec![("id".into(), id), ("data".into(), user)]);
        self.start_task(Starting {
            process,
            owner: Owner::Operation(number),
            account,
            name,
            actor,
            function: "operate",
            data: Value::Map(vec![("user".into(), user)]),
            purpose: Purpose::ClientCode,
        });
    }

    /// A client's function returned or raised.
    pub(super) fn operation_ended(&mut self, number: u32, result: Result<Value, Raised>, hits: Vec<Hit>) {
        let operation = &self.operations[number as usize];
        let (actor, took) = (operation.actor, self.now.since(operation.began_at));
        self.operations[number as usize].outcome = Some(match &result {
            Ok(value) => text::cut(&value.to_json(), crate::limits::PREVIEW_CHARACTERS),
            Err(raised) => raised.class.clone(),
        });
        let outcome = match result {
            Ok(value) => OperationOutcome::Returned { preview: self.cut_json(&value) },
            Err(raised) => {
                self.mark(&raised);
                let message = text::cut(&raised.message, crate::limits::PREVIEW_CHARACTERS);
                OperationOutcome::Raised {
                    class: self.recorder.text(&raised.class),
                    message: self.recorder.text(&message),
                }
            }
        };
        let ended = OperationEnded { outcome, took, hits };
        self.recorder.push(self.now, actor, EventKind::OperationEnded(ended));
        self.drop_client(number);
        self.begin_next_turn();
    }

    /// A client's process ends with its function, unless a task that it created still runs.
    fn drop_client(&mut self, number: u32) {
        let Some(process) = self.operations[number as usize].process else { return };
        if !self.tasks.keys().any(|key| key.process == process) {
            self.processes.remove(&process);
        }
    }

    /// In closed traffic, whoever finished thinks and then begins the next operation.
    fn begin_next_turn(&mut self) {
        let next = self.lined_up;
        if next >= self.world.inputs.requests {
            return;
        }
        self.lined_up += 1;
        let mut thinking = Stream::new(self.world.inputs.seed, Purpose::Thinking, u64::from(next));
        let think = cost::arrival_gap(&mut thinking, self.world.setting("think_ms") * 1000);
        self.agenda.add(self.now.after(think), Moment::Begin(next));
    }
}

/// A request as `backend.serve` takes it.
pub(super) fn request_data(name: &str, method: &str, path: &str, headers: Value, json: Value) -> Value {
    let text = |text: &str| Value::Text(text.to_owned());
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let query = form_urlencoded::parse(query.as_bytes())
        .map(|(key, value)| (key.into_owned(), Value::Text(value.into_owned())))
        .collect();
    Value::Map(vec![
        ("id".into(), text(name)),
        ("method".into(), text(method)),
        ("path".into(), text(path)),
        ("query".into(), Value::Map(query)),
        ("headers".into(), headers),
        ("json".into(), json),
    ])
}
