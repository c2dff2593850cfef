//! Parameters, types and the differences between SQLite and PostgreSQL that change results.

mod shop;

use shop::{Shop, ints};
use unhappy_trace::Value;

// Zero, one and many items, in each of the places where a list may stand.
#[test]
fn lists_expand() {
    let table = [
        ("SELECT id FROM orders WHERE id = ANY(:ids)", ints(0..0), "[]"),
        ("SELECT id FROM orders WHERE id <> ALL(:ids)", ints(0..0), "[[1],[2],[3]]"),
        ("SELECT id FROM orders WHERE id <> ALL(:ids)", ints(1..3), "[[3]]"),
        ("SELECT id FROM orders WHERE id IN (:ids)", ints(2..3), "[[2]]"),
        ("SELECT id FROM orders WHERE id IN :ids", ints(2..9), "[[2],[3]]"),
        ("SELECT id FROM orders WHERE id IN (:ids)", Value::Int(3), "[[3]]"),
        ("SELECT id FROM orders WHERE id NOT IN (:ids)", ints(2..9), "[[1]]"),
        ("SELECT id FROM orders WHERE id = ANY(:ids::bigint[])", ints(1..32_000), "[[1],[2],[3]]"),
    ];
    let mut shop = Shop::open();
    for (sql, list, expected) in table {
        assert_eq!(shop.rows_with(1, sql, &[("ids", list)]), expected, "{sql}");
    }
}

#[test]
fn parameters_by_name_and_number() {
    let mut shop = Shop::open();
    let twice = [("a", Value::Int(1)), ("b", Value::Text("Ada".into()))];
    let sql = "SELECT id FROM customers WHERE name = :b AND id = :a AND :a = 1";
    assert_eq!(shop.rows_with(1, sql, &twice), "[[1]]");
    let numbered = [("1", Value::Int(2)), ("2", Value::Int(1))];
    assert_eq!(shop.rows_with(1, "SELECT $2 + 0, $1 + 0", &numbered), "[[1,2]]");
    let mixed = [("ids", ints(1..4)), ("who", Value::Int(1))];
    let sql = "SELECT id FROM orders WHERE customer_id = :who AND id IN (:ids)";
    assert_eq!(shop.rows_with(1, sql, &mixed), "[[1],[2]]");
    assert_eq!(shop.rows(1, "SELECT ':not_one', E'it\\'s', $$a 'b'$$"), r#"[[":not_one","it's","a 'b'"]]"#);
}

#[test]
fn results_look_like_postgresql() {
    let mut shop = Shop::open();
    let done = shop.done(1, "SELECT count(*), SUM(quantity), 1 + 1, paid AS Is_Paid, \"paid\" AS \"P\" FROM orders WHERE id = 1 GROUP BY paid");
    assert_eq!(*done.columns, ["count", "sum", "?column?", "is_paid", "P"]);
    assert_eq!(shop::shown(&done.rows), "[[1,5,2,true,true]]");
    // NULL sorts as the largest value, integers divide to integers, LIKE minds upper and lower case.
    assert_eq!(shop.rows(1, "SELECT quantity FROM orders ORDER BY quantity"), "[[3],[5],[null]]");
    assert_eq!(shop.rows(1, "SELECT quantity FROM orders ORDER BY quantity DESC"), "[[null],[5],[3]]");
    assert_eq!(shop.rows(1, "SELECT quantity FROM orders ORDER BY quantity NULLS FIRST"), "[[null],[3],[5]]");
    assert_eq!(shop.rows(1, "SELECT 7 / 2, 7 % 4, -(7) / (1 + 1) * 2"), "[[3,3,-6]]");
    assert_eq!(shop.rows(1, "SELECT name FROM customers WHERE name LIKE 'a%'"), "[]");
    assert_eq!(
        shop.rows(1, "UPDATE stock s SET left_over = 4 WHERE s.shop = 'north' RETURNING s.left_over"),
        "[[4]]"
    );
    assert_eq!(shop.done(1, "TRUNCATE TABLE stock").changed, 2);
}

#[test]
fn serial_keys_are_not_given_twice() {
    let mut shop = Shop::open();
    let insert = "INSERT INTO customers (name) VALUES ('Eve') RETURNING id";
    assert_eq!(shop.rows(1, insert), "[[3]]");
    shop.done(1, "DELETE FROM customers WHERE id = 3");
    assert_eq!(shop.rows(1, insert), "[[4]]");
}

// A number that a rolled-back INSERT took is gone; one that was written by hand moves nothing.
#[test]
fn sequences_do_not_roll_back() {
    let mut shop = Shop::open();
    let insert = "INSERT INTO customers (name) VALUES ('Eve') RETURNING id";
    shop.done(1, "BEGIN");
    assert_eq!(shop.rows(1, insert), "[[3]]");
    shop.done(1, "ROLLBACK");
    assert_eq!(shop.rows(1, insert), "[[4]]");
    shop.done(1, "INSERT INTO customers (id, name) VALUES (50, 'Fay'), (DEFAULT, 'Gil')");
    assert_eq!(shop.rows(1, "SELECT id FROM customers WHERE id > 4 ORDER BY id"), "[[5],[50]]");
    assert_eq!(shop.refused(1, "INSERT INTO customers (name) VALUES (NULL)").sqlstate, "23502");
    assert_eq!(shop.rows(1, insert), "[[7]]");
}

#[test]
fn tables_can_change() {
    let mut shop = Shop::open();
    shop.done(1, "ALTER TABLE stock ADD COLUMN open boolean NOT NULL DEFAULT true");
    assert_eq!(shop.rows(1, "SELECT open FROM stock"), "[[true],[true]]");
    shop.done(1, "CREATE INDEX ON stock (left_over)");
    shop.done(1, "CREATE UNIQUE INDEX one_per_shop ON stock USING btree (shop)");
    let error = shop.refused(1, "INSERT INTO stock (sku, shop) VALUES ('ink', 'north')");
    assert_eq!(error.message, "duplicate key value violates unique constraint \"one_per_shop\"");
    shop.done(1, "DROP INDEX one_per_shop");
    shop.done(1, "ALTER TABLE stock RENAME COLUMN left_over TO amount");
    shop.done(1, "ALTER TABLE stock RENAME TO stocks");
    assert_eq!(shop.rows(1, "SELECT amount, open FROM stocks WHERE shop = 'north'"), "[[10,true]]");
    shop.done(1, "CREATE VIEW empty AS SELECT sku, shop FROM stocks WHERE amount = 0");
    assert_eq!(shop.rows(1, "SELECT * FROM empty"), "[[\"pen\",\"south\"]]");
    assert_eq!(shop.refused(1, "DROP TABLE stocks").sqlstate, "2BP01");
    shop.done(1, "DROP VIEW empty");
    shop.done(1, "DROP TABLE stocks");
    assert_eq!(shop.refused(1, "SELECT * FROM stocks").sqlstate, "42P01");
}
