//! Explorations of real worlds, held against every schedule tried one by one; module state; worlds without an end; what
//! a verdict makes of it.

use std::collections::BTreeMap;
use std::rc::Rc;
use unhappy_explore::{Options, Part, Search};
use unhappy_judge::{Change, Judge};
use unhappy_lesson::{Bound, Check, Holds, Lesson, Promise};
use unhappy_sim::{Machine, Run, World};
use unhappy_tests::lesson;
use unhappy_tests::small::{BUYER, READ_CHECK_WRITE, SHOP, Small, broken, oversold, promise};
use unhappy_trace::{Choices, Cost, Explored, FaultKind, Schedule, Stopped, Verdict};

/// No fault, and so many timers while somebody could move.
fn bound(timers: u32) -> Bound {
    Bound { operations: 2, processes: 1, faults: vec![], faults_in_all: 0, timers }
}

fn limited(states: u64) -> Options {
    Options { states, ..Options::default() }
}

/// At rest at most one order.
fn one_order() -> Promise {
    let sql = "SELECT count(*) FROM orders HAVING count(*) > 1".to_owned();
    promise("one_order", Holds::AtRest, Check::NoRow { sql })
}

fn shop(server: &str, client: Option<&str>) -> Small {
    Small::new(server, client, SHOP, vec![oversold(), one_order()])
}

/// Explores two requests, and tries every schedule one by one: the same number of schedules, the same promises broken in
/// as many of them at the same least cost, and each smallest one replays. Returns what was found, and the moves of all
/// schedules together.
#[track_caller]
fn check(small: &Small, settings: &[(&str, i64)], timers: u32) -> (Explored, usize) {
    let (found, _) = small.explore(2, settings, &bound(timers), Options::default());
    let tried = small.all_schedules(2, settings, timers);
    let all = &tried.schedules;
    assert!(found.is_complete(), "{:?}", found.stopped);
    assert_eq!((found.schedules.count, found.schedules.is_least), (all.len() as u128, false));
    let broken_in = |key: &str| all.iter().filter(|(_, broken)| broken.iter().any(|it| it == key)).count();
    for key in small.promises() {
        let counted = found.broken.iter().find(|it| it.promise == key).map_or(0, |it| it.schedules.count);
        assert_eq!(counted, broken_in(&key) as u128, "{key}");
    }
    let bad = all.iter().filter(|(_, broken)| !broken.is_empty()).count();
    assert_eq!(found.broken_schedules.count, bad as u128);
    let costs: BTreeMap<String, Cost> =
        found.broken.iter().map(|found| (found.promise.clone(), found.cost)).collect();
    assert_eq!(costs, tried.smallest);
    check_replays(small, settings, &found);
    (found, all.iter().map(|(made, _)| made.moves.len()).sum())
}

/// Each smallest schedule breaks its promise in a plain run, and one move before its end it has not.
#[track_caller]
fn check_replays(small: &Small, settings: &[(&str, i64)], found: &Explored) {
    for found in &found.broken {
        let text = found.smallest.to_string();
        let moves = text.trim_end_matches(" ...");
        let finished = small.by(2, moves, &[], settings);
        assert_eq!(finished.stopped, None, "{moves}");
        assert!(broken(&finished.trace).contains(&found.promise), "{moves}: {:?}", broken(&finished.trace));
        let mut shorter: Schedule = moves.parse().expect("it reads");
        shorter.moves.pop();
        let before = small.by(2, &shorter.to_string(), &[], settings);
        assert!(!broken(&before.trace).contains(&found.promise), "{shorter}");
    }
}

// The schedules: as in schedules.rs, 16 and 12 of them broken.
#[test]
fn two_buyers_of_one_item() {
    let small = Small::new(READ_CHECK_WRITE, None, SHOP, vec![oversold()]);
    let (found, _) = check(&small, &[], 0);
    assert_eq!((found.schedules.count, found.broken_schedules.count, found.states), (16, 12, 20));
    let smallest = &found.broken[0];
    assert_eq!(smallest.smallest.to_string(), "A B*3 A*2 ...");
    assert_eq!((smallest.cost.preemptions, smallest.cost.faults, smallest.cost.steps), (1, 0, 6));
    let (again, _) = small.explore(2, &[], &bound(0), Options::default());
    assert_eq!(again, found);
}

#[test]
fn parts_of_a_world_make_one_report() {
    let small = shop(READ_CHECK_WRITE, Some(BUYER));
    let bound = bound(1);
    let (whole, _) = small.explore(2, &[], &bound, Options::default());
    for (count, depth) in [(1, 0), (2, 2), (3, 3), (5, 1)] {
        let part = |number| {
            let mut worlds = small.worlds(2, &[], &bound);
            let mut search = Search::new(Options::default());
            search.take_part(&mut worlds, number, count, depth);
            while !search.advance(&mut worlds, 11).is_done {}
            let part = Part::new("two buyers".into(), number, count, search.into_graph(None));
            Part::from_bytes(&part.to_bytes()).expect("it was written as one")
        };
        let merged = Part::merge((1..=count).map(part).collect()).expect("each part is there");
        assert_eq!(merged.report(&small.promises()), whole, "{count} parts from depth {depth}");
    }
}

/// A handler with these lines, and with these before it.
fn handler(module: &str, lines: &str) -> String {
    let lines: String = lines.lines().map(|line| format!("    {line}\n")).collect();
    format!(
        "import asyncio, time, random\nfrom collections import defaultdict\n\
         from backend import app, db, HTTPError, SerializationFailure, DeadlockDetected\n{module}\n\
         @app.post('/orders')\nasync def create_order(request):\n{lines}"
    )
}

const READ: &str = "stock = await db.fetch_value('SELECT stock FROM items WHERE id = 1')\n";
const ORDER: &str = "await db.execute('INSERT INTO orders (item_id) VALUES (1)')\n";

#[test]
fn statements_of_their_own_are_explored_as_they_run() {
    check(&shop(&handler("", &format!("{READ}if stock:\n    {ORDER}return stock")), None), &[], 0);
}

#[test]
fn a_transaction_with_a_lock_is_explored_as_it_runs() {
    let lines = "async with db.transaction():\n    stock = await db.fetch_value('SELECT stock FROM items WHERE id = 1 \
                 FOR UPDATE')\n    if stock:\n        await db.execute('UPDATE items SET stock = stock - 1 WHERE id = \
                 1')\n        await db.execute('INSERT INTO orders (item_id) VALUES (1)')\nreturn stock";
    let (found, _) = check(&shop(&handler("", lines), None), &[], 0);
    assert!(found.is_safe());
}

#[test]
fn an_abort_is_explored_as_it_runs() {
    let lines = "async with db.transaction():\n    await db.execute('INSERT INTO orders (item_id) VALUES (1)')\n    if \
                 await db.fetch_value('SELECT count(*) FROM orders') > 1:\n        raise HTTPError(409, 'sold out')";
    check(&shop(&handler("", lines), None), &[], 0);
}

#[test]
fn tasks_side_by_side_are_explored_as_they_run() {
    let lines = "read = db.fetch_value('SELECT stock FROM items')\nwrite = db.execute('INSERT INTO orders (item_id) \
                 VALUES (1)')\nstock, _ = await asyncio.gather(read, write)\nreturn stock";
    check(&shop(&handler("", lines), None), &[], 0);
}

#[test]
fn a_handler_that_reads_the_clock_is_explored_as_it_runs() {
    let lines = format!(
        "before = time.time()\nawait asyncio.sleep(0.5)\n{READ}if time.time() - before < 0.9:\n    {ORDER}"
    );
    check(&shop(&handler("", &lines), None), &[], 1);
    check(&shop(&handler("", &lines), None), &[], 0);
}

#[test]
fn a_handler_that_draws_is_explored_as_it_runs() {
    let lines = format!("if random.random() < 0.9:\n    {ORDER}return random.randrange(10)");
    check(&shop(&handler("", &lines), None), &[], 0);
}

#[test]
fn a_deadlock_is_explored_as_it_runs() {
    let lines = "async with db.transaction():\n    if request.id == 'A':\n        await db.execute('UPDATE items SET \
                 stock = 5 WHERE id = 1')\n        await db.execute('UPDATE items SET stock = 5 WHERE id = 2')\n    \
                 else:\n        await db.execute('UPDATE items SET stock = 6 WHERE id = 2')\n        await \
                 db.execute('UPDATE items SET stock = 6 WHERE id = 1')";
    let schema = format!("{SHOP}\nINSERT INTO items VALUES (2, 1);");
    let small = Small::new(&handler("", lines), None, &schema, vec![one_order()]);
    let (found, _) = check(&small, &[], 0);
    assert!(found.outcomes.len() > 1, "{:?}", found.outcomes);
}

#[test]
fn a_serialization_failure_is_explored_as_it_runs() {
    let lines = "for attempt in range(2):\n    try:\n        async with db.transaction(isolation='serializable'):\n            \
                 stock = await db.fetch_value('SELECT stock FROM items WHERE id = 1')\n            if stock:\n                \
                 await db.execute('UPDATE items SET stock = :n WHERE id = 1', n=stock - 1)\n        return stock\n    \
                 except SerializationFailure:\n        pass";
    check(&shop(&handler("", lines), None), &[], 0);
}

#[test]
fn a_client_that_tries_again_is_explored_as_it_runs() {
    let client = "
from backend import app, http

@app.client
async def buy(user):
    for attempt in range(2):
        answer = await http.post('/orders', json={}, timeout=2)
        if answer.status == 200:
            return attempt
    return 'none'
";
    let lines = format!(
        "{READ}if stock < 1:\n    raise HTTPError(409, 'sold out')\nawait db.execute('UPDATE items SET stock = 0')"
    );
    check(&shop(&handler("", &lines), Some(client)), &[], 0);
    check(&shop(&handler("", "return 1"), Some(client)), &[], 1);
}

#[test]
fn two_processes_and_one_connection_are_explored_as_they_run() {
    let server = READ_CHECK_WRITE;
    check(&shop(server, None), &[("processes", 2)], 0);
    check(&shop(server, None), &[("pool_size", 1)], 0);
}

/// Code that keeps something in its module is explored to the end, its states merge, and no whole history was needed.
#[track_caller]
fn check_merges(module: &str, lines: &str) {
    let small = shop(&handler(module, lines), None);
    let (found, moves) = check(&small, &[], 0);
    assert_eq!(found.whole_history, None);
    assert!(found.states < moves as u64, "{} states, {moves} moves", found.states);
}

#[test]
fn module_state_with_a_value_merges() {
    let counter = format!("global seen\nseen += 1\n{READ}seen += 1\nif seen < 4:\n    {ORDER}return seen");
    check_merges("seen = 0", &counter);
    let cache = format!(
        "if 1 not in cache:\n    cache[1] = await db.fetch_value('SELECT stock FROM items WHERE id = 1')\n\
                         if cache[1]:\n    cache[1] -= 1\n    {ORDER}"
    );
    check_merges("cache = {}", &cache);
    let guarded = "    if await db.fetch_value('SELECT stock FROM items WHERE id = 1'):\n        await \
                   db.execute('UPDATE items SET stock = 0')\n        await db.execute('INSERT INTO orders (item_id) \
                   VALUES (1)')";
    check_merges("lock = asyncio.Lock()", &format!("async with lock:\n{guarded}"));
    check_merges("locks = defaultdict(asyncio.Lock)", &format!("async with locks[1]:\n{guarded}"));
}

/// Where a value does not say enough, counts are right all the same, and the reason is told.
#[track_caller]
fn check_whole(module: &str, lines: &str, reason: &str) {
    let (found, _) = check(&shop(&handler(module, lines), None), &[], 0);
    let Some(said) = found.whole_history else { panic!("{reason}: no reason, {found:?}") };
    assert!(said.contains(reason), "{said}");
}

#[test]
fn module_state_without_a_value_is_still_right() {
    let numbers = "def count():\n    number = 0\n    while True:\n        number += 1\n        yield number\nnumbers = count()";
    check_whole(
        numbers,
        &format!("{READ}if next(numbers) == 1 or stock > 1:\n    {ORDER}return next(numbers)"),
        "generator",
    );
    let mine = format!(
        "mine = waiting\nmine.append(1)\n{READ}mine.append(2)\nif len(mine) < 5:\n    {ORDER}return len(mine)"
    );
    check_whole("waiting = []", &mine, "works on a part of the module's state while it waits");
}

/// Ends with a bound that is named; nothing is called safe.
#[track_caller]
fn check_bounded(small: &Small, requests: u32, states: u64) {
    let (found, _) = small.explore(requests, &[], &bound(1), limited(states));
    assert_eq!(found.stopped, [Stopped::States(states)]);
    assert!(!found.is_safe() && found.schedules.is_least, "{found:?}");
}

#[test]
fn worlds_without_an_end_stop_at_a_bound() {
    let retry = "global seen\nwhile True:\n    seen += 1\n    await asyncio.sleep(0.1)";
    check_bounded(&shop(&handler("seen = 0", retry), None), 2, 300);
    let mails = "
from backend import app, queue

@app.post('/orders')
async def create_order(request):
    await queue.publish('mails', {})

@app.worker('mails')
async def send(message):
    await queue.publish('mails', {})
    await message.ack()
";
    check_bounded(&shop(mails, None), 1, 300);
}

#[test]
fn a_handler_with_thousands_of_steps_ends() {
    let lines =
        "for n in range(3000):\n    await db.fetch_value('SELECT stock FROM items WHERE id = 1')\nreturn n";
    let (found, _) = shop(&handler("", lines), None).explore(1, &[], &bound(0), Options::default());
    assert!(found.is_safe(), "{:?}", found.stopped);
    assert_eq!(found.schedules.to_string(), "1");
    assert!(found.states > 3000);
}

#[test]
fn a_limit_of_the_simulator_is_said() {
    let lines = format!("{READ}while True:\n    pass");
    let small = shop(&handler("", &lines), None);
    let (found, _) = small.explore(1, &[], &bound(0), Options::default());
    let live = small.by(1, "...", &[], &[]).stopped.expect("a limit");
    assert_eq!(found.stopped, [Stopped::Limit(live)]);
    assert!(!found.is_safe() && found.schedules.is_least);
}

/// The lesson with a bound that is explored soon in the tests' profile: two operations, two kinds of faults at most.
fn smaller(lesson: &Lesson) -> Rc<Lesson> {
    let mut lesson = lesson.clone();
    let bound = lesson.bound.as_mut().expect("its schedules are explored");
    bound.operations = bound.operations.min(2);
    bound.timers = bound.timers.min(2);
    bound.faults.retain(|kind| matches!(kind, FaultKind::ResponseLost | FaultKind::ChargeResponseLost));
    Rc::new(lesson)
}

#[test]
fn the_oversell_lesson_with_two_buyers() {
    let lesson = smaller(&lesson("oversell"));
    let machine = Rc::new(Machine::new());
    let verdict = judge(&machine, &lesson, &BTreeMap::new());
    let explored = verdict.explored.expect("it was explored");
    assert_eq!((explored.schedules.count, explored.broken_schedules.count, explored.states), (16, 12, 21));
    assert_eq!(explored.broken[0].smallest.to_string(), "A B*3 A*2 ...");
}

fn judge(machine: &Rc<Machine>, lesson: &Rc<Lesson>, files: &BTreeMap<String, String>) -> Verdict {
    Judge::new(machine, lesson).judge(&Change::of_files(files)).expect("the world can be built")
}

/// The lesson's first fix is safe in all schedules; the broken code's findings carry the smallest schedules, and each run
/// breaks its promise again.
#[track_caller]
fn check_lesson(slug: &str) {
    let lesson = smaller(&lesson(slug));
    let machine = Rc::new(Machine::new());
    let fixed = judge(&machine, &lesson, &lesson.fixes[0].files);
    let explored = fixed.explored.expect("it was explored");
    assert!(fixed.accepted && explored.is_complete() && explored.is_safe(), "{slug}: {}", fixed.sentence);
    assert!(fixed.sentence.contains("Safe in all "), "{slug}: {}", fixed.sentence);
    let verdict = judge(&machine, &lesson, &BTreeMap::new());
    let explored = verdict.explored.expect("it was explored");
    assert!(!verdict.accepted && !explored.broken.is_empty(), "{slug}: {}", verdict.sentence);
    for found in &explored.broken {
        assert!(found.smallest.moves.len() < 15, "{slug}: {}", found.smallest);
        let sentence = sentence_of(&lesson, &found.promise);
        let finding = verdict.findings.iter().find(|finding| finding.text.starts_with(&sentence));
        let finding =
            finding.unwrap_or_else(|| panic!("{slug}: nothing on {sentence}: {:?}", verdict.findings));
        assert_eq!(finding.run.choices, Choices::Chosen(found.smallest.clone()), "{slug}: {}", finding.text);
        let world = World::build(&machine, &lesson, &finding.run).expect("the world can be built");
        let finished = Run::start(&machine, &lesson, world).finish();
        assert!(broken(&finished.trace).contains(&found.promise), "{slug}: {}", found.smallest);
        assert_eq!(finished.stopped, None, "{slug}");
    }
}

fn sentence_of(lesson: &Lesson, key: &str) -> String {
    let promise = lesson.promises.iter().find(|promise| promise.key == key).expect("a promise of the lesson");
    promise.sentence.trim_end_matches('.').to_owned()
}

#[test]
fn verdicts_on_oversell_carry_the_proof() {
    check_lesson("oversell");
}

#[test]
fn verdicts_on_write_skew_carry_the_proof() {
    check_lesson("write-skew");
}

#[test]
fn verdicts_on_deadlock_carry_the_proof() {
    check_lesson("deadlock");
}

#[test]
fn verdicts_on_pool_deadlock_carry_the_proof() {
    check_lesson("pool-deadlock");
}

#[test]
fn verdicts_on_double_charge_carry_the_proof() {
    check_lesson("double-charge");
}

#[test]
fn verdicts_on_partial_failure_carry_the_proof() {
    check_lesson("partial-failure");
}
