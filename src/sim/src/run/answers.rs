//! Answers: how a response leaves the server and what the client does next.

use super::{Moment, Run};
use crate::cost;
use crate::limits::PREVIEW_CHARACTERS;
use unhappy_trace::event::{EventKind, Hit, Responded, TextId};
use unhappy_trace::{SimInstant, Value, text};

impl Run {
    pub(super) fn respond(&mut self, number: u32, actor: TextId, value: Value, hits: Vec<Hit>) {
        let status =
            value.get("status").and_then(Value::as_int).and_then(|status| u16::try_from(status).ok());
        let body = value.get("body").cloned().unwrap_or(Value::Null);
        self.send(number, actor, status.unwrap_or(500), body, hits);
    }

    pub(super) fn send(&mut self, number: u32, actor: TextId, status: u16, body: Value, hits: Vec<Hit>) {
        let sent = self.busy_until.max(self.now);
        let request = &mut self.requests[number as usize];
        request.answered = true;
        let latency = sent.after(cost::half(request.client_round_trip)).since(request.sent_at);
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
        if let Some(slot) = self.answers.get_mut(number as usize) {
            *slot = Some((status, body));
        }
        self.send_next(number, sent);
    }

    /// With a change between requests, the next request is sent when the answer is back and the change made.
    pub(super) fn send_next(&mut self, number: u32, sent: SimInstant) {
        let Some(sql) = self.world.between_sql.clone() else { return };
        if number == 0 {
            let changed = self.machine.database.run_script(&mut self.state, &sql);
            if let Err(error) = changed {
                self.stopped = Some(format!("The change between two requests failed: {}.", error.message));
                return;
            }
        }
        let answered_at = sent.after(cost::half(self.requests[number as usize].client_round_trip));
        if let Some(next) = self.requests.get_mut(number as usize + 1) {
            next.sent_at = answered_at;
            self.queue.add(answered_at.after(cost::half(next.client_round_trip)), Moment::Arrive(number + 1));
        }
    }
}
