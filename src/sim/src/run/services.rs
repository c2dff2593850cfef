//! Calls of payments, queue, cache and mail: on their way, at their effect, and what comes back.
//!
//! What a call means stands in `crate::services`; here it costs time, can be lost, and is recorded.

use super::{Moment, Run};
use crate::cost;
use crate::random::{Purpose, Stream};
use crate::services::{Failure, ServiceCall, latency};
use crate::statement;
use crate::task::Pending;
use unhappy_python::{Call, Resume};
use unhappy_trace::event::{EventKind, ServiceCalled, ServiceOutcome};
use unhappy_trace::{FaultKind, How, SimDuration, Value};

/// How long the payment provider's library waits for an answer. Microseconds.
const PROVIDER_TIMEOUT: SimDuration = SimDuration::from_micros(10_000_000);

impl Run {
    /// Sends a call to its service.
    pub(super) fn send_call(&mut self, mut pending: Pending, call: Call) {
        let Some(account) = self.account_of(pending.wait.task) else { return };
        pending.round_trip = latency::round_trip(&call.name, &mut account.round_trips);
        let reached = pending.sent_at.after(cost::half(pending.round_trip));
        self.agenda.add(self.then_at(reached), Moment::Serve(pending, call));
    }

    /// A call reaches its service.
    pub(super) fn serve(&mut self, pending: Pending, call: Call) {
        let key = pending.wait.task;
        let Some(task) = self.tasks.get(&key) else { return };
        let (actor, account) = (task.actor, task.account);
        let in_transaction = !task.transactions.is_empty();
        let account = &self.accounts[account as usize];
        let mut draws =
            Stream::new(self.world.inputs.seed ^ account.calls << 40, Purpose::Services, account.ordinal + 1);
        let args = call.args.as_list().unwrap_or(&[]);
        let service = ServiceCall { name: &call.name, args, fields: &call.fields, now: self.now };
        let served = match self.services.call(service, &mut draws) {
            None => {
                let sentence = format!("there is no service that answers {}", call.name);
                return self.refuse_call(actor, pending, &call, "RuntimeError", &sentence);
            }
            Some(Err(sentence)) => return self.refuse_call(actor, pending, &call, "TypeError", &sentence),
            Some(Ok(served)) => served,
        };
        self.promises.something_changed();
        let mut back = self.now.after(served.work).after(cost::half(pending.round_trip));
        let mut result = served.result;
        let mut took_effect = result.is_ok();
        if call.name == "payments.charge" && self.charge_response_is_lost(key) {
            took_effect = result.is_ok();
            back = pending.sent_at.after(PROVIDER_TIMEOUT);
            let message =
                "the payment provider did not answer in time: whether the card was charged is unknown";
            result = Err(Failure { class: "Timeout", message: message.to_owned(), fields: vec![] });
        }
        let called = ServiceCalled {
            sent_at: pending.sent_at,
            took: back.since(pending.sent_at),
            place: pending.place,
            name: self.recorder.text(&call.name),
            arguments: self.arguments(&call),
            outcome: self.service_outcome(&result, took_effect),
            in_transaction,
            money_cents: if took_effect { served.money_cents } else { 0 },
            hits: pending.hits,
        };
        self.recorder.push(self.now, actor, EventKind::ServiceCalled(called));
        let resume = match result {
            Ok(value) => Resume::Value(value),
            Err(failure) => statement::backend_error(failure.class, &failure.message, failure.fields),
        };
        self.agenda.add(self.then_at(back), Moment::Continue(pending.wait, resume));
        self.look_for_deliveries();
        self.crash_if_planned(key);
    }

    fn charge_response_is_lost(&mut self, key: crate::task::TaskKey) -> bool {
        let Some(task) = self.tasks.get(&key) else { return false };
        let (name, actor, account) = (task.name.clone(), task.actor, task.account);
        let count = self.accounts[account as usize].calls;
        let kind = FaultKind::ChargeResponseLost;
        if !self.thing_breaks(&name, actor, account, ".charge.response", How::Lost, kind, count) {
            return false;
        }
        self.touch(key);
        true
    }

    fn service_outcome(&mut self, result: &Result<Value, Failure>, took_effect: bool) -> ServiceOutcome {
        match result {
            Ok(value) => ServiceOutcome::Answered { preview: self.cut_json(value) },
            Err(failure) => ServiceOutcome::Failed {
                class: self.recorder.text(failure.class),
                message: self.recorder.text(&failure.message),
                took_effect,
            },
        }
    }

    fn arguments(&mut self, call: &Call) -> unhappy_trace::event::TextId {
        let mut named: Vec<(String, Value)> = vec![];
        for (number, value) in call.args.as_list().unwrap_or(&[]).iter().enumerate() {
            named.push(((number + 1).to_string(), value.clone()));
        }
        if let Value::Map(fields) = &call.fields {
            named.extend(fields.iter().filter(|(_, value)| *value != Value::Null).cloned());
        }
        self.cut_json(&Value::Map(named))
    }
}
