//! The soft memory limit. Alone in its program, because the counter counts the whole program.

use unhappy_python::memory::CountingAllocator;
use unhappy_python::{Ambient, Module, Outcome, Python, Resume, Stopped, Stream};
use unhappy_trace::{SimInstant, Value};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

const SERVER: &str = "
async def bomb():
    pile = []
    try:
        while True:
            pile.append('x' * 100000)
    except BaseException:
        while True:
            pile.append('x' * 100000)
async def small():
    return sum(len('x' * 1000) for _ in range(100))
";

#[test]
fn a_memory_bomb_is_stopped_and_others_go_on() {
    let py = Python::new();
    let learner = [Module { file: "server.py".to_owned(), source: SERVER.to_owned() }];
    let program = py.load(&[], &learner).unwrap_or_else(|mistake| panic!("{mistake:?}"));
    let mut process = py.start_process(&program);
    let ambient = Ambient { now: SimInstant::START, fuel: 10_000_000, memory_bytes: 20_000_000 };
    process.import(&py, "server", Stream { seed: 0 }, ambient);
    let before = unhappy_python::memory::bytes_in_use();
    for _ in 0..3 {
        let task = process.start(&py, "server", "bomb", Vec::new(), Stream { seed: 0 }, 1);
        let stepped = process.resume(&py, task, Resume::Start, ambient);
        let Outcome::Raised(raised) = stepped.outcome else { panic!("{:?}", stepped.outcome) };
        assert_eq!(raised.stopped, Some(Stopped::Memory));
        // 200 strings of 100 kB fit 20 MB; each takes one tick.
        assert!((150..250).contains(&stepped.fuel_used), "{}", stepped.fuel_used);
        let task = process.start(&py, "server", "small", Vec::new(), Stream { seed: 0 }, 1);
        let stepped = process.resume(&py, task, Resume::Start, ambient);
        assert_eq!(stepped.outcome, Outcome::Returned(Value::Int(100_000)));
    }
    let after = unhappy_python::memory::bytes_in_use();
    assert!(after < before + 1_000_000, "the bombs were let go: {before} then {after}");
}
