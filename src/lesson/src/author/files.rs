//! The files of a folder: read as text, each at most once, and none left over.

use super::Folder;
use super::limits;
use super::problem::{Problem, Report, line_at};
use std::cell::RefCell;
use std::collections::BTreeSet;

/// A folder that remembers which of its files were asked for.
#[derive(Debug)]
pub(super) struct Files<'a> {
    slug: &'a str,
    folder: &'a Folder,
    report: &'a Report,
    asked: RefCell<BTreeSet<String>>,
}

impl<'a> Files<'a> {
    pub(super) fn new(slug: &'a str, folder: &'a Folder, report: &'a Report) -> Files<'a> {
        Files { slug, folder, report, asked: RefCell::default() }
    }

    /// Returns whether the folder has a file, without reading it.
    pub(super) fn has(&self, name: &str) -> bool {
        self.folder.contains_key(name)
    }

    /// Returns the names of all files in a folder, without that folder; it ends with `/`.
    pub(super) fn names_in(&self, folder: &str) -> Vec<&'a str> {
        self.folder.keys().filter_map(|name| name.strip_prefix(folder)).collect()
    }

    /// Returns a file's name as problems show it.
    pub(super) fn shown_name(&self, name: &str) -> String {
        format!("{}/{name}", self.slug)
    }

    /// Reports a problem in a file.
    pub(super) fn refuse(&self, name: &str, line: u32, message: impl Into<String>, hint: Option<&str>) {
        let message = message.into();
        let hint = hint.map(str::to_owned);
        self.report.add(Problem { file: self.shown_name(name), line, message, hint });
    }

    /// Returns the text of a file with `\n` line ends; none when there is no such file or it is refused.
    pub(super) fn text(&self, name: &str, limit_bytes: usize) -> Option<String> {
        let bytes = self.folder.get(name)?;
        if !self.asked.borrow_mut().insert(name.to_owned()) {
            return normal(bytes);
        }
        if bytes.len() > limit_bytes {
            self.refuse(name, 1, format!("has {} bytes, expected at most {limit_bytes}", bytes.len()), None);
            return None;
        }
        if let Err(error) = std::str::from_utf8(bytes) {
            let line = line_at(bytes, error.valid_up_to());
            self.refuse(name, line, "is no UTF-8 text", Some("save the file as UTF-8"));
        }
        normal(bytes)
    }

    /// Returns the text of a file that must be there.
    pub(super) fn required(&self, name: &str, limit_bytes: usize) -> Option<String> {
        if !self.has(name) {
            self.refuse(name, 1, "this file is missing", None);
        }
        self.text(name, limit_bytes)
    }

    /// Reports the files that nobody asked for, and folders with too many of them.
    pub(super) fn finish(self) {
        let asked = self.asked.borrow();
        for name in self.folder.keys().filter(|name| !asked.contains(*name)) {
            let hint = "list it in lesson.toml or take it out of the folder";
            self.refuse(name, 1, "lesson.toml does not list this file", Some(hint));
        }
        let (count, limit) = (self.folder.len(), limits::FOLDER_FILES);
        if count > limit {
            let message = format!("the folder has {count} files, expected at most {limit}");
            self.refuse("lesson.toml", 1, message, None);
        }
    }
}

fn normal(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    Some(text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n"))
}
