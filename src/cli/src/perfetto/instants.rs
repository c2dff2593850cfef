//! What happened at one instant: lines, faults, broken promises, processes.

use super::layout::{Drawn, Shape};
use super::{Arguments, DATABASE, Picture};
use serde_json::json;
use unhappy_trace::event::{EventKind, ProcessChanged, TextId};
use unhappy_trace::{Event, SimInstant};

impl Picture<'_> {
    /// What has no length.
    pub fn add_instant(&mut self, event: &Event, actor: &str) {
        let trace = self.trace;
        let said = |id: TextId| trace.text(id).to_owned();
        let (name, category, scope, arguments) = match &event.kind {
            EventKind::Printed(line) => (said(line.text), "print", "t", self.placed(line.place)),
            EventKind::Noted(line) => (said(line.text), "note", "t", self.placed(line.place)),
            EventKind::Logged(line) => {
                let mut arguments = self.placed(line.place);
                arguments.insert("fields", json!(trace.text(line.fields)));
                (format!("{}: {}", trace.text(line.level), trace.text(line.text)), "log", "t", arguments)
            }
            EventKind::Measured(found) => {
                let arguments = Arguments::from([("labels", json!(trace.text(found.labels)))]);
                (format!("{} {}", trace.text(found.name), trace.text(found.value)), "metric", "t", arguments)
            }
            EventKind::Raised(raised) => {
                let arguments = self.placed(raised.frames.last().copied());
                (
                    format!("{}: {}", trace.text(raised.class), trace.text(raised.message)),
                    "raised",
                    "t",
                    arguments,
                )
            }
            EventKind::FaultHappened(fault) => (said(fault.fault), "fault", "g", Arguments::new()),
            EventKind::PromiseBroke(broke) => {
                let arguments = Arguments::from([("evidence", json!(trace.text(broke.evidence)))]);
                (format!("promise broken: {}", trace.text(broke.promise)), "promise", "g", arguments)
            }
            EventKind::Watched(watched) => {
                let name = format!("{} = {}", trace.text(watched.label), trace.text(watched.value));
                return self.instant(DATABASE, actor, name, "watched", event.at, "p", Arguments::new());
            }
            EventKind::PoolWaits(wait) => {
                let held: Vec<&str> = wait.held_by.iter().map(|holder| trace.text(*holder)).collect();
                let mut arguments = self.placed(wait.place);
                arguments.insert("held_by", json!(held));
                ("waits for a connection of the pool".to_owned(), "pool", "t", arguments)
            }
            EventKind::Delivered(delivered) => {
                let arguments = Arguments::from([("receive_count", json!(delivered.receive_count))]);
                let name = format!("{} {}", trace.text(delivered.topic), trace.text(delivered.message));
                (name, "delivery", "t", arguments)
            }
            EventKind::LimitReached(limit) => (said(limit.text), "limit", "g", self.placed(limit.place)),
            EventKind::ProcessChanged(ProcessChanged::Started) => {
                ("started".to_owned(), "process", "p", Arguments::new())
            }
            EventKind::ProcessChanged(ProcessChanged::Crashed) => {
                self.crash(actor, event.at);
                ("crashed".to_owned(), "process", "p", Arguments::new())
            }
            // Locks and assignments belong to the events beside them; everything else was drawn before.
            _ => return,
        };
        let home = self.home(actor);
        self.instant(&home, actor, name, category, event.at, scope, arguments);
    }

    #[expect(clippy::too_many_arguments, reason = "one field each of what it draws")]
    fn instant(
        &mut self,
        process: &str,
        actor: &str,
        name: String,
        category: &'static str,
        at: SimInstant,
        scope: &'static str,
        arguments: Arguments,
    ) {
        let (process, thread) = (process.to_owned(), actor.to_owned());
        let (at, shape) = (at.micros(), Shape::Instant(scope));
        self.drawn.push(Drawn { process, thread, name, category, at, shape, arguments });
    }
}
