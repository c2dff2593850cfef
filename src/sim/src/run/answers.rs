//! Answers: how a handler's end becomes a response, how it leaves the server, and who gets it.

use super::{KEPT_ANSWERS, Moment, Run};
use crate::cost;
use crate::limits::PREVIEW_CHARACTERS;
use crate::task::{Sender, TaskKey};
use unhappy_python::Raised;
use unhappy_trace::event::{EventKind, Hit, Responded, TextId};
use unhappy_trace::{FaultKind, How, SimInstant, Value, text};

impl Run {
    /// A handler returned or raised.
    pub(super) fn handler_ended(
        &mut self,
        key: TaskKey,
        number: u32,
        result: Result<Value, Raised>,
        hits: Vec<Hit>,
    ) {
        let actor = self.requests[number as usize].actor;
        let is_too_late = self.requests[number as usize].status.is_some();
        match result {
            Ok(_) if is_too_late => self.tail(actor, hits),
            Ok(value) => {
                let status =
                    value.get("status").and_then(Value::as_int).and_then(|status| u16::try_from(status).ok());
                let body = value.get("body").cloned().unwrap_or(Value::Null);
                self.send_from(key, number, actor, status.unwrap_or(500), body, hits);
            }
            Err(_) if is_too_late => self.tail(actor, hits),
            Err(raised) => {
                self.raised(actor, &raised);
                self.requests[number as usize].is_uncaught = true;
                self.promises.something_changed();
                let detail = Value::Text("Internal Server Error".into());
                self.send_from(key, number, actor, 500, Value::Map(vec![("detail".into(), detail)]), hits);
            }
        }
        self.worker_is_free(number);
    }

    fn send_from(
        &mut self,
        key: TaskKey,
        number: u32,
        actor: TextId,
        status: u16,
        body: Value,
        hits: Vec<Hit>,
    ) {
        let sent = self.sent_at(key);
        self.send_at(sent, number, actor, status, body, hits);
    }

    pub(super) fn send(&mut self, number: u32, actor: TextId, status: u16, body: Value, hits: Vec<Hit>) {
        self.send_at(self.now, number, actor, status, body, hits);
    }

    fn send_at(
        &mut self,
        sent: SimInstant,
        number: u32,
        actor: TextId,
        status: u16,
        body: Value,
        hits: Vec<Hit>,
    ) {
        let request = &mut self.requests[number as usize];
        request.status = Some(status);
        self.answered += 1;
        let back = sent.after(cost::half(request.round_trip));
        let (operation, latency) = (request.operation, back.since(request.sent_at));
        let json = body.to_json();
        let responded = Responded {
            status,
            digest: body.digest(),
            body_bytes: json.len() as u64,
            rows: body.as_list().map(|rows| rows.len() as u64),
            preview: self.recorder.text(&text::cut(&json, PREVIEW_CHARACTERS)),
            latency,
            hits,
        };
        self.recorder.push(sent, actor, EventKind::Responded(responded));
        self.keep_answer(number, operation, status, &body);
        self.hand_over_answer(number, back, status, body);
        self.send_next(number, sent);
    }

    fn keep_answer(&mut self, number: u32, operation: u32, status: u16, body: &Value) {
        if self.probe.request == Some(number) {
            self.probe.answer = Some((status, body.clone()));
            return;
        }
        let is_nested = matches!(self.requests[number as usize].sender, Sender::Nobody)
            || self.requests[number as usize].name.contains('.');
        if (operation as usize) < KEPT_ANSWERS && !is_nested {
            self.answers[operation as usize] = Some((status, body.clone()));
        }
        if let Some(operation) = self.operations.get_mut(operation as usize).filter(|_| !is_nested) {
            operation.is_confirmed |= (200..300).contains(&status);
            self.promises.something_changed();
        }
    }

    fn hand_over_answer(&mut self, number: u32, back: SimInstant, status: u16, body: Value) {
        let kind = FaultKind::ResponseLost;
        if self.breaks(number, ".response", How::Lost, kind) {
            self.requests[number as usize].is_touched = true;
            self.notice_later(number);
            return;
        }
        if let Sender::Task(_) = self.requests[number as usize].sender {
            self.agenda.add(self.then_at(back), Moment::Deliver(number, status, body));
        }
    }

    /// A message of a request is lost. Its sender notices after a while, if its time is not over before.
    pub(super) fn notice_later(&mut self, number: u32) {
        let at = self.requests[number as usize].sent_at.after(cost::LOST_IS_NOTICED);
        self.agenda.add(at.max(self.now), Moment::SenderGivesUp(number, "ConnectionLost"));
    }

    /// With a change between requests, the next request is sent when the answer is back and the change made.
    fn send_next(&mut self, number: u32, sent: SimInstant) {
        let Some(sql) = self.world.between_sql.clone() else { return };
        if number == 0 {
            let changed = self.machine.database.run_script(&mut self.state, &sql);
            if let Err(error) = changed {
                self.stopped = Some(format!("The change between two requests failed: {}.", error.message));
                return;
            }
        }
        let answered_at = sent.after(cost::half(self.requests[number as usize].round_trip));
        if let Some(next) = self.requests.get_mut(number as usize + 1) {
            next.sent_at = answered_at;
            self.add_traffic_arrival(number + 1, answered_at);
        }
    }
}
