//! Small made-up lessons and traces for tests: the handler that asks once per order, and the one with a JOIN.

use std::collections::BTreeMap;
use unhappy_lesson::{
    Budget, File, Formula, Lesson, Predict, PredictOption, Prose, Setting, Sizes, Text, Ticket, Traffic,
};
use unhappy_trace::event::{
    Arrived, Hit, Place, Responded, Said, Shape, Statement, StatementOutcome, StatementWaits,
};
use unhappy_trace::{
    Digest, EventKind, Inputs, Recorder, SimDuration, SimInstant, Trace, Value, Within, request_name,
};

/// Each statement takes half a millisecond.
const STATEMENT_MICROS: u64 = 500;

/// A lesson of one file that allows three statements a request.
pub fn lesson() -> Lesson {
    let prose = |html: &str| Prose { html: html.to_owned() };
    Lesson {
        format_version: unhappy_lesson::FORMAT_VERSION,
        id: "11111111-2222-3333-4444-555555555555".into(),
        slug: "sample".into(),
        title: "One <page> of orders".into(),
        summary: "A loop that asks once per order.".into(),
        track: "Queries".into(),
        level: 1,
        minutes: 10,
        prerequisites: vec![],
        aliases: vec![],
        row_noun: "order".into(),
        ticket: Ticket {
            key: "SHOP-114".into(),
            state: "merged Tuesday".into(),
            text: "Show the customer's name.".into(),
        },
        text: Text { brief: prose("<p>It reads <em>well</em>.</p>"), ..Text::default() },
        files: vec![File {
            name: "server.py".into(),
            text: "from backend import app, db\n".into(),
            editable: true,
        }],
        schema_file: "schema.sql".into(),
        tables: vec![],
        data_sql: String::new(),
        settings: vec![Setting {
            key: "orders".into(),
            label: "orders".into(),
            default: 100,
            min: 0,
            max: 10_000,
        }],
        sizes: Sizes { setting: "orders".into(), values: vec![1, 10, 100, 1_000, 10_000], requests: 1 },
        traffic: Traffic {
            method: "GET".into(),
            path: "/orders".into(),
            requests: 50,
            mean_gap_micros: 1_000,
            seed: 42,
        },
        variants: vec![],
        data_seeds: 20,
        budgets: vec![Budget {
            name: "statements do not grow with the orders".into(),
            formula: Formula::parse("statements <= 3").expect("the formula reads"),
            sentence: "one request sent {statements} statements: they grow with the orders".into(),
        }],
        must_show: vec![],
        predict: Predict {
            question: "How many statements?".into(),
            options: vec![
                PredictOption {
                    text: "about 2".into(),
                    right_when: Formula::parse("broken.statements <= 3").expect("the formula reads"),
                },
                PredictOption {
                    text: "one per order".into(),
                    right_when: Formula::parse("broken.statements > orders").expect("the formula reads"),
                },
            ],
        },
        hints: vec![],
        fixes: vec![],
        wrong: vec![],
        review_question: prose("<p>How often does this run?</p>"),
        fidelity: vec![],
        record: None,
    }
}

/// Inputs with the lesson's own files.
pub fn inputs(requests: u32, orders: u64) -> Inputs {
    Inputs {
        files: BTreeMap::new(),
        settings: BTreeMap::from([("orders".to_owned(), orders as i64)]),
        variant: None,
        data_seed: 1,
        seed: 42,
        requests,
    }
}

/// The answer of both handlers.
pub fn body(orders: u64) -> Value {
    let row = |id: u64| {
        Value::Map(vec![
            ("id".into(), Value::Int(id as i64)),
            ("customer".into(), Value::Text(format!("C{id}"))),
        ])
    };
    Value::List((1..=orders).map(row).collect())
}

/// A run of the handler that asks for all orders on line 5 and for each customer on line 7.
pub fn n_plus_one(requests: u32, orders: u64) -> Trace {
    let mut writer = Writer::new();
    for number in 0..requests {
        writer.arrive(number);
        writer.statement("SELECT * FROM orders ORDER BY id", "[]", 5, orders, &[(5, 1)]);
        for order in 1..=orders {
            let hits: &[(u32, u64)] = if order == 1 { &[(6, 1), (7, 1)] } else { &[(9, 1), (6, 1), (7, 1)] };
            writer.statement("SELECT name FROM customers WHERE id = ?", &format!("[{order}]"), 7, 1, hits);
        }
        let last: &[(u32, u64)] = if orders > 0 { &[(9, 1), (10, 1)] } else { &[(10, 1)] };
        writer.respond(200, orders, last);
    }
    writer.recorder.finish()
}

/// A run of the handler that asks once, on line 5.
pub fn join(requests: u32, orders: u64) -> Trace {
    let mut writer = Writer::new();
    for number in 0..requests {
        writer.arrive(number);
        let sql = "SELECT o.*, c.name FROM orders o JOIN customers c ON c.id = o.customer_id";
        writer.statement(sql, "[]", 5, orders, &[(5, 1)]);
        writer.respond(200, orders, &[(6, 1)]);
    }
    writer.recorder.finish()
}

/// Appends the events of one request after the other.
pub struct Writer {
    /// Where they go.
    pub recorder: Recorder,
    actor: String,
    now_micros: u64,
    arrived_micros: u64,
}

impl Writer {
    pub fn new() -> Writer {
        Writer { recorder: Recorder::new(), actor: String::new(), now_micros: 0, arrived_micros: 0 }
    }

    pub fn arrive(&mut self, number: u32) {
        self.actor = request_name(number);
        self.arrived_micros = self.now_micros;
        let (method, path) = (self.recorder.text("GET"), self.recorder.text("/orders"));
        let sent_at = SimInstant::from_micros(self.now_micros);
        self.push(EventKind::Arrived(Arrived { method, path, sent_at }));
    }

    pub fn statement(&mut self, sql: &str, binds: &str, line: u32, rows: u64, hits: &[(u32, u64)]) {
        let preview = self.recorder.text("[]");
        let outcome = StatementOutcome::Answered { rows, changed: 0, preview, digest: Digest::of(b"rows") };
        self.ended_statement(sql, binds, line, rows, hits, outcome);
    }

    pub fn refused(&mut self, sql: &str, line: u32, message: &str, position: u32) {
        let outcome = StatementOutcome::Refused {
            sqlstate: self.recorder.text("42703"),
            message: self.recorder.text(message),
            position: Some(position),
        };
        self.ended_statement(sql, "[]", line, 0, &[(line, 1)], outcome);
    }

    fn ended_statement(
        &mut self,
        sql: &str,
        binds: &str,
        line: u32,
        rows_visited: u64,
        hits: &[(u32, u64)],
        outcome: StatementOutcome,
    ) {
        let sent_at = SimInstant::from_micros(self.now_micros);
        self.now_micros += STATEMENT_MICROS;
        let shape = self.recorder.shape(&Shape {
            text: sql.to_owned(),
            plan: vec![event_plan("SCAN orders")],
            tables_read: vec!["orders".into()],
            in_list: false,
            subquery: false,
        });
        let statement = Statement {
            sent_at,
            took: SimDuration::from_micros(STATEMENT_MICROS),
            place: Some(self.place(line)),
            sql: self.recorder.text(sql),
            shape,
            binds: self.recorder.text(binds),
            outcome,
            rows_visited,
            vm_steps: 10,
            hits: self.hits(hits),
        };
        self.push(EventKind::Statement(statement));
    }

    pub fn print(&mut self, line: u32, text: &str) {
        let said = Said { place: Some(self.place(line)), text: self.recorder.text(text) };
        self.push(EventKind::Printed(said));
    }

    pub fn wait(&mut self, sql: &str, line: u32, on: &str) {
        let waits = StatementWaits {
            sent_at: SimInstant::from_micros(self.now_micros),
            place: Some(self.place(line)),
            sql: self.recorder.text(sql),
            on: vec![self.recorder.text(on)],
            what: None,
        };
        self.push(EventKind::StatementWaits(waits));
    }

    pub fn respond(&mut self, status: u16, rows: u64, hits: &[(u32, u64)]) {
        let responded = Responded {
            status,
            digest: body(rows).digest(),
            body_bytes: 10,
            rows: Some(rows),
            preview: self.recorder.text("[]"),
            latency: SimDuration::from_micros(self.now_micros - self.arrived_micros),
            hits: self.hits(hits),
        };
        self.push(EventKind::Responded(responded));
    }

    pub fn push(&mut self, kind: EventKind) {
        let actor = self.recorder.text(&self.actor.clone());
        self.recorder.push(SimInstant::from_micros(self.now_micros), actor, kind);
    }

    pub fn place(&mut self, line: u32) -> Place {
        Place { file: self.recorder.text("server.py"), line, column: 5, within: Within::Statements }
    }

    fn hits(&mut self, hits: &[(u32, u64)]) -> Vec<Hit> {
        let file = self.recorder.text("server.py");
        hits.iter().map(|(line, count)| Hit { file, line: *line, count: *count }).collect()
    }
}

fn event_plan(text: &str) -> unhappy_trace::event::PlanNode {
    unhappy_trace::event::PlanNode { depth: 0, text: text.to_owned() }
}
