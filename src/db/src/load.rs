//! Building a database: scripts and bulk rows, all or nothing.
//!
//! In: a state, SQL or rows. Out: the next state. These are an author's, not a session's: they wait for
//! nobody and are never counted.

use crate::answer::{Binds, SqlError, StatementKind};
use crate::engine::{Bound, Engine, RawError};
use crate::schema::Effect;
use crate::sql::command::Command;
use crate::sql::pieces::render;
use crate::sql::print::pieces;
use crate::sql::text::{Text, split};
use crate::state::{State, Version};
use crate::wording;
use std::fmt::Write as _;
use std::rc::Rc;
use unhappy_trace::{SimInstant, Value};

/// Runs many statements and commits them together.
pub(crate) fn run_script(engine: &Engine, state: &mut State, script: &str) -> Result<(), SqlError> {
    engine.set_ambient(&state.counters, SimInstant::START);
    let mut version = state.committed.clone();
    for (start, sql) in split(script)? {
        version = step(engine, &version, sql).map_err(|error| shifted(error, script, start))?;
    }
    let start = state.counters.clone();
    engine.take_ambient(&start, &mut state.counters);
    state.commit(version);
    Ok(())
}

fn step(engine: &Engine, version: &Version, sql: &str) -> Result<Version, SqlError> {
    let entry = engine.entry(sql, &version.catalog);
    let text = entry.text.as_ref().map_err(Clone::clone)?;
    let Command::Run(kind) = text.command else {
        return Err(SqlError::new("0A000", "a script is one transaction already").at(sql, 0));
    };
    let binds = Binds::default();
    let bound = Bound::new(text, &binds)?;
    if kind == StatementKind::Schema {
        engine.run_schema(version, text, &bound)?;
        begin_sequences(text);
        return after_schema_change(engine, version, text);
    }
    let plan = entry.plan().expect("a statement for SQLite has a plan");
    let ran = engine.run(version, None, text, &plan.main, &bound)?;
    Ok(ran.version)
}

/// Moves an error's place from one statement to the script that it stands in.
fn shifted(error: SqlError, script: &str, start: usize) -> SqlError {
    let characters = script[..start].chars().count() as u32;
    let lines = script[..start].bytes().filter(|byte| *byte == b'\n').count() as u32;
    let position = Some(error.position.unwrap_or(1) + characters);
    let line = Some(error.line.unwrap_or(1) + lines);
    SqlError { position, line, ..error }
}

/// Returns the version after a CREATE, ALTER or DROP that the connection has just run.
pub(crate) fn after_schema_change(
    engine: &Engine,
    before: &Version,
    text: &Text,
) -> Result<Version, SqlError> {
    let link = engine.link();
    link.number_schema();
    let mut catalog = (*before.catalog).clone();
    text.effect.clone().apply(&mut catalog);
    Ok(Version::new(link.image(), Rc::new(catalog)))
}

/// A table that is made anew begins its sequences anew.
pub(crate) fn begin_sequences(text: &Text) {
    if let Effect::AddTable(table) = &text.effect {
        let created = table.columns.iter().filter_map(|column| column.sequence.as_deref());
        created.for_each(crate::ambient::forget_sequence);
    }
}

/// Inserts rows by one prepared statement inside one SQLite transaction.
pub(crate) fn insert(
    engine: &Engine,
    state: &mut State,
    table: &str,
    columns: &[&str],
    rows: &mut dyn Iterator<Item = Vec<Value>>,
) -> Result<u64, SqlError> {
    engine.set_ambient(&state.counters, SimInstant::START);
    let before = state.committed.clone();
    engine.show(&before, None);
    let link = engine.link();
    let text = Text::read(&insert_text(table, columns), &before.catalog)?;
    let lowered = text.lowered.as_ref().expect("an INSERT is lowered");
    let rendered = render(&pieces(&lowered.statement.to_string()), &vec![1; columns.len()]);
    let worded = |raw: &RawError| wording::reword(raw, &text, &rendered, &before.catalog);
    let statement = link.prepare(&rendered.sql).map_err(|raw| worded(&raw))?;
    link.run("BEGIN");
    let mut count = 0;
    for row in rows {
        let inserted = insert_row(&statement, &text, &row).map_err(|failure| match failure {
            Failure::Raw(raw) => worded(&raw),
            Failure::Words(error) => error,
        });
        statement.reset();
        if let Err(error) = inserted {
            link.run("ROLLBACK");
            link.restore(&before.image);
            return Err(error.with_detail(format!("In row {} of the rows to insert.", count + 1)));
        }
        count += 1;
    }
    link.run("COMMIT");
    let start = state.counters.clone();
    engine.take_ambient(&start, &mut state.counters);
    state.commit(Version::new(link.image(), before.catalog));
    Ok(count)
}

enum Failure {
    Raw(RawError),
    Words(SqlError),
}

fn insert_row(statement: &crate::engine::Statement, text: &Text, row: &[Value]) -> Result<(), Failure> {
    let width = text.params.len();
    if row.len() != width {
        let message = format!("a row has {} values for {width} columns", row.len());
        return Err(Failure::Words(SqlError::new("42601", message)));
    }
    for (index, value) in row.iter().enumerate() {
        if matches!(value, Value::List(_) | Value::Map(_) | Value::BigInt(_)) {
            return Err(Failure::Words(SqlError::new("42804", "a list, dict or big number is no SQL value")));
        }
        text.params[index]
            .check(value, &text.source)
            .map_err(|error| Failure::Words(SqlError { position: None, line: None, ..error }))?;
        statement.bind(index + 1, value);
    }
    statement.step().map_err(Failure::Raw).map(|_| ())
}

fn insert_text(table: &str, columns: &[&str]) -> String {
    let quoted: Vec<String> = columns.iter().map(|name| format!("\"{name}\"")).collect();
    let mut sql = format!("INSERT INTO \"{table}\" ({}) VALUES (", quoted.join(", "));
    for number in 1..=columns.len() {
        let comma = if number > 1 { ", " } else { "" };
        write!(sql, "{comma}${number}").expect("writing to a string cannot fail");
    }
    sql.push(')');
    sql
}
