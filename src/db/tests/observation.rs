//! What can be seen from outside: locks, sessions, what a statement took, and content as one number.

mod play;

use play::Play;
use unhappy_db::{Answer, Binds, SessionId};
use unhappy_trace::database::SessionPhase;

const SCHEMA: &str = "CREATE TABLE t (id integer PRIMARY KEY, v integer NOT NULL);
    CREATE TABLE log (line text);
    INSERT INTO t VALUES (1, 10), (2, 20), (3, 30);";

fn digest(play: &Play) -> String {
    play.engine.content_digest(&play.state, play.now).to_string()
}

/// Plays a script on a new database and returns its digest.
fn after(script: &[(u32, &str)]) -> String {
    let mut play = Play::open(SCHEMA);
    for (session, sql) in script {
        play.send(*session, sql);
    }
    digest(&play)
}

// Who came first does not matter when nothing can tell.
#[test]
fn two_orders_of_independent_commits_are_one_state() {
    let one = after(&[
        (1, "UPDATE t SET v = 11 WHERE id = 1"),
        (2, "INSERT INTO log VALUES ('a')"),
        (1, "INSERT INTO log VALUES ('b')"),
    ]);
    let other = after(&[
        (1, "INSERT INTO log VALUES ('b')"),
        (2, "INSERT INTO log VALUES ('a')"),
        (1, "UPDATE t SET v = 11 WHERE id = 1"),
    ]);
    assert_eq!(one, other);
}

#[test]
fn whatever_could_change_an_answer_changes_the_digest() {
    let lock = |strength: &'static str| match strength {
        "share" => after(&[(1, "BEGIN"), (1, "SELECT v FROM t WHERE id = 1 FOR SHARE")]),
        "update" => after(&[(1, "BEGIN"), (1, "SELECT v FROM t WHERE id = 1 FOR UPDATE")]),
        _ => after(&[(1, "BEGIN"), (1, "SELECT v FROM t WHERE id = 1")]),
    };
    let waiters = |first: u32, second: u32| {
        let delete = "DELETE FROM t WHERE id = 1";
        after(&[(1, "BEGIN"), (1, "UPDATE t SET v = 0 WHERE id = 1"), (first, delete), (second, delete)])
    };
    let snapshot = |early: bool| {
        let (read, write) = ((1, "SELECT v FROM t WHERE id = 2"), (2, "UPDATE t SET v = 21 WHERE id = 2"));
        let (first, second) = if early { (read, write) } else { (write, read) };
        after(&[(1, "BEGIN ISOLATION LEVEL REPEATABLE READ"), first, second])
    };
    let all = [
        after(&[]),
        lock("none"),
        lock("share"),
        lock("update"),
        waiters(2, 3),
        waiters(3, 2),
        snapshot(true),
        snapshot(false),
    ];
    for (index, one) in all.iter().enumerate() {
        assert!(!all[..index].contains(one), "state {index} has the digest of another");
    }
}

#[test]
fn locks_and_sessions_have_words() {
    let mut play = Play::open(SCHEMA);
    play.send(1, "BEGIN");
    play.send(1, "UPDATE t SET v = 11 WHERE id = 1");
    play.send(2, "BEGIN ISOLATION LEVEL REPEATABLE READ");
    play.send(2, "SAVEPOINT half");
    assert_eq!(play.send(2, "SELECT v FROM t WHERE id = 1 FOR UPDATE"), "waits");
    let lines = play.engine.locks(&play.state);
    let words: Vec<String> = lines
        .iter()
        .map(|line| format!("{} {} {} {:?}", line.session, line.granted, line.words(), line.blocked_by))
        .collect();
    assert_eq!(
        words,
        [
            "1 true FOR NO KEY UPDATE on t (id)=(1) []",
            "1 true t t_pkey=(1) []",
            "1 true ROW EXCLUSIVE on t []",
            "2 true ROW SHARE on t []",
            "2 false FOR UPDATE on t (id)=(1) [1]",
        ]
    );
    let sessions = play.engine.sessions(&play.state);
    assert_eq!((sessions[0].phase, sessions[0].changes), (SessionPhase::InTransaction, 1));
    assert_eq!(sessions[1].phase, SessionPhase::Waiting);
    assert_eq!(sessions[1].level.as_deref(), Some("repeatable read"));
    assert_eq!(sessions[1].savepoints, ["half"]);
    play.send(1, "ROLLBACK");
    play.send(2, "COMMIT");
    assert_eq!(play.engine.locks(&play.state), []);
}

#[test]
fn a_statement_tells_what_it_locked_and_waited_for() {
    let mut play = Play::open(SCHEMA);
    let binds = Binds::default();
    let run = |play: &mut Play, session: u32, sql: &str| {
        play.engine.execute(&mut play.state, SessionId(session), sql, &binds, play.now)
    };
    run(&mut play, 1, "BEGIN");
    run(&mut play, 1, "UPDATE t SET v = 11 WHERE id = 1");
    let Answer::Blocked { .. } = run(&mut play, 2, "UPDATE t SET v = v + 1 WHERE id < 3") else {
        panic!("it must wait");
    };
    run(&mut play, 1, "COMMIT");
    let Some(Answer::Done(done)) = play.engine.resume(&mut play.state, SessionId(2), play.now) else {
        panic!("it can go on");
    };
    assert_eq!((done.changed, done.observed.waits), (2, 1));
    let locks: Vec<String> = done
        .observed
        .locks
        .iter()
        .map(|lock| format!("{} {} {}", lock.table, lock.mode, lock.rows))
        .collect();
    assert_eq!(locks[0], "t ROW EXCLUSIVE 0");
    assert!(locks[1].starts_with("t FOR NO KEY UPDATE "), "{locks:?}");
    assert_eq!(&*done.observed.columns_read[0].1, ["id".to_owned(), "v".to_owned()]);
}
