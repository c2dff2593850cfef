//! Merging states: the digest under names is equal when only numbers and history differ, and only then.

mod play;

use play::Play;
use unhappy_db::SessionId;
use unhappy_trace::Digest;

const SCHEMA: &str = "CREATE TABLE t (id integer PRIMARY KEY, v integer NOT NULL);
    CREATE TABLE note (name text PRIMARY KEY, line text);
    INSERT INTO t VALUES (1, 10), (2, 20), (3, 30);";

/// A script of named sessions, numbered in the order in which `numbered` lists them.
fn played(numbered: &str, script: &[(char, &str)]) -> Play {
    let mut play = Play::open(SCHEMA);
    for (name, sql) in script {
        play.send(number(numbered, *name), sql);
    }
    play
}

fn number(numbered: &str, name: char) -> u32 {
    numbered.find(name).expect("every session has a number") as u32 + 1
}

fn named(play: &Play, numbered: &str) -> Digest {
    let name = |session: SessionId| numbered.chars().nth(session.0 as usize - 1).unwrap_or('?').to_string();
    let digest = play.engine.canonical(&play.state, play.now, &name);
    assert_eq!(digest, play.engine.canonical_afresh(&play.state, play.now, &name), "what is known is right");
    digest
}

fn after(numbered: &str, script: &[(char, &str)]) -> Digest {
    named(&played(numbered, script), numbered)
}

const LEVELS: [&str; 3] = ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"];

#[test]
fn numbers_of_sessions_do_not_matter() {
    for level in LEVELS {
        let begin = format!("BEGIN ISOLATION LEVEL {level}");
        let script = [
            ('a', begin.as_str()),
            ('b', &begin),
            ('a', "SELECT v FROM t WHERE id = 2 FOR KEY SHARE"),
            ('b', "UPDATE t SET v = 21 WHERE id = 2"),
            ('b', "INSERT INTO note VALUES ('x', 'b')"),
            ('a', "SAVEPOINT s"),
            ('c', "DELETE FROM t WHERE id = 2"),
            ('a', "INSERT INTO note VALUES ('x', 'a')"),
            ('d', "SELECT pg_advisory_lock(7)"),
        ];
        let one = after("abcd", &script);
        for other in ["dcba", "bcad", "xxbxadc"] {
            assert_eq!(after(other, &script), one, "{level} {other}");
        }
        // The same numbers under other names are another state.
        assert_ne!(named(&played("abcd", &script), "bacd"), one, "{level}");
        // Renamed throughout, it is the state that the renamed sessions make.
        let swapped: Vec<_> = script
            .iter()
            .map(|(name, sql)| {
                (
                    if *name == 'a' {
                        'b'
                    } else if *name == 'b' {
                        'a'
                    } else {
                        *name
                    },
                    *sql,
                )
            })
            .collect();
        assert_eq!(named(&played("abcd", &script), "bacd"), after("abcd", &swapped), "{level}");
    }
}

#[test]
fn two_orders_of_independent_commits_are_one_state() {
    for level in LEVELS {
        let begin = format!("BEGIN ISOLATION LEVEL {level}");
        let mut one = vec![
            ('a', begin.as_str()),
            ('a', "UPDATE t SET v = v + 1 WHERE id = 1"),
            ('a', "INSERT INTO note VALUES ('n', 'a')"),
            ('a', "COMMIT"),
        ];
        let other = [('b', begin.as_str()), ('b', "DELETE FROM t WHERE id = 2"), ('b', "COMMIT")];
        let mut reversed = other.to_vec();
        reversed.extend(one.iter().copied());
        one.extend(other);
        assert_eq!(after("ab", &one), after("ba", &reversed), "{level}");
    }
}

// One difference each.
#[test]
fn whatever_could_change_an_answer_changes_the_digest() {
    let read = "SELECT v FROM t WHERE id = 1";
    let repeatable = "BEGIN ISOLATION LEVEL REPEATABLE READ";
    let update = "UPDATE t SET v = 11 WHERE id = 1";
    let waits = [('a', "BEGIN"), ('a', update), ('b', "SET lock_timeout = 5000"), ('b', update)];
    let scripts: Vec<Vec<(char, &str)>> = vec![
        vec![],
        vec![('a', "BEGIN"), ('a', read)],
        vec![('a', "BEGIN"), ('a', "SELECT v FROM t WHERE id = 1 FOR SHARE")],
        vec![('a', "BEGIN"), ('a', "SELECT v FROM t WHERE id = 1 FOR UPDATE")],
        vec![('a', "BEGIN"), ('a', update), ('a', "SAVEPOINT s")],
        vec![('a', "BEGIN"), ('a', "SAVEPOINT s"), ('a', update)],
        vec![('a', "BEGIN"), ('a', "SAVEPOINT other"), ('a', update)],
        vec![('a', repeatable), ('b', update), ('a', read)],
        vec![('a', repeatable), ('a', read), ('b', update)],
        vec![('a', "BEGIN"), ('a', update), ('b', update), ('c', update)],
        vec![('a', "BEGIN"), ('a', update), ('c', update), ('b', update)],
        vec![('a', "BEGIN"), ('a', update), ('b', update)],
        waits.to_vec(),
        vec![('a', "SELECT pg_advisory_lock(1)")],
        vec![('a', "SELECT pg_advisory_lock(1)"), ('a', "SELECT pg_advisory_lock(1)")],
        vec![('a', "SET lock_timeout = 5000")],
    ];
    let mut seen: Vec<Digest> = scripts.iter().map(|script| after("abc", script)).collect();
    // Half of a timer is gone.
    let mut later = played("abc", &waits);
    later.now = later.now.after(unhappy_trace::SimDuration::from_micros(400_000));
    seen.push(named(&later, "abc"));
    for (index, one) in seen.iter().enumerate() {
        assert!(!seen[..index].contains(one), "state {index} has the digest of another");
    }
}

// What is known of rows must be what they are for every kind of column, constraint and statement.
#[test]
fn what_is_known_of_rows_is_what_they_are() {
    let mut play = Play::open(
        "CREATE TABLE p (id serial PRIMARY KEY, price double precision, ok boolean DEFAULT true,
            at timestamptz DEFAULT now(), twice double precision GENERATED ALWAYS AS (price * 2) STORED);
         CREATE TABLE c (p_id integer REFERENCES p (id) ON DELETE CASCADE ON UPDATE CASCADE, code text UNIQUE);
         CREATE TABLE loose (word text, number bigint);
         INSERT INTO p (price) VALUES (1), (2.5), (-0.0), (NULL);
         INSERT INTO c VALUES (1, 'x'), (1, 'y'), (2, NULL);",
    );
    let script = [
        "INSERT INTO p (price, ok) VALUES (7, false), (7.0, NULL)",
        "UPDATE p SET price = price + 1",
        "UPDATE p SET price = 0 WHERE id = 3",
        "UPDATE p SET id = id + 100 WHERE id = 1",
        "INSERT INTO c VALUES (2, 'x') ON CONFLICT (code) DO UPDATE SET p_id = 3",
        "INSERT INTO c VALUES (2, 'z') ON CONFLICT DO NOTHING",
        "DELETE FROM p WHERE id = 2",
        "INSERT INTO loose VALUES ('a', 1), ('a', 1), (NULL, 9223372036854775807)",
        "ALTER TABLE loose ADD COLUMN more double precision DEFAULT 3",
        "UPDATE loose SET number = number - 1",
        "INSERT INTO loose (word) VALUES ('b')",
        "DELETE FROM loose WHERE word = 'a'",
        "BEGIN",
        "DELETE FROM c",
        "SAVEPOINT s",
        "INSERT INTO c VALUES (3, 'again')",
        "ROLLBACK TO s",
        "UPDATE p SET ok = NOT ok",
        "COMMIT",
        "TRUNCATE loose",
        "INSERT INTO p (price) SELECT price FROM p",
        "UPDATE p SET id = 1 WHERE id = 4",
        "UPDATE p SET id = 1",
    ];
    let mut last = named(&play, "ab");
    for sql in script {
        play.send(1, sql);
        let now = named(&play, "ab");
        assert!(now != last || sql.ends_with("= 1") || sql.ends_with("= 3"), "{sql} leaves its trace");
        last = now;
    }
}
