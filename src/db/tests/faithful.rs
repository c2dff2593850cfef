//! Faithful or refused: statements with PostgreSQL's own answers.
//!
//! `faithful.txt` holds a statement per line and below it what PostgreSQL 15 answers: rows as `psql -At` prints
//! them (columns by `|`, rows by ` ; `, NULL as ∅), or an SQLSTATE. The answers were not typed: a script ran
//! each statement in a transaction of its own on a real PostgreSQL 15 (UTC, collation C) over the schema and
//! rows of `shop/mod.rs`, and wrote them down. Below "Refused here" stand statements that PostgreSQL answers and
//! this database refuses with 0A000.

mod shop;

use shop::Shop;
use unhappy_db::{Answer, State};
use unhappy_trace::Value;

const TABLE: &str = include_str!("faithful.txt");

fn statements(section: &str) -> Vec<(&'static str, &'static str)> {
    let lines: Vec<&str> = TABLE
        .lines()
        .skip_while(|line| !line.starts_with(&format!("# {section}")))
        .skip(1)
        .take_while(|line| !line.starts_with('#'))
        .filter(|line| !line.is_empty())
        .collect();
    lines.chunks(2).map(|pair| (pair[0], pair[1].trim())).collect()
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "∅".to_owned(),
        Value::Bool(truth) => if *truth { "t" } else { "f" }.to_owned(),
        Value::Float(number) if number.abs() >= 1e15 => format!("{number:e}").replace('e', "e+"),
        Value::Float(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        other => other.canonical_json(),
    }
}

fn outcome(shop: &mut Shop, sql: &str) -> String {
    match shop.answer(1, sql, &[]) {
        Answer::Done(done) => {
            let row = |row: &Vec<Value>| row.iter().map(shown).collect::<Vec<_>>().join("|");
            done.rows.iter().map(row).collect::<Vec<_>>().join(" ; ")
        }
        Answer::Refused(error) => error.sqlstate.to_owned(),
        Answer::Blocked { .. } => "blocked".to_owned(),
    }
}

#[track_caller]
fn check(section: &str, least: usize, expected: impl Fn(&'static str) -> &'static str) {
    let mut shop = Shop::open();
    let base: State = shop.state.clone();
    let mut wrong = String::new();
    let all = statements(section);
    assert!(all.len() >= least, "the section {section} has {} statements", all.len());
    for (sql, answer) in all {
        shop.state = base.clone();
        let seen = outcome(&mut shop, sql);
        if seen != expected(answer) {
            wrong += &format!("{sql}\n  PostgreSQL: {answer}\n  here:       {seen}\n");
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn what_sqlite_would_answer_otherwise() {
    check("SQLite", 80, |answer| answer);
}

#[test]
fn what_is_answered_as_postgresql_answers() {
    check("These", 40, |answer| answer);
}

#[test]
fn what_is_refused() {
    check("Refused", 5, |_| "0A000");
}
