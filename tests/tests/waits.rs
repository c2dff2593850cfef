//! Handlers whose statements wait for each other: who goes on when, and what the trace says of it.

use std::rc::Rc;
use unhappy_sim::{Finished, Machine};
use unhappy_tests::{lesson, run, server};
use unhappy_trace::event::{EventKind, StatementOutcome, TransactionWhat};
use unhappy_trace::first_difference;

/// Runs a handler with this body for some requests at once.
fn ran(body: &str, requests: u32) -> Finished {
    let lines: Vec<String> = body.lines().map(|line| format!("    {line}\n")).collect();
    let text = format!(
        "import asyncio\nfrom backend import app, db\n\n\n@app.get('/orders')\nasync def f(request):\n{}",
        lines.concat()
    );
    run(&Rc::new(Machine::new()), &lesson("n-plus-one"), &server(&text), requests)
}

/// Returns what happened to statements, one a line, without times.
fn statements(finished: &Finished) -> Vec<String> {
    let trace = &finished.trace;
    let line = |event: &unhappy_trace::event::Event| {
        let actor = trace.text(event.actor);
        Some(match &event.kind {
            EventKind::Statement(statement) => {
                let verb = trace.text(statement.sql).split(' ').next().unwrap_or("");
                match &statement.outcome {
                    StatementOutcome::Answered { rows, changed, .. } => {
                        format!("{actor} {verb} {}", rows + changed)
                    }
                    StatementOutcome::Refused { sqlstate, .. } => {
                        format!("{actor} {verb} {}", trace.text(*sqlstate))
                    }
                }
            }
            EventKind::StatementWaits(waits) => {
                let verb = trace.text(waits.sql).split(' ').next().unwrap_or("");
                let on: Vec<&str> = waits.on.iter().map(|actor| trace.text(*actor)).collect();
                format!("{actor} {verb} waits for {}", on.join(", "))
            }
            EventKind::Transaction(step) => format!("{actor} {}", word(step.what)),
            EventKind::Noted(said) => format!("{actor}: {}", trace.text(said.text)),
            _ => return None,
        })
    };
    trace.events.iter().filter_map(line).collect()
}

fn word(what: TransactionWhat) -> &'static str {
    match what {
        TransactionWhat::Begin { .. } => "db.begin",
        TransactionWhat::Commit => "db.commit",
        TransactionWhat::Rollback => "db.rollback",
        TransactionWhat::Savepoint => "savepoint",
        TransactionWhat::Release => "release",
        TransactionWhat::RollbackTo => "rollback to",
    }
}

// A keeps its transaction open for a second, so B and C, which arrive meanwhile, wait for it. B goes on when A
// commits, C when B does. Whether C waits for B as well from the start is the database's business.
#[test]
fn a_statement_waits_until_the_transaction_before_it_has_ended() {
    let finished = ran(
        "async with db.transaction():
    await db.execute('UPDATE customers SET name = :name WHERE id = 1', name=request.id)
    await asyncio.sleep(1)
return await db.fetch_value('SELECT name FROM customers WHERE id = 1')",
        3,
    );
    let cut = |line: String| match line.split_once(" for ") {
        Some((waits, _)) if waits.starts_with('C') => waits.to_owned(),
        _ => line,
    };
    assert_eq!(
        statements(&finished).into_iter().map(cut).collect::<Vec<_>>(),
        [
            "A db.begin",
            "A UPDATE 1",
            "B db.begin",
            "B UPDATE waits for A",
            "C db.begin",
            "C UPDATE waits",
            "A db.commit",
            "B UPDATE 1",
            "A SELECT 1",
            "B db.commit",
            "C UPDATE 1",
            "B SELECT 1",
            "C db.commit",
            "C SELECT 1",
        ]
    );
    assert!(finished.answers.iter().flatten().all(|(status, _)| *status == 200));
    assert_eq!(finished.stopped, None);
}

// A's handler fails inside its transaction: the rollback lets B go on. Nothing of a wait is left to the end.
#[test]
fn a_transaction_that_fails_lets_the_next_one_go_on() {
    let finished = ran(
        "async with db.transaction():
    await db.execute('UPDATE customers SET name = :name WHERE id = 1', name=request.id)
    await asyncio.sleep(1)
    if request.id == 'A':
        raise ValueError('no')
return 'done'",
        2,
    );
    assert_eq!(
        statements(&finished),
        [
            "A db.begin",
            "A UPDATE 1",
            "B db.begin",
            "B UPDATE waits for A",
            "A db.rollback",
            "B UPDATE 1",
            "B db.commit"
        ]
    );
}

// B's inner task is cancelled while its UPDATE waits. Its ROLLBACK is sent on the same connection, so it follows
// the UPDATE, which A's commit lets go on. Nothing of B's stays.
#[test]
fn a_cancelled_wait_is_followed_by_what_its_session_sent_meanwhile() {
    let finished = ran(
        "async def write():
    async with db.transaction():
        await db.execute('UPDATE customers SET name = :name WHERE id = 1', name=request.id)
        await asyncio.sleep(1)
task = asyncio.create_task(write())
await asyncio.sleep(0.2)
if request.id == 'B':
    task.cancel()
try:
    await task
except asyncio.CancelledError:
    pass
return await db.fetch_value('SELECT name FROM customers WHERE id = 1')",
        2,
    );
    assert_eq!(
        statements(&finished),
        [
            "A/1 db.begin",
            "A/1 UPDATE 1",
            "B/1 db.begin",
            "B/1 UPDATE waits for A/1",
            "A/1 db.commit",
            "B/1 UPDATE 1",
            "B/1 db.rollback",
            "B SELECT 1",
            "A SELECT 1",
        ]
    );
    let bodies: Vec<_> = finished.answers.iter().flatten().map(|(_, body)| body.to_json()).collect();
    assert_eq!(bodies, ["\"A\"", "\"A\""]);
}

// A has row 1 and wants row 2, B the other way round. Nobody else can end that: after a second, A's deadlock
// check finds the circle, A's transaction is aborted, and B goes on.
#[test]
fn a_deadlock_ends_by_itself() {
    let finished = ran(
        "first, second = (1, 2) if request.id == 'A' else (2, 1)
async with db.transaction():
    for id in (first, second):
        await db.execute('UPDATE customers SET name = :name WHERE id = :id', name=request.id, id=id)
        await asyncio.sleep(0.5)
return 'done'",
        2,
    );
    assert_eq!(
        statements(&finished),
        [
            "A db.begin",
            "A UPDATE 1",
            "B db.begin",
            "B UPDATE 1",
            "A UPDATE waits for B",
            "B UPDATE waits for A",
            "A UPDATE 40P01",
            "B UPDATE 1",
            "A db.rollback",
            "B db.commit",
        ]
    );
    let statuses: Vec<u16> = finished.answers.iter().flatten().map(|(status, _)| *status).collect();
    assert_eq!((statuses, finished.stopped), (vec![500, 200], None));
}

#[test]
fn a_lock_timeout_ends_a_wait_and_a_sleep_takes_its_time() {
    let finished = ran(
        "if request.id == 'B':
    await db.execute(\"SET lock_timeout = '300ms'\")
async with db.transaction():
    await db.execute('UPDATE customers SET name = :name WHERE id = 1', name=request.id)
    await db.fetch_value('SELECT pg_sleep(1)')
return 'done'",
        2,
    );
    assert_eq!(
        statements(&finished),
        [
            "A db.begin",
            "A UPDATE 1",
            "A SELECT 1",
            "B SET 0",
            "B db.begin",
            "B UPDATE waits for A",
            "B UPDATE 55P03",
            "B db.rollback",
            "A db.commit",
        ]
    );
    let trace = &finished.trace;
    let took = |verb: &str| {
        let mut statements = trace.statements().map(|(_, statement)| statement);
        let found = statements.find(|statement| trace.text(statement.sql).starts_with(verb));
        found.map_or(0, |statement| statement.took.micros() / 1_000)
    };
    assert_eq!((took("SELECT pg_sleep"), took("SET")), (1000, 0));
}

#[test]
fn a_run_with_waits_repeats() {
    let body = "async with db.transaction():
    await db.execute('UPDATE customers SET name = :name WHERE id = 1', name=request.id)
    await asyncio.sleep(0.2)
return 'done'";
    let (left, right) = (ran(body, 20), ran(body, 20));
    assert_eq!(first_difference(&left.trace, &right.trace), None);
    assert!(statements(&left).iter().any(|line| line.contains("waits for")));
}
