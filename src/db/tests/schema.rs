//! CREATE, ALTER and DROP, and what the tables they make accept.

mod shop;

use shop::Shop;

const TABLES: &str = "
CREATE TABLE shops (id int GENERATED ALWAYS AS IDENTITY, name text NOT NULL, CONSTRAINT shops_id PRIMARY KEY (id));
CREATE TABLE items (
    shop int REFERENCES shops ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    code varchar(4) DEFAULT upper('none'),
    number serial,
    added date DEFAULT current_date,
    price bigint NOT NULL DEFAULT 5 * 2 CHECK (price >= 0),
    label text GENERATED ALWAYS AS (code || '!') STORED,
    UNIQUE (shop, code),
    CHECK (length(code) > 1 OR price = 0)
);
CREATE UNIQUE INDEX items_label ON items (lower(label)) WHERE price > 3;
CREATE INDEX IF NOT EXISTS items_price ON items (price DESC, code);
";

fn open() -> Shop {
    let mut shop = Shop::open();
    shop.engine.run_script(&mut shop.state, TABLES).expect("the tables are valid");
    shop.done(1, "INSERT INTO shops (name) VALUES ('north'), ('south')");
    shop
}

#[test]
fn defaults_sequences_and_computed_columns() {
    let mut shop = open();
    assert_eq!(
        shop.rows(1, "INSERT INTO items (shop) VALUES (1) RETURNING *"),
        r#"[[1,"NONE",1,"2026-01-01",10,"NONE!"]]"#
    );
    assert_eq!(
        shop.rows(1, "INSERT INTO items (shop, code, number) VALUES (2, 'ab  ', 7), (2, 'cd', DEFAULT) RETURNING number"),
        "[[7],[2]]"
    );
    // The partial index over lower(label) has "none!" already; the number that was tried is gone.
    let error = shop.refused(1, "INSERT INTO items DEFAULT VALUES");
    assert_eq!(error.message, "duplicate key value violates unique constraint \"items_label\"");
    assert_eq!(
        shop.rows(1, "INSERT INTO items (code, price) VALUES ('no', 0) RETURNING shop, number"),
        "[[null,4]]"
    );
}

#[test]
fn what_the_tables_refuse() {
    let mut shop = open();
    for (sql, sqlstate) in [
        ("INSERT INTO shops (id, name) VALUES (9, 'x')", "428C9"),
        ("UPDATE shops SET id = 9", "428C9"),
        ("INSERT INTO items (label) VALUES ('x')", "428C9"),
        ("INSERT INTO items (code) VALUES ('abcde')", "22001"),
        ("INSERT INTO items (code) VALUES ('a')", "23514"),
        ("INSERT INTO items (price) VALUES (-1)", "23514"),
        ("INSERT INTO items (price) VALUES (NULL)", "23502"),
        ("CREATE TABLE t (a int CHECK (a))", "42804"),
        ("CREATE TABLE t (a int DEFAULT 'x')", "22P02"),
        ("CREATE TABLE t (a int DEFAULT true)", "42804"),
        ("CREATE TABLE t (a int DEFAULT b)", "0A000"),
        ("CREATE TABLE t (a int, a text)", "42701"),
        ("CREATE TABLE t (a int PRIMARY KEY, b int PRIMARY KEY)", "42P16"),
        ("CREATE TABLE t (a int REFERENCES nobody)", "42P01"),
        ("CREATE TABLE t (a text REFERENCES shops)", "42804"),
        ("CREATE TABLE t (a int REFERENCES items (price))", "42830"),
        ("CREATE TABLE t (a int REFERENCES items)", "42704"),
        ("CREATE TABLE t (a int, UNIQUE (b))", "42703"),
        ("CREATE TABLE t (a int CHECK (count(*) > 1))", "42803"),
        ("CREATE TABLE t (oid int)", "0A000"),
        ("CREATE TABLE t (a whatever)", "42704"),
        ("CREATE TABLE t (a real)", "0A000"),
        ("CREATE INDEX ON items (nothing)", "42703"),
        ("CREATE INDEX items_price ON items (price)", "42P07"),
        ("CREATE INDEX ON items (random())", "42P17"),
        ("ALTER TABLE items ADD COLUMN code int", "42701"),
        ("ALTER TABLE items DROP COLUMN nothing", "42703"),
        ("ALTER TABLE nothing ADD COLUMN a int", "42P01"),
        ("ALTER TABLE items RENAME COLUMN price TO code", "42701"),
        ("DROP TABLE shops", "2BP01"),
        ("DROP TABLE nothing", "42P01"),
        ("DROP INDEX nothing", "42704"),
        ("TRUNCATE shops", "0A000"),
        ("SELECT * FROM items FOR UPDATE OF shops", "42P01"),
    ] {
        assert_eq!(shop.refused(1, sql).sqlstate, sqlstate, "{sql}");
    }
    shop.done(1, "INSERT INTO shops (id, name) OVERRIDING SYSTEM VALUE VALUES (9, 'x')");
    shop.done(1, "DROP TABLE IF EXISTS nothing");
    shop.done(1, "CREATE TABLE IF NOT EXISTS shops (a int)");
    shop.done(1, "ALTER TABLE shops ADD CONSTRAINT one_name UNIQUE (name)");
    assert_eq!(shop.refused(1, "INSERT INTO shops (name) VALUES ('north')").sqlstate, "23505");
}
