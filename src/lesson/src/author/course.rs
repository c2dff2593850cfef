//! `course.toml`: the tracks in order, the lessons in order.

use super::limits;
use super::manifest::short;
use super::names::is_kebab;
use super::node::Spot;
use super::problem::{Problem, Report, Source};
use super::table::{Table, parse};
use crate::{CourseEntry, FORMAT_VERSION, Lesson};
use std::collections::BTreeMap;

/// Name of the file in the folder of all lessons.
pub const COURSE_FILE: &str = "course.toml";

/// The course: which lessons there are, in which order, under which tracks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Course {
    /// Tracks in order.
    pub tracks: Vec<Track>,
    /// Slugs of the lessons in order.
    pub lessons: Vec<String>,
}

/// A group of lessons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Track {
    /// Key in lesson.toml: `queries`.
    pub key: String,
    /// Title on the page: "Queries".
    pub title: String,
    /// One sentence.
    pub summary: String,
}

impl Course {
    /// Returns the track with that key.
    pub fn track(&self, key: &str) -> Option<&Track> {
        self.tracks.iter().find(|track| track.key == key)
    }

    /// Returns the keys of the tracks in order.
    pub fn track_keys(&self) -> Vec<&str> {
        self.tracks.iter().map(|track| track.key.as_str()).collect()
    }
}

/// Reads `course.toml`.
///
/// # Errors
/// Every problem with its line.
pub fn read_course(toml: &[u8]) -> Result<Course, Vec<Problem>> {
    let report = Report::default();
    let course = match std::str::from_utf8(toml) {
        Ok(text) => {
            let text = text.replace("\r\n", "\n");
            read(&Source { name: COURSE_FILE.into(), text: &text, report: &report })
        }
        Err(_) => {
            let message = "is no UTF-8 text".to_owned();
            report.add(Problem { file: COURSE_FILE.into(), line: 1, message, hint: None });
            None
        }
    };
    let problems = report.finish();
    course.filter(|_| problems.is_empty()).ok_or(problems)
}

fn read<'a>(source: &'a Source<'a>) -> Option<Course> {
    let document = parse(source)?;
    let mut table = Table::new(source, 0, &document);
    let version = i64::from(FORMAT_VERSION);
    table.whole("format_version", version..=version);
    let lessons = table.texts("lessons");
    for (index, slug) in lessons.iter().enumerate() {
        check_name(source, slug, &lessons[..index], "lesson");
    }
    let mut keys: Vec<Spot<String>> = vec![];
    let mut tracks = vec![];
    for mut entry in table.tables("tracks") {
        let key = entry.text("key");
        check_name(source, &key, &keys, "track");
        let title = short(source, entry.text("title"), "title", limits::TITLE_CHARACTERS);
        let summary = short(source, entry.text("summary"), "summary", limits::SUMMARY_CHARACTERS);
        entry.finish();
        tracks.push(Track { key: key.value.clone(), title, summary });
        keys.push(key);
    }
    table.finish();
    Some(Course { tracks, lessons: lessons.into_iter().map(|slug| slug.value).collect() })
}

fn check_name(source: &Source, name: &Spot<String>, before: &[Spot<String>], what: &str) {
    if !name.value.is_empty() && !is_kebab(&name.value) {
        let message = format!("{what} {:?} is not in kebab-case, expected like \"n-plus-one\"", name.value);
        source.refuse(name.start, message);
    }
    if before.iter().any(|other| other.value == name.value) {
        source.refuse(name.start, format!("{what} {:?} is there twice", name.value));
    }
}

/// Returns the lessons as the home page lists them, in the order of the course.
pub fn course_entries(course: &Course, lessons: &[Lesson]) -> Vec<CourseEntry> {
    let entry = |slug: &String| {
        let lesson = lessons.iter().find(|lesson| lesson.slug == *slug)?;
        let track = course.tracks.iter().find(|track| track.title == lesson.track)?;
        Some(CourseEntry {
            slug: lesson.slug.clone(),
            id: lesson.id.clone(),
            title: lesson.title.clone(),
            summary: lesson.summary.clone(),
            track: track.title.clone(),
            track_summary: track.summary.clone(),
            level: lesson.level,
            minutes: lesson.minutes,
        })
    };
    course.lessons.iter().filter_map(entry).collect()
}

/// Checks what only shows when all lessons are there: two with one id, or with one alias.
pub fn check_together(lessons: &[Lesson]) -> Vec<Problem> {
    let report = Report::default();
    let mut ids: BTreeMap<&str, &str> = BTreeMap::new();
    let mut aliases: BTreeMap<&str, &str> = BTreeMap::new();
    let refuse = |lesson: &Lesson, message: String| {
        let file = format!("{}/lesson.toml", lesson.slug);
        report.add(Problem { file, line: 1, message, hint: None });
    };
    for lesson in lessons {
        if let Some(other) = ids.insert(&lesson.id, &lesson.slug) {
            refuse(lesson, format!("`id` is also the id of lesson {other:?}"));
        }
        for alias in &lesson.aliases {
            if let Some(other) = aliases.insert(alias, &lesson.slug) {
                refuse(lesson, format!("alias {alias:?} also leads to lesson {other:?}"));
            }
        }
    }
    report.finish()
}
