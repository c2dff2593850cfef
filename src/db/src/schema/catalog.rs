//! The catalog: what PostgreSQL would know about each table.
//!
//! A value like the image it belongs to; DDL makes a new one. Not here: reading CREATE TABLE (`table.rs`).

use super::types::Type;
use crate::answer::SqlError;
use crate::sql::kind::Kind;
use std::collections::BTreeMap;

/// Names a table for as long as it exists, whatever it is called. Never given out twice in one database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(crate) struct TableId(pub(crate) u32);

/// Names a unique index, as [`TableId`] names a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(crate) struct KeyId(pub(crate) u32);

/// All tables, by folded name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Catalog {
    pub(crate) tables: BTreeMap<String, TableDef>,
    pub(crate) views: BTreeMap<String, ViewDef>,
    /// Indexes that CREATE INDEX made, each with its table's name.
    pub(crate) indexes: BTreeMap<String, String>,
    /// Ids given out so far, to tables and keys together.
    pub(crate) last_id: u32,
}

/// One table.
#[derive(Debug, Clone, Default)]
pub(crate) struct TableDef {
    pub(crate) id: TableId,
    pub(crate) name: String,
    pub(crate) columns: Vec<ColumnDef>,
    /// Unique indexes in order of creation, the primary key first.
    pub(crate) keys: Vec<KeyDef>,
    pub(crate) foreign: Vec<Foreign>,
    /// Names of CHECK constraints.
    pub(crate) checks: Vec<String>,
}

/// One column.
#[derive(Debug, Clone, Default)]
pub(crate) struct ColumnDef {
    pub(crate) name: String,
    pub(crate) kind: Type,
    pub(crate) not_null: bool,
    /// The database gives a value when none is given: serial or identity.
    pub(crate) identity: bool,
    /// GENERATED ALWAYS AS IDENTITY: a value is accepted with OVERRIDING SYSTEM VALUE only.
    pub(crate) always: bool,
    /// The sequence that gives the values of a serial or identity column.
    pub(crate) sequence: Option<String>,
    /// GENERATED ALWAYS AS (…) STORED: computed, never written.
    pub(crate) computed: bool,
    /// DEFAULT as SQLite text.
    pub(crate) default: Option<String>,
}

/// A primary key, unique constraint or unique index.
#[derive(Debug, Clone, Default)]
pub(crate) struct KeyDef {
    pub(crate) id: KeyId,
    pub(crate) name: String,
    pub(crate) primary: bool,
    pub(crate) parts: Vec<KeyPart>,
    /// The WHERE of a partial index, as SQLite text over bare column names.
    pub(crate) predicate: Option<String>,
}

/// What a unique index is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KeyPart {
    /// A column, by index.
    Column(usize),
    /// SQLite text over bare column names.
    Expression(String),
}

/// A foreign key.
#[derive(Debug, Clone)]
pub(crate) struct Foreign {
    pub(crate) name: String,
    pub(crate) columns: Vec<usize>,
    pub(crate) parent: String,
    pub(crate) parent_columns: Vec<usize>,
    pub(crate) on_delete: Action,
    pub(crate) on_update: Action,
    pub(crate) deferrable: bool,
    pub(crate) initially_deferred: bool,
}

/// What happens to a child when its parent goes or changes its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::enum_variant_names, reason = "SQL's own words")]
pub(crate) enum Action {
    #[default]
    NoAction,
    Restrict,
    Cascade,
    SetNull,
    SetDefault,
}

/// A view: the columns of its query.
#[derive(Debug, Clone)]
pub(crate) struct ViewDef {
    pub(crate) name: String,
    pub(crate) columns: Vec<(String, Kind)>,
    /// Tables and views that it reads.
    pub(crate) reads: Vec<String>,
}

impl Action {
    /// Returns the words after ON DELETE.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Action::NoAction => "NO ACTION",
            Action::Restrict => "RESTRICT",
            Action::Cascade => "CASCADE",
            Action::SetNull => "SET NULL",
            Action::SetDefault => "SET DEFAULT",
        }
    }
}

impl KeyDef {
    /// Returns the columns of a key without expressions and predicate.
    pub(crate) fn plain_columns(&self) -> Option<Vec<usize>> {
        let column = |part: &KeyPart| match part {
            KeyPart::Column(index) => Some(*index),
            KeyPart::Expression(_) => None,
        };
        if self.predicate.is_some() {
            return None;
        }
        self.parts.iter().map(column).collect()
    }
}

impl TableDef {
    pub(crate) fn column(&self, name: &str) -> Option<&ColumnDef> {
        self.columns.iter().find(|column| column.name == name)
    }

    pub(crate) fn column_index(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// Returns the primary key's columns; none when there is no primary key.
    pub(crate) fn primary_key(&self) -> Vec<usize> {
        self.keys.iter().find(|key| key.primary).and_then(KeyDef::plain_columns).unwrap_or_default()
    }

    /// Returns the column that is SQLite's row number: a primary key of one integer.
    pub(crate) fn row_number_column(&self) -> Option<usize> {
        match self.primary_key()[..] {
            [column]
                if self.columns[column].kind.stored == "INTEGER"
                    && !self.columns[column].kind.is_boolean() =>
            {
                Some(column)
            }
            _ => None,
        }
    }

    /// Returns which columns some unique index covers, in keys, expressions or predicates.
    pub(crate) fn key_columns(&self) -> Vec<usize> {
        let covered = |index: &usize| {
            let quoted = super::column::quoted(&self.columns[*index].name);
            self.keys.iter().any(|key| {
                let in_part = |part: &KeyPart| match part {
                    KeyPart::Column(column) => column == index,
                    KeyPart::Expression(text) => text.contains(&quoted),
                };
                key.parts.iter().any(in_part)
                    || key.predicate.as_ref().is_some_and(|predicate| predicate.contains(&quoted))
            })
        };
        (0..self.columns.len()).filter(covered).collect()
    }

    /// Returns the names of columns.
    pub(crate) fn names_of(&self, columns: &[usize]) -> Vec<String> {
        columns.iter().map(|index| self.columns[*index].name.clone()).collect()
    }

    /// Returns the name of the key over these columns, as PostgreSQL names it when nobody did.
    pub(crate) fn key_name(&self, columns: &[&str]) -> String {
        let same = |key: &&KeyDef| {
            key.plain_columns().is_some_and(|indexes| {
                indexes.len() == columns.len()
                    && indexes.iter().zip(columns).all(|(index, name)| self.columns[*index].name == *name)
            })
        };
        match self.keys.iter().find(same) {
            Some(key) => key.name.clone(),
            None => format!("{}_{}_key", self.name, columns.join("_")),
        }
    }
}

impl Catalog {
    pub(crate) fn table(&self, name: &str) -> Option<&TableDef> {
        self.tables.get(name)
    }

    /// Returns whether PostgreSQL's name space of relations has this name.
    pub(crate) fn has_relation(&self, name: &str) -> bool {
        let constraint = |table: &TableDef| table.keys.iter().any(|key| key.name == name);
        self.tables.contains_key(name)
            || self.views.contains_key(name)
            || self.indexes.contains_key(name)
            || self.tables.values().any(constraint)
    }

    /// Returns a number that no table and no key has had.
    pub(crate) fn next_id(&mut self) -> u32 {
        self.last_id += 1;
        self.last_id
    }
}

/// Returns PostgreSQL's error for a missing value.
pub(crate) fn not_null(column: &str, table: &str) -> SqlError {
    let message =
        format!("null value in column \"{column}\" of relation \"{table}\" violates not-null constraint");
    SqlError::new("23502", message)
}
