//! `unhappy lesson check`: the author's gate. Every problem at once, each with file and line.

use crate::arguments::CheckOptions;
use crate::course::{authored, course};
use crate::output::{print, print_json};
use crate::{EXIT_REFUSED, guard};
use anyhow::Context as _;
use serde_json::json;
use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::rc::Rc;
use unhappy_judge::{LessonProblem, check_lesson, record_lesson};
use unhappy_lesson::Record;
use unhappy_lesson::author::{
    Authored, COURSE_FILE, Course, Problem, RECORD_FILE, check_together, record_from_json, record_to_json,
};
use unhappy_sim::Machine;

/// Runs the command.
pub fn run(lessons: &Path, options: &CheckOptions) -> anyhow::Result<ExitCode> {
    guard::guarded_for(guard::CHECKING_SECONDS, || check(lessons, options))
}

fn check(lessons: &Path, options: &CheckOptions) -> anyhow::Result<ExitCode> {
    let (course, mut problems) = match course(lessons)? {
        Ok(course) => (course, vec![]),
        Err(problems) => (Course { tracks: vec![], lessons: vec![] }, problems),
    };
    let slugs = if options.slugs.is_empty() { course.lessons.clone() } else { options.slugs.clone() };
    let machine = Rc::new(Machine::new());
    let mut read = Vec::new();
    for slug in &slugs {
        match authored(lessons, slug, &course)? {
            Err(found) => problems.extend(found),
            Ok(authored) => {
                problems.extend(check_one(lessons, &machine, &authored, options)?);
                read.push(authored.lesson);
            }
        }
    }
    problems.extend(check_together(&read));
    if options.slugs.is_empty() {
        problems.extend(unlisted(lessons, &course)?);
    }
    show(&problems, &slugs, options.json)?;
    Ok(if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(EXIT_REFUSED) })
}

/// Runs a lesson, holds the numbers against the recorded ones, and records them when asked to.
fn check_one(
    lessons: &Path,
    machine: &Rc<Machine>,
    authored: &Authored,
    options: &CheckOptions,
) -> anyhow::Result<Vec<Problem>> {
    let lesson = Rc::new(authored.lesson.clone());
    let slug = &lesson.slug;
    eprintln!("{slug}: running it over sizes, seeds and fixes …");
    let at = |entry: &str| authored.lines.get(entry).copied().unwrap_or(1);
    let in_manifest = |found: LessonProblem| Problem {
        file: format!("{slug}/lesson.toml"),
        line: at(&found.entry),
        message: found.message,
        hint: None,
    };
    let record = match record_lesson(machine, &lesson) {
        Ok(record) => record,
        Err(refusal) => {
            let entry = LessonProblem { entry: "tables".to_owned(), message: refusal.to_string() };
            return Ok(vec![in_manifest(entry)]);
        }
    };
    let mut problems: Vec<Problem> =
        check_lesson(machine, &lesson, &record)?.into_iter().map(in_manifest).collect();
    if !options.bless {
        problems.extend(authored.unblessed.clone());
        problems.extend(differences(slug, authored.lesson.record.as_ref(), &record));
    } else if problems.is_empty() {
        bless(lessons, slug, &record)?;
    } else {
        eprintln!("{slug}: nothing is recorded while there are problems");
    }
    Ok(problems)
}

/// Which recorded lines differ from what the runs gave just now.
fn differences(slug: &str, recorded: Option<&Record>, found: &Record) -> Vec<Problem> {
    let Some(recorded) = recorded else { return vec![] };
    let (old, new) = (record_to_json(recorded), record_to_json(found));
    let changed = old.lines().zip(new.lines()).position(|(old, new)| old != new);
    if old == new {
        return vec![];
    }
    let line = changed.map_or(1, |index| index + 1);
    let was = old.lines().nth(line - 1).unwrap_or("").trim();
    let is = new.lines().nth(line - 1).unwrap_or("").trim();
    vec![Problem {
        file: format!("{slug}/{RECORD_FILE}"),
        line: u32::try_from(line).unwrap_or(u32::MAX),
        message: format!("recorded {was}, the runs gave {is}"),
        hint: Some("look at the difference; if it is meant, run `unhappy lesson check --bless`".to_owned()),
    }]
}

fn bless(lessons: &Path, slug: &str, record: &Record) -> anyhow::Result<()> {
    let path = lessons.join(slug).join(RECORD_FILE);
    let old = fs::read_to_string(&path).unwrap_or_default();
    let new = record_to_json(record);
    if old == new {
        eprintln!("{slug}: the recorded numbers stay as they are");
        return Ok(());
    }
    for change in similar::TextDiff::from_lines(&old, &new).unified_diff().context_radius(1).iter_hunks() {
        eprint!("{change}");
    }
    debug_assert_eq!(record_from_json(&new).as_ref(), Ok(record), "a record must read back");
    fs::write(&path, new).with_context(|| format!("cannot write {}", path.display()))
}

/// Folders that the course does not list.
fn unlisted(lessons: &Path, course: &Course) -> anyhow::Result<Vec<Problem>> {
    let mut problems = Vec::new();
    for entry in fs::read_dir(lessons)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type()?.is_dir() && !course.lessons.contains(&name) {
            let message = format!("does not list the folder {name:?}");
            problems.push(Problem { file: COURSE_FILE.to_owned(), line: 1, message, hint: None });
        }
    }
    Ok(problems)
}

fn show(problems: &[Problem], slugs: &[String], as_json: bool) -> anyhow::Result<()> {
    if as_json {
        let listed: Vec<serde_json::Value> = problems
            .iter()
            .map(
                |one| json!({ "file": one.file, "line": one.line, "message": one.message, "hint": one.hint }),
            )
            .collect();
        return print_json(&json!({ "format": 1, "problems": listed }));
    }
    for problem in problems {
        print(&problem.to_string())?;
        if let Some(hint) = &problem.hint {
            print(&format!("  hint: {hint}"))?;
        }
    }
    let lessons = unhappy_trace::text::counted(slugs.len() as u64, "lesson", "lessons");
    let found = unhappy_trace::text::counted(problems.len() as u64, "problem", "problems");
    print(&format!("{lessons} checked, {found}"))
}
