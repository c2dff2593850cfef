//! Code that no lesson lists must be judged rightly, and nothing may depend on which lesson it is.

use expect_test::{Expect, expect};
use std::fs;
use std::rc::Rc;
use unhappy_judge::{Change, Judge};
use unhappy_lesson::{Experiment, Lesson};
use unhappy_sim::{Machine, Run, World};
use unhappy_tests::{lesson, root, server};
use unhappy_trace::{Inputs, Verdict, first_difference};

fn handler(name: &str) -> String {
    fs::read_to_string(root().join(format!("tests/handlers/{name}.py"))).expect("the handler is there")
}

/// The verdict in two lines: the sentence, then the first finding.
fn words(verdict: &Verdict) -> String {
    let family = verdict.family.as_ref().map_or("no family", |family| family.key.as_str());
    let finding = verdict.findings.first().map_or("", |finding| finding.text.as_str());
    format!("{} ({family})\n{finding}", if verdict.accepted { "accepted" } else { "refused" })
}

fn check(judge: &mut Judge, name: &str, expected: &Expect) {
    let verdict = judge.judge(&Change::of_files(&server(&handler(name)))).expect("the worlds can be built");
    expected.assert_eq(&words(&verdict));
}

#[test]
fn handlers_that_no_lesson_lists() {
    let machine = Rc::new(Machine::new());
    let mut judge = Judge::new(&machine, &lesson("n-plus-one"));
    let expected = EXPECTED();
    let listed: Vec<&str> = expected.iter().map(|(name, _)| *name).collect();
    let files = unhappy_tests::folder(&root().join("tests/handlers"));
    let names = files.keys().filter(|name| !name.contains('/')).filter_map(|name| name.strip_suffix(".py"));
    let mut present: Vec<String> = names.map(str::to_owned).collect();
    present.sort();
    assert_eq!(present, listed, "every handler is in the list");
    for (name, expected) in &expected {
        check(&mut judge, name, expected);
    }
}

#[expect(non_snake_case, reason = "it is a table")]
fn EXPECTED() -> Vec<(&'static str, Expect)> {
    vec![
        (
            "accepted_all_customers_at_once",
            expect![[r#"
            accepted (no family)
        "#]],
        ),
        (
            "accepted_any_array",
            expect![[r#"
            accepted (in-batch)
        "#]],
        ),
        (
            "accepted_chunks_of_500",
            expect![[r#"
            accepted (in-batch)
        "#]],
        ),
        (
            "accepted_in_list_in_the_text",
            expect![[r#"
            accepted (in-batch)
        "#]],
        ),
        (
            "accepted_join_in_a_transaction_with_log",
            expect![[r#"
            accepted (join)
        "#]],
        ),
        (
            "accepted_scalar_subselect",
            expect![[r#"
            accepted (no family)
        "#]],
        ),
        (
            "accepted_two_queries_gathered",
            expect![[r#"
            accepted (no family)
        "#]],
        ),
        (
            "refused_answers_500",
            expect![[r#"
            refused (no family)
            a request was answered with 500: AttributeError: row has no column "nothing"; it has id, customer_id, placed_at, total_cents (server.py, line 7)."#]],
        ),
        (
            "refused_counts_on_small_data",
            expect![[r#"
            refused (no family)
            With 1,000 orders: order id 501 and 499 more are missing from the answer. It also happens in 1 other case."#]],
        ),
        (
            "refused_error_swallowed",
            expect![[r#"
                refused (no family)
                the answer is the same whatever the data are: it does not come from the database."#]],
        ),
        (
            "refused_gather_in_tasks",
            expect![[r#"
            refused (gather)
            one request sends 101 statements for 100 orders: more orders, more statements. It also happens in 25 other cases."#]],
        ),
        (
            "refused_grouped_by_name",
            expect![[r#"
            refused (no family)
            With two customers of one name: order id 2: customer is null, expected "Ada Abe" (and 4 differences more)."#]],
        ),
        (
            "refused_helper_function",
            expect![[r#"
            refused (no family)
            one request sends 101 statements for 100 orders: more orders, more statements. It also happens in 25 other cases."#]],
        ),
        (
            "refused_inner_join",
            expect![[r#"
            refused (no family)
            With a guest order: order id 2 and 1 more are missing from the answer. It also happens in 1 other case."#]],
        ),
        (
            "refused_matched_by_name_order",
            expect![[r#"
            refused (no family)
            With a guest order: a request was answered with 500: TypeError: unsupported operand type(s) for -: 'NoneType' and 'int' (server.py, line 9). It also happens in 1 other case."#]],
        ),
        (
            "refused_module_cache",
            expect![[r#"
            refused (no family)
            With a customer renamed between two requests: in the second answer, order id 1: customer is "Rosa Abe", expected "Renamed Meanwhile" (and 4 differences more)."#]],
        ),
        (
            "refused_typed_in",
            expect![[r#"
                refused (no family)
                the answer is the same whatever the data are: it does not come from the database."#]],
        ),
        (
            "refused_wrong_order",
            expect![[r#"
            refused (no family)
            the same order rows come in another order. It also happens in 27 other cases."#]],
        ),
    ]
}

/// Everything of a lesson that names it, replaced.
fn renamed(lesson: &Lesson) -> Lesson {
    let mut renamed = lesson.clone();
    renamed.slug = "some-other-name".to_owned();
    renamed.id = "00000000-1111-4222-8333-444444444444".to_owned();
    renamed.title = "Some other title".to_owned();
    renamed.track = "Some other track".to_owned();
    for (number, experiment) in renamed.fixes.iter_mut().chain(&mut renamed.wrong).enumerate() {
        experiment.key = format!("version-{number}");
    }
    renamed
}

/// Every experiment of a lesson without promises; of one with them the first fix and the first wrong fix, because
/// each is hundreds of runs.
fn compared(lesson: &Lesson) -> Vec<&Experiment> {
    let most = if lesson.promises.is_empty() { usize::MAX } else { 1 };
    lesson.fixes.iter().take(most).chain(lesson.wrong.iter().take(most)).collect()
}

#[test]
fn a_renamed_course_gets_the_same_verdicts_and_traces() {
    for slug in slugs() {
        same_under_another_name(&slug);
    }
}

fn same_under_another_name(slug: &str) {
    let machine = Rc::new(Machine::new());
    let original = lesson(slug);
    let other = Rc::new(renamed(&original));
    let (mut judge, mut other_judge) = (Judge::new(&machine, &original), Judge::new(&machine, &other));
    for (left, right) in compared(&original).into_iter().zip(compared(&other)) {
        let change = Change { files: left.files.clone(), settings: left.settings.clone() };
        let verdict = judge.judge(&change).expect("the worlds can be built");
        let other_verdict = other_judge.judge(&change).expect("the worlds can be built");
        let unnamed = |verdict: &Verdict, key: &str| {
            let mut verdict = verdict.clone();
            if let Some(family) = verdict.family.as_mut().filter(|family| family.key == key) {
                family.key.clear();
            }
            verdict
        };
        let place = format!("{slug}: {}", left.key);
        assert_eq!(unnamed(&verdict, &left.key), unnamed(&other_verdict, &right.key), "{place}");
        let trace = |lesson: &Rc<Lesson>| {
            let inputs = Inputs { files: left.files.clone(), ..unhappy_judge::inputs(lesson, 5) };
            let world = World::build(&machine, lesson, &inputs).expect("the world can be built");
            Run::start(&machine, lesson, world).finish().trace
        };
        assert_eq!(first_difference(&trace(&original), &trace(&other)), None, "{place}");
    }
}

/// The lessons that there are, by their folders.
fn slugs() -> Vec<String> {
    let entries = fs::read_dir(root().join("lessons")).expect("there are lessons");
    let paths = entries.map(|entry| entry.expect("they can be listed").path());
    let folders = paths.filter(|path| path.is_dir());
    let mut slugs: Vec<String> =
        folders.map(|path| path.file_name().expect("a name").to_string_lossy().into_owned()).collect();
    slugs.sort();
    slugs
}

/// No text in the engine or in the view may be the name of a lesson.
#[test]
fn no_engine_crate_knows_a_lesson_by_name() {
    let names: Vec<String> = slugs().into_iter().flat_map(|slug| [lesson(&slug).id.clone(), slug]).collect();
    assert!(!names.is_empty());
    let mut found = vec![];
    for krate in ["judge", "sim", "view"] {
        for (path, bytes) in unhappy_tests::folder(&root().join("src").join(krate).join("src")) {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            // What follows the first test module is no part of the engine.
            let code = text.split("#[cfg(test)]").next().unwrap_or("").to_owned();
            let literals = names.iter().filter(|name| code.contains(&format!("\"{name}\"")));
            found.extend(literals.map(|name| format!("{krate}/{path}: {name}")));
        }
    }
    assert_eq!(found, Vec::<String>::new());
}
