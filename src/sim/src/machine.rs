//! What a thread needs once: an interpreter and SQLite. Holds nothing that a run depends on.

use crate::isolation::{Playing, SpecError};
use unhappy_db::Engine;
use unhappy_lesson::Lesson;
use unhappy_python::{Checked, Module, Python};

/// Version of the engine, part of every run string.
pub const ENGINE_VERSION: &str = env!("CARGO_PKG_VERSION");

/// An interpreter and the connections to SQLite. Expensive to start, so one per thread, kept.
pub struct Machine {
    pub(crate) python: Python,
    pub(crate) database: Engine,
    pub(crate) framework: Vec<Module>,
}

impl Machine {
    /// Starts both.
    #[expect(clippy::new_without_default, reason = "starting an interpreter is no default value")]
    pub fn new() -> Machine {
        let framework = vec![Module {
            file: "backend.py".to_owned(),
            source: include_str!("framework/backend.py").to_owned(),
        }];
        Machine { python: Python::new(), database: Engine::new(), framework }
    }

    /// Plays the next permutation of an isolation spec.
    ///
    /// # Errors
    /// [`SpecError`]: a setup or teardown fails, or a limit is passed.
    pub fn play_next(&self, playing: &mut Playing) -> Result<(), SpecError> {
        playing.play_next(&self.database)
    }

    /// Looks for mistakes and awaits in the Python files of a lesson, changed or not. Runs nothing.
    pub fn check(&self, lesson: &Lesson, changed: &std::collections::BTreeMap<String, String>) -> Checked {
        let mut all = Checked { diagnostics: vec![], awaits: vec![] };
        for file in lesson.files.iter().filter(|file| file.name.ends_with(".py")) {
            let text = changed.get(&file.name).unwrap_or(&file.text);
            let found = self.python.check(&file.name, text);
            all.diagnostics.extend(found.diagnostics);
            all.awaits.extend(found.awaits);
        }
        all
    }
}
