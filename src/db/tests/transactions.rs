//! Sessions: who sees what, who waits, what an error ends.

mod shop;

use shop::Shop;
use unhappy_db::{Answer, SessionId, StatementKind};

#[test]
fn others_see_only_what_is_committed() {
    let mut shop = Shop::open();
    let count = "SELECT count(*) FROM stock";
    shop.done(1, "BEGIN");
    shop.done(1, "DELETE FROM stock WHERE shop = 'north'");
    assert_eq!(shop.rows(1, count), "[[1]]");
    assert_eq!(shop.rows(2, count), "[[2]]");
    assert_eq!(shop.done(1, "COMMIT").kind, StatementKind::Commit);
    assert_eq!(shop.rows(2, count), "[[1]]");
}

#[test]
fn a_second_writer_waits_and_then_proceeds_on_the_new_content() {
    let mut shop = Shop::open();
    let add = "UPDATE stock SET left_over = left_over + 1 WHERE sku = 'pen' AND shop = 'north'";
    shop.done(1, "BEGIN");
    shop.done(1, add);
    shop.done(2, "BEGIN");
    shop.blocked(2, add, 1);
    assert_eq!(shop.refused(2, "SELECT 1").message, "another command is already in progress");
    shop.done(1, "COMMIT");
    assert_eq!(shop.resumed_change(2), 1);
    shop.done(2, "COMMIT");
    assert_eq!(shop.rows(3, "SELECT left_over FROM stock WHERE shop = 'north'"), "[[12]]");
}

// Other rows are free; one that is wrong in itself is refused at once; a key that is being deleted is waited
// for, because the deletion may yet be rolled back.
#[test]
fn only_what_meets_a_change_waits() {
    let mut shop = Shop::open();
    shop.done(1, "BEGIN");
    shop.done(1, "DELETE FROM orders WHERE id = 1");
    assert_eq!(shop.done(2, "UPDATE stock SET left_over = 1 WHERE sku = 'none'").changed, 0);
    assert_eq!(shop.refused(2, "INSERT INTO stock (sku) VALUES ('a')").sqlstate, "23502");
    assert_eq!(shop.done(2, "UPDATE orders SET paid = true WHERE id = 2").changed, 1);
    shop.blocked(2, "INSERT INTO orders (id, customer_id) VALUES (1, 1)", 1);
    shop.done(1, "COMMIT");
    assert_eq!(shop.resumed_change(2), 1);
}

#[test]
fn a_closed_session_rolls_back() {
    let mut shop = Shop::open();
    shop.done(1, "BEGIN");
    shop.done(1, "DELETE FROM stock");
    shop.blocked(2, "DELETE FROM stock", 1);
    assert!(shop.engine.close_session(&mut shop.state, SessionId(1)));
    assert!(!shop.engine.close_session(&mut shop.state, SessionId(1)));
    assert_eq!(shop.resumed_change(2), 2);
}

// Its locks go, and so does the statement that it waited with.
#[test]
fn a_waiting_session_can_be_closed() {
    let mut shop = Shop::open();
    shop.done(1, "BEGIN");
    shop.done(1, "UPDATE stock SET left_over = 1 WHERE shop = 'north'");
    shop.done(2, "BEGIN");
    shop.done(2, "UPDATE stock SET left_over = 2 WHERE shop = 'south'");
    shop.blocked(2, "UPDATE stock SET left_over = 2 WHERE shop = 'north'", 1);
    assert!(shop.engine.close_session(&mut shop.state, SessionId(2)));
    assert_eq!(shop.done(1, "UPDATE stock SET left_over = 1").changed, 2);
    shop.done(1, "COMMIT");
    assert_eq!(shop.engine.ready(&shop.state), []);
    assert_eq!(shop.engine.locks(&shop.state), []);
}

#[test]
fn an_error_ends_the_transaction() {
    let mut shop = Shop::open();
    shop.done(1, "BEGIN");
    shop.done(1, "DELETE FROM stock");
    assert_eq!(shop.refused(1, "SELECT missing").sqlstate, "42703");
    let error = shop.refused(1, "SELECT 1");
    assert_eq!(error.sqlstate, "25P02");
    assert_eq!(
        error.message,
        "current transaction is aborted, commands ignored until end of transaction block"
    );
    // The aborted transaction holds nothing any more.
    assert_eq!(shop.done(2, "UPDATE stock SET left_over = 1").changed, 2);
    assert_eq!(shop.done(1, "COMMIT").kind, StatementKind::Rollback);
    assert_eq!(shop.rows(1, "SELECT count(*) FROM stock"), "[[2]]");
}

// Written before the savepoint stays; written after it goes. The name can be used again after ROLLBACK TO.
#[test]
fn rollback_to_savepoint() {
    let mut shop = Shop::open();
    let left = "SELECT left_over FROM stock ORDER BY shop";
    shop.done(1, "BEGIN");
    shop.done(1, "UPDATE stock SET left_over = 1 WHERE shop = 'north'");
    shop.done(1, "SAVEPOINT half");
    shop.done(1, "UPDATE stock SET left_over = 2");
    assert_eq!(shop.refused(1, "INSERT INTO stock VALUES ('pen', 'north', 1)").sqlstate, "23505");
    assert_eq!(shop.done(1, "ROLLBACK TO SAVEPOINT half").kind, StatementKind::Savepoint);
    assert_eq!(shop.rows(1, left), "[[1],[0]]");
    shop.done(1, "UPDATE stock SET left_over = 3");
    shop.done(1, "ROLLBACK TO half");
    shop.done(1, "RELEASE half");
    assert_eq!(shop.refused(1, "ROLLBACK TO half").message, "savepoint \"half\" does not exist");
    shop.done(1, "ROLLBACK");
    assert_eq!(shop.rows(1, left), "[[10],[0]]");
    assert_eq!(shop.refused(1, "SAVEPOINT half").sqlstate, "25P01");
}

// A lock that was won after a savepoint is given back with it.
#[test]
fn rollback_to_savepoint_gives_locks_back() {
    let mut shop = Shop::open();
    for sql in ["BEGIN", "SAVEPOINT start", "DELETE FROM stock", "ROLLBACK TO start"] {
        shop.done(1, sql);
    }
    assert_eq!(shop.done(2, "DELETE FROM stock").changed, 2);
}

// Both tills read 10. Under read committed the second write silently wins, so one sale is lost; under
// repeatable read and serializable the second writer is refused.
#[test]
fn lost_update_by_isolation_level() {
    for (level, second) in
        [("READ COMMITTED", Ok(1)), ("REPEATABLE READ", Err("40001")), ("SERIALIZABLE", Err("40001"))]
    {
        let mut shop = Shop::open();
        for session in [1, 2] {
            shop.done(session, &format!("BEGIN ISOLATION LEVEL {level}"));
            assert_eq!(shop.rows(session, "SELECT left_over FROM stock WHERE shop = 'north'"), "[[10]]");
        }
        let write = "UPDATE stock SET left_over = 9 WHERE shop = 'north'";
        shop.done(1, write);
        shop.blocked(2, write, 1);
        shop.done(1, "COMMIT");
        let seen = match shop.resumed(2) {
            Answer::Done(done) => Ok(done.changed),
            Answer::Refused(error) => Err(error.sqlstate),
            other => panic!("{other:?}"),
        };
        assert_eq!(seen, second, "{level}");
    }
}

#[test]
fn repeatable_read_keeps_its_snapshot() {
    let mut shop = Shop::open();
    shop.done(1, "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ");
    shop.done(2, "DELETE FROM stock WHERE shop = 'south'");
    // The snapshot is taken by the first query, not by BEGIN.
    assert_eq!(shop.rows(1, "SELECT count(*) FROM stock"), "[[1]]");
    shop.done(2, "DELETE FROM stock");
    assert_eq!(shop.rows(1, "SELECT count(*) FROM stock"), "[[1]]");
    shop.done(1, "COMMIT");
    assert_eq!(shop.rows(1, "SELECT count(*) FROM stock"), "[[0]]");
}

#[test]
fn for_update_locks_its_rows() {
    let mut shop = Shop::open();
    shop.done(1, "BEGIN");
    let select = "SELECT left_over FROM stock WHERE shop = 'north' FOR UPDATE";
    assert_eq!(shop.rows(1, select), "[[10]]");
    shop.blocked(3, "UPDATE stock SET left_over = 1", 1);
    let error = shop.refused(2, "SELECT sku FROM stock FOR UPDATE NOWAIT");
    assert_eq!(
        (error.sqlstate, error.message.as_str()),
        ("55P03", "could not obtain lock on row in relation \"stock\"")
    );
    assert_eq!(shop.rows(2, "SELECT sku FROM stock WHERE sku = 'none' FOR UPDATE"), "[]");
    assert_eq!(shop.rows(2, "SELECT left_over FROM stock WHERE shop = 'north'"), "[[10]]");
    shop.done(1, "COMMIT");
    assert_eq!(shop.rows(2, select), "[[10]]");
}

#[test]
fn modes_of_a_transaction() {
    let mut shop = Shop::open();
    shop.done(1, "START TRANSACTION READ ONLY");
    let error = shop.refused(1, "DELETE FROM stock");
    assert_eq!(
        (error.sqlstate, error.message.as_str()),
        ("25006", "cannot execute DELETE in a read-only transaction")
    );
    shop.done(1, "ROLLBACK");
    shop.done(1, "BEGIN");
    shop.done(1, "SELECT 1");
    assert_eq!(shop.refused(1, "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE").sqlstate, "25001");
    shop.done(1, "ABORT");
    assert_eq!(shop.done(1, "COMMIT").kind, StatementKind::Commit, "PostgreSQL only warns");
}

#[test]
fn schema_changes_roll_back() {
    let mut shop = Shop::open();
    shop.done(1, "BEGIN");
    shop.done(1, "CREATE TABLE bills (id bigint PRIMARY KEY, open boolean)");
    shop.done(1, "INSERT INTO bills (id, open) VALUES (1, true)");
    assert_eq!(shop.rows(1, "SELECT * FROM bills"), "[[1,true]]");
    assert_eq!(shop.refused(2, "SELECT * FROM bills").sqlstate, "42P01");
    shop.done(1, "ROLLBACK");
    assert_eq!(shop.refused(1, "SELECT * FROM bills").sqlstate, "42P01");
}

// now() is the instant at which the transaction began: 1,500 µs after the start in these tests.
#[test]
fn now_is_the_start_of_the_transaction() {
    let mut shop = Shop::open();
    shop.done(1, "BEGIN");
    shop.done(1, "INSERT INTO orders (id, customer_id) VALUES (9, 1)");
    let rows = shop.rows(1, "SELECT created_at, now(), current_timestamp FROM orders WHERE id = 9");
    let at = "\"2026-01-01 00:00:00.0015+00\"";
    assert_eq!(rows, format!("[[{at},{at},{at}]]"));
}
