//! Every mistake that a lesson's author can make without running anything, each in one folder.
//!
//! `lesson_mistakes/base` is a small lesson without mistakes. A fixture is laid over it, file by file:
//! `NAME` replaces or adds a file, `NAME.edit` replaces one place in it (old text, a line `=>`, new text),
//! `NAME.remove` takes it away, `NAME.grow` appends spaces up to that many bytes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use unhappy_lesson::Lesson;
use unhappy_lesson::author::{
    Authored, Course, Folder, Problem, check_together, course_entries, read_course, read_lesson,
    record_from_json, record_to_json,
};

/// Fixture, then its problems without the fixture's name in front.
const MISTAKES: &[(&str, &[&str])] = &[
    ("Bad_Slug", &[r#"lesson.toml:1: folder "Bad_Slug" is not in kebab-case, expected like "n-plus-one""#]),
    (
        "alias-taken",
        &[
            r#"lesson.toml:7: alias "Old_Name" is not in kebab-case, expected like "n-plus-one""#,
            r#"lesson.toml:7: alias "base" is the name of a lesson"#,
        ],
    ),
    ("budget-compared-fact", &["lesson.toml:54: there is no fact `rows_missing`"]),
    ("budget-unknown-fact", &["lesson.toml:55: there is no fact `queries`"]),
    ("default-out-of-range", &["lesson.toml:22: `default` is 51, expected 0 to 50"]),
    ("duplicate-experiment-key", &[r#"lesson.toml:84: key "once" is there twice among fixes and wrong"#]),
    ("duplicate-toml-key", &["lesson.toml:7: this is no TOML: duplicate key"]),
    ("empty-section", &[r#"text.md:25: section "Take away" is empty"#]),
    ("empty-text", &["lesson.toml:3: `title` is empty, expected text"]),
    ("empty-when", &["lesson.toml:87: `when` is empty, expected a list of formulas"]),
    ("experiment-without-text", &["lesson.toml:83: key `text` is missing, expected text"]),
    ("external-address", &["text.md:15: external addresses are not allowed"]),
    (
        "external-address-in-toml",
        &["lesson.toml:88: `text` holds an external address; lessons work without the network"],
    ),
    ("external-link", &[r#"text.md:3: link to "https://example.org" leads outside the site"#]),
    ("external-link-in-hint", &[r#"lesson.toml:70: link to "//example.org" leads outside the site"#]),
    ("external-picture", &["text.md:3: pictures are not allowed"]),
    ("few-hints", &["lesson.toml:1: the lesson has 2 hints, expected at least 3"]),
    (
        "file-and-files",
        &[
            "fixes/once.py:1: lesson.toml does not list this file",
            "lesson.toml:80: expected either `file` or `files`",
        ],
    ),
    ("fill-between", &["lesson.toml:29: `between` needs two whole numbers, the smaller one first"]),
    (
        "fill-timestamp",
        &[r#"lesson.toml:29: `timestamp` is "2026-02-29 08:00:00", expected like "2026-03-02 08:00:00""#],
    ),
    (
        "fill-two-kinds",
        &[
            r#"lesson.toml:29: column "city" needs exactly one of: number, between, pick, words, reference, timestamp"#,
        ],
    ),
    (
        "fill-unknown",
        &[
            r#"lesson.toml:29: column "city" needs exactly one of: number, between, pick, words, reference, timestamp"#,
        ],
    ),
    ("format-version", &["lesson.toml:1: `format_version` is 2, expected 1"]),
    (
        "formula-does-not-read",
        &[r#"lesson.toml:54: formula "statements =< 3": expected a comparison at character 12"#],
    ),
    ("formula-unknown-fact", &["lesson.toml:80: there is no fact `statments`"]),
    (
        "handler-not-first",
        &[r#"lesson.toml:19: `files` begins with "schema.sql", expected the handler first"#],
    ),
    ("id-no-uuid", &[r#"lesson.toml:2: `id` is "base", expected a UUID"#]),
    ("level-out-of-range", &["lesson.toml:6: `level` is 4, expected 1 to 3"]),
    ("limits-crossed", &["lesson.toml:23: `min` is 60, above `max`, which is 50"]),
    ("long-summary", &["lesson.toml:4: `summary` has 240 characters, expected at most 200"]),
    (
        "many-at-once",
        &[
            "lesson.toml:1: key `minutes` is missing, expected a whole number",
            "lesson.toml:6: `level` is 9, expected 1 to 3",
            "lesson.toml:7: unknown key `minuts`",
            "notes.txt:1: lesson.toml does not list this file",
            r#"text.md:15: "6 rows" is typed, but comes from a run"#,
            "text.md:15: raw HTML is not allowed",
        ],
    ),
    ("missing-experiment-file", &[r#"lesson.toml:83: file "wrong/drop.py" is not in the folder"#]),
    ("missing-handler", &[r#"lesson.toml:1: file "server.py" is not in the folder"#]),
    ("missing-key", &["lesson.toml:1: key `row_noun` is missing, expected text"]),
    ("missing-lesson-toml", &["lesson.toml:1: this file is missing"]),
    ("missing-section", &[r#"text.md:31: section "Prove" is missing"#]),
    ("missing-text", &["text.md:1: this file is missing"]),
    (
        "misspelt-key",
        &[
            "lesson.toml:1: key `minutes` is missing, expected a whole number",
            "lesson.toml:7: unknown key `minuts`",
        ],
    ),
    ("must-show-empty", &["lesson.toml:9: `must_show` is empty, expected a list of formulas"]),
    ("must-show-unknown-fact", &["lesson.toml:9: there is no fact `statements`"]),
    ("no-fixes", &["lesson.toml:1: key `fixes` is missing, expected at least one"]),
    ("no-schema-listed", &["lesson.toml:1: `files` does not list schema.sql"]),
    ("no-toml", &["lesson.toml:6: this is no TOML: string values must be quoted, expected literal string"]),
    ("not-in-course", &[r#"lesson.toml:1: course.toml does not list "not-in-course""#]),
    ("not-utf8", &["server.py:2: is no UTF-8 text"]),
    (
        "path-outside",
        &[
            "fixes/once.py:1: lesson.toml does not list this file",
            r#"lesson.toml:79: file "../once.py" is not in the folder fixes"#,
        ],
    ),
    ("predict-missing", &["lesson.toml:57: `predict` has 0 options, expected at least 2"]),
    ("predict-one-option", &["lesson.toml:57: `predict` has 1 option, expected at least 2"]),
    ("predict-unknown-fact", &["lesson.toml:60: there is no fact `broken.queries`"]),
    ("raw-html", &["text.md:15: raw HTML is not allowed"]),
    (
        "read-only-replaced",
        &[
            r#"lesson.toml:84: "fixes/once.py" replaces "server.py", which learners cannot edit"#,
            r#"lesson.toml:91: "wrong/drop.py" replaces "server.py", which learners cannot edit"#,
        ],
    ),
    (
        "reference-later-table",
        &[r#"lesson.toml:29: `reference` names table "items", which is not filled before this one"#],
    ),
    (
        "reference-maybe-empty",
        &[r#"lesson.toml:34: `reference` names table "shops", which may have no rows"#],
    ),
    (
        "reference-unknown-column",
        &[r#"lesson.toml:34: `reference` names column "key", which table "shops" does not fill"#],
    ),
    (
        "reference-unknown-table",
        &[r#"lesson.toml:34: `reference` names table "stores", which is not filled before this one"#],
    ),
    (
        "replaces-nothing",
        &[r#"lesson.toml:83: "wrong/drop.py" replaces "sever.py", which the lesson does not have"#],
    ),
    ("rows-unknown-setting", &[r#"lesson.toml:33: there is no setting "orders" to count rows with"#]),
    ("same-as-starter", &["wrong/drop.py:1: is the same as server.py, expected another version"]),
    ("section-order", &[r#"text.md:29: section "Take away" stands after "In your framework""#]),
    ("section-twice", &[r#"text.md:21: section "Look" is there twice"#]),
    (
        "setting-named-like-a-fact",
        &[r#"lesson.toml:27: setting "statements" has the name of an observed fact"#],
    ),
    ("setting-twice", &[r#"lesson.toml:27: setting "items" is there twice"#]),
    ("sizes-not-ascending", &["lesson.toml:38: size 5 comes after 50, expected them ascending"]),
    (
        "sizes-out-of-range",
        &[r#"lesson.toml:38: size 51 is outside the limits of setting "items", which are 0 to 50"#],
    ),
    ("sizes-unknown-setting", &[r#"lesson.toml:37: there is no setting "orders""#]),
    ("table-twice", &[r#"lesson.toml:32: table "shops" is there twice"#]),
    ("text-before-sections", &["text.md:1: text before the first section, expected \"# Brief\" first"]),
    ("too-large", &["server.py:1: has 40000 bytes, expected at most 32768"]),
    (
        "traffic-method",
        &[
            r#"lesson.toml:42: `method` is "LOOK", expected GET, POST, PUT, PATCH or DELETE"#,
            r#"lesson.toml:43: `path` is "items", expected it to begin with /"#,
        ],
    ),
    ("typed-number", &[r#"text.md:11: "6 statements" is typed, but comes from a run"#]),
    ("typed-number-in-hint", &[r#"lesson.toml:74: "1 statement" is typed, but comes from a run"#]),
    ("unknown-experiment", &["text.md:19: unknown placeholder {fixes.twice.statements}"]),
    ("unknown-key", &["lesson.toml:8: unknown key `colour`"]),
    ("unknown-placeholder", &["text.md:11: unknown placeholder {broken.queries}"]),
    (
        "unknown-prerequisite",
        &[
            "lesson.toml:7: a lesson cannot be its own prerequisite",
            r#"lesson.toml:7: prerequisite "no-such-lesson" is no lesson of course.toml"#,
        ],
    ),
    (
        "unknown-section",
        &[r#"text.md:21: unknown section "Proof""#, r#"text.md:35: section "Prove" is missing"#],
    ),
    ("unknown-track", &[r#"lesson.toml:5: there is no track "querries""#]),
    ("unlisted-file", &["notes.txt:1: lesson.toml does not list this file"]),
    ("variant-changes-nothing", &[r#"lesson.toml:48: variant "no items" changes nothing"#]),
    ("variant-twice", &[r#"lesson.toml:53: variant "no items" is there twice"#]),
    ("variant-unknown-setting", &[r#"lesson.toml:50: there is no setting "orders""#]),
    ("wrong-type", &["lesson.toml:7: `minutes` is text, expected a whole number"]),
];

/// Fixtures whose record alone is wrong: read all the same, so that a blessing can repair them.
const UNBLESSED: &[(&str, &[&str])] = &[
    ("record-missing", &["expected.json:1: the recorded numbers are missing"]),
    (
        "record-no-json",
        &["expected.json:2: does not read: invalid type: integer `1`, expected a string at line 2 column 13"],
    ),
    (
        "record-other-keys",
        &[
            r#"expected.json:1: holds no numbers of "lose""#,
            r#"expected.json:1: holds numbers of "drop", which the lesson lacks"#,
        ],
    ),
    ("record-other-sizes", &["expected.json:1: was made with other sizes"]),
];

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
        MISTAKES.iter().chain(UNBLESSED).map(|(fixture, _)| *fixture).chain(["base"]).collect();
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

#[test]
fn a_lesson_survives_packing_and_its_record_the_file() {
    let lesson = read("base").expect("the base has no mistake").lesson;
    assert_eq!(Lesson::unpack(&lesson.pack()), Ok(lesson));
    let json = String::from_utf8(base_folder()["expected.json"].clone()).expect("JSON is UTF-8");
    assert_eq!(record_to_json(&record_from_json(&json).expect("it reads")), json);
}

// Windows' line ends are normalised, so the same lesson comes out, line for line.
#[test]
fn line_ends_make_no_difference() {
    let crlf = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8").replace('\n', "\r\n").into_bytes();
    let folder: Folder = base_folder().into_iter().map(|(name, bytes)| (name, crlf(bytes))).collect();
    assert_eq!(read_lesson("base", &folder, &course("base")), read("base"));
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
    let mut lesson = base_folder();
    for (name, bytes) in folder(&fixtures().join(fixture)) {
        overlay(&mut lesson, &name, bytes);
    }
    read_lesson(fixture, &lesson, &course(fixture))
}

fn base_folder() -> Folder {
    folder(&fixtures().join("base"))
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
