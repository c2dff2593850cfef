//! The world of a run before its first event: files, settings, and a database with made-up rows.

use crate::generate::{self, Rows};
use crate::limits::REQUESTS_PER_RUN;
use crate::machine::{ENGINE_VERSION, Machine};
use crate::random::{Purpose, mixed};
use std::collections::BTreeMap;
use std::rc::Rc;
use unhappy_db::{SqlError, State};
use unhappy_lesson::{Column, Lesson, Probe, Variant, world_setting};
use unhappy_python::Module;
use unhappy_trace::{Choices, Digest, Fault, Inputs, RunString, text};

/// The file that makes traffic a matter of clients.
pub(crate) const CLIENT_FILE: &str = "client.py";

/// A lesson with the inputs of a run, checked, and the database as it is before the first request.
#[derive(Clone)]
pub struct World {
    /// The inputs.
    pub inputs: Inputs,
    /// Every setting with its value.
    pub settings: BTreeMap<String, i64>,
    /// Every file of the lesson with its text.
    pub files: BTreeMap<String, String>,
    pub(crate) state: State,
    pub(crate) between_sql: Option<String>,
    /// How the clients' data is filled.
    pub(crate) users: Vec<Column>,
    /// The made-up rows, for what refers to them.
    pub(crate) rows: Rc<[Rows]>,
    pub(crate) probe: Option<Probe>,
}

/// Why a world cannot be built. Whole sentences for the page and the tool.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No such setting.
    #[error("There is no setting {key:?}. This lesson has: {known}.")]
    UnknownSetting {
        /// The key.
        key: String,
        /// The keys that exist.
        known: String,
    },
    /// A setting outside its limits.
    #[error("The setting {key} is {}, but it must lie between {} and {}.", text::signed(*actual), text::signed(*min), text::signed(*max))]
    SettingOutOfRange {
        /// The key.
        key: String,
        /// The value.
        actual: i64,
        /// Smallest allowed value.
        min: i64,
        /// Largest allowed value.
        max: i64,
    },
    /// No such variant of the data.
    #[error("There is no data variant {name:?} in this lesson.")]
    UnknownVariant {
        /// The name.
        name: String,
    },
    /// A changed file that the lesson does not have.
    #[error("There is no file {name:?} in this lesson. It has: {known}.")]
    UnknownFile {
        /// The name.
        name: String,
        /// The names that exist.
        known: String,
    },
    /// Too many requests, or none.
    #[error("A run sends between 1 and {} requests, not {}.", text::thousands(u64::from(REQUESTS_PER_RUN)), text::thousands(u64::from(*actual)))]
    Requests {
        /// How many were asked for.
        actual: u32,
    },
    /// The schema or the data do not load.
    #[error("{file}, line {line}: {message} (SQLSTATE {sqlstate}).")]
    Data {
        /// The file, or what stands for it.
        file: String,
        /// Line, counted from 1.
        line: u32,
        /// PostgreSQL's words.
        message: String,
        /// Five characters.
        sqlstate: String,
    },
}

impl World {
    /// Builds the world.
    ///
    /// # Errors
    /// A [`Refusal`] when an input is out of range or the schema or data do not load.
    pub fn build(machine: &Machine, lesson: &Lesson, inputs: &Inputs) -> Result<World, Refusal> {
        check_requests(inputs.requests)?;
        let variant = find_variant(lesson, inputs)?;
        let settings = settings(lesson, variant, inputs)?;
        let files = files(lesson, inputs)?;
        let rows: Rc<[Rows]> = generate::rows(&lesson.tables, &settings, inputs.data_seed).into();
        let state = load(machine, lesson, &rows, &files, variant, inputs.data_seed)?;
        let between_sql = variant.and_then(|variant| variant.between_sql.clone());
        let probe = variant.and_then(|variant| variant.probe.clone());
        let users = users(lesson, variant);
        Ok(World { inputs: inputs.clone(), settings, files, state, between_sql, users, rows, probe })
    }

    /// Returns the same world with other choices, faults, traffic and number of requests: the data is not made again.
    ///
    /// # Errors
    /// [`Refusal::Requests`].
    pub fn with_course(
        &self,
        requests: u32,
        seed: u64,
        choices: Choices,
        faults: Vec<Fault>,
    ) -> Result<World, Refusal> {
        check_requests(requests)?;
        let inputs = Inputs { requests, seed, choices, faults, ..self.inputs.clone() };
        Ok(World { inputs, ..self.clone() })
    }

    /// Returns a setting of this world: the lesson's, or what holds everywhere. Never negative.
    pub(crate) fn setting(&self, key: &str) -> u64 {
        let own = self.settings.get(key).copied();
        let value = own.or_else(|| world_setting(key).map(|setting| setting.default)).unwrap_or(0);
        value.max(0).unsigned_abs()
    }

    /// Returns whether the traffic consists of clients that run client.py.
    pub(crate) fn has_client(&self) -> bool {
        self.files.contains_key(CLIENT_FILE)
    }

    /// Returns the same world with other Python files: the data is not made again.
    ///
    /// # Errors
    /// [`Refusal::UnknownFile`].
    pub fn with_files(&self, lesson: &Lesson, changed: &BTreeMap<String, String>) -> Result<World, Refusal> {
        let inputs = Inputs { files: changed.clone(), ..self.inputs.clone() };
        let files = files(lesson, &inputs)?;
        Ok(World { inputs, files, ..self.clone() })
    }

    /// Returns the name of this world's run; the caller adds the trace hash.
    pub fn run_string(&self, lesson: &Lesson) -> RunString {
        RunString {
            engine: ENGINE_VERSION.to_owned(),
            lesson: lesson.id.clone(),
            files: self
                .files
                .iter()
                .map(|(name, text)| (name.clone(), Digest::of(text.as_bytes())))
                .collect(),
            settings: self.inputs.settings.clone(),
            variant: self.inputs.variant.clone(),
            data_seed: self.inputs.data_seed,
            seed: self.inputs.seed,
            requests: self.inputs.requests,
            faults: self.inputs.faults.clone(),
            choices: self.inputs.choices.clone(),
            trace: None,
        }
    }

    pub(crate) fn modules(&self) -> Vec<Module> {
        self.files
            .iter()
            .filter(|(name, _)| name.ends_with(".py"))
            .map(|(name, text)| Module { file: name.clone(), source: text.clone() })
            .collect()
    }
}

fn check_requests(requests: u32) -> Result<(), Refusal> {
    if requests == 0 || requests > REQUESTS_PER_RUN {
        return Err(Refusal::Requests { actual: requests });
    }
    Ok(())
}

/// How the clients' data is filled: a variant's columns take the place of the traffic's of the same name.
fn users(lesson: &Lesson, variant: Option<&Variant>) -> Vec<Column> {
    let mut columns = lesson.traffic.user.clone();
    for column in variant.map(|variant| variant.user.as_slice()).unwrap_or_default() {
        match columns.iter_mut().find(|known| known.name == column.name) {
            Some(known) => *known = column.clone(),
            None => columns.push(column.clone()),
        }
    }
    columns
}

fn find_variant<'a>(lesson: &'a Lesson, inputs: &Inputs) -> Result<Option<&'a Variant>, Refusal> {
    let Some(name) = &inputs.variant else { return Ok(None) };
    let found = lesson.variants.iter().find(|variant| variant.name == *name);
    found.map(Some).ok_or_else(|| Refusal::UnknownVariant { name: name.clone() })
}

fn settings(
    lesson: &Lesson,
    variant: Option<&Variant>,
    inputs: &Inputs,
) -> Result<BTreeMap<String, i64>, Refusal> {
    let mut settings = lesson.default_settings();
    if let Some(variant) = variant {
        // A variant may go below the smallest size that the page offers, such as no order at all.
        settings.extend(variant.settings.clone());
    }
    for (key, value) in &inputs.settings {
        // What a lesson does not list has the limits that it has in every world.
        let own = lesson.settings.iter().find(|setting| setting.key == *key);
        let limits = own.map(|setting| (setting.min, setting.max));
        let limits = limits.or_else(|| world_setting(key).map(|setting| (setting.min, setting.max)));
        let Some((min, max)) = limits else {
            let known = lesson.settings.iter().map(|setting| setting.key.as_str()).collect::<Vec<_>>();
            return Err(Refusal::UnknownSetting { key: key.clone(), known: known.join(", ") });
        };
        if *value < min || *value > max {
            return Err(Refusal::SettingOutOfRange { key: key.clone(), actual: *value, min, max });
        }
        settings.insert(key.clone(), *value);
    }
    Ok(settings)
}

fn files(lesson: &Lesson, inputs: &Inputs) -> Result<BTreeMap<String, String>, Refusal> {
    let mut files: BTreeMap<String, String> =
        lesson.files.iter().map(|file| (file.name.clone(), file.text.clone())).collect();
    for (name, text) in &inputs.files {
        match files.get_mut(name) {
            Some(slot) => *slot = text.clone(),
            None => {
                let known = files.keys().cloned().collect::<Vec<_>>().join(", ");
                return Err(Refusal::UnknownFile { name: name.clone(), known });
            }
        }
    }
    Ok(files)
}

fn load(
    machine: &Machine,
    lesson: &Lesson,
    rows: &[Rows],
    files: &BTreeMap<String, String>,
    variant: Option<&Variant>,
    data_seed: u64,
) -> Result<State, Refusal> {
    let schema = files.get(&lesson.schema_file).map_or("", String::as_str);
    let seed = mixed(data_seed, Purpose::Database, 0);
    let mut state =
        machine.database.create(schema, seed).map_err(|error| refused(&lesson.schema_file, &error))?;
    for rows in rows {
        let columns: Vec<&str> = rows.columns.iter().map(String::as_str).collect();
        machine
            .database
            .insert(&mut state, &rows.table, &columns, &mut rows.cells.iter().cloned())
            .map_err(|error| refused("the rows made up by lesson.toml", &error))?;
    }
    if !lesson.data_sql.trim().is_empty() {
        machine
            .database
            .run_script(&mut state, &lesson.data_sql)
            .map_err(|error| refused("data.sql", &error))?;
    }
    if let Some(variant) = variant.filter(|variant| !variant.sql.trim().is_empty()) {
        let place = format!("lesson.toml, variant {:?}", variant.name);
        machine.database.run_script(&mut state, &variant.sql).map_err(|error| refused(&place, &error))?;
    }
    Ok(state)
}

fn refused(file: &str, error: &SqlError) -> Refusal {
    Refusal::Data {
        file: file.to_owned(),
        line: error.line.unwrap_or(1),
        message: error.message.clone(),
        sqlstate: error.sqlstate.to_owned(),
    }
}
