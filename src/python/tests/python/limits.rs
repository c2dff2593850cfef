//! Fuel, recursion and refusals. Memory: `tests/memory.rs`, because its counter belongs to the whole program.

use crate::harness::{check, server};
use expect_test::expect;
use unhappy_python::{Outcome, Resume, Stopped};

/// Runs `main` on `fuel` twice and returns the outcome and the fuel used, which must be equal.
#[track_caller]
fn run_on(source: &str, fuel: u64) -> (Outcome, u64) {
    let runs: Vec<(Outcome, u64)> = (0..2)
        .map(|_| {
            let mut world = server(source);
            let task = world.start("main", Vec::new(), 0);
            world.fuel = fuel;
            let ambient = world.ambient();
            let stepped = world.process.resume(&world.py, task, Resume::Start, ambient);
            (stepped.outcome, stepped.fuel_used)
        })
        .collect();
    assert_eq!(runs[0], runs[1]);
    runs[0].clone()
}

// 1 for `total = 0`, 1 for the loop, 2 per iteration (body and nothing else: 1), 1 for the return.
#[test]
fn every_statement_takes_one_unit() {
    let (outcome, used) =
        run_on("async def main():\n    x = 0\n    for i in range(5):\n        x += i\n    return x\n", 1000);
    assert_eq!(used, 1 + 1 + 5 + 1);
    assert_eq!(outcome, Outcome::Returned(unhappy_trace::Value::Int(10)));
}

#[test]
fn nothing_keeps_a_stopped_step_alive() {
    let source = "\
def spin():
    n = 0
    while True:
        n += 1
async def main():
    try:
        spin()
    except:
        spin()
    finally:
        while True:
            try:
                spin()
            except BaseException:
                pass
";
    for fuel in [1, 10, 5000] {
        let (outcome, used) = run_on(source, fuel);
        assert_eq!(used, fuel);
        let Outcome::Raised(raised) = outcome else { panic!("{outcome:?}") };
        assert_eq!(raised.class, "BudgetExceeded");
        assert_eq!(raised.stopped, Some(Stopped::Fuel));
    }
}

#[test]
fn exec_and_comprehensions_and_lambdas_take_fuel() {
    for body in [
        "exec('while True: pass')",
        "eval('[0 for x in iter(int, 1)]')",
        "[0 for x in iter(int, 1)]",
        "any((lambda: False)() for x in iter(int, 1))",
        "sorted(iter(int, 1), key=lambda x: x) if False else list(map(lambda x: x, iter(int, 1)))",
    ] {
        let (outcome, used) = run_on(&format!("async def main():\n    {body}\n"), 3000);
        let Outcome::Raised(raised) = outcome else { panic!("{body}: {outcome:?}") };
        assert_eq!((raised.stopped, used), (Some(Stopped::Fuel), 3000), "{body}");
    }
}

// A later step of another task of the process has fuel of its own.
#[test]
fn other_tasks_go_on() {
    let mut world = server("async def spin():\n    while True: pass\nasync def main():\n    return 1\n");
    world.start("spin", Vec::new(), 0);
    world.start("main", Vec::new(), 0);
    let transcript = world.drive();
    assert!(transcript.ends_with("1 returns 1"), "{transcript}");
    assert!(transcript.contains("stopped by Fuel"), "{transcript}");
}

#[test]
fn endless_recursion_ends() {
    let mut world = server("def f(n):\n    return f(n + 1)\nasync def main():\n    f(0)\n");
    world.start("main", Vec::new(), 0);
    let transcript = world.drive();
    assert!(
        transcript.starts_with("0 raises RecursionError: maximum recursion depth exceeded"),
        "{transcript}"
    );
    assert!(transcript.contains("stopped by Recursion"), "{transcript}");
}

#[test]
fn deep_nesting_and_huge_constants_are_refused() {
    for (source, expected) in [
        (
            format!("x = {}1", "-".repeat(300)),
            "more than 200 nested operators, brackets or conditions in one line",
        ),
        (
            format!("x = {}1{}", "(".repeat(300), ")".repeat(300)),
            "more than 200 nested operators, brackets or conditions in one line",
        ),
        (format!("x = {}1", "1 + ".repeat(3000)), "more than 1000 operators in one expression"),
        (format!("x = a{}", ".b()".repeat(3000)), "more than 1000 operators in one expression"),
        (
            format!("x = {}1", "not ".repeat(300)),
            "more than 200 nested operators, brackets or conditions in one line",
        ),
        ("x = 9 ** 9 ** 9".to_owned(), "an exponent above 10000 is refused here"),
        ("x = 1 << 10 ** 9".to_owned(), "a shift by more than 10000 is refused here"),
        ("x = 'a' * 10 ** 10".to_owned(), "repeating a value more than 1000000 times is refused here"),
        ("x = f'{1:>9999999999}'".to_owned(), "a width above 1000000 is refused here"),
        ("x = '%9999999999d' % 1".to_owned(), "a width above 1000000 is refused here"),
    ] {
        let checked = unhappy_python::Python::new().check("server.py", &source);
        let messages: Vec<&str> = checked.diagnostics.iter().map(|found| found.message.as_str()).collect();
        assert_eq!(messages, [expected], "{}", &source[..20.min(source.len())]);
    }
}

// Long but flat code is not nesting.
#[test]
fn long_flat_code_is_allowed() {
    let long_sum = format!("x = {}\n", vec!["1"; 200].join(" - "));
    let many_items = format!("x = [{}]\n", vec!["a.b + -1"; 1500].join(", "));
    let long_list = format!("x = [\n{}]\n", "    -1,\n".repeat(150));
    let long_text = format!("x = '{}'  # {}\n", "(".repeat(500), "[".repeat(500));
    for source in [long_sum, many_items, long_list, long_text] {
        assert_eq!(unhappy_python::Python::new().check("server.py", &source).diagnostics, []);
    }
}

#[test]
fn output_is_cut_and_says_so() {
    let mut world = server("async def main():\n    for i in range(2000):\n        print(i)\n");
    world.start("main", Vec::new(), 0);
    let transcript = world.drive();
    assert_eq!(transcript.lines().filter(|line| line.contains("prints at")).count(), 1000);
    assert!(
        transcript.contains("0 prints: … (2000 lines, 6890 bytes in all; the rest is not shown)"),
        "{transcript}"
    );
}

#[test]
fn time_sleep_blocks_and_is_reported() {
    check(
        "\
import time
async def main():
    before = time.monotonic()
    time.sleep(0.25)
    return time.monotonic() - before
",
        expect![[r#"
            0 slept 250 ms
            0 returns 0.25"#]],
    );
}
