//! The standard library that learners use, on the virtual clock and without addresses.

use crate::harness::check;
use expect_test::expect;

#[test]
fn the_usual_imports_work() {
    check(
        "\
import base64, bisect, collections, contextlib, copy, dataclasses, datetime, decimal, enum, fractions, functools
import hashlib, hmac, heapq, itertools, logging, math, operator, os, re, secrets, statistics, string, struct
import textwrap, threading, time, traceback, types, typing, uuid, warnings, weakref
from dataclasses import dataclass, field
from typing import Optional
@dataclass(order=True)
class Item:
    sku: str
    tags: list = field(default_factory=list)
    price: Optional[int] = None
class Status(enum.Enum):
    NEW = 'new'
@functools.lru_cache
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)
async def main():
    print(Item('tea'), Item('a') < Item('b'), dataclasses.asdict(Item('x', [1])))
    print(re.sub(r'(\\w+)@(\\w+)', r'\\2 at \\1', 'me@home'), Status('new'), Status.NEW.value, fib(30))
    print(decimal.Decimal('1.10') + 1, fractions.Fraction(1, 3) + 1, statistics.mean([1, 2, 4]), math.sqrt(2))
    print(hashlib.sha256(b'x').hexdigest()[:8], hashlib.md5(b'').hexdigest()[:8], base64.b64encode(b'hello'))
    print(hmac.new(b'k', b'm', 'sha256').hexdigest()[:8], struct.pack('>IH', 1, 2), base64.b64decode('aGk='))
    print(collections.Counter('aab'), collections.OrderedDict(a=1), heapq.nsmallest(2, [3, 1, 2]), 2 ** 0.5)
    print(f'{3.14159:.2f} {1000000:,} {\"x\":>3}', '%05.1f' % 2.5, round(2.675, 2), 0.1 + 0.2, int('12'))
    match {'kind': 'a', 'n': [1, 2]}:
        case {'kind': 'a', 'n': [first, *_]}:
            print('matched', first)
",
        expect![[r#"
            0 prints at 17:5: Item(sku='tea', tags=[], price=None) True {'sku': 'x', 'tags': [1], 'price': None}
            0 prints at 18:5: home at me Status.NEW new 832040
            0 prints at 19:5: 2.10 4/3 2.3333333333333335 1.4142135623730951
            0 prints at 20:5: 2d711642 d41d8cd9 b'aGVsbG8='
            0 prints at 21:5: b60090e3 b'\x00\x00\x00\x01\x00\x02' b'hi'
            0 prints at 22:5: Counter({'a': 2, 'b': 1}) OrderedDict({'a': 1}) [1, 2] 1.4142135623730951
            0 prints at 23:5: 3.14 1,000,000   x 002.5 2.67 0.30000000000000004 12
            0 prints at 26:13: matched 1
            0 returns null"#]],
    );
}

#[test]
fn time_is_virtual_and_utc() {
    check(
        "\
import asyncio, time
from datetime import datetime, timezone, timedelta
async def main():
    print(datetime.now(), datetime.utcnow(), datetime.now(timezone.utc), datetime.today().date())
    await asyncio.sleep(90.5)
    print(time.time(), time.monotonic(), time.perf_counter_ns(), time.strftime('%Y-%m-%d %H:%M:%S'))
    print(datetime.now() + timedelta(days=1), datetime.strptime('2026-02-03', '%Y-%m-%d'), datetime.now().strftime('%A'))
",
        expect![[r#"
            0 prints at 4:5: 2026-01-05 09:00:00 2026-01-05 09:00:00 2026-01-05 09:00:00+00:00 2026-01-05
            0 calls asyncio.sleep[90.5] at 5:11
            0 prints at 6:5: 1767603690.5 90.5 90500000000 2026-01-05 09:01:30
            0 prints at 7:5: 2026-01-06 09:01:30.500000 2026-02-03 00:00:00 Monday
            0 returns null"#]],
    );
}

#[test]
fn nothing_shows_an_address() {
    check(
        "\
import server, json
class A:
    def method(self): pass
class B(A):
    def __init__(self): self.x = 1
async def coro(): pass
def gen(): yield
async def main():
    a = A()
    c = coro()
    print(a, B(), [a], a.method, A.method, gen(), c, len, [].append, object(), lambda: 0, main, A, json)
    c.close()
    print(id(a) == id(a), id(a) != id(c), hash(a) == hash(a), hash('x') == hash('x'), {A(): 1}.__class__)
    print({'b', 'a', 'c'}, set('hello'), id(a))
",
        expect![[r#"
            0 prints at 11:5: <server.A object> <server.B object> [<server.A object>] <bound method A.method of <server.A object>> <function A.method> <generator object gen> <coroutine object coro> <built-in function len> <built-in method append of list object> <object object> <function main.<locals>.<lambda>> <function main> <class 'server.A'> <module 'json' (<lib>/json)>
            0 prints at 13:5: True True True True <class 'dict'>
            0 prints at 14:5: {'b', 'a', 'c'} {'h', 'e', 'l', 'o'} 139637976731648
            0 returns null"#]],
    );
}

#[test]
fn what_is_not_here_says_so() {
    check(
        "\
import sys
async def main():
    for action in (lambda: open('x'), input, lambda: sys.exit(1), lambda: __import__('marshal')):
        try:
            action()
        except BaseException as error:
            print(type(error).__name__, error)
    print(hasattr(sys, 'settrace'))
",
        expect![[r#"
            0 prints at 7:13: OSError there is no file system here: keep data in the database
            0 prints at 7:13: OSError there is no keyboard here
            0 prints at 7:13: SystemExit 1
            0 prints at 7:13: ModuleNotFoundError No module named 'marshal': it is left out on purpose
            0 prints at 8:5: False
            0 returns null"#]],
    );
}

#[test]
fn context_variables_belong_to_tasks() {
    check(
        "\
import asyncio, contextvars, decimal
user = contextvars.ContextVar('user', default='nobody')
async def child():
    before = user.get()
    user.set('child')
    await asyncio.sleep(1)
    return before, user.get()
async def main():
    user.set('main')
    decimal.getcontext().prec = 3
    task = asyncio.create_task(child())
    result = await task
    print(result, user.get(), decimal.Decimal(1) / 3)
",
        expect![[r#"
            0 spawns 1
            0 calls asyncio.park[1,null] at 12:20
            1 calls asyncio.sleep[1] at 6:11
            1 wakes key 1
            1 returns ["main","child"]
            0 prints at 13:5: ('main', 'child') main 0.333
            0 returns null"#]],
    );
}

// What one process sees of a package does not depend on what an earlier one imported.
#[test]
fn modules_below_a_package_stay_reachable() {
    let mut world = crate::harness::server(
        "async def main():\n    import string.templatelib\n    return string.templatelib.__name__\n",
    );
    for _ in 0..2 {
        world.process = world.py.start_process(&world.program);
        world.start("main", Vec::new(), 0);
        assert_eq!(world.drive(), r#"0 returns "string.templatelib""#);
    }
}

// Classes such as `int` belong to the thread, so the second interpreter finds them changed by the first.
#[test]
fn a_second_interpreter_on_a_thread_works() {
    for _ in 0..2 {
        let mut world = crate::harness::server(
            "import decimal\nasync def main():\n    return [2 ** 10, 2 ** -1, 2.0 ** 0.5, str((-8) ** 0.5)[:5], str(decimal.Decimal(2) ** 3)]\n",
        );
        world.start("main", Vec::new(), 0);
        assert_eq!(world.drive(), r#"0 returns [1024,0.5,1.4142135623730951,"(1.73","8"]"#);
    }
}
