//! scratch
use unhappy_db::*;
use unhappy_trace::*;
#[test]
fn smoke() {
    let engine = Engine::new();
    let mut state = engine.create("CREATE TABLE customers (id bigserial PRIMARY KEY, name text NOT NULL, vip boolean NOT NULL DEFAULT false);
      CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers (id), qty integer CHECK (qty > 0), at timestamptz DEFAULT now());
      INSERT INTO customers (name, vip) VALUES ('Ada', true), ('Bob', false);
      INSERT INTO orders (id, customer_id, qty) VALUES (1, 1, 5), (2, 2, NULL);", 1).unwrap();
    let mut go = |sql: &str, binds: &[(&str, Value)]| {
        let binds = Binds(binds.iter().map(|(n, v)| (n.to_string(), v.clone())).collect());
        let a = engine.execute(&mut state, SessionId(1), sql, &binds, SimInstant::from_micros(1500));
        println!("{sql}\n   {a:?}");
    };
    go("SELECT name, vip FROM customers WHERE id = :id", &[("id", Value::Int(1))]);
    go("SELECT * FROM customers WHERE id = ANY(:ids)", &[("ids", Value::List(vec![Value::Int(1), Value::Int(2)]))]);
    go("SELECT o.id, c.name FROM orders o JOIN customers c ON c.id = o.customer_id ORDER BY o.qty DESC", &[]);
    go("SELECT (SELECT name FROM customers c WHERE c.id = o.customer_id) FROM orders o", &[]);
    go("INSERT INTO orders (id, customer_id, qty) VALUES (1, 1, 5)", &[]);
    go("INSERT INTO orders (id, customer_id, qty) VALUES (7, 99, 5)", &[]);
    go("DELETE FROM customers WHERE id = 1", &[]);
    go("INSERT INTO orders (id, customer_id, qty) VALUES (7, 1, -5)", &[]);
    go("INSERT INTO orders (customer_id, qty) VALUES (1, -5)", &[]);
    go("INSERT INTO orders (id, qty) VALUES (9, 5)", &[]);
    go("SELECT nam FROM customers", &[]);
    go("SELECT * FORM customers", &[]);
    go("SELECT * FROM custmers", &[]);
    go("SELECT qty / (qty - 5) FROM orders", &[]);
    go("SELECT count(*), now(), random(), gen_random_uuid() FROM orders", &[]);
    go("SELECT datetime('now')", &[]);
    go("PRAGMA foreign_keys = off", &[]);
    go("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n", &[]);
    go("UPDATE orders SET qty = qty + 1 WHERE id = 1 RETURNING id, qty", &[]);
}
