//! Processes, their globals, their tasks' streams, and abandoning.

use crate::harness::{module, raise, server};
use unhappy_python::{Outcome, Resume, Stream};
use unhappy_trace::Value;

#[test]
fn module_globals_belong_to_the_process() {
    let mut world = server(
        "import backend\nhits = 0\nasync def main():\n    global hits\n    hits += 1\n    backend.mark = hits\n    from server import hits as same\n    return [hits, same, backend.mark]\n",
    );
    let ambient = world.ambient();
    let mut other = world.py.start_process(&world.program);
    other.import(&world.py, "server", Stream { seed: 0 }, ambient);
    let mut answers = Vec::new();
    for _ in 0..2 {
        for process in [&mut world.process, &mut other] {
            let task = process.start(&world.py, "server", "main", Vec::new(), Stream { seed: 0 }, 0);
            let stepped = process.resume(&world.py, task, Resume::Start, ambient);
            let Outcome::Returned(value) = stepped.outcome else { panic!("{:?}", stepped.outcome) };
            answers.push(value.to_json());
        }
    }
    assert_eq!(answers, ["[1,1,1]", "[1,1,1]", "[2,2,2]", "[2,2,2]"]);
}

#[test]
fn shared_library_modules_are_put_back() {
    let mut world = server(
        "import json, math\nasync def main():\n    was = json.dumps([math.pi > 3])\n    json.dumps = lambda x: 'broken'\n    math.pi = 1\n    import builtins\n    builtins.len = 3\n    return was\n",
    );
    for _ in 0..2 {
        world.process = world.py.start_process(&world.program);
        let ambient = world.ambient();
        world.process.import(&world.py, "server", Stream { seed: 0 }, ambient);
        world.start("main", Vec::new(), 0);
        assert!(world.drive().ends_with(r#"returns "[true]""#));
    }
}

// A draws once more than before; B's numbers stay. Equal seeds draw equal numbers, children draw others.
#[test]
fn each_task_has_its_own_random_stream() {
    let source = "\
import asyncio, random, uuid, secrets, os
async def child():
    return random.random()
async def main(extra):
    for _ in range(extra):
        random.random(), random.gauss(0, 1)
    await asyncio.sleep(1)
    task = asyncio.create_task(child())
    return [random.random(), random.gauss(0, 1), str(uuid.uuid4()), secrets.token_hex(4), os.urandom(2).hex(),
        random.choice([1, 2, 3]), await task]
";
    let run = |extra: i64| {
        let mut world = server(source);
        world.start("main", vec![Value::Int(extra)], 1);
        world.start("main", vec![Value::Int(0)], 2);
        let transcript = world.drive();
        let of = |task: &str| {
            transcript.lines().find(|line| line.starts_with(&format!("{task} returns"))).unwrap().to_owned()
        };
        (of("0"), of("1"))
    };
    let (first, second) = (run(0), run(1));
    assert_ne!(first.0, second.0);
    assert_eq!(first.1, second.1);
    assert_ne!(first.0, first.1.replace("1 returns", "0 returns"));
    assert_eq!(first, run(0));
}

// CPython 3: random.seed(42); random.random(), random.randint(1, 100), random.Random(7).random()
#[test]
fn seeding_gives_cpython_s_numbers_in_this_process_only() {
    let mut world = server(
        "import random\nrandom.seed(42)\nasync def main():\n    return [random.random(), random.randint(1, 100), random.Random(7).random()]\n",
    );
    let mut other = world.py.start_process(&world.program);
    world.start("main", Vec::new(), 0);
    assert_eq!(world.drive(), "0 returns [0.6394267984578837,4,0.32383276483316237]");
    let ambient = world.ambient();
    let task = other.start(&world.py, "random", "random", Vec::new(), Stream { seed: 5 }, 0);
    let unseeded = other.resume(&world.py, task, Resume::Start, ambient).outcome;
    assert_ne!(unseeded, Outcome::Returned(Value::Float(0.025010755222666936)));
}

#[test]
fn abandoning_runs_nothing_of_the_learner_s() {
    let source = "\
from backend import db
log = []
class Guard:
    def __del__(self):
        log.append('del')
async def helper():
    try:
        async with db.transaction():
            await db.fetch_one('q')
    except BaseException as error:
        log.append('except')
    finally:
        log.append('finally')
async def main():
    guard = Guard()
    await helper()
async def logged():
    return log
";
    let mut world = server(source);
    let ambient = world.ambient();
    let task = world.process.start(&world.py, "server", "main", Vec::new(), Stream { seed: 0 }, 0);
    world.process.resume(&world.py, task, Resume::Start, ambient);
    world.process.resume(&world.py, task, Resume::Value(Value::Null), ambient);
    world.process.abandon(&world.py, task);
    assert_eq!(world.process.stack(&world.py, task), []);
    world.start("logged", Vec::new(), 0);
    assert_eq!(world.drive(), "1 returns []");
    // The same task, cancelled instead, does run its `finally`.
    world.failures.insert("db.fetch_one", raise("asyncio", "CancelledError", &[]));
    world.start("main", Vec::new(), 0);
    world.drive();
    world.start("logged", Vec::new(), 0);
    let transcript = world.drive();
    assert!(transcript.contains(r#"["except","finally""#), "{transcript}");
}

#[test]
fn a_file_may_not_hide_a_library_module() {
    let world = server("x = 1\n");
    let mistake = world.py.load(&[], &[module("json.py", "")]).err().expect("json.py is refused");
    assert_eq!(mistake.message, "a file cannot be called json.py: Python's library has a module json");
}

#[test]
fn a_framework_may_be_a_package() {
    let py = unhappy_python::Python::new();
    let framework = [
        module("backend.py", "from backend.orm import Model\nimport _host\n"),
        module("backend/orm.py", "class Model:\n    name = 'model'\n"),
    ];
    let learner = [module(
        "server.py",
        "from backend.orm import Model\nimport backend\nasync def main():\n    return [Model.name, backend.Model is Model]\n",
    )];
    let program = py.load(&framework, &learner).unwrap_or_else(|mistake| panic!("{mistake:?}"));
    let mut process = py.start_process(&program);
    let ambient = unhappy_python::Ambient {
        now: unhappy_trace::SimInstant::START,
        fuel: 1_000,
        memory_bytes: u64::MAX,
    };
    let task = process.start(&py, "server", "main", Vec::new(), Stream { seed: 0 }, 0);
    let stepped = process.resume(&py, task, Resume::Start, ambient);
    assert_eq!(
        stepped.outcome,
        Outcome::Returned(Value::List(vec![Value::Text("model".into()), Value::Bool(true)]))
    );
}
