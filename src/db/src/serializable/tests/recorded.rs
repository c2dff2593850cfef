//! Random histories as PostgreSQL 15 played them, step by step: who fails, and when.
//!
//! In `recorded.txt` a line is a history and a word a step: session, then `b` (BEGIN ISOLATION LEVEL
//! SERIALIZABLE), `o` (the same READ ONLY), `r0` (SELECT from table 0), `w0` (INSERT into it), `c` (COMMIT), `a`
//! (ROLLBACK); `!` marks a 40001. The tables have no index, so PostgreSQL read-locks the whole of them.

use super::toy::{Failure, Toy};

fn play(history: &str) -> String {
    let mut toy = Toy::on((0..4).map(|table| ((table, 0), vec![0])).collect());
    let steps = history.split_whitespace().enumerate();
    let played = steps.map(|(index, word)| {
        let word = word.trim_end_matches('!');
        let session = word[..1].parse().unwrap();
        match step(&mut toy, session, &word[1..], index as i64 + 1) {
            Ok(()) => word.to_owned(),
            Err(Failure::Unserializable(_)) => format!("{word}!"),
            Err(Failure::ConcurrentUpdate) => panic!("{history}: every insert has its own row"),
        }
    });
    played.collect::<Vec<_>>().join(" ")
}

fn step(toy: &mut Toy, session: u32, what: &str, row: i64) -> Result<(), Failure> {
    let table = || what[1..].parse().unwrap();
    match what.as_bytes()[0] {
        b'b' => {
            toy.read_only.remove(&session);
            Ok(())
        }
        b'o' => {
            toy.read_only.insert(session);
            Ok(())
        }
        b'r' => toy.read(session, table(), None).map(drop),
        b'w' => toy.write(session, table(), row, Some(vec![row])),
        b'a' => {
            toy.abort(session);
            toy.commit(session)
        }
        _ => toy.commit(session),
    }
}

#[test]
fn the_same_transactions_fail_at_the_same_steps() {
    for history in include_str!("recorded.txt").lines() {
        assert_eq!(play(history), history);
    }
}
