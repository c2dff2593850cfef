//! Schedules of made-up runs, as text.

use super::*;
use crate::testing::{Writer, inputs, shop};
use unhappy_trace::event::TransactionWhat;

fn schedule(writer: Writer) -> Schedule {
    Schedule::of(&writer.recorder.finish(), &shop(), &inputs(2, 1))
}

const READ: &str = "SELECT * FROM items WHERE id = :id";
const WRITE: &str = "UPDATE items SET stock = :n WHERE id = :id";
const ORDER: &str = "INSERT INTO orders (item_id) VALUES (:id)";

fn oversell(others: u32) -> Writer {
    let mut writer = Writer::new();
    writer.act("world");
    writer.watched("stock", "1");
    for number in 0..others {
        let name = unhappy_trace::request_name(number + 2);
        writer.request(&name, "POST", "/orders");
        writer.sql(&name, 5, READ, &format!("{{\"id\":{}}}", number + 9), "[[9,0]]", 0);
        writer.answer(&name, 409);
    }
    for name in ["A", "B"] {
        writer.request(name, "POST", "/orders");
        writer.sql(name, 5, READ, "{\"id\":1}", "[[1,1]]", 0);
    }
    for name in ["A", "B"] {
        writer.sql(name, 8, WRITE, "{\"n\":0,\"id\":1}", "[]", 1);
        if name == "A" {
            writer.watched("stock", "0");
        }
    }
    for name in ["A", "B"] {
        writer.sql(name, 10, ORDER, "{\"id\":1}", "[]", 1);
        if name == "B" {
            writer.broke("never_oversold", "item 1 was ordered 2 times, there was 1");
        }
        writer.answer(name, 200);
    }
    writer
}

#[test]
fn an_oversell_shows_the_two_reads_of_one_value() {
    let found = schedule(oversell(0));
    expect_test(
        &found.to_text(),
        "step Request A · process 1                 Request B · process 1                 Committed
1    SELECT * FROM items WHERE id = 1                                            stock 1
       POST /orders
       1 row · id = 1, stock = 1
2                                          SELECT * FROM items WHERE id = 1      stock 1
                                             POST /orders
                                             1 row · id = 1, stock = 1
                                             the same as A read in step 1
3    UPDATE items SET stock = 0 WHERE id                                         stock 0
     = 1
       1 row changed
4                                          UPDATE items SET stock = 0 WHERE id   stock 0
                                           = 1
                                             1 row changed
5    INSERT INTO orders (item_id) VALUES                                         stock 0
     (1)
       1 row changed
       responds 200 []
6                                          INSERT INTO orders (item_id) VALUES   stock 0
                                           (1)
                                             1 row changed
                                             responds 200 []
     ✗ Never more orders than items.
     ✗ item 1 was ordered 2 times, there was 1

The same value, read twice:
  A and B both read id = 1, stock = 1 (steps 1 and 2) before either had written, and then both wrote (steps 3 and 4).",
    );
    assert_eq!(found.columns.iter().map(|column| column.tint).collect::<Vec<_>>(), [0, 1]);
    assert!(found.rows[2].side[0].is_new && !found.rows[3].side[0].is_new);
    assert!(found.has_line("server.py", 8) && !found.has_line("server.py", 9));
}

#[test]
fn a_long_run_shows_the_requests_of_the_broken_promise() {
    let found = schedule(oversell(40));
    assert_eq!(found.columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>(), ["A", "B"]);
    assert_eq!(
        found.rows.iter().map(|row| row.step.unwrap_or(0)).collect::<Vec<_>>(),
        [41, 42, 43, 44, 45, 46]
    );
    assert_eq!(found.rows[0].skipped, 40);
    assert_eq!(found.note.as_deref(), Some("Shown: 2 of 42 requests, 6 of 46 steps."));
    assert!(found.rows[5].broke[0].starts_with("Never more"));
}

const MOVE: &str = "UPDATE accounts SET balance = balance - 5 WHERE id = :id";

fn deadlock() -> Writer {
    let mut writer = Writer::new();
    for (name, row) in [("A", 1), ("B", 2)] {
        writer.request(name, "POST", "/transfers");
        writer.begin(name, 11);
        writer.locks(name, &[&format!("FOR NO KEY UPDATE on accounts (id)=({row})")]);
        writer.sql(name, 12, MOVE, &format!("{{\"id\":{row}}}"), "[]", 1);
    }
    writer.waits("A", 14, MOVE, &["B"], "FOR NO KEY UPDATE on accounts (id)=(2)");
    writer.waits("B", 14, MOVE, &["A"], "FOR NO KEY UPDATE on accounts (id)=(1)");
    writer.sql_refused("B", 14, MOVE, "{\"id\":1}", "40P01", "deadlock detected");
    writer.transaction("B", 11, TransactionWhat::Rollback);
    writer.answer("B", 500);
    writer.sql("A", 14, MOVE, "{\"id\":2}", "[]", 1);
    writer.transaction("A", 11, TransactionWhat::Commit);
    writer.answer("A", 200);
    writer
}

#[test]
fn a_deadlock_shows_who_waits_for_whom() {
    expect_test(
        &schedule(deadlock()).to_text(),
        "step Request A · process 1                 Request B · process 1                 Locked
1    BEGIN
       POST /transfers
       read committed
2    UPDATE accounts SET balance =                                               accounts (id)=(1) held by A
     balance - 5 WHERE id = 1
       1 row changed
3                                          BEGIN                                 accounts (id)=(1) held by A
                                             POST /transfers
                                             read committed
4                                          UPDATE accounts SET balance =         accounts (id)=(1) held by A
                                           balance - 5 WHERE id = 2              accounts (id)=(2) held by B
                                             1 row changed
5    // UPDATE accounts SET balance =                                            accounts (id)=(1) held by A
     balance - 5 WHERE id = 2                                                    accounts (id)=(2) held by B
       waits for accounts (id)=(2), held
       by B (server.py line 12)
6    // still waits                        // UPDATE accounts SET balance =      accounts (id)=(1) held by A
                                           balance - 5 WHERE id = 1              accounts (id)=(2) held by B
                                             waits for accounts (id)=(1), held
                                             by A (server.py line 12)
7    // still waits                        ✗ UPDATE accounts SET balance =       accounts (id)=(1) held by A
                                           balance - 5 WHERE id = 1
                                             waited since step 6
                                             ERROR 40P01 deadlock detected
8    // still waits                        ROLLBACK                              accounts (id)=(1) held by A
                                             responds 500 []
9    UPDATE accounts SET balance =                                               accounts (id)=(1) held by A
     balance - 5 WHERE id = 2
       waited since step 5
       1 row changed
10   COMMIT
       responds 200 []

Who waits for whom:
  B waits (server.py line 14) for accounts (id)=(1), which A holds since server.py line 12.
  A waits (server.py line 14) for accounts (id)=(2), which B holds since server.py line 12.
  Each waits for another one, so none could ever go on.
  PostgreSQL ends the statement of B in step 7 with SQLSTATE 40P01, deadlock_detected.",
    );
}

fn double_charge() -> Writer {
    let mut writer = Writer::new();
    let pay = "{\"amount\":1200,\"card\":\"tok_ann\"}";
    writer.send("A.client", "A", 6, "{\"order\":1}");
    writer.request("A", "POST", "/orders");
    writer.charge("A", 9, pay, 1200, "{\"id\":\"ch_1\"}");
    writer.answer("A", 200);
    writer.fault("A.response!lost");
    writer.receive("A.client", "A", Err("Timeout"));
    writer.send("A.client", "A2", 6, "{\"order\":1}");
    writer.request("A2", "POST", "/orders");
    writer.charge("A2", 9, pay, 1200, "{\"id\":\"ch_2\"}");
    writer.answer("A2", 200);
    writer.receive("A.client", "A2", Ok(200));
    writer.operation_ends("A.client", "\"paid\"");
    writer.act("world");
    writer.broke("charged_once", "card tok_ann was charged 2,400, due 1,200");
    writer
}

#[test]
fn a_double_charge_shows_the_lost_response_and_both_charges() {
    let found = schedule(double_charge());
    expect_test(
        &found.to_text(),
        "step Client A                              Request A · process 1                 Request A2 · process 1
1    POST /orders {\"order\":1}
       as request A
2                                          charge 12.00 €
                                             POST /orders
                                             card tok_ann
                                             → ch_1
                                             responds 200 []
3                                          ✗ response lost
4    ✗ no response to A
       Timeout after 0.0 ms
5    POST /orders {\"order\":1}
       as request A2
       A2 answered 200
       the client returns \"paid\"
6                                                                                charge 12.00 €
                                                                                   POST /orders
                                                                                   card tok_ann
                                                                                   → ch_2
                                                                                   responds 200 []
     At rest: everything has ended
     ✗ Every customer pays once.
     ✗ card tok_ann was charged 2,400, due 1,200

Charged more than once:
  There are 2 charges for card tok_ann.
  A charges 12.00 € in step 2 (server.py line 9) as ch_1.
  A: response lost, in step 3.
  A2 charges 12.00 € in step 6 (server.py line 9) as ch_2.",
    );
    assert_eq!(found.columns.iter().map(|column| column.tint).collect::<Vec<_>>(), [2, 0, 1]);
}

#[test]
fn the_wait_of_a_fixed_run_ends() {
    let mut writer = Writer::new();
    let read = "SELECT stock FROM items WHERE id = 1 FOR UPDATE";
    for name in ["A", "B"] {
        writer.request(name, "POST", "/orders");
        writer.begin(name, 4);
    }
    writer.locks("A", &["FOR UPDATE on items (id)=(1)"]);
    writer.sql("A", 5, read, "", "[[1]]", 0);
    writer.waits("B", 5, read, &["A"], "FOR UPDATE on items (id)=(1)");
    writer.sql("A", 8, WRITE, "{\"n\":0,\"id\":1}", "[]", 1);
    writer.transaction("A", 4, TransactionWhat::Commit);
    writer.locks("B", &["FOR UPDATE on items (id)=(1)"]);
    writer.sql("B", 5, read, "", "[[0]]", 0);
    let found = schedule(writer);
    assert!(found.insights.is_empty(), "{:?}", found.insights);
    assert_eq!(found.rows[4].waiting, [1]);
    let last = found.rows.last().map(|row| (row.small.clone(), row.waiting.clone()));
    let small = vec!["waited since step 4".to_owned(), "1 row · stock = 0".to_owned()];
    assert_eq!(last, Some((small, vec![])));
}

#[track_caller]
fn expect_test(found: &str, expected: &str) {
    assert!(found == expected, "found:\n{found}\n\nexpected:\n{expected}");
}
