//! Small changes to a syntax tree.
//!
//! In: a lowered statement. Out: the same with locking clauses cut, tables qualified, rows restricted, parts
//! replaced. Nothing here knows why.

use crate::schema::Catalog;
use sqlparser::ast::{
    BinaryOperator, Expr, FromTable, Ident, ObjectName, ObjectNamePart, Query, SelectItem, SetExpr,
    Statement, TableFactor, TableObject, TableWithJoins, Value, Visit, VisitMut, Visitor, VisitorMut,
};
use std::collections::BTreeSet;
use std::ops::ControlFlow;

/// The database that a text reads for what the statement began with.
pub(crate) const SNAPSHOT: &str = "snap";
/// The database that a text changes.
pub(crate) const MAIN: &str = "main";
/// SQLite's name for a row's number.
pub(crate) const ROW: &str = "_rowid_";

/// What a statement is, below its WITH.
pub(crate) enum Body<'a> {
    Query(&'a Query),
    Insert(&'a sqlparser::ast::Insert),
    Update(&'a sqlparser::ast::Update),
    Delete(&'a sqlparser::ast::Delete),
}

/// The same, to be changed.
pub(crate) enum BodyMut<'a> {
    Query,
    Insert(&'a mut sqlparser::ast::Insert),
    Update(&'a mut sqlparser::ast::Update),
    Delete(&'a mut sqlparser::ast::Delete),
}

/// Looks through WITH … UPDATE, which is parsed as a query.
pub(crate) fn body(statement: &Statement) -> Body<'_> {
    match statement {
        Statement::Insert(insert) => Body::Insert(insert),
        Statement::Update(update) => Body::Update(update),
        Statement::Delete(delete) => Body::Delete(delete),
        Statement::Query(query) => match &*query.body {
            SetExpr::Insert(inner) | SetExpr::Update(inner) | SetExpr::Delete(inner) => body(inner),
            _ => Body::Query(query),
        },
        other => unreachable!("lowering lets no such statement through: {other}"),
    }
}

pub(crate) fn body_mut(statement: &mut Statement) -> BodyMut<'_> {
    match statement {
        Statement::Insert(insert) => BodyMut::Insert(insert),
        Statement::Update(update) => BodyMut::Update(update),
        Statement::Delete(delete) => BodyMut::Delete(delete),
        Statement::Query(query) => {
            if matches!(&*query.body, SetExpr::Insert(_) | SetExpr::Update(_) | SetExpr::Delete(_)) {
                match &mut *query.body {
                    SetExpr::Insert(inner) | SetExpr::Update(inner) | SetExpr::Delete(inner) => {
                        body_mut(inner)
                    }
                    _ => unreachable!("just looked at"),
                }
            } else {
                BodyMut::Query
            }
        }
        other => unreachable!("lowering lets no such statement through: {other}"),
    }
}

/// The table that a statement changes, with the name its columns are qualified by.
pub(crate) fn target(statement: &Statement) -> Option<(String, Ident)> {
    match body(statement) {
        Body::Query(_) => None,
        Body::Insert(insert) => {
            let TableObject::TableName(name) = &insert.table else { return None };
            let alias = insert.table_alias.as_ref().map(|alias| alias.alias.clone());
            let ident = last(name)?;
            Some((folded(&ident), alias.unwrap_or(ident)))
        }
        Body::Update(update) => named(&update.table.relation),
        Body::Delete(delete) => named(&from_of(delete).first()?.relation),
    }
}

pub(crate) fn from_of(delete: &sqlparser::ast::Delete) -> &[TableWithJoins] {
    match &delete.from {
        FromTable::WithFromKeyword(tables) | FromTable::WithoutKeyword(tables) => tables,
    }
}

/// Returns a table reference's table and the name its columns are qualified by.
pub(crate) fn named(relation: &TableFactor) -> Option<(String, Ident)> {
    let TableFactor::Table { name, alias, args: None, .. } = relation else { return None };
    let ident = last(name)?;
    let alias = alias.as_ref().map(|alias| alias.name.clone());
    Some((folded(&ident), alias.unwrap_or(ident)))
}

fn last(name: &ObjectName) -> Option<Ident> {
    match name.0.last()? {
        ObjectNamePart::Identifier(ident) => Some(ident.clone()),
        ObjectNamePart::Function(_) => None,
    }
}

fn folded(ident: &Ident) -> String {
    if ident.quote_style.is_some() { ident.value.clone() } else { ident.value.to_ascii_lowercase() }
}

/// Returns the rowid of a table reference.
pub(crate) fn rowid(alias: &Ident) -> Expr {
    Expr::CompoundIdentifier(vec![alias.clone(), Ident::new(ROW)])
}

/// A value that the engine adds, by its number.
pub(crate) fn value_param(number: usize) -> Expr {
    Expr::Value(Value::Placeholder(format!(":p{number}")).with_empty_span())
}

/// A list of values that the engine adds.
pub(crate) fn list_param(number: usize) -> Expr {
    Expr::Value(Value::Placeholder(format!(":m{number}")).with_empty_span())
}

pub(crate) fn is_one_of(expr: Expr, list: Expr) -> Expr {
    Expr::InList { expr: Box::new(expr), list: vec![list], negated: false }
}

pub(crate) fn equals(left: Expr, right: Expr) -> Expr {
    Expr::BinaryOp { left: Box::new(left), op: BinaryOperator::Eq, right: Box::new(right) }
}

/// Adds a condition to a WHERE.
pub(crate) fn also(selection: &mut Option<Expr>, condition: Expr) {
    let joined = match selection.take() {
        None => condition,
        Some(given) => Expr::BinaryOp {
            left: Box::new(Expr::Nested(Box::new(given))),
            op: BinaryOperator::And,
            right: Box::new(condition),
        },
    };
    *selection = Some(joined);
}

/// Whether there is a locking clause, at whatever depth.
pub(crate) fn has_locks(statement: &Statement) -> bool {
    struct Seek;
    impl Visitor for Seek {
        type Break = ();
        fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
            if query.locks.is_empty() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        }
    }
    statement.visit(&mut Seek).is_break()
}

/// Cuts every locking clause.
pub(crate) fn cut_locks(statement: &mut Statement) {
    struct Cut;
    impl VisitorMut for Cut {
        type Break = ();
        fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
            query.locks.clear();
            ControlFlow::Continue(())
        }
    }
    let _ = VisitMut::visit(statement, &mut Cut);
}

/// Returns the names that WITH defines, anywhere in the statement.
fn defined_names(statement: &Statement) -> BTreeSet<String> {
    #[derive(Default)]
    struct Names(BTreeSet<String>);
    impl Visitor for Names {
        type Break = ();
        fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
            let tables = query.with.iter().flat_map(|with| &with.cte_tables);
            self.0.extend(tables.map(|cte| folded(&cte.alias.name)));
            ControlFlow::Continue(())
        }
    }
    let mut names = Names::default();
    let _ = statement.visit(&mut names);
    names.0
}

/// Returns how many names WITH defines.
pub(crate) fn defined_count(statement: &Statement) -> usize {
    defined_names(statement).len()
}

/// Returns the tables that a statement reads, each once per reference; the changed one left out.
pub(crate) fn tables_read(statement: &Statement, catalog: &Catalog) -> Vec<String> {
    struct Tables<'a> {
        catalog: &'a Catalog,
        defined: BTreeSet<String>,
        found: Vec<String>,
    }
    impl Visitor for Tables<'_> {
        type Break = ();
        fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
            if let Some((name, _)) = named(factor)
                && !self.defined.contains(&name)
                && self.catalog.table(&name).is_some()
            {
                self.found.push(name);
            }
            ControlFlow::Continue(())
        }
    }
    let mut tables = Tables { catalog, defined: defined_names(statement), found: Vec::new() };
    let _ = statement.visit(&mut tables);
    if !matches!(body(statement), Body::Query(_) | Body::Insert(_))
        && let Some((target, _)) = target(statement)
        && let Some(index) = tables.found.iter().position(|name| *name == target)
    {
        tables.found.remove(index);
    }
    tables.found
}

/// Lets every table reference read a database by name.
pub(crate) fn read_from(statement: &mut Statement, database: &str, catalog: &Catalog) {
    struct Qualify<'a> {
        catalog: &'a Catalog,
        defined: BTreeSet<String>,
        database: &'a str,
    }
    impl VisitorMut for Qualify<'_> {
        type Break = ();
        fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<()> {
            let known = named(factor).is_some_and(|(name, _)| {
                !self.defined.contains(&name) && self.catalog.table(&name).is_some()
            });
            if known {
                qualify(factor, self.database);
            }
            ControlFlow::Continue(())
        }
    }
    let mut qualify = Qualify { catalog, defined: defined_names(statement), database };
    let _ = VisitMut::visit(statement, &mut qualify);
}

/// Lets one table reference read a database by name.
pub(crate) fn qualify(factor: &mut TableFactor, database: &str) {
    let TableFactor::Table { name, .. } = factor else { return };
    let Some(ident) = last(name) else { return };
    *name = ObjectName::from(vec![Ident::new(database), ident]);
}

/// Lets the changed table be the one of a database by name.
pub(crate) fn qualify_target(statement: &mut Statement, database: &str) {
    match body_mut(statement) {
        BodyMut::Query => {}
        BodyMut::Insert(insert) => {
            if let TableObject::TableName(name) = &mut insert.table
                && let Some(ident) = last(name)
            {
                *name = ObjectName::from(vec![Ident::new(database), ident]);
            }
        }
        BodyMut::Update(update) => qualify(&mut update.table.relation, database),
        BodyMut::Delete(delete) => {
            let (FromTable::WithFromKeyword(tables) | FromTable::WithoutKeyword(tables)) = &mut delete.from;
            if let Some(first) = tables.first_mut() {
                qualify(&mut first.relation, database);
            }
        }
    }
}

/// Where a walk through nested queries is, and whether it is inside one that has a locking clause.
struct Depth {
    now: u32,
    locking: Option<u32>,
}

impl Depth {
    /// The statement itself counts as a depth, unless it is a query.
    fn of(statement: &Statement) -> Depth {
        Depth { now: u32::from(!matches!(statement, Statement::Query(_))), locking: None }
    }

    fn enter(&mut self, query: &Query) {
        if self.locking.is_none() && self.now > 0 && !query.locks.is_empty() {
            self.locking = Some(self.now);
        }
        self.now += 1;
    }

    /// Returns whether the query that ends here is an outermost locking one.
    fn leave(&mut self) -> bool {
        self.now -= 1;
        let outermost = self.locking == Some(self.now);
        if outermost {
            self.locking = None;
        }
        outermost
    }
}

/// A locking clause reaches into sub-selects of FROM: their rows are locked as if it stood in them (manual, SELECT,
/// "The Locking Clause").
pub(crate) fn push_locks_down(statement: &mut Statement) {
    struct Push;
    impl VisitorMut for Push {
        type Break = ();
        fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
            let locks = query.locks.clone();
            let SetExpr::Select(select) = &mut *query.body else { return ControlFlow::Continue(()) };
            for from in &mut select.from {
                let joined = from.joins.iter_mut().map(|join| &mut join.relation);
                for factor in std::iter::once(&mut from.relation).chain(joined) {
                    let TableFactor::Derived { subquery, alias, .. } = factor else { continue };
                    let alias = alias.as_ref().map(|alias| alias.name.value.as_str());
                    let reaching = locks.iter().filter(|lock| super::locking::reaches(lock, alias));
                    let plain = matches!(&*subquery.body, SetExpr::Select(select) if !select.from.is_empty());
                    if plain {
                        subquery.locks.extend(reaching.map(super::locking::without_names));
                    }
                }
            }
            ControlFlow::Continue(())
        }
    }
    let _ = VisitMut::visit(statement, &mut Push);
}

/// Returns the queries below the statement's own that have a locking clause, outermost only, in order.
pub(crate) fn locking_parts(statement: &Statement) -> Vec<Query> {
    struct Parts {
        depth: Depth,
        found: Vec<Query>,
    }
    impl Visitor for Parts {
        type Break = ();
        fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
            self.depth.enter(query);
            ControlFlow::Continue(())
        }
        fn post_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
            if self.depth.leave() {
                self.found.push(query.clone());
            }
            ControlFlow::Continue(())
        }
    }
    let mut parts = Parts { depth: Depth::of(statement), found: Vec::new() };
    let _ = statement.visit(&mut parts);
    parts.found
}

/// Returns the number of a query's result columns, if its list has no star; else 1.
pub(crate) fn width(query: &Query) -> usize {
    match &*query.body {
        SetExpr::Select(select) => select.projection.len(),
        _ => 1,
    }
}

/// Replaces each locking sub-select by the rows it gave. Returns the statement and the number of its
/// parameters then.
pub(crate) fn fill_parts(statement: &Statement, counts: &[usize], params: usize) -> (Statement, usize) {
    struct Fill<'a> {
        depth: Depth,
        counts: std::slice::Iter<'a, usize>,
        next: usize,
    }
    impl VisitorMut for Fill<'_> {
        type Break = ();
        fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
            self.depth.enter(query);
            ControlFlow::Continue(())
        }
        fn post_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
            if self.depth.leave()
                && let Some(count) = self.counts.next()
            {
                self.next = replace(query, *count, self.next);
            }
            ControlFlow::Continue(())
        }
    }
    let mut filled = statement.clone();
    let mut fill = Fill { depth: Depth::of(statement), counts: counts.iter(), next: params };
    let _ = VisitMut::visit(&mut filled, &mut fill);
    (filled, fill.next)
}

/// Turns a query into `SELECT :p5 AS a UNION ALL SELECT :p6`, or one without rows.
fn replace(query: &mut Query, count: usize, first: usize) -> usize {
    let SetExpr::Select(template) = &*query.body else { return first };
    let mut next = first;
    let mut body: Option<SetExpr> = None;
    for _ in 0..count.max(1) {
        let mut select = template.clone();
        select.from.clear();
        select.selection = (count == 0).then(|| Expr::Value(Value::Boolean(false).with_empty_span()));
        for item in &mut select.projection {
            let value = if count == 0 {
                Expr::Value(Value::Null.with_empty_span())
            } else {
                next += 1;
                value_param(next - 1)
            };
            *item = match column_name(item) {
                Some(alias) => SelectItem::ExprWithAlias { expr: value, alias },
                None => SelectItem::UnnamedExpr(value),
            };
        }
        let select = SetExpr::Select(select);
        body = Some(match body {
            None => select,
            Some(left) => SetExpr::SetOperation {
                left: Box::new(left),
                op: sqlparser::ast::SetOperator::Union,
                set_quantifier: sqlparser::ast::SetQuantifier::All,
                right: Box::new(select),
            },
        });
    }
    if let Some(body) = body {
        *query.body = body;
    }
    query.locks.clear();
    query.order_by = None;
    query.limit_clause = None;
    query.with = None;
    next
}

fn column_name(item: &SelectItem) -> Option<Ident> {
    match item {
        SelectItem::ExprWithAlias { alias, .. } => Some(alias.clone()),
        SelectItem::UnnamedExpr(Expr::Identifier(ident)) => Some(ident.clone()),
        SelectItem::UnnamedExpr(Expr::CompoundIdentifier(parts)) => parts.last().cloned(),
        _ => None,
    }
}
