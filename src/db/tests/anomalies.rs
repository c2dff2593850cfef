//! Which anomalies can happen at which isolation level: PostgreSQL manual, table 13.1, and Hermitage's tests.
//!
//! Every script is played at each level. A session whose transaction fails rolls back and is not tried again.

mod play;

use play::Play;

const SCHEMA: &str = "CREATE TABLE t (id integer PRIMARY KEY, v integer NOT NULL);
    INSERT INTO t VALUES (1, 10), (2, 20);";

const LEVELS: [&str; 3] = ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"];

/// One anomaly.
struct Anomaly {
    name: &'static str,
    /// Session and statement, in order.
    script: &'static [(u32, &'static str)],
    /// Whether it happened: from the answers and the final rows.
    happened: fn(&Play, &str) -> bool,
    /// At READ COMMITTED, REPEATABLE READ, SERIALIZABLE.
    possible: [bool; 3],
}

fn answer(play: &Play, session: u32, number: usize) -> String {
    play.answers[&session].get(number).cloned().unwrap_or_default()
}

/// Answers are counted from 0, BEGIN first.
const ANOMALIES: [Anomaly; 11] = [
    Anomaly {
        name: "dirty write (G0): two transactions' writes are mixed",
        script: &[
            (1, "UPDATE t SET v = 11 WHERE id = 1"),
            (2, "UPDATE t SET v = 12 WHERE id = 1"),
            (1, "UPDATE t SET v = 21 WHERE id = 2"),
            (1, "COMMIT"),
            (2, "UPDATE t SET v = 22 WHERE id = 2"),
            (2, "COMMIT"),
        ],
        happened: |_, rows| rows == "[[1,12],[2,21]]" || rows == "[[1,11],[2,22]]",
        possible: [false, false, false],
    },
    Anomaly {
        name: "dirty read (G1a): a rolled back value is read",
        script: &[
            (1, "UPDATE t SET v = 101 WHERE id = 1"),
            (2, "SELECT v FROM t WHERE id = 1"),
            (1, "ROLLBACK"),
            (2, "SELECT v FROM t WHERE id = 1"),
            (2, "COMMIT"),
        ],
        happened: |play, _| answer(play, 2, 1) == "[[101]]",
        possible: [false, false, false],
    },
    Anomaly {
        name: "intermediate read (G1b): a value that was overwritten before its commit is read",
        script: &[
            (1, "UPDATE t SET v = 101 WHERE id = 1"),
            (2, "SELECT v FROM t WHERE id = 1"),
            (1, "UPDATE t SET v = 11 WHERE id = 1"),
            (1, "COMMIT"),
            (2, "SELECT v FROM t WHERE id = 1"),
            (2, "COMMIT"),
        ],
        happened: |play, _| answer(play, 2, 1) == "[[101]]" || answer(play, 2, 2) == "[[101]]",
        possible: [false, false, false],
    },
    Anomaly {
        name: "circular information flow (G1c): each reads what the other wrote",
        script: &[
            (1, "UPDATE t SET v = 11 WHERE id = 1"),
            (2, "UPDATE t SET v = 22 WHERE id = 2"),
            (1, "SELECT v FROM t WHERE id = 2"),
            (2, "SELECT v FROM t WHERE id = 1"),
            (1, "COMMIT"),
            (2, "COMMIT"),
        ],
        happened: |play, _| answer(play, 1, 2) == "[[22]]" || answer(play, 2, 2) == "[[11]]",
        possible: [false, false, false],
    },
    Anomaly {
        name: "observed transaction vanishes (OTV): half of a commit is seen, then the other half's past",
        script: &[
            (1, "UPDATE t SET v = 11 WHERE id = 1"),
            (1, "UPDATE t SET v = 19 WHERE id = 2"),
            (2, "UPDATE t SET v = 12 WHERE id = 1"),
            (1, "COMMIT"),
            (3, "SELECT v FROM t WHERE id = 1"),
            (2, "UPDATE t SET v = 18 WHERE id = 2"),
            (3, "SELECT v FROM t WHERE id = 2"),
            (2, "COMMIT"),
            (3, "COMMIT"),
        ],
        happened: |play, _| answer(play, 3, 1) == "[[11]]" && answer(play, 3, 2) != "[[19]]",
        possible: [false, false, false],
    },
    Anomaly {
        name: "predicate-many-preceders (PMP): a condition finds other rows the second time",
        script: &[
            (1, "SELECT id FROM t WHERE v = 30"),
            (2, "INSERT INTO t VALUES (3, 30)"),
            (2, "COMMIT"),
            (1, "SELECT id FROM t WHERE v = 30"),
            (1, "COMMIT"),
        ],
        happened: |play, _| answer(play, 1, 2) == "[[3]]",
        possible: [true, false, false],
    },
    Anomaly {
        name: "lost update (P4): both read 10, both add, one addition is gone",
        script: &[
            (1, "SELECT v FROM t WHERE id = 1"),
            (2, "SELECT v FROM t WHERE id = 1"),
            (1, "UPDATE t SET v = 11 WHERE id = 1"),
            (2, "UPDATE t SET v = 11 WHERE id = 1"),
            (1, "COMMIT"),
            (2, "COMMIT"),
        ],
        happened: |play, _| answer(play, 2, 3) == "Commit",
        possible: [true, false, false],
    },
    Anomaly {
        name: "read skew (G-single): two rows of two moments are read",
        script: &[
            (1, "SELECT v FROM t WHERE id = 1"),
            (2, "UPDATE t SET v = 12 WHERE id = 1"),
            (2, "UPDATE t SET v = 18 WHERE id = 2"),
            (2, "COMMIT"),
            (1, "SELECT v FROM t WHERE id = 2"),
            (1, "COMMIT"),
        ],
        happened: |play, _| answer(play, 1, 1) == "[[10]]" && answer(play, 1, 2) == "[[18]]",
        possible: [true, false, false],
    },
    Anomaly {
        name: "write skew (G2-item): each writes one of two rows that both have read",
        script: &[
            (1, "SELECT v FROM t WHERE id IN (1, 2) ORDER BY id"),
            (2, "SELECT v FROM t WHERE id IN (1, 2) ORDER BY id"),
            (1, "UPDATE t SET v = 11 WHERE id = 1"),
            (2, "UPDATE t SET v = 21 WHERE id = 2"),
            (1, "COMMIT"),
            (2, "COMMIT"),
        ],
        happened: |_, rows| rows == "[[1,11],[2,21]]",
        possible: [true, true, false],
    },
    Anomaly {
        name: "predicate write skew (G2): each inserts a row that the other's condition would have found",
        script: &[
            (1, "SELECT id FROM t WHERE v % 3 = 0"),
            (2, "SELECT id FROM t WHERE v % 3 = 0"),
            (1, "INSERT INTO t VALUES (3, 30)"),
            (2, "INSERT INTO t VALUES (4, 42)"),
            (1, "COMMIT"),
            (2, "COMMIT"),
        ],
        happened: |_, rows| rows.contains("[3,30],[4,42]"),
        possible: [true, true, false],
    },
    Anomaly {
        name: "read-only anomaly: a reader sees an order that the writers' result contradicts",
        script: &[
            (2, "SELECT v FROM t ORDER BY id"),
            (1, "UPDATE t SET v = 30 WHERE id = 2"),
            (1, "COMMIT"),
            (3, "SELECT v FROM t ORDER BY id"),
            (3, "COMMIT"),
            (2, "UPDATE t SET v = -11 WHERE id = 1"),
            (2, "COMMIT"),
        ],
        happened: |play, rows| answer(play, 3, 1) == "[[10],[30]]" && rows == "[[1,-11],[2,30]]",
        possible: [true, true, false],
    },
];

#[test]
fn anomalies_by_level() {
    let mut table = String::new();
    let mut expected = String::new();
    for anomaly in &ANOMALIES {
        let found: Vec<bool> = LEVELS.iter().map(|level| happens(anomaly, level)).collect();
        table += &format!("{found:?} {}\n", anomaly.name);
        expected += &format!("{:?} {}\n", anomaly.possible, anomaly.name);
    }
    assert_eq!(table, expected);
}

fn happens(anomaly: &Anomaly, level: &str) -> bool {
    let mut play = Play::open(SCHEMA);
    for session in 1..=3 {
        play.send(session, &format!("BEGIN ISOLATION LEVEL {level}"));
    }
    for (session, sql) in anomaly.script {
        play.send(*session, sql);
        play.let_time_pass();
    }
    let rows = play.send(9, "SELECT id, v FROM t ORDER BY id");
    (anomaly.happened)(&play, &rows)
}
