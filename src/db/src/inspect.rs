//! Looking at committed content from outside: tables, a file. Never counted as anybody's statement.
//!
//! Not here: locks and sessions (`observe.rs`), the digest (`digest.rs`).

use crate::answer::{Column, Table};
use crate::engine::{Engine, Statement};
use crate::schema::{TableDef, quoted};
use crate::state::Version;
use unhappy_trace::Value;

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

pub(crate) fn select(table: &TableDef) -> String {
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

pub(crate) fn each_row(engine: &Engine, version: &Version, sql: &str, mut visit: impl FnMut(&Statement)) {
    engine.show(version, None);
    let statement = engine.link().prepare(sql).expect("the catalog names the tables and columns");
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
