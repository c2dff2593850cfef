//! What SERIALIZABLE remembers of a statement's reads.
//!
//! A statement over one table is remembered by its WHERE: a later write conflicts when the row before or after
//! it satisfies the condition. Anything else is remembered as reading whole tables. Comparing results instead
//! would miss conflicts: two writers can each leave a result as it is and change it together.
//!
//! Rule: Ports and Grittner, "Serializable Snapshot Isolation in PostgreSQL" (2012), predicate reads.

use super::edit::{Body, body, defined_count, named, tables_read, target, value_param};
use super::variant::{Variant, Wording};
use crate::schema::{Catalog, TableDef, TableId, quoted};
use sqlparser::ast::{Expr, Ident, SetExpr, Statement};
use std::rc::Rc;

/// The reads of a statement: per table a condition, or none for the whole table.
pub(crate) struct Reads(pub(crate) Vec<(TableId, Option<Rc<Condition>>)>);

/// A condition over one row of a table.
pub(crate) struct Condition {
    /// Gives a row when the condition holds. Takes the statement's parameters, then the row's columns.
    pub(crate) text: Variant,
    /// The condition as written, for telling conditions apart.
    pub(crate) written: String,
}

/// Returns the reads of a statement without locking clauses.
pub(super) fn reads(statement: &Statement, params: usize, catalog: &Catalog) -> Reads {
    let mut tables = tables_read(statement, catalog);
    let changed = match body(statement) {
        Body::Update(_) | Body::Delete(_) => target(statement),
        _ => None,
    };
    tables.extend(changed.iter().map(|(name, _)| name.clone()));
    if let [only] = &tables[..]
        && defined_count(statement) == 0
        && let Some((alias, Some(selection))) = single(statement)
        && let Some(table) = catalog.table(only)
    {
        return Reads(vec![(table.id, Some(Rc::new(condition(table, &alias, &selection, params))))]);
    }
    tables.sort();
    tables.dedup();
    let known = tables.iter().filter_map(|name| catalog.table(name));
    Reads(known.map(|table| (table.id, None)).collect())
}

/// The one table reference of a statement and its WHERE.
fn single(statement: &Statement) -> Option<(Ident, Option<Expr>)> {
    match body(statement) {
        Body::Query(query) => {
            let SetExpr::Select(select) = &*query.body else { return None };
            let [from] = &select.from[..] else { return None };
            let (_, alias) = named(&from.relation)?;
            from.joins.is_empty().then(|| (alias, select.selection.clone()))
        }
        Body::Update(update) => Some((target(statement)?.1, update.selection.clone())),
        Body::Delete(delete) => Some((target(statement)?.1, delete.selection.clone())),
        Body::Insert(_) => None,
    }
}

fn condition(table: &TableDef, alias: &Ident, selection: &Expr, params: usize) -> Condition {
    let columns = table.columns.iter().enumerate();
    let columns: Vec<String> = columns
        .map(|(index, column)| format!("{} AS {}", value_param(params + index), quoted(&column.name)))
        .collect();
    let text = format!("SELECT 1 FROM (SELECT {}) AS {alias} WHERE {selection}", columns.join(", "));
    Condition { text: Variant::of_text(&text, Wording::Values), written: format!("{alias}: {selection}") }
}
