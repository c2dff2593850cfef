//! Judging: the verdict on a change, step by step, so that whoever drives it can show progress and stop.
//!
//! In: a lesson and a change. Out: a verdict. A lesson with promises is judged over schedules and faults
//! (`schedules`), another one over sizes and data (`sizes`). What the original code does is kept for the next
//! judging of the same lesson.

use crate::schedules::proof::Exploring;
use crate::schedules::{Schedules, Trying};
use crate::sizes::{Looking, Sizes};
use std::collections::BTreeMap;
use std::rc::Rc;
use unhappy_lesson::{Group, Lesson, group_of};
use unhappy_sim::{Machine, Refusal};
use unhappy_trace::{Inputs, Verdict};

/// What is judged: how the files and settings differ from the lesson's.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Change {
    /// Changed files by name.
    pub files: BTreeMap<String, String>,
    /// Changed settings by key. Those of the server are part of what is judged; how many clients come, what
    /// breaks and which data there are is the lesson's, and so is the number of processes.
    pub settings: BTreeMap<String, i64>,
}

/// Judges code of one lesson, and keeps what the original code answers.
pub struct Judge {
    way: Way,
}

enum Way {
    Sizes(Sizes),
    Schedules(Schedules),
}

/// Judging on its way.
pub struct Judging {
    going: Going,
}

enum Going {
    Sizes(Looking),
    Schedules(Box<Trying>),
}

/// What one more step gave.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// More is left.
    Running {
        /// Cases or runs done.
        done: u64,
        /// Of how many, as far as known.
        of: u64,
    },
    /// Every schedule is being explored.
    Exploring(Exploring),
    /// The verdict.
    Done(Box<Verdict>),
}

impl Change {
    /// Returns a change of files alone.
    pub fn of_files(files: &BTreeMap<String, String>) -> Change {
        Change { files: files.clone(), settings: BTreeMap::new() }
    }

    /// Whether the world before the first request stays as it is.
    pub(crate) fn keeps_data(&self, lesson: &Lesson) -> bool {
        let own = lesson.file(&lesson.schema_file).map(|file| &file.text);
        let schema = self.files.get(&lesson.schema_file);
        schema.is_none_or(|schema| Some(schema) == own) && self.server_settings().next().is_none()
    }

    /// Those inputs with the files and settings that are judged.
    pub(crate) fn inputs(&self, of: &Inputs) -> Inputs {
        let mut inputs = Inputs { files: self.files.clone(), ..of.clone() };
        inputs.settings.extend(self.server_settings().map(|(key, value)| (key.clone(), *value)));
        inputs
    }

    fn server_settings(&self) -> impl Iterator<Item = (&String, &i64)> {
        self.settings.iter().filter(|(key, _)| group_of(key) == Group::Server && *key != "processes")
    }
}

impl Judge {
    /// Gets ready to judge code of a lesson. Runs nothing yet.
    pub fn new(machine: &Rc<Machine>, lesson: &Rc<Lesson>) -> Judge {
        let way = if lesson.promises.is_empty() {
            Way::Sizes(Sizes::new(machine, lesson))
        } else {
            Way::Schedules(Schedules::new(machine, lesson))
        };
        Judge { way }
    }

    /// Starts judging a change.
    pub fn start(&self, change: Change) -> Judging {
        let going = match &self.way {
            Way::Sizes(sizes) => Going::Sizes(sizes.start(change)),
            Way::Schedules(schedules) => Going::Schedules(Box::new(schedules.start(change))),
        };
        Judging { going }
    }

    /// Judges a change in one go.
    ///
    /// # Errors
    /// A [`Refusal`] when a world cannot be built.
    pub fn judge(&mut self, change: &Change) -> Result<Verdict, Refusal> {
        let mut judging = self.start(change.clone());
        loop {
            if let Step::Done(verdict) = self.step(&mut judging)? {
                return Ok(*verdict);
            }
        }
    }

    /// Runs one more case, or one more run.
    ///
    /// # Errors
    /// A [`Refusal`] when a world cannot be built.
    ///
    /// # Panics
    /// When the judging was started by the judge of a lesson of the other kind.
    pub fn step(&mut self, judging: &mut Judging) -> Result<Step, Refusal> {
        match (&mut self.way, &mut judging.going) {
            (Way::Sizes(sizes), Going::Sizes(looking)) => sizes.step(looking),
            (Way::Schedules(schedules), Going::Schedules(trying)) => schedules.step(trying),
            _ => panic!("a judging goes on where it was started"),
        }
    }
}
