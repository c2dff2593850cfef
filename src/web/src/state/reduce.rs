//! How a lesson page changes.

use super::{
    Action, Active, Before, Code, CodeName, EngineState, EvidenceView, Job, LessonState, Purpose, Run,
    RunKind, VerdictShown,
};
use crate::engine::Told;
use std::rc::Rc;
use unhappy_trace::{Choices, Inputs};
use unhappy_view::Step;
use unhappy_wire::{Inspection, Judged, Ran, Reply};

/// The most sweeps that are kept.
const MOST_SWEEPS: usize = 6;
/// The most failed background jobs that are remembered.
const MOST_GIVEN_UP: usize = 16;

impl LessonState {
    /// Takes what happened.
    pub fn apply(&mut self, action: Action) {
        match action {
            Action::Edit { file, text } => self.edit(&file, text),
            Action::Settled => self.typing = false,
            Action::OpenFile(index) => {
                let last = if self.settings_shown().next().is_some() { 0 } else { 1 };
                self.file = index.min(self.lesson.files.len().saturating_sub(last));
            }
            Action::Jump(place, tint) => self.jump(place, tint),
            Action::Caret(place) => self.caret = Some(place),
            Action::Set(key, text) => self.set(&key, &text),
            Action::SetSize(size) => self.size = size,
            Action::SetSeed(seed) => self.seed = seed,
            Action::Go(step) => self.go(step),
            Action::Choose(option) => self.choice = Some(option),
            Action::Predict => self.predict(),
            Action::OpenHint => {
                self.progress.hints = (self.progress.hints + 1).min(self.lesson.hints.len());
            }
            Action::RunOne => self.run(RunKind::One),
            Action::RunTraffic => self.run(RunKind::Traffic),
            Action::Prove => self.prove(),
            Action::Stop => self.stop(),
            Action::Try(key) => self.try_version(&key),
            Action::BackToMine => {
                self.own_settings_back();
                self.replace_code(Code::back_to_mine);
            }
            Action::AskReset(asking) => self.asking_reset = asking,
            Action::Reset => {
                self.reset_settings();
                self.replace_code(Code::reset);
            }
            Action::Undo => self.replace_code(Code::undo),
            Action::ShowRun(number) => self.show_run(number),
            Action::Pin(number) => self.pinned = number.filter(|number| self.runs.get(*number).is_some()),
            Action::OpenFinding(index) => self.open_finding(index),
            Action::Play { schedule, at, is_fresh } => self.play(schedule, at, is_fresh),
            Action::StepThrough(index) => self.step_through(index),
            Action::LeaveHand => self.hand = None,
            Action::OpenLink(link) => self.ask(vec![Job::ReadLink { link }]),
            Action::View(view) => self.look(view),
            Action::Reveal => {
                self.revealed = true;
                self.refresh_marks();
            }
            Action::DismissTrouble => self.trouble = None,
            Action::Late(ticket) => self.late = Some(ticket),
            Action::Background => self.start_background(),
            Action::Retry => {
                self.given_up.clear();
                self.trouble = None;
            }
            Action::Engine(told) => self.engine_told(told),
            Action::StorageFailed => self.storage_failed = true,
        }
    }

    fn edit(&mut self, file: &str, text: String) {
        self.code.edit(&self.lesson, file, text);
        self.typing = true;
        self.edits += 1;
        if self.code.trying.is_none() && !self.code.mine.is_empty() {
            self.progress.done.insert(Step::Fix);
        }
    }

    pub(super) fn replace_code(&mut self, replace: impl FnOnce(&mut Code)) {
        replace(&mut self.code);
        self.asking_reset = false;
        self.hand = None;
        self.refresh_marks();
        self.replacements += 1;
        self.typing = false;
    }

    fn jump(&mut self, place: unhappy_view::PlaceLink, tint: u8) {
        if let Some(index) = self.lesson.files.iter().position(|file| file.name == place.file) {
            self.file = index;
            let count = self.jump.as_ref().map_or(0, |(.., count)| *count) + 1;
            self.caret = Some(place.clone());
            self.jump = Some((place, tint, count));
            self.looked();
        }
    }

    fn go(&mut self, step: Step) {
        self.step = step;
        self.steps_chosen += 1;
        if step == Step::Look {
            self.looked();
        }
    }

    /// Opening evidence after the code broke is what "Look" asks for.
    fn looked(&mut self) {
        if self.progress.done.contains(Step::BreakIt) {
            self.progress.done.insert(Step::Look);
        }
    }

    fn predict(&mut self) {
        if self.progress.prediction.is_none() && self.choice.is_some() {
            self.progress.prediction = self.choice;
            self.progress.done.insert(Step::Predict);
            self.refresh_marks();
        }
    }

    fn look(&mut self, view: EvidenceView) {
        self.view = view;
        self.looked();
    }

    fn show_run(&mut self, number: u32) {
        if let Some(run) = self.runs.get(number).cloned() {
            self.shown = Some(number);
            self.refresh_marks();
            self.follow_size(&run.inputs);
            self.view = self.first_view();
        }
    }

    /// The size control shows the size of the run that is shown.
    pub(super) fn follow_size(&mut self, inputs: &Inputs) {
        if let Some(size) = inputs.settings.get(&self.lesson.sizes.setting) {
            self.size = *size;
        }
    }

    fn run(&mut self, kind: RunKind) {
        if !self.is_busy() {
            self.hand = None;
        }
        self.ask(vec![Job::Run { inputs: self.inputs(kind), purpose: Purpose::Shown }]);
    }

    fn prove(&mut self) {
        let job = self.judging();
        self.ask(vec![job]);
    }

    fn try_version(&mut self, key: &str) {
        if self.is_busy() {
            return;
        }
        let lesson = self.lesson.clone();
        self.replace_code(|code| code.try_version(&lesson, key));
        self.settings_of_version(key);
        self.progress.done.insert(Step::Fix);
        let run = Job::Run { inputs: self.inputs(RunKind::Traffic), purpose: Purpose::Shown };
        let job = self.judging();
        self.ask(vec![run, job]);
    }

    fn open_finding(&mut self, index: usize) {
        let Some(verdict) = &self.verdict else { return };
        let Some(finding) = verdict.card.findings.get(index) else { return };
        let inputs = Inputs { files: verdict.files.clone(), ..finding.run.clone() };
        self.follow_size(&inputs);
        self.ask(vec![Job::Run { inputs, purpose: Purpose::Finding }]);
    }

    /// Asks for jobs that the learner waits for. A background job gives way; another job of the learner has
    /// to be stopped first.
    pub(super) fn ask(&mut self, jobs: Vec<Job>) {
        if self.is_busy() {
            return;
        }
        self.trouble = None;
        self.next_jobs = jobs;
        match &mut self.job {
            Some(active) => active.stopping = true,
            None => self.start_next(),
        }
    }

    fn stop(&mut self) {
        self.next_jobs.clear();
        if let Some(active) = &mut self.job {
            active.stopping = true;
        }
    }

    fn start_next(&mut self) {
        if self.job.is_none() && !self.next_jobs.is_empty() {
            let job = self.next_jobs.remove(0);
            self.start(job);
        }
    }

    fn start_background(&mut self) {
        if let Some(job) = self.background_job() {
            self.start(job);
        }
    }

    fn start(&mut self, job: Job) {
        self.last_ticket += 1;
        self.job = Some(Active { ticket: self.last_ticket, job, progress: None, stopping: false });
    }

    fn engine_told(&mut self, told: Told) {
        match told {
            Told::Starting => self.engine = EngineState::Starting,
            Told::Ready { engine } => self.engine = EngineState::Ready(engine),
            Told::Unavailable { sentence } => {
                self.engine = EngineState::Unavailable(sentence);
                self.refresh_marks();
            }
            Told::Progress { ticket, done, of, unit } => {
                if let Some(active) = self.job.as_mut().filter(|active| active.ticket == ticket) {
                    active.progress = Some((done, of, unit));
                }
            }
            Told::Answered { ticket, reply } => {
                if let Some(active) = self.job.take_if(|active| active.ticket == ticket) {
                    self.answered(active.job, reply);
                    self.start_next();
                }
            }
            Told::Lost { ticket, sentence } => {
                if let Some(active) = self.job.take_if(|active| active.ticket == ticket) {
                    self.lost(active.job, sentence);
                    self.start_next();
                }
            }
        }
    }

    /// A job failed. What the learner waits for is told; a background job is only not tried again.
    fn lost(&mut self, job: Job, sentence: String) {
        if job.is_asked_for() {
            self.next_jobs.clear();
            self.trouble = Some(sentence.into());
        } else {
            self.given_up.push(job);
            if self.given_up.len() > MOST_GIVEN_UP {
                self.given_up.remove(0);
            }
        }
    }

    fn answered(&mut self, job: Job, reply: Reply) {
        match (job, reply) {
            (Job::Run { inputs, purpose }, Reply::Ran(ran)) => self.ran(inputs, purpose, *ran),
            (Job::Sweep { inputs }, Reply::Swept(swept)) => {
                self.sweeps.push((inputs, swept.points.into()));
                if self.sweeps.len() > MOST_SWEEPS {
                    self.sweeps.remove(0);
                }
            }
            (Job::Judge { files, settings }, Reply::Judged(judged)) => self.judged(files, settings, *judged),
            (Job::Offers { .. }, Reply::Offered(offered)) => self.offered(*offered),
            (Job::ReadLink { .. }, Reply::Linked(linked)) => self.open_linked(*linked),
            (Job::Check { files }, Reply::Checked(checked)) => self.checked = Some(Rc::new((files, checked))),
            (Job::Tables { inputs }, Reply::Inspected(Inspection::Tables(tables))) => {
                self.tables = Some((inputs, tables.into()));
            }
            (_, Reply::Cancelled) => {}
            (job, Reply::Failed { sentence }) => self.lost(job, sentence),
            (job, _) => {
                let sentence = "The engine gave an answer to another question. Reload the page.";
                self.lost(job, sentence.to_owned());
            }
        }
    }

    fn ran(&mut self, inputs: Inputs, purpose: Purpose, ran: Ran) {
        let number = self.keep(inputs, ran, None);
        if purpose != Purpose::Before {
            self.results += 1;
            self.shown = Some(number);
            self.view = self.first_view();
        }
        if purpose == Purpose::Shown {
            self.note_run(number);
        }
        self.refresh_marks();
    }

    /// Keeps a run, in place of another one or beside all others, and returns its number.
    pub(super) fn keep(&mut self, inputs: Inputs, ran: Ran, in_place_of: Option<u32>) -> u32 {
        self.compare_with_link(&ran.run);
        // One operation whose order was chosen is a finding or a learner's schedule, not the happy path.
        let is_one = inputs.requests == 1 && inputs.choices == Choices::Timed;
        let kind = if is_one { RunKind::One } else { RunKind::Traffic };
        let run = Run {
            number: 0,
            code: self.code_name(&inputs.files, &inputs.settings),
            kind,
            evidence: ran.evidence,
            answer: ran.first_answer,
            diagnostics: ran.diagnostics.into(),
            string: ran.run,
            link: ran.link,
            inputs,
        };
        let before = match self.before() {
            Before::Run(run, _) => Some(run.number),
            Before::Nothing | Before::Missing(_) => None,
        };
        let needed: Vec<u32> = [self.shown, self.pinned, before].into_iter().flatten().collect();
        self.runs.keep(run, in_place_of, &needed)
    }

    /// Marks the steps that a shown run completes, and shows the text that belongs to it.
    fn note_run(&mut self, number: u32) {
        let Some(run) = self.runs.get(number).cloned() else { return };
        let answered = run.answer.as_ref().is_some_and(|(status, _)| *status < 500);
        match (run.kind, &run.code) {
            (RunKind::One, CodeName::Lesson) if answered => {
                self.progress.done.insert(Step::HappyPath);
                if self.step == Step::Brief {
                    self.step = Step::HappyPath;
                }
            }
            (RunKind::One, _) => {}
            (RunKind::Traffic, CodeName::Lesson) => {
                self.progress.done.insert(Step::BreakIt);
                let evidence = &run.evidence;
                self.progress.broke |=
                    !answered || !evidence.budgets.is_empty() || evidence.tally.broken() > 0;
                if self.step < Step::BreakIt {
                    self.step = Step::BreakIt;
                }
            }
            (RunKind::Traffic, _) => {
                self.progress.done.insert(Step::Compare);
                let trying = self.code.trying.is_some();
                if !trying && answered && matches!(self.step, Step::Look | Step::Fix) {
                    self.step = Step::Compare;
                }
            }
        }
    }

    /// Revealing a version never counts as solving: only the learner's own code completes "Prove".
    fn judged(&mut self, files: super::Files, settings: super::Settings, judged: Judged) {
        let code = self.code_name(&files, &settings);
        let is_own = self.code.trying.is_none() && code != CodeName::Lesson;
        let Judged { card, proof } = judged;
        if card.accepted && is_own {
            self.progress.done.insert(Step::Prove);
        }
        if self.code.trying.is_none() {
            self.step = Step::Prove;
        }
        self.results += 1;
        self.verdict = Some(Rc::new(VerdictShown { files, settings, code, card, proof: proof.into() }));
        self.view = EvidenceView::Overview;
    }
}
