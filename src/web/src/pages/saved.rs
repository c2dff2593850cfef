//! What is kept of a lesson in the browser, and when it is written.
//!
//! Each file is a text of its own under the lesson's id, so that one broken entry costs one file.

use crate::browser::storage::{self, Unavailable};
use crate::state::{Files, Progress, Stored};
use gloo_timers::callback::Timeout;
use unhappy_lesson::Lesson;

/// How long after a change it is written. Milliseconds.
const DELAY_MS: u32 = 250;

/// Reads what was done in a lesson.
pub fn load_progress(id: &str) -> Progress {
    let progress = storage::read(&format!("{id}/progress")).ok().flatten();
    progress.map(|text| Progress::read(&text)).unwrap_or_default()
}

/// Reads everything that is kept of a lesson.
///
/// # Errors
/// When storage cannot be read.
pub fn load_all(lesson: &Lesson) -> Result<Stored, Unavailable> {
    let id = &lesson.id;
    let files = |slot: &str| -> Result<Files, Unavailable> {
        let mut files = Files::new();
        for file in &lesson.files {
            if let Some(text) = storage::read(&format!("{id}/{slot}/{}", file.name))? {
                files.insert(file.name.clone(), text);
            }
        }
        Ok(files)
    };
    let trying = match storage::read(&format!("{id}/trying"))? {
        Some(key) => Some((key, files("version")?)),
        None => None,
    };
    Ok(Stored { mine: files("mine")?, trying, progress: load_progress(id) })
}

fn write_all(lesson: &Lesson, stored: &Stored) -> Result<(), Unavailable> {
    let id = &lesson.id;
    let version = stored.trying.as_ref().map(|(_, files)| files);
    for file in &lesson.files {
        let name = &file.name;
        storage::write(&format!("{id}/mine/{name}"), stored.mine.get(name).map(String::as_str))?;
        let text = version.and_then(|files| files.get(name)).map(String::as_str);
        storage::write(&format!("{id}/version/{name}"), text)?;
    }
    let key = stored.trying.as_ref().map(|(key, _)| key.as_str());
    storage::write(&format!("{id}/trying"), key)?;
    storage::write(&format!("{id}/progress"), Some(&stored.progress.write()))
}

/// Writes changes a moment after the last one, and at once when the page goes away.
pub struct Saver {
    /// What is not written yet, and the timer that will write it.
    pending: Option<(Stored, Timeout)>,
}

impl Saver {
    /// Returns a saver with nothing to write.
    pub fn new() -> Saver {
        Saver { pending: None }
    }

    /// Notes a change; `write` is called when it is time to write.
    pub fn later(&mut self, stored: Stored, write: impl FnOnce() + 'static) {
        self.pending = Some((stored, Timeout::new(DELAY_MS, write)));
    }

    /// Writes what is not written yet.
    ///
    /// # Errors
    /// When storage is not there or full.
    pub fn flush(&mut self, lesson: &Lesson) -> Result<(), Unavailable> {
        match self.pending.take() {
            Some((stored, _timer)) => write_all(lesson, &stored),
            None => Ok(()),
        }
    }
}
