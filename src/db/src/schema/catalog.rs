//! The catalog: what PostgreSQL would know about each table.
//!
//! A value like the image it belongs to; DDL makes a new one. Not here: reading CREATE TABLE (`table.rs`).

use super::types::Type;
use crate::answer::SqlError;
use crate::sql::tokens::Token;
use std::collections::BTreeMap;

/// All tables, by folded name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Catalog {
    pub(crate) tables: BTreeMap<String, TableDef>,
}

/// One table.
#[derive(Debug, Clone, Default)]
pub(crate) struct TableDef {
    pub(crate) name: String,
    pub(crate) columns: Vec<ColumnDef>,
    pub(crate) keys: Vec<KeyDef>,
    pub(crate) foreign: Vec<Foreign>,
    pub(crate) checks: Vec<String>,
}

/// One column.
#[derive(Debug, Clone)]
pub(crate) struct ColumnDef {
    pub(crate) name: String,
    pub(crate) kind: Type,
    pub(crate) not_null: bool,
    /// The database gives a value when none is given: serial or identity.
    pub(crate) identity: bool,
}

/// A primary key, unique constraint or unique index.
#[derive(Debug, Clone)]
pub(crate) struct KeyDef {
    pub(crate) name: String,
    pub(crate) columns: Vec<String>,
    pub(crate) primary: bool,
}

/// A foreign key.
#[derive(Debug, Clone)]
pub(crate) struct Foreign {
    pub(crate) name: String,
    pub(crate) columns: Vec<String>,
    pub(crate) parent: String,
    /// Empty: the parent's primary key.
    pub(crate) parent_columns: Vec<String>,
}

impl TableDef {
    pub(crate) fn column(&self, name: &str) -> Option<&ColumnDef> {
        self.columns.iter().find(|column| column.name.eq_ignore_ascii_case(name))
    }

    pub(crate) fn primary_key(&self) -> &[String] {
        self.keys.iter().find(|key| key.primary).map_or(&[], |key| &key.columns)
    }

    /// Returns the name of the key over these columns, as PostgreSQL names it when nobody did.
    pub(crate) fn key_name(&self, columns: &[&str]) -> String {
        let same = |key: &&KeyDef| {
            key.columns.len() == columns.len()
                && key.columns.iter().zip(columns).all(|(left, right)| left.eq_ignore_ascii_case(right))
        };
        match self.keys.iter().find(same) {
            Some(key) => key.name.clone(),
            None => format!("{}_{}_key", self.name, columns.join("_")),
        }
    }
}

impl Catalog {
    pub(crate) fn table(&self, name: &str) -> Option<&TableDef> {
        self.tables.get(name).or_else(|| self.tables.get(&name.to_ascii_lowercase()))
    }

    /// Returns whether every column of this name, in whichever table, is NOT NULL, and there is one.
    pub(crate) fn never_null(&self, column: &str) -> bool {
        let mut found = self.tables.values().filter_map(|table| table.column(column)).peekable();
        found.peek().is_some() && found.all(|column| column.not_null)
    }

    /// SQLite numbers a missing integer key by itself; PostgreSQL does so only for serial and identity.
    ///
    /// # Errors
    /// 23502 for an INSERT that names its columns and leaves such a key out.
    pub(crate) fn check_insert(&self, sql: &str, tokens: &[Token]) -> Result<(), SqlError> {
        let Some(insert) = tokens.iter().position(|token| token.is_word(sql, "insert")) else {
            return Ok(());
        };
        let Some(table) = tokens.get(insert + 2).and_then(|token| self.table(&token.name(sql))) else {
            return Ok(());
        };
        let [key] = table.primary_key() else { return Ok(()) };
        let Some(column) =
            table.column(key).filter(|column| !column.identity && column.kind.stored == "INTEGER")
        else {
            return Ok(());
        };
        if !tokens.get(insert + 3).is_some_and(|token| token.is_symbol(sql, "(")) {
            return Ok(());
        }
        let named = tokens[insert + 4..].iter().take_while(|token| !token.is_symbol(sql, ")"));
        if named.clone().any(|token| token.name(sql) == column.name.to_ascii_lowercase()) {
            return Ok(());
        }
        if named.clone().any(|token| token.is_word(sql, "select")) {
            return Ok(());
        }
        Err(not_null(&column.name, &table.name))
    }
}

/// Returns PostgreSQL's error for a missing value.
pub(crate) fn not_null(column: &str, table: &str) -> SqlError {
    let message =
        format!("null value in column \"{column}\" of relation \"{table}\" violates not-null constraint");
    SqlError::new("23502", message)
}
