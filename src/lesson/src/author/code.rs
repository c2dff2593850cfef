//! The files that learners see, and the fixes and wrong fixes that replace them.

use super::experiment::{ExperimentEntry, Replaced};
use super::files::Files;
use super::limits;
use super::world::FileEntry;
use crate::{Experiment, File};
use std::collections::BTreeMap;

/// The file that holds the schema.
pub(super) const SCHEMA_FILE: &str = "schema.sql";

/// The files when lesson.toml lists none, and whether learners may change them. The last may be missing.
const USUAL_FILES: [(&str, bool); 3] = [("server.py", true), (SCHEMA_FILE, true), ("client.py", false)];

/// Reads the files that a learner sees, the handler first.
pub(super) fn read_files(files: &Files, listed: Option<Vec<FileEntry>>) -> Vec<File> {
    let entries = listed.unwrap_or_else(|| usual(files));
    if !entries.iter().any(|entry| entry.name == SCHEMA_FILE) {
        files.refuse("lesson.toml", 1, format!("`files` does not list {SCHEMA_FILE}"), None);
    }
    if entries.first().is_some_and(|entry| !entry.name.ends_with(".py")) {
        let message = format!("`files` begins with {:?}, expected the handler first", entries[0].name);
        files.refuse("lesson.toml", entries[0].line, message, None);
    }
    // A file that cannot be read stays in the list, so that nothing else seems to be wrong because of it.
    let read = |entry: &FileEntry| File {
        name: entry.name.clone(),
        text: listed_text(files, &entry.name, entry.line).unwrap_or_default(),
        editable: entry.editable,
    };
    entries.iter().map(read).collect()
}

fn usual(files: &Files) -> Vec<FileEntry> {
    let present = |name: &str| name != "client.py" || files.has(name);
    let entry = |(name, editable): (&str, bool)| FileEntry { name: name.to_owned(), editable, line: 1 };
    USUAL_FILES.into_iter().filter(|(name, _)| present(name)).map(entry).collect()
}

/// Reads a file that lesson.toml names on `line`.
fn listed_text(files: &Files, name: &str, line: u32) -> Option<String> {
    if name.is_empty() {
        return None;
    }
    if !files.has(name) {
        files.refuse("lesson.toml", line, format!("file {name:?} is not in the folder"), None);
    }
    files.text(name, limits::CODE_BYTES)
}

/// Reads the files of a fix or wrong fix and holds them against what they replace.
pub(super) fn read_experiment(files: &Files, entry: ExperimentEntry, starter: &[File]) -> Experiment {
    let pairs = match &entry.files {
        Replaced::Named(pairs) => pairs.clone(),
        Replaced::Handler(path) => {
            let handler = starter.first().map(|file| file.name.clone()).unwrap_or_default();
            vec![(handler, path.clone())]
        }
    };
    let mut texts = BTreeMap::new();
    for (name, path) in pairs {
        let Some(text) = listed_text(files, &path, entry.line) else { continue };
        match starter.iter().find(|file| file.name == name) {
            None => {
                let message = format!("{path:?} replaces {name:?}, which the lesson does not have");
                files.refuse("lesson.toml", entry.line, message, None);
            }
            Some(file) if !file.editable => {
                let message = format!("{path:?} replaces {name:?}, which learners cannot edit");
                files.refuse("lesson.toml", entry.line, message, None);
            }
            Some(file) if file.text == text => {
                files.refuse(&path, 1, format!("is the same as {name}, expected another version"), None);
            }
            Some(_) => {}
        }
        texts.insert(name, text);
    }
    Experiment { key: entry.key, name: entry.name, files: texts, when: entry.when, text: entry.text }
}
