//! Runs whose order is chosen: how many schedules there are, which of them break a promise, faults as moves, clients,
//! processes and connections.

use unhappy_lesson::{Check, Holds};
use unhappy_sim::{Finished, World};
use unhappy_tests::small::{BUYER, INSERT, READ_CHECK_WRITE, SHOP, Small, broken, oversold, promise};
use unhappy_trace::event::{EventKind, OperationOutcome, StatementOutcome};
use unhappy_trace::{Choices, Inputs, Report, trace_hash};

fn outcomes(finished: &Finished) -> Vec<String> {
    let trace = &finished.trace;
    let ended = trace.events.iter().filter_map(|event| match &event.kind {
        EventKind::OperationEnded(ended) => Some((event, ended)),
        _ => None,
    });
    ended
        .map(|(event, ended)| {
            let outcome = match &ended.outcome {
                OperationOutcome::Returned { preview } => trace.text(*preview).to_owned(),
                OperationOutcome::Raised { class, .. } => trace.text(*class).to_owned(),
            };
            format!("{} {outcome}", trace.text(event.actor))
        })
        .collect()
}

// Each buyer reads, writes the stock and inserts; one who reads 0 is refused after one step. Both read before either
// writes: A and B first in any order (2), then two steps of each in any order (6): 12 broken ones. Otherwise the
// second reads 0: after the first one's second step or its third, and the same with the other first: 4 more.
#[test]
fn two_buyers_of_one_item_have_sixteen_schedules_and_twelve_are_broken() {
    let small = Small::new(READ_CHECK_WRITE, None, SHOP, vec![oversold()]);
    let all = small.all_schedules(2, &[], u32::MAX).schedules;
    let bad = all.iter().filter(|(_, broken)| *broken == ["never_oversold"]).count();
    assert_eq!((all.len(), bad), (16, 12));
}

#[test]
fn a_schedule_replays_to_the_same_trace() {
    let small = Small::new(READ_CHECK_WRITE, None, SHOP, vec![oversold()]);
    let first = small.by(2, "A B ...", &[], &[]);
    assert_eq!(first.schedule.to_string(), "A B*3 A*2 ...");
    let again = small.by(2, "A B*3 A*2", &[], &[]);
    assert_eq!(trace_hash(&first.trace), trace_hash(&again.trace));
    assert_eq!(broken(&again.trace), ["never_oversold"]);
    let random = |seed: u64| {
        let inputs = Inputs { seed, ..small.inputs(2, Choices::Random, &[], &[]) };
        small.start(&inputs).finish()
    };
    for seed in 0..20 {
        let made = random(seed);
        let again = small.by(2, &made.schedule.to_string(), &[], &[]);
        assert_eq!(again.stopped, None, "{}", made.schedule);
        assert_eq!(broken(&made.trace), broken(&again.trace));
    }
}

#[test]
fn a_schedule_that_does_not_fit_says_from_which_move() {
    let small = Small::new(READ_CHECK_WRITE, None, SHOP, vec![]);
    assert_eq!(
        small.by(2, "A*3 B A", &[], &[]).stopped.as_deref(),
        Some(
            "Move 5 of the schedule is A, but it is not possible there. Possible: nothing. The schedule belongs to other \
             code, or to other settings."
        )
    );
}

// B waits for A's row lock: A's commit lets it go on, and its continuation is a move of its own.
#[test]
fn a_wait_is_one_step_and_two_moves() {
    let server = READ_CHECK_WRITE
        .replace("stock = await", "async with db.transaction():\n        stock = await")
        .replace("WHERE id = 1\")\n    if", "WHERE id = 1 FOR UPDATE\")\n        if")
        .replace("        raise", "            raise")
        .replace("    await db.execute", "        await db.execute");
    let small = Small::new(&server, None, SHOP, vec![oversold()]);
    let finished = small.by(2, "A*2 B*2 ...", &[], &[]);
    // A: begin, select; B: begin, select (waits); A: update, insert, commit; B: goes on, rolls back.
    assert_eq!(finished.schedule.to_string(), "A*2 B*2 A*3 B*2 ...");
    assert_eq!(broken(&finished.trace), [""; 0]);
    let statuses: Vec<u16> =
        finished.answers.iter().map(|answer| answer.as_ref().map_or(0, |it| it.0)).collect();
    assert_eq!(statuses, [200, 409]);
    for seed in 0..30 {
        let finished = small.start(&Inputs { seed, ..small.inputs(2, Choices::Random, &[], &[]) }).finish();
        assert_eq!(broken(&finished.trace), [""; 0], "{}", finished.schedule);
    }
}

#[test]
fn a_lost_response_is_sent_again_and_done_twice() {
    let small = Small::new(INSERT, Some(BUYER), SHOP, vec![oversold()]);
    let finished = small.by(1, "...", &["A.response!lost"], &[]);
    assert_eq!(finished.schedule.to_string(), "A.response!lost A timer A2 ...");
    assert_eq!(broken(&finished.trace), ["never_oversold"]);
    assert_eq!(outcomes(&finished), ["A.client {\"status\":200}"]);
    let again = small.by(1, "A.response!lost A timer A2", &[], &[]);
    assert_eq!(trace_hash(&again.trace), trace_hash(&finished.trace));
    // In time the client waits two seconds.
    let mut inputs = small.inputs(1, Choices::Timed, &["A.response!lost"], &[]);
    inputs.requests = 1;
    let timed = small.start(&inputs).finish();
    let took = Report::of(&timed.trace).operations[0].took.expect("it ended").micros();
    assert!((2_000_000..2_100_000).contains(&took), "{took}");
}

#[test]
fn requests_are_lost_doubled_and_processes_crash() {
    let small = Small::new(INSERT, Some(BUYER), SHOP, vec![oversold()]);
    for (fault, schedule, orders) in [
        ("A.request!lost", "A.request!lost timer A2 ...", 1),
        ("A.request!twice", "A.request!twice A A.twice ...", 2),
        ("process.1!crash", "A process.1!crash ...", 1),
    ] {
        let finished = match fault {
            "process.1!crash" => small.by(1, "process.1!crash ...", &[], &[("processes", 2)]),
            _ => small.by(1, "...", &[fault], &[]),
        };
        let report = Report::of(&finished.trace);
        assert_eq!(report.statements, orders, "{fault}");
        assert_eq!(report.faults, [fault]);
        if fault != "process.1!crash" {
            assert_eq!(finished.schedule.to_string(), schedule);
        }
    }
    // The process ends after the insert took effect and before the answer left: impossible, they are one step. With
    // a second statement there is a place between.
    let two = INSERT.replace("    return", "    await db.fetch_value(\"SELECT 1\")\n    return");
    let small = Small::new(&two, Some(BUYER), SHOP, vec![oversold()]);
    let finished = small.by(1, "A process.1!crash ...", &[], &[("processes", 2)]);
    assert_eq!(broken(&finished.trace), ["never_oversold"], "{}", finished.schedule);
    assert_eq!(outcomes(&finished), ["A.client {\"status\":200}"]);
}

#[test]
fn a_fault_that_never_comes_is_told() {
    let small = Small::new(INSERT, None, SHOP, vec![]);
    let finished = small.by(1, "...", &["Q.response!lost"], &[]);
    let notes: Vec<&str> = finished
        .trace
        .events
        .iter()
        .filter_map(|event| match &event.kind {
            EventKind::Noted(said) => Some(finished.trace.text(said.text)),
            _ => None,
        })
        .collect();
    assert_eq!(notes, ["the fault Q.response!lost never happened: nothing of that name came by in this run"]);
}

// Two processes: each has a counter of its own, so both requests see 1.
#[test]
fn module_globals_belong_to_one_process() {
    let server = "
from backend import app
seen = 0

@app.post('/orders')
async def f(request):
    global seen
    seen += 1
    return seen
";
    let small = Small::new(server, None, SHOP, vec![]);
    let seen = |processes: i64| {
        let finished = small.by(2, "...", &[], &[("processes", processes)]);
        finished.answers.into_iter().flatten().map(|(_, body)| body.to_json()).collect::<Vec<_>>()
    };
    assert_eq!(seen(1), ["1", "2"]);
    assert_eq!(seen(2), ["1", "1"]);
}

// One connection: the second request waits for it, and gives up after the pool's time.
#[test]
fn a_pool_has_a_line_and_a_time() {
    let server = "
import asyncio
from backend import app, db, PoolTimeout

@app.post('/orders')
async def f(request):
    try:
        async with db.transaction():
            await db.execute('INSERT INTO orders (item_id) VALUES (1)')
            await asyncio.sleep(1)
    except PoolTimeout as problem:
        return str(problem)
    return 'done'
";
    let small = Small::new(server, None, SHOP, vec![]);
    let answers = |settings: &[(&str, i64)]| {
        let finished = small.timed(2, settings);
        let report = Report::of(&finished.trace);
        let answers: Vec<String> =
            finished.answers.into_iter().flatten().map(|(_, body)| body.to_json()).collect();
        (report.pool_waits, answers)
    };
    let done = "\"done\"".to_owned();
    assert_eq!(answers(&[]), (0, vec![done.clone(), done.clone()]));
    assert_eq!(answers(&[("pool_size", 1)]), (1, vec![done.clone(), done.clone()]));
    let late =
        "\"no connection came free within 100 ms: all 1 connections of the pool are in use\"".to_owned();
    assert_eq!(answers(&[("pool_size", 1), ("pool_timeout_ms", 100)]), (1, vec![done, late]));
}

#[test]
fn a_transaction_inside_another_one_is_a_savepoint() {
    let server = "
from backend import app, db

@app.post('/orders')
async def f(request):
    async with db.transaction():
        await db.execute('INSERT INTO orders (item_id) VALUES (1)')
        try:
            async with db.transaction():
                await db.execute('INSERT INTO orders (item_id) VALUES (2)')
                raise ValueError
        except ValueError:
            pass
    return await db.fetch_value('SELECT count(*) FROM orders')
";
    let small = Small::new(server, None, SHOP, vec![]);
    let finished = small.by(1, "...", &[], &[]);
    assert_eq!(finished.answers[0], Some((200, unhappy_trace::Value::Int(1))));
}

// A commit that took effect, and whose answer never came: the handler cannot know.
#[test]
fn a_lost_commit_took_effect() {
    let server = "
from backend import app, db, ConnectionLost

@app.post('/orders')
async def f(request):
    try:
        async with db.transaction():
            await db.execute('INSERT INTO orders (item_id) VALUES (1)')
    except ConnectionLost:
        return await db.fetch_value('SELECT count(*) FROM orders')
    return 'committed'
";
    let small = Small::new(server, None, SHOP, vec![]);
    let finished = small.by(1, "...", &["A.commit!lost"], &[]);
    assert_eq!(finished.answers[0], Some((200, unhappy_trace::Value::Int(1))));
    assert_eq!(finished.schedule.to_string(), "A*2 A.commit!lost A*2 ...");
}

#[test]
fn a_job_runs_until_nothing_changes() {
    let server = "
from backend import app, db

@app.post('/orders')
async def f(request):
    await db.execute('UPDATE items SET stock = 3')
    return 1

@app.every(10)
async def tidy():
    await db.execute('UPDATE items SET stock = stock - 1 WHERE stock > 1')
";
    let small = Small::new(server, None, SHOP, vec![]);
    let finished = small.by(1, "...", &[], &[]);
    let runs = finished
        .trace
        .statements()
        .filter(|(event, _)| finished.trace.text(event.actor).starts_with("every.tidy."));
    let changed: Vec<u64> = runs
        .map(|(_, statement)| match statement.outcome {
            StatementOutcome::Answered { changed, .. } => changed,
            StatementOutcome::Refused { .. } => 99,
        })
        .collect();
    assert_eq!(changed, [1, 1, 0], "{}", finished.schedule);
}

/// What ends a run whose client, handler or plan never ends: always a sentence.
#[track_caller]
fn check_stopped(finished: &Finished, expected: &str) {
    assert_eq!(finished.stopped.as_deref(), Some(expected));
}

#[test]
fn a_client_that_floods_is_stopped() {
    let client = "
from backend import app, http

@app.client
async def buy(user):
    while True:
        await http.post('/orders', json={})
";
    let small = Small::new(INSERT, Some(client), SHOP, vec![]);
    let sentence = "One client sent more than 100 requests in one operation. The run was stopped. Is there a retry loop \
                    without an end?";
    check_stopped(&small.timed(1, &[]), sentence);
    check_stopped(&small.by(2, "...", &[], &[]), sentence);
}

#[test]
fn a_handler_that_retries_for_ever_is_stopped() {
    let server = "
import asyncio
from backend import app, db

@app.post('/orders')
async def f(request):
    while True:
        try:
            await db.execute('INSERT INTO nowhere VALUES (1)')
            return 1
        except Exception:
            await asyncio.sleep(0.1)
";
    let small = Small::new(server, None, SHOP, vec![]);
    check_stopped(
        &small.by(1, "...", &[], &[]),
        "The run made 20,000 moves and did not come to rest. It was stopped.",
    );
    check_stopped(&small.timed(1, &[]), "One request sent more than 50,000 statements. The run was stopped.");
}

#[test]
fn a_transaction_that_is_never_closed_is_released_and_told_with_its_line() {
    let server = "
from backend import app, db

@app.post('/orders')
async def f(request):
    transaction = db.transaction()
    await transaction.__aenter__()
    await db.execute('UPDATE items SET stock = stock - 1 WHERE id = 1')
    return await db.fetch_value('SELECT stock FROM items WHERE id = 1')
";
    let small = Small::new(server, None, SHOP, vec![]);
    let finished = small.timed(2, &[("pool_size", 1)]);
    let told: Vec<(u32, &str)> = finished
        .trace
        .events
        .iter()
        .filter_map(|event| match &event.kind {
            EventKind::Noted(said) => {
                Some((said.place.map_or(0, |place| place.line), finished.trace.text(said.text)))
            }
            _ => None,
        })
        .collect();
    let sentence = "a transaction was left open at the end of the request; it was rolled back";
    assert_eq!(told, [(7, sentence), (7, sentence)]);
    let bodies: Vec<String> =
        finished.answers.into_iter().flatten().map(|(_, body)| body.to_json()).collect();
    assert_eq!(bodies, ["0", "0"]);
}

#[test]
fn settings_out_of_range_are_refused() {
    let small = Small::new(INSERT, None, SHOP, vec![]);
    let inputs = small.inputs(1, Choices::Timed, &[], &[("processes", 99)]);
    let refused =
        World::build(&small.machine, &small.lesson, &inputs).err().map(|refusal| refusal.to_string());
    assert_eq!(refused.as_deref(), Some("The setting processes is 99, but it must lie between 1 and 16."));
}

// Closed traffic: two clients take turns; each thinks between two operations, so never more than two are at work.
#[test]
fn closed_traffic_has_a_fixed_number_of_clients() {
    let slow = INSERT.replace("    return", "    import asyncio\n    await asyncio.sleep(0.2)\n    return");
    let small = Small::new(&slow, Some(BUYER), SHOP, vec![]);
    let finished = small.timed(10, &[("users", 2), ("think_ms", 50)]);
    let (mut at_work, mut most) = (0_i32, 0);
    for event in &finished.trace.events {
        at_work += match event.kind {
            EventKind::OperationBegan(_) => 1,
            EventKind::OperationEnded(_) => -1,
            _ => 0,
        };
        most = most.max(at_work);
    }
    assert_eq!((Report::of(&finished.trace).operations.len(), most), (10, 2));
}

// Of 1,000 responses 300 are lost: which, follows from the seed alone.
#[test]
fn drawn_faults_follow_from_the_seed() {
    let small = Small::new(INSERT, Some(BUYER), SHOP, vec![]);
    let lost = |seed: u64| {
        let settings = [("lost_responses_per_mille", 300)];
        let inputs = Inputs { seed, ..small.inputs(50, Choices::Timed, &[], &settings) };
        Report::of(&small.start(&inputs).finish().trace).faults
    };
    let first = lost(1);
    assert_eq!(first, lost(1));
    assert_ne!(first, lost(2));
    assert!((5..=40).contains(&first.len()), "{first:?}");
    assert!(first.iter().all(|fault| fault.ends_with(".response!lost")), "{first:?}");
}

const SHOP_WITH_CHARGES: &str =
    "CREATE TABLE payments (id serial PRIMARY KEY, card text NOT NULL, cents int NOT NULL);";

// The provider answers, but the answer is lost: the handler cannot know, and the books say that it was charged.
#[test]
fn a_lost_answer_of_the_provider_leaves_a_charge() {
    let server = "
from backend import app, db, payments, Timeout

@app.post('/orders')
async def f(request):
    try:
        await payments.charge(amount=500, card='tok_ada')
    except Timeout:
        return 'unknown'
    await db.execute(\"INSERT INTO payments (card, cents) VALUES ('tok_ada', 500)\")
    return 'paid'
";
    let sql = "SELECT card, sum(cents) FROM payments GROUP BY card".to_owned();
    let kept = promise("charges_kept", Holds::AtRest, Check::Charges { sql, at_most: false });
    let small = Small::new(server, None, SHOP_WITH_CHARGES, vec![kept]);
    let finished = small.by(1, "...", &[], &[]);
    assert_eq!(broken(&finished.trace), [""; 0]);
    let finished = small.by(1, "...", &["A.charge.response!lost"], &[]);
    let report = Report::of(&finished.trace);
    assert_eq!((report.charges, report.charged_cents), (1, 500));
    let evidence: Vec<String> = report.broken.into_iter().map(|broken| broken.evidence).collect();
    assert_eq!(evidence, ["card tok_ada was charged 5.00, should be 0.00"]);
}

// A message that is not acknowledged comes again; one that is acknowledged does not.
#[test]
fn a_queue_delivers_until_it_is_acknowledged() {
    let server = "
from backend import app, db, queue

@app.post('/orders')
async def f(request):
    return await queue.publish('mails', {'to': 'ada'})

@app.worker('mails', visibility_timeout=5)
async def send(message):
    await db.execute('INSERT INTO orders (item_id) VALUES (:n)', n=message.receive_count)
    if message.receive_count == 2:
        await message.ack()
";
    let small = Small::new(server, None, SHOP, vec![]);
    for finished in [small.timed(1, &[]), small.by(1, "...", &[], &[])] {
        let report = Report::of(&finished.trace);
        assert_eq!((report.deliveries, report.statements), ((2, 1), 2), "{}", finished.schedule);
    }
}

// The second waits for the first one's row; with a time limit it gets 55P03 instead.
#[test]
fn a_lock_timeout_of_the_server_ends_a_wait() {
    let server = "
import asyncio
from backend import app, db, LockNotAvailable

@app.post('/orders')
async def f(request):
    try:
        async with db.transaction():
            await db.execute('UPDATE items SET stock = stock - 1 WHERE id = 1')
            await asyncio.sleep(1)
    except LockNotAvailable as problem:
        return problem.sqlstate
    return 'done'
";
    let small = Small::new(server, None, SHOP, vec![]);
    let answers = |settings: &[(&str, i64)]| {
        let finished = small.timed(2, settings);
        finished.answers.into_iter().flatten().map(|(_, body)| body.to_json()).collect::<Vec<_>>()
    };
    assert_eq!(answers(&[]), ["\"done\"", "\"done\""]);
    assert_eq!(answers(&[("lock_timeout_ms", 100)]), ["\"done\"", "\"55P03\""]);
    assert_eq!(answers(&[("lock_timeout_ms", 100), ("pool_size", 5)]), ["\"done\"", "\"55P03\""]);
}
