//! Sites of calls and prints, and line counts.

use crate::harness::{World, check, module, server};
use expect_test::expect;

/// Runs `main` and shows each line with its count.
#[track_caller]
fn check_counts(source: &str, tasks: usize, expected: expect_test::Expect) {
    let mut world = server(source);
    for _ in 0..tasks {
        world.start("main", Vec::new(), 0);
    }
    world.drive();
    let lines: Vec<String> = source
        .lines()
        .zip(1..)
        .map(|(text, line)| format!("{} {text}", world.counts.get(&line).copied().unwrap_or(0)))
        .collect();
    expected.assert_eq(&lines.join("\n"));
}

// The header shows three iterations, not four events; the comprehension counts on its element's line.
#[test]
fn a_loop_header_counts_its_iterations() {
    check_counts(
        "\
async def main():
    total = 0
    for i in range(3):
        total += i
    while total > 0:
        total -= 1
    for nothing in ():
        total = 9
    squares = [
        i * i
        for i in range(4)
        if i
    ]
    return total, squares",
        1,
        expect![[r#"
              0 async def main():
              1     total = 0
              3     for i in range(3):
              3         total += i
              3     while total > 0:
              3         total -= 1
              0     for nothing in ():
              0         total = 9
              1     squares = [
              4         i * i
              0         for i in range(4)
              0         if i
              0     ]
              1     return total, squares"#]],
    );
}

// Two statements on one line show the larger count, not the sum: 1 assignment and 5 comprehension steps.
#[test]
fn a_line_shows_the_largest_of_its_counts() {
    check_counts(
        "\
async def main():
    a = 1; b = 2
    c = [i for i in range(5)]
    for i in range(2): a += 1
    return a + b",
        1,
        expect![[r#"
              0 async def main():
              1     a = 1; b = 2
              5     c = [i for i in range(5)]
              2     for i in range(2): a += 1
              1     return a + b"#]],
    );
}

#[test]
fn overlapping_tasks_and_nested_functions_add_up() {
    check_counts(
        "\
from backend import db
def double(x):
    return x * 2
async def helper(x):
    row = await db.fetch_one('q')
    return double(x) + row.stock
async def main():
    total = 0
    for x in range(2):
        total += await helper(x)
    try:
        raise KeyError
    except KeyError:
        total += 1
    finally:
        total += 1
    return total",
        2,
        expect![[r#"
              0 from backend import db
              0 def double(x):
              4     return x * 2
              0 async def helper(x):
              4     row = await db.fetch_one('q')
              4     return double(x) + row.stock
              0 async def main():
              2     total = 0
              4     for x in range(2):
              4         total += await helper(x)
              2     try:
              2         raise KeyError
              0     except KeyError:
              2         total += 1
              0     finally:
              2         total += 1
              2     return total"#]],
    );
}

// The place is that of the call, even where it is awaited later; frames of the framework are skipped.
#[test]
fn calls_stand_where_they_were_made() {
    check(
        "\
from backend import db, query
import asyncio
async def main():
    later = db.fetch_one('later')
    await later
    rows = [await db.fetch_one('each', n=n) for n in range(2)]
    é = [n for n in range(2)] and await db.fetch_one('after')
    async with db.transaction():
        await query('in the framework')
    call = lambda: db.fetch_one('lambda')
    await call()
",
        expect![[r#"
            0 calls db.fetch_one["later"] at 4:13
            0 calls db.fetch_one["each"]{"n":0} at 6:19 in a comprehension
            0 calls db.fetch_one["each"]{"n":1} at 6:19 in a comprehension
            0 calls db.fetch_one["after"] at 7:41
            0 calls db.begin[] at 8:16
            0 calls db.fetch_one["in the framework"] at 9:15
            0 calls db.commit[] at 8:16
            0 calls db.fetch_one["lambda"] at 10:20
            0 returns null"#]],
    );
}

#[test]
fn printed_lines_know_their_line() {
    check(
        "\
def show(text):
    print('shown', text, sep='\\n')
async def main():
    print('a', 1, end='')
    print()
    show('deep')
    print('no newline', end='')
",
        expect![[r#"
            0 prints at 5:5: a 1
            0 prints at 2:5: shown
            0 prints at 2:5: deep
            0 prints: no newline
            0 returns null"#]],
    );
}

#[test]
fn files_import_each_other() {
    let mut world = World::new(&[
        module("server.py", "import prices\nasync def main():\n    return prices.of('tea')\n"),
        module("prices.py", "PRICES = {'tea': 3}\ndef of(name):\n    return PRICES[name]\n"),
    ]);
    world.start("main", Vec::new(), 0);
    assert_eq!(world.drive(), "0 returns 3");
}

#[test]
fn a_suspended_task_shows_its_stack() {
    let mut world = server(
        "\
from backend import db, query
class Cart:
    def __repr__(self):
        while True: pass
async def load(sku):
    cart = Cart()
    row = await query(sku)
    return row
async def main():
    skus = ['tea', 'milk']
    return await load(skus[0])
",
    );
    let task = world.start("main", Vec::new(), 0);
    let ambient = world.ambient();
    world.process.resume(&world.py, task, unhappy_python::Resume::Start, ambient);
    let frames: Vec<String> = world
        .process
        .stack(&world.py, task)
        .iter()
        .map(|frame| format!("{}:{} {} {:?}", frame.file, frame.line, frame.function, frame.locals))
        .collect();
    expect![[r#"
        server.py:11 main [("skus", "['tea', 'milk']")]
        server.py:7 load [("sku", "'tea'"), ("cart", "<Cart object>")]"#]]
    .assert_eq(&frames.join("\n"));
    // Asking for the stack changed nothing.
    let row = unhappy_trace::Value::Int(7);
    let stepped = world.process.resume(&world.py, task, unhappy_python::Resume::Value(row), ambient);
    assert_eq!(stepped.outcome, unhappy_python::Outcome::Returned(unhappy_trace::Value::Int(7)));
}
