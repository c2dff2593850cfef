//! What a lesson consists of. Plain data, the same for page, engine and author.

use crate::{Column, Formula, Record, Table};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use unhappy_trace::{FaultKind, Value};

/// A lesson. The first field is the format version, so that packed bytes can be told apart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Lesson {
    /// See [`crate::FORMAT_VERSION`].
    pub format_version: u32,
    /// A UUID that never changes, whatever the lesson is called.
    pub id: String,
    /// Name of the folder and of the page's address.
    pub slug: String,
    /// Title, e.g. "N+1 queries".
    pub title: String,
    /// One sentence for lists and link previews. Plain text.
    pub summary: String,
    /// Name of the track, e.g. "Queries".
    pub track: String,
    /// 1 = first contact, 2, 3 = capstone.
    pub level: u8,
    /// How long it takes, in minutes.
    pub minutes: u32,
    /// Slugs of lessons that help to have seen.
    pub prerequisites: Vec<String>,
    /// Older slugs that still lead here.
    pub aliases: Vec<String>,
    /// What one row of the answer is called: "order".
    pub row_noun: String,
    /// The ticket that the code answers.
    pub ticket: Ticket,
    /// The texts.
    pub text: Text,
    /// Files that a learner sees, the handler first.
    pub files: Vec<File>,
    /// Name of the file in [`Lesson::files`] that holds the schema.
    pub schema_file: String,
    /// Made-up rows, in order.
    pub tables: Vec<Table>,
    /// SQL that is run after the made-up rows; may be empty.
    pub data_sql: String,
    /// Numbers that shape the world.
    pub settings: Vec<Setting>,
    /// The setting that the sweep changes.
    pub sizes: Sizes,
    /// What the clients send.
    pub traffic: Traffic,
    /// Data that only the judge uses.
    pub variants: Vec<Variant>,
    /// How many data seeds the judge tries at the default size.
    pub data_seeds: u32,
    /// What a fix must keep to besides the same answer.
    pub budgets: Vec<Budget>,
    /// What must hold over every schedule. With promises, a lesson is about interleavings and faults.
    pub promises: Vec<Promise>,
    /// Committed values that the schedule shows beside its steps.
    pub watches: Vec<Watch>,
    /// What schedules are judged within; none for a lesson without interleavings.
    pub bound: Option<Bound>,
    /// What the broken code must show.
    pub must_show: Vec<Formula>,
    /// The question before the traffic.
    pub predict: Predict,
    /// Hints, from vague to plain.
    pub hints: Vec<Hint>,
    /// Fixes that must be accepted.
    pub fixes: Vec<Experiment>,
    /// Fixes that only look right and must be refused.
    pub wrong: Vec<Experiment>,
    /// The same lesson in other styles of code.
    pub flavours: Vec<Flavour>,
    /// What to ask in code review next time.
    pub review_question: Prose,
    /// How the simulation differs from production, one item a difference.
    pub fidelity: Vec<Prose>,
    /// Recorded numbers, shown until the engine is there.
    pub record: Option<Record>,
}

impl Lesson {
    /// Returns the file of that name.
    pub fn file(&self, name: &str) -> Option<&File> {
        self.files.iter().find(|file| file.name == name)
    }

    /// Returns the experiment with that key, among fixes and wrong fixes.
    pub fn experiment(&self, key: &str) -> Option<&Experiment> {
        self.fixes.iter().chain(&self.wrong).find(|experiment| experiment.key == key)
    }

    /// Returns the lesson with a flavour's code in place of its own; none when it has no such flavour.
    pub fn in_flavour(&self, key: &str) -> Option<Lesson> {
        let flavour = self.flavours.iter().find(|flavour| flavour.key == key)?;
        let mut lesson = self.clone();
        for file in &mut lesson.files {
            if let Some(text) = flavour.files.get(&file.name) {
                file.text.clone_from(text);
            }
        }
        lesson.fixes.clone_from(&flavour.fixes);
        lesson.wrong.clone_from(&flavour.wrong);
        lesson.must_show.clone_from(&flavour.must_show);
        lesson.flavours = vec![];
        Some(lesson)
    }

    /// Returns the default value of every setting.
    pub fn default_settings(&self) -> BTreeMap<String, i64> {
        let mut settings = BTreeMap::new();
        for setting in &self.settings {
            settings.insert(setting.key.clone(), setting.default);
        }
        settings
    }
}

/// HTML that the author's tool made from Markdown: headings, paragraphs, lists, links, code. Safe to insert.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Prose {
    /// The HTML.
    pub html: String,
}

/// The texts of the steps, in the order of the path.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Text {
    /// What was asked for and what was built.
    pub brief: Prose,
    /// One request, green.
    pub happy_path: Prose,
    /// What production traffic does.
    pub break_it: Prose,
    /// Where to look.
    pub look: Prose,
    /// What to change.
    pub fix: Prose,
    /// What the proof covers.
    pub prove: Prose,
    /// What to remember.
    pub take_away: Prose,
    /// The same fix in other frameworks.
    pub in_your_framework: Prose,
}

/// The ticket that the code answers.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Ticket {
    /// Its key: "SHOP-114".
    pub key: String,
    /// Its state: "merged Tuesday".
    pub state: String,
    /// What it asks for. Plain text.
    pub text: String,
}

/// A file that a learner sees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Name, e.g. `server.py`.
    pub name: String,
    /// Its text as the lesson has it.
    pub text: String,
    /// Whether learners may change it.
    pub editable: bool,
}

/// A number that shapes the world.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    /// Key, e.g. `orders`.
    pub key: String,
    /// Name on the page, e.g. "orders".
    pub label: String,
    /// Value when nothing else is said.
    pub default: i64,
    /// Smallest allowed value.
    pub min: i64,
    /// Largest allowed value.
    pub max: i64,
}

/// The setting that the sweep changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sizes {
    /// Key of the setting.
    pub setting: String,
    /// Its values, ascending.
    pub values: Vec<i64>,
    /// Requests that each size sends.
    pub requests: u32,
}

/// What the clients send.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traffic {
    /// HTTP method.
    pub method: String,
    /// Path without host.
    pub path: String,
    /// How many requests "production traffic" is.
    pub requests: u32,
    /// Mean time between two requests. Microseconds.
    pub mean_gap_micros: u64,
    /// Seed when nothing else is said.
    pub seed: u64,
    /// Made-up data of each client, `user.data` in client.py: one row an operation. Empty without client code.
    pub user: Vec<Column>,
}

/// Something that must hold, over committed state and what services did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promise {
    /// Stable key in snake_case, e.g. `never_oversold`; formulas call it `breaks.never_oversold`.
    pub key: String,
    /// In words, as a person would promise it: "Never more orders than items."
    pub sentence: String,
    /// When it must hold.
    pub holds: Holds,
    /// How it is looked at.
    pub check: Check,
}

/// When a promise must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Holds {
    /// After every step.
    Always,
    /// When clients have finished and nothing more happens by itself.
    AtRest,
}

/// How a promise is looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Check {
    /// This query returns no row. Its first row is the evidence.
    NoRow {
        /// The query.
        sql: String,
    },
    /// This query returns (card, cents) rows: what each card should have been charged, refunds taken off. Cards
    /// that it does not return should not have been charged.
    Charges {
        /// The query.
        sql: String,
        /// Whether a card may also have been charged less.
        at_most: bool,
    },
    /// This query returns one number: how many operations are stored as done. It is at least the number of
    /// operations that were answered with a 2xx status.
    Confirmed {
        /// The query.
        sql: String,
    },
    /// No request that no fault touched ends in an uncaught exception, in no answer, or in a limit.
    Answered,
}

/// A committed value that the schedule shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watch {
    /// Its name: "stock".
    pub label: String,
    /// A query that gives one value.
    pub sql: String,
}

/// What schedules are judged within.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bound {
    /// Operations or requests at a time, from 1.
    pub operations: u32,
    /// Server processes.
    pub processes: u32,
    /// Kinds of faults, one of each.
    pub faults: Vec<FaultKind>,
    /// How many of these faults one schedule may have.
    pub faults_in_all: u32,
    /// Timers that may fire in one run.
    pub timers: u32,
}

/// Data that only the judge uses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Variant {
    /// Name in sentences: "a guest order".
    pub name: String,
    /// Settings that differ from the default.
    pub settings: BTreeMap<String, i64>,
    /// SQL run after the data was made; may be empty.
    pub sql: String,
    /// SQL run between the first and the second request; none when one request is enough.
    pub between_sql: Option<String>,
    /// Made-up data of the clients that differs from the traffic's.
    pub user: Vec<Column>,
    /// A copy of the first request that is sent once everything else is done.
    pub probe: Option<Probe>,
    /// What must hold in this variant, over its facts; empty when the original code's answer is what must come.
    pub expect: Vec<Formula>,
    /// The sentence when it does not. May hold facts in braces.
    pub sentence: String,
}

/// A copy of the first request, sent by the judge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Probe {
    /// Fields of the JSON body that differ from the first request's.
    pub change: Vec<(String, Value)>,
}

/// What a fix must keep to besides the same answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// Name, e.g. "statements do not grow with the orders".
    pub name: String,
    /// What must hold, at every size.
    pub formula: Formula,
    /// The sentence when it does not. May hold `{statements}` and other facts.
    pub sentence: String,
}

/// The question before the traffic.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Predict {
    /// The question. Plain text.
    pub question: String,
    /// Its answers.
    pub options: Vec<PredictOption>,
}

/// One answer to the question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PredictOption {
    /// The answer. Plain text.
    pub text: String,
    /// When it is right, over the facts of the broken run.
    pub right_when: Formula,
}

/// A hint. Opening one is not held against anybody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hint {
    /// Its title, visible before it is opened. Plain text.
    pub title: String,
    /// Its text.
    pub text: Prose,
}

/// A version that can be tried with one click: an accepted fix or one that only looks right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Experiment {
    /// Stable key, e.g. `join`.
    pub key: String,
    /// Name, e.g. "One statement with a JOIN".
    pub name: String,
    /// Files that it replaces, by name.
    pub files: BTreeMap<String, String>,
    /// Settings that it changes.
    pub settings: BTreeMap<String, i64>,
    /// When observed behaviour belongs to this family. All must hold.
    pub when: Vec<Formula>,
    /// Its trade-off when accepted, its reason when refused. Plain text.
    pub text: String,
}

/// The same lesson in another style of code, such as an ORM: its own broken code, fixes and wrong fixes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flavour {
    /// Stable key, e.g. `orm`.
    pub key: String,
    /// Name, e.g. "With an ORM".
    pub name: String,
    /// Files that differ from the lesson's, by name.
    pub files: BTreeMap<String, String>,
    /// What its broken code must show.
    pub must_show: Vec<Formula>,
    /// Fixes that must be accepted. Their files are whole files, as the lesson's.
    pub fixes: Vec<Experiment>,
    /// Fixes that only look right and must be refused.
    pub wrong: Vec<Experiment>,
}

/// A lesson as the home page lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CourseEntry {
    /// Name of the folder and of the page's address.
    pub slug: String,
    /// The id that progress is kept under.
    pub id: String,
    /// Title.
    pub title: String,
    /// One sentence.
    pub summary: String,
    /// Name of the track.
    pub track: String,
    /// One sentence about the track.
    pub track_summary: String,
    /// 1 = first contact, 2, 3 = capstone.
    pub level: u8,
    /// How long it takes, in minutes.
    pub minutes: u32,
}
