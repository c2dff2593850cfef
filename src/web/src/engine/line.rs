//! The line to the worker: when it is started, what is posted, when it is given up.
//!
//! In: wishes of the page, messages of the worker, the passing of time. Out: effects, in order. One request
//! is under way at a time; the others wait here, so that silence of the worker has one meaning. The clock is
//! an argument: milliseconds since any start.

use std::collections::VecDeque;
use unhappy_view::exploring_words;
use unhappy_wire::{Envelope, PROTOCOL_VERSION, Reply, Request};

/// How long the worker may take from its start to an open lesson.
const BOOT_LIMIT_MS: u64 = 30_000;
/// How long the worker may be silent during a request. It reports progress several times a second.
const SILENCE_LIMIT_MS: u64 = 10_000;
/// How long the worker may take to answer a cancelled request, before it is ended.
const CANCEL_LIMIT_MS: u64 = 300;
/// The most requests that wait. The page asks for one thing after the other, so this is never reached.
const MOST_WAITING: usize = 8;

/// What happens to the line.
#[derive(Debug)]
pub enum Input {
    /// The page will need the engine soon.
    Warm,
    /// The page asks; `ticket` is its own number for the answer.
    Ask {
        /// Chosen by the page.
        ticket: u64,
        /// What it asks.
        request: Request,
    },
    /// The page no longer wants the answer.
    Stop {
        /// Of which request.
        ticket: u64,
    },
    /// The worker said something; none when it does not read.
    Heard(Option<Envelope<Reply>>),
    /// The worker failed.
    Broken(Trouble),
    /// Time has passed.
    Tick,
}

/// How the worker failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// A file could not be loaded or compiled.
    NotLoaded(String),
    /// It stopped with an error: a trap, no memory.
    Crashed(String),
}

/// What is to be done.
#[derive(Debug, PartialEq)]
pub enum Effect {
    /// Start a worker.
    Spawn,
    /// End the worker.
    Terminate,
    /// Post a message to the worker.
    Post(Envelope<Request>),
    /// Tell the page.
    Tell(Told),
}

/// What the page is told.
#[derive(Debug, Clone, PartialEq)]
pub enum Told {
    /// A worker is being started.
    Starting,
    /// The lesson is open in it.
    Ready {
        /// Version of the engine.
        engine: String,
    },
    /// There is no engine, in a sentence; asking again starts one.
    Unavailable {
        /// What happened and what to do.
        sentence: String,
    },
    /// A request goes on.
    Progress {
        /// Which.
        ticket: u64,
        /// How many are done.
        done: u64,
        /// Of how many; 0 when nobody knows.
        of: u64,
        /// Of what, in the plural; when nobody knows of how many, the whole words.
        unit: String,
    },
    /// A request was answered.
    Answered {
        /// Which.
        ticket: u64,
        /// With what.
        reply: Reply,
    },
    /// A request will not be answered, in a sentence.
    Lost {
        /// Which.
        ticket: u64,
        /// What happened and what to do.
        sentence: String,
    },
}

#[derive(Debug, PartialEq)]
enum Phase {
    /// No worker.
    Off,
    /// Started, nothing heard yet.
    Booting { since_ms: u64 },
    /// Opening the lesson.
    Opening { since_ms: u64, id: u64 },
    /// Taking requests.
    Open,
}

/// The request that the worker is working on.
#[derive(Debug)]
struct Current {
    id: u64,
    ticket: u64,
    heard_ms: u64,
    stopped_ms: Option<u64>,
}

/// The line. See the module.
#[derive(Debug)]
pub struct Line {
    lesson: Vec<u8>,
    phase: Phase,
    engine: String,
    waiting: VecDeque<(u64, Request)>,
    current: Option<Current>,
    next_id: u64,
}

impl Line {
    /// Returns a line without worker. `lesson` is the packed lesson that every worker opens first.
    pub fn new(lesson: Vec<u8>) -> Line {
        Line {
            lesson,
            phase: Phase::Off,
            engine: String::new(),
            waiting: VecDeque::new(),
            current: None,
            next_id: 1,
        }
    }

    /// Returns whether time matters: something is being waited for.
    pub fn needs_ticks(&self) -> bool {
        self.current.is_some() || matches!(self.phase, Phase::Booting { .. } | Phase::Opening { .. })
    }

    /// Takes what happened and returns what is to be done.
    pub fn step(&mut self, now_ms: u64, input: Input) -> Vec<Effect> {
        let mut effects = Vec::new();
        match input {
            Input::Warm => self.start(now_ms, &mut effects),
            Input::Ask { ticket, request } => self.ask(now_ms, ticket, request, &mut effects),
            Input::Stop { ticket } => self.stop(now_ms, ticket, &mut effects),
            Input::Heard(Some(envelope)) => self.heard(now_ms, envelope, &mut effects),
            Input::Heard(None) => {
                let sentence = "The engine's answer could not be read. Reload the page.";
                self.end(now_ms, sentence, &mut effects);
            }
            Input::Broken(trouble) => self.broken(now_ms, &trouble, &mut effects),
            Input::Tick => self.tick(now_ms, &mut effects),
        }
        effects
    }

    fn start(&mut self, now_ms: u64, effects: &mut Vec<Effect>) {
        if self.phase == Phase::Off {
            self.phase = Phase::Booting { since_ms: now_ms };
            effects.extend([Effect::Tell(Told::Starting), Effect::Spawn]);
        }
    }

    fn ask(&mut self, now_ms: u64, ticket: u64, request: Request, effects: &mut Vec<Effect>) {
        if self.waiting.len() >= MOST_WAITING {
            let sentence = "Too many requests are waiting for the engine. Try again.".to_owned();
            effects.push(Effect::Tell(Told::Lost { ticket, sentence }));
            return;
        }
        self.waiting.push_back((ticket, request));
        self.start(now_ms, effects);
        self.post_next(now_ms, effects);
    }

    fn post_next(&mut self, now_ms: u64, effects: &mut Vec<Effect>) {
        if self.phase != Phase::Open || self.current.is_some() {
            return;
        }
        if let Some((ticket, request)) = self.waiting.pop_front() {
            let id = self.take_id();
            self.current = Some(Current { id, ticket, heard_ms: now_ms, stopped_ms: None });
            effects.push(Effect::Post(Envelope { id, body: request }));
        }
    }

    fn take_id(&mut self) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        id
    }

    fn stop(&mut self, now_ms: u64, ticket: u64, effects: &mut Vec<Effect>) {
        if let Some(index) = self.waiting.iter().position(|(waiting, _)| *waiting == ticket) {
            self.waiting.remove(index);
            effects.push(Effect::Tell(Told::Answered { ticket, reply: Reply::Cancelled }));
            return;
        }
        let id = self.take_id();
        if let Some(current) = &mut self.current
            && current.ticket == ticket
            && current.stopped_ms.is_none()
        {
            current.stopped_ms = Some(now_ms);
            let request = current.id;
            effects.push(Effect::Post(Envelope { id, body: Request::Cancel { request } }));
        }
    }

    fn heard(&mut self, now_ms: u64, envelope: Envelope<Reply>, effects: &mut Vec<Effect>) {
        match (&self.phase, envelope.body) {
            (Phase::Booting { since_ms }, Reply::Ready { protocol, engine }) => {
                if protocol != PROTOCOL_VERSION {
                    let sentence = "The page and its engine are of different versions. Reload the page.";
                    self.fail(sentence, effects);
                    return;
                }
                let (since_ms, id) = (*since_ms, self.take_id());
                self.engine = engine;
                self.phase = Phase::Opening { since_ms, id };
                let lesson = self.lesson.clone();
                effects.push(Effect::Post(Envelope { id, body: Request::Open { lesson } }));
            }
            (Phase::Opening { id, .. }, reply) if *id == envelope.id => match reply {
                Reply::Opened => {
                    self.phase = Phase::Open;
                    effects.push(Effect::Tell(Told::Ready { engine: self.engine.clone() }));
                    self.post_next(now_ms, effects);
                }
                Reply::Failed { sentence } => self.fail(&sentence, effects),
                _ => {}
            },
            (Phase::Open, reply) => self.answered(now_ms, envelope.id, reply, effects),
            _ => {}
        }
    }

    fn answered(&mut self, now_ms: u64, id: u64, reply: Reply, effects: &mut Vec<Effect>) {
        let Some(current) = self.current.as_mut().filter(|current| current.id == id) else { return };
        let ticket = current.ticket;
        current.heard_ms = now_ms;
        let reply = match reply {
            Reply::Progress { done, of, unit } => {
                return effects.push(Effect::Tell(Told::Progress { ticket, done, of, unit }));
            }
            Reply::Exploring { states, frontier, schedules, broken } => {
                let unit = exploring_words(states, frontier, &schedules, broken);
                return effects.push(Effect::Tell(Told::Progress { ticket, done: 0, of: 0, unit }));
            }
            reply => reply,
        };
        self.current = None;
        effects.push(Effect::Tell(Told::Answered { ticket, reply }));
        self.post_next(now_ms, effects);
    }

    fn broken(&mut self, now_ms: u64, trouble: &Trouble, effects: &mut Vec<Effect>) {
        match (trouble, &self.phase) {
            (_, Phase::Off) => {}
            (Trouble::NotLoaded(reason), _) => {
                let sentence = format!(
                    "The engine could not be loaded ({reason}). Check the connection, then try again."
                );
                self.fail(&sentence, effects);
            }
            (Trouble::Crashed(reason), Phase::Booting { .. } | Phase::Opening { .. }) => {
                let sentence = format!("The engine did not start ({reason}). Try again, or reload the page.");
                self.fail(&sentence, effects);
            }
            (Trouble::Crashed(reason), Phase::Open) => {
                let sentence = format!(
                    "The engine stopped with an error ({reason}), perhaps because the browser had no memory \
                     left for it. A new one was started and your text is kept. Try a smaller size."
                );
                self.end(now_ms, &sentence, effects);
            }
        }
    }

    fn tick(&mut self, now_ms: u64, effects: &mut Vec<Effect>) {
        if let Phase::Booting { since_ms } | Phase::Opening { since_ms, .. } = self.phase {
            if now_ms.saturating_sub(since_ms) > BOOT_LIMIT_MS {
                self.fail(
                    "The engine did not start within 30 seconds. Check the connection, then try again.",
                    effects,
                );
            }
            return;
        }
        let Some(current) = &self.current else { return };
        if let Some(stopped_ms) = current.stopped_ms {
            if now_ms.saturating_sub(stopped_ms) > CANCEL_LIMIT_MS {
                let ticket = current.ticket;
                self.current = None;
                effects.push(Effect::Tell(Told::Answered { ticket, reply: Reply::Cancelled }));
                self.restart(now_ms, effects);
            }
        } else if now_ms.saturating_sub(current.heard_ms) > SILENCE_LIMIT_MS {
            let sentence = "The engine did not answer for 10 seconds and was stopped. Your text is kept. Look for \
                            a loop that never ends, then run it again.";
            self.end(now_ms, sentence, effects);
        }
    }

    /// Gives up the current request and goes on with a new worker.
    fn end(&mut self, now_ms: u64, sentence: &str, effects: &mut Vec<Effect>) {
        if let Some(current) = self.current.take() {
            effects.push(Effect::Tell(Told::Lost { ticket: current.ticket, sentence: sentence.to_owned() }));
        }
        self.restart(now_ms, effects);
    }

    fn restart(&mut self, now_ms: u64, effects: &mut Vec<Effect>) {
        effects.push(Effect::Terminate);
        self.phase = Phase::Off;
        self.start(now_ms, effects);
    }

    /// Gives up the worker and everything that waits for it.
    fn fail(&mut self, sentence: &str, effects: &mut Vec<Effect>) {
        self.phase = Phase::Off;
        effects.push(Effect::Terminate);
        let current = self.current.take().map(|current| current.ticket);
        for ticket in current.into_iter().chain(self.waiting.drain(..).map(|(ticket, _)| ticket)) {
            effects.push(Effect::Tell(Told::Lost { ticket, sentence: sentence.to_owned() }));
        }
        effects.push(Effect::Tell(Told::Unavailable { sentence: sentence.to_owned() }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn ready() -> Input {
        let body = Reply::Ready { protocol: PROTOCOL_VERSION, engine: "0.1.0".into() };
        Input::Heard(Some(Envelope { id: 0, body }))
    }

    fn heard(id: u64, body: Reply) -> Input {
        Input::Heard(Some(Envelope { id, body }))
    }

    fn check_request() -> Request {
        Request::Check { files: BTreeMap::new() }
    }

    /// Writes effects in short.
    fn shown(effects: &[Effect]) -> String {
        let one = |effect: &Effect| match effect {
            Effect::Spawn => "spawn".to_owned(),
            Effect::Terminate => "terminate".to_owned(),
            Effect::Post(Envelope { id, body }) => match body {
                Request::Open { .. } => format!("open#{id}"),
                Request::Cancel { request } => format!("cancel {request}"),
                _ => format!("ask#{id}"),
            },
            Effect::Tell(Told::Starting) => "starting".to_owned(),
            Effect::Tell(Told::Ready { engine }) => format!("ready {engine}"),
            Effect::Tell(Told::Unavailable { .. }) => "unavailable".to_owned(),
            Effect::Tell(Told::Progress { ticket, done, of, .. }) => format!("{ticket}: {done} of {of}"),
            Effect::Tell(Told::Answered { ticket, .. }) => format!("{ticket} answered"),
            Effect::Tell(Told::Lost { ticket, .. }) => format!("{ticket} lost"),
        };
        effects.iter().map(one).collect::<Vec<_>>().join(", ")
    }

    #[track_caller]
    fn check(line: &mut Line, now_ms: u64, input: Input, expected: &str) {
        assert_eq!(shown(&line.step(now_ms, input)), expected);
    }

    fn open_line() -> Line {
        let mut line = Line::new(vec![1]);
        check(&mut line, 0, Input::Warm, "starting, spawn");
        check(&mut line, 10, ready(), "open#1");
        check(&mut line, 20, heard(1, Reply::Opened), "ready 0.1.0");
        line
    }

    #[test]
    fn requests_wait_until_the_lesson_is_open_and_for_each_other() {
        let mut line = Line::new(vec![1]);
        check(&mut line, 0, Input::Ask { ticket: 7, request: check_request() }, "starting, spawn");
        check(&mut line, 0, Input::Ask { ticket: 8, request: check_request() }, "");
        check(&mut line, 10, ready(), "open#1");
        check(&mut line, 20, heard(1, Reply::Opened), "ready 0.1.0, ask#2");
        let progress = Reply::Progress { done: 23, of: 50, unit: "requests".into() };
        check(&mut line, 30, heard(2, progress), "7: 23 of 50");
        check(&mut line, 40, heard(2, Reply::Cancelled), "7 answered, ask#3");
        check(&mut line, 50, heard(2, Reply::Cancelled), "");
    }

    #[test]
    fn a_stopped_request_that_is_not_answered_costs_the_worker() {
        let mut line = open_line();
        check(&mut line, 100, Input::Ask { ticket: 7, request: check_request() }, "ask#2");
        check(&mut line, 200, Input::Stop { ticket: 7 }, "cancel 2");
        check(&mut line, 300, Input::Stop { ticket: 7 }, "");
        check(&mut line, 500, Input::Tick, "");
        check(&mut line, 501, Input::Tick, "7 answered, terminate, starting, spawn");
        check(&mut line, 520, ready(), "open#5");
    }

    #[test]
    fn a_stopped_request_that_waits_never_starts() {
        let mut line = open_line();
        check(&mut line, 100, Input::Ask { ticket: 7, request: check_request() }, "ask#2");
        check(&mut line, 100, Input::Ask { ticket: 8, request: check_request() }, "");
        check(&mut line, 110, Input::Stop { ticket: 8 }, "8 answered");
        check(&mut line, 120, heard(2, Reply::Opened), "7 answered");
    }

    #[test]
    fn a_silent_worker_is_ended_and_replaced() {
        let mut line = open_line();
        check(&mut line, 0, Input::Ask { ticket: 7, request: check_request() }, "ask#2");
        let progress = Reply::Progress { done: 1, of: 2, unit: "requests".into() };
        check(&mut line, 5_000, heard(2, progress), "7: 1 of 2");
        check(&mut line, 15_000, Input::Tick, "");
        check(&mut line, 15_001, Input::Tick, "7 lost, terminate, starting, spawn");
        assert!(line.needs_ticks());
    }

    #[test]
    fn an_exploration_shows_its_counts_and_goes_on() {
        let mut line = open_line();
        check(&mut line, 0, Input::Ask { ticket: 7, request: check_request() }, "ask#2");
        let exploring =
            Reply::Exploring { states: 1_284, frontier: 12, schedules: "3,000".into(), broken: 1 };
        let words = "1,284 states, 12 to go on from, 3,000 schedules so far, 1 promise broken";
        let told = Told::Progress { ticket: 7, done: 0, of: 0, unit: words.into() };
        assert_eq!(line.step(9_000, heard(2, exploring)), [Effect::Tell(told)]);
        check(&mut line, 18_000, Input::Tick, "");
        check(&mut line, 18_100, Input::Stop { ticket: 7 }, "cancel 2");
    }

    #[test]
    fn a_crash_loses_one_request_and_a_bad_start_loses_all() {
        let mut line = open_line();
        check(&mut line, 0, Input::Ask { ticket: 7, request: check_request() }, "ask#2");
        check(&mut line, 0, Input::Ask { ticket: 8, request: check_request() }, "");
        let crashed = || Input::Broken(Trouble::Crashed("unreachable".into()));
        check(&mut line, 1, crashed(), "7 lost, terminate, starting, spawn");
        check(&mut line, 2, crashed(), "terminate, 8 lost, unavailable");
        check(&mut line, 3, crashed(), "");
        check(&mut line, 4, Input::Warm, "starting, spawn");
        check(&mut line, 30_004, Input::Tick, "");
        check(&mut line, 30_005, Input::Tick, "terminate, unavailable");
        assert!(!line.needs_ticks());
    }

    #[test]
    fn another_version_is_refused() {
        let mut line = Line::new(vec![1]);
        check(&mut line, 0, Input::Warm, "starting, spawn");
        let body = Reply::Ready { protocol: PROTOCOL_VERSION + 1, engine: "9".into() };
        check(&mut line, 1, heard(0, body), "terminate, unavailable");
    }
}
