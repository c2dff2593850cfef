//! At rest: nothing is left to happen. What comes then, in this order: the variant's probe, tasks that wait for ever,
//! the promises that hold at rest, faults that never came.

use super::Run;
use unhappy_lesson::Probe;
use unhappy_trace::Value;

impl Run {
    /// Nothing is left. Returns whether something was added after all.
    pub(super) fn comes_to_rest(&mut self) -> bool {
        if self.send_probe() {
            return true;
        }
        (self.has_halted, self.is_at_rest) = (true, true);
        self.tell_faults_that_never_came();
        self.look_at_promises_at_rest();
        self.tell_who_waits();
        false
    }

    /// Sends the copy of the first request that the variant asks for, once.
    fn send_probe(&mut self) -> bool {
        let Some(probe) = self.world.probe.clone() else { return false };
        if self.probe.request.is_some() || self.requests.is_empty() {
            return false;
        }
        let copy = self.send_copy(0, ".probe");
        self.requests[copy as usize].data = changed(&self.requests[0].data, &probe);
        self.probe.request = Some(copy);
        true
    }

    /// A task that still waits waits for ever: say so.
    fn tell_who_waits(&mut self) {
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

/// A request's data with some fields of its JSON body replaced.
fn changed(data: &Value, probe: &Probe) -> Value {
    let Value::Map(entries) = data else { return data.clone() };
    let entries = entries.iter().map(|(name, value)| match (name.as_str(), value) {
        ("json", Value::Map(fields)) => (name.clone(), Value::Map(replaced(fields, probe))),
        _ => (name.clone(), value.clone()),
    });
    Value::Map(entries.collect())
}

fn replaced(fields: &[(String, Value)], probe: &Probe) -> Vec<(String, Value)> {
    let mut fields = fields.to_vec();
    for (name, value) in &probe.change {
        match fields.iter_mut().find(|(known, _)| known == name) {
            Some((_, slot)) => *slot = value.clone(),
            None => fields.push((name.clone(), value.clone())),
        }
    }
    fields
}
