//! Requests in, replies out. The same natively and in a worker; who calls it decides when to go on.

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
        let (id, open) = (*id, self.open.as_mut().expect("a job is about an open lesson"));
        let body = match job.slice(&self.machine, &mut open.judge) {
            Ok(Slice::Progress(reply)) => return Some(Envelope { id, body: reply }),
            Ok(Slice::Done(reply)) => reply,
            Err(refusal) => Reply::Failed { sentence: refusal.to_string() },
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
        let Some(Open { lesson, judge }) = &self.open else {
            return Err("The page asked for a run before it opened a lesson. Reload the page.".to_owned());
        };
        let words = |refusal: Refusal| refusal.to_string();
        let job = match request {
            Request::Open { .. } | Request::Cancel { .. } => return Ok(None),
            Request::Check { files } => {
                let found = self.machine.check(lesson, &files);
                let checked = Checked { diagnostics: found.diagnostics, awaits: found.awaits };
                return Ok(Some(Reply::Checked(checked)));
            }
            Request::Run { inputs } => job::run(&self.machine, lesson, &inputs).map_err(words)?,
            Request::Sweep { inputs } => job::sweep(lesson, inputs),
            Request::Judge { files } => job::judging(judge, files),
            Request::Inspect { inputs, event, what } => {
                job::inspect(&self.machine, lesson, &inputs, event, what).map_err(words)?
            }
        };
        self.job = Some((id, job));
        Ok(None)
    }
}
