//! The operations whose speed is measured, natively (`engine.rs`) and in a browser (`browser.rs`).
//!
//! In: a name. Out: states to run it on, prepared beforehand, and the running itself. What is quick is repeated
//! within one run, and [`Operation::calls`] says how often. Not here: clocks, statistics, goals (`xtask`).

use rusqlite::Connection;
use std::cell::Cell;
use std::hint::black_box;
use unhappy_db::{Answer, Binds, Engine, SessionId, State};
use unhappy_trace::{SimDuration, SimInstant, Value};

const SELECT: &str = "SELECT balance FROM accounts WHERE id = :id";
const UPDATE: &str = "UPDATE accounts SET balance = balance + 1 WHERE id = :id";

/// Calls of a quick operation in one run.
const REPEATED: u32 = 200;
/// Further updates of one transaction: few, so that it stays near the number it is named after.
const FURTHER: u32 = 10;
/// Statements of one random interleaving.
const INTERLEAVED: u32 = 5_000;
const SESSIONS: u32 = 32;

/// One operation that is measured.
pub struct Operation {
    /// Its name in files and tables: lower case and hyphens.
    pub name: &'static str,
    /// How often one run does it.
    pub calls: u32,
    prepare: Prepare,
    run: Run,
}

type Prepare = Box<dyn Fn(&Lab) -> State>;
type Run = Box<dyn Fn(&Lab, &mut State)>;

impl Operation {
    fn new(
        name: &'static str,
        calls: u32,
        prepare: impl Fn(&Lab) -> State + 'static,
        run: impl Fn(&Lab, &mut State) + 'static,
    ) -> Operation {
        Operation { name, calls, prepare: Box::new(prepare), run: Box::new(run) }
    }

    /// Makes a state that one run starts from. Shares no transaction with another.
    pub fn prepare(&self, lab: &Lab) -> State {
        (self.prepare)(lab)
    }

    /// Does the operation [`Operation::calls`] times.
    pub fn run(&self, lab: &Lab, state: &mut State) {
        (self.run)(lab, state);
    }
}

/// An engine, a plain connection beside it, and databases to start from.
pub struct Lab {
    engine: Engine,
    raw: Connection,
    /// `accounts` with 100 rows; the other two carry ballast, to about 50 kB and 1 MB.
    hundred: State,
    small: State,
    large: State,
    ids: Vec<Binds>,
    next: Cell<usize>,
}

impl Lab {
    pub fn open() -> Lab {
        let engine = Engine::new();
        let hundred = accounts(&engine);
        Lab {
            raw: raw_accounts(),
            small: with_ballast(&engine, &hundred, 40),
            large: with_ballast(&engine, &hundred, 950),
            ids: (1..=100).map(|id| Binds(vec![("id".to_owned(), Value::Int(id))])).collect(),
            next: Cell::new(0),
            hundred,
            engine,
        }
    }

    /// Values for the next of the 100 rows, one after the other.
    fn next(&self) -> &Binds {
        self.next.set((self.next.get() + 1) % self.ids.len());
        &self.ids[self.next.get()]
    }

    fn send(&self, state: &mut State, session: u32, sql: &str, binds: &Binds) -> Answer {
        self.engine.execute(state, SessionId(session), sql, binds, SimInstant::START)
    }

    /// Sends a statement that must run.
    fn done(&self, state: &mut State, session: u32, sql: &str, binds: &Binds) {
        let answer = self.send(state, session, sql, binds);
        assert!(matches!(answer, Answer::Done(_)), "{sql}: {answer:?}");
        black_box(answer);
    }

    fn command(&self, state: &mut State, session: u32, sql: &str) {
        self.done(state, session, sql, &Binds::default());
    }

    /// Session 1 in a transaction that has changed the first `writes` rows.
    fn written(&self, writes: usize) -> State {
        let mut state = self.hundred.clone();
        self.command(&mut state, 1, "BEGIN");
        for binds in &self.ids[..writes] {
            self.done(&mut state, 1, UPDATE, binds);
        }
        state
    }
}

/// Returns all operations; the raw ones come right before what is compared with them.
pub fn all() -> Vec<Operation> {
    let mut all = vec![
        Operation::new("raw-select", REPEATED, hundred, |lab, _| repeat(REPEATED, || raw_select(lab))),
        repeated("select", REPEATED, hundred, SELECT),
        Operation::new("raw-update", REPEATED, hundred, |lab, _| repeat(REPEATED, || raw_update(lab))),
        repeated("update", REPEATED, hundred, UPDATE),
    ];
    for (writes, select, update, commit) in [
        (1, "select-after-1", "update-after-1", "commit-overtaken-1"),
        (10, "select-after-10", "update-after-10", "commit-overtaken-10"),
        (100, "select-after-100", "update-after-100", "commit-overtaken-100"),
    ] {
        all.push(repeated(select, REPEATED, move |lab| lab.written(writes), SELECT));
        all.push(repeated(update, FURTHER, move |lab| lab.written(writes), UPDATE));
        all.push(Operation::new(commit, 1, move |lab| overtaken(lab, writes), commit_once));
    }
    all.push(Operation::new("commit-alone", 1, |lab| lab.written(1), commit_once));
    all.push(repeated("repeatable-read-select", REPEATED, long_ago, SELECT));
    all.push(Operation::new("blocked-update", 1, |lab| lab.written(1), block_and_resume));
    all.push(fork("fork-50-kb", |lab| lab.small.clone()));
    all.push(fork("fork-1-mb", |lab| lab.large.clone()));
    all.push(Operation::new("digest", 1, hundred, |lab, state| {
        black_box(lab.engine.content_digest(state, SimInstant::START));
    }));
    all.push(Operation::new("digest-after-update", FURTHER, known, |lab, state| {
        repeat(FURTHER, || {
            lab.done(state, 1, UPDATE, lab.next());
            digest(lab, state);
        });
    }));
    all.push(Operation::new("digest-three-sessions", FURTHER, three_sessions, |lab, state| {
        repeat(FURTHER, || digest(lab, state));
    }));
    all.push(fork("fork-three-sessions", three_sessions));
    all.push(interleaving("interleaving", USUAL));
    all.push(interleaving("interleaving-crowded", CROWDED));
    all
}

fn digest(lab: &Lab, state: &State) {
    black_box(lab.engine.canonical(state, SimInstant::START, &|session| session.to_string()));
}

/// The rows of this state and what becomes of them are known.
fn known(lab: &Lab) -> State {
    digest(lab, &lab.hundred);
    lab.hundred.clone()
}

/// Three sessions in transactions; the third waits for a row of the first.
fn three_sessions(lab: &Lab) -> State {
    let mut state = known(lab);
    for session in [1, 2, 3] {
        lab.command(&mut state, session, "BEGIN");
    }
    lab.done(&mut state, 1, UPDATE, &lab.ids[0]);
    lab.done(&mut state, 2, UPDATE, &lab.ids[1]);
    let answer = lab.send(&mut state, 3, UPDATE, &lab.ids[0]);
    assert!(matches!(answer, Answer::Blocked { .. }), "{answer:?}");
    state
}

fn hundred(lab: &Lab) -> State {
    lab.hundred.clone()
}

/// One statement by key again and again, in whatever transaction session 1 is in.
fn repeated(
    name: &'static str,
    calls: u32,
    prepare: impl Fn(&Lab) -> State + 'static,
    sql: &'static str,
) -> Operation {
    let run = move |lab: &Lab, state: &mut State| repeat(calls, || lab.done(state, 1, sql, lab.next()));
    Operation::new(name, calls, prepare, run)
}

fn fork(name: &'static str, prepare: impl Fn(&Lab) -> State + 'static) -> Operation {
    Operation::new(name, REPEATED, prepare, |_, state| repeat(REPEATED, || drop(black_box(state.clone()))))
}

fn interleaving(name: &'static str, mix: Mix) -> Operation {
    Operation::new(name, INTERLEAVED, hundred, move |lab, state| interleave(lab, state, mix))
}

fn repeat(calls: u32, mut call: impl FnMut()) {
    for _ in 0..calls {
        call();
    }
}

fn commit_once(lab: &Lab, state: &mut State) {
    lab.command(state, 1, "COMMIT");
}

/// Session 1 has changed rows, and session 2 has committed another row meanwhile.
fn overtaken(lab: &Lab, writes: usize) -> State {
    let mut state = lab.written(writes);
    let row = "INSERT INTO accounts (id, owner, balance) VALUES (1000, 'other', 1)";
    lab.command(&mut state, 2, row);
    state
}

/// Session 1 reads what was there before 100 commits.
fn long_ago(lab: &Lab) -> State {
    let mut state = lab.hundred.clone();
    lab.command(&mut state, 1, "BEGIN ISOLATION LEVEL REPEATABLE READ");
    lab.done(&mut state, 1, SELECT, &lab.ids[0]);
    for binds in &lab.ids {
        lab.done(&mut state, 2, UPDATE, binds);
    }
    state
}

/// Session 2 wants the row that session 1 has changed, and gets it after the commit.
fn block_and_resume(lab: &Lab, state: &mut State) {
    let answer = lab.send(state, 2, UPDATE, &lab.ids[0]);
    assert!(matches!(answer, Answer::Blocked { .. }), "{answer:?}");
    lab.command(state, 1, "COMMIT");
    let answer = lab.engine.resume(state, SessionId(2), SimInstant::START);
    assert!(matches!(answer, Some(Answer::Done(_))), "{answer:?}");
}

/// What sessions do at random, one line at a time.
#[derive(Clone, Copy)]
struct Mix {
    /// Of ten times that a session is idle, how often it begins a transaction, and how often it sends one UPDATE;
    /// else one SELECT.
    begins: u32,
    updates: u32,
    /// SELECTs and UPDATEs of a transaction, each on a row of its own.
    length: u32,
    rows: u32,
}

/// Half of the statements belong to transactions of one SELECT and one UPDATE; few have to wait.
const USUAL: Mix = Mix { begins: 2, updates: 3, length: 2, rows: 100 };
/// Longer transactions on fewer rows: most sessions wait most of the time, some for each other.
const CROWDED: Mix = Mix { begins: 5, updates: 3, length: 6, rows: 40 };

/// Plays [`INTERLEAVED`] statements of [`SESSIONS`] sessions. Whoever waits goes on as soon as it can; deadlocks end by
/// their timers.
fn interleave(lab: &Lab, state: &mut State, mix: Mix) {
    let mut random = SplitMix(7);
    let mut now = SimInstant::START;
    // What is left of each session's transaction, COMMIT included; none while a statement waits.
    let mut left = [0_u32; SESSIONS as usize];
    let mut free: Vec<u32> = (0..SESSIONS).collect();
    let mut sent = 0;
    while sent < INTERLEAVED {
        now = now.after(SimDuration::from_micros(1_000));
        if free.is_empty() {
            now = lab.engine.next_timer(state).expect("whoever waits has a timer").max(now);
        }
        while let Some(session) = lab.engine.ready(state).first().copied() {
            let answer = lab.engine.resume(state, session, now).expect("a ready session waits");
            if !matches!(answer, Answer::Blocked { .. }) {
                free.push(session.0);
            }
        }
        while lab.engine.next_timer(state).is_some_and(|at| at <= now) {
            free.extend(lab.engine.fire_timer(state, now).map(|(session, _)| session.0));
        }
        if free.is_empty() {
            continue;
        }
        let place = random.below(free.len() as u32) as usize;
        let session = free[place];
        let left = &mut left[session as usize];
        let row = &lab.ids[random.below(mix.rows) as usize];
        let none = Binds::default();
        let (sql, binds) = match (*left, random.below(10)) {
            (0, choice) if choice < mix.begins => {
                *left = mix.length + 1;
                ("BEGIN", &none)
            }
            (0, choice) if choice < mix.begins + mix.updates => (UPDATE, row),
            (0, _) => (SELECT, row),
            (1, _) => {
                *left = 0;
                ("COMMIT", &none)
            }
            (count, _) => {
                *left -= 1;
                (if count % 2 == 0 { UPDATE } else { SELECT }, row)
            }
        };
        let answer = lab.engine.execute(state, SessionId(session), sql, binds, now);
        if matches!(answer, Answer::Blocked { .. }) {
            free.swap_remove(place);
        }
        black_box(answer);
        sent += 1;
    }
}

/// SplitMix64 (Steele et al. 2014).
struct SplitMix(u64);

impl SplitMix {
    fn below(&mut self, bound: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed >> 32) as u32) % bound
    }
}

const TABLE: &str =
    "CREATE TABLE accounts (id bigint PRIMARY KEY, owner text NOT NULL, balance bigint NOT NULL)";

fn accounts(engine: &Engine) -> State {
    let mut state = engine.create(TABLE, 1).expect("the schema is valid");
    let mut rows =
        (1..=100).map(|id| vec![Value::Int(id), Value::Text(format!("owner {id}")), Value::Int(id * 100)]);
    let columns = ["id", "owner", "balance"];
    engine.insert(&mut state, "accounts", &columns, &mut rows).expect("the rows are valid");
    state
}

/// Adds a table of about this many kilobytes.
fn with_ballast(engine: &Engine, state: &State, kilobytes: i64) -> State {
    let mut state = state.clone();
    let table = "CREATE TABLE ballast (id bigint PRIMARY KEY, filler text NOT NULL)";
    engine.run_script(&mut state, table).expect("the schema is valid");
    let mut rows = (1..=kilobytes).map(|id| vec![Value::Int(id), Value::Text("x".repeat(900))]);
    engine.insert(&mut state, "ballast", &["id", "filler"], &mut rows).expect("the rows are valid");
    state
}

/// The same table in SQLite alone, in memory, by the interface that Rust programs use.
fn raw_accounts() -> Connection {
    let raw = Connection::open_in_memory().expect("a database in memory can be opened");
    let table = "CREATE TABLE accounts (id INTEGER PRIMARY KEY, owner TEXT NOT NULL, balance INTEGER NOT NULL) STRICT";
    raw.execute_batch(table).expect("the schema is valid");
    for id in 1..=100_i64 {
        let row = (id, format!("owner {id}"), id * 100);
        raw.execute("INSERT INTO accounts VALUES (?1, ?2, ?3)", row).expect("the row is valid");
    }
    raw
}

fn raw_select(lab: &Lab) {
    let mut statement = lab.raw.prepare_cached(SELECT).expect("the statement is valid");
    let balance = statement.query_row([raw_id(lab)], |row| row.get::<_, i64>(0));
    black_box(balance.expect("the row exists"));
}

fn raw_update(lab: &Lab) {
    let mut statement = lab.raw.prepare_cached(UPDATE).expect("the statement is valid");
    let changed = statement.execute([raw_id(lab)]).expect("the update is valid");
    assert_eq!(black_box(changed), 1);
}

fn raw_id(lab: &Lab) -> i64 {
    lab.next().0[0].1.as_int().expect("keys are whole numbers")
}
