//! Calls without `await`.

use crate::harness::check;
use expect_test::expect;

#[test]
fn a_forgotten_call_is_told_at_the_end_of_its_task() {
    check(
        "\
from backend import db
async def save(row):
    await db.execute('insert')
async def main():
    db.execute('update')
    save({})
    await db.fetch_one('select')
    kept = db.execute('delete')
    return 'done'
",
        expect![[r#"
            0 calls db.fetch_one["select"] at 7:11
            0 note at 6:5: `save(…)` on line 6 was created but never awaited: nothing of it ran
            0 note at 5:5: `db.execute(…)` on line 5 was created but never awaited: nothing was sent
            0 note at 8:12: `db.execute(…)` on line 8 was created but never awaited: nothing was sent
            0 returns "done""#]],
    );
}

#[test]
fn using_the_result_of_a_forgotten_call_says_so() {
    for (use_, words) in [
        (
            "row.stock",
            "`db.fetch_one(…)` on line 3 was created but not awaited: put `await` before it to get its result",
        ),
        (
            "row['stock']",
            "`db.fetch_one(…)` on line 3 was created but not awaited: put `await` before it to get its result",
        ),
        (
            "[x for x in row]",
            "`db.fetch_one(…)` on line 3 was created but not awaited: put `await` before it to get its result",
        ),
        (
            "1 if row else 2",
            "`db.fetch_one(…)` on line 3 was created but not awaited: put `await` before it to get its result",
        ),
        ("row + 1", "unsupported operand type(s) for +: 'unawaited call' and 'int'"),
    ] {
        let mut world = crate::harness::server(&format!(
            "from backend import db\nasync def main():\n    row = db.fetch_one('q')\n    return {use_}\n"
        ));
        world.start("main", Vec::new(), 0);
        let transcript = world.drive();
        assert!(transcript.contains(&format!("raises TypeError: {words}\n")), "{use_}: {transcript}");
    }
}

#[test]
fn using_a_coroutine_says_so() {
    check(
        "\
async def load():
    return {'stock': 1}
async def main():
    row = load()
    return row['stock']
",
        expect![[r#"
            0 note at 4:5: `load(…)` on line 4 was created but never awaited: nothing of it ran
            0 raises TypeError: an `async def` was called but not awaited: put `await` before the call ('coroutine' object is not subscriptable)
                server.py 5:12-5:24 main"#]],
    );
}

#[test]
fn returning_a_forgotten_call_says_so() {
    check(
        "\
from backend import db
async def main():
    return {'row': db.fetch_one('q')}
",
        expect![[r#"
            0 note at 3:20: `db.fetch_one(…)` on line 3 was created but never awaited: nothing was sent
            0 raises TypeError: `db.fetch_one(…)` on line 3 was created but not awaited: put `await` before it to get its result"#]],
    );
}
