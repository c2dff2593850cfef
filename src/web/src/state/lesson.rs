//! The state of a lesson page, and what follows from it.

use super::code::{LINK, differing};
use super::{
    Active, Code, CodeName, Files, Hand, Job, Progress, Purpose, Run, RunKind, Runs, Settings, Trying,
};
use std::rc::Rc;
use unhappy_lesson::{File, Lesson};
use unhappy_trace::{AwaitMark, Choices, Diagnostic, Inputs, SweepPoint};
use unhappy_view::{LineMark, PlaceLink, Step, VerdictCard, recorded_line_marks};
use unhappy_wire::{Checked, TableContent};

/// Seed of the made-up data on the page. The judge tries others.
const DATA_SEED: u64 = 1;

/// Everything that a lesson page knows.
#[derive(Debug, Clone)]
pub struct LessonState {
    /// The lesson.
    pub lesson: Rc<Lesson>,
    /// The text.
    pub code: Code,
    /// Which file is open.
    pub file: usize,
    /// The line that a link led to, with its colour; the number makes each jump another one.
    pub jump: Option<(PlaceLink, u8, u32)>,
    /// The line of the caret.
    pub caret: Option<PlaceLink>,
    /// Settings that differ from the lesson's, but for the size.
    pub settings: Settings,
    /// The learner's own settings, while a version in front of their code brings its own.
    pub own_settings: Option<Settings>,
    /// Why a value was not taken, in a sentence.
    pub setting_trouble: String,
    /// Value of the setting that the size control changes.
    pub size: i64,
    /// Seed of the traffic.
    pub seed: u64,
    /// The step whose text is shown.
    pub step: Step,
    /// Counts the times that the learner chose a step, so that the focus follows them and nothing else.
    pub steps_chosen: u32,
    /// What was done.
    pub progress: Progress,
    /// The engine.
    pub engine: EngineState,
    /// What the engine is working on.
    pub job: Option<Active>,
    /// What the learner asked for next: after the job under way has stopped.
    pub next_jobs: Vec<Job>,
    /// Background jobs that failed and are not tried again.
    pub given_up: Vec<Job>,
    /// The last ticket.
    pub last_ticket: u64,
    /// The kept runs.
    pub runs: Runs,
    /// Line counts of the shown run by file, where its text is the one in the editor.
    pub marks: Vec<Rc<[LineMark]>>,
    /// Which answer is marked, but not given yet.
    pub choice: Option<usize>,
    /// Whether the learner was asked about the lesson's code.
    pub asking_reset: bool,
    /// The job that takes a while: only then the page says that it waits.
    pub late: Option<u64>,
    /// Which run is shown.
    pub shown: Option<u32>,
    /// Which run is pinned as "before".
    pub pinned: Option<u32>,
    /// Sweeps by inputs, the last few.
    pub sweeps: Vec<(Inputs, Rc<[SweepPoint]>)>,
    /// The last verdict.
    pub verdict: Option<Rc<VerdictShown>>,
    /// Mistakes and awaits, and the code that they were found in.
    pub checked: Option<Rc<(Files, Checked)>>,
    /// Whether keys are being pressed.
    pub typing: bool,
    /// Counts the results that the learner waited for.
    pub results: u32,
    /// Counts the learner's changes to the text.
    pub edits: u32,
    /// Counts the times that the page replaced the text in the editor.
    pub replacements: u32,
    /// Tables after a run.
    pub tables: Option<(Inputs, Rc<[TableContent]>)>,
    /// Which view of the evidence is open.
    pub view: EvidenceView,
    /// Whether the learner wants to see everything before answering the question.
    pub revealed: bool,
    /// What went wrong with the engine, in a sentence.
    pub trouble: Option<Rc<str>>,
    /// The run that the learner schedules by hand.
    pub hand: Option<Rc<Hand>>,
    /// The run string of the link that is being opened.
    pub linked: Option<String>,
    /// Whether nothing can be stored.
    pub storage_failed: bool,
}

/// A verdict with the code that it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerdictShown {
    /// The code.
    pub files: Files,
    /// Settings of the server that belong to it.
    pub settings: Settings,
    /// Whose it is.
    pub code: CodeName,
    /// The verdict.
    pub card: VerdictCard,
    /// What it is based on, as HTML.
    pub proof: Rc<str>,
}

/// Where the engine is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EngineState {
    /// Not asked for yet.
    Off,
    /// On its way.
    Starting,
    /// There, with its version.
    Ready(String),
    /// Not to be had, in a sentence.
    Unavailable(String),
}

/// A view of the evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EvidenceView {
    /// The steps of a handful of requests.
    Schedule,
    /// Sentence, figures, statements, latency.
    Overview,
    /// The data after the run.
    Tables,
    /// The kept runs.
    Runs,
}

/// What is stored of a lesson.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stored {
    /// The learner's text.
    pub mine: Files,
    /// The version in front of it: key and text.
    pub trying: Option<(String, Files)>,
    /// What was done.
    pub progress: Progress,
}

/// The run that the shown one is compared with.
#[derive(Debug, Clone, PartialEq)]
pub enum Before {
    /// None: the lesson's own code is shown, and nothing is pinned.
    Nothing,
    /// It has not been run yet with these inputs.
    Missing(Inputs),
    /// This one; with what it is called.
    Run(Rc<Run>, String),
}

impl LessonState {
    /// Returns the state of a page that was just opened.
    pub fn new(lesson: Rc<Lesson>, stored: Stored) -> LessonState {
        let size = lesson.default_settings().get(&lesson.sizes.setting).copied().unwrap_or_default();
        let known = stored.trying.filter(|(key, _)| key == LINK || lesson.experiment(key).is_some());
        let trying = known.map(|(key, files)| Trying { key, files: differing(&lesson, &files) });
        let code = Code::new(differing(&lesson, &stored.mine), trying);
        let mut progress = stored.progress;
        progress.done.insert(Step::Brief);
        let step = progress.step.unwrap_or(Step::Brief);
        let mut state = LessonState {
            seed: lesson.traffic.seed,
            lesson,
            code,
            file: 0,
            jump: None,
            caret: None,
            settings: Settings::new(),
            own_settings: None,
            setting_trouble: String::new(),
            size,
            step,
            steps_chosen: 0,
            progress,
            engine: EngineState::Off,
            job: None,
            next_jobs: Vec::new(),
            given_up: Vec::new(),
            last_ticket: 0,
            runs: Runs::default(),
            marks: Vec::new(),
            choice: None,
            asking_reset: false,
            late: None,
            shown: None,
            pinned: None,
            sweeps: Vec::new(),
            verdict: None,
            checked: None,
            typing: false,
            results: 0,
            edits: 0,
            replacements: 0,
            tables: None,
            view: EvidenceView::Overview,
            revealed: false,
            trouble: None,
            hand: None,
            linked: None,
            storage_failed: false,
        };
        state.refresh_marks();
        state
    }

    /// Returns what is to be stored.
    pub fn stored(&self) -> Stored {
        Stored {
            mine: self.code.mine.clone(),
            trying: self.code.trying.as_ref().map(|trying| (trying.key.clone(), trying.files.clone())),
            progress: Progress { step: Some(self.step), ..self.progress.clone() },
        }
    }

    /// Returns the inputs of a run of the text in the editor.
    pub fn inputs(&self, kind: RunKind) -> Inputs {
        let mut settings = self.settings.clone();
        if !self.lesson.sizes.setting.is_empty() {
            settings.insert(self.lesson.sizes.setting.clone(), self.size);
        }
        Inputs {
            files: self.code.files().clone(),
            settings,
            variant: None,
            data_seed: DATA_SEED,
            seed: self.seed,
            requests: match kind {
                RunKind::One => 1,
                RunKind::Traffic => self.lesson.traffic.requests,
            },
            faults: vec![],
            choices: Choices::Timed,
        }
    }

    /// Returns whose code some files are: by their text, whoever typed it.
    pub fn code_name(&self, files: &Files, settings: &Settings) -> CodeName {
        let of_server = self.of_server(settings);
        if files.is_empty() && of_server.is_empty() {
            return CodeName::Lesson;
        }
        let versions = self.lesson.fixes.iter().chain(&self.lesson.wrong);
        versions
            .into_iter()
            .find(|version| {
                let same = self.of_server(&version.settings) == of_server;
                same && differing(&self.lesson, &version.files) == *files
            })
            .map_or(CodeName::Yours, |version| CodeName::Version(version.name.clone()))
    }

    /// Returns the run that is shown.
    pub fn shown_run(&self) -> Option<&Rc<Run>> {
        self.runs.get(self.shown?)
    }

    /// Returns the run to compare with, under the same inputs as the shown one.
    pub fn before(&self) -> Before {
        let Some(shown) = self.shown_run() else { return Before::Nothing };
        if self.hand.as_ref().is_some_and(|hand| hand.run == shown.number) {
            return Before::Nothing;
        }
        let pinned = self.pinned.and_then(|number| self.runs.get(number));
        let files = pinned.map(|run| run.files().clone()).unwrap_or_default();
        // Settings of the server belong to the code, all others to the world that both versions meet.
        let mut settings = self.of_world(&shown.inputs.settings);
        settings.extend(pinned.map(|run| self.of_server(&run.inputs.settings)).unwrap_or_default());
        let inputs = Inputs { files, settings, ..shown.inputs.clone() };
        if inputs == shown.inputs {
            return Before::Nothing;
        }
        match self.runs.with_inputs(&inputs) {
            None => Before::Missing(inputs),
            Some(run) => {
                let name = match pinned {
                    Some(pinned) => format!("run {}, pinned", pinned.number),
                    None => CodeName::Lesson.words(),
                };
                Before::Run(run.clone(), name)
            }
        }
    }

    /// Returns the inputs under which the sizes of some code are swept.
    pub fn sweep_inputs(&self, files: &Files) -> Inputs {
        let seed = self.shown_run().map_or(self.seed, |run| run.inputs.seed);
        Inputs {
            files: files.clone(),
            settings: Settings::new(),
            variant: None,
            data_seed: DATA_SEED,
            seed,
            requests: self.lesson.sizes.requests,
            faults: vec![],
            choices: Choices::Timed,
        }
    }

    /// Returns the sweep of some code, if it was made.
    pub fn sweep(&self, files: &Files) -> Option<&Rc<[SweepPoint]>> {
        let inputs = self.sweep_inputs(files);
        self.sweeps.iter().find(|(known, _)| *known == inputs).map(|(_, points)| points)
    }

    /// Returns the tables after the shown run, if they were asked for.
    pub fn shown_tables(&self) -> Option<&Rc<[TableContent]>> {
        let shown = self.shown_run()?;
        self.tables.as_ref().filter(|(inputs, _)| *inputs == shown.inputs).map(|(_, tables)| tables)
    }

    /// Returns mistakes in the text as it is in the editor: those that were found without running, else those
    /// of the shown run.
    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        let files = self.code.files();
        let checked = self.checked.as_deref().filter(|(known, _)| known == files);
        let of_check = checked.map(|(_, checked)| checked.diagnostics.as_slice()).unwrap_or_default();
        if !of_check.is_empty() {
            return of_check.to_vec();
        }
        let of_run = self.shown_run().filter(|run| run.files() == files);
        of_run.map(|run| run.diagnostics.to_vec()).unwrap_or_default()
    }

    /// Returns the awaits in the text as it is in the editor.
    pub fn awaits(&self) -> &[AwaitMark] {
        let checked = self.checked.as_deref().filter(|(known, _)| known == self.code.files());
        checked.map(|(_, checked)| checked.awaits.as_slice()).unwrap_or_default()
    }

    /// Returns whether the shown run would answer the question that is not answered yet: the lesson's own code,
    /// before the prediction. Then only its answer is shown, which is all that a test sees.
    pub fn withholds(&self) -> bool {
        let answers = self.shown_run().is_some_and(|run| {
            run.code == CodeName::Lesson && run.answer.as_ref().is_some_and(|(status, _)| *status < 500)
        });
        self.is_before_question() && answers
    }

    fn is_before_question(&self) -> bool {
        let done = |step| self.progress.done.contains(step);
        let asked = !self.lesson.predict.options.is_empty();
        asked && !self.revealed && !done(Step::Predict) && !done(Step::BreakIt)
    }

    /// Returns whether the recorded numbers stand in for a run: without an engine, and once they spoil nothing.
    pub fn shows_record(&self) -> bool {
        matches!(self.engine, EngineState::Unavailable(_)) || !self.is_before_question()
    }

    /// Takes the line counts of the shown run for every file whose text is the one that ran; before the first
    /// run those of the record. From then on the editor moves them with their lines.
    pub fn refresh_marks(&mut self) {
        let marks = self.lesson.files.iter().map(|file| self.marks_of(file).into()).collect();
        self.marks = marks;
    }

    fn marks_of(&self, file: &File) -> Vec<LineMark> {
        let (name, own) = (&file.name, &file.text);
        let text = self.code.text(&self.lesson, name);
        if self.withholds() {
            return Vec::new();
        }
        match (self.shown_run(), &self.lesson.record) {
            (Some(run), _) if run.files().get(name).unwrap_or(own) == text => {
                run.evidence.lines_of(name).to_vec()
            }
            (None, Some(record)) if own == text && self.shows_record() => {
                recorded_line_marks(&record.broken_lines, name, text)
            }
            _ => Vec::new(),
        }
    }

    /// Returns whether the learner waits for the engine.
    pub fn is_busy(&self) -> bool {
        !self.next_jobs.is_empty() || self.job.as_ref().is_some_and(|active| active.job.is_asked_for())
    }

    /// Returns what the engine could do while the learner asks for nothing, most useful first.
    pub fn background_job(&self) -> Option<Job> {
        if self.job.is_some() || !self.next_jobs.is_empty() {
            return None;
        }
        if !matches!(self.engine, EngineState::Ready(_)) {
            return None;
        }
        self.background_wishes().into_iter().find(|job| !self.given_up.contains(job))
    }

    fn background_wishes(&self) -> Vec<Job> {
        let mut wishes = Vec::new();
        let before = self.before();
        if let Before::Missing(inputs) = &before {
            wishes.push(Job::Run { inputs: inputs.clone(), purpose: Purpose::Before });
        }
        let files = self.code.files();
        let is_checked = self.checked.as_deref().is_some_and(|(known, _)| known == files);
        if !self.typing && !is_checked {
            wishes.push(Job::Check { files: files.clone() });
        }
        let Some(shown) = self.shown_run() else { return wishes };
        if self.view == EvidenceView::Tables && self.shown_tables().is_none() {
            wishes.push(Job::Tables { inputs: shown.inputs.clone() });
        }
        if shown.kind == RunKind::Traffic && shown.answer.is_some() && !self.lesson.sizes.values.is_empty() {
            let compared = match &before {
                Before::Run(run, _) => Some(run.files()),
                Before::Nothing | Before::Missing(_) => None,
            };
            let missing = [Some(shown.files()), compared].into_iter().flatten();
            wishes.extend(
                missing
                    .filter(|files| self.sweep(files).is_none())
                    .map(|files| Job::Sweep { inputs: self.sweep_inputs(files) }),
            );
        }
        wishes
    }
}
