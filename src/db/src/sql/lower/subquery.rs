//! Sub-selects as values, lists, and LIKE.
//!
//! In: IN, ANY, ALL, EXISTS, a query in brackets. Out: the same in SQLite. A scalar sub-select that might give
//! more than one row goes through `one_row()`, because SQLite would take the first (21000 in PostgreSQL).

use super::operator::tuple;
use super::scope::folded;
use super::typed::{Raw, Typed, bracketed, call, name, placeholder, text};
use super::{Lowerer, Outcome};
use crate::answer::SqlError;
use crate::sql::feed::byte_of;
use crate::sql::kind::Kind;
use crate::sql::params::Takes;
use sqlparser::ast::{
    BinaryOperator, Expr, LimitClause, Query, Select, SelectItem, SetExpr, Spanned, UnaryOperator, Value,
    ValueWithSpan,
};

impl Lowerer<'_> {
    pub(crate) fn in_values(&mut self, expr: &Expr, list: &[Expr], negated: bool) -> Outcome<Typed> {
        if let Some(entries) = tuple(expr) {
            return self.rows_in(entries, list, negated);
        }
        let place = self.symbol_after(&["in", "not"], crate::sql::feed::end_of(expr.span()));
        let value = self.expr(expr)?;
        let only_values = list.iter().all(is_value);
        self.in_list |= only_values;
        let operator = if negated { "<>" } else { "=" };
        self.in_items(value, list, negated, operator, place, Takes::Either)
    }

    fn in_items(
        &mut self,
        value: Typed,
        list: &[Expr],
        negated: bool,
        operator: &str,
        place: Option<usize>,
        takes: Takes,
    ) -> Outcome<Typed> {
        let mut value = value;
        let mut items = Vec::new();
        for item in list {
            match param_index(item) {
                Some(index) => items.push(Err(index)),
                None => items.push(Ok(self.expr(item)?)),
            }
        }
        let known: Vec<Typed> = items.iter().filter_map(|item| item.as_ref().ok()).cloned().collect();
        if value.kind == Kind::Unknown {
            let kind = self.common("IN", &known)?;
            value = self.become_kind(value, kind)?;
        }
        let mut nullable = value.nullable;
        let mut out = Vec::new();
        for item in items {
            match item {
                Err(index) => {
                    nullable = true;
                    out.push(self.list_param(index, value.kind, takes)?);
                }
                Ok(typed) => {
                    nullable |= typed.nullable;
                    let (left, right) = self.comparable(value.clone(), operator, typed, place)?;
                    if right.kind == Kind::Digits || left.sql != value.sql {
                        let error =
                            SqlError::new("0A000", "IN with values of different types is not available here");
                        return Err(self.placed(error, place));
                    }
                    out.push(right.sql);
                }
            }
        }
        let at = value.place;
        let sql = Expr::InList { expr: Box::new(bracketed(value.sql)), list: out, negated };
        Ok(Typed::new(sql, Kind::Bool, nullable, at))
    }

    /// A parameter that may be a list. Its items reach SQLite as they are.
    fn list_param(&mut self, index: usize, kind: Kind, takes: Takes) -> Outcome<Expr> {
        let param = &mut self.params[index];
        let known = *param.kind.get_or_insert(kind);
        if param.takes != Takes::One {
            param.takes = takes;
        }
        let fits = known.becomes(kind) || (known.is_number() && kind.is_number());
        if !fits {
            return Err(SqlError::new("42883", format!("operator does not exist: {kind} = {known}"))
                .at(self.sql, self.params[index].start));
        }
        Ok(placeholder(format!(":m{index}")))
    }

    /// `(a, b) IN ((1, 2), (3, 4))` as a chain of comparisons.
    fn rows_in(&mut self, entries: &[Expr], list: &[Expr], negated: bool) -> Outcome<Typed> {
        let mut any: Option<Typed> = None;
        for item in list {
            let Some(item) = tuple(item) else {
                return Err(self.unavailable("this list of rows", item.span()));
            };
            let left = Expr::Tuple(entries.to_vec());
            let one = self.binary(&left, &BinaryOperator::Eq, &Expr::Tuple(item.to_vec()))?;
            any = Some(match any {
                None => one,
                Some(before) => Typed {
                    sql: super::operator::joined(before.sql, &BinaryOperator::Or, one.sql),
                    nullable: before.nullable || one.nullable,
                    ..before
                },
            });
        }
        let any = any.ok_or_else(|| SqlError::new("42601", "syntax error at or near \")\""))?;
        Ok(if negated { Typed { sql: not(any.sql), ..any } } else { any })
    }

    pub(crate) fn in_subquery(&mut self, expr: &Expr, query: &Query, negated: bool) -> Outcome<Typed> {
        let place = self.symbol_after(&["in", "not"], crate::sql::feed::end_of(expr.span()));
        let operator = if negated { "<>" } else { "=" };
        self.against_query(expr, query, negated, operator, place)
    }

    fn against_query(
        &mut self,
        expr: &Expr,
        query: &Query,
        negated: bool,
        operator: &str,
        place: Option<usize>,
    ) -> Outcome<Typed> {
        let mut rows = self.query(query, false)?;
        let entries: Vec<&Expr> = tuple(expr).map_or_else(|| vec![expr], |entries| entries.iter().collect());
        if rows.columns().len() != entries.len() {
            let words = if rows.columns().len() > entries.len() { "many" } else { "few" };
            return Err(
                self.placed(SqlError::new("42601", format!("subquery has too {words} columns")), place)
            );
        }
        let (mut lefts, mut nullable) = (Vec::new(), false);
        for (index, entry) in entries.into_iter().enumerate() {
            let value = self.expr(entry)?;
            let column = rows.column(index);
            let (left, right) = self.comparable(value, operator, column.clone(), place)?;
            if left.kind == Kind::Digits || (right.kind != column.kind && column.kind != Kind::Unknown) {
                let error = SqlError::new("0A000", "IN with values of different types is not available here");
                return Err(self.placed(error, place));
            }
            let kind = if column.kind == Kind::Unknown { left.kind } else { column.kind };
            rows.settle(self, index, kind)?;
            nullable |= left.nullable || right.nullable;
            lefts.push(left);
        }
        let at = lefts[0].place;
        let left = match lefts.len() {
            1 => bracketed(lefts.remove(0).sql),
            _ => Expr::Tuple(lefts.into_iter().map(|left| left.sql).collect()),
        };
        let sql = Expr::InSubquery { expr: Box::new(left), subquery: Box::new(rows.finish()), negated };
        Ok(Typed::new(sql, Kind::Bool, nullable, at))
    }

    /// `= ANY (…)` and `<> ALL (…)`, over a query, an array constant or a list parameter.
    pub(crate) fn quantified(
        &mut self,
        left: &Expr,
        operator: &BinaryOperator,
        right: &Expr,
        any: bool,
    ) -> Outcome<Typed> {
        let place = self.symbol_after(&[&operator.to_string(), "!="], crate::sql::feed::end_of(left.span()));
        let negated = match (operator, any) {
            (BinaryOperator::Eq, true) => false,
            (BinaryOperator::NotEq, false) => true,
            _ => {
                let word = if any { "ANY" } else { "ALL" };
                let error = SqlError::new("0A000", format!("{operator} {word} is not available here"));
                return Err(self.placed(error, place));
            }
        };
        let mut inner = right;
        while let Expr::Nested(deeper) | Expr::Cast { expr: deeper, .. } = inner {
            inner = deeper;
        }
        if let Expr::Subquery(query) = inner {
            return self.against_query(left, query, negated, &operator.to_string(), place);
        }
        let items = match inner {
            Expr::Array(array) => array.elem.clone(),
            other if param_index(other).is_some() => vec![other.clone()],
            _ => {
                let message = "op ANY/ALL (array) requires array on right side";
                return Err(self.error("42809", message, right.span()));
            }
        };
        let takes = if matches!(inner, Expr::Array(_)) { Takes::Either } else { Takes::List };
        self.in_list |= items.iter().all(is_value);
        let value = self.expr(left)?;
        self.in_items(value, &items, negated, &operator.to_string(), place, takes)
    }

    pub(crate) fn exists(&mut self, query: &Query, negated: bool, place: Option<usize>) -> Outcome<Typed> {
        let mut rows = self.query(query, false)?;
        rows.settle_all(self)?;
        let sql = Expr::Exists { subquery: Box::new(rows.finish()), negated };
        Ok(Typed::new(sql, Kind::Bool, false, place))
    }

    pub(crate) fn scalar_subquery(&mut self, query: &Query) -> Outcome<Typed> {
        let place = byte_of(query.span()).and_then(|start| {
            self.tokens
                .iter()
                .rev()
                .find(|token| token.start < start && token.is_symbol(self.sql, "("))
                .map(|token| token.start)
        });
        let mut rows = self.query(query, false)?;
        if rows.columns().len() != 1 {
            return Err(self.placed(SqlError::new("42601", "subquery must return only one column"), place));
        }
        rows.settle_all(self)?;
        let column = rows.column(0).clone();
        let label = rows.columns()[0].name.clone();
        let single = self.gives_one_row(query);
        let finished = rows.finish();
        let sql = match single {
            true => Expr::Subquery(Box::new(finished)),
            false => guarded(finished, &label)?,
        };
        Ok(Typed { limit: column.limit, ..Typed::new(sql, column.kind, true, place) })
    }

    /// Whether a query gives at most one row: an aggregate without GROUP BY, LIMIT 1, no FROM, or a whole unique
    /// key compared with something from outside.
    fn gives_one_row(&self, query: &Query) -> bool {
        if let Some(LimitClause::LimitOffset { limit: Some(Expr::Value(limit)), .. }) = &query.limit_clause
            && matches!(&limit.value, Value::Number(digits, _) if digits == "1" || digits == "0")
        {
            return true;
        }
        let SetExpr::Select(select) = &*query.body else { return false };
        let grouped =
            matches!(&select.group_by, sqlparser::ast::GroupByExpr::Expressions(by, _) if !by.is_empty());
        if grouped {
            return false;
        }
        select.from.is_empty() || super::aggregate::any_in(select) || self.by_unique_key(select)
    }

    fn by_unique_key(&self, select: &Select) -> bool {
        let [item] = &select.from[..] else { return false };
        let sqlparser::ast::TableFactor::Table { name: table, alias, .. } = &item.relation else {
            return false;
        };
        let Some(table_name) = self.single_name(table).ok().map(folded) else { return false };
        let Some(table) = self.catalog.table(&table_name).filter(|_| item.joins.is_empty()) else {
            return false;
        };
        let own = alias.as_ref().map_or(table_name, |alias| folded(&alias.name));
        let mut fixed = Vec::new();
        if let Some(condition) = &select.selection {
            fixed_columns(condition, &own, table, &mut fixed);
        }
        table
            .keys
            .iter()
            .filter_map(crate::schema::KeyDef::plain_columns)
            .any(|key| key.iter().all(|column| fixed.contains(column)))
    }

    pub(crate) fn like(
        &mut self,
        expr: &Expr,
        pattern: &Expr,
        escape: Option<&Expr>,
        negated: bool,
        ignore_case: bool,
    ) -> Outcome<Typed> {
        let place = self.symbol_after(&["like", "ilike", "not"], crate::sql::feed::end_of(expr.span()));
        let word = if ignore_case { "~~*" } else { "~~" };
        let (value, pattern) = (self.expr(expr)?, self.expr(pattern)?);
        let fits = |typed: &Typed| typed.kind.is_text() || typed.kind == Kind::Unknown;
        if !fits(&value) || !fits(&pattern) {
            return Err(self.no_operator(value.kind, word, pattern.kind, place));
        }
        if escape.is_some() {
            return Err(self.placed(SqlError::new("0A000", "ESCAPE is not available here"), place));
        }
        let nullable = value.nullable || pattern.nullable;
        let at = value.place;
        let plain =
            matches!(&pattern.raw, Raw::Text(content) if !content.contains('\\') && content.is_ascii());
        let (value, pattern) = (self.become_kind(value, Kind::Text)?, self.become_kind(pattern, Kind::Text)?);
        let sql = if plain && !ignore_case {
            return Ok(Typed::new(
                Expr::Like {
                    negated,
                    any: false,
                    expr: Box::new(bracketed(value.sql)),
                    pattern: Box::new(pattern.sql),
                    escape_char: None,
                },
                Kind::Bool,
                nullable,
                at,
            ));
        } else {
            call(if ignore_case { "pg_ilike" } else { "pg_like" }, vec![value.sql, pattern.sql])
        };
        Ok(Typed::new(if negated { not(sql) } else { sql }, Kind::Bool, nullable, at))
    }
}

fn not(sql: Expr) -> Expr {
    Expr::UnaryOp { op: UnaryOperator::Not, expr: Box::new(bracketed(sql)) }
}

fn is_value(expression: &Expr) -> bool {
    match expression {
        Expr::Value(_) => true,
        Expr::UnaryOp { op: UnaryOperator::Minus, expr } => is_value(expr),
        _ => false,
    }
}

fn param_index(expression: &Expr) -> Option<usize> {
    match expression {
        Expr::Value(ValueWithSpan { value: Value::Placeholder(mark), .. }) => mark[2..].parse().ok(),
        Expr::Nested(inner) | Expr::Cast { expr: inner, .. } => param_index(inner),
        _ => None,
    }
}

/// Collects columns of a table that a condition sets equal to something from outside.
fn fixed_columns(condition: &Expr, own: &str, table: &crate::schema::TableDef, fixed: &mut Vec<usize>) {
    match condition {
        Expr::Nested(inner) => fixed_columns(inner, own, table, fixed),
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
            fixed_columns(left, own, table, fixed);
            fixed_columns(right, own, table, fixed);
        }
        Expr::BinaryOp { left, op: BinaryOperator::Eq, right } => {
            for (side, other) in [(left, right), (right, left)] {
                if let Some(column) = own_column(side, own, table)
                    && is_from_outside(other, own, table)
                {
                    fixed.push(column);
                }
            }
        }
        _ => {}
    }
}

fn own_column(expression: &Expr, own: &str, table: &crate::schema::TableDef) -> Option<usize> {
    match expression {
        Expr::Identifier(ident) => table.column_index(&folded(ident)),
        Expr::CompoundIdentifier(names) if names.len() == 2 && folded(&names[0]) == own => {
            table.column_index(&folded(&names[1]))
        }
        _ => None,
    }
}

/// Constants, parameters, and columns of other tables.
fn is_from_outside(expression: &Expr, own: &str, table: &crate::schema::TableDef) -> bool {
    match expression {
        Expr::Value(_) => true,
        Expr::CompoundIdentifier(names) => names.len() == 2 && folded(&names[0]) != own,
        Expr::Identifier(ident) => table.column_index(&folded(ident)).is_none(),
        Expr::Nested(inner) | Expr::Cast { expr: inner, .. } => is_from_outside(inner, own, table),
        _ => false,
    }
}

/// `(SELECT one_row(count(*), max(x)) FROM (SELECT x FROM (query) LIMIT 2))`.
fn guarded(query: Query, label: &str) -> Outcome<Expr> {
    let inner =
        super::query::select_from(vec![SelectItem::UnnamedExpr(Expr::Identifier(name(label)))], query, "one");
    let limited =
        super::query::with_limit(super::query::query_of(SetExpr::Select(Box::new(inner))), text("2"));
    let count = Expr::Function(super::typed::function_of(
        "count",
        vec![sqlparser::ast::FunctionArg::Unnamed(sqlparser::ast::FunctionArgExpr::Wildcard)],
    ));
    let largest = call("max", vec![Expr::Identifier(name(label))]);
    let item = SelectItem::UnnamedExpr(call("one_row", vec![count, largest]));
    let outer = super::query::select_from(vec![item], limited, "one");
    Ok(Expr::Subquery(Box::new(super::query::query_of(SetExpr::Select(Box::new(outer))))))
}
