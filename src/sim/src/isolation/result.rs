//! What came out of a spec: plain data and its JSON form.
//!
//! The format is that of `tests/oracle/README.md`, so that results of PostgreSQL and of this engine can be
//! compared event by event. Equal results give equal bytes. Not here: how a result comes about
//! (`permutation.rs`), comparing.

use unhappy_trace::Value;

/// Everything that one spec gave.
#[derive(Debug, Clone, PartialEq)]
pub struct SpecResult {
    /// Name of the spec.
    pub spec: String,
    /// Its tags, as written.
    pub tags: Vec<String>,
    /// One result a permutation, in the order played.
    pub permutations: Vec<PermutationResult>,
}

/// What one order of steps gave.
#[derive(Debug, Clone, PartialEq)]
pub struct PermutationResult {
    /// Names of the steps in the order in which they were to be sent.
    pub steps: Vec<String>,
    /// What happened, in canonical order.
    pub events: Vec<StepEvent>,
    /// How it ended.
    pub ending: Ending,
}

/// How a permutation ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Ending {
    /// Every step ended. The tables by name, each with its rows sorted by their JSON text.
    Final(Vec<(String, Vec<Vec<Value>>)>),
    /// A step could not be sent, because its session waits and nobody but another session could end that.
    Invalid {
        /// The step that could not be sent.
        step: String,
        /// The step that its session waits in.
        waiting: String,
    },
    /// These steps still wait at the end, in the order in which their waits began.
    Unfinished(Vec<String>),
}

/// Something that happened to a step.
#[derive(Debug, Clone, PartialEq)]
pub struct StepEvent {
    /// Name of the step.
    pub step: String,
    /// What happened.
    pub status: Status,
    /// Whether it gave several rows in an order that its SQL does not fix.
    pub unordered: bool,
    /// SQLSTATEs of PostgreSQL's warnings.
    pub warnings: Vec<String>,
}

/// What can happen to a step.
#[derive(Debug, Clone, PartialEq)]
pub enum Status {
    /// It must wait for another session. A later event says how it ended.
    Waiting,
    /// Every statement ran.
    Ok {
        /// One result a statement.
        results: Vec<StatementResult>,
    },
    /// A statement was refused; those after it were not run.
    Error {
        /// PostgreSQL's code.
        sqlstate: String,
        /// PostgreSQL's words.
        message: String,
        /// Name of the constraint that was violated.
        constraint: Option<String>,
        /// Results of the statements before it.
        results: Vec<StatementResult>,
    },
}

/// What one statement gave.
#[derive(Debug, Clone, PartialEq)]
pub struct StatementResult {
    /// PostgreSQL's command tag without counts.
    pub tag: String,
    /// Rows, or how many were changed.
    pub output: Output,
}

/// What a statement gives besides its tag.
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    /// Nothing.
    None,
    /// Result rows.
    Rows(Vec<Vec<Value>>),
    /// Rows inserted, updated or deleted.
    Changed(u64),
}

type Entries = Vec<(String, Value)>;

impl SpecResult {
    /// Writes the result as JSON, without line breaks.
    pub fn to_json(&self) -> String {
        let permutations = self.permutations.iter().map(PermutationResult::value).collect();
        map(vec![
            entry("spec", text(&self.spec)),
            entry("tags", texts(&self.tags)),
            entry("permutations", Value::List(permutations)),
        ])
        .to_json()
    }
}

impl PermutationResult {
    /// Writes the result as JSON, without line breaks.
    pub fn to_json(&self) -> String {
        self.value().to_json()
    }

    fn value(&self) -> Value {
        let events = self.events.iter().map(StepEvent::value).collect();
        map(vec![
            entry("steps", texts(&self.steps)),
            entry("events", Value::List(events)),
            self.ending.entry(),
        ])
    }
}

impl Ending {
    fn entry(&self) -> (String, Value) {
        match self {
            Ending::Final(tables) => {
                let tables = tables.iter().map(|(name, content)| (name.clone(), rows(content))).collect();
                entry("final", map(tables))
            }
            Ending::Invalid { step, waiting } => {
                let names = vec![entry("step", text(step)), entry("waiting", text(waiting))];
                entry("invalid", map(names))
            }
            Ending::Unfinished(steps) => entry("unfinished", texts(steps)),
        }
    }
}

impl StepEvent {
    fn value(&self) -> Value {
        let mut entries = vec![entry("step", text(&self.step))];
        entries.extend(self.status.entries());
        if self.unordered {
            entries.push(entry("unordered", Value::Bool(true)));
        }
        if !self.warnings.is_empty() {
            entries.push(entry("warnings", texts(&self.warnings)));
        }
        map(entries)
    }
}

impl Status {
    fn entries(&self) -> Entries {
        match self {
            Status::Waiting => vec![entry("status", text("waiting"))],
            Status::Ok { results } => {
                let mut entries = vec![entry("status", text("ok"))];
                match results.as_slice() {
                    [one] => entries.extend(one.entries()),
                    many => entries.push(list(many)),
                }
                entries
            }
            Status::Error { sqlstate, message, constraint, results } => {
                let mut entries = vec![
                    entry("status", text("error")),
                    entry("sqlstate", text(sqlstate)),
                    entry("message", text(message)),
                ];
                entries.extend(constraint.iter().map(|name| entry("constraint", text(name))));
                if !results.is_empty() {
                    entries.push(list(results));
                }
                entries
            }
        }
    }
}

impl StatementResult {
    fn entries(&self) -> Entries {
        let output = match &self.output {
            Output::None => None,
            Output::Rows(content) => Some(entry("rows", rows(content))),
            Output::Changed(count) => Some(entry("rowcount", Value::Int(count.cast_signed()))),
        };
        [entry("tag", text(&self.tag))].into_iter().chain(output).collect()
    }
}

fn list(results: &[StatementResult]) -> (String, Value) {
    entry("results", Value::List(results.iter().map(|result| map(result.entries())).collect()))
}

fn rows(rows: &[Vec<Value>]) -> Value {
    Value::List(rows.iter().map(|row| Value::List(row.clone())).collect())
}

fn entry(key: &str, value: Value) -> (String, Value) {
    (key.to_owned(), value)
}

fn map(entries: Entries) -> Value {
    Value::Map(entries)
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn texts(list: &[String]) -> Value {
    Value::List(list.iter().map(|item| text(item)).collect())
}
