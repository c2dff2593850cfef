//! Makes random scripts, plays them and checks what must hold.

use super::play::Play;
use std::collections::BTreeMap;
use std::fmt;
use unhappy_db::SessionId;

pub const SCHEMA: &str = "
CREATE TABLE t (id integer PRIMARY KEY, v integer NOT NULL, u integer UNIQUE);
CREATE TABLE child (id integer PRIMARY KEY, t_id integer REFERENCES t (id));
INSERT INTO t VALUES (1, 10, 1), (2, 20, 2), (3, 30, NULL);
INSERT INTO child VALUES (1, 1);";

const TABLES: [&str; 2] = ["SELECT id, v, u FROM t ORDER BY id", "SELECT id, t_id FROM child ORDER BY id"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    ReadCommitted,
    RepeatableRead,
    Serializable,
}

impl Level {
    fn words(self) -> &'static str {
        match self {
            Level::ReadCommitted => "READ COMMITTED",
            Level::RepeatableRead => "REPEATABLE READ",
            Level::Serializable => "SERIALIZABLE",
        }
    }
}

/// Statements of two or three sessions, one transaction each, in a random order.
#[derive(Debug, Clone)]
pub struct Script {
    pub level: Level,
    pub sessions: u32,
    pub steps: Vec<(u32, String)>,
}

impl fmt::Display for Script {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{:?}", self.level)?;
        self.steps.iter().try_for_each(|(session, sql)| writeln!(out, "{session}: {sql}"))
    }
}

/// A seeded stream (SplitMix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

impl Script {
    pub fn random(seed: u64) -> Script {
        let mut random = Random(seed);
        let level = match random.below(3) {
            0 => Level::ReadCommitted,
            1 => Level::RepeatableRead,
            _ => Level::Serializable,
        };
        let sessions = 2 + u32::from(random.below(3) == 0);
        let mut queues: Vec<Vec<String>> = (0..sessions).map(|_| transaction(&mut random, level)).collect();
        let mut steps = Vec::new();
        while queues.iter().any(|queue| !queue.is_empty()) {
            let session = random.below(u64::from(sessions)) as usize;
            if !queues[session].is_empty() {
                steps.push((session as u32 + 1, queues[session].remove(0)));
            }
        }
        Script { level, sessions, steps }
    }
}

fn transaction(random: &mut Random, level: Level) -> Vec<String> {
    let mut steps = vec![format!("BEGIN ISOLATION LEVEL {}", level.words())];
    let mut saved = false;
    for _ in 0..2 + random.below(4) {
        match random.below(12) {
            0 if !saved => {
                saved = true;
                steps.push("SAVEPOINT s".to_owned());
            }
            0 => steps.push("ROLLBACK TO s".to_owned()),
            _ => steps.push(statement(random)),
        }
    }
    steps.push((if random.below(6) == 0 { "ROLLBACK" } else { "COMMIT" }).to_owned());
    steps
}

fn statement(random: &mut Random) -> String {
    let id = 1 + random.below(4);
    let other = 1 + random.below(4);
    match random.below(15) {
        0 => format!("SELECT v FROM t WHERE id = {id}"),
        1 => "SELECT count(*), sum(v) FROM t WHERE v > 15".to_owned(),
        2..=4 => format!("UPDATE t SET v = v + 1 WHERE id = {id}"),
        5 => format!("UPDATE t SET v = v - 15 WHERE id = {id} AND v >= 15"),
        6 => format!("UPDATE t SET v = v + 1 WHERE v < {}", 10 * other + 5),
        7 => format!("INSERT INTO t VALUES ({id}, {}, NULL)", 10 * id),
        8 => format!("INSERT INTO t VALUES ({}, 5, {other})", 4 + id),
        9 => format!("INSERT INTO t VALUES ({id}, 1, NULL) ON CONFLICT (id) DO UPDATE SET v = t.v + 1"),
        10 => format!("INSERT INTO t VALUES ({id}, 1, {other}) ON CONFLICT DO NOTHING"),
        11 => format!("DELETE FROM t WHERE id = {id}"),
        12 => format!("UPDATE t SET u = {other} WHERE id = {id}"),
        13 => format!("SELECT v FROM t WHERE id >= {id} ORDER BY id FOR UPDATE"),
        _ => format!("INSERT INTO child VALUES ({}, {id})", 1 + random.below(5)),
    }
}

/// What the scripts reached.
#[derive(Default)]
pub struct Counts {
    waits: u64,
    deadlocks: u64,
    serialization_failures: u64,
    duplicates: u64,
    rechecks: u64,
}

impl Counts {
    pub fn all(&self) -> [(&'static str, u64); 5] {
        [
            ("waits", self.waits),
            ("deadlocks", self.deadlocks),
            ("40001", self.serialization_failures),
            ("23505", self.duplicates),
            ("re-checks", self.rechecks),
        ]
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.all().iter().try_for_each(|(what, count)| write!(out, "{what} {count}  "))
    }
}

/// Digests of states that were seen, with what could be seen of them: two states that look different must
/// not have one digest.
pub type Digests = BTreeMap<String, String>;

/// Plays a script and checks it. The error says what is broken.
pub fn check(script: &Script, counts: &mut Counts, seen: &mut Digests) -> Result<(), String> {
    let first = played(script, counts, seen)?;
    let second = played(script, &mut Counts::default(), &mut Digests::new())?;
    if first.answers != second.answers {
        return Err("two runs differ".to_owned());
    }
    if script.level == Level::Serializable {
        serial_order(script, &first)?;
    }
    Ok(())
}

fn played(script: &Script, counts: &mut Counts, seen: &mut Digests) -> Result<Play, String> {
    let mut play = Play::open(SCHEMA);
    let mut saved: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    let mut left: Vec<&(u32, String)> = script.steps.iter().collect();
    while !left.is_empty() {
        let (session, sql) = next_step(&mut play, &mut left);
        let before = committed(&mut play);
        let held_before = held(&play, *session);
        let answer = play.send(*session, sql);
        counts.waits += u64::from(answer == "waits");
        if sql == "SAVEPOINT s" && answer == "Savepoint" {
            saved.insert(*session, held_before);
        }
        if sql == "ROLLBACK TO s" && answer == "Savepoint" {
            let kept = saved.get(session).cloned().unwrap_or_default();
            if held(&play, *session).iter().any(|lock| !kept.contains(lock)) {
                return Err("a lock taken after a savepoint outlives ROLLBACK TO".to_owned());
            }
        }
        if script.level == Level::ReadCommitted && sql == "COMMIT" && answer.starts_with(char::is_numeric) {
            return Err(format!("COMMIT at READ COMMITTED: {answer}"));
        }
        duplicate_is_real(&play, *session, sql, &answer, &before)?;
        note_digest(&play, seen)?;
    }
    play.let_time_pass();
    count_errors(&play, counts);
    increments_add_up(script, &mut play)?;
    for session in 1..=script.sessions {
        play.engine.close_session(&mut play.state, SessionId(session));
    }
    let left = play.engine.locks(&play.state);
    if !left.is_empty() {
        return Err(format!("locks are left: {left:?}"));
    }
    Ok(play)
}

/// The first step of a session that does not wait; when all wait, time passes until one does not.
fn next_step<'a>(play: &mut Play, left: &mut Vec<&'a (u32, String)>) -> &'a (u32, String) {
    loop {
        let free = |session: u32| play.engine.waits_for(&play.state, SessionId(session)).is_empty();
        if let Some(index) = left.iter().position(|(session, _)| free(*session)) {
            return left.remove(index);
        }
        play.let_time_pass();
    }
}

fn committed(play: &mut Play) -> Vec<String> {
    TABLES.iter().map(|sql| play.send(99, sql)).collect()
}

fn held(play: &Play, session: u32) -> Vec<String> {
    let lines = play.engine.locks(&play.state).into_iter();
    lines
        .filter(|line| line.session == session && line.granted)
        .map(|line| format!("{:?} {} {}", line.kind, line.of, line.mode))
        .collect()
}

fn note_digest(play: &Play, seen: &mut Digests) -> Result<(), String> {
    let digest = play.engine.content_digest(&play.state, play.now);
    if digest != play.engine.canonical_afresh(&play.state, play.now, &|session| session.to_string()) {
        return Err("what is known of the rows is not what they are".to_owned());
    }
    let digest = digest.to_string();
    let mut locks: Vec<String> =
        play.engine.locks(&play.state).iter().map(|line| format!("{line:?}")).collect();
    locks.sort();
    let looks = locks.join("\n");
    match seen.get(&digest) {
        Some(known) if *known != looks => {
            Err(format!("two states with different locks have one digest\n{known}\n---\n{looks}"))
        }
        Some(_) => Ok(()),
        None => {
            seen.insert(digest, looks);
            Ok(())
        }
    }
}

/// 23505 needs a committed row with the key, or one of the transaction's own.
fn duplicate_is_real(
    play: &Play,
    session: u32,
    sql: &str,
    answer: &str,
    before: &[String],
) -> Result<(), String> {
    let Some(rest) = sql.strip_prefix("INSERT INTO t VALUES (").filter(|_| answer == "23505") else {
        return Ok(());
    };
    let mut values = rest.split([',', ')']).map(str::trim);
    let id = values.next().unwrap_or_default();
    let unique = values.nth(1).unwrap_or_default();
    let rows = &before[0];
    let taken = rows.contains(&format!("[{id},")) || rows.contains(&format!(",{unique}]"));
    // Its own rows: it has inserted or updated before.
    let own = play.answers.get(&session).is_some_and(|answers| answers.iter().any(|answer| answer == "1"));
    if taken || own { Ok(()) } else { Err(format!("{sql}: 23505 without a row in {rows}")) }
}

fn count_errors(play: &Play, counts: &mut Counts) {
    for (session, answers) in &play.answers {
        if *session == 99 {
            continue;
        }
        for answer in answers {
            match answer.as_str() {
                "40P01" => counts.deadlocks += 1,
                "40001" => counts.serialization_failures += 1,
                "23505" => counts.duplicates += 1,
                _ => {}
            }
        }
    }
    counts.rechecks += play.rechecks();
}

/// Whether a session's transaction committed: its last answer says so, and so does the script.
fn has_committed(script: &Script, play: &Play, session: u32) -> bool {
    let ended = script.steps.iter().rev().find(|(who, _)| *who == session);
    ended.is_some_and(|(_, sql)| sql == "COMMIT") && play.last(session) == "Commit"
}

/// When only increments by one touch a row, its value is the number of those that were committed.
fn increments_add_up(script: &Script, play: &mut Play) -> Result<(), String> {
    for id in 1..=3_i64 {
        let mine = format!("UPDATE t SET v = v + 1 WHERE id = {id}");
        let harmless = |sql: &str| {
            sql == mine
                || sql.starts_with("SELECT")
                || sql.starts_with("INSERT INTO child")
                || !touches(sql, id)
        };
        let savepoints = script.steps.iter().any(|(_, sql)| sql.starts_with("ROLLBACK TO"));
        if savepoints || !script.steps.iter().all(|(_, sql)| harmless(sql)) {
            continue;
        }
        let mut expected = 10 * id;
        for session in 1..=script.sessions {
            if has_committed(script, play, session) {
                let count = script.steps.iter().filter(|(who, sql)| *who == session && *sql == mine).count();
                expected += count as i64;
            }
        }
        let found = play.send(99, &format!("SELECT v FROM t WHERE id = {id}"));
        if found != format!("[[{expected}]]") {
            return Err(format!("row {id} is {found}, and {expected} follows from what was committed"));
        }
    }
    Ok(())
}

fn touches(sql: &str, id: i64) -> bool {
    match sql.rsplit_once("WHERE id = ").or_else(|| sql.split_once("VALUES (")) {
        Some((_, rest)) => {
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            digits == id.to_string()
        }
        None => sql.contains("FROM t") || sql.contains("UPDATE t"),
    }
}

/// The committed transactions, run one after the other in some order, must give the same answers and rows.
fn serial_order(script: &Script, concurrent: &Play) -> Result<(), String> {
    let committed: Vec<u32> =
        (1..=script.sessions).filter(|session| has_committed(script, concurrent, *session)).collect();
    // A failure that a savepoint undid has no counterpart in a serial order.
    let undone = |answer: &String| matches!(answer.as_str(), "40001" | "40P01");
    if committed.iter().any(|session| concurrent.answers[session].iter().any(undone)) {
        return Ok(());
    }
    // PostgreSQL 15 does not count the row that made ON CONFLICT do nothing as read (tests/oracle/README.md).
    let did_nothing =
        |(session, sql): &(u32, String)| committed.contains(session) && sql.ends_with("DO NOTHING");
    if script.steps.iter().any(did_nothing) {
        return Ok(());
    }
    let fits = permutations(&committed).into_iter().any(|order| {
        let mut serial = Play::open(SCHEMA);
        for session in &order {
            for (_, sql) in script.steps.iter().filter(|(who, _)| who == session) {
                serial.send(*session, sql);
            }
        }
        let same_answers =
            committed.iter().all(|session| serial.answers.get(session) == concurrent.answers.get(session));
        let rows = TABLES.iter().map(|sql| serial.send(99, sql));
        same_answers && rows.eq(final_rows(concurrent))
    });
    match fits {
        true => Ok(()),
        false => {
            let answers = committed.iter().map(|session| (session, &concurrent.answers[session]));
            Err(format!("no serial order gives these answers: {:?}", answers.collect::<Vec<_>>()))
        }
    }
}

fn final_rows(play: &Play) -> impl Iterator<Item = String> {
    let tables = play.engine.tables(&play.state, 100);
    let find = |name: &str| {
        let table = tables.iter().find(|table| table.name == name).expect("the table exists");
        let rows = table.rows.iter().cloned().map(unhappy_trace::Value::List).collect();
        unhappy_trace::Value::List(rows).canonical_json()
    };
    [find("t"), find("child")].into_iter()
}

fn permutations(items: &[u32]) -> Vec<Vec<u32>> {
    if items.is_empty() {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for (index, first) in items.iter().enumerate() {
        let mut rest = items.to_vec();
        rest.remove(index);
        all.extend(permutations(&rest).into_iter().map(|mut tail| {
            tail.insert(0, *first);
            tail
        }));
    }
    all
}
