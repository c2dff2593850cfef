//! What a lesson consists of. Plain data, the same for page, engine and author.

use crate::{Formula, Record, Table};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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
}

/// Data that only the judge uses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variant {
    /// Name in sentences: "a guest order".
    pub name: String,
    /// Settings that differ from the default.
    pub settings: BTreeMap<String, i64>,
    /// SQL run after the data was made; may be empty.
    pub sql: String,
    /// SQL run between the first and the second request; none when one request is enough.
    pub between_sql: Option<String>,
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
    /// When observed behaviour belongs to this family. All must hold.
    pub when: Vec<Formula>,
    /// Its trade-off when accepted, its reason when refused. Plain text.
    pub text: String,
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
