//! The value of module state with the real framework and the lessons' own servers: there is one, and no handler
//! that keeps nothing in its module changes it or is entangled with it.

use unhappy_python::{Ambient, Globals, Module, Outcome, Process, Program, Python, Resume, Stream};
use unhappy_trace::{SimInstant, Value};

const AMBIENT: Ambient = Ambient { now: SimInstant::START, fuel: 1_000_000, memory_bytes: u64::MAX };

fn process(py: &Python, program: &Program) -> Process {
    let mut process = py.start_process(program);
    for module in ["server", "client"] {
        process.import(py, module, Stream { seed: 0 }, AMBIENT);
    }
    process
}

fn value(process: &Process, py: &Python) -> unhappy_trace::Digest {
    match process.globals(py) {
        Globals::Value(digest) => digest,
        Globals::NoValue { reason } => panic!("{reason}"),
    }
}

/// A request as the framework's `serve` takes it.
fn request() -> Value {
    let text = |text: &str| Value::Text(text.into());
    let entry = |name: &str, value: Value| (name.to_owned(), value);
    let body = Value::Map(vec![
        entry("item", Value::Int(1)),
        entry("quantity", Value::Int(1)),
        entry("customer", text("ann")),
    ]);
    Value::Map(vec![
        entry("method", text("POST")),
        entry("path", text("/orders")),
        entry("query", Value::Map(vec![])),
        entry("headers", Value::Map(vec![])),
        entry("cookies", Value::Map(vec![])),
        entry("id", text("A")),
        entry("user", Value::Null),
        entry("json", body.clone()),
        entry("body", body),
    ])
}

#[test]
fn a_lesson_s_server_keeps_its_value_from_step_to_step() {
    let source = include_str!("../../lessons/oversell/server.py");
    let client = include_str!("../../lessons/oversell/client.py");
    let module = |file: &str, source: &str| Module { file: file.into(), source: source.into() };
    let py = unhappy_sim::python();
    let program = py
        .load(&unhappy_sim::framework(), &[module("server.py", source), module("client.py", client)])
        .unwrap_or_else(|mistake| panic!("{mistake:?}"));
    let mut served = process(&py, &program);
    let before = value(&served, &py);
    let task = served.start(&py, "backend", "serve", vec![request()], Stream { seed: 1 }, 1);
    let stepped = served.resume(&py, task, Resume::Start, AMBIENT);
    assert!(
        matches!(&stepped.outcome, Outcome::Suspended(call) if call.name.starts_with("db.")),
        "{stepped:?}"
    );
    assert_eq!(value(&served, &py), before);
    assert_eq!(value(&process(&py, &program), &py), before);
    assert!(!served.entangled(&py));
}
