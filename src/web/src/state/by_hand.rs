//! "You are the scheduler": the run that the learner makes move by move; and runs that come with a link.
//!
//! The engine remembers nothing of such a run and the page knows no rule of it: every control names the schedule that
//! it leads to, the page asks for that, and shows what comes back.

use super::{CodeName, Job, LessonState, Purpose, RunKind};
use std::rc::Rc;
use unhappy_trace::{Choices, Inputs};
use unhappy_view::{ByHandShown, Step};
use unhappy_wire::{Linked, Offered};

/// Operations that are scheduled by hand, when the lesson's bound allows as many.
const OPERATIONS: u32 = 2;

/// A run that is scheduled by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hand {
    /// What fixes it so far.
    pub inputs: Inputs,
    /// What is shown and can be pressed.
    pub shown: ByHandShown,
    /// Its number among the runs.
    pub run: u32,
}

impl LessonState {
    /// Makes the first moves of a schedule, in the run that stands there or in another one.
    pub(super) fn play(&mut self, schedule: String, at: u32, is_fresh: bool) {
        let known = self.hand.as_ref().filter(|_| !is_fresh).map(|hand| hand.inputs.clone());
        let inputs = known.unwrap_or_else(|| {
            let most = self.lesson.bound.as_ref().map_or(OPERATIONS, |bound| bound.operations);
            Inputs { requests: OPERATIONS.min(most), ..self.inputs(RunKind::Traffic) }
        });
        self.play_in(inputs, schedule, at, is_fresh);
    }

    /// Opens the run of a finding at its beginning, with its moves to be redone.
    pub(super) fn step_through(&mut self, index: usize) {
        let finding = self.verdict.as_ref().and_then(|verdict| verdict.card.findings.get(index));
        if let Some(inputs) = finding.map(|finding| finding.run.clone()) {
            let schedule = schedule_of(&inputs).unwrap_or_default();
            self.play_in(inputs, schedule, 0, true);
        }
    }

    fn play_in(&mut self, inputs: Inputs, schedule: String, at: u32, is_fresh: bool) {
        if self.is_busy() {
            return;
        }
        if is_fresh {
            self.hand = None;
        }
        let inputs = Inputs { files: self.code.files().clone(), ..inputs };
        self.ask(vec![Job::Offers { inputs, schedule, at }]);
    }

    pub(super) fn offered(&mut self, offered: Offered) {
        let Offered { inputs, ran, shown } = offered;
        let before = self.hand.take().map(|hand| hand.run);
        // Whoever schedules by hand sees everything; the question before the traffic stays open.
        self.revealed = true;
        let number = self.keep(inputs.clone(), ran, before.filter(|run| self.pinned != Some(*run)));
        self.shown = Some(number);
        let is_own = self.shown_run().is_some_and(|run| run.code == CodeName::Lesson);
        if shown.is_broken && is_own {
            self.progress.done.insert(Step::BreakIt);
            self.progress.broke = true;
            if self.step < Step::BreakIt {
                self.step = Step::BreakIt;
            }
        }
        self.hand = Some(Rc::new(Hand { inputs, shown, run: number }));
        if before.is_none() {
            self.view = self.views()[0];
        }
        self.refresh_marks();
    }

    /// Opens what a link holds: its code in front of the learner's, its settings, its run.
    pub(super) fn open_linked(&mut self, linked: Linked) {
        let Linked { inputs, run } = linked;
        let lesson = self.lesson.clone();
        self.replace_code(|code| code.open_link(&lesson, &inputs.files));
        self.own_settings.get_or_insert_with(|| self.settings.clone());
        self.settings.clone_from(&inputs.settings);
        self.settings.remove(&self.lesson.sizes.setting);
        self.follow_size(&inputs);
        self.seed = inputs.seed;
        self.linked = Some(run);
        self.next_jobs.push(match schedule_of(&inputs) {
            Some(schedule) => Job::Offers { inputs, schedule, at: u32::MAX },
            None => Job::Run { inputs, purpose: Purpose::Finding },
        });
    }

    /// Says when a link's run went another way than where it was made.
    pub(super) fn compare_with_link(&mut self, run: &str) {
        if self.linked.take().is_some_and(|linked| linked != run) {
            let sentence = "This run went another way than the one that the link was made of: the lesson or the engine \
                            has changed since.";
            self.trouble = Some(sentence.into());
        }
    }
}

/// The schedule of a run that has one, as text.
fn schedule_of(inputs: &Inputs) -> Option<String> {
    match &inputs.choices {
        Choices::Chosen(schedule) => Some(schedule.to_string()),
        Choices::Timed | Choices::Random => None,
    }
}
