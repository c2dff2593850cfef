//! Reads the lessons' folder into memory, and code that replaces a lesson's files.

use crate::arguments::Code;
use anyhow::{Context as _, bail};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::rc::Rc;
use unhappy_lesson::Lesson;
use unhappy_lesson::author::{Authored, COURSE_FILE, Course, Folder, Problem, read_course, read_lesson};

/// Reads course.toml.
pub fn course(lessons: &Path) -> anyhow::Result<Result<Course, Vec<Problem>>> {
    let path = lessons.join(COURSE_FILE);
    let bytes = fs::read(&path).with_context(|| {
        format!(
            "cannot read {}: run this where the lessons' folder is, or name it with --lessons",
            path.display()
        )
    })?;
    Ok(read_course(&bytes))
}

/// Reads a lesson's folder.
pub fn authored(
    lessons: &Path,
    slug: &str,
    course: &Course,
) -> anyhow::Result<Result<Authored, Vec<Problem>>> {
    let folder = lessons.join(slug);
    if !folder.is_dir() {
        bail!(
            "there is no lesson {slug:?} in {}; there are: {}",
            lessons.display(),
            course.lessons.join(", ")
        );
    }
    let mut files = Folder::new();
    collect(&folder, "", &mut files)?;
    Ok(read_lesson(slug, &files, course))
}

/// Reads a lesson that is expected to be sound.
pub fn lesson(lessons: &Path, slug: &str) -> anyhow::Result<Rc<Lesson>> {
    let course = course(lessons)?.map_err(|problems| listed(&problems))?;
    let authored = authored(lessons, slug, &course)?.map_err(|problems| listed(&problems))?;
    Ok(Rc::new(authored.lesson))
}

fn listed(problems: &[Problem]) -> anyhow::Error {
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    anyhow::anyhow!("the lesson cannot be read:\n{}", lines.join("\n"))
}

fn collect(folder: &Path, prefix: &str, files: &mut Folder) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}/{name}") };
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &path, files)?;
        } else {
            let bytes =
                fs::read(entry.path()).with_context(|| format!("cannot read {}", entry.path().display()))?;
            files.insert(path, bytes);
        }
    }
    Ok(())
}

/// Reads a lesson, in the flavour that the code is of.
pub fn lesson_of(lessons: &Path, slug: &str, code: &Code) -> anyhow::Result<Rc<Lesson>> {
    let lesson = lesson(lessons, slug)?;
    let Some(key) = &code.flavour else { return Ok(lesson) };
    let Some(flavoured) = lesson.in_flavour(key) else {
        let known: Vec<&str> = lesson.flavours.iter().map(|flavour| flavour.key.as_str()).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        bail!("--flavour {key}: this lesson has {known}");
    };
    Ok(Rc::new(flavoured))
}

/// Returns the files that replace the lesson's own.
pub fn changed_files(lesson: &Lesson, code: &Code) -> anyhow::Result<BTreeMap<String, String>> {
    let mut files = BTreeMap::new();
    for (kind, key, list) in [("fix", &code.fix, &lesson.fixes), ("wrong", &code.wrong, &lesson.wrong)] {
        let Some(key) = key else { continue };
        let Some(found) = list.iter().find(|experiment| experiment.key == *key) else {
            let known: Vec<&str> = list.iter().map(|experiment| experiment.key.as_str()).collect();
            bail!("--{kind} {key}: this lesson has {}", known.join(", "));
        };
        files.extend(found.files.clone());
    }
    for pair in &code.files {
        let Some((name, path)) = pair.split_once('=') else {
            bail!("--file {pair}: expected NAME=PATH, such as server.py=mine.py");
        };
        if lesson.file(name).is_none() {
            let known: Vec<&str> = lesson.files.iter().map(|file| file.name.as_str()).collect();
            bail!("--file {pair}: this lesson has no file {name:?}; it has {}", known.join(", "));
        }
        let text = fs::read_to_string(path)
            .with_context(|| format!("--file {pair}: cannot read {path} as UTF-8"))?;
        files.insert(name.to_owned(), text);
    }
    Ok(files)
}
