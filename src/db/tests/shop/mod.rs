//! A small shop and one-line helpers for the tests of this crate.

#![expect(dead_code, reason = "each test file uses some of the helpers")]

use unhappy_db::{Answer, Binds, Done, Engine, SessionId, SqlError, State};
use unhappy_trace::{SimInstant, Value};

pub const SCHEMA: &str = "
CREATE TABLE customers (id bigserial PRIMARY KEY, name text NOT NULL, email varchar(20) UNIQUE);
CREATE TABLE orders (
    id bigint PRIMARY KEY,
    customer_id bigint NOT NULL REFERENCES customers (id),
    quantity integer CHECK (quantity > 0),
    paid boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE stock (sku text, shop text, left_over integer, PRIMARY KEY (sku, shop));
";

/// A database with its engine.
pub struct Shop {
    pub engine: Engine,
    pub state: State,
}

impl Shop {
    /// Two customers, three orders (two of Ada, one of Bob with an unknown quantity), two stocks.
    pub fn open() -> Shop {
        let engine = Engine::new();
        let mut state = engine.create(SCHEMA, 7).expect("the schema is valid");
        let data = "INSERT INTO customers (name, email) VALUES ('Ada', 'ada@x'), ('Bob', NULL);
            INSERT INTO orders (id, customer_id, quantity, paid) VALUES (1, 1, 5, true), (2, 1, 3, false), (3, 2, NULL, false);
            INSERT INTO stock VALUES ('pen', 'north', 10), ('pen', 'south', 0);";
        engine.run_script(&mut state, data).expect("the data is valid");
        Shop { engine, state }
    }

    pub fn answer(&mut self, session: u32, sql: &str, binds: &[(&str, Value)]) -> Answer {
        let binds = Binds(binds.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect());
        self.engine.execute(&mut self.state, SessionId(session), sql, &binds, SimInstant::from_micros(1_500))
    }

    #[track_caller]
    pub fn done(&mut self, session: u32, sql: &str) -> Done {
        self.done_with(session, sql, &[])
    }

    #[track_caller]
    pub fn done_with(&mut self, session: u32, sql: &str, binds: &[(&str, Value)]) -> Done {
        match self.answer(session, sql, binds) {
            Answer::Done(done) => done,
            other => panic!("{sql}: {other:?}"),
        }
    }

    #[track_caller]
    pub fn refused(&mut self, session: u32, sql: &str) -> SqlError {
        self.refused_with(session, sql, &[])
    }

    #[track_caller]
    pub fn refused_with(&mut self, session: u32, sql: &str, binds: &[(&str, Value)]) -> SqlError {
        match self.answer(session, sql, binds) {
            Answer::Refused(error) => error,
            other => panic!("{sql}: {other:?}"),
        }
    }

    #[track_caller]
    pub fn blocked(&mut self, session: u32, sql: &str, on: u32) {
        assert_eq!(self.answer(session, sql, &[]), Answer::Blocked { on: vec![SessionId(on)] }, "{sql}");
    }

    /// Goes on with a blocked statement.
    #[track_caller]
    pub fn resumed(&mut self, session: u32) -> Answer {
        let now = SimInstant::from_micros(2_000);
        assert_eq!(self.engine.ready(&self.state).first(), Some(&SessionId(session)));
        self.engine.resume(&mut self.state, SessionId(session), now).expect("the session waits")
    }

    /// Goes on with a blocked statement, which runs. Returns the rows it changed.
    #[track_caller]
    pub fn resumed_change(&mut self, session: u32) -> u64 {
        match self.resumed(session) {
            Answer::Done(done) => done.changed,
            other => panic!("{other:?}"),
        }
    }

    /// The rows as `[[1,"Ada"],[2,"Bob"]]`.
    #[track_caller]
    pub fn rows(&mut self, session: u32, sql: &str) -> String {
        shown(&self.done(session, sql).rows)
    }

    #[track_caller]
    pub fn rows_with(&mut self, session: u32, sql: &str, binds: &[(&str, Value)]) -> String {
        shown(&self.done_with(session, sql, binds).rows)
    }
}

pub fn shown(rows: &[Vec<Value>]) -> String {
    Value::List(rows.iter().cloned().map(Value::List).collect()).canonical_json()
}

pub fn ints(range: std::ops::Range<i64>) -> Value {
    Value::List(range.map(Value::Int).collect())
}
