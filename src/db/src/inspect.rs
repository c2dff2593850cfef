//! Looking at a database from outside: tables, a file, a digest. Never counted as anybody's statement.
//!
//! The digest is by content, never by pages: equal rows give equal digests however they got there. A table's
//! digest is the sum of its rows', so their order does not matter.

use crate::answer::{Column, Table};
use crate::engine::{Engine, Statement};
use crate::schema::{Catalog, TableDef};
use crate::sql::command::Level;
use crate::state::{State, Transaction, Version};
use std::fmt::Write as _;
use std::rc::Rc;
use unhappy_trace::{Digest, Value};

/// Returns every table's content.
pub(crate) fn tables(engine: &Engine, version: &Version, preview_rows: usize) -> Vec<Table> {
    version.catalog.tables.values().map(|table| shown(engine, version, table, preview_rows)).collect()
}

fn shown(engine: &Engine, version: &Version, table: &TableDef, preview_rows: usize) -> Table {
    let column = |column: &crate::schema::ColumnDef| Column {
        name: column.name.clone(),
        type_name: column.kind.name.clone(),
    };
    let mut rows = Vec::new();
    each_row(engine, version, &format!("{} LIMIT {preview_rows}", select(table)), |statement| {
        rows.push(row(statement, table));
    });
    let mut row_count = 0;
    each_row(engine, version, &format!("SELECT count(*) FROM {}", quoted(&table.name)), |statement| {
        row_count = statement.value(0).as_int().and_then(|count| u64::try_from(count).ok()).unwrap_or(0);
    });
    Table { name: table.name.clone(), columns: table.columns.iter().map(column).collect(), rows, row_count }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn select(table: &TableDef) -> String {
    let columns: Vec<String> = table.columns.iter().map(|column| quoted(&column.name)).collect();
    format!("SELECT {} FROM {}", columns.join(", "), quoted(&table.name))
}

fn row(statement: &Statement, table: &TableDef) -> Vec<Value> {
    let cell = |(index, column): (usize, &crate::schema::ColumnDef)| match statement.value(index) {
        Value::Int(number) if column.kind.is_boolean() => Value::Bool(number != 0),
        value => value,
    };
    table.columns.iter().enumerate().map(cell).collect()
}

fn each_row(engine: &Engine, version: &Version, sql: &str, mut visit: impl FnMut(&Statement)) {
    let statement = engine.link(version).prepare(sql).expect("the catalog names the tables and columns");
    while statement.step().expect("reading cannot fail") {
        visit(&statement);
    }
    statement.reset();
}

/// Returns the bytes of a SQLite file. The schema number, which counts this process's DDL, is set to 1.
pub(crate) fn export(version: &Version) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(version.image.iter().map(|page| page.len()).sum());
    for page in version.image.iter() {
        bytes.extend_from_slice(page);
    }
    if let Some(number) = bytes.get_mut(40..44) {
        number.copy_from_slice(&1_u32.to_be_bytes());
    }
    bytes
}

/// Returns the digest of committed content, open transactions and random state.
pub(crate) fn content_digest(engine: &Engine, state: &State) -> Digest {
    let committed = version_digest(engine, &state.committed);
    let mut text = format!("{committed} {} {:?}", state.random, state.writer);
    for (session, transaction) in &state.sessions {
        write!(text, " {session} {}", transaction_text(engine, state, committed, transaction))
            .expect("writing to a string cannot fail");
    }
    Digest::of(text.as_bytes())
}

fn transaction_text(engine: &Engine, state: &State, committed: Digest, transaction: &Transaction) -> String {
    let digest = |version: Option<&Version>| match version {
        None => "-".to_owned(),
        Some(version) if Rc::ptr_eq(&version.image, &state.committed.image) => committed.to_string(),
        Some(version) => version_digest(engine, version).to_string(),
    };
    let level = match transaction.level {
        Level::ReadCommitted => "rc",
        Level::RepeatableRead => "rr",
        Level::Serializable => "ser",
    };
    let stale = transaction.snapshot.as_ref().is_some_and(|(_, at)| *at != state.commits);
    let snapshot = digest(transaction.snapshot.as_ref().map(|(version, _)| version));
    let flags = [transaction.read_only, transaction.failed, transaction.queried, stale];
    let mut text = format!("{level} {flags:?} {snapshot} {}", digest(transaction.view.as_ref()));
    for savepoint in &transaction.savepoints {
        write!(text, " {:?} {}", savepoint.name, digest(savepoint.view.as_ref()))
            .expect("writing to a string cannot fail");
    }
    text
}

fn version_digest(engine: &Engine, version: &Version) -> Digest {
    let mut text = String::new();
    each_row(
        engine,
        version,
        "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name",
        |row| {
            write!(text, "{:?} {:?};", row.value(0), row.value(1)).expect("writing to a string cannot fail");
        },
    );
    let Catalog { tables } = &*version.catalog;
    for table in tables.values() {
        let (sum, count) = rows_sum(engine, version, &select(table));
        write!(text, "{:?} {sum:032x} {count};", table.name).expect("writing to a string cannot fail");
    }
    if tables.values().any(|table| table.columns.iter().any(|column| column.identity)) {
        let (sum, _) = rows_sum(engine, version, "SELECT name, seq FROM sqlite_sequence");
        write!(text, "sequences {sum:032x}").expect("writing to a string cannot fail");
    }
    Digest::of(text.as_bytes())
}

fn rows_sum(engine: &Engine, version: &Version, sql: &str) -> (u128, u64) {
    let (mut sum, mut count) = (0_u128, 0);
    each_row(engine, version, sql, |statement| {
        let row = Value::List((0..statement.column_count()).map(|column| statement.value(column)).collect());
        let digest = u128::from_str_radix(&row.digest().to_string(), 16).expect("a digest is 32 digits");
        sum = sum.wrapping_add(digest);
        count += 1;
    });
    (sum, count)
}
