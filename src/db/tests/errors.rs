//! Errors in PostgreSQL's words: SQLSTATE, message, position.

mod shop;

use shop::{Shop, ints};
use unhappy_trace::Value;

#[test]
fn refusals_of_a_statement() {
    let table: &[(&str, &str, &str, Option<u32>)] = &[
        ("SELECT * FROM ordrs", "42P01", "relation \"ordrs\" does not exist", Some(15)),
        ("SELECT nam FROM customers", "42703", "column \"nam\" does not exist", Some(8)),
        ("SELECT c.nam FROM customers c", "42703", "column c.nam does not exist", Some(8)),
        ("SELECT x.name FROM customers c", "42P01", "missing FROM-clause entry for table \"x\"", Some(8)),
        ("SELECT \"Name\" FROM stock", "42703", "column \"Name\" does not exist", Some(8)),
        ("SELECT * FROM stock WHERE sku = \"pen\"", "42703", "column \"pen\" does not exist", Some(33)),
        (
            "UPDATE stock SET lft = 1",
            "42703",
            "column \"lft\" of relation \"stock\" does not exist",
            Some(18),
        ),
        (
            "INSERT INTO stock (ski) VALUES (1)",
            "42703",
            "column \"ski\" of relation \"stock\" does not exist",
            Some(20),
        ),
        ("SELECT * FORM stock", "42601", "syntax error at or near \"FORM\"", Some(10)),
        ("SELECT * FROM stock WHERE", "42601", "syntax error at end of input", Some(26)),
        ("SELECT 'abc", "42601", "unterminated quoted string at or near \"'abc\"", Some(8)),
        ("SELECT /* é */ nam FROM customers", "42703", "column \"nam\" does not exist", Some(16)),
        (
            "SELECT id FROM customers c JOIN orders o ON o.customer_id = c.id",
            "42702",
            "column reference \"id\" is ambiguous",
            Some(8),
        ),
        ("SELECT foo(1)", "42883", "function foo(integer) does not exist", Some(8)),
        ("SELECT datetime('now')", "42883", "function datetime(unknown) does not exist", Some(8)),
        (
            "SELECT date_trunc('day', now())",
            "0A000",
            "the function date_trunc() is not available here",
            Some(8),
        ),
        ("SELECT 1; SELECT 2", "42601", "cannot insert multiple commands into a prepared statement", Some(9)),
        ("SELECT 1 / 0", "22012", "division by zero", None),
        ("SELECT quantity % (quantity - 5) FROM orders", "22012", "division by zero", None),
        ("PRAGMA foreign_keys", "42601", "syntax error at or near \"PRAGMA\"", Some(1)),
        ("ATTACH 'x' AS y", "42601", "syntax error at or near \"ATTACH\"", Some(1)),
        ("REPLACE INTO stock VALUES ('a', 'b', 1)", "42601", "syntax error at or near \"REPLACE\"", Some(1)),
        (
            "INSERT OR IGNORE INTO stock VALUES ('a', 'b', 1)",
            "42601",
            "syntax error at or near \"OR\"",
            Some(8),
        ),
        ("VACUUM", "0A000", "VACUUM is not available here", Some(1)),
        ("SELECT DISTINCT ON (sku) sku FROM stock", "0A000", "DISTINCT ON is not available here", Some(8)),
        ("SELECT name FROM sqlite_master", "42P01", "relation \"sqlite_master\" does not exist", Some(18)),
        ("CREATE TEMP TABLE t (x integer)", "0A000", "CREATE TEMP is not available here", Some(8)),
        ("CREATE TRIGGER t", "0A000", "CREATE TRIGGER is not available here", Some(8)),
        (
            "CREATE TABLE t (x numeric(10, 2))",
            "0A000",
            "the column type numeric is not available here",
            Some(19),
        ),
        ("CREATE TABLE stock (x integer)", "42P07", "relation \"stock\" already exists", None),
        (
            "INSERT INTO stock (sku, shop, left_over) VALUES ('a', 'b')",
            "42601",
            "INSERT has more target columns than expressions",
            Some(31),
        ),
        (
            "UPDATE stock SET left_over = 'many'",
            "22P02",
            "invalid input syntax for type integer: \"many\"",
            Some(30),
        ),
        ("SELECT name + 1 FROM customers", "42883", "operator does not exist: text + integer", Some(13)),
        (
            "SELECT id FROM orders WHERE quantity",
            "42804",
            "argument of WHERE must be type boolean, not type integer",
            Some(29),
        ),
        (
            "SELECT name, count(*) FROM customers",
            "42803",
            "column \"customers.name\" must appear in the GROUP BY clause or be used in an aggregate function",
            Some(8),
        ),
        (
            "SELECT customer_id FROM orders WHERE id = 'abc'",
            "22P02",
            "invalid input syntax for type bigint: \"abc\"",
            Some(43),
        ),
        (
            "INSERT INTO customers (name) VALUES (NULL)",
            "23502",
            "null value in column \"name\" of relation \"customers\" violates not-null constraint",
            None,
        ),
        (
            "INSERT INTO orders (customer_id) VALUES (1)",
            "23502",
            "null value in column \"id\" of relation \"orders\" violates not-null constraint",
            None,
        ),
        (
            "UPDATE orders SET quantity = 0",
            "23514",
            "new row for relation \"orders\" violates check constraint \"orders_quantity_check\"",
            None,
        ),
        (
            "UPDATE customers SET email = 'a far too long address'",
            "22001",
            "value too long for type character varying(20)",
            None,
        ),
        (
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
            "57014",
            "canceling statement: it ran too long",
            None,
        ),
    ];
    let mut shop = Shop::open();
    let mut wrong = String::new();
    for (sql, sqlstate, message, position) in table {
        let error = shop.refused(1, sql);
        let seen = (error.sqlstate, error.message.as_str(), error.position);
        if seen != (*sqlstate, *message, *position) {
            wrong += &format!("{sql}\n  {seen:?}\n");
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn broken_keys_name_the_key() {
    let table = [
        (
            "INSERT INTO orders (id, customer_id) VALUES (2, 1)",
            "23505",
            "orders_pkey",
            "Key (id)=(2) already exists.",
        ),
        (
            "INSERT INTO customers (name, email) VALUES ('Eve', 'ada@x')",
            "23505",
            "customers_email_key",
            "Key (email)=(ada@x) already exists.",
        ),
        (
            "UPDATE stock SET shop = 'south'",
            "23505",
            "stock_pkey",
            "Key (sku, shop)=(pen, south) already exists.",
        ),
        (
            "INSERT INTO orders (id, customer_id) VALUES (9, 77)",
            "23503",
            "insert or update on table \"orders\" violates foreign key constraint \"orders_customer_id_fkey\"",
            "Key (customer_id)=(77) is not present in table \"customers\".",
        ),
        (
            "DELETE FROM customers WHERE id = 2",
            "23503",
            "update or delete on table \"customers\" violates foreign key constraint \"orders_customer_id_fkey\" on table \"orders\"",
            "Key (id)=(2) is still referenced from table \"orders\".",
        ),
    ];
    let mut shop = Shop::open();
    for (sql, sqlstate, message, detail) in table {
        let error = shop.refused(1, sql);
        let message = match sqlstate {
            "23505" => format!("duplicate key value violates unique constraint \"{message}\""),
            _ => message.to_owned(),
        };
        assert_eq!((error.sqlstate, error.message), (sqlstate, message), "{sql}");
        assert_eq!(error.detail.as_deref(), Some(detail), "{sql}");
    }
}

#[test]
fn a_near_column_is_hinted() {
    let mut shop = Shop::open();
    let error = shop.refused(1, "SELECT nam FROM customers");
    assert_eq!(error.hint.as_deref(), Some("Perhaps you meant to reference the column \"customers.name\"."));
    assert_eq!(shop.refused(1, "SELECT entirely_other FROM customers").hint, None);
}

#[test]
fn parameters_must_fit() {
    let mut shop = Shop::open();
    let by_id = "SELECT name FROM customers WHERE id = :id";
    let error = shop.refused_with(1, by_id, &[("name", Value::Int(1))]);
    assert_eq!((error.sqlstate, error.message.as_str()), ("42P02", "there is no parameter :id"));
    assert_eq!(error.detail.as_deref(), Some("Values were given for :name."));
    let error = shop.refused_with(1, by_id, &[("id", Value::Int(1)), ("name", Value::Int(1))]);
    assert_eq!(error.sqlstate, "08P01");
    assert_eq!(error.detail.as_deref(), Some("The statement does not use :name."));
    let error = shop.refused_with(1, by_id, &[("id", ints(0..3))]);
    assert_eq!((error.sqlstate, error.position), ("42804", Some(39)));
    let any = "SELECT name FROM customers WHERE id = ANY(:id)";
    assert_eq!(shop.refused_with(1, any, &[("id", Value::Int(1))]).sqlstate, "42809");
    let error = shop.refused_with(1, any, &[("id", ints(0..40_000))]);
    assert_eq!(
        (error.sqlstate, error.message.as_str()),
        ("54000", "the number of query arguments cannot exceed 32,767")
    );
    assert_eq!(shop.refused_with(1, by_id, &[("id", Value::Map(Vec::new()))]).sqlstate, "42804");
    let text = Value::Text("1".to_owned());
    let error = shop.refused_with(1, by_id, &[("id", text)]);
    assert_eq!((error.sqlstate, error.position), ("42804", Some(39)));
    assert_eq!(error.detail.as_deref(), Some("an int was expected, and a str was given."));
    let quantity = "SELECT id FROM orders WHERE quantity = :q";
    assert_eq!(shop.refused_with(1, quantity, &[("q", Value::Int(3_000_000_000))]).sqlstate, "22003");
    assert_eq!(shop.rows_with(1, quantity, &[("q", Value::Null)]), "[]");
    let big = Value::BigInt("99999999999999999999".to_owned());
    assert_eq!(shop.refused_with(1, by_id, &[("id", big)]).sqlstate, "22003");
}
