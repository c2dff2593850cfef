//! What can happen next: moments in the order of virtual time, or sorted by who decides about them.
//!
//! In a timed run all moments stand in one queue. Otherwise calls take no time, and three piles are kept apart:
//! what follows without a choice, the next step of each actor, and timers.

use super::Moment;
use crate::queue::Queue;
use std::collections::VecDeque;
use unhappy_trace::SimInstant;

/// Who decides when a moment comes, in a run whose order is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decides {
    /// Nobody: it follows at once.
    Nobody,
    /// The scheduler: it is an actor's next step.
    Scheduler,
    /// The clock: it is a timer.
    Clock,
}

/// Moments that wait.
#[derive(Clone)]
pub(super) struct Agenda {
    is_timed: bool,
    queue: Queue<Moment>,
    following: VecDeque<Moment>,
    steps: Vec<Moment>,
}

impl Agenda {
    pub(super) fn new(is_timed: bool) -> Agenda {
        Agenda { is_timed, queue: Queue::new(), following: VecDeque::new(), steps: vec![] }
    }

    pub(super) fn add(&mut self, at: SimInstant, moment: Moment) {
        if self.is_timed {
            self.queue.add(at, moment);
            return;
        }
        match moment.decides() {
            Decides::Nobody => self.following.push_back(moment),
            Decides::Scheduler => self.steps.push(moment),
            Decides::Clock => self.queue.add(at, moment),
        }
    }

    /// Takes what follows without a choice.
    pub(super) fn take_following(&mut self) -> Option<Moment> {
        self.following.pop_front()
    }

    /// Takes the earliest moment: in a timed run of all, otherwise of the timers.
    pub(super) fn take_earliest(&mut self) -> Option<(SimInstant, Moment)> {
        self.queue.take()
    }

    /// Returns the earliest timer.
    pub(super) fn first_timer(&self) -> Option<&Moment> {
        self.queue.first()
    }

    /// Returns the timers, the earliest first.
    pub(super) fn timers(&self) -> impl Iterator<Item = (SimInstant, &Moment)> {
        self.queue.all()
    }

    /// Returns the steps that wait.
    pub(super) fn steps(&self) -> &[Moment] {
        &self.steps
    }

    /// Takes a step by its index in [`Agenda::steps`].
    pub(super) fn take_step(&mut self, index: usize) -> Moment {
        self.steps.remove(index)
    }

    /// Drops every moment that `is_gone` names.
    pub(super) fn drop_where(&mut self, is_gone: impl Fn(&Moment) -> bool) {
        self.queue.retain(|moment| !is_gone(moment));
        self.following.retain(|moment| !is_gone(moment));
        self.steps.retain(|moment| !is_gone(moment));
    }

    /// Drops everything.
    pub(super) fn clear(&mut self) {
        *self = Agenda::new(self.is_timed);
    }
}
