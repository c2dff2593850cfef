//! The course's lessons, for tests.

use std::fs;
use std::path::Path;
use unhappy_lesson::Lesson;
use unhappy_lesson::author::{Folder, read_course, read_lesson};

fn collect(path: &Path, prefix: &str, files: &mut Folder) {
    for entry in fs::read_dir(path).expect("the folder is there") {
        let path = entry.expect("it can be listed").path();
        let name = format!("{prefix}{}", path.file_name().expect("a name").to_string_lossy());
        if path.is_dir() {
            collect(&path, &format!("{name}/"), files);
        } else {
            files.insert(name, fs::read(&path).expect("the file can be read"));
        }
    }
}

/// Reads a lesson of the course.
pub fn lesson(slug: &str) -> Lesson {
    let lessons = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../lessons");
    let course = read_course(&fs::read(lessons.join("course.toml")).expect("a course")).expect("sound");
    let mut files = Folder::new();
    collect(&lessons.join(slug), "", &mut files);
    read_lesson(slug, &files, &course).expect("sound").lesson
}
