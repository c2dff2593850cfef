//! What learners do wrong: each ends with a sentence that says what, where and what to do. Nothing hangs.

use expect_test::{Expect, expect};
use std::rc::Rc;
use unhappy_sim::{Finished, Machine};
use unhappy_tests::{lesson, run, server};
use unhappy_trace::event::{EventKind, StatementOutcome};

/// Everything a learner is told about a run, one thing a line.
fn told(finished: &Finished) -> String {
    let trace = &finished.trace;
    let mut out: Vec<String> = finished.stopped.iter().map(|stopped| format!("stopped: {stopped}")).collect();
    for found in &finished.diagnostics {
        out.push(format!("{}:{}:{}: {}", found.file, found.line, found.column, found.message));
        out.extend(found.hint.iter().map(|hint| format!("hint: {hint}")));
    }
    for event in &trace.events {
        let place = |place: &Option<unhappy_trace::event::Place>| {
            place.map_or_else(String::new, |place| format!(" ({}:{})", trace.text(place.file), place.line))
        };
        out.extend(match &event.kind {
            EventKind::Printed(said) => Some(format!("printed{}: {}", place(&said.place), trace.text(said.text))),
            EventKind::Noted(said) => Some(format!("noted{}: {}", place(&said.place), trace.text(said.text))),
            EventKind::Statement(statement) => match &statement.outcome {
                StatementOutcome::Refused { sqlstate, message, position } => Some(format!(
                    "refused{}: {} {} at {position:?}",
                    place(&statement.place),
                    trace.text(*sqlstate),
                    trace.text(*message)
                )),
                StatementOutcome::Answered { .. } => None,
            },
            EventKind::Responded(responded) => Some(format!("status {}", responded.status)),
            _ => None,
        });
    }
    out.join("\n")
}

#[track_caller]
fn check_file(text: &str, expected: &Expect) {
    let finished = run(&Rc::new(Machine::new()), &lesson("n-plus-one"), &server(text), 1);
    expected.assert_eq(&told(&finished));
}

#[track_caller]
fn check(body: &str, expected: &Expect) {
    let lines: Vec<String> = body.trim().lines().map(|line| format!("    {line}\n")).collect();
    let head = "from backend import app, db\n\n\n@app.get(\"/orders\")\nasync def list_orders(request):\n";
    check_file(&format!("{head}{}", lines.concat()), expected);
}

#[test]
fn syntax_errors() {
    check("orders = await db.fetch_all('SELECT 1'\nreturn orders", &expect![[""]]);
    check("for order in []\n    pass", &expect![[""]]);
    check_file("def f():\nreturn 1\n", &expect![[""]]);
}

#[test]
fn runtime_errors() {
    check("orders = await db.fetch_all('SELECT * FROM orders')\nreturn orders[0].price", &expect![[""]]);
    check("return {}['missing']", &expect![[""]]);
    check("return undefined_name", &expect![[""]]);
    check_file("from backend import app\n\nlimit = int('ten')\n", &expect![[""]]);
}

#[test]
fn forgotten_awaits() {
    check("db.execute('DELETE FROM orders')\nreturn []", &expect![[""]]);
    check("customer = db.fetch_one('SELECT * FROM customers')\nreturn customer.name", &expect![[""]]);
    check("return db.fetch_all('SELECT * FROM orders')", &expect![[""]]);
}

#[test]
fn absent_modules() {
    for (module, expected) in [
        ("requests", expect![[""]]),
        ("sqlalchemy", expect![[""]]),
        ("nothing_like_it", expect![[""]]),
    ] {
        check_file(&format!("import {module}\n"), &expected);
    }
    check_file("from backend import payments\n", &expect![[""]]);
}

#[test]
fn no_handler_for_the_request() {
    check_file("from backend import app\n\n\n@app.get('/order')\nasync def f(request):\n    return []\n", &expect![[""]]);
    check_file("from backend import app\n\n\n@app.post('/orders')\nasync def f(request):\n    return []\n", &expect![[""]]);
}

#[test]
fn refused_statements() {
    check("return await db.fetch_all('SELECT * FROM ordrs')", &expect![[""]]);
    check("return await db.fetch_all('SELECT customer FROM orders')", &expect![[""]]);
    check("return await db.fetch_all('SELEC * FROM orders')", &expect![[""]]);
    check("return await db.fetch_all('SELECT * FROM orders WHERE id = :id', order=1)", &expect![[""]]);
    check("return await db.fetch_all(42)", &expect![[""]]);
    check("await db.execute(\"INSERT INTO customers (id, name) VALUES (1, 'Ada')\")", &expect![[""]]);
}

#[test]
fn answers_that_cannot_be_sent() {
    check("return {1, 2}", &expect![[""]]);
    check("return object()", &expect![[""]]);
}

#[test]
fn what_never_ends() {
    check("while True:\n    pass", &expect![[""]]);
    check("while True:\n    try:\n        while True:\n            pass\n    except BaseException:\n        pass", &expect![[""]]);
    check("def again(n):\n    return again(n + 1)\nreturn again(0)", &expect![[""]]);
    check("import asyncio\nawait asyncio.Event().wait()", &expect![[""]]);
    check("while True:\n    await db.fetch_one('SELECT 1')", &expect![[""]]);
}

#[test]
fn fuel_is_the_same_from_run_to_run() {
    let (machine, lesson) = (Rc::new(Machine::new()), lesson("n-plus-one"));
    let code = server(
        "from backend import app\n\nn = 0\n\n\n@app.get('/orders')\nasync def f(request):\n    global n\n    \
         while True:\n        n += 1\n        if n % 1000000 == 0:\n            print(n)\n",
    );
    let first = run(&machine, &lesson, &code, 1);
    assert_eq!(first, run(&machine, &lesson, &code, 1));
    assert!(first.stopped.is_some());
    // The machine serves the next run as if nothing had happened.
    let next = run(&machine, &lesson, &Default::default(), 1);
    assert_eq!((next.stopped, next.trace.statements().count()), (None, 101));
}

#[test]
fn enormous_output_is_cut_and_its_size_said() {
    check("print('x' * 5000)\nreturn []", &expect![[""]]);
    let body = "for n in range(500):\n    print(n)\nreturn []";
    let lines: Vec<String> = body.lines().map(|line| format!("    {line}\n")).collect();
    let text = format!(
        "from backend import app\n\n\n@app.get('/orders')\nasync def f(request):\n{}",
        lines.concat()
    );
    let finished = run(&Rc::new(Machine::new()), &lesson("n-plus-one"), &server(&text), 1);
    let told = told(&finished);
    let printed: Vec<&str> = told.lines().filter(|line| line.starts_with("printed")).collect();
    assert_eq!(printed.len(), 201);
    expect![[""]].assert_eq(printed[200]);
}

#[test]
fn transactions_left_open() {
    check("await db.transaction().__aenter__()\nawait db.execute('DELETE FROM orders')\nreturn []", &expect![[""]]);
}

#[test]
fn a_process_that_sleeps_blocks_its_other_requests() {
    let code = server(
        "import time\nfrom backend import app\n\n\n@app.get('/orders')\nasync def f(request):\n    time.sleep(1)\n    return []\n",
    );
    let finished = run(&Rc::new(Machine::new()), &lesson("n-plus-one"), &code, 3);
    let report = unhappy_trace::Report::of(&finished.trace);
    // Three requests within a few milliseconds, one process: the third waits for the two before it.
    let seconds: Vec<u64> =
        report.requests.iter().map(|line| line.latency.expect("answered").micros() / 1_000_000).collect();
    assert_eq!(seconds, [1, 1, 2]);
}
