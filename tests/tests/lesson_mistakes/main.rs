//! Every mistake that a lesson's author can make without running anything, each in one folder.
//!
//! `lesson_mistakes/base` is a small lesson without mistakes, `lesson_mistakes/promised` one about interleavings.
//! A fixture is laid over the second when its name begins like that, else over the first, file by file:
//! `NAME` replaces or adds a file, `NAME.edit` replaces one place in it (old text, a line `=>`, new text),
//! `NAME.remove` takes it away, `NAME.grow` appends spaces up to that many bytes.

mod expected;

use expected::{MISTAKES, UNBLESSED};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use unhappy_lesson::author::{
    Authored, Course, Folder, Problem, check_together, course_entries, read_course, read_lesson,
    record_from_json, record_to_json,
};
use unhappy_lesson::{Check, Holds, Lesson};
use unhappy_trace::{FaultKind, Value};

/// The lessons without mistakes.
const BASES: [&str; 2] = ["base", "promised"];

#[test]
fn every_mistake_is_refused_at_its_line() {
    let mut wrong = vec![];
    for (fixture, expected) in MISTAKES {
        let problems = read(fixture).err().unwrap_or_default();
        compare(fixture, &problems, expected, &mut wrong);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_hint_says_what_to_do() {
    for (fixture, hint) in [
        ("misspelt-key", "did you mean `minutes`?"),
        ("formula-unknown-fact", "did you mean `statements`?"),
        ("unlisted-file", "list it in lesson.toml or take it out of the folder"),
        ("typed-number", "write a placeholder such as {broken.statements}, or the number as a word"),
    ] {
        let problems = read(fixture).expect_err("it has a mistake");
        assert_eq!(problems.last().and_then(|last| last.hint.as_deref()), Some(hint), "{fixture}");
    }
}

#[test]
fn a_wrong_record_waits_for_a_blessing() {
    let mut wrong = vec![];
    for (fixture, expected) in UNBLESSED {
        match read(fixture) {
            Ok(authored) => compare(fixture, &authored.unblessed, expected, &mut wrong),
            Err(problems) => wrong.push(format!("{fixture} is refused: {}", listed(&problems))),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

// A fixture that no test names would prove nothing.
#[test]
fn every_fixture_is_named_here_once() {
    let mut named: Vec<&str> =
        MISTAKES.iter().chain(UNBLESSED).map(|(fixture, _)| *fixture).chain(BASES).collect();
    named.sort_unstable();
    assert_eq!(folders(&fixtures()), named);
}

#[test]
fn the_base_has_no_mistake() {
    let authored = read("base").unwrap_or_else(|problems| panic!("{}", listed(&problems)));
    assert_eq!(authored.unblessed, []);
    let lesson = authored.lesson;
    let brief = "<p>Items of a shop. See <a href=\"#look\">the rest</a>.</p>\n";
    assert_eq!(lesson.text.brief.html, brief);
    assert_eq!(
        lesson.text.fix.html,
        "<p>Ask once: <data class=\"recorded\" value=\"1\" title=\"recorded with engine 0.0.0\">1</data> in all.</p>\n"
    );
    let names: Vec<_> = lesson.files.iter().map(|file| (file.name.as_str(), file.editable)).collect();
    assert_eq!(names, [("server.py", true), ("schema.sql", true)]);
    let lines: Vec<_> = authored.lines.iter().map(|(name, line)| format!("{name} {line}")).collect();
    assert_eq!(
        lines.join(", "),
        "budgets.0 52, fixes.once 76, must_show.0 9, predict 57, predict.0 60, predict.1 61, settings.items 19, \
         sizes 36, tables 26, tables.items 31, tables.shops 26, traffic 41, variants.no items 48, wrong.drop 83"
    );
}

// Every key of a lesson about interleavings arrives.
#[test]
fn promises_and_flavours_are_read() {
    let authored = read("promised").unwrap_or_else(|problems| panic!("{}", listed(&problems)));
    assert_eq!(authored.unblessed, []);
    let lesson = authored.lesson;
    let names: Vec<_> = lesson.files.iter().map(|file| (file.name.as_str(), file.editable)).collect();
    assert_eq!(names, [("server.py", true), ("schema.sql", true), ("client.py", false)]);
    assert_eq!((lesson.traffic.method.as_str(), lesson.sizes.values.len()), ("", 0));
    let user: Vec<_> = lesson.traffic.user.iter().map(|column| format!("{column:?}")).collect();
    assert_eq!(
        user,
        [
            r#"Column { name: "item", fill: Reference { table: "items", column: "id" } }"#,
            r#"Column { name: "card", fill: Numbered { prefix: "card_" } }"#,
        ]
    );
    let promises: Vec<_> = lesson.promises.iter().map(|one| (one.key.as_str(), one.holds)).collect();
    let at_rest = [("charged_once", Holds::AtRest), ("kept", Holds::AtRest), ("answered", Holds::AtRest)];
    assert_eq!(promises[0], ("never_oversold", Holds::Always));
    assert_eq!(promises[1..], at_rest);
    let sql = "SELECT card, 500 FROM sales".to_owned();
    assert_eq!(lesson.promises[1].check, Check::Charges { sql, at_most: false });
    let bound = lesson.bound.expect("it has one");
    assert_eq!((bound.operations, bound.processes, bound.timers), (2, 2, 4));
    assert_eq!(bound.faults, [FaultKind::ResponseLost, FaultKind::Crash]);
    assert_eq!((lesson.watches.len(), lesson.variants[0].user.len()), (1, 1));
    let probe = lesson.variants[1].probe.as_ref().expect("it has one");
    let (note, gift) = (Value::Text("more".into()), Value::Bool(true));
    let change = [("amount", Value::Int(999)), ("note", note), ("gift", gift)];
    assert_eq!(probe.change, change.map(|(name, value)| (name.to_owned(), value)));
    let [locked, checked] = lesson.fixes.as_slice() else { panic!("two fixes") };
    assert_eq!((locked.settings.len(), checked.settings["pool_size"], checked.files.len()), (0, 10, 2));
    assert_eq!((lesson.wrong[0].files.len(), lesson.wrong[0].settings["pool_size"]), (0, 20));
    let orm = &lesson.flavours[0];
    assert_eq!((orm.name.as_str(), orm.fixes.len(), orm.wrong.len()), ("With an ORM", 1, 1));
    assert!(orm.files["server.py"].contains("backend.orm") && orm.files.len() == 1);
    assert!(orm.fixes[0].files["server.py"].contains("select_for_update"));
    let (recorded, broken) = ("<data class=\"recorded\" value=", &lesson.text.break_it.html);
    assert!(broken.contains(&format!("{recorded}\"620\"")) && broken.contains(">62 of 100 runs</data>"));
    assert!(broken.contains(&format!("{recorded}\"1000\"")) && broken.contains(">10.00</data>"));
    for (name, line) in
        [("promises.charged_once", 60), ("watches.0", 78), ("bound", 82), ("flavours.orm", 146)]
    {
        assert_eq!(authored.lines.get(name), Some(&line), "{name}");
    }
    assert!(authored.lines.contains_key("flavours.orm.fixes.locked"));
    assert!(authored.lines.contains_key("flavours.orm.must_show.0"));
}

#[test]
fn a_lesson_survives_packing_and_its_record_the_file() {
    for base in BASES {
        let lesson = read(base).expect("the base has no mistake").lesson;
        assert_eq!(Lesson::unpack(&lesson.pack()), Ok(lesson));
        let json = folder(&fixtures().join(base))["expected.json"].clone();
        let json = String::from_utf8(json).expect("JSON is UTF-8");
        assert_eq!(record_to_json(&record_from_json(&json).expect("it reads")), json);
    }
}

// Windows' line ends are normalised, so the same lesson comes out, line for line.
#[test]
fn line_ends_make_no_difference() {
    let crlf = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8").replace('\n', "\r\n").into_bytes();
    for base in BASES {
        let lesson = folder(&fixtures().join(base));
        let lesson: Folder = lesson.into_iter().map(|(name, bytes)| (name, crlf(bytes))).collect();
        assert_eq!(read_lesson(base, &lesson, &course(base)), read(base));
    }
}

#[test]
fn a_course_is_checked_too() {
    let toml =
        "format_version = 1\nlessons = [\"a\", \"a\", \"B\"]\n\n[[tracks]]\nkey = \"q\"\ntitle = \"Q\"\n";
    let problems = read_course(toml.as_bytes()).expect_err("it has mistakes");
    assert_eq!(
        listed(&problems),
        "course.toml:2: lesson \"B\" is not in kebab-case, expected like \"n-plus-one\"\n\
         course.toml:2: lesson \"a\" is there twice\n\
         course.toml:4: key `summary` is missing, expected text"
    );
    let lesson = read("base").expect("the base has no mistake").lesson;
    let twin = Lesson { slug: "twin".into(), ..lesson.clone() };
    assert_eq!(
        listed(&check_together(&[lesson, twin])),
        "twin/lesson.toml:1: `id` is also the id of lesson \"base\""
    );
}

#[test]
fn the_lessons_of_the_course_have_no_mistake() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../lessons");
    let toml = std::fs::read(root.join("course.toml")).expect("the course is there");
    let course = read_course(&toml).unwrap_or_else(|problems| panic!("{}", listed(&problems)));
    let mut slugs = course.lessons.clone();
    slugs.sort();
    assert_eq!(folders(&root), slugs, "course.toml lists the folders that are there");
    let lessons: Vec<Lesson> = course
        .lessons
        .iter()
        .map(|slug| {
            let read = read_lesson(slug, &folder(&root.join(slug)), &course);
            read.unwrap_or_else(|problems| panic!("{}", listed(&problems))).lesson
        })
        .collect();
    assert_eq!(check_together(&lessons), []);
    assert_eq!(course_entries(&course, &lessons).len(), lessons.len());
    for (slug, record) in lessons.iter().filter_map(|lesson| Some((&lesson.slug, lesson.record.as_ref()?))) {
        let json = &folder(&root.join(slug))["expected.json"];
        assert_eq!(record_to_json(record).as_bytes(), json, "{slug}: a blessing would change the bytes");
    }
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("lesson_mistakes")
}

/// The fixtures' course, in which every fixture is a lesson but the one that tests just that.
fn course(fixture: &str) -> Course {
    let toml = std::fs::read(fixtures().join("course.toml")).expect("the fixtures have a course");
    let mut course = read_course(&toml).unwrap_or_else(|problems| panic!("{}", listed(&problems)));
    course.lessons = vec!["base".to_owned(), fixture.to_owned()];
    course.lessons.retain(|slug| slug != "not-in-course");
    course
}

fn read(fixture: &str) -> Result<Authored, Vec<Problem>> {
    let base = BASES.into_iter().rev().find(|base| fixture.starts_with(base)).unwrap_or(BASES[0]);
    let mut lesson = folder(&fixtures().join(base));
    if fixture == base {
        return read_lesson(fixture, &lesson, &course(fixture));
    }
    for (name, bytes) in folder(&fixtures().join(fixture)) {
        overlay(&mut lesson, &name, bytes);
    }
    read_lesson(fixture, &lesson, &course(fixture))
}

fn overlay(lesson: &mut Folder, name: &str, bytes: Vec<u8>) {
    if name.ends_with(".gitkeep") {
        return;
    }
    let Some((target, what)) = name.rsplit_once('.').filter(|(target, _)| lesson.contains_key(*target))
    else {
        lesson.insert(name.to_owned(), bytes);
        return;
    };
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
    let file = lesson.get_mut(target).expect("it was looked up");
    match what {
        "edit" => {
            let edit = text(&bytes);
            let (old, new) = edit.split_once("\n=>\n").expect("an edit has a line =>");
            let before = text(file);
            assert_eq!(before.matches(old).count(), 1, "{name} must match once");
            *file = before.replace(old, new.strip_suffix('\n').expect("a last line end")).into_bytes();
        }
        "grow" => file.resize(text(&bytes).trim().parse().expect("a number of bytes"), b' '),
        "remove" => {
            lesson.remove(target);
        }
        other => panic!("{name}: what is .{other}?"),
    }
}

fn folder(path: &Path) -> Folder {
    let mut files = BTreeMap::new();
    collect(path, "", &mut files);
    files
}

fn collect(path: &Path, prefix: &str, files: &mut Folder) {
    for entry in std::fs::read_dir(path).expect("the folder is there") {
        let entry = entry.expect("it can be read");
        let name = format!("{prefix}{}", entry.file_name().to_str().expect("UTF-8"));
        if entry.path().is_dir() {
            collect(&entry.path(), &format!("{name}/"), files);
        } else {
            files.insert(name, std::fs::read(entry.path()).expect("it can be read"));
        }
    }
}

fn folders(path: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(path).expect("the folder is there").map(|entry| entry.expect("it reads"));
    let mut names: Vec<String> = entries
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().expect("UTF-8"))
        .collect();
    names.sort();
    names
}

fn compare(fixture: &str, problems: &[Problem], expected: &[&str], wrong: &mut Vec<String>) {
    let prefix = format!("{fixture}/");
    let shown = |problem: &Problem| {
        let text = problem.to_string();
        text.strip_prefix(&prefix).unwrap_or(&text).to_owned()
    };
    let found: Vec<String> = problems.iter().map(shown).collect();
    if found != expected {
        wrong.push(format!("{fixture}\n  found    {found:?}\n  expected {expected:?}"));
    }
}

fn listed(problems: &[Problem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}
