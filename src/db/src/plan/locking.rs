//! SELECT … FOR UPDATE and its relatives.
//!
//! PostgreSQL locks the rows that a query returns one by one, in order, before LIMIT counts them, and re-reads
//! each that has changed (manual, SELECT, "The Locking Clause"). So the query runs without its locking clause
//! and LIMIT, and says which row of each table every result row came from.

use super::edit::{MAIN, SNAPSHOT, also, cut_locks, equals, named, qualify, read_from, rowid, value_param};
use super::variant::{Variant, Wording};
use crate::locks::RowMode;
use crate::schema::{Catalog, TableId};
use sqlparser::ast::{
    Expr, Ident, LimitClause, LockClause, NonBlock, ObjectName, ObjectNamePart, Query, SelectItem, SetExpr,
    Statement, TableFactor,
};
use std::cell::OnceCell;
use std::rc::Rc;

/// A query with a locking clause.
pub(crate) struct LockingSelect {
    /// The query without locks and LIMIT, with every relation's rowid after its own columns.
    pub(crate) candidates: Variant,
    /// The query's own columns.
    pub(crate) width: usize,
    pub(crate) relations: Vec<Relation>,
    /// In which order the relations of a result row are locked: that of the clauses, then of FROM.
    pub(crate) order: Vec<usize>,
    /// One row of the result again, its rows named by parameters from `first_param` on, in the order of
    /// `relations`.
    recheck: OnceCell<Variant>,
    pub(crate) first_param: usize,
    pub(crate) limits: Option<Limits>,
    query: Query,
    catalog: Rc<Catalog>,
}

/// LIMIT and OFFSET.
pub(crate) struct Limits {
    /// One row: limit (NULL for none) and offset.
    pub(crate) text: Variant,
}

/// A table in FROM.
pub(crate) struct Relation {
    pub(crate) table: TableId,
    pub(crate) name: String,
    alias: Ident,
    /// How its rows are locked, if they are.
    pub(crate) lock: Option<(RowMode, OnLocked)>,
}

/// What to do about a row that somebody else holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnLocked {
    Wait,
    Fail,
    Skip,
}

impl LockingSelect {
    pub(super) fn new(query: &Query, params: usize, width: usize, catalog: &Rc<Catalog>) -> LockingSelect {
        let relations = relations(query, catalog);
        let mut statement = Statement::Query(Box::new(query.clone()));
        cut_locks(&mut statement);
        let Statement::Query(bare) = statement else { unreachable!("it is a query") };
        let mut bare = *bare;
        let limits = bare.limit_clause.take().map(|clause| Limits::new(&clause));
        if let SetExpr::Select(select) = &mut *bare.body {
            let rows = relations.iter().map(|relation| SelectItem::UnnamedExpr(rowid(&relation.alias)));
            select.projection.extend(rows);
        }
        LockingSelect {
            candidates: Variant::new(&Statement::Query(Box::new(bare.clone())), Wording::Learners),
            width,
            order: order(&query.locks, &relations),
            relations,
            recheck: OnceCell::new(),
            first_param: params,
            limits,
            query: bare,
            catalog: Rc::clone(catalog),
        }
    }

    /// One row of the result again: locked tables as they are now, all others as at the start.
    pub(crate) fn recheck(&self) -> &Variant {
        self.recheck.get_or_init(|| {
            let mut statement = Statement::Query(Box::new(self.query.clone()));
            read_from(&mut statement, SNAPSHOT, &self.catalog);
            let Statement::Query(query) = &mut statement else { unreachable!("it is a query") };
            if let SetExpr::Select(select) = &mut *query.body {
                for factor in factors_mut(&mut select.from) {
                    let locked = named(factor)
                        .and_then(|(_, alias)| self.relations.iter().find(|known| known.alias == alias))
                        .is_some_and(|relation| relation.lock.is_some());
                    if locked {
                        qualify(factor, MAIN);
                    }
                }
                for (index, relation) in self.relations.iter().enumerate() {
                    let same = equals(rowid(&relation.alias), value_param(self.first_param + index));
                    also(&mut select.selection, same);
                }
            }
            Variant::new(&statement, Wording::Internal)
        })
    }
}

impl Limits {
    fn new(clause: &LimitClause) -> Limits {
        let (limit, offset) = match clause {
            LimitClause::LimitOffset { limit, offset, .. } => {
                (limit.as_ref(), offset.as_ref().map(|offset| &offset.value))
            }
            LimitClause::OffsetCommaLimit { offset, limit } => (Some(limit), Some(offset)),
        };
        let shown =
            |expr: Option<&Expr>, none: &str| expr.map_or_else(|| none.to_owned(), ToString::to_string);
        let text = format!("SELECT {}, {}", shown(limit, "NULL"), shown(offset, "0"));
        Limits { text: Variant::of_text(&text, Wording::Values) }
    }
}

fn relations(query: &Query, catalog: &Catalog) -> Vec<Relation> {
    let SetExpr::Select(select) = &*query.body else { return Vec::new() };
    let defined: Vec<String> = query
        .with
        .iter()
        .flat_map(|with| &with.cte_tables)
        .map(|cte| cte.alias.name.value.to_ascii_lowercase())
        .collect();
    let mut found = Vec::new();
    for with_joins in &select.from {
        let joined = with_joins.joins.iter().map(|join| &join.relation);
        for factor in std::iter::once(&with_joins.relation).chain(joined) {
            let Some((name, alias)) = named(factor).filter(|(name, _)| !defined.contains(name)) else {
                continue;
            };
            let Some(table) = catalog.table(&name) else { continue };
            let lock = strongest(&query.locks, &alias);
            found.push(Relation { table: table.id, name: table.name.clone(), alias, lock });
        }
    }
    found
}

/// The order of PostgreSQL's row marks (`applyLockingClause`).
fn order(clauses: &[LockClause], relations: &[Relation]) -> Vec<usize> {
    let mut order = Vec::new();
    for clause in clauses {
        for (index, relation) in relations.iter().enumerate() {
            if mode_for(clause, &relation.alias).is_some() && !order.contains(&index) {
                order.push(index);
            }
        }
    }
    order
}

fn factors_mut(from: &mut [sqlparser::ast::TableWithJoins]) -> impl Iterator<Item = &mut TableFactor> {
    from.iter_mut().flat_map(|with_joins| {
        let joined = with_joins.joins.iter_mut().map(|join| &mut join.relation);
        std::iter::once(&mut with_joins.relation).chain(joined)
    })
}

/// Returns the strongest lock that the clauses ask for a table: the most impatient of them decides about
/// waiting (manual, SELECT).
fn strongest(clauses: &[LockClause], alias: &Ident) -> Option<(RowMode, OnLocked)> {
    let mut strongest: Option<(RowMode, OnLocked)> = None;
    for clause in clauses {
        let Some(mode) = mode_for(clause, alias) else { continue };
        let patience = match clause.nonblock {
            None => OnLocked::Wait,
            Some(NonBlock::Nowait) => OnLocked::Fail,
            Some(NonBlock::SkipLocked) => OnLocked::Skip,
        };
        strongest = Some(match strongest {
            None => (mode, patience),
            Some((known, first)) => {
                let patience = match (first, patience) {
                    (OnLocked::Fail, _) | (_, OnLocked::Fail) => OnLocked::Fail,
                    (OnLocked::Skip, _) | (_, OnLocked::Skip) => OnLocked::Skip,
                    _ => OnLocked::Wait,
                };
                (known.max(mode), patience)
            }
        });
    }
    strongest
}

/// Whether a clause locks the rows of a FROM entry known by this name.
pub(super) fn reaches(clause: &LockClause, alias: Option<&str>) -> bool {
    alias.is_none_or(|alias| mode_for(clause, &Ident::new(alias)).is_some())
}

/// Returns a clause that locks all tables of the query it stands in.
pub(super) fn without_names(clause: &LockClause) -> LockClause {
    let carried = clause.of.as_ref().and_then(|name| name.0.last());
    let strength = match carried {
        Some(ObjectNamePart::Identifier(carried)) => carried.value.split(':').next().unwrap_or("update"),
        _ => "update",
    };
    let of = Some(ObjectName::from(vec![Ident::with_quote('"', format!("{strength}:"))]));
    LockClause { of, ..clause.clone() }
}

/// Reads "strength:alias,alias" (`sql/parse.rs`), if it concerns `alias`.
fn mode_for(clause: &LockClause, alias: &Ident) -> Option<RowMode> {
    let name = clause.of.as_ref().and_then(|name| name.0.last());
    let Some(ObjectNamePart::Identifier(carried)) = name else { return Some(RowMode::Update) };
    let (strength, aliases) = carried.value.split_once(':')?;
    if !aliases.is_empty() && !aliases.split(',').any(|named| named.eq_ignore_ascii_case(&alias.value)) {
        return None;
    }
    Some(match strength {
        "keyshare" => RowMode::KeyShare,
        "share" => RowMode::Share,
        "nokeyupdate" => RowMode::NoKeyUpdate,
        _ => RowMode::Update,
    })
}
