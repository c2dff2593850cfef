//! What can come next where a run stands still: each possible move in words, who has to wait and why, and the faults
//! that the lesson's bound still allows.
//!
//! In: a run whose schedule ended. Out: offers, actors by name, then the timer, then faults. Nothing here moves the run.
//! Rule followed: design rules, "Steps" (who is an actor, what a fault is called). Not here: which moves are possible
//! (`choosing.rs`), what a fault does (`faults.rs`), how a statement is written for a reader (`view`).

use super::{Moment, Run};
use crate::statement::{Control, Wanted, shown_binds};
use crate::task::{Owner, Sender, Task};
use unhappy_trace::event::{EventKind, StatementWaits, TextId};
use unhappy_trace::{Fault, FaultKind, How, Move, Offer};

impl Run {
    /// Returns what can come next where a schedule stopped, with the actors that must wait. Empty for a timed run. To be
    /// asked before [`Run::take_finished`].
    pub fn offers(&self) -> Vec<Offer> {
        if self.is_timed() {
            return vec![];
        }
        let mut offers: Vec<Offer> = self.possible_moves().into_iter().map(|step| self.offer(step)).collect();
        let blocked = self.blocked(&offers);
        offers.extend(blocked);
        offers.sort_by(|left, right| rank(&left.step).cmp(&rank(&right.step)));
        if offers.iter().any(Offer::is_possible) {
            offers.extend(self.faults_offered());
        }
        offers
    }

    fn offer(&self, step: Move) -> Offer {
        let (label, values) = match &step {
            Move::Step(actor) => self.next_of(actor),
            Move::Timer => (self.timer_words(), String::new()),
            Move::Fault(_) => (String::new(), String::new()),
        };
        Offer { step, label, values, blocked: None }
    }

    /// What an actor's next step does.
    fn next_of(&self, actor: &str) -> (String, String) {
        let moment = self.agenda.steps().iter().find(|moment| self.actor_of_step(moment) == Some(actor));
        let words = match moment {
            Some(Moment::Arrive(number)) => {
                let data = &self.requests[*number as usize].data;
                let text = |key| super::server::text_of(data, key);
                format!("arrives: {} {}", text("method"), text("path"))
            }
            Some(Moment::Acquire(_, wanted) | Moment::Reach(_, wanted)) => match wanted {
                Wanted::Statement { sql, binds, .. } => return (sql.clone(), shown_binds(binds)),
                Wanted::Control { sql, .. } => sql.clone(),
                Wanted::Hold | Wanted::GiveBack => "takes a connection".to_owned(),
            },
            Some(Moment::Serve(_, call)) => format!("calls {}", call.name),
            Some(Moment::Unblock(_)) => {
                let waits =
                    self.tasks.values().find(|task| task.name == actor).and_then(|task| self.wait_of(task));
                let sql = waits.map_or("", |waits| self.words(waits.sql));
                format!("goes on with {}", sql.split_whitespace().collect::<Vec<_>>().join(" "))
            }
            _ => "goes on".to_owned(),
        };
        (words, String::new())
    }

    fn actor_of_step(&self, moment: &Moment) -> Option<&str> {
        match moment {
            Moment::Arrive(number) => Some(self.requests[*number as usize].name.as_str()),
            Moment::Acquire(pending, _) | Moment::Reach(pending, _) | Moment::Serve(pending, _) => {
                self.tasks.get(&pending.wait.task).map(|task| task.name.as_str())
            }
            Moment::Unblock(session) => self.task_of(*session).map(|task| task.name.as_str()),
            _ => None,
        }
    }

    /// The earliest timer in words.
    fn timer_words(&self) -> String {
        let request = |number: &u32| self.requests[*number as usize].name.as_str();
        let task = |key| self.tasks.get(key).map_or("a task", |task: &Task| task.name.as_str());
        match self.agenda.first_timer() {
            Some(Moment::Wake(wait)) => format!("{} has slept long enough", task(&wait.task)),
            Some(Moment::ParkEnds(wait)) => format!("{} stops waiting for its task", task(&wait.task)),
            Some(Moment::PoolTimeout(wait)) => format!("{} stops waiting for a connection", task(&wait.task)),
            Some(Moment::SenderGivesUp(number, _)) => {
                format!("the client stops waiting for the answer to {}", request(number))
            }
            Some(Moment::RequestTimeout(number)) => {
                format!("the server stops waiting for {}", request(number))
            }
            Some(Moment::DatabaseTimer) => "the database looks for deadlocks and ends waits".to_owned(),
            Some(Moment::Restart(server)) => {
                let name = self.servers.get(*server).map_or("a process", |server| server.name.as_str());
                format!("{} starts again", name.replace('.', " "))
            }
            Some(Moment::QueueDue) => "the queue delivers".to_owned(),
            Some(Moment::JobDue(_)) => "a recurring job is due".to_owned(),
            _ => "time goes by".to_owned(),
        }
    }

    /// Tasks of the server that wait for somebody else.
    fn blocked(&self, possible: &[Offer]) -> Vec<Offer> {
        let is_of_server = |task: &&Task| !matches!(task.owner, Owner::Operation(_) | Owner::Registry);
        let mut found: Vec<Offer> = vec![];
        for task in self.tasks.values().filter(is_of_server) {
            let step = Move::Step(task.name.clone());
            let is_known = possible.iter().chain(&found).any(|offer| offer.step == step);
            if let Some((label, reason)) = self.reason_of(task).filter(|_| !is_known) {
                found.push(Offer { step, label, values: String::new(), blocked: Some(reason) });
            }
        }
        found
    }

    /// What a task that cannot move has sent, and what it waits for: its last event tells.
    fn reason_of(&self, task: &Task) -> Option<(String, String)> {
        let last = self.recorder.trace().events.iter().rev().find(|event| event.actor == task.actor)?;
        match &last.kind {
            EventKind::StatementWaits(waits) => {
                let held = self.names(&waits.on);
                let what = waits.what.map(|what| self.words(what));
                let what = what.map(|what| what.split_once(" on ").map_or(what, |(_, target)| target));
                let reason = match (what, held.is_empty()) {
                    (Some(what), false) => format!("waits for {what}, held by {held}"),
                    (Some(what), true) => format!("waits for {what}"),
                    (None, false) => format!("waits for {held}"),
                    (None, true) => "waits for another transaction".to_owned(),
                };
                Some((self.words(waits.sql).to_owned(), reason))
            }
            EventKind::PoolWaits(waits) => {
                let held = self.names(&waits.held_by);
                Some(("connection of the pool".to_owned(), format!("waits for a connection, held by {held}")))
            }
            EventKind::RequestSent(_) => {
                Some((String::new(), "waits for the answer to its request".to_owned()))
            }
            EventKind::Called(called) => match self.words(called.name) {
                "asyncio.sleep" => {
                    Some(("asyncio.sleep".to_owned(), "sleeps until the timer fires".to_owned()))
                }
                "asyncio.park" => Some((
                    "await".to_owned(),
                    "waits for another task of its process: a lock, an event or a result".to_owned(),
                )),
                _ => None,
            },
            _ => None,
        }
    }

    fn wait_of(&self, task: &Task) -> Option<&StatementWaits> {
        let events = self.recorder.trace().events.iter().rev().filter(|event| event.actor == task.actor);
        events.into_iter().find_map(|event| match &event.kind {
            EventKind::StatementWaits(waits) => Some(waits),
            _ => None,
        })
    }

    fn words(&self, id: TextId) -> &str {
        self.recorder.trace().text(id)
    }

    fn names(&self, actors: &[TextId]) -> String {
        actors.iter().map(|actor| self.words(*actor)).collect::<Vec<_>>().join(", ")
    }

    /// Faults of the lesson's bound that have not been chosen yet and would find their thing: one of each kind.
    fn faults_offered(&self) -> Vec<Offer> {
        let kinds = self.lesson.bound.as_ref().map_or(&[][..], |bound| &bound.faults);
        let mut offers: Vec<Offer> = vec![];
        for kind in kinds.iter().filter(|kind| !self.made.iter().any(|step| kind_of(step) == Some(**kind))) {
            let things = self.things_of(*kind);
            offers
                .extend(things.into_iter().map(|(thing, how)| self.offer(Move::Fault(Fault { thing, how }))));
        }
        offers
    }

    /// The things that a kind of fault can meet now.
    fn things_of(&self, kind: FaultKind) -> Vec<(String, How)> {
        let steps = self.agenda.steps();
        let arriving = steps.iter().filter_map(|moment| match moment {
            Moment::Arrive(number) => self.requests.get(*number as usize),
            _ => None,
        });
        let arriving = arriving.filter(|request| request.sender != Sender::Nobody);
        let of_task = |pending: &crate::task::Pending, part: &str| {
            self.tasks.get(&pending.wait.task).map(|task| (format!("{}.{part}", task.name), How::Lost))
        };
        match kind {
            FaultKind::RequestLost => {
                arriving.map(|one| (format!("{}.request", one.name), How::Lost)).collect()
            }
            FaultKind::RequestTwice => {
                arriving.map(|one| (format!("{}.request", one.name), How::Twice)).collect()
            }
            FaultKind::ResponseLost => {
                let at_work = |one: &&crate::task::Request| {
                    one.handler.is_some() && one.status.is_none() && one.sender != Sender::Nobody
                };
                let at_work = self.requests.iter().filter(at_work);
                at_work.map(|one| (format!("{}.response", one.name), How::Lost)).collect()
            }
            FaultKind::CommitLost => {
                let commits = steps.iter().filter_map(|moment| match moment {
                    Moment::Reach(pending, Wanted::Control { control: Control::Commit, .. }) => {
                        of_task(pending, "commit")
                    }
                    _ => None,
                });
                commits.collect()
            }
            FaultKind::ChargeResponseLost => {
                let charges = steps.iter().filter_map(|moment| match moment {
                    Moment::Serve(pending, call) if call.name == "payments.charge" => {
                        of_task(pending, "charge.response")
                    }
                    _ => None,
                });
                charges.collect()
            }
            FaultKind::Crash => {
                let works = |process: u32| self.tasks.keys().any(|key| key.process == process);
                let at_work = self.servers.iter().filter(|server| server.process.is_some_and(works));
                at_work.map(|server| (server.name.clone(), How::Crash)).collect()
            }
            // A request that is late is one that another actor, or its sender's timer, goes before.
            FaultKind::RequestLate => vec![],
        }
    }
}

/// The kind of a chosen fault.
fn kind_of(step: &Move) -> Option<FaultKind> {
    let Move::Fault(Fault { thing, how }) = step else { return None };
    match how {
        How::Crash => Some(FaultKind::Crash),
        How::Twice => Some(FaultKind::RequestTwice),
        How::Late => Some(FaultKind::RequestLate),
        How::Lost if thing.ends_with(".charge.response") => Some(FaultKind::ChargeResponseLost),
        How::Lost if thing.ends_with(".response") => Some(FaultKind::ResponseLost),
        How::Lost if thing.ends_with(".commit") => Some(FaultKind::CommitLost),
        How::Lost => Some(FaultKind::RequestLost),
    }
}

/// Sorts as `choosing` does: `A`, `A2`, `A/1`, `B`, …, `AA`, then deliveries and jobs, then the timer.
fn rank(step: &Move) -> (bool, usize, &str, usize, &str) {
    let Move::Step(name) = step else { return (true, 0, "", 0, "") };
    let letters = name.find(|character: char| !character.is_ascii_uppercase()).unwrap_or(name.len());
    let (head, rest) = name.split_at(letters);
    let length = if head.is_empty() { usize::MAX } else { head.len() };
    (false, length, head, rest.len(), rest)
}
