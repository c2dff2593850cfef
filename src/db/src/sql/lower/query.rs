//! Queries: WITH, set operations, VALUES, ORDER BY of a whole query, LIMIT, locking clauses.
//!
//! In: a query of PostgreSQL. Out: [`Rows`]: SQLite's query whose cells still carry their types, so that whoever
//! uses it can settle them. Not here: one SELECT (`select.rs`).

use super::rows::{Rows, empty_values};
use super::scope::{Clause, Level, RelationColumn, folded};
use super::typed::{Raw, Typed, call, name, text};
use super::{Lowerer, Outcome};
use crate::answer::SqlError;
use crate::sql::feed::byte_of;
use crate::sql::kind::Kind;
use crate::sql::lowered::OutColumn;
use crate::sql::refuse::not_available;
use sqlparser::ast::helpers::attached_token::AttachedToken;
use sqlparser::ast::{
    Expr, GroupByExpr, LimitClause, Offset, OffsetRows, OrderBy, OrderByExpr, OrderByKind, OrderByOptions,
    OrderBySort, Parens, Query, Select, SelectFlavor, SelectItem, SetExpr, SetOperator, SetQuantifier,
    Spanned, Statement, TableAlias, TableFactor, TableWithJoins, Value, ValueWithSpan, Values, With,
};

/// A name that WITH gives to a query.
#[derive(Debug, Clone)]
pub(crate) struct Cte {
    pub(crate) name: String,
    pub(crate) columns: Vec<RelationColumn>,
}

/// Returns a query that is nothing but its body.
pub(crate) fn query_of(body: SetExpr) -> Query {
    Query {
        with: None,
        body: Box::new(body),
        order_by: None,
        limit_clause: None,
        fetch: None,
        locks: Vec::new(),
        for_clause: None,
        settings: None,
        format_clause: None,
        pipe_operators: Vec::new(),
    }
}

pub(crate) fn with_limit(query: Query, limit: Expr) -> Query {
    let limit_clause = LimitClause::LimitOffset { limit: Some(limit), offset: None, limit_by: Vec::new() };
    Query { limit_clause: Some(limit_clause), ..query }
}

/// Returns `SELECT items` without anything else.
pub(crate) fn bare_select(projection: Vec<SelectItem>) -> Select {
    Select {
        select_token: AttachedToken::empty(),
        optimizer_hints: Vec::new(),
        distinct: None,
        select_modifiers: None,
        top: None,
        top_before_distinct: false,
        projection,
        exclude: None,
        into: None,
        from: Vec::new(),
        lateral_views: Vec::new(),
        prewhere: None,
        selection: None,
        connect_by: Vec::new(),
        group_by: GroupByExpr::Expressions(Vec::new(), Vec::new()),
        cluster_by: Vec::new(),
        distribute_by: Vec::new(),
        sort_by: Vec::new(),
        having: None,
        named_window: Vec::new(),
        qualify: None,
        window_before_qualify: false,
        value_table_mode: None,
        flavor: SelectFlavor::Standard,
    }
}

/// Returns `SELECT items FROM (query) AS alias`.
pub(crate) fn select_from(items: Vec<SelectItem>, query: Query, alias: &str) -> Select {
    let relation = derived(query, alias);
    Select { from: vec![TableWithJoins { relation, joins: Vec::new() }], ..bare_select(items) }
}

pub(crate) fn derived(query: Query, alias: &str) -> TableFactor {
    TableFactor::Derived {
        lateral: false,
        subquery: Box::new(query),
        alias: Some(alias_of(alias)),
        sample: None,
    }
}

pub(crate) fn alias_of(alias: &str) -> TableAlias {
    TableAlias { explicit: true, name: name(alias), columns: Vec::new(), at: None }
}

impl Lowerer<'_> {
    /// Lowers a query that is the whole statement.
    pub(crate) fn whole_query(&mut self, query: Query) -> Outcome<(Statement, Vec<OutColumn>)> {
        let mut rows = self.query(&query, true)?;
        rows.settle_all(self)?;
        let columns = rows.columns();
        Ok((Statement::Query(Box::new(rows.finish())), columns))
    }

    /// Lowers a query. `whole`: its items may be functions that only the session layer runs.
    pub(crate) fn query(&mut self, query: &Query, whole: bool) -> Outcome<Rows> {
        let depth = self.ctes.len();
        let windows = self.windows.len();
        let result = self.query_inside(query, whole);
        self.ctes.truncate(depth);
        self.windows.truncate(windows);
        result
    }

    fn query_inside(&mut self, query: &Query, whole: bool) -> Outcome<Rows> {
        if query.for_clause.is_some()
            || query.settings.is_some()
            || query.format_clause.is_some()
            || !query.pipe_operators.is_empty()
        {
            return Err(not_available("this clause"));
        }
        let with = query.with.as_ref().map(|with| self.with(with)).transpose()?;
        let mut rows = match &*query.body {
            SetExpr::Select(select) => self.select(select, query.order_by.as_ref(), whole)?,
            body => {
                let mut rows = self.body(body)?;
                rows.query.order_by = self.order_of_rows(query.order_by.as_ref(), &mut rows)?;
                rows
            }
        };
        if with.is_some() {
            rows.query.with = with;
        }
        if query.limit_clause.is_some() || query.fetch.is_some() {
            if rows.query.limit_clause.is_some() {
                rows = rows.wrapped(self)?;
            }
            rows.query.limit_clause = self.limits(query)?;
        }
        self.check_locks(query)?;
        rows.query.locks.clone_from(&query.locks);
        Ok(rows)
    }

    fn body(&mut self, body: &SetExpr) -> Outcome<Rows> {
        match body {
            SetExpr::Select(select) => self.select(select, None, false),
            SetExpr::Query(query) => self.query(query, false)?.wrapped(self),
            SetExpr::Values(values) => self.values(values, Clause::Values),
            SetExpr::SetOperation { left, op, set_quantifier, right } => {
                let left = self.body(left)?;
                let right = self.operand(right)?;
                self.set_operation(left, *op, *set_quantifier, right)
            }
            SetExpr::Insert(_) | SetExpr::Update(_) | SetExpr::Delete(_) | SetExpr::Merge(_) => {
                Err(not_available("a change inside of WITH"))
            }
            SetExpr::Table(_) => Err(self.unavailable_words("TABLE", &["table"])),
        }
    }

    /// SQLite reads set operations from left to right: a compound right operand stands in brackets.
    fn operand(&mut self, body: &SetExpr) -> Outcome<Rows> {
        let rows = self.body(body)?;
        match body {
            SetExpr::SetOperation { .. } => rows.wrapped(self),
            _ => Ok(rows),
        }
    }

    fn set_operation(
        &mut self,
        mut left: Rows,
        operator: SetOperator,
        quantifier: SetQuantifier,
        mut right: Rows,
    ) -> Outcome<Rows> {
        let words = operator.to_string();
        let place = right.shown.first().and_then(|typed| typed.place);
        if left.shown.len() != right.shown.len() {
            let message = format!("each {words} query must have the same number of columns");
            return Err(self.placed(SqlError::new("42601", message), place));
        }
        let all = match quantifier {
            SetQuantifier::All => true,
            SetQuantifier::None | SetQuantifier::Distinct => false,
            _ => return Err(not_available("BY NAME")),
        };
        if all && operator != SetOperator::Union {
            return Err(self.unavailable_words(&format!("{words} ALL"), &[&words, "all"]));
        }
        for index in 0..left.shown.len() {
            let both = [left.shown[index].clone(), right.shown[index].clone()];
            let kind = self.common(&words, &both)?;
            left.settle(self, index, kind)?;
            right.settle(self, index, kind)?;
            left.shown[index] = Typed {
                limit: None,
                ..Typed::new(text("NULL"), kind, both.iter().any(|typed| typed.nullable), both[0].place)
            };
        }
        let (left_body, right_body) = (*left.query.body, *right.query.body);
        let quantifier = if all { SetQuantifier::All } else { SetQuantifier::None };
        let body = SetExpr::SetOperation {
            left: Box::new(left_body),
            op: if operator == SetOperator::Minus { SetOperator::Except } else { operator },
            set_quantifier: quantifier,
            right: Box::new(right_body),
        };
        left.cells.append(&mut right.cells);
        Ok(Rows { query: query_of(body), ..left })
    }

    pub(crate) fn values(&mut self, values: &Values, clause: Clause) -> Outcome<Rows> {
        let width = values.rows.first().map_or(0, |row| row.content.len());
        self.levels.push(Level::new(clause));
        let cells = self.value_cells(values, width);
        self.levels.pop();
        let mut cells = cells?;
        let mut shown = Vec::new();
        for index in 0..width {
            let column: Vec<Typed> = cells.iter().map(|row| row[index].clone()).collect();
            if let [only] = &column[..] {
                shown.push(only.clone());
                continue;
            }
            let constant = column.iter().all(|typed| typed.kind == Kind::Unknown);
            let kind = if constant { Kind::Unknown } else { self.common("VALUES", &column)? };
            for (row, typed) in cells.iter_mut().zip(column) {
                row[index] = if constant { typed } else { self.become_kind(typed, kind)? };
            }
            shown.push(Typed::new(text("NULL"), kind, cells.iter().any(|row| row[index].nullable), None));
        }
        let rows = cells.iter().map(|_| Parens::with_empty_span(Vec::new())).collect();
        let body = SetExpr::Values(Values { rows, ..empty_values() });
        let labels = (1..=width).map(|number| format!("column{number}")).collect();
        Ok(Rows { query: query_of(body), cells, labels, shown })
    }

    fn value_cells(&mut self, values: &Values, width: usize) -> Outcome<Vec<Vec<Typed>>> {
        let mut cells = Vec::with_capacity(values.rows.len());
        for row in &values.rows {
            if row.content.len() != width {
                let place = row.content.first().and_then(|first| byte_of(first.span()));
                let error = SqlError::new("42601", "VALUES lists must all be the same length");
                return Err(self.placed(error, place));
            }
            cells.push(row.content.iter().map(|cell| self.expr(cell)).collect::<Outcome<Vec<_>>>()?);
        }
        Ok(cells)
    }

    pub(crate) fn with(&mut self, with: &With) -> Outcome<With> {
        let mut tables = Vec::new();
        for cte in &with.cte_tables {
            let label = folded(&cte.alias.name);
            let recursive = with.recursive && matches!(&*cte.query.body, SetExpr::SetOperation { .. });
            let mut rows = match recursive {
                true => self.recursive(&label, cte)?,
                false => self.query(&cte.query, false)?,
            };
            rows.settle_all(self)?;
            self.rename(&mut rows, &cte.alias, &label)?;
            self.ctes.push(Cte { name: label.clone(), columns: rows.relation_columns() });
            tables.push(sqlparser::ast::Cte {
                alias: TableAlias { explicit: false, ..alias_of(&label) },
                query: Box::new(rows.finish()),
                from: None,
                materialized: None,
                closing_paren_token: AttachedToken::empty(),
            });
        }
        Ok(With { with_token: AttachedToken::empty(), recursive: with.recursive, cte_tables: tables })
    }

    /// Gives the columns the names that stand after an alias.
    pub(crate) fn rename(&self, rows: &mut Rows, alias: &TableAlias, label: &str) -> Outcome<()> {
        if alias.columns.len() > rows.labels.len() {
            let message = format!(
                "table \"{label}\" has {} columns available but {} columns specified",
                rows.labels.len(),
                alias.columns.len()
            );
            return Err(self.error("42P10", message, alias.name.span));
        }
        for (known, column) in rows.labels.iter_mut().zip(&alias.columns) {
            *known = folded(&column.name);
        }
        Ok(())
    }

    /// The part before UNION fixes names and types; the part after it sees them.
    fn recursive(&mut self, label: &str, cte: &sqlparser::ast::Cte) -> Outcome<Rows> {
        let SetExpr::SetOperation { left, op: SetOperator::Union, set_quantifier, right } = &*cte.query.body
        else {
            return self.query(&cte.query, false);
        };
        if cte.query.order_by.is_some() || cte.query.limit_clause.is_some() || cte.query.with.is_some() {
            return Err(self.unavailable("this clause in a recursive query", cte.alias.name.span));
        }
        {
            let mut base = self.body(left)?;
            base.settle_all(self)?;
            self.rename(&mut base, &cte.alias, label)?;
            let mut columns = base.relation_columns();
            columns.iter_mut().for_each(|column| column.nullable = true);
            self.ctes.push(Cte { name: label.to_owned(), columns });
            let other = self.operand(right);
            self.ctes.pop();
            let other = other?;
            for (index, (first, second)) in base.shown.iter().zip(&other.shown).enumerate() {
                if !second.kind.becomes(first.kind)
                    || (first.kind != second.kind
                        && second.kind != Kind::Unknown
                        && !second.kind.is_integer())
                {
                    let message = format!(
                        "recursive query \"{label}\" column {} has type {} in non-recursive term but type {} overall",
                        index + 1,
                        first.kind,
                        second.kind
                    );
                    return Err(self.placed(SqlError::new("42804", message), first.place));
                }
            }
            let labels = base.labels.clone();
            let mut rows = self.set_operation(base, SetOperator::Union, *set_quantifier, other)?;
            rows.labels = labels;
            rows.shown.iter_mut().for_each(|typed| typed.nullable = true);
            Ok(rows)
        }
    }

    /// ORDER BY after a set operation or VALUES: names or numbers of result columns.
    fn order_of_rows(&mut self, order_by: Option<&OrderBy>, rows: &mut Rows) -> Outcome<Option<OrderBy>> {
        let Some(order_by) = order_by else { return Ok(None) };
        let mut keys = Vec::new();
        for key in expressions(order_by)? {
            let found = match &key.expr {
                Expr::Identifier(ident) => rows.labels.iter().position(|label| *label == folded(ident)),
                Expr::Value(ValueWithSpan { value: Value::Number(digits, _), .. }) => {
                    Some(self.position(digits, rows.labels.len(), "ORDER BY", &key.expr)?)
                }
                _ => None,
            };
            let Some(index) = found else {
                let message = "invalid UNION/INTERSECT/EXCEPT ORDER BY clause";
                let error = self.error("0A000", message, key.expr.span());
                return Err(
                    error.with_detail("Only result column names can be used, not expressions or functions.")
                );
            };
            let typed = rows.shown[index].clone();
            if matches!(typed.kind, Kind::Digits | Kind::Fraction) {
                return Err(self.unavailable("ordering a set operation by numeric", key.expr.span()));
            }
            keys.push(sort_key(text((index + 1).to_string()), typed.nullable, key.options.clone()));
        }
        Ok(Some(OrderBy { kind: OrderByKind::Expressions(keys), interpolate: None }))
    }

    /// Reads the number of a result column.
    pub(crate) fn position(&self, digits: &str, width: usize, clause: &str, expr: &Expr) -> Outcome<usize> {
        let Ok(number) = digits.parse::<i64>() else {
            return Err(self.error("42601", format!("non-integer constant in {clause}"), expr.span()));
        };
        match usize::try_from(number - 1) {
            Ok(index) if index < width => Ok(index),
            _ => {
                let message = format!("{clause} position {number} is not in select list");
                Err(self.error("42P10", message, expr.span()))
            }
        }
    }

    /// Sort keys without result columns: in windows and aggregates.
    pub(crate) fn sort_keys(&mut self, keys: &[OrderByExpr]) -> Outcome<Vec<OrderByExpr>> {
        let mut out = Vec::new();
        for key in keys {
            let typed = self.value(&key.expr)?;
            let nullable = typed.nullable;
            out.push(sort_key(self.sortable(typed)?, nullable, key.options.clone()));
        }
        Ok(out)
    }

    /// Returns something whose order in SQLite is PostgreSQL's.
    pub(crate) fn sortable(&self, typed: Typed) -> Outcome<Expr> {
        match typed.kind {
            Kind::Digits => Ok(call("decimal_key", vec![typed.sql])),
            Kind::Json => {
                let message = "could not identify an ordering operator for type json";
                let hint = "Use an explicit ordering operator or modify the query.";
                Err(self.placed(SqlError::new("42883", message).with_hint(hint), typed.place))
            }
            Kind::Jsonb | Kind::Void => {
                Err(self.placed(not_available(&format!("ordering by {}", typed.kind)), typed.place))
            }
            _ => Ok(typed.sql),
        }
    }

    fn limits(&mut self, query: &Query) -> Outcome<Option<LimitClause>> {
        let (limit, offset) = match &query.limit_clause {
            None => (None, None),
            Some(LimitClause::LimitOffset { limit, offset, limit_by }) if limit_by.is_empty() => {
                (limit.as_ref(), offset.as_ref().map(|offset| &offset.value))
            }
            Some(_) => {
                let error = SqlError::new("42601", "LIMIT #,# syntax is not supported");
                let limit = self.symbol_after(&["limit"], Some(0));
                return Err(self.placed(error.with_hint("Use separate LIMIT and OFFSET clauses."), limit));
            }
        };
        let one = text("1");
        let limit = match &query.fetch {
            Some(fetch) if fetch.with_ties || fetch.percent => {
                return Err(self.unavailable_words("FETCH … WITH TIES", &["fetch"]));
            }
            Some(fetch) => Some(fetch.quantity.as_ref().unwrap_or(&one)),
            None => limit,
        };
        let limit = limit.map(|limit| self.count(limit, "LIMIT", "2201W", "row_limit")).transpose()?;
        let offset = offset.map(|offset| self.count(offset, "OFFSET", "2201X", "row_offset")).transpose()?;
        if limit.is_none() && offset.is_none() {
            return Ok(None);
        }
        Ok(Some(LimitClause::LimitOffset {
            limit: Some(limit.unwrap_or_else(|| text("-1"))),
            offset: offset.map(|value| Offset { value, rows: OffsetRows::None }),
            limit_by: Vec::new(),
        }))
    }

    fn count(&mut self, expr: &Expr, clause: &str, sqlstate: &'static str, function: &str) -> Outcome<Expr> {
        self.levels.push(Level::new(Clause::Limit));
        let typed = self.expr(expr);
        self.levels.pop();
        let typed = typed?;
        if typed.kind.is_number() && !typed.kind.becomes(Kind::Int8) {
            return Err(self.placed(not_available(&format!("{clause} with a fraction")), typed.place));
        }
        if !typed.kind.becomes(Kind::Int8) {
            let message = format!("argument of {clause} must be type bigint, not type {}", typed.kind);
            return Err(self.placed(SqlError::new("42804", message), typed.place));
        }
        let typed = self.become_kind(typed, Kind::Int8)?;
        match &typed.raw {
            Raw::Number(written) if written.starts_with('-') => {
                Err(SqlError::new(sqlstate, format!("{clause} must not be negative")))
            }
            Raw::Number(_) => Ok(typed.sql),
            _ => Ok(call(function, vec![typed.sql])),
        }
    }
}

/// Returns the keys of ORDER BY.
pub(crate) fn expressions(order_by: &OrderBy) -> Outcome<&[OrderByExpr]> {
    match &order_by.kind {
        OrderByKind::Expressions(keys) if order_by.interpolate.is_none() => Ok(keys),
        _ => Err(not_available("this ORDER BY")),
    }
}

/// Returns one sort key; NULL sorts as the largest value unless said otherwise.
pub(crate) fn sort_key(expr: Expr, nullable: bool, options: OrderByOptions) -> OrderByExpr {
    let descending = options.sort == Some(OrderBySort::Desc);
    let nulls_first = options.nulls_first.or(nullable.then_some(descending)).filter(|_| nullable);
    OrderByExpr { expr, options: OrderByOptions { nulls_first, ..options }, with_fill: None }
}
