//! Building a database: scripts and bulk rows, all or nothing.
//!
//! In: a state, SQL or rows. Out: the next state. These are an author's, not a session's: they wait for
//! nobody and are never counted.

use crate::ambient;
use crate::answer::{Binds, SqlError, StatementKind};
use crate::engine::{Bound, Engine, RawError};
use crate::schema::{Effect, TableDef};
use crate::sql::command::Command;
use crate::sql::pieces::Rendered;
use crate::sql::text::{Text, split};
use crate::state::{State, Version};
use crate::wording;
use std::fmt::Write as _;
use std::rc::Rc;
use unhappy_trace::{SimInstant, Value};

/// Runs many statements and commits them together.
pub(crate) fn run_script(engine: &Engine, state: &mut State, script: &str) -> Result<(), SqlError> {
    ambient::set_now(SimInstant::START);
    ambient::set_random(state.random);
    let mut version = state.committed.clone();
    for (start, sql) in split(script)? {
        version = step(engine, &version, sql).map_err(|error| shifted(error, script, start))?;
    }
    state.random = ambient::random_state();
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
    let ran = engine.run(version, &entry, text, &Bound::new(text, &binds)?)?;
    match kind {
        StatementKind::Schema => after_schema_change(engine, version, text),
        _ => Ok(Version { image: ran.image, catalog: Rc::clone(&version.catalog) }),
    }
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
    let link = engine.shown_link();
    if let Effect::AddTable(table) = &text.effect
        && let Some(parent) = missing_parent(table, before)
    {
        link.restore(&before.image);
        return Err(SqlError::new("42P01", format!("relation \"{parent}\" does not exist")));
    }
    link.number_schema();
    let mut catalog = (*before.catalog).clone();
    text.effect.clone().apply(&mut catalog);
    Ok(Version { image: link.image(), catalog: Rc::new(catalog) })
}

/// SQLite lets a foreign key point to nothing; PostgreSQL does not.
fn missing_parent<'a>(table: &'a TableDef, before: &Version) -> Option<&'a str> {
    let parents = table.foreign.iter().map(|key| key.parent.as_str());
    parents.into_iter().find(|parent| *parent != table.name && before.catalog.table(parent).is_none())
}

/// Inserts rows by one prepared statement inside one SQLite transaction.
pub(crate) fn insert(
    engine: &Engine,
    state: &mut State,
    table: &str,
    columns: &[&str],
    rows: &mut dyn Iterator<Item = Vec<Value>>,
) -> Result<u64, SqlError> {
    ambient::set_now(SimInstant::START);
    ambient::set_random(state.random);
    let before = state.committed.clone();
    let link = engine.link(&before);
    let sql = insert_text(table, columns);
    let worded = |raw: &RawError| -> SqlError {
        let text = Text::read(&sql, &before.catalog).expect("this crate wrote the text");
        wording::reword(raw, &text, &Rendered::default(), &before.catalog)
    };
    let statement = link.prepare(&sql).map_err(|raw| worded(&raw))?;
    link.run("BEGIN");
    let mut count = 0;
    for row in rows {
        let inserted = insert_row(&statement, columns.len(), &row).map_err(|failure| match failure {
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
    state.random = ambient::random_state();
    state.commit(Version { image: link.image(), catalog: before.catalog });
    Ok(count)
}

enum Failure {
    Raw(RawError),
    Words(SqlError),
}

fn insert_row(statement: &crate::engine::Statement, width: usize, row: &[Value]) -> Result<(), Failure> {
    if row.len() != width {
        let message = format!("a row has {} values for {width} columns", row.len());
        return Err(Failure::Words(SqlError::new("42601", message)));
    }
    for (index, value) in row.iter().enumerate() {
        if matches!(value, Value::List(_) | Value::Map(_) | Value::BigInt(_)) {
            return Err(Failure::Words(SqlError::new("42804", "a list, dict or big number is no SQL value")));
        }
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
