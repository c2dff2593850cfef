//! The next moment: by the clock in a timed run, otherwise by what follows, then by the scheduler's choice.

use super::{Moment, Run};
use crate::limits::MOVES_PER_RUN;
use crate::scheduler::{Choice, Random, Replay, Scheduler};
use crate::task::Sender;
use unhappy_trace::{Choices, How, Inputs, Move, text};

/// Returns who chooses; none for a timed run.
pub(super) fn scheduler(inputs: &Inputs) -> Option<Box<dyn Scheduler>> {
    match &inputs.choices {
        Choices::Timed => None,
        Choices::Random => Some(Box::new(Random::new(inputs.seed))),
        Choices::Chosen(schedule) => Some(Box::new(Replay::new(schedule.clone()))),
    }
}

impl Run {
    /// Returns the moves that are possible where a schedule stopped: actors by name, the timer last. Empty for a timed
    /// run, and for one that came to rest.
    pub fn possible_moves(&self) -> Vec<Move> {
        if self.is_timed() || self.stopped.is_some() { vec![] } else { self.possible().1 }
    }

    /// Takes the moment that comes next; none when nothing is left, or the scheduler stops.
    pub(super) fn next_moment(&mut self) -> Option<Moment> {
        if self.is_timed() {
            self.drop_stale_timers();
            let (at, moment) = self.agenda.take_earliest()?;
            self.now = self.now.max(at);
            return Some(moment);
        }
        loop {
            if let Some(moment) = self.agenda.take_following() {
                return Some(moment);
            }
            if let Some(moment) = self.first_step_after_arrival() {
                return Some(moment);
            }
            self.drop_stale_timers();
            let (names, possible) = self.possible();
            if self.made.len() >= MOVES_PER_RUN {
                let limit = text::thousands(MOVES_PER_RUN as u64);
                self.stopped =
                    Some(format!("The run made {limit} moves and did not come to rest. It was stopped."));
                return None;
            }
            let scheduler = self.scheduler.as_mut().expect("a run that is not timed has a scheduler");
            match scheduler.choose(&possible) {
                Choice::Stop => {
                    self.has_halted = !possible.is_empty();
                    return None;
                }
                Choice::Unfit(sentence) => {
                    self.stopped = Some(sentence);
                    return None;
                }
                Choice::Make(Move::Fault(fault)) if fault.how == How::Crash => {
                    self.crash_named(&fault);
                    self.made.push(Move::Fault(fault));
                }
                Choice::Make(Move::Fault(fault)) => self.break_message(fault),
                Choice::Make(Move::Timer) => {
                    self.made.push(Move::Timer);
                    let (at, moment) = self.agenda.take_earliest()?;
                    self.now = self.now.max(at);
                    return Some(moment);
                }
                Choice::Make(Move::Step(actor)) => {
                    self.made.push(Move::Step(actor.clone()));
                    let index = names.iter().find(|(name, _)| *name == actor).map(|(_, index)| *index)?;
                    let moment = self.agenda.take_step(index);
                    self.arriving = matches!(moment, Moment::Arrive(_)).then_some(actor);
                    return Some(moment);
                }
            }
        }
    }

    /// A request's arrival belongs to its first step: what its handler sends first takes effect in the same move.
    fn first_step_after_arrival(&mut self) -> Option<Moment> {
        let actor = self.arriving.take()?;
        let index = self.agenda.steps().iter().position(|moment| match moment {
            Moment::Acquire(pending, _) | Moment::Reach(pending, _) | Moment::Serve(pending, _) => {
                self.tasks.get(&pending.wait.task).is_some_and(|task| task.name == actor)
            }
            _ => false,
        })?;
        Some(self.agenda.take_step(index))
    }

    /// Timers of what is over do not fire.
    fn drop_stale_timers(&mut self) {
        while let Some(moment) = self.agenda.first_timer().filter(|moment| self.is_stale(moment)) {
            if matches!(moment, Moment::DatabaseTimer) {
                self.waits.timer_is_dropped();
            }
            self.agenda.take_earliest();
        }
    }

    pub(super) fn is_stale(&self, moment: &Moment) -> bool {
        match moment {
            Moment::Wake(wait) | Moment::ParkEnds(wait) | Moment::PoolTimeout(wait) => {
                !self.is_current(*wait)
            }
            Moment::SenderGivesUp(number, _) => {
                let request = &self.requests[*number as usize];
                let is_waited_for = matches!(request.sender, Sender::Task(wait) if self.is_current(wait));
                request.is_over || !is_waited_for
            }
            Moment::RequestTimeout(number) => self.requests[*number as usize].status.is_some(),
            Moment::DatabaseTimer => self.machine.database.next_timer(&self.state).is_none(),
            Moment::QueueDue => self.services.queue.next_due().is_none(),
            _ => false,
        }
    }

    /// Returns the moves that are possible, actors by name and the timer last; the actors also with the index of
    /// their moment.
    fn possible(&self) -> (Vec<(String, usize)>, Vec<Move>) {
        let ready = self.machine.database.ready(&self.state);
        let mut steps: Vec<(String, usize)> = vec![];
        for (index, moment) in self.agenda.steps().iter().enumerate() {
            let actor = match moment {
                Moment::Arrive(number) => self.requests.get(*number as usize).map(|request| &request.name),
                Moment::Acquire(pending, _) | Moment::Reach(pending, _) | Moment::Serve(pending, _) => {
                    self.tasks.get(&pending.wait.task).map(|task| &task.name)
                }
                Moment::Unblock(session) if ready.contains(session) => {
                    self.task_of(*session).map(|task| &task.name)
                }
                _ => None,
            };
            // An actor has one step at a time, but for what it sent after a cancelled wait: the first comes first.
            if let Some(actor) = actor.filter(|actor| !steps.iter().any(|(known, _)| known == *actor)) {
                steps.push((actor.clone(), index));
            }
        }
        steps.sort_by(|(left, _), (right, _)| name_order(left).cmp(&name_order(right)));
        let mut possible: Vec<Move> = steps.iter().map(|(name, _)| Move::Step(name.clone())).collect();
        if self.agenda.first_timer().is_some() {
            possible.push(Move::Timer);
        }
        (steps, possible)
    }
}

/// Sorts `A`, `A2`, `A/1`, `B`, …, `AA`: shorter letters first, then the letters, then the rest.
fn name_order(name: &str) -> (usize, &str, usize, &str) {
    let letters = name.find(|character: char| !character.is_ascii_uppercase()).unwrap_or(name.len());
    let (head, rest) = name.split_at(letters);
    // Deliveries and jobs come after the requests.
    let length = if head.is_empty() { usize::MAX } else { head.len() };
    (length, head, rest.len(), rest)
}
