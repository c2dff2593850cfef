//! HTTP requests that code sends: from a client, or from a handler to the same service.
//!
//! Each one is an actor of its own: `A`, then `A2` for the second of one operation; `A.1` for the first that A's
//! handler sends. The sender waits until the answer is there, its time is over, or the connection is lost.
//! Not here: what the server does with it (`server.rs`), how an answer leaves (`answers.rs`).

use super::operations::request_data;
use super::{Moment, Run};
use crate::cost;
use crate::limits::{ALL_REQUESTS_PER_RUN, ATTEMPTS_PER_OPERATION, PREVIEW_CHARACTERS};
use crate::statement;
use crate::task::{Owner, Pending, Request, Sender};
use unhappy_python::{Call, Resume};
use unhappy_trace::event::{EventKind, RequestSent, ResponseReceived};
use unhappy_trace::{SimDuration, Value, text};

/// A request that code wants to send.
struct Outgoing {
    method: String,
    path: String,
    headers: Value,
    json: Value,
    timeout: Option<SimDuration>,
}

impl Run {
    /// Sends a request of a task.
    pub(super) fn http_call(&mut self, pending: Pending, call: &Call) {
        let Some(task) = self.tasks.get(&pending.wait.task) else { return };
        let (owner, actor, name) = (task.owner, task.actor, task.name.clone());
        let outgoing = match read(call) {
            Ok(outgoing) => outgoing,
            Err(sentence) => return self.refuse_call(actor, pending, call, "ValueError", &sentence),
        };
        if let Some(sentence) = self.floods(owner) {
            self.limit(actor, pending.place, pending.hits, sentence);
            return;
        }
        let number = u32::try_from(self.requests.len()).expect("requests of a run fit 32 bits");
        let request = self.new_request(owner, &name, &pending, &outgoing);
        let sent = RequestSent {
            request: request.actor,
            method: self.recorder.text(&outgoing.method),
            path: self.recorder.text(&outgoing.path),
            headers: self.cut_json(&outgoing.headers),
            body: self.cut_json(&outgoing.json),
            place: pending.place,
            hits: pending.hits.clone(),
        };
        let (round_trip, account) = (request.round_trip, request.account);
        self.requests.push(request);
        self.plan_crash(account);
        self.recorder.push(pending.sent_at, actor, EventKind::RequestSent(sent));
        self.agenda.add(self.then_at(pending.sent_at.after(cost::half(round_trip))), Moment::Arrive(number));
        if let Some(timeout) = outgoing.timeout {
            self.agenda.add(pending.sent_at.after(timeout), Moment::SenderGivesUp(number, "Timeout"));
        }
    }

    /// Returns a sentence when an operation or the run sends too many requests.
    fn floods(&mut self, owner: Owner) -> Option<String> {
        if let Owner::Operation(number) = owner
            && self.operations[number as usize].attempts >= ATTEMPTS_PER_OPERATION
        {
            return Some(format!(
                "One client sent more than {ATTEMPTS_PER_OPERATION} requests in one operation. The run was stopped. \
                 Is there a retry loop without an end?"
            ));
        }
        (self.requests.len() >= ALL_REQUESTS_PER_RUN).then(|| {
            let limit = text::thousands(ALL_REQUESTS_PER_RUN as u64);
            format!("The run sent more than {limit} requests, repeated ones included. It was stopped.")
        })
    }

    fn new_request(&mut self, owner: Owner, sender: &str, pending: &Pending, outgoing: &Outgoing) -> Request {
        let (name, operation, attempt) = match owner {
            Owner::Operation(number) => {
                let operation = &mut self.operations[number as usize];
                operation.attempts += 1;
                let attempt = operation.attempts;
                let name = if attempt == 1 {
                    operation.name.clone()
                } else {
                    format!("{}{attempt}", operation.name)
                };
                (name, number, attempt)
            }
            Owner::Request(_) | Owner::Delivery(_) | Owner::Job(_) | Owner::Registry => {
                let root = sender.split('/').next().unwrap_or(sender).to_owned();
                let count = self.account_of(pending.wait.task).map_or(1, |account| {
                    account.requests += 1;
                    account.requests
                });
                let operation = match owner {
                    Owner::Request(number) => self.requests[number as usize].operation,
                    _ => 0,
                };
                (format!("{root}.{count}"), operation, count + 1)
            }
        };
        let ordinal = u64::from(operation) + (u64::from(attempt - 1) << 32);
        let account = self.open_account(ordinal);
        let stream = &mut self.accounts[account as usize].round_trips;
        let round_trip = match owner {
            Owner::Operation(_) => cost::client_round_trip(stream),
            _ => cost::database_round_trip(stream),
        };
        let actor = self.recorder.text(&name);
        let Outgoing { method, path, headers, json, .. } = outgoing;
        let data = request_data(&name, method, path, headers.clone(), json.clone());
        Request {
            name,
            actor,
            account,
            sender: Sender::Task(pending.wait),
            operation,
            attempt,
            data,
            sent_at: pending.sent_at,
            round_trip,
            server: None,
            handler: None,
            arrived_at: pending.sent_at,
            status: None,
            is_over: false,
            is_touched: false,
            is_uncaught: false,
        }
    }

    /// An answer reaches the sender. It comes too late for one that gave up.
    pub(super) fn deliver(&mut self, number: u32, status: u16, body: Value) {
        let request = &mut self.requests[number as usize];
        if std::mem::replace(&mut request.is_over, true) {
            return;
        }
        let Sender::Task(wait) = request.sender else { return };
        let headers = Value::Map(vec![]);
        let answer = Value::Map(vec![
            ("status".into(), Value::Int(i64::from(status))),
            ("headers".into(), headers),
            ("json".into(), body),
        ]);
        self.received(number, wait, Some(status), None);
        self.go_on(wait, Resume::Value(answer));
    }

    /// The sender waits no longer: its time is over, or the connection is lost.
    pub(super) fn sender_gives_up(&mut self, number: u32, class: &'static str) {
        let request = &mut self.requests[number as usize];
        if std::mem::replace(&mut request.is_over, true) {
            return;
        }
        let Sender::Task(wait) = request.sender else { return };
        if !self.is_current(wait) {
            return;
        }
        self.received(number, wait, None, Some(class));
        let path = super::server::text_of(&self.requests[number as usize].data, "path");
        let message = match class {
            "Timeout" => format!("no answer to {path} in time"),
            _ => format!("the connection was lost before {path} was answered"),
        };
        self.go_on(wait, statement::backend_error(class, &message, vec![]));
    }

    fn received(&mut self, number: u32, wait: crate::task::Wait, status: Option<u16>, class: Option<&str>) {
        let Some(actor) = self.tasks.get(&wait.task).map(|task| task.actor) else { return };
        let request = &self.requests[number as usize];
        let (request, took) = (request.actor, self.now.since(request.sent_at));
        let error = class.map(|class| self.recorder.text(class));
        let received = ResponseReceived { request, status, error, took };
        self.recorder.push(self.now, actor, EventKind::ResponseReceived(received));
    }

    /// A value as JSON, cut, as a text of the trace.
    pub(super) fn cut_json(&mut self, value: &Value) -> unhappy_trace::event::TextId {
        let json = text::cut(&value.to_json(), PREVIEW_CHARACTERS);
        self.recorder.text(&json)
    }
}

fn read(call: &Call) -> Result<Outgoing, String> {
    let field = |name: &str| call.fields.get(name).cloned().unwrap_or(Value::Null);
    let method = field("method").as_text().unwrap_or("GET").to_uppercase();
    let url = field("url")
        .as_text()
        .map(str::to_owned)
        .ok_or("http: the URL must be a text, such as \"/orders\"")?;
    let path = path_of(&url)
        .ok_or_else(|| format!("http: the URL is {url:?}, expected a path such as \"/orders\""))?;
    let headers = match field("headers") {
        Value::Null => Value::Map(vec![]),
        Value::Map(entries) => Value::Map(entries),
        _ => return Err("http: headers must be a dict".to_owned()),
    };
    let timeout = match field("timeout") {
        Value::Null => None,
        seconds => {
            Some(super::calls::micros(Some(&seconds)).map_err(|sentence| format!("http: {sentence}"))?)
        }
    };
    Ok(Outgoing { method, path: path.to_owned(), headers, json: field("json"), timeout })
}

/// The path of a URL: there is one service, so its host does not matter.
fn path_of(url: &str) -> Option<&str> {
    let rest = match url.split_once("://") {
        Some((_, rest)) => &rest[rest.find('/').unwrap_or(rest.len())..],
        None => url,
    };
    match rest {
        "" => Some("/"),
        path if path.starts_with('/') => Some(path),
        _ => None,
    }
}
