//! Requests in, replies out. The same natively and in a worker; who calls it decides when to go on.

use crate::by_hand::{self, read_link};
use crate::job::{self, Job, Slice};
use std::collections::VecDeque;
use std::rc::Rc;
use unhappy_judge::Judge;
use unhappy_lesson::Lesson;
use unhappy_sim::{Machine, Refusal};
use unhappy_wire::{Checked, Envelope, Reply, Request, decode};

/// Requests that may wait. The page never asks for more than a few at a time.
const QUEUE_LENGTH: usize = 64;

/// Serves one page.
pub struct Server {
    machine: Rc<Machine>,
    open: Option<Open>,
    waiting: VecDeque<Envelope<Request>>,
    job: Option<(u64, Job)>,
}

/// The lesson that all requests are about.
struct Open {
    lesson: Rc<Lesson>,
    judge: Judge,
}

impl Server {
    /// Starts an engine.
    pub fn new() -> Server {
        Server { machine: Rc::new(Machine::new()), open: None, waiting: VecDeque::new(), job: None }
    }

    /// Takes a message. A cancel is answered at once, everything else when its turn comes.
    pub fn receive(&mut self, bytes: &[u8]) -> Option<Envelope<Reply>> {
        let Some(envelope) = decode::<Request>(bytes) else {
            let sentence =
                "The page sent a message that this engine cannot read. Reload the page.".to_owned();
            return Some(Envelope { id: 0, body: Reply::Failed { sentence } });
        };
        if let Request::Cancel { request } = envelope.body {
            return self.cancel(request);
        }
        if self.waiting.len() >= QUEUE_LENGTH {
            let sentence = "The engine has too much to do. Wait for the run to end, or stop it.".to_owned();
            return Some(Envelope { id: envelope.id, body: Reply::Failed { sentence } });
        }
        self.waiting.push_back(envelope);
        None
    }

    fn cancel(&mut self, request: u64) -> Option<Envelope<Reply>> {
        let cancelled = Some(Envelope { id: request, body: Reply::Cancelled });
        if self.job.as_ref().is_some_and(|(id, _)| *id == request) {
            self.job = None;
            return cancelled;
        }
        let before = self.waiting.len();
        self.waiting.retain(|envelope| envelope.id != request);
        // A request that was answered meanwhile is not answered twice.
        if self.waiting.len() < before { cancelled } else { None }
    }

    /// Returns whether there is something to do.
    pub fn has_work(&self) -> bool {
        self.job.is_some() || !self.waiting.is_empty()
    }

    /// Does one slice of work. Returns what to send: a progress, a reply, or nothing.
    pub fn work(&mut self) -> Option<Envelope<Reply>> {
        if self.job.is_none() {
            let Envelope { id, body } = self.waiting.pop_front()?;
            match self.begin(id, body) {
                Ok(Some(reply)) => return Some(Envelope { id, body: reply }),
                Ok(None) => {}
                Err(sentence) => return Some(Envelope { id, body: Reply::Failed { sentence } }),
            }
        }
        let (id, job) = self.job.as_mut()?;
        let (id, judge) = (*id, self.open.as_mut().map(|open| &mut open.judge));
        let body = match job.slice(&self.machine, judge) {
            Ok(Slice::Progress(reply)) => return Some(Envelope { id, body: reply }),
            Ok(Slice::Done(reply)) => reply,
            Err(sentence) => Reply::Failed { sentence },
        };
        self.job = None;
        Some(Envelope { id, body })
    }

    /// Starts a request: answers it at once, or leaves a job.
    fn begin(&mut self, id: u64, request: Request) -> Result<Option<Reply>, String> {
        if let Request::Open { lesson } = &request {
            let lesson = Rc::new(Lesson::unpack(lesson).map_err(|error| format!("{error}."))?);
            self.open = Some(Open { judge: Judge::new(&self.machine, &lesson), lesson });
            return Ok(Some(Reply::Opened));
        }
        if let Request::Isolation { name, spec } = &request {
            self.job = Some((id, job::isolation(name, spec)?));
            return Ok(None);
        }
        let Some(Open { lesson, judge }) = &self.open else {
            return Err("The page asked for a run before it opened a lesson. Reload the page.".to_owned());
        };
        let words = |refusal: Refusal| refusal.to_string();
        let job = match request {
            Request::Open { .. } | Request::Cancel { .. } | Request::Isolation { .. } => return Ok(None),
            Request::Check { files } => {
                let found = self.machine.check(lesson, &files);
                let checked = Checked { diagnostics: found.diagnostics, awaits: found.awaits };
                return Ok(Some(Reply::Checked(checked)));
            }
            Request::Run { inputs } => job::run(&self.machine, lesson, &inputs).map_err(words)?,
            Request::Sweep { inputs } => job::sweep(lesson, inputs),
            Request::Judge { files, settings } => job::judging(judge, lesson, files, settings),
            Request::Offers { inputs, schedule, at } => {
                by_hand::start(&self.machine, lesson, inputs, &schedule, at).map_err(words)?
            }
            Request::ReadLink { link } => return read_link(lesson, &link).map(Some),
            Request::Inspect { inputs, event, what } => {
                job::inspect(&self.machine, lesson, &inputs, event, what).map_err(words)?
            }
        };
        self.job = Some((id, job));
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;
    use unhappy_trace::Inputs;
    use unhappy_wire::{Inspection, What, encode};

    fn lesson() -> Lesson {
        crate::testing::lesson("n-plus-one")
    }

    fn inputs(requests: u32) -> Inputs {
        let none = BTreeMap::new();
        Inputs {
            files: none,
            settings: BTreeMap::new(),
            variant: None,
            data_seed: 1,
            seed: 42,
            requests,
            faults: vec![],
            choices: unhappy_trace::Choices::Timed,
        }
    }

    /// A server with an open lesson.
    fn server() -> Server {
        let mut server = Server::new();
        assert_eq!(ask(&mut server, 1, Request::Open { lesson: lesson().pack() }), Reply::Opened);
        server
    }

    fn send(server: &mut Server, id: u64, body: Request) -> Option<Envelope<Reply>> {
        server.receive(&encode(&Envelope { id, body }))
    }

    /// Works until the request is answered; progress must carry its id.
    fn ask(server: &mut Server, id: u64, body: Request) -> Reply {
        assert_eq!(send(server, id, body), None);
        loop {
            let reply = server.work().expect("a request is answered");
            assert_eq!(reply.id, id);
            if !reply.body.is_progress() {
                return reply.body;
            }
        }
    }

    fn sentence(reply: Reply) -> String {
        match reply {
            Reply::Failed { sentence } => sentence,
            other => panic!("expected a failure, got {other:?}"),
        }
    }

    #[test]
    fn a_run_is_answered_with_its_trace_and_name() {
        let Reply::Ran(ran) = ask(&mut server(), 2, Request::Run { inputs: inputs(1) }) else {
            panic!("expected a run")
        };
        assert_eq!(ran.evidence.summary.most_statements, 101);
        assert!(ran.run.contains("&requests=1&") && ran.run.contains("&trace="), "{}", ran.run);
        assert_eq!(ran.first_answer.map(|(status, _)| status), Some(200));
    }

    #[test]
    fn a_cancelled_request_is_answered_once_and_the_next_one_runs() {
        let mut server = server();
        assert_eq!(send(&mut server, 2, Request::Sweep { inputs: inputs(1) }), None);
        assert_eq!(send(&mut server, 3, Request::Run { inputs: inputs(1) }), None);
        assert!(matches!(server.work().map(|reply| reply.body), Some(Reply::Progress { .. })));
        let cancelled = |id| Some(Envelope { id, body: Reply::Cancelled });
        assert_eq!(send(&mut server, 9, Request::Cancel { request: 2 }), cancelled(2));
        assert_eq!(send(&mut server, 9, Request::Cancel { request: 2 }), None);
        assert_eq!(send(&mut server, 9, Request::Cancel { request: 3 }), cancelled(3));
        assert!(!server.has_work());
        assert!(matches!(ask(&mut server, 4, Request::Run { inputs: inputs(1) }), Reply::Ran(_)));
    }

    #[test]
    fn verdicts_checks_and_looks_are_answered() {
        let mut server = server();
        let files = lesson().experiment("join").expect("there is a join").files.clone();
        let Reply::Judged(judged) = ask(&mut server, 2, Request::Judge { files, settings: BTreeMap::new() })
        else {
            panic!("no verdict")
        };
        assert!(judged.card.accepted && judged.proof.contains("cases passed"));
        let Reply::Checked(checked) = ask(&mut server, 3, Request::Check { files: BTreeMap::new() }) else {
            panic!("nothing was checked")
        };
        assert_eq!((checked.diagnostics.len(), checked.awaits.len()), (0, 2));
        let look = Request::Inspect { inputs: inputs(1), event: None, what: What::Tables };
        let Reply::Inspected(Inspection::Tables(tables)) = ask(&mut server, 4, look) else {
            panic!("no tables")
        };
        let sizes: Vec<(&str, u64)> =
            tables.iter().map(|table| (table.name.as_str(), table.row_count)).collect();
        assert_eq!(sizes, [("customers", 40), ("orders", 100)]);
        let look = Request::Inspect { inputs: inputs(1), event: Some(3), what: What::DatabaseFile };
        let Reply::Inspected(Inspection::DatabaseFile(bytes)) = ask(&mut server, 5, look) else {
            panic!("no file")
        };
        assert!(bytes.starts_with(b"SQLite format 3\0"));
    }

    #[test]
    fn an_isolation_spec_needs_no_lesson_and_shows_progress() {
        let mut server = Server::new();
        let two = "session s step a { SELECT 1 } session t step b { SELECT 2 }".to_owned();
        assert_eq!(send(&mut server, 1, Request::Isolation { name: "two".into(), spec: two }), None);
        let progress = Reply::Progress { done: 1, of: 2, unit: "permutations".to_owned() };
        assert_eq!(server.work(), Some(Envelope { id: 1, body: progress }));
        let Some(Envelope { id: 1, body: Reply::Played { json } }) = server.work() else {
            panic!("no result")
        };
        assert!(json.starts_with(r#"{"spec":"two","tags":[],"permutations":[{"steps":["a","b"]"#), "{json}");
        assert!(!server.has_work());
        for (spec, said) in [
            (
                "session",
                "The spec cannot be played: line 1, column 8: expected a name, found the end of the spec.",
            ),
            (
                "setup { SELEC } session s step a { }",
                "The spec cannot be played: the setup failed: 42601: syntax error at or near \"SELEC\".",
            ),
        ] {
            let request = Request::Isolation { name: "bad".into(), spec: spec.to_owned() };
            assert_eq!(sentence(ask(&mut server, 2, request)), said);
        }
    }

    #[test]
    fn what_cannot_be_answered_is_answered_with_a_sentence() {
        let mut fresh = Server::new();
        let early = ask(&mut fresh, 1, Request::Run { inputs: inputs(1) });
        assert!(sentence(early).contains("before it opened a lesson"));
        let damaged = ask(&mut fresh, 2, Request::Open { lesson: vec![1, 2, 3] });
        assert!(sentence(damaged).contains("damaged"));
        let unreadable = fresh.receive(&[0xff; 5]).map(|reply| sentence(reply.body));
        assert!(unreadable.is_some_and(|sentence| sentence.contains("cannot read")));
        let mut server = server();
        let settings = BTreeMap::from([("orders".to_owned(), 1_000_000)]);
        let large = ask(&mut server, 2, Request::Run { inputs: Inputs { settings, ..inputs(1) } });
        assert_eq!(sentence(large), "The setting orders is 1,000,000, but it must lie between 0 and 10,000.");
        for id in 10..10 + QUEUE_LENGTH as u64 {
            assert_eq!(send(&mut server, id, Request::Run { inputs: inputs(1) }), None);
        }
        let full =
            send(&mut server, 99, Request::Run { inputs: inputs(1) }).map(|reply| sentence(reply.body));
        assert!(full.is_some_and(|sentence| sentence.contains("too much to do")));
    }
}
