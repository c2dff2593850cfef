//! The tool as its users call it: what it prints, how it exits, and that learners' code cannot take it down.

use serde_json::Value as Json;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .expect("src/cli is two below the root")
        .to_owned()
}

fn unhappy(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_unhappy"))
        .args(arguments)
        .env("UNHAPPY_GUARD_SECONDS", "20")
        .current_dir(root())
        .output()
        .expect("the tool starts")
}

fn json(output: &Output) -> Json {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!(
            "{error}: {}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        )
    })
}

/// Writes a handler with this body and returns the argument that uses it.
fn handler(name: &str, body: &str) -> String {
    let lines: Vec<String> = body.lines().map(|line| format!("    {line}\n")).collect();
    let text = format!(
        "from backend import app, db\n\n\n@app.get(\"/orders\")\nasync def list_orders(request):\n{}",
        lines.concat()
    );
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.py"));
    std::fs::write(&path, text).expect("the handler can be written");
    format!("server.py={}", path.display())
}

#[test]
fn runs_count_their_statements() {
    for (arguments, statements) in [
        (vec!["run", "n-plus-one", "--requests", "1", "--json"], 101),
        (vec!["run", "n-plus-one", "--requests", "1", "--json", "--fix", "join"], 1),
        (vec!["run", "n-plus-one", "--requests", "1", "--json", "--fix", "in-batch"], 2),
        (vec!["run", "n-plus-one", "--requests", "1", "--json", "--set", "orders=1000"], 1001),
    ] {
        let output = unhappy(&arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        assert_eq!(json(&output)["statements"], statements, "{arguments:?}");
    }
}

#[test]
fn verdicts_are_exit_codes() {
    for (kind, key, accepted) in [
        ("--fix", "join", true),
        ("--fix", "in-batch", true),
        ("--wrong", "cache", false),
        ("--wrong", "limit", false),
        ("--wrong", "comprehension", false),
        ("--wrong", "gather", false),
    ] {
        let output = unhappy(&["judge", "n-plus-one", kind, key, "--json"]);
        assert_eq!(output.status.code(), Some(i32::from(!accepted)), "{key}");
        let verdict = json(&output);
        assert_eq!((&verdict["accepted"], &verdict["family"]), (&Json::from(accepted), &Json::from(key)));
    }
}

#[test]
fn bad_arguments_are_answered_with_a_sentence() {
    for (arguments, sentence) in [
        (vec!["run", "nowhere"], "there is no lesson \"nowhere\" in lessons; there are: n-plus-one"),
        (
            vec!["run", "n-plus-one", "--set", "orders=ten"],
            "--set orders=ten: expected KEY=NUMBER, such as orders=1000",
        ),
        (
            vec!["run", "n-plus-one", "--set", "orders=10001"],
            "The setting orders is 10,001, but it must lie between 0 and 10,000.",
        ),
        (
            vec!["run", "n-plus-one", "--set", "price=1"],
            "There is no setting \"price\". This lesson has: orders, customers.",
        ),
        (vec!["run", "n-plus-one", "--requests", "0"], "A run sends between 1 and 5,000 requests, not 0."),
        (vec!["run", "n-plus-one", "--fix", "magic"], "--fix magic: this lesson has join, in-batch"),
        (vec!["run", "n-plus-one", "--variant", "none"], "There is no data variant \"none\" in this lesson."),
        (
            vec!["judge", "n-plus-one", "--file", "server.rb=x"],
            "this lesson has no file \"server.rb\"; it has server.py, schema.sql",
        ),
        (vec!["judge", "n-plus-one", "--file", "server.py=/nowhere"], "cannot read /nowhere as UTF-8"),
    ] {
        let output = unhappy(&arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains(sentence), "{arguments:?} said {said:?}");
    }
}

#[test]
fn code_that_takes_too_much_memory_is_stopped_with_a_sentence() {
    let file = handler("bomb", "kept = []\nwhile True:\n    kept.append('x' * 1000000)");
    let output = unhappy(&["run", "n-plus-one", "--requests", "1", "--json", "--file", &file]);
    let stopped = json(&output)["stopped"].as_str().unwrap_or_default().to_owned();
    assert!(stopped.starts_with("The code took more than 128 MB of memory in one step"), "{stopped}");
    assert_eq!(output.status.code(), Some(0));
}

// One call that no tick interrupts: the child process ends, the tool says so.
#[test]
fn calls_that_fuel_cannot_see_end_the_child_and_not_the_tool() {
    let file = handler("endless", "return sum(range(10 ** 15))");
    let output = unhappy(&["run", "n-plus-one", "--requests", "1", "--file", &file]);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("did not come to its end within 20 seconds and was stopped"), "{said}");

    let file = handler("huge", "text = 'x'\nreturn len(text * 10 ** 11)");
    let output = unhappy(&["run", "n-plus-one", "--requests", "1", "--file", &file]);
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    let explained = said.contains("the code ended its process")
        || said.contains("MemoryError")
        || said.contains("OverflowError");
    assert!(explained, "{said}");
}
