//! The value of a process's module state: equal for equal values, different for different ones, and whose it is.

use crate::harness::{World, module, server};
use unhappy_python::{Ambient, Globals, Outcome, Process, Resume, Stream, TaskId};
use unhappy_trace::{SimInstant, Value};

/// A process beside others of the same world.
struct Beside<'a> {
    world: &'a World,
    process: Process,
    tasks: u64,
}

const AMBIENT: Ambient = Ambient { now: SimInstant::START, fuel: 100_000, memory_bytes: u64::MAX };

impl<'a> Beside<'a> {
    fn new(world: &'a World) -> Beside<'a> {
        let mut process = world.py.start_process(&world.program);
        let stepped = process.import(&world.py, "server", Stream { seed: 0 }, AMBIENT);
        assert!(matches!(stepped.outcome, Outcome::Returned(_)), "{:?}", stepped.outcome);
        Beside { world, process, tasks: 0 }
    }

    /// Starts `function` and runs it to its first call.
    fn begin(&mut self, function: &str, args: &[i64], tag: u64) -> (TaskId, Outcome) {
        let args = args.iter().map(|number| Value::Int(*number)).collect();
        let (py, stream) = (&self.world.py, Stream { seed: tag });
        let task = self.process.start(py, "server", function, args, stream, tag);
        (task, self.process.resume(py, task, Resume::Start, AMBIENT).outcome)
    }

    /// Runs `function` from beginning to end.
    fn run(&mut self, function: &str, args: &[i64]) {
        self.tasks += 1;
        let (_, outcome) = self.begin(function, args, self.tasks);
        assert!(matches!(outcome, Outcome::Returned(_)), "{outcome:?}");
    }

    #[track_caller]
    fn value(&self) -> String {
        match self.process.globals(&self.world.py) {
            Globals::Value(digest) => digest.to_string(),
            Globals::NoValue { reason } => panic!("{reason}"),
        }
    }

    fn reason(&self) -> String {
        match self.process.globals(&self.world.py) {
            Globals::Value(digest) => format!("has the value {digest}"),
            Globals::NoValue { reason } => reason,
        }
    }

    fn is_entangled(&self) -> bool {
        self.process.entangled(&self.world.py)
    }
}

/// `one` and `other` are calls by name and argument, each made in a process of its own.
#[track_caller]
fn compare(source: &str, one: &[(&str, i64)], other: &[(&str, i64)]) -> bool {
    let world = server(source);
    let value = |calls: &[(&str, i64)]| {
        let mut process = Beside::new(&world);
        calls.iter().for_each(|(function, argument)| process.run(function, &[*argument]));
        process.value()
    };
    value(one) == value(other)
}

#[track_caller]
fn check_same(source: &str, one: &[(&str, i64)], other: &[(&str, i64)]) {
    assert!(compare(source, one, other), "{one:?} and {other:?} differ in\n{source}");
}

#[track_caller]
fn check_differ(source: &str, one: &[(&str, i64)], other: &[(&str, i64)]) {
    assert!(!compare(source, one, other), "{one:?} and {other:?} are the same in\n{source}");
}

// Each source has a function `f` that leaves a mark of its argument, and `g`, which takes it back.
#[test]
fn what_a_handler_changes_shows_and_what_it_puts_back_does_not() {
    let sources = [
        "n = 0\nasync def f(x):\n    global n\n    n = x\nasync def g(x):\n    global n\n    n = 0\n",
        "n = 0\nasync def f(x):\n    global n\n    n = x * 10 ** 30\nasync def g(x):\n    global n\n    n = 10 ** 40 - 10 ** 40\n",
        "d = {}\nasync def f(x):\n    d['k'] = float(x)\nasync def g(x):\n    del d['k']\n",
        "l = [{'a': 1}, {'a': 0}]\nasync def f(x):\n    l[1]['a'] = x\nasync def g(x):\n    l[1] = {'a': 0}\n",
        "class C:\n    n = 0\nasync def f(x):\n    C.n = x\nasync def g(x):\n    C.n = 0\n",
        "class C:\n    def __init__(self):\n        self.n = 0\nc = C()\nasync def f(x):\n    c.n = x\nasync def g(x):\n    globals()['c'] = C()\n",
        "class C:\n    __slots__ = ('n', 'm')\nc = C()\nasync def f(x):\n    c.n = x\nasync def g(x):\n    del c.n\n",
        "async def f(x):\n    f.calls = x\nasync def g(x):\n    del f.calls\n",
        "def make():\n    n = 0\n    async def f(x):\n        nonlocal n\n        n = x\n    return f\nf = make()\nasync def g(x):\n    await f(0)\n",
        "async def f(x, seen=[]):\n    seen.append(x)\nasync def g(x):\n    f.__defaults__[0].clear()\n",
        "import functools\n@functools.lru_cache\ndef h(x):\n    return [x]\nasync def f(x):\n    h(x)\nasync def g(x):\n    h.cache_clear()\n",
        "import functools\n@functools.cache\ndef h(x):\n    return x\nasync def f(x):\n    h(x)\nasync def g(x):\n    h.cache_clear()\n",
        "import functools\n@functools.cache\ndef h(x):\n    return x\nh(1)\nasync def f(x):\n    h(1), h.cache_info()\nasync def g(x):\n    h.cache_clear(), h(1)\n",
        "import functools\ndef h(l, y):\n    l.append(y)\nh = functools.partial(h, [])\nasync def f(x):\n    h(x)\nasync def g(x):\n    h.args[0].pop()\n",
        "from collections import *\nd = deque(maxlen=3)\nasync def f(x):\n    d.append([x])\nasync def g(x):\n    d.pop()\n",
        "from collections import *\nd = defaultdict(list)\nasync def f(x):\n    d['a'].append(x)\nasync def g(x):\n    d.clear()\n",
        "from collections import *\nd = defaultdict(list)\nasync def f(x):\n    d.default_factory = [dict, set][x - 1]\nasync def g(x):\n    d.default_factory = list\n",
        "from collections import *\nd = OrderedDict(a=1, b=2)\nasync def f(x):\n    d.move_to_end('a')\nasync def g(x):\n    d.move_to_end('b')\n",
        "from collections import *\nd = Counter()\nasync def f(x):\n    d['a'] += x\nasync def g(x):\n    del d['a']\n",
        "class D(dict):\n    pass\nd = D(a=1)\nasync def f(x):\n    d.extra = x\nasync def g(x):\n    del d.extra\n",
        "s = {1}\nasync def f(x):\n    s.add((x, 2))\nasync def g(x):\n    s.discard((x, 2))\n",
        "b = bytearray(b'abc')\nasync def f(x):\n    b[0] = x\nasync def g(x):\n    b[0] = ord('a')\n",
        "import dataclasses\n@dataclasses.dataclass\nclass P:\n    n: int = 0\n    l: list = dataclasses.field(default_factory=list)\np = P()\nasync def f(x):\n    p.l.append(x)\nasync def g(x):\n    p.l.clear()\n",
        "import enum\nclass E(enum.Enum):\n    A = 1\n    B = 2\ne = E.A\nasync def f(x):\n    global e\n    e = E.B\nasync def g(x):\n    global e\n    e = E(1)\n",
        "import decimal, datetime\nd = [decimal.Decimal('1.0'), datetime.datetime(2026, 1, 1)]\nasync def f(x):\n    d[1] += datetime.timedelta(days=x)\nasync def g(x):\n    d[1] = datetime.datetime(2026, 1, 1)\n",
        "import decimal\nd = decimal.Decimal('1.0')\nasync def f(x):\n    global d\n    d += x\nasync def g(x):\n    global d\n    d = decimal.Decimal('1.0')\n",
        "import asyncio\nl = asyncio.Lock()\nasync def f(x):\n    await l.acquire()\nasync def g(x):\n    l.release()\n",
        "import asyncio, collections\nl = collections.defaultdict(asyncio.Lock)\nasync def f(x):\n    l[x]\nasync def g(x):\n    l.clear()\n",
        "import asyncio\nq = asyncio.Queue()\nasync def f(x):\n    q.put_nowait(x)\nasync def g(x):\n    q.get_nowait(), q.task_done()\n",
        "import random\nr = random.Random(3)\nbefore = r.getstate()\nasync def f(x):\n    r.random()\nasync def g(x):\n    r.setstate(before)\n",
        "import random\nasync def f(x):\n    random.seed(x)\nasync def g(x):\n    random.seed()\n",
        "e = None\nasync def f(x):\n    global e\n    try:\n        raise ValueError(x)\n    except ValueError as error:\n        e = error\nasync def g(x):\n    global e\n    e = None\n",
        "import backend\nasync def f(x):\n    backend.mark = x\nasync def g(x):\n    del backend.mark\n",
        "import re, itertools, types, typing, weakref\np = re.compile('a')\nn = types.SimpleNamespace(a=1)\nT = typing.TypeVar('T')\nO = typing.Optional[list[int]]\nclass C: pass\nc = C()\nw = weakref.ref(c)\nv = weakref.WeakValueDictionary(a=c)\nasync def f(x):\n    n.a = x + 1\nasync def g(x):\n    n.a = 1\n",
    ];
    let wrong: Vec<&str> = sources
        .into_iter()
        .filter(|source| {
            !compare(source, &[], &[("f", 1), ("g", 1)])
                || !compare(source, &[("f", 2)], &[("f", 1), ("g", 1), ("f", 2)])
                || compare(source, &[], &[("f", 1)])
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_same_object_and_an_equal_one_are_told_apart() {
    let source = "a = []\nb = []\nasync def alias(x):\n    global b\n    b = a\nasync def both(x):\n    a.append(a), b.append(b)\nasync def cross(x):\n    a.append(b), b.append(a)\n";
    check_differ(source, &[], &[("alias", 0)]);
    check_differ(source, &[("both", 0)], &[("cross", 0)]);
    check_same(source, &[("cross", 0)], &[("cross", 0)]);
}

#[test]
fn the_order_of_a_dict_counts() {
    let source = "d = {}\nasync def f(x):\n    d[x] = 0\n";
    check_differ(source, &[("f", 1), ("f", 2)], &[("f", 2), ("f", 1)]);
}

#[test]
fn two_lambdas_of_one_line_differ() {
    let source = "h = None\nasync def f(x):\n    global h\n    h = (lambda: 1) if x else (lambda: 2)\nasync def e(x):\n    global h\n    h = eval(f'lambda: {x}')\n";
    check_differ(source, &[("f", 0)], &[("f", 1)]);
    check_differ(source, &[("e", 0)], &[("e", 1)]);
    check_same(source, &[("e", 1)], &[("e", 0), ("e", 1)]);
}

// A use of a cache that nothing asks about leaves no mark.
#[test]
fn a_cache_used_again_has_the_same_value() {
    let source = "import functools\n@functools.cache\ndef h(x):\n    return x\nasync def f(x):\n    h(x)\n";
    check_same(source, &[("f", 1)], &[("f", 1), ("f", 1)]);
}

#[test]
fn a_value_does_not_change_what_a_process_does() {
    let source = "class C:\n    def __eq__(self, other): raise SystemError\n    def __hash__(self): raise SystemError\n    def __repr__(self): raise SystemError\n    def __getattribute__(self, name): raise SystemError\n    def __iter__(self): raise SystemError\n    __class__ = property(lambda self: 1 / 0)\n    p = property(lambda self: 1 / 0)\nclass D(dict):\n    def items(self): raise SystemError\n    def __iter__(self): raise SystemError\n    def __len__(self): raise SystemError\nc, d = C(), D(a=1)\nasync def f(x):\n    pass\n";
    let world = server(source);
    let mut process = Beside::new(&world);
    let before = process.value();
    let task = process.process.start(&world.py, "server", "f", vec![Value::Int(1)], Stream { seed: 0 }, 1);
    let stepped = process.process.resume(&world.py, task, Resume::Start, AMBIENT);
    assert_eq!((stepped.fuel_used, stepped.counts.len()), (1, 1));
    assert_eq!(process.value(), before);
}

const LOCKED: &str = "\
import asyncio
lock = asyncio.Lock()
async def hold(x):
    async with lock:
        await asyncio.sleep(1)
";

// Tasks 1, 2 and 3 by tag: the second and the third wait for the lock, in this order or the other.
#[test]
fn waiters_count_by_who_they_are_and_in_their_order() {
    let world = server(LOCKED);
    let waiting = |start: &[u64], begin: [u64; 3]| {
        let mut process = Beside::new(&world);
        let planned: Vec<_> = start
            .iter()
            .map(|tag| {
                let args = vec![Value::Int(0)];
                let task = process.process.start(&world.py, "server", "hold", args, Stream { seed: 0 }, *tag);
                (*tag, task)
            })
            .collect();
        for tag in begin {
            let (_, task) = planned.iter().find(|(known, _)| *known == tag).unwrap();
            process.process.resume(&world.py, *task, Resume::Start, AMBIENT);
        }
        process.value()
    };
    let expected = waiting(&[1, 2, 3], [1, 2, 3]);
    assert_eq!(waiting(&[3, 2, 1], [1, 2, 3]), expected);
    assert_eq!(waiting(&[4, 2, 3, 1], [1, 2, 3]), expected);
    assert_ne!(waiting(&[1, 2, 3], [1, 3, 2]), expected);
    assert_eq!(waiting(&[1, 2, 3], [2, 1, 3]), waiting(&[3, 1, 2], [2, 1, 3]));
}

#[test]
fn what_has_no_value_is_named_by_its_place() {
    let cases = [
        ("POOL = [(n for n in [1])]\n", "server.POOL[0] is a generator"),
        ("D = {'a': {1: iter([1])}}\n", "server.D['a'][1] is a list_iterator"),
        ("class C: pass\nc = C()\nc.it = map(str, [])\n", "server.c.it is a map"),
        ("import asyncio\nasync def g(): pass\nx = g()\n", "server.x is a coroutine"),
        ("import asyncio\nx = asyncio.sleep(1)\n", "server.x is a call that was not awaited"),
        ("import json\njson.extra = 1\n", "json.extra was changed by the code"),
        ("import json\njson.dumps = None\n", "json.dumps was changed by the code"),
        ("x = list(range(9_000_00))\n", "has the value"),
        ("x = [[] for _ in range(200_000)]\n", "server holds more than can be compared"),
    ];
    for (source, expected) in cases {
        let world = World::new(&[module("server.py", source)]);
        let mut process = world.py.start_process(&world.program);
        let ambient = Ambient { fuel: 10_000_000, ..AMBIENT };
        process.import(&world.py, "server", Stream { seed: 0 }, ambient);
        let reason = Beside { world: &world, process, tasks: 0 }.reason();
        assert!(reason.starts_with(expected), "{source} {reason}");
    }
}

#[test]
fn a_task_that_holds_what_the_globals_hold_is_entangled() {
    let cases = [
        ("async def f(x):\n    mine = [x]\n    await asyncio.sleep(1)\n", false),
        ("L = []\nasync def f(x):\n    await asyncio.sleep(len(L))\n", false),
        ("L = []\nasync def f(x):\n    mine = L\n    await asyncio.sleep(1)\n", true),
        ("L = [1, 2]\nasync def f(x):\n    for n in L:\n        await asyncio.sleep(1)\n", true),
        ("L = [[1], 2]\nasync def f(x):\n    mine = (1, [L[0]])\n    await asyncio.sleep(1)\n", true),
        ("L = ((1,), 'a', 2.5)\nasync def f(x):\n    mine, b = L[0], L\n    await asyncio.sleep(1)\n", false),
        (
            "L = {}\nasync def f(x):\n    mine = lambda: x\n    g = lambda: L\n    await asyncio.sleep(1)\n",
            false,
        ),
        (
            "L = {}\nasync def f(x):\n    mine = L\n    g = lambda: mine\n    del x\n    await h(g)\nasync def h(g):\n    await asyncio.sleep(1)\n",
            true,
        ),
        (
            "lock = asyncio.Lock()\nasync def f(x):\n    async with lock:\n        await asyncio.sleep(1)\n",
            false,
        ),
        (
            "locks = collections.defaultdict(asyncio.Lock)\nasync def f(x):\n    async with locks[x]:\n        await asyncio.sleep(1)\n",
            false,
        ),
        (
            "locks = collections.defaultdict(asyncio.Lock)\nasync def f(x):\n    mine = locks\n    await asyncio.sleep(1)\n",
            true,
        ),
        (
            "class C:\n    async def go(self):\n        await asyncio.sleep(1)\nc = C()\nasync def f(x):\n    await c.go()\n",
            true,
        ),
        (
            "class C:\n    @classmethod\n    async def go(self):\n        await asyncio.sleep(1)\nasync def f(x):\n    await C.go()\n",
            false,
        ),
    ];
    for (source, expected) in cases {
        let world = server(&format!("import asyncio, collections\n{source}"));
        let mut process = Beside::new(&world);
        assert!(!process.is_entangled());
        let (task, outcome) = process.begin("f", &[1], 1);
        assert!(matches!(outcome, Outcome::Suspended(_)), "{source} {outcome:?}");
        assert_eq!(process.is_entangled(), expected, "{source}");
        process.process.abandon(&world.py, task);
        assert!(!process.is_entangled());
    }
}

#[test]
fn a_step_says_whether_it_read_the_clock() {
    let cases = [
        ("", false),
        ("time.time()", true),
        ("time.monotonic_ns()", true),
        ("time.perf_counter()", true),
        ("time.strftime('%Y')", true),
        ("datetime.datetime.now()", true),
        ("datetime.date.today()", true),
        ("uuid.uuid1()", true),
        ("random.random()", false),
        ("time.sleep(1)", false),
    ];
    for (line, expected) in cases {
        let source = format!("import time, datetime, uuid, random\nasync def f():\n    {line}\n{line}\n");
        let world = server(&source.replace("    \n", "    pass\n"));
        let mut process = world.py.start_process(&world.program);
        let imported = process.import(&world.py, "server", Stream { seed: 0 }, AMBIENT);
        let task = process.start(&world.py, "server", "f", Vec::new(), Stream { seed: 0 }, 1);
        let stepped = process.resume(&world.py, task, Resume::Start, AMBIENT);
        assert_eq!((imported.read_clock, stepped.read_clock), (expected, expected), "{line}");
    }
}
