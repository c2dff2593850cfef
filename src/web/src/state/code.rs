//! The learner's text, the version being tried, and the way back.
//!
//! Files are kept by name and only where they differ from the lesson's own, so that "unchanged" is empty
//! and equal code is equal data. The learner's own text is never replaced by a version: trying one puts it
//! in front, going back takes it away.

use std::collections::BTreeMap;
use unhappy_lesson::Lesson;

/// Stands for a link's code where versions have their key. No version is called so.
pub const LINK: &str = "#";

/// Files that differ from the lesson's, by name.
pub type Files = BTreeMap<String, String>;

/// The learner's text and what stands in front of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Code {
    /// The learner's own text.
    pub mine: Files,
    /// A version of the lesson, or a link's code, in front of it.
    pub trying: Option<Trying>,
    /// What was there before the last replacement.
    undo: Option<Box<Code>>,
}

/// A version of the lesson, perhaps changed since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trying {
    /// Key of the experiment, or [`LINK`].
    pub key: String,
    /// Its text.
    pub files: Files,
}

impl Code {
    /// Returns the code of a page that was just opened.
    pub fn new(mine: Files, trying: Option<Trying>) -> Code {
        Code { mine, trying, undo: None }
    }

    /// Returns the files in the editor that differ from the lesson's.
    pub fn files(&self) -> &Files {
        self.trying.as_ref().map_or(&self.mine, |trying| &trying.files)
    }

    /// Returns the text of a file in the editor.
    pub fn text<'a>(&'a self, lesson: &'a Lesson, file: &str) -> &'a str {
        let own = || lesson.file(file).map_or("", |file| file.text.as_str());
        self.files().get(file).map_or_else(own, String::as_str)
    }

    /// Changes a file in the editor.
    pub fn edit(&mut self, lesson: &Lesson, file: &str, text: String) {
        let files = self.trying.as_mut().map_or(&mut self.mine, |trying| &mut trying.files);
        if lesson.file(file).is_some_and(|own| own.text == text) {
            files.remove(file);
        } else {
            files.insert(file.to_owned(), text);
        }
    }

    /// Puts a version of the lesson in front.
    pub fn try_version(&mut self, lesson: &Lesson, key: &str) {
        let Some(experiment) = lesson.experiment(key) else { return };
        let files = differing(lesson, &experiment.files);
        self.replace(Code { trying: Some(Trying { key: key.to_owned(), files }), ..self.clone() });
    }

    /// Puts a link's code in front, unless it is what stands there.
    pub fn open_link(&mut self, lesson: &Lesson, files: &Files) {
        let files = differing(lesson, files);
        if files != *self.files() {
            self.replace(Code { trying: Some(Trying { key: LINK.to_owned(), files }), ..self.clone() });
        }
    }

    /// Takes the version in front away.
    pub fn back_to_mine(&mut self) {
        if self.trying.is_some() {
            self.replace(Code { trying: None, ..self.clone() });
        }
    }

    /// Takes the lesson's own code.
    pub fn reset(&mut self) {
        self.replace(Code::default());
    }

    /// Takes the last replacement back; a second time, that too.
    pub fn undo(&mut self) {
        if let Some(before) = self.undo.take() {
            self.replace(*before);
        }
    }

    /// Returns whether there is a replacement to take back.
    pub fn can_undo(&self) -> bool {
        self.undo.is_some()
    }

    fn replace(&mut self, mut next: Code) {
        next.undo = None;
        let mut before = std::mem::take(self);
        before.undo = None;
        let changed = before != next;
        *self = next;
        self.undo = changed.then(|| Box::new(before));
    }
}

/// Returns those of the files that differ from the lesson's.
pub fn differing(lesson: &Lesson, files: &Files) -> Files {
    let mut differing = Files::new();
    for (name, text) in files {
        if lesson.file(name).is_none_or(|own| own.text != *text) {
            differing.insert(name.clone(), text.clone());
        }
    }
    differing
}
