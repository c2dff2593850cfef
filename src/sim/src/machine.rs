//! What a thread needs once: an interpreter and SQLite. Holds nothing that a run depends on.

use crate::isolation::{Playing, SpecError};
use std::cell::RefCell;
use unhappy_db::Engine;
use unhappy_lesson::Lesson;
use unhappy_python::{Checked, Module, Program, Python};
use unhappy_trace::Diagnostic;

/// Version of the engine, part of every run string.
pub const ENGINE_VERSION: &str = env!("CARGO_PKG_VERSION");

/// Runs once for each process: makes what belongs to it.
const FRAMEWORK: &[(&str, &str)] = &[
    ("backend/__init__.py", include_str!("framework/backend/__init__.py")),
    ("backend/orm.py", include_str!("framework/backend/orm.py")),
];

/// Runs once for all processes: what the objects of a process do.
const SHARED: &[(&str, &str)] = &[
    ("_backend/__init__.py", include_str!("framework/_backend/__init__.py")),
    ("_backend/common.py", include_str!("framework/_backend/common.py")),
    ("_backend/database.py", include_str!("framework/_backend/database.py")),
    ("_backend/errors.py", include_str!("framework/_backend/errors.py")),
    ("_backend/observe.py", include_str!("framework/_backend/observe.py")),
    ("_backend/orm/__init__.py", include_str!("framework/_backend/orm/__init__.py")),
    ("_backend/orm/fields.py", include_str!("framework/_backend/orm/fields.py")),
    ("_backend/orm/model.py", include_str!("framework/_backend/orm/model.py")),
    ("_backend/orm/query.py", include_str!("framework/_backend/orm/query.py")),
    ("_backend/orm/relations.py", include_str!("framework/_backend/orm/relations.py")),
    ("_backend/orm/sql.py", include_str!("framework/_backend/orm/sql.py")),
    ("_backend/orm/write.py", include_str!("framework/_backend/orm/write.py")),
    ("_backend/services.py", include_str!("framework/_backend/services.py")),
    ("_backend/web.py", include_str!("framework/_backend/web.py")),
];

/// Returns what learners import, as Python files of the package `backend`. They need the interpreter of [`python`].
pub fn framework() -> Vec<Module> {
    FRAMEWORK
        .iter()
        .map(|(file, source)| Module { file: (*file).to_owned(), source: (*source).to_owned() })
        .collect()
}

/// Starts an interpreter with the part of the framework that all processes share.
pub fn python() -> Python {
    let python = Python::new();
    python.share(SHARED);
    python
}

/// An interpreter and the connections to SQLite. Expensive to start, so one per thread, kept.
pub struct Machine {
    pub(crate) python: Python,
    pub(crate) database: Engine,
    pub(crate) framework: Vec<Module>,
    /// The programs that were used last, the latest first: a judge runs one of them hundreds of times.
    programs: RefCell<Vec<(Vec<Module>, Program)>>,
}

/// Compiled programs that are kept: a lesson's own code, what is judged, and one to spare.
const KEPT_PROGRAMS: usize = 3;

impl Machine {
    /// Starts both.
    #[expect(clippy::new_without_default, reason = "starting an interpreter is no default value")]
    pub fn new() -> Machine {
        Machine {
            python: python(),
            database: Engine::new(),
            framework: framework(),
            programs: RefCell::default(),
        }
    }

    /// Compiles learners' files with the framework, unless that was done just now.
    pub(crate) fn program(&self, modules: Vec<Module>) -> Result<Program, Diagnostic> {
        let mut kept = self.programs.borrow_mut();
        let known = kept.iter().position(|(known, _)| *known == modules);
        let found = match known {
            Some(index) => kept.remove(index),
            None => {
                let program = self.python.load(&self.framework, &modules)?;
                (modules, program)
            }
        };
        let program = found.1.clone();
        kept.insert(0, found);
        kept.truncate(KEPT_PROGRAMS);
        Ok(program)
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
