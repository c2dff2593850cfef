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

/// Checks a picture against the rules of the Trace Event Format, and that ui.perfetto.dev can name and nest it all.
#[track_caller]
fn events_of_picture(output: &Output) -> Vec<Json> {
    let picture = json(output);
    let events = picture["traceEvents"].as_array().expect("an object with a list of events").clone();
    let names = |what: &str| -> Vec<(Json, Json)> {
        let found = events.iter().filter(|event| event["ph"] == "M" && event["name"] == what);
        found.map(|event| (event["pid"].clone(), event["tid"].clone())).collect()
    };
    let (processes, threads) = (names("process_name"), names("thread_name"));
    let (mut before, mut open) = (0, std::collections::BTreeMap::<(u64, u64), Vec<u64>>::new());
    for event in events.iter().filter(|event| event["ph"] != "M") {
        let number = |field: &str| event[field].as_u64().unwrap_or_else(|| panic!("{field} of {event}"));
        let (at, pid, tid) = (number("ts"), number("pid"), number("tid"));
        assert!(event["name"].as_str().is_some_and(|name| !name.is_empty()), "{event}");
        assert!(processes.iter().any(|(known, _)| *known == pid), "no process name: {event}");
        assert!(threads.contains(&(pid.into(), tid.into())), "no thread name: {event}");
        assert!(at >= before, "out of order: {event}");
        before = at;
        match event["ph"].as_str() {
            Some("X") => {
                let (end, outer) = (at + number("dur"), open.entry((pid, tid)).or_default());
                outer.retain(|outer| *outer > at);
                assert!(outer.iter().all(|outer| *outer >= end), "crosses another of its thread: {event}");
                outer.push(end);
            }
            Some("i") => assert!(["t", "p", "g"].contains(&event["s"].as_str().unwrap_or("")), "{event}"),
            _ => panic!("an unknown phase: {event}"),
        }
    }
    events
}

// One request of N+1 is 101 statements within one request, which its client waited for; the same run, the same bytes.
#[test]
fn runs_open_in_perfetto() {
    let output = unhappy(&["run", "n-plus-one", "--requests", "1", "--perfetto"]);
    let events = events_of_picture(&output);
    let of =
        |category: &str| -> Vec<&Json> { events.iter().filter(|event| event["cat"] == category).collect() };
    assert_eq!(of("statement").len(), 101);
    let (request, client) = (of("request"), of("http"));
    assert_eq!((request.len(), client.len()), (1, 1));
    assert!(client[0]["dur"].as_u64() > request[0]["dur"].as_u64());
    assert!(of("statement").iter().all(|event| {
        event["tid"] == request[0]["tid"]
            && event["args"]["place"].as_str().unwrap_or("").starts_with("server.py:")
    }));
    assert_eq!(output.stdout, unhappy(&["run", "n-plus-one", "--requests", "1", "--perfetto"]).stdout);
    events_of_picture(&unhappy(&["run", "n-plus-one", "--perfetto"]));
    let both = unhappy(&["run", "n-plus-one", "--perfetto", "--json"]);
    assert_eq!(both.status.code(), Some(2));
}
