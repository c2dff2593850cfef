//! Which row a refused statement collided with: PostgreSQL's DETAIL of 23505 and 23503.
//!
//! In: a refused statement and the image it ran on. Out: the error with key and values. The statement is run
//! again on a second connection, where it is allowed to succeed, and its effect is thrown away. Probes are
//! never counted.

use super::Engine;
use super::changes::{Removed, removed_by};
use super::run::Bound;
use crate::answer::SqlError;
use crate::schema::{Catalog, Foreign, TableDef};
use crate::sql::pieces::Rendered;
use crate::sql::text::Text;
use crate::sql::tokens::tokenize;
use crate::state::Version;
use crate::wording::key_columns;
use rusqlite::types::ValueRef;
use unhappy_trace::Value;

/// A refused statement.
pub(super) struct Refused<'a> {
    pub(super) version: &'a Version,
    pub(super) text: &'a Text,
    pub(super) rendered: &'a Rendered,
    pub(super) bound: &'a Bound<'a>,
}

/// Adds to 23505 the key that exists. `failed` is SQLite's "orders.a, orders.b".
pub(super) fn duplicate(engine: &Engine, refused: &Refused<'_>, failed: &str, error: SqlError) -> SqlError {
    let (table, columns) = key_columns(failed);
    let Some(definition) = refused.version.catalog.table(table) else { return error };
    let Some(sql) = replacing(&refused.rendered.sql) else { return error };
    let removed = engine.probing(refused.version, || removed_by(|| engine.try_on_probe(&sql, refused.bound)));
    let Some(values) = removed.iter().find_map(|removed| values_of(definition, removed, &columns)) else {
        return error;
    };
    error.with_detail(format!("Key ({})=({values}) already exists.", columns.join(", ")))
}

/// Turns INSERT into INSERT OR REPLACE, UPDATE into UPDATE OR REPLACE.
fn replacing(sql: &str) -> Option<String> {
    let tokens = tokenize(sql).ok()?;
    let verb = tokens.iter().find(|token| token.is_word(sql, "insert") || token.is_word(sql, "update"))?;
    Some(format!("{} OR REPLACE{}", &sql[..verb.end], &sql[verb.end..]))
}

fn values_of(table: &TableDef, removed: &Removed, columns: &[&str]) -> Option<String> {
    if !removed.table.eq_ignore_ascii_case(&table.name) {
        return None;
    }
    let value = |name: &&str| {
        let index = table.columns.iter().position(|column| column.name.eq_ignore_ascii_case(name))?;
        removed.row.get(index).map(shown)
    };
    columns.iter().map(value).collect::<Option<Vec<_>>>().map(|values| values.join(", "))
}

fn shown(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        other => other.canonical_json(),
    }
}

/// Words 23503 from the first row that has no parent once the statement has run unchecked.
pub(super) fn foreign_key(engine: &Engine, refused: &Refused<'_>, error: SqlError) -> SqlError {
    let found = engine.probing(refused.version, || {
        engine.try_on_probe(&refused.rendered.sql, refused.bound);
        orphan(engine, &refused.version.catalog)
    });
    let Some(orphan) = found else { return error };
    let inserting = refused.text.target.as_deref() == Some(orphan.child.as_str())
        && !refused.text.tokens[0].is_word(&refused.text.source, "delete");
    orphan.worded(inserting)
}

/// A row whose parent is missing.
struct Orphan {
    child: String,
    constraint: Foreign,
    parent_columns: Vec<String>,
    values: Vec<String>,
}

impl Orphan {
    fn worded(&self, inserting: bool) -> SqlError {
        let Foreign { name, columns, parent, .. } = &self.constraint;
        let (child, values) = (&self.child, self.values.join(", "));
        if inserting {
            let message =
                format!("insert or update on table \"{child}\" violates foreign key constraint \"{name}\"");
            let columns = columns.join(", ");
            return SqlError::new("23503", message)
                .with_detail(format!("Key ({columns})=({values}) is not present in table \"{parent}\"."));
        }
        let message = format!(
            "update or delete on table \"{parent}\" violates foreign key constraint \"{name}\" on table \"{child}\""
        );
        let columns = self.parent_columns.join(", ");
        SqlError::new("23503", message)
            .with_detail(format!("Key ({columns})=({values}) is still referenced from table \"{child}\"."))
    }
}

fn orphan(engine: &Engine, catalog: &Catalog) -> Option<Orphan> {
    let connection = engine.probe.connection();
    let check = "SELECT \"table\", rowid, parent, fkid FROM pragma_foreign_key_check LIMIT 1";
    let (child, row, parent, number): (String, i64, String, i64) = connection
        .query_row(check, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
        .ok()?;
    let mut listing = connection
        .prepare("SELECT \"from\" FROM pragma_foreign_key_list(?1) WHERE id = ?2 ORDER BY seq")
        .expect("the pragma exists");
    let columns = listing.query_map((&child, number), |row| row.get(0)).ok()?;
    let columns: Vec<String> = columns.collect::<Result<_, _>>().ok()?;
    let definition = catalog.table(&child)?;
    let same =
        |key: &&Foreign| key.parent.eq_ignore_ascii_case(&parent) && same_names(&key.columns, &columns);
    let constraint = definition.foreign.iter().find(same)?.clone();
    let parent_columns = match constraint.parent_columns.is_empty() {
        true => catalog.table(&parent)?.primary_key().to_vec(),
        false => constraint.parent_columns.clone(),
    };
    let quoted: Vec<String> = columns.iter().map(|name| format!("\"{name}\"")).collect();
    let select = format!("SELECT {} FROM \"{child}\" WHERE rowid = ?1", quoted.join(", "));
    let values = connection
        .query_row(&select, [row], |row| {
            (0..columns.len()).map(|index| row.get_ref(index).map(cell)).collect()
        })
        .ok()?;
    Some(Orphan { child, constraint, parent_columns, values })
}

fn same_names(left: &[String], right: &[String]) -> bool {
    left.len() == right.len() && left.iter().zip(right).all(|(left, right)| left.eq_ignore_ascii_case(right))
}

fn cell(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        _ => String::new(),
    }
}
