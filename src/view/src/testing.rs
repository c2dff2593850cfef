//! Small made-up lessons and traces for tests: the handler that asks once per order, and the one with a JOIN.

use std::collections::BTreeMap;
use unhappy_lesson::{
    Budget, Check, File, Formula, Holds, Lesson, Predict, PredictOption, Promise, Prose, Setting, Sizes,
    Text, Ticket, Traffic,
};
use unhappy_trace::event::{
    Arrived, Assigned, FaultHappened, Hit, Locked, OperationEnded, OperationOutcome, Place, PromiseBroke,
    RequestSent, Responded, ResponseReceived, Said, ServiceCalled, ServiceOutcome, Shape, Statement,
    StatementOutcome, StatementWaits, TransactionStep, TransactionWhat, Watched,
};
use unhappy_trace::{
    Choices, Digest, EventKind, Inputs, Recorder, SimDuration, SimInstant, Trace, Value, Within, request_name,
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
            user: vec![],
        },
        variants: vec![],
        data_seeds: 20,
        budgets: vec![Budget {
            name: "statements do not grow with the orders".into(),
            formula: Formula::parse("statements <= 3").expect("the formula reads"),
            sentence: "one request sent {statements} statements: they grow with the orders".into(),
        }],
        promises: vec![],
        watches: vec![],
        bound: None,
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
        flavours: vec![],
        review_question: prose("<p>How often does this run?</p>"),
        fidelity: vec![],
        record: None,
    }
}

/// The sample lesson with a schema and two promises.
pub fn shop() -> Lesson {
    let promise = |key: &str, sentence: &str, holds| Promise {
        key: key.to_owned(),
        sentence: sentence.to_owned(),
        holds,
        check: Check::Answered,
    };
    let mut lesson = lesson();
    lesson.files.push(File {
        name: "schema.sql".into(),
        text: "CREATE TABLE items (id bigint PRIMARY KEY, stock int NOT NULL);".into(),
        editable: true,
    });
    lesson.promises = vec![
        promise("never_oversold", "Never more orders than items.", Holds::Always),
        promise("charged_once", "Every customer pays once.", Holds::AtRest),
    ];
    lesson
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
        faults: vec![],
        choices: Choices::Timed,
    }
}

/// The evidence of a run of the sample lesson with its own code.
pub fn evidence(trace: &Trace) -> crate::Evidence {
    crate::Evidence::of(trace, &lesson(), &inputs(2, 100))
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

    /// Goes on as another actor.
    pub fn act(&mut self, actor: &str) {
        self.actor = actor.to_owned();
    }

    /// A request that reaches the server, without any clock.
    pub fn request(&mut self, actor: &str, method: &str, path: &str) {
        self.act(actor);
        let (method, path) = (self.recorder.text(method), self.recorder.text(path));
        self.push(EventKind::Arrived(Arrived { method, path, sent_at: SimInstant::START }));
        let process = self.recorder.text("process.1");
        self.push(EventKind::Assigned(Assigned { process, waited: SimDuration::ZERO }));
    }

    /// A statement of an actor that takes no time: what it returned, and how many rows it changed.
    pub fn sql(&mut self, actor: &str, line: u32, sql: &str, binds: &str, rows: &str, changed: u64) {
        self.act(actor);
        let count = rows.matches('[').count().saturating_sub(1) as u64;
        let preview = self.recorder.text(rows);
        let digest = Digest::of(rows.as_bytes());
        let outcome = StatementOutcome::Answered { rows: count, changed, preview, digest };
        self.instant_statement(line, sql, binds, outcome);
    }

    /// A statement of an actor that is refused.
    pub fn sql_refused(
        &mut self,
        actor: &str,
        line: u32,
        sql: &str,
        binds: &str,
        sqlstate: &str,
        message: &str,
    ) {
        self.act(actor);
        let (sqlstate, message) = (self.recorder.text(sqlstate), self.recorder.text(message));
        self.instant_statement(
            line,
            sql,
            binds,
            StatementOutcome::Refused { sqlstate, message, position: None },
        );
    }

    fn instant_statement(&mut self, line: u32, sql: &str, binds: &str, outcome: StatementOutcome) {
        let tables_read = vec![];
        let shape =
            Shape { text: sql.to_owned(), plan: vec![], tables_read, in_list: false, subquery: false };
        let statement = Statement {
            sent_at: SimInstant::from_micros(self.now_micros),
            took: SimDuration::ZERO,
            place: Some(self.place(line)),
            sql: self.recorder.text(sql),
            shape: self.recorder.shape(&shape),
            binds: self.recorder.text(binds),
            outcome,
            rows_visited: 0,
            vm_steps: 0,
            hits: vec![],
        };
        self.push(EventKind::Statement(statement));
    }

    /// Row locks that the next statement of an actor takes.
    pub fn locks(&mut self, actor: &str, rows: &[&str]) {
        self.act(actor);
        let rows = rows.iter().map(|row| self.recorder.text(row)).collect();
        self.push(EventKind::Locked(Locked { tables: vec![], rows }));
    }

    /// A statement of an actor begins to wait.
    pub fn waits(&mut self, actor: &str, line: u32, sql: &str, on: &[&str], what: &str) {
        self.act(actor);
        let waits = StatementWaits {
            sent_at: SimInstant::from_micros(self.now_micros),
            place: Some(self.place(line)),
            sql: self.recorder.text(sql),
            on: on.iter().map(|actor| self.recorder.text(actor)).collect(),
            what: Some(self.recorder.text(what)),
        };
        self.push(EventKind::StatementWaits(waits));
    }

    /// A transaction of an actor begins or ends.
    pub fn transaction(&mut self, actor: &str, line: u32, what: TransactionWhat) {
        self.act(actor);
        let step = TransactionStep {
            sent_at: SimInstant::from_micros(self.now_micros),
            took: SimDuration::ZERO,
            place: Some(self.place(line)),
            what,
            refused: None,
            hits: vec![],
        };
        self.push(EventKind::Transaction(step));
    }

    /// BEGIN at READ COMMITTED.
    pub fn begin(&mut self, actor: &str, line: u32) {
        let level = self.recorder.text("read committed");
        self.transaction(actor, line, TransactionWhat::Begin { level, read_only: false });
    }

    /// A client sends a request.
    pub fn send(&mut self, client: &str, request: &str, line: u32, body: &str) {
        self.act(client);
        let mut place = self.place(line);
        place.file = self.recorder.text("client.py");
        let sent = RequestSent {
            request: self.recorder.text(request),
            method: self.recorder.text("POST"),
            path: self.recorder.text("/orders"),
            headers: self.recorder.text("{}"),
            body: self.recorder.text(body),
            place: Some(place),
            hits: vec![],
        };
        self.push(EventKind::RequestSent(sent));
    }

    /// A client learns how its request ended.
    pub fn receive(&mut self, client: &str, request: &str, end: Result<u16, &str>) {
        self.act(client);
        let received = ResponseReceived {
            request: self.recorder.text(request),
            status: end.ok(),
            error: end.err().map(|error| self.recorder.text(error)),
            took: SimDuration::ZERO,
        };
        self.push(EventKind::ResponseReceived(received));
    }

    /// An operation of a client ends well.
    pub fn operation_ends(&mut self, client: &str, preview: &str) {
        self.act(client);
        let outcome = OperationOutcome::Returned { preview: self.recorder.text(preview) };
        self.push(EventKind::OperationEnded(OperationEnded {
            outcome,
            took: SimDuration::ZERO,
            hits: vec![],
        }));
    }

    /// A charge that works.
    pub fn charge(&mut self, actor: &str, line: u32, arguments: &str, cents: i64, answer: &str) {
        self.act(actor);
        let called = ServiceCalled {
            sent_at: SimInstant::from_micros(self.now_micros),
            took: SimDuration::ZERO,
            place: Some(self.place(line)),
            name: self.recorder.text("payments.charge"),
            arguments: self.recorder.text(arguments),
            outcome: ServiceOutcome::Answered { preview: self.recorder.text(answer) },
            in_transaction: false,
            money_cents: cents,
            hits: vec![],
        };
        self.push(EventKind::ServiceCalled(called));
    }

    /// A fault.
    pub fn fault(&mut self, fault: &str) {
        let fault = self.recorder.text(fault);
        self.act("world");
        self.push(EventKind::FaultHappened(FaultHappened { fault }));
    }

    /// A committed value that is watched.
    pub fn watched(&mut self, label: &str, value: &str) {
        let (label, value) = (self.recorder.text(label), self.recorder.text(value));
        self.push(EventKind::Watched(Watched { label, value }));
    }

    /// A promise breaks.
    pub fn broke(&mut self, promise: &str, evidence: &str) {
        let (promise, evidence) = (self.recorder.text(promise), self.recorder.text(evidence));
        self.push(EventKind::PromiseBroke(PromiseBroke { promise, evidence }));
    }

    /// The request that acts is answered, whatever it says.
    pub fn answer(&mut self, actor: &str, status: u16) {
        self.act(actor);
        self.respond(status, 0, &[]);
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
