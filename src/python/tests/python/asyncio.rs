//! `asyncio` on the tiny scheduler: tasks, gathering, locks, time-outs, cancelling.

use crate::harness::check;
use expect_test::expect;

// Each call's place is where it was made, in the comprehension, although its own task awaits it.
#[test]
fn gather_takes_calls_directly() {
    check(
        "\
from backend import db
import asyncio
async def main():
    rows = await asyncio.gather(*[db.fetch_one('q', n=n) for n in range(2)])
    return [row.stock for row in rows]
",
        expect![[r#"
            0 spawns 1
            0 spawns 2
            0 calls asyncio.park[1,null] at 4:18
            1 calls db.fetch_one["q"]{"n":0} at 4:35 in a comprehension
            2 calls db.fetch_one["q"]{"n":1} at 4:35 in a comprehension
            1 wakes key 1
            1 returns {"id":1,"stock":5}
            2 returns {"id":1,"stock":5}
            0 returns [5,5]"#]],
    );
}

#[test]
fn gather_raises_the_first_failure_or_returns_it() {
    check(
        "\
import asyncio
async def work(n):
    await asyncio.sleep(n)
    if n == 1:
        raise ValueError(n)
    return n
async def main():
    print(await asyncio.gather(work(1), work(2), return_exceptions=True))
    try:
        await asyncio.gather(work(1), work(2))
    except ValueError as error:
        print('caught', error)
    return 'end'
",
        expect![[r#"
            0 spawns 1
            0 spawns 2
            0 calls asyncio.park[1,null] at 8:17
            1 calls asyncio.sleep[1] at 3:11
            2 calls asyncio.sleep[2] at 3:11
            1 wakes key 1
            1 raises ValueError: 1
                server.py 5:9-5:28 work
            0 calls asyncio.park[2,null] at 8:17
            2 wakes key 2
            2 returns 2
            0 prints at 8:5: [ValueError(1), 2]
            0 spawns 3
            0 spawns 4
            0 calls asyncio.park[3,null] at 10:15
            3 calls asyncio.sleep[1] at 3:11
            4 calls asyncio.sleep[2] at 3:11
            3 wakes key 3
            3 raises ValueError: 1
                server.py 5:9-5:28 work
            0 prints at 12:9: caught 1
            0 returns "end"
            4 returns 2"#]],
    );
}

#[test]
fn a_lock_and_a_semaphore_exclude() {
    check(
        "\
import asyncio
lock = asyncio.Lock()
slots = asyncio.Semaphore(2)
order = []
async def locked(name):
    async with lock:
        order.append(name + ' in')
        await asyncio.sleep(1)
        order.append(name + ' out')
inside = most = 0
async def limited():
    global inside, most
    async with slots:
        inside += 1
        most = max(most, inside)
        await asyncio.sleep(1)
        inside -= 1
async def main():
    tasks = [asyncio.create_task(locked(name)) for name in 'ab']
    for task in tasks:
        await task
    await asyncio.gather(*[limited() for _ in range(5)])
    return order, most
",
        expect![[r#"
            0 spawns 1
            0 spawns 2
            0 calls asyncio.park[1,null] at 21:15
            1 calls asyncio.sleep[1] at 8:15
            2 calls asyncio.park[2,null] at 6:16
            1 wakes key 2
            1 wakes key 1
            1 returns null
            2 calls asyncio.sleep[1] at 8:15
            0 calls asyncio.park[3,null] at 21:15
            2 wakes key 3
            2 returns null
            0 spawns 3
            0 spawns 4
            0 spawns 5
            0 spawns 6
            0 spawns 7
            0 calls asyncio.park[4,null] at 22:11
            3 calls asyncio.sleep[1] at 16:15
            4 calls asyncio.sleep[1] at 16:15
            5 calls asyncio.park[5,null] at 13:16
            6 calls asyncio.park[6,null] at 13:16
            7 calls asyncio.park[7,null] at 13:16
            3 wakes key 5
            3 wakes key 4
            3 returns null
            5 calls asyncio.sleep[1] at 16:15
            0 calls asyncio.park[8,null] at 22:11
            4 wakes key 6
            4 wakes key 8
            4 returns null
            6 calls asyncio.sleep[1] at 16:15
            0 calls asyncio.park[9,null] at 22:11
            5 wakes key 7
            5 wakes key 9
            5 returns null
            7 calls asyncio.sleep[1] at 16:15
            0 calls asyncio.park[10,null] at 22:11
            6 wakes key 10
            6 returns null
            0 calls asyncio.park[11,null] at 22:11
            7 wakes key 11
            7 returns null
            0 returns [["a in","a out","b in","b out"],2]"#]],
    );
}

#[test]
fn wait_for_cancels_what_takes_too_long() {
    check(
        "\
import asyncio
async def slow():
    try:
        await asyncio.sleep(10)
    except asyncio.CancelledError:
        print('cancelled')
        raise
async def quick():
    return 1
async def main():
    print(await asyncio.wait_for(quick(), 5))
    try:
        await asyncio.wait_for(slow(), 2)
    except asyncio.TimeoutError as error:
        print('too slow', type(error).__name__)
    try:
        async with asyncio.timeout(1):
            await asyncio.sleep(9)
    except TimeoutError:
        print('timeout')
    return 'end'
",
        expect![[r#"
            0 spawns 1
            0 calls asyncio.park[1,5] at 11:17
            1 wakes key 1
            1 returns 1
            0 prints at 11:5: 1
            0 spawns 2
            0 calls asyncio.park[2,2] at 13:15
            2 calls asyncio.sleep[10] at 4:15
            0 cancels 2
            0 calls asyncio.park[3,null] at 13:15
            2 prints at 6:9: cancelled
            2 wakes key 3
            2 raises CancelledError: 
                server.py 4:9-4:32 slow
            0 prints at 15:9: too slow TimeoutError
            0 spawns 3
            0 calls asyncio.sleep[9] at 18:19
            3 calls asyncio.sleep[1]
            3 cancels 0
            3 returns null
            0 prints at 20:9: timeout
            0 returns "end""#]],
    );
}

#[test]
fn events_queues_groups_and_lost_exceptions() {
    check(
        "\
import asyncio
async def consumer(queue):
    got = []
    while True:
        item = await queue.get()
        if item is None:
            return got
        got.append(item)
async def failing():
    raise ValueError('lost')
async def main():
    queue = asyncio.Queue()
    task = asyncio.create_task(consumer(queue), name='consumer')
    for item in (1, 2, None):
        await queue.put(item)
    print(await task, task.done(), task.get_name())
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(failing())
            group.create_task(asyncio.sleep(5)) if False else group.create_task(consumer(asyncio.Queue()))
    except* ValueError as errors:
        print(errors.exceptions)
    asyncio.create_task(failing())
    await asyncio.sleep(1)
    try:
        asyncio.run(failing())
    except RuntimeError as error:
        print(error)
",
        expect![[r#"
            0 spawns 1
            0 calls asyncio.park[1,null] at 16:17
            1 wakes key 1
            1 returns [1,2]
            0 prints at 16:5: [1, 2] True consumer
            0 spawns 2
            0 spawns 3
            0 calls asyncio.park[2,null] at 18:20
            2 wakes key 2
            2 raises ValueError: lost
                server.py 10:5-10:29 failing
            3 calls asyncio.park[3,null] at 5:22
            0 cancels 3
            0 calls asyncio.park[4,null] at 18:20
            3 wakes key 4
            3 raises CancelledError: 
                server.py 5:16-5:33 consumer
            0 prints at 22:9: (ValueError('lost'),)
            0 spawns 4
            0 calls asyncio.sleep[1] at 24:11
            4 note: a task ended with ValueError, and nobody awaited it: the exception was lost
            4 raises ValueError: lost
                server.py 10:5-10:29 failing
            0 prints at 28:9: asyncio.run() cannot be called from a running event loop: the server already runs one; use `await`
            0 returns null"#]],
    );
}

#[test]
fn a_sleep_can_have_a_result() {
    check(
        "import asyncio\nasync def main():\n    return await asyncio.sleep(1, result='slept')\n",
        expect![[r#"
            0 calls asyncio.sleep[1] at 3:18
            0 returns "slept""#]],
    );
}
