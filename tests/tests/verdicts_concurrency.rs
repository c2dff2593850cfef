//! Verdicts on lessons with interleavings: small lessons made up here, and handlers that no lesson lists.

use expect_test::expect;
use std::collections::BTreeMap;
use std::fs;
use std::rc::Rc;
use unhappy_judge::{Change, Judge};
use unhappy_lesson::Lesson;
use unhappy_lesson::author::{Folder, read_course, read_lesson};
use unhappy_sim::{Machine, Run, World};
use unhappy_tests::{folder, lesson, root, server};
use unhappy_trace::{EventKind, Verdict};

const COURSE: &str = r#"
format_version = 1
lessons = ["made-up"]

[[tracks]]
key = "queries"
title = "Queries"
summary = "Made up."
"#;

const TEXT: &str = "# Brief\n\nA.\n\n# Happy path\n\nB.\n\n# Break it\n\nC.\n\n# Look\n\nD.\n\n# Fix\n\nE.\n\n\
                    # Prove\n\nF.\n\n# Take away\n\nG.\n\n# In your framework\n\nH.\n";

/// What every lesson has, whatever it is about.
const HEAD: &str = r#"
format_version = 1
id = "5e7c1f0a-9d5c-4f57-8f0e-6a3b2c1d4e5f"
title = "Made up"
summary = "A lesson that is made up in a test."
track = "queries"
level = 1
minutes = 5
row_noun = "visit"
must_show = ["broken.operations > 0"]
data_seeds = 1
review_question = "Who else writes this row?"
fidelity = ["It is small."]
ticket = { key = "BASE-2", state = "merged", text = "Count." }
hints = [{ title = "1", text = "A." }, { title = "2", text = "B." }, { title = "3", text = "C." }]

[predict]
question = "How many?"
options = [
  { text = "None", right_when = "broken.operations == 0" },
  { text = "Some", right_when = "broken.operations > 0" },
]

[[files]]
name = "server.py"
editable = true

[[files]]
name = "schema.sql"
editable = true
"#;

/// A lesson of these files; `lesson.toml` is only what comes after [`HEAD`].
fn made_up(files: &[(&str, &str)]) -> Rc<Lesson> {
    let mut folder = Folder::new();
    folder.insert("text.md".to_owned(), TEXT.as_bytes().to_vec());
    for (name, text) in files {
        let text = if *name == "lesson.toml" { format!("{HEAD}{text}") } else { (*text).to_owned() };
        folder.insert((*name).to_owned(), text.into_bytes());
    }
    let course = read_course(COURSE.as_bytes()).expect("the course is sound");
    let read = read_lesson("made-up", &folder, &course);
    let problems = |found: &Vec<unhappy_lesson::author::Problem>| {
        found.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    let authored = read.unwrap_or_else(|found| panic!("the lesson is sound, but:\n{}", problems(&found)));
    Rc::new(authored.lesson)
}

/// A counter that two requests read and write: the second write forgets the first.
fn counter() -> Rc<Lesson> {
    made_up(&[
        ("lesson.toml", COUNTER),
        ("server.py", COUNT_IN_TWO_STATEMENTS),
        (
            "schema.sql",
            "CREATE TABLE counters (id integer PRIMARY KEY, visits integer NOT NULL DEFAULT 0);\n",
        ),
        ("fixes/one.py", COUNT_IN_ONE_STATEMENT),
        ("wrong/transaction.py", COUNT_IN_A_TRANSACTION),
    ])
}

const COUNTER: &str = r#"
[[tables]]
name = "counters"
rows = 1
columns = { id = { number = 1 } }

[traffic]
method = "POST"
path = "/visits"
requests = 20
mean_gap_micros = 500
seed = 1

[[promises]]
key = "kept"
sentence = "What was counted is stored."
holds = "at rest"
confirmed = "SELECT visits FROM counters WHERE id = 1"

[[promises]]
key = "answered"
sentence = "Every request is answered."
holds = "at rest"
answered = true

[bound]
operations = 2
processes = 2
faults = ["crash"]
timers = 1

[[fixes]]
key = "one"
name = "One statement"
file = "fixes/one.py"
when = ["in_transaction == 0"]
text = "The database adds."

[[wrong]]
key = "transaction"
name = "A transaction around it"
file = "wrong/transaction.py"
when = ["in_transaction == 1", "undisturbed_breaks.kept == 1"]
text = "Both still read the same number."
"#;

const COUNT_IN_TWO_STATEMENTS: &str = r#"from backend import app, db


@app.post("/visits")
async def visit(request):
    visits = await db.fetch_value("SELECT visits FROM counters WHERE id = 1")
    await db.execute("UPDATE counters SET visits = :visits WHERE id = 1", visits=visits + 1)
    return {"visits": visits + 1}
"#;

const COUNT_IN_ONE_STATEMENT: &str = r#"from backend import app, db


@app.post("/visits")
async def visit(request):
    row = await db.fetch_one("UPDATE counters SET visits = visits + 1 WHERE id = 1 RETURNING visits")
    return {"visits": row.visits}
"#;

const COUNT_IN_A_TRANSACTION: &str = r#"from backend import app, db


@app.post("/visits")
async def visit(request):
    async with db.transaction():
        visits = await db.fetch_value("SELECT visits FROM counters WHERE id = 1")
        await db.execute("UPDATE counters SET visits = :visits WHERE id = 1", visits=visits + 1)
    return {"visits": visits + 1}
"#;

fn judged(lesson: &Rc<Lesson>, code: &str) -> Verdict {
    let machine = Rc::new(Machine::new());
    let change = Change::of_files(&server(code));
    Judge::new(&machine, lesson).judge(&change).expect("the worlds can be built")
}

/// The sentence, the findings and what was covered, one to a line.
fn words(verdict: &Verdict) -> String {
    let findings = verdict.findings.iter().map(|finding| format!("- {}", finding.text));
    let lines: Vec<String> = [verdict.sentence.clone()].into_iter().chain(findings).collect();
    lines.join("\n") + "\n" + &verdict.coverage
}

#[test]
fn a_lost_update_is_found_and_an_atomic_one_is_accepted() {
    let lesson = counter();
    let broken = expect![[r#"
        Refused: What was counted is stored: broke once everything was done, after step 4 (2 were confirmed, 1 are stored), with two operations, one switch.
        - What was counted is stored: broke once everything was done, after step 4 (2 were confirmed, 1 are stored), with two operations, one switch.
        Explored every order of 2 operations on 2 server processes, with at most 1 fault (a process crash after a step) and at most 1 timer that fires while somebody could go on: 26 schedules, 26 distinct states, complete. Also run: 18 runs of two operations with every single switch and fault, and 4 other cases, among them operations one after the other, held against the original code's answers, and the lesson's traffic."#]];
    broken.assert_eq(&words(&judged(&lesson, COUNT_IN_TWO_STATEMENTS)));
    let fixed = expect![[r#"
        Accepted: One statement. Safe in all 2 schedules.
        Explored every order of 2 operations on 2 server processes, with at most 1 fault (a process crash after a step) and at most 1 timer that fires while somebody could go on: 2 schedules, 4 distinct states, complete. Also run: 6 runs of two operations with every single switch and fault, and 4 other cases, among them operations one after the other, held against the original code's answers, and the lesson's traffic."#]];
    fixed.assert_eq(&words(&judged(&lesson, COUNT_IN_ONE_STATEMENT)));
    let in_a_transaction = expect![[r#"
        Refused: A transaction around it.
        - What was counted is stored: broke once everything was done, after step 8 (2 were confirmed, 1 are stored), with two operations, one switch.
        Explored every order of 2 operations on 2 server processes, with at most 1 fault (a process crash after a step) and at most 1 timer that fires while somebody could go on: 692 schedules, 84 distinct states, complete. Also run: 62 runs of two operations with every single switch and fault, and 4 other cases, among them operations one after the other, held against the original code's answers, and the lesson's traffic."#]];
    in_a_transaction.assert_eq(&words(&judged(&lesson, COUNT_IN_A_TRANSACTION)));
}

/// Another name, a helper, a log and another layout are the same code.
#[test]
fn how_code_is_written_changes_no_verdict() {
    let lesson = counter();
    let told = |code: &str| {
        let verdict = judged(&lesson, code);
        (verdict.accepted, verdict.family.map(|family| family.key))
    };
    assert_eq!(told(COUNT_WITH_A_HELPER), told(COUNT_IN_ONE_STATEMENT));
    let read_in_a_helper = COUNT_IN_TWO_STATEMENTS.replace("visits = await db", "n = visits = await  db");
    assert_eq!(told(&read_in_a_helper), told(COUNT_IN_TWO_STATEMENTS));
}

const COUNT_WITH_A_HELPER: &str = r#"import backend

VISITS = {}


async def add(amount):
    backend.log.info("adding", amount=amount)
    return await backend.db.fetch_one(
        "update counters set visits = counters.visits + :n where counters.id = 1 returning visits as total",
        n=amount)


@backend.app.post("/visits")
async def anything(the_request):
    total = (await add(1)).total
    VISITS[the_request.id] = total
    return dict(visits=total, note="thanks")
"#;

/// Whatever keeps code from being judged is a sentence.
#[test]
fn code_that_cannot_be_judged_is_answered_with_a_sentence() {
    let lesson = counter();
    let sentence = |code: &str| judged(&lesson, code).sentence;
    let broken_off = expect!["Refused: server.py, line 4: '(' was never closed. The server could not start."];
    broken_off.assert_eq(&sentence("from backend import app, db\n\n\n@app.post('/visits'\n"));
    let endless = expect![
        "Refused: The code of one request ran 5,000,000 statements of Python and was stopped in server.py, line 7. Is there a loop that never ends?"
    ];
    endless.assert_eq(&sentence(
        "from backend import app\n\n\n@app.post('/visits')\nasync def visit(request):\n    while True:\n        pass\n",
    ));
    let machine = Rc::new(Machine::new());
    let schema = "CREATE TABLE counters (id integer PRIMARY KEY, hits integer NOT NULL DEFAULT 0);\n";
    let files = BTreeMap::from([("schema.sql".to_owned(), schema.to_owned())]);
    let verdict = Judge::new(&machine, &lesson).judge(&Change::of_files(&files)).expect("it is built");
    let lacking = expect![[
        r#"Refused: The promise "What was counted is stored." cannot be looked at: column "visits" does not exist. Its query needs the tables and columns of the lesson's schema."#
    ]];
    lacking.assert_eq(&verdict.sentence);
}

/// Every finding's run gives the same broken promise again.
#[test]
fn a_finding_replays() {
    let (machine, lesson) = (Rc::new(Machine::new()), counter());
    for code in [COUNT_IN_TWO_STATEMENTS, COUNT_IN_A_TRANSACTION] {
        let verdict = judged(&lesson, code);
        assert!(!verdict.accepted);
        for finding in &verdict.findings {
            let mut inputs = finding.run.clone();
            inputs.files = server(code);
            let world = World::build(&machine, &lesson, &inputs).expect("the world can be built");
            let finished = Run::start(&machine, &lesson, world).finish();
            let broken: BTreeMap<&str, &str> = finished
                .trace
                .events
                .iter()
                .filter_map(|event| match &event.kind {
                    EventKind::PromiseBroke(broke) => {
                        Some((finished.trace.text(broke.promise), finished.trace.text(broke.evidence)))
                    }
                    _ => None,
                })
                .collect();
            let promise = lesson
                .promises
                .iter()
                .find(|promise| finding.text.starts_with(promise.sentence.trim_end_matches('.')));
            let promise = promise.expect("the finding is about a promise");
            let evidence = broken.get(promise.key.as_str()).expect("the promise breaks again");
            assert!(finding.text.contains(evidence), "{}: {evidence}", finding.text);
        }
    }
}

/// A folder or file below tests/handlers/LESSON/KIND, with what it changes.
fn handlers(slug: &str, kind: &str) -> Vec<(String, BTreeMap<String, String>)> {
    let path = root().join("tests/handlers").join(slug).join(kind);
    if !path.is_dir() {
        return vec![];
    }
    let mut handlers: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for (name, bytes) in folder(&path) {
        let text = String::from_utf8(bytes).expect("it is UTF-8");
        let (handler, file) = name.split_once('/').unwrap_or((&name, "server.py"));
        let handler = handler.strip_suffix(".py").unwrap_or(handler).to_owned();
        handlers.entry(handler).or_default().insert(file.to_owned(), text);
    }
    handlers.into_iter().collect()
}

/// Every handler of a lesson is judged rightly, and a refused one for the promise that its first line names.
fn judge_handlers(slug: &str) {
    let (machine, lesson) = (Rc::new(Machine::new()), lesson(slug));
    let mut judge = Judge::new(&machine, &lesson);
    let mut wrong = vec![];
    for (kind, is_accepted) in [("accepted", true), ("refused", false)] {
        for (name, files) in handlers(slug, kind) {
            let verdict = judge.judge(&Change::of_files(&files)).expect("the worlds can be built");
            let is_right = verdict.accepted == is_accepted
                && (is_accepted || breaks(&files).is_none_or(|key| is_found(&lesson, &key, &verdict)));
            if !is_right {
                wrong.push(format!("{slug}/{kind}/{name}: {}", words(&verdict)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// What `# breaks: KEY` in the first line of a file says.
fn breaks(files: &BTreeMap<String, String>) -> Option<String> {
    let said = files.values().find_map(|text| text.lines().next()?.strip_prefix("# breaks: "));
    said.map(str::to_owned)
}

/// Whether a finding is about that promise. What is no key of a promise is a budget or a variant in words.
fn is_found(lesson: &Lesson, said: &str, verdict: &Verdict) -> bool {
    let key = said.split_whitespace().next().unwrap_or_default();
    let Some(promise) = lesson.promises.iter().find(|promise| promise.key == key) else { return true };
    let sentence = promise.sentence.trim_end_matches('.');
    verdict.findings.iter().any(|finding| finding.text.starts_with(sentence))
}

/// The lessons that have handlers here.
#[test]
fn every_lesson_with_handlers_is_judged_below() {
    let path = root().join("tests/handlers");
    let entries = fs::read_dir(path).expect("the folder is there");
    let paths = entries.map(|entry| entry.expect("it can be listed").path());
    let mut slugs: Vec<String> = paths
        .filter(|path| path.is_dir())
        .map(|path| path.file_name().expect("a name").to_string_lossy().into_owned())
        .collect();
    slugs.sort();
    assert!(slugs.iter().all(|slug| HANDLERS.contains(&slug.as_str())), "{slugs:?}");
}

/// Each is a test of its own, so that they run side by side.
const HANDLERS: [&str; 6] =
    ["deadlock", "double-charge", "oversell", "partial-failure", "pool-deadlock", "write-skew"];

#[test]
fn handlers_of_deadlock() {
    judge_handlers_if_there(HANDLERS[0]);
}

#[test]
fn handlers_of_double_charge() {
    judge_handlers_if_there(HANDLERS[1]);
}

#[test]
fn handlers_of_oversell() {
    judge_handlers_if_there(HANDLERS[2]);
}

#[test]
fn handlers_of_partial_failure() {
    judge_handlers_if_there(HANDLERS[3]);
}

#[test]
fn handlers_of_pool_deadlock() {
    judge_handlers_if_there(HANDLERS[4]);
}

#[test]
fn handlers_of_write_skew() {
    judge_handlers_if_there(HANDLERS[5]);
}

fn judge_handlers_if_there(slug: &str) {
    if root().join("tests/handlers").join(slug).is_dir() {
        judge_handlers(slug);
    }
}
