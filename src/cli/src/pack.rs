//! `unhappy pack` and `unhappy prerender`: what the site build needs of the lessons.

use crate::course::{authored, course};
use crate::output::print;
use anyhow::{Context as _, bail};
use serde_json::json;
use std::fs;
use std::path::Path;
use std::process::ExitCode;
use unhappy_lesson::author::{Course, Problem, course_entries};
use unhappy_lesson::{CourseEntry, Lesson, Prose, Text};

/// Writes `course.bin` and `lessons/SLUG.lesson`, both in postcard's wire format.
pub fn pack(lessons: &Path, out: &Path) -> anyhow::Result<ExitCode> {
    let (entries, lessons) = read_all(lessons)?;
    let folder = out.join("lessons");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    write(&out.join("course.bin"), &postcard::to_allocvec(&entries)?)?;
    for lesson in &lessons {
        write(&folder.join(format!("{}.lesson", lesson.slug)), &without_prose(lesson).pack())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints the pages that need no script.
pub fn prerender(lessons: &Path) -> anyhow::Result<ExitCode> {
    let (entries, lessons) = read_all(lessons)?;
    let home = json!({
        "path": "",
        "title": "Unhappy Path: the code works, then production traffic arrives",
        "description": "Run plausible backend code on a real database in this page. Break it with traffic, \
                        find out why, fix it, and prove that the fix holds.",
        "body_html": unhappy_view::home_html(&entries, lessons.first()),
        "data": null,
    });
    let pages = lessons.iter().map(|lesson| {
        json!({
            "path": format!("lesson/{}", lesson.slug),
            "title": format!("{} · Unhappy Path", lesson.title),
            "description": lesson.summary,
            "body_html": unhappy_view::prose_html(lesson),
            "data": null,
        })
    });
    let all: Vec<serde_json::Value> = std::iter::once(home).chain(pages).collect();
    print(&json!({ "pages": all }).to_string())?;
    Ok(ExitCode::SUCCESS)
}

/// The texts that stand in the prerendered page already. Nothing that runs a lesson reads them.
fn without_prose(lesson: &Lesson) -> Lesson {
    Lesson {
        text: Text::default(),
        review_question: Prose::default(),
        fidelity: Vec::new(),
        ..lesson.clone()
    }
}

fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}

/// Reads every lesson; all must be sound and have their recorded numbers.
fn read_all(lessons: &Path) -> anyhow::Result<(Vec<CourseEntry>, Vec<Lesson>)> {
    let course: Course = course(lessons)?.map_err(|problems| refused(&problems))?;
    let mut read = Vec::new();
    for slug in &course.lessons {
        let authored = authored(lessons, slug, &course)?.map_err(|problems| refused(&problems))?;
        if !authored.unblessed.is_empty() {
            return Err(refused(&authored.unblessed));
        }
        read.push(authored.lesson);
    }
    if read.is_empty() {
        bail!("{} lists no lesson", lessons.display());
    }
    Ok((course_entries(&course, &read), read))
}

fn refused(problems: &[Problem]) -> anyhow::Error {
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    anyhow::anyhow!("the lessons have problems:\n{}", lines.join("\n"))
}
