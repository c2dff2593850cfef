//! What the tests of the whole line share: reading the course, running and judging code.

pub mod small;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use unhappy_lesson::Lesson;
use unhappy_lesson::author::{Folder, read_course, read_lesson};
use unhappy_sim::{Finished, Machine, Run, World};
use unhappy_trace::Inputs;

/// Returns the root of the project.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ is below the root").to_owned()
}

/// Reads a folder as bytes by relative path.
///
/// # Panics
/// When a file cannot be read.
pub fn folder(path: &Path) -> Folder {
    let mut files = Folder::new();
    collect(path, "", &mut files);
    files
}

fn collect(path: &Path, prefix: &str, files: &mut Folder) {
    for entry in fs::read_dir(path).expect("the folder is there") {
        let entry = entry.expect("the folder can be listed");
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            collect(&entry.path(), &format!("{name}/"), files);
        } else {
            files.insert(name, fs::read(entry.path()).expect("the file can be read"));
        }
    }
}

/// Reads a lesson of the course.
///
/// # Panics
/// When it has a problem.
pub fn lesson(slug: &str) -> Rc<Lesson> {
    let lessons = root().join("lessons");
    let course = fs::read(lessons.join("course.toml")).expect("there is a course");
    let course = read_course(&course).expect("the course is sound");
    Rc::new(read_lesson(slug, &folder(&lessons.join(slug)), &course).expect("the lesson is sound").lesson)
}

/// Returns one changed file.
pub fn server(text: &str) -> BTreeMap<String, String> {
    BTreeMap::from([("server.py".to_owned(), text.to_owned())])
}

/// Runs code under the lesson's traffic.
///
/// # Panics
/// When the world cannot be built.
pub fn run(
    machine: &Rc<Machine>,
    lesson: &Rc<Lesson>,
    files: &BTreeMap<String, String>,
    requests: u32,
) -> Finished {
    let inputs = Inputs { files: files.clone(), ..unhappy_judge::inputs(lesson, requests) };
    let world = World::build(machine, lesson, &inputs).expect("the world can be built");
    Run::start(machine, lesson, world).finish()
}
