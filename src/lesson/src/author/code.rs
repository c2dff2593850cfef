//! The files that learners see, and what replaces them: fixes, wrong fixes and flavours.

use super::experiment::{ExperimentEntry, FLAVOURS, Replaced};
use super::files::Files;
use super::judging::FlavourEntry;
use super::limits;
use super::traffic::CLIENT_FILE;
use super::world::FileEntry;
use crate::{Experiment, File, Flavour};
use std::collections::BTreeMap;

/// The file that holds the schema.
pub(super) const SCHEMA_FILE: &str = "schema.sql";

/// The files when lesson.toml lists none, and whether learners may change them. The last may be missing.
const USUAL_FILES: [(&str, bool); 3] = [("server.py", true), (SCHEMA_FILE, true), (CLIENT_FILE, false)];

/// Reads the files that a learner sees, the handler first.
pub(super) fn read_files(files: &Files, listed: Option<Vec<FileEntry>>) -> Vec<File> {
    let mut entries = listed.unwrap_or_else(|| usual(files));
    if files.has(CLIENT_FILE) && !entries.iter().any(|entry| entry.name == CLIENT_FILE) {
        entries.push(FileEntry { name: CLIENT_FILE.to_owned(), editable: false, line: 1 });
    }
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
    let present = |name: &str| name != CLIENT_FILE || files.has(name);
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
            Some(file) if !file.editable => {
                let message = format!("{path:?} replaces {name:?}, which learners cannot edit");
                files.refuse("lesson.toml", entry.line, message, None);
            }
            file => check_replacement(files, &path, &text, (&name, file), entry.line),
        }
        texts.insert(name, text);
    }
    Experiment {
        key: entry.key,
        name: entry.name,
        files: texts,
        settings: entry.settings,
        when: entry.when,
        text: entry.text,
    }
}

/// Reports a file at `path` that replaces nothing, or holds the same text.
fn check_replacement(files: &Files, path: &str, text: &str, (name, file): (&str, Option<&File>), line: u32) {
    match file {
        None => {
            let message = format!("{path:?} replaces {name:?}, which the lesson does not have");
            files.refuse("lesson.toml", line, message, None);
        }
        Some(file) if file.text == text => {
            files.refuse(path, 1, format!("is the same as {name}, expected another version"), None);
        }
        Some(_) => {}
    }
}

/// Reads the files of a flavour and of its fixes and wrong fixes. `flavours/KEY/NAME` replaces the file NAME.
pub(super) fn read_flavour(files: &Files, entry: FlavourEntry, starter: &[File]) -> Flavour {
    let folder = format!("{FLAVOURS}/{}/", entry.key);
    let (mut texts, mut own) = (BTreeMap::new(), starter.to_vec());
    for name in files.names_in(&folder) {
        if name.starts_with("fixes/") || name.starts_with("wrong/") {
            continue;
        }
        let path = format!("{folder}{name}");
        let Some(text) = files.text(&path, limits::CODE_BYTES) else { continue };
        let replaced = own.iter_mut().find(|file| file.name == name);
        check_replacement(files, &path, &text, (name, replaced.as_deref()), entry.line);
        if let Some(file) = replaced {
            file.text.clone_from(&text);
        }
        texts.insert(name.to_owned(), text);
    }
    if texts.is_empty() {
        let message = format!("flavour {:?} replaces no file, expected {folder}server.py", entry.key);
        files.refuse("lesson.toml", entry.line, message, None);
    }
    let read = |list: Vec<ExperimentEntry>| {
        list.into_iter().map(|one| read_experiment(files, one, &own)).collect::<Vec<_>>()
    };
    let (fixes, wrong) = (read(entry.fixes), read(entry.wrong));
    Flavour { key: entry.key, name: entry.name, files: texts, must_show: entry.must_show, fixes, wrong }
}
