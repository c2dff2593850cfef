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
            EventKind::Printed(said) => {
                Some(format!("printed{}: {}", place(&said.place), trace.text(said.text)))
            }
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
            EventKind::Raised(raised) if raised.frames.is_empty() => {
                Some(format!("raised: {}: {}", trace.text(raised.class), trace.text(raised.message)))
            }
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
    check(
        "orders = await db.fetch_all('SELECT 1'\nreturn orders",
        &expect![[r#"
        stopped: server.py, line 6: '(' was never closed. The server could not start.
        server.py:6:32: '(' was never closed"#]],
    );
    check(
        "for order in []\n    pass",
        &expect![[r#"
        stopped: server.py, line 6: Expected `:`, found newline. The server could not start.
        server.py:6:20: Expected `:`, found newline"#]],
    );
    check_file(
        "def f():\nreturn 1\n",
        &expect![[r#"
        stopped: server.py, line 2: expected an indented block after function definition on line 1. The server could not start.
        server.py:2:1: expected an indented block after function definition on line 1"#]],
    );
}

#[test]
fn runtime_errors() {
    check(
        "orders = await db.fetch_all('SELECT * FROM orders')\nreturn orders[0].price",
        &expect![[r#"
        server.py:7:12: AttributeError: row has no column "price"; it has id, customer_id, placed_at, total_cents
        status 500"#]],
    );
    check(
        "return {}['missing']",
        &expect![[r#"
        server.py:6:12: KeyError: 'missing'
        status 500"#]],
    );
    check(
        "return undefined_name",
        &expect![[r#"
        server.py:6:12: NameError: name 'undefined_name' is not defined
        status 500"#]],
    );
    check_file(
        "from backend import app\n\nlimit = int('ten')\n",
        &expect![[r#"
        stopped: The server could not start: ValueError: invalid literal for int() with base 10: 'ten'.
        server.py:3:9: ValueError: invalid literal for int() with base 10: 'ten'"#]],
    );
}

#[test]
fn forgotten_awaits() {
    check(
        "db.execute('DELETE FROM orders')\nreturn []",
        &expect![[r#"
        noted (server.py:6): `db.execute(…)` on line 6 was created but never awaited: nothing was sent
        status 200"#]],
    );
    check(
        "customer = db.fetch_one('SELECT * FROM customers')\nreturn customer.name",
        &expect![[r#"
        server.py:7:12: TypeError: `db.fetch_one(…)` on line 6 was created but not awaited: put `await` before it to get its result
        hint: put `await` before the call
        noted (server.py:6): `db.fetch_one(…)` on line 6 was created but never awaited: nothing was sent
        status 500"#]],
    );
    check(
        "return db.fetch_all('SELECT * FROM orders')",
        &expect![[r#"
            noted (server.py:6): `db.fetch_all(…)` on line 6 was created but never awaited: nothing was sent
            raised: TypeError: `db.fetch_all(…)` on line 6 was created but not awaited: put `await` before it to get its result
            status 500"#]],
    );
}

#[test]
fn absent_modules() {
    for (module, expected) in [
        (
            "requests",
            expect![[r#"
                stopped: The server could not start: ModuleNotFoundError: No module named 'requests': other services are called with `from backend import http`.
                server.py:1:1: ModuleNotFoundError: No module named 'requests': other services are called with `from backend import http`"#]],
        ),
        (
            "sqlalchemy",
            expect![[r#"
                stopped: The server could not start: ModuleNotFoundError: No module named 'sqlalchemy': the ORM here is `from backend.orm import Model, fields`.
                server.py:1:1: ModuleNotFoundError: No module named 'sqlalchemy': the ORM here is `from backend.orm import Model, fields`"#]],
        ),
        (
            "nothing_like_it",
            expect![[r#"
            stopped: The server could not start: ModuleNotFoundError: No module named 'nothing_like_it': only `backend` and a part of the standard library are here.
            server.py:1:1: ModuleNotFoundError: No module named 'nothing_like_it': only `backend` and a part of the standard library are here"#]],
        ),
    ] {
        check_file(&format!("import {module}\n"), &expected);
    }
    check_file(
        "from backend import session\n",
        &expect![[r#"
            stopped: The server could not start: ImportError: backend has no 'session'; it has app, db, payments, http, queue, cache, mail, log, metrics, Response, HTTPError and the other exceptions; Model, fields, F and Q are in backend.orm.
            server.py:1:1: ImportError: backend has no 'session'; it has app, db, payments, http, queue, cache, mail, log, metrics, Response, HTTPError and the other exceptions; Model, fields, F and Q are in backend.orm"#]],
    );
}

#[test]
fn no_handler_for_the_request() {
    check_file(
        "from backend import app\n\n\n@app.get('/order')\nasync def f(request):\n    return []\n",
        &expect!["status 404"],
    );
    check_file(
        "from backend import app\n\n\n@app.post('/orders')\nasync def f(request):\n    return []\n",
        &expect!["status 405"],
    );
}

#[test]
fn refused_statements() {
    check(
        "return await db.fetch_all('SELECT * FROM ordrs')",
        &expect![[r#"
        server.py:6:12: SyntaxOrAccessError: relation "ordrs" does not exist
        refused (server.py:6): 42P01 relation "ordrs" does not exist at Some(15)
        status 500"#]],
    );
    check(
        "return await db.fetch_all('SELECT customer FROM orders')",
        &expect![[r#"
        server.py:6:12: SyntaxOrAccessError: column "customer" does not exist
        refused (server.py:6): 42703 column "customer" does not exist at Some(8)
        status 500"#]],
    );
    check(
        "return await db.fetch_all('SELEC * FROM orders')",
        &expect![[r#"
        server.py:6:12: SyntaxOrAccessError: syntax error at or near "SELEC"
        refused (server.py:6): 42601 syntax error at or near "SELEC" at Some(1)
        status 500"#]],
    );
    check(
        "return await db.fetch_all('SELECT * FROM orders WHERE id = :id', order=1)",
        &expect![[r#"
        server.py:6:12: SyntaxOrAccessError: there is no parameter :id
        refused (server.py:6): 42P02 there is no parameter :id at Some(33)
        status 500"#]],
    );
    check(
        "return await db.fetch_all(42)",
        &expect![[r#"
        server.py:6:12: TypeError: db.fetch_all: the first argument must be SQL text
        status 500"#]],
    );
    check(
        "await db.execute(\"INSERT INTO customers (id, name) VALUES (1, 'Ada')\")",
        &expect![[r#"
        server.py:6:5: UniqueViolation: duplicate key value violates unique constraint "customers_pkey"
        refused (server.py:6): 23505 duplicate key value violates unique constraint "customers_pkey" at None
        status 500"#]],
    );
}

#[test]
fn names_that_are_not_there() {
    check(
        "return await db.fetch('SELECT * FROM orders')",
        &expect![[r#"
            server.py:6:18: AttributeError: db has no 'fetch'; it has connection, execute, fetch_all, fetch_one, fetch_value, transaction
            status 500"#]],
    );
    check_file(
        "from backend import app\n\n\n@app.route('/orders')\nasync def f(request):\n    pass\n",
        &expect![[r#"
            stopped: The server could not start: AttributeError: app has no 'route'; it has client, delete, every, get, patch, post, put, worker.
            server.py:4:2: AttributeError: app has no 'route'; it has client, delete, every, get, patch, post, put, worker"#]],
    );
}

#[test]
fn answers_that_cannot_be_sent() {
    check(
        "return {1, 2}",
        &expect![[r#"
        raised: TypeError: Object of type set is not JSON serializable
        status 500"#]],
    );
    check(
        "return object()",
        &expect![[r#"
        raised: TypeError: Object of type object is not JSON serializable
        status 500"#]],
    );
}

#[test]
fn what_never_ends() {
    check(
        "while True:\n    pass",
        &expect![[r#"
        stopped: The code of one request ran 5,000,000 statements of Python and was stopped in server.py, line 7. Is there a loop that never ends?
        server.py:7:9: BudgetExceeded: the step budget is used up
        hint: a loop that never ends? Each step may run a limited number of statements"#]],
    );
    check(
        "while True:\n    try:\n        while True:\n            pass\n    except BaseException:\n        pass",
        &expect![[r#"
            stopped: The code of one request ran 5,000,000 statements of Python and was stopped in server.py, line 11. Is there a loop that never ends?
            server.py:11:13: BudgetExceeded: the step budget is used up
            hint: a loop that never ends? Each step may run a limited number of statements"#]],
    );
    check(
        "def again(n):\n    return again(n + 1)\nreturn again(0)",
        &expect![[r#"
            server.py:7:16: RecursionError: maximum recursion depth exceeded
            hint: a function that calls itself without end?
            status 500"#]],
    );
    check(
        "import asyncio\nawait asyncio.Event().wait()",
        &expect![
            "stopped: Request A waits for something that never comes: a lock that nobody releases, or a task that nobody wakes. The run was stopped."
        ],
    );
    check(
        "while True:\n    await db.fetch_one('SELECT 1')",
        &expect!["stopped: One request sent more than 50,000 statements. The run was stopped."],
    );
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
    check(
        "print('x' * 5000)\nreturn []",
        &expect![[r#"
        printed (server.py:6): xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx… (5,000 characters in all)
        status 200"#]],
    );
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
    expect!["printed (server.py:7): (this request printed more than 200 lines; the rest is not kept)"]
        .assert_eq(printed[200]);
}

#[test]
fn transactions_left_open() {
    check(
        "await db.transaction().__aenter__()\nawait db.execute('DELETE FROM orders')\nreturn []",
        &expect![[r#"
            noted (server.py:6): a transaction was left open at the end of the request; it was rolled back
            status 200"#]],
    );
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
