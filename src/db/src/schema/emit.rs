//! A table's definition as SQLite's text.
//!
//! In: a definition. Out: CREATE TABLE … STRICT. Foreign keys stand in it with PostgreSQL's names.

use super::catalog::{Catalog, ColumnDef, Foreign, KeyPart, TableDef};
use super::column::quoted;
use super::table::Finished;

/// Returns CREATE TABLE for SQLite.
pub(super) fn create(finished: &Finished, catalog: &Catalog) -> String {
    let table = &finished.table;
    let mut parts: Vec<String> = (0..table.columns.len()).map(|index| column(finished, index)).collect();
    for key in &table.keys {
        let kind = if key.primary { "PRIMARY KEY" } else { "UNIQUE" };
        let names: Vec<String> = key.parts.iter().map(|part| key_part(table, part)).collect();
        parts.push(format!("CONSTRAINT {} {kind} ({})", quoted(&key.name), names.join(", ")));
    }
    for (name, text) in &finished.checks {
        parts.push(format!("CONSTRAINT {} CHECK ({text})", quoted(name)));
    }
    for key in &table.foreign {
        let names: Vec<String> = table.names_of(&key.columns).iter().map(|name| quoted(name)).collect();
        parts.push(format!(
            "{} FOREIGN KEY ({}) {}",
            named(key),
            names.join(", "),
            target(key, table, catalog)
        ));
    }
    format!("CREATE TABLE {} ({}) STRICT", quoted(&table.name), parts.join(", "))
}

/// Returns one column with its own constraints.
pub(super) fn column(finished: &Finished, index: usize) -> String {
    let ColumnDef { name, kind, not_null, default, .. } = &finished.table.columns[index];
    let mut text = format!("{} {}", quoted(name), kind.stored);
    if *not_null && finished.table.row_number_column() != Some(index) {
        text.push_str(" NOT NULL");
    }
    if let Some(default) = default {
        text.push_str(&format!(" DEFAULT {default}"));
    }
    if let Some((_, expression)) = finished.computed.iter().find(|(column, _)| *column == index) {
        text.push_str(&format!(" GENERATED ALWAYS AS ({expression}) STORED"));
    }
    text
}

/// Returns a part of a key as it stands in CREATE INDEX.
pub(super) fn key_part(table: &TableDef, part: &KeyPart) -> String {
    match part {
        KeyPart::Column(index) => quoted(&table.columns[*index].name),
        KeyPart::Expression(text) => text.clone(),
    }
}

fn named(key: &Foreign) -> String {
    format!("CONSTRAINT {}", quoted(&key.name))
}

/// Returns REFERENCES with everything after it.
pub(super) fn references(key: &Foreign, table: &TableDef, catalog: &Catalog) -> String {
    format!("{} {}", named(key), target(key, table, catalog))
}

fn target(key: &Foreign, table: &TableDef, catalog: &Catalog) -> String {
    let parent = if key.parent == table.name { Some(table) } else { catalog.table(&key.parent) };
    let parent = parent.expect("the parent was found before");
    let names: Vec<String> = parent.names_of(&key.parent_columns).iter().map(|name| quoted(name)).collect();
    let mut text = format!("REFERENCES {} ({})", quoted(&key.parent), names.join(", "));
    text.push_str(&format!(" ON DELETE {} ON UPDATE {}", key.on_delete.words(), key.on_update.words()));
    if key.deferrable {
        text.push_str(" DEFERRABLE");
    }
    if key.initially_deferred {
        text.push_str(" INITIALLY DEFERRED");
    }
    text
}
