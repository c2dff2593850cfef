//! Tasks: how one goes on, what its step asked for, how it ends.
//!
//! Not here: what a call means (`calls.rs`), how an answer is sent (`answers.rs`).

use super::{Moment, Run};
use crate::limits::{FUEL_PER_REQUEST, MEMORY_PER_STEP_BYTES, PRINTED_LINES_PER_REQUEST, TASKS_PER_REQUEST};
use crate::task::{Task, Wait};
use unhappy_db::SessionId;
use unhappy_python::{Ambient, Effect, Outcome, ParkKey, Raised, Resume, Stepped, Stopped, TaskId};
use unhappy_trace::event::{EventKind, Hit, TextId};
use unhappy_trace::{Value, text};

impl Run {
    /// Lets a task run to its next call, unless its process is kept busy by `time.sleep`.
    pub(super) fn go_on(&mut self, wait: Wait, resume: Resume) {
        if !self.is_current(wait) {
            return;
        }
        if self.busy_until > self.now {
            self.queue.add(self.busy_until, Moment::Continue(wait, resume));
            return;
        }
        let task = self.tasks.get_mut(&wait.task).expect("a current wait has a task");
        task.turn += 1;
        task.parked = None;
        let (number, actor) = (task.request, task.actor);
        let fuel = self.requests[number as usize].fuel_left;
        let ambient = Ambient { now: self.now, fuel, memory_bytes: MEMORY_PER_STEP_BYTES };
        let process = self.process.as_mut().expect("tasks run in a process");
        let stepped = process.resume(&self.machine.python, wait.task, resume, ambient);
        let request = &mut self.requests[number as usize];
        request.fuel_left = request.fuel_left.saturating_sub(stepped.fuel_used);
        self.busy_until = self.now.after(stepped.slept);
        self.stepped(wait.task, number, actor, stepped);
    }

    pub(super) fn is_current(&self, wait: Wait) -> bool {
        self.tasks.get(&wait.task).is_some_and(|task| task.turn == wait.turn)
    }

    pub(super) fn stepped(&mut self, id: TaskId, number: u32, actor: TextId, stepped: Stepped) {
        let hits = self.hits(&stepped.counts);
        self.print(number, actor, &stepped);
        for effect in stepped.effects {
            self.apply(number, effect);
        }
        if self.stopped.is_some() {
            return;
        }
        match stepped.outcome {
            Outcome::Suspended(call) => self.call(id, number, call, hits),
            Outcome::Returned(value) => self.ended_task(id, number, actor, Ok(value), hits),
            Outcome::Raised(raised) => self.ended_task(id, number, actor, Err(raised), hits),
        }
    }

    pub(super) fn print(&mut self, number: u32, actor: TextId, stepped: &Stepped) {
        for line in &stepped.printed {
            let request = &mut self.requests[number as usize];
            request.printed_lines += 1;
            if request.printed_lines <= PRINTED_LINES_PER_REQUEST {
                self.say(actor, line.site.as_ref(), &line.text, EventKind::Printed);
            } else if request.printed_lines == PRINTED_LINES_PER_REQUEST + 1 {
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

    pub(super) fn apply(&mut self, number: u32, effect: Effect) {
        match effect {
            Effect::Spawned { task, parent } => self.spawned(number, task, parent),
            Effect::Woken(key) => self.woken(key),
            Effect::Cancelled(task) => {
                let Some(turn) = self.tasks.get(&task).map(|task| task.turn) else { return };
                let cancelled = Resume::Raise {
                    module: "asyncio".into(),
                    class: "CancelledError".into(),
                    fields: vec![],
                };
                self.queue
                    .add(self.busy_until.max(self.now), Moment::Continue(Wait { task, turn }, cancelled));
            }
        }
    }

    pub(super) fn spawned(&mut self, number: u32, id: TaskId, parent: TaskId) {
        let name = match self.tasks.get_mut(&parent) {
            Some(parent) => {
                parent.children += 1;
                format!("{}/{}", parent.name, parent.children)
            }
            None => format!("{}/0", self.requests[number as usize].name),
        };
        let actor = self.recorder.text(&name);
        self.tasks.insert(id, new_task(number, id, name, actor));
        self.queue
            .add(self.busy_until.max(self.now), Moment::Continue(Wait { task: id, turn: 0 }, Resume::Start));
        self.requests[number as usize].tasks += 1;
        if self.requests[number as usize].tasks > TASKS_PER_REQUEST {
            let limit = text::thousands(u64::from(TASKS_PER_REQUEST));
            self.limit(
                actor,
                None,
                vec![],
                format!("One request created more than {limit} tasks. The run was stopped."),
            );
        }
    }

    pub(super) fn woken(&mut self, key: ParkKey) {
        let found = self.tasks.iter().find(|(_, task)| task.parked == Some(key));
        let Some(wait) = found.map(|(id, task)| Wait { task: *id, turn: task.turn }) else { return };
        let awake = Resume::Value(Value::Bool(true));
        self.queue.add(self.busy_until.max(self.now), Moment::Continue(wait, awake));
    }

    pub(super) fn ended_task(
        &mut self,
        id: TaskId,
        number: u32,
        actor: TextId,
        result: Result<Value, Raised>,
        hits: Vec<Hit>,
    ) {
        let task = self.tasks.remove(&id).expect("an ending task exists");
        if self.close_session(task.session) {
            let place = task.transaction.flatten();
            self.note(
                actor,
                place,
                "a transaction was left open at the end of the request; it was rolled back",
            );
        }
        let is_handler = !task.name.contains('/');
        match result {
            Ok(value) if is_handler => self.respond(number, actor, value, hits),
            Ok(_) => self.tail(actor, hits),
            Err(raised) if matches!(raised.stopped, Some(Stopped::Fuel | Stopped::Memory)) => {
                let (sentence, place) = (stopped_sentence(&raised), raised.frames.last());
                let place = place.map(|frame| self.frame_place(&frame.file, frame.line, frame.column));
                self.mark(&raised);
                self.limit(actor, place, hits, sentence);
            }
            Err(raised) => {
                self.raised(actor, &raised);
                if is_handler {
                    let body =
                        Value::Map(vec![("detail".into(), Value::Text("Internal Server Error".into()))]);
                    self.send(number, actor, 500, body, hits);
                } else {
                    self.tail(actor, hits);
                }
            }
        }
    }
}

pub(super) fn new_task(request: u32, id: TaskId, name: String, actor: TextId) -> Task {
    Task {
        request,
        name,
        actor,
        children: 0,
        session: SessionId(id.0 + 1),
        transaction: None,
        turn: 0,
        parked: None,
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
