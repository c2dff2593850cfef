//! Traces of a few events beside what is drawn of them.

use super::*;
use unhappy_trace::Digest;
use unhappy_trace::event::ProcessChanged;
use unhappy_trace::event::{
    Arrived, Assigned, FaultHappened, Recorder, Responded, Shape as StatementShape, StatementWaits,
};

/// A trace in the making. Every step is sent when the one before it was answered.
struct Script {
    recorder: Recorder,
}

impl Script {
    fn at(&mut self, micros: u64, actor: &str, kind: impl FnOnce(&mut Recorder) -> EventKind) {
        let actor = self.recorder.text(actor);
        let kind = kind(&mut self.recorder);
        self.recorder.push(SimInstant::from_micros(micros), actor, kind);
    }

    fn arrives(&mut self, micros: u64, actor: &str, process: &str) {
        self.at(micros, actor, |texts| {
            let (method, path) = (texts.text("POST"), texts.text("/pay"));
            EventKind::Arrived(Arrived { method, path, sent_at: SimInstant::from_micros(micros - 5) })
        });
        self.at(micros, actor, |texts| {
            let process = texts.text(process);
            EventKind::Assigned(Assigned { process, waited: Default::default() })
        });
    }

    fn responds(&mut self, micros: u64, actor: &str, latency: u64) {
        self.at(micros, actor, |texts| {
            EventKind::Responded(Responded {
                status: 200,
                digest: Digest::of(b""),
                body_bytes: 0,
                rows: None,
                preview: texts.text("null"),
                latency: unhappy_trace::SimDuration::from_micros(latency),
                hits: vec![],
            })
        });
    }

    fn step(&mut self, (sent, effect, answer): (u64, u64, u64), actor: &str, what: TransactionWhat) {
        self.at(effect, actor, |_| {
            EventKind::Transaction(TransactionStep {
                sent_at: SimInstant::from_micros(sent),
                took: unhappy_trace::SimDuration::from_micros(answer - sent),
                place: None,
                what,
                refused: None,
                hits: vec![],
            })
        });
    }

    fn begins(&mut self, times: (u64, u64, u64), actor: &str) {
        let level = self.recorder.text("read committed");
        self.step(times, actor, TransactionWhat::Begin { level, read_only: false });
    }

    fn updates(&mut self, (sent, effect, answer): (u64, u64, u64), actor: &str) {
        self.at(effect, actor, |texts| {
            let shape = texts.shape(&StatementShape {
                text: "UPDATE a SET n = ?".into(),
                plan: vec![],
                tables_read: vec![],
                in_list: false,
                subquery: false,
            });
            let preview = texts.text("[]");
            EventKind::Statement(Statement {
                sent_at: SimInstant::from_micros(sent),
                took: unhappy_trace::SimDuration::from_micros(answer - sent),
                place: None,
                sql: texts.text("UPDATE a SET n = 1"),
                shape,
                binds: preview,
                outcome: StatementOutcome::Answered { rows: 0, changed: 1, preview, digest: Digest::of(b"") },
                rows_visited: 1,
                vm_steps: 1,
                hits: vec![],
            })
        });
    }

    fn waits(&mut self, micros: u64, actor: &str, on: &str) {
        self.at(micros, actor, |texts| {
            EventKind::StatementWaits(StatementWaits {
                sent_at: SimInstant::from_micros(micros),
                place: None,
                sql: texts.text("UPDATE a SET n = 1"),
                on: vec![texts.text(on)],
                what: None,
            })
        });
    }
}

/// Draws a script; compares each event as `process/thread name at+length`, instants as `at!`.
#[track_caller]
fn check(write: impl FnOnce(&mut Script), expected: &[&str]) {
    let mut script = Script { recorder: Recorder::new() };
    write(&mut script);
    let trace = script.recorder.finish();
    let drawn: Json = serde_json::from_str(&perfetto(&trace, "run").unwrap()).unwrap();
    let events = drawn["traceEvents"].as_array().unwrap();
    let name_of = |what: &str, pid: &Json, tid: Option<&Json>| {
        let found = events.iter().find(|event| {
            event["name"] == what && event["pid"] == *pid && tid.is_none_or(|tid| event["tid"] == *tid)
        });
        found.unwrap()["args"]["name"].as_str().unwrap().to_owned()
    };
    let shown: Vec<String> = events
        .iter()
        .filter(|event| event["ph"] != "M")
        .map(|event| {
            let process = name_of("process_name", &event["pid"], None);
            let thread = name_of("thread_name", &event["pid"], Some(&event["tid"]));
            let length = event["dur"].as_u64().map_or("!".to_owned(), |length| format!("+{length}"));
            format!("{process}/{thread} {} {}{length}", event["name"].as_str().unwrap(), event["ts"])
        })
        .collect();
    assert_eq!(shown, expected);
}

// The client waits from its send (5 before the arrival) for its whole latency. The transaction lasts from the effect
// of BEGIN to the effect of COMMIT; the wait from its beginning to the effect of the statement.
#[test]
fn a_request_holds_its_steps_and_the_database_its_transaction() {
    check(
        |script| {
            script.arrives(10, "A", "process.1");
            script.begins((10, 12, 14), "A");
            script.waits(16, "A", "B");
            script.updates((14, 30, 32), "A");
            script.step((32, 34, 36), "A", TransactionWhat::Commit);
            script.responds(36, "A", 36);
        },
        &[
            "clients/A POST /pay 5+36",
            "process.1/A POST /pay 10+26",
            "process.1/A BEGIN read committed 10+4",
            "database/A transaction read committed 12+22",
            "process.1/A UPDATE a SET n = ? 14+18",
            "database/A waits for B 16+14",
            "process.1/A COMMIT 32+4",
        ],
    );
}

// A process ends and takes what its own requests had begun with it; those of the other process go on to the end.
#[test]
fn a_crash_ends_what_its_process_had_begun() {
    check(
        |script| {
            script.arrives(10, "A", "process.1");
            script.arrives(11, "B", "process.2");
            script.begins((11, 12, 13), "A");
            script.at(15, "process.1", |texts| {
                EventKind::FaultHappened(FaultHappened { fault: texts.text("process.1!crash") })
            });
            script.at(15, "process.1", |_| EventKind::ProcessChanged(ProcessChanged::Crashed));
            script.updates((11, 18, 20), "B");
        },
        &[
            "process.1/A POST /pay 10+5",
            "process.2/B POST /pay 11+9",
            "process.2/B UPDATE a SET n = ? 11+9",
            "process.1/A BEGIN read committed 11+2",
            "database/A transaction read committed 12+3",
            "process.1/process.1 process.1!crash 15!",
            "process.1/process.1 crashed 15!",
        ],
    );
}

// A savepoint lies in its transaction and ends first.
#[test]
fn savepoints_nest() {
    check(
        |script| {
            script.begins((0, 1, 2), "A");
            script.step((2, 3, 4), "A", TransactionWhat::Savepoint);
            script.step((4, 5, 6), "A", TransactionWhat::RollbackTo);
            script.step((6, 7, 8), "A", TransactionWhat::Rollback);
        },
        &[
            "server/A BEGIN read committed 0+2",
            "database/A transaction read committed 1+6",
            "server/A SAVEPOINT 2+2",
            "database/A SAVEPOINT 3+2",
            "server/A ROLLBACK TO SAVEPOINT 4+2",
            "server/A ROLLBACK 6+2",
        ],
    );
}

// Events of one thread must nest; the second one crosses the first, the third fits beside it again.
#[test]
fn crossing_events_stand_on_threads_of_their_own() {
    check(
        |script| {
            script.updates((0, 1, 5), "A");
            script.updates((3, 4, 9), "A");
            script.updates((5, 6, 7), "A");
        },
        &[
            "server/A UPDATE a SET n = ? 0+5",
            "server/A (2) UPDATE a SET n = ? 3+6",
            "server/A UPDATE a SET n = ? 5+2",
        ],
    );
}
