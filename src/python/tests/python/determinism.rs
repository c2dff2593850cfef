//! The same inputs give the same bytes.

use crate::harness::server;

const SOURCE: &str = "\
from backend import db
import asyncio, json, random, uuid, math, time
cache = {}
class Box:
    pass
async def work(n):
    async with db.transaction():
        row = await db.fetch_one('q', n=n, r=random.random())
        cache[uuid.uuid4()] = Box()
    await asyncio.sleep(random.random())
    return [n, row.stock, math.sin(n), 1.1 ** n, hash(str(n)), hash(Box()), id(row), str(Box())]
async def main():
    tasks = [asyncio.create_task(work(n)) for n in range(5)]
    results = [await task for task in tasks]
    print(sorted(map(str, cache)), set(map(str, results)), time.time())
    return json.dumps(results)
";

/// Runs two overlapping tasks; returns the transcript, the counts and the fuel.
fn run() -> String {
    let mut world = server(SOURCE);
    world.start("main", Vec::new(), 1);
    world.start("main", Vec::new(), 2);
    let transcript = world.drive();
    format!("{transcript}\n{:?}\n{}", world.counts, world.fuel_used)
}

#[test]
fn two_interpreters_agree() {
    let first = run();
    let second = std::thread::Builder::new().spawn(run).unwrap().join().unwrap();
    for (line, (left, right)) in first.lines().zip(second.lines()).enumerate() {
        assert_eq!(left, right, "line {line}");
    }
    assert_eq!(first.lines().count(), second.lines().count());
}

// What an earlier process imported or drew must not show in a later one.
#[test]
fn a_process_does_not_see_earlier_ones() {
    let mut world = server(
        "async def main():\n    import decimal, random\n    return [str(decimal.Decimal(1) / 7), random.random()]\n",
    );
    let mut seen = Vec::new();
    for _ in 0..3 {
        world.process = world.py.start_process(&world.program);
        let ambient = world.ambient();
        let imported = world.process.import(&world.py, "server", unhappy_python::Stream { seed: 0 }, ambient);
        world.fuel_used = imported.fuel_used;
        world.start("main", Vec::new(), 3);
        let transcript = world.drive();
        seen.push((transcript, world.fuel_used));
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[1], seen[2]);
}
