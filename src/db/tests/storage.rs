//! The database is a value: copies diverge, failures leave no trace, files and digests show content.

mod shop;

use rusqlite::Connection;
use shop::{SCHEMA, Shop};
use unhappy_db::{Answer, Binds, Engine, SessionId};
use unhappy_trace::{SimInstant, Value};

// Both copies write once, so both images carry the same change counter; a connection that trusted it would
// show one copy's page under the other.
#[test]
fn copies_with_equal_change_counters_do_not_show_each_others_pages() {
    let mut left = Shop::open();
    let before = left.state.clone();
    left.done(1, "UPDATE customers SET name = 'Left' WHERE id = 1");
    let after_left = std::mem::replace(&mut left.state, before);
    left.done(1, "UPDATE customers SET name = 'Right' WHERE id = 1");
    let after_right = left.state.clone();
    for _ in 0..3 {
        for (state, name) in [(&after_left, "Left"), (&after_right, "Right")] {
            left.state = state.clone();
            assert_eq!(left.rows(1, "SELECT name FROM customers WHERE id = 1"), format!("[[\"{name}\"]]"));
        }
    }
}

// Each branch makes two tables in another order, so the same root page belongs to another table. With equal
// schema numbers a cached statement would read the wrong one.
#[test]
fn copies_diverge_after_ddl() {
    let mut shop = Shop::open();
    let before = shop.state.clone();
    shop.done(1, "CREATE TABLE a (x integer)");
    shop.done(1, "CREATE TABLE b (x integer)");
    shop.done(1, "INSERT INTO a (x) VALUES (1)");
    shop.done(1, "INSERT INTO b (x) VALUES (2)");
    let first = std::mem::replace(&mut shop.state, before);
    shop.done(1, "CREATE TABLE b (x integer)");
    shop.done(1, "CREATE TABLE a (x integer)");
    shop.done(1, "INSERT INTO a (x) VALUES (10)");
    shop.done(1, "INSERT INTO b (x) VALUES (20)");
    let second = shop.state.clone();
    for _ in 0..3 {
        for (state, a, b) in [(&first, "[[1]]", "[[2]]"), (&second, "[[10]]", "[[20]]")] {
            shop.state = state.clone();
            assert_eq!(shop.rows(1, "SELECT x FROM a"), a);
            assert_eq!(shop.rows(1, "SELECT x FROM b"), b);
        }
    }
}

// The third of five thousand rows collides; nothing of the first two may stay, and the next statement sees
// the pages of before.
#[test]
fn a_failed_statement_leaves_no_trace() {
    let mut shop = Shop::open();
    let before = shop.engine.content_digest(&shop.state, SimInstant::START);
    let error = shop.refused(
        1,
        "WITH RECURSIVE n(i) AS (SELECT 3 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
         INSERT INTO orders (id, customer_id, quantity) SELECT 5003 - i, 1, 1 FROM n",
    );
    assert_eq!((error.sqlstate, error.detail.as_deref()), ("23505", Some("Key (id)=(3) already exists.")));
    assert_eq!(shop.engine.content_digest(&shop.state, SimInstant::START), before);
    assert_eq!(shop.rows(1, "SELECT count(*) FROM orders"), "[[3]]");
}

#[test]
fn a_failed_schema_change_leaves_no_trace() {
    let mut shop = Shop::open();
    assert_eq!(shop.refused(1, "CREATE TABLE bills (id bigint REFERENCES nobody (id))").sqlstate, "42P01");
    assert_eq!(shop.refused(1, "SELECT * FROM bills").sqlstate, "42P01");
    shop.done(1, "CREATE TABLE bills (id bigint)");
    assert_eq!(shop.rows(1, "SELECT count(*) FROM bills"), "[[0]]");
}

#[test]
fn an_exported_file_opens_in_sqlite() {
    let shop = Shop::open();
    let bytes = shop.engine.export(&shop.state);
    let mut file = Connection::open_in_memory().expect("memory is there");
    file.deserialize_read_exact("main", &bytes[..], bytes.len(), false).expect("the bytes are a database");
    let names: String = file
        .query_row("SELECT group_concat(name, ',') FROM customers", [], |row| row.get(0))
        .expect("the table is there");
    assert_eq!(names, "Ada,Bob");
    let check: String = file.query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("a pragma");
    assert_eq!(check, "ok");
}

// Two independent inserts in either order; then one value more.
#[test]
fn the_digest_is_by_content() {
    let base = Shop::open();
    let digest = |statements: &[&str]| {
        let mut state = base.state.clone();
        for sql in statements {
            let binds = Binds::default();
            let answer = base.engine.execute(&mut state, SessionId(1), sql, &binds, SimInstant::START);
            assert!(matches!(answer, Answer::Done(_)), "{answer:?}");
        }
        base.engine.content_digest(&state, SimInstant::START)
    };
    let (one, two) =
        ("INSERT INTO stock VALUES ('ink', 'north', 1)", "INSERT INTO stock VALUES ('cap', 'south', 2)");
    assert_eq!(digest(&[one, two]), digest(&[two, one]));
    assert_ne!(digest(&[one]), digest(&[two]));
    assert_eq!(digest(&[one, "DELETE FROM stock WHERE sku = 'ink'"]), digest(&[]));
    assert_ne!(digest(&["BEGIN"]), digest(&[]));
    assert_ne!(digest(&["BEGIN"]), digest(&["BEGIN ISOLATION LEVEL SERIALIZABLE"]));
    assert_ne!(digest(&["BEGIN", "SELECT 1"]), digest(&["BEGIN"]), "a snapshot or a query may matter later");
}

#[test]
fn tables_show_committed_content() {
    let mut shop = Shop::open();
    shop.done(1, "BEGIN");
    shop.done(1, "DELETE FROM orders");
    let tables = shop.engine.tables(&shop.state, 2);
    let names: Vec<&str> = tables.iter().map(|table| table.name.as_str()).collect();
    assert_eq!(names, ["customers", "orders", "stock"]);
    assert_eq!((tables[1].row_count, tables[1].rows.len()), (3, 2));
    assert_eq!(tables[1].columns[3].type_name, "boolean");
    assert_eq!(tables[1].rows[0][3], Value::Bool(true));
}

#[test]
fn bulk_rows_are_all_or_nothing() {
    let mut shop = Shop::open();
    let rows =
        |range: std::ops::Range<i64>| range.map(|id| vec![Value::Int(id), Value::Int(1), Value::Int(1)]);
    let columns = ["id", "customer_id", "quantity"];
    let Shop { engine, state } = &mut shop;
    assert_eq!(engine.insert(state, "orders", &columns, &mut rows(10..10_010)), Ok(10_000));
    let error = engine.insert(state, "orders", &columns, &mut rows(10_009..10_020)).expect_err("a duplicate");
    assert_eq!(error.sqlstate, "23505");
    assert_eq!(shop.rows(1, "SELECT count(*) FROM orders"), "[[10003]]");
}

#[test]
fn a_script_names_the_line_of_its_error() {
    let engine = Engine::new();
    let error = engine.create("CREATE TABLE a (x integer);\n\n  SELECT y FROM a;", 0).expect_err("no y");
    assert_eq!((error.sqlstate, error.line, error.position), ("42703", Some(3), Some(39)));
    assert!(engine.create(SCHEMA, 0).is_ok(), "the engine is as good as new");
}

// Two engines, the same steps: equal content, equal files, equal numbers.
#[test]
fn a_run_repeats_itself() {
    let run = || {
        let mut shop = Shop::open();
        let mut seen = String::new();
        for sql in ["SELECT random()", "UPDATE orders SET quantity = 1", "SELECT gen_random_uuid(), now()"] {
            let done = shop.done(1, sql);
            seen += &format!("{} {:?}\n", shop::shown(&done.rows), done.observed);
        }
        (seen, shop.engine.content_digest(&shop.state, SimInstant::START), shop.engine.export(&shop.state))
    };
    assert_eq!(run(), run());
}
