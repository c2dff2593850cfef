//! Carries out what follows from the state after each drawing: asks the engine, keeps the text, moves the
//! focus. Each thing is done once, when the part of the state that it follows from changes.

use super::saved::Saver;
use crate::browser::{prose, view};
use crate::engine::Engine;
use crate::state::{Action, LessonState, Progress};
use gloo_timers::callback::Timeout;
use std::cell::RefCell;
use std::rc::Rc;
use unhappy_view::Step;
use yew::Callback;

/// How long after the last key press the text is checked. Milliseconds.
const CHECK_DELAY_MS: u32 = 400;
/// How long a job may take before the page says that it waits. Milliseconds.
const QUIET_MS: u32 = 300;

/// What was carried out last.
pub struct Follower {
    engine: Rc<Engine>,
    act: Callback<Action>,
    saver: Rc<RefCell<Saver>>,
    asked: u64,
    stopped: u64,
    edits: u32,
    results: u32,
    hand: bool,
    step: Option<(Step, u32)>,
    saved: Option<(u32, u32, Step, Progress)>,
    /// Timers end with what they belong to.
    check: Option<Timeout>,
    late: Option<Timeout>,
}

impl Follower {
    /// Returns a follower that has done nothing yet.
    pub fn new(engine: Rc<Engine>, act: Callback<Action>) -> Follower {
        Follower {
            engine,
            act,
            saver: Rc::new(RefCell::new(Saver::new())),
            asked: 0,
            stopped: 0,
            edits: 0,
            results: 0,
            hand: false,
            step: None,
            saved: None,
            check: None,
            late: None,
        }
    }

    /// Does what follows from a state.
    pub fn follow(&mut self, state: &LessonState) {
        self.follow_job(state);
        self.follow_text(state);
        self.follow_step(state);
        if state.hand.is_some() && !self.hand {
            view::focus(".hand");
        }
        self.hand = state.hand.is_some();
        if state.results > self.results {
            self.results = state.results;
            view::bring_into_view(".evidence .verdict");
        }
    }

    /// Writes what is not written yet.
    pub fn flush(&self, state: &LessonState) {
        if self.saver.borrow_mut().flush(&state.lesson).is_err() && !state.storage_failed {
            self.act.emit(Action::StorageFailed);
        }
    }

    fn follow_job(&mut self, state: &LessonState) {
        let Some(active) = &state.job else {
            self.late = None;
            if state.background_job().is_some() {
                self.act.emit(Action::Background);
            }
            return;
        };
        let ticket = active.ticket;
        if ticket > self.asked {
            self.asked = ticket;
            let act = self.act.clone();
            self.late = Some(Timeout::new(QUIET_MS, move || act.emit(Action::Late(ticket))));
            self.engine.ask(ticket, active.job.request());
        }
        if active.stopping && ticket > self.stopped {
            self.stopped = ticket;
            self.engine.stop(ticket);
        }
    }

    fn follow_text(&mut self, state: &LessonState) {
        if state.edits > self.edits {
            self.edits = state.edits;
            let act = self.act.clone();
            self.check = Some(Timeout::new(CHECK_DELAY_MS, move || act.emit(Action::Settled)));
        }
        let now = (state.edits, state.replacements, state.step, state.progress.clone());
        if self.saved.as_ref() != Some(&now) {
            self.saved = Some(now);
            let (saver, act, lesson) = (self.saver.clone(), self.act.clone(), state.lesson.clone());
            self.saver.borrow_mut().later(state.stored(), move || {
                if saver.borrow_mut().flush(&lesson).is_err() {
                    act.emit(Action::StorageFailed);
                }
            });
        }
    }

    /// The focus follows to the text of a step only when the learner chose it.
    fn follow_step(&mut self, state: &LessonState) {
        let now = (state.step, state.steps_chosen);
        if self.step != Some(now) {
            prose::show_step(state.step.key());
            if self.step.is_some_and(|(_, chosen)| state.steps_chosen > chosen) {
                prose::focus_step(state.step.key());
            }
            self.step = Some(now);
        }
    }
}
