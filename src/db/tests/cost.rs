//! What a statement costs: rows visited, VM steps, plan, shape. Exact, because they must not drift.

mod shop;

use shop::{Shop, ints};
use unhappy_trace::Value;

/// 100 customers with 10 orders each; no index on orders.customer_id.
fn large() -> Shop {
    let mut shop = Shop::open();
    let Shop { engine, state } = &mut shop;
    let schema = "CREATE TABLE people (id bigserial PRIMARY KEY, name text NOT NULL);
        CREATE TABLE bills (id bigserial PRIMARY KEY, person bigint NOT NULL, cents bigint NOT NULL);";
    *state = engine.create(schema, 1).expect("valid");
    let mut people = (0..100).map(|number| vec![Value::Text(format!("person {number}"))]);
    engine.insert(state, "people", &["name"], &mut people).expect("valid");
    let mut bills = (0..1000).map(|number| vec![Value::Int(number % 100 + 1), Value::Int(number)]);
    engine.insert(state, "bills", &["person", "cents"], &mut bills).expect("valid");
    shop
}

#[track_caller]
fn visited(shop: &mut Shop, sql: &str, expected: u64) {
    assert_eq!(shop.done(1, sql).observed.rows_visited, expected, "{sql}");
}

#[test]
fn rows_visited() {
    let mut shop = large();
    // One row by its key; a whole table; a whole table although one row comes out.
    visited(&mut shop, "SELECT name FROM people WHERE id = 5", 1);
    visited(&mut shop, "SELECT name FROM people", 100);
    visited(&mut shop, "SELECT name FROM people WHERE name = 'person 5'", 100);
    // 1,000 bills, and for each one person by key. Sorting visits nothing more.
    let join = "SELECT b.id, p.name FROM bills b JOIN people p ON p.id = b.person";
    visited(&mut shop, join, 1000 + 1000);
    visited(&mut shop, &format!("{join} ORDER BY b.cents DESC"), 1000 + 1000);
    // The same by a sub-select per bill.
    visited(&mut shop, "SELECT (SELECT name FROM people p WHERE p.id = b.person) FROM bills b", 1000 + 1000);
    // For each of 100 people all bills are gone through, without an index; with one, only their 10.
    let count = "SELECT (SELECT count(*) FROM bills b WHERE b.person = p.id) FROM people p";
    visited(&mut shop, count, 100 + 100 * 1000);
    // A join without an index: SQLite makes one for this statement. 1,000 rows go in, then for each of 100
    // people 10 come out.
    visited(
        &mut shop,
        "SELECT p.id, b.cents FROM people p LEFT JOIN bills b ON b.person = p.id",
        1000 + 100 + 1000,
    );
    shop.done(1, "CREATE INDEX bills_person ON bills (person)");
    visited(&mut shop, count, 100 + 1000);
    // LIMIT ends the loop early.
    visited(&mut shop, "SELECT id FROM bills LIMIT 7", 7);
    visited(&mut shop, "UPDATE bills SET cents = 0 WHERE id = 3", 1);
    visited(&mut shop, "INSERT INTO people (name) VALUES ('new')", 0);
}

// The same statement again, after another text, after a change of schema elsewhere: the same numbers. SQLite
// would count the steps of a statement that it prepares again by itself.
#[test]
fn numbers_do_not_depend_on_what_ran_before() {
    let mut shop = large();
    let sql = "SELECT name FROM people WHERE id = 5";
    let first = shop.done(1, sql).observed;
    let copy = shop.state.clone();
    shop.done(1, "CREATE TABLE other (x integer)");
    let second = shop.done(1, sql).observed;
    shop.state = copy;
    let third = shop.done(1, sql).observed;
    shop.refused(1, "SELECT missing FROM people");
    shop.refused(1, "INSERT INTO people (id, name) VALUES (1, 'x')");
    let fourth = shop.done(1, sql).observed;
    // Commits in between change what was read, not what it cost.
    let cost = |observed: unhappy_db::Observed| unhappy_db::Observed { snapshot: 0, ..observed };
    let first = cost(first);
    assert_eq!(first, cost(second));
    assert_eq!(first, cost(third));
    assert_eq!(first, cost(fourth));
}

#[test]
fn facts_about_a_statement() {
    let mut shop = large();
    let table = [
        ("SELECT name FROM people WHERE id = 5", false, false),
        ("SELECT name FROM people WHERE id IN (1, 2)", true, false),
        ("SELECT name FROM people WHERE id IN (SELECT person FROM bills)", false, true),
        ("SELECT p.id, (SELECT max(cents) FROM bills b WHERE b.person = p.id) FROM people p", false, true),
        ("SELECT p.id, max(cents) FROM people p JOIN bills b ON b.person = p.id GROUP BY p.id", false, false),
    ];
    for (sql, in_list, subquery) in table {
        let observed = shop.done(1, sql).observed;
        assert_eq!((observed.in_list, observed.subquery), (in_list, subquery), "{sql}");
    }
    let any =
        shop.done_with(1, "SELECT name FROM people WHERE id = ANY(:ids)", &[("ids", ints(1..6))]).observed;
    assert_eq!((any.in_list, any.rows_visited), (true, 5));
    let join = shop.done(1, "SELECT 1 FROM bills b JOIN people p ON p.id = b.person").observed;
    assert_eq!(*join.tables_read, ["bills", "people"]);
}

// Numbers of the wasm build, written down there: both targets must give them.
#[test]
fn golden_numbers() {
    let mut shop = large();
    let statements = [
        "SELECT name FROM people WHERE id = 7",
        "SELECT * FROM bills WHERE cents > 500 ORDER BY cents DESC LIMIT 10",
        "SELECT b.id, p.name FROM bills b JOIN people p ON p.id = b.person WHERE b.cents < 50",
        "SELECT person, sum(cents) FROM bills GROUP BY person HAVING count(*) > 3",
        "SELECT p.name, (SELECT count(*) FROM bills b WHERE b.person = p.id) FROM people p",
        "UPDATE bills SET cents = cents / 2 WHERE person = 4",
        "DELETE FROM bills WHERE id > 900",
    ];
    let mut seen = String::new();
    for sql in statements {
        let observed = shop.done(1, sql).observed;
        seen +=
            &format!("{} visited, {} steps: {}\n", observed.rows_visited, observed.vm_steps, observed.shape);
        for node in observed.plan.iter() {
            seen += &format!("{}{}\n", "  ".repeat(node.depth as usize + 1), node.text);
        }
    }
    expect_test::expect![[r#"
        1 visited, 10 steps: SELECT name FROM people WHERE id = ?
          SEARCH people USING INTEGER PRIMARY KEY (rowid=?)
        1000 visited, 8022 steps: SELECT * FROM bills WHERE cents > ? ORDER BY cents DESC LIMIT ?
          SCAN bills
          USE TEMP B-TREE FOR ORDER BY
        1050 visited, 3309 steps: SELECT b.id, p.name FROM bills b JOIN people p ON p.id = b.person WHERE b.cents < ?
          SCAN b
          SEARCH p USING INTEGER PRIMARY KEY (rowid=?)
        1000 visited, 17622 steps: SELECT person, sum(cents) FROM bills GROUP BY person HAVING count(*) > ?
          SCAN bills
          USE TEMP B-TREE FOR GROUP BY
        100100 visited, 402607 steps: SELECT p.name, (SELECT count(*) FROM bills b WHERE b.person = p.id) FROM people p
          SCAN p
          CORRELATED SCALAR SUBQUERY 1
            SCAN b
        1000 visited, 3121 steps: UPDATE bills SET cents = cents / ? WHERE person = ?
          SCAN bills
        100 visited, 309 steps: DELETE FROM bills WHERE id > ?
          SEARCH bills USING INTEGER PRIMARY KEY (rowid>?)
    "#]].assert_eq(&seen);
}
