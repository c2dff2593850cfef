//! A statement in SQLite's dialect, as a tree.
//!
//! In: what `lower/` made. Out: text for SQLite. Locking clauses stay in the tree at whatever depth they stand,
//! because only the session layer can carry them out.

use super::kind::Kind;
use sqlparser::ast::Statement;
use std::rc::Rc;

/// A statement that was understood: names and types resolved, everything in it has PostgreSQL's meaning.
#[derive(Debug, Clone)]
pub(crate) struct Lowered {
    /// In SQLite's dialect, once locking clauses are cut. `:p3` stands for the parameter of index 3, `:m3` for
    /// one that may be a list.
    pub(crate) statement: Statement,
    /// Result columns, of RETURNING too.
    pub(crate) columns: Rc<[OutColumn]>,
    /// Tables and views read or changed, with the columns named, both sorted.
    pub(crate) reads: Rc<[(String, Rc<[String]>)]>,
}

/// A result column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OutColumn {
    /// As PostgreSQL names it.
    pub(crate) name: String,
    pub(crate) kind: Kind,
}
