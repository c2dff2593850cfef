//! Aggregates.
//!
//! In: a call of count, sum, avg, min, max, string_agg, bool_and, bool_or, every. Out: SQLite's or our own
//! aggregate with PostgreSQL's type. 42803 where aggregates may not stand. Rules: PostgreSQL manual, section 9.21.

use super::call::Arguments;
use super::scope::Clause;
use super::typed::{Raw, Typed, function_of};
use super::{Lowerer, Outcome};
use crate::answer::SqlError;
use crate::sql::kind::Kind;
use crate::sql::refuse::not_available;
use sqlparser::ast::{
    DuplicateTreatment, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentClause,
    FunctionArguments, OrderByExpr, Query, Select, SelectItem, Visit, Visitor,
};
use std::ops::ControlFlow;

/// Names of aggregates.
pub(crate) const AGGREGATES: [&str; 9] =
    ["count", "sum", "avg", "min", "max", "string_agg", "bool_and", "bool_or", "every"];

impl Lowerer<'_> {
    pub(crate) fn aggregate(
        &mut self,
        name: &str,
        arguments: &Arguments<'_>,
        filter: Option<&Expr>,
        place: Option<usize>,
    ) -> Outcome<Typed> {
        self.check_aggregate_place(place)?;
        let before: Vec<bool> = self.levels.iter().map(|level| level.has_own_reference).collect();
        self.levels.iter_mut().for_each(|level| level.has_own_reference = false);
        let level = self.levels.last_mut().expect("checked above");
        level.in_aggregate = true;
        let result = self.aggregate_call(name, arguments, filter, place);
        let depth = self.levels.len() - 1;
        let outer_only = !self.levels[depth].has_own_reference
            && self.levels[..depth].iter().any(|level| level.has_own_reference);
        for (level, before) in self.levels.iter_mut().zip(before) {
            level.has_own_reference |= before;
        }
        self.levels[depth].in_aggregate = false;
        if outer_only && result.is_ok() {
            return Err(self.placed(not_available("an aggregate over an outer query's columns"), place));
        }
        let (function, kind, nullable) = result?;
        Ok(Typed::new(Expr::Function(function), kind, nullable, place))
    }

    fn check_aggregate_place(&self, place: Option<usize>) -> Outcome<()> {
        let Some(level) = self.levels.last() else {
            return Err(
                self.placed(SqlError::new("42803", "aggregate functions are not allowed here"), place)
            );
        };
        let message = if level.in_aggregate {
            "aggregate function calls cannot be nested".to_owned()
        } else {
            if matches!(level.clause, Clause::Select | Clause::Having | Clause::OrderBy | Clause::Window) {
                return Ok(());
            }
            let place = level.clause.words();
            format!("aggregate functions are not allowed in {place}")
        };
        Err(self.placed(SqlError::new("42803", message), place))
    }

    /// Builds the call; a window function comes here too.
    pub(crate) fn aggregate_call(
        &mut self,
        name: &str,
        arguments: &Arguments<'_>,
        filter: Option<&Expr>,
        place: Option<usize>,
    ) -> Outcome<(Function, Kind, bool)> {
        let mut args = Vec::new();
        let mut typed = Vec::new();
        for expression in &arguments.list {
            typed.push(self.expr(expression)?);
        }
        let (sqlite, kind, nullable) = if arguments.star {
            if name != "count" {
                let message = format!("function {name}() does not exist");
                return Err(self.placed(SqlError::new("42883", message), place));
            }
            args.push(FunctionArg::Unnamed(FunctionArgExpr::Wildcard));
            ("count", Kind::Int8, false)
        } else {
            let (sqlite, kind) = self.choose_aggregate(name, &mut typed, place)?;
            (sqlite, kind, name != "count")
        };
        if arguments.distinct && typed.len() != 1 {
            return Err(self.placed(not_available("DISTINCT with these arguments"), place));
        }
        args.extend(typed.into_iter().map(|typed| FunctionArg::Unnamed(FunctionArgExpr::Expr(typed.sql))));
        let mut function = function_of(sqlite, args);
        if let FunctionArguments::List(list) = &mut function.args {
            list.duplicate_treatment = arguments.distinct.then_some(DuplicateTreatment::Distinct);
            if !arguments.order_by.is_empty() {
                if arguments.distinct {
                    return Err(self.placed(not_available("DISTINCT with ORDER BY in an aggregate"), place));
                }
                let order_by = self.sort_keys(arguments.order_by)?;
                list.clauses.push(FunctionArgumentClause::OrderBy(order_by));
            }
        }
        if let Some(filter) = filter {
            let filter = self.within(Clause::Filter, |this| this.boolean(filter, "FILTER"))?;
            function.filter = Some(Box::new(filter.sql));
        }
        Ok((function, kind, nullable))
    }

    fn choose_aggregate(
        &mut self,
        name: &str,
        typed: &mut [Typed],
        place: Option<usize>,
    ) -> Outcome<(&'static str, Kind)> {
        let kinds: Vec<Kind> = typed.iter().map(|typed| typed.kind).collect();
        let no_function = self.no_function(name, &kinds, place);
        if name == "string_agg" {
            let [value, separator] = typed else { return Err(no_function) };
            let fits = |typed: &Typed| typed.kind.is_text() || typed.kind == Kind::Unknown;
            if !fits(value) || !fits(separator) {
                return Err(no_function);
            }
            *value = self.become_kind(value.clone(), Kind::Text)?;
            *separator = self.become_kind(separator.clone(), Kind::Text)?;
            return Ok(("string_agg", Kind::Text));
        }
        let [argument] = typed else { return Err(no_function) };
        if argument.kind == Kind::Unknown {
            let kind = match (name, &argument.raw) {
                ("count" | "min" | "max", _) => Kind::Text,
                ("bool_and" | "bool_or" | "every", _) => Kind::Bool,
                (_, Raw::Param(_)) => {
                    return Err(self.placed(not_available("a bare parameter in an aggregate"), place));
                }
                _ => {
                    let message = format!("function {name}(unknown) is not unique");
                    let hint = "Could not choose a best candidate function. You might need to add explicit type casts.";
                    return Err(self.placed(SqlError::new("42725", message).with_hint(hint), place));
                }
            };
            *argument = self.become_kind(argument.clone(), kind)?;
        }
        let kind = argument.kind;
        let unavailable = || Err(self.placed(not_available(&format!("{name}() of {kind}")), place));
        Ok(match (name, kind) {
            ("count", _) => ("count", Kind::Int8),
            ("sum", Kind::Int2 | Kind::Int4) => ("sum", Kind::Int8),
            ("sum", Kind::Int8 | Kind::Whole) => ("whole_sum", Kind::Whole),
            ("sum", Kind::Float8) => ("float_sum", Kind::Float8),
            ("avg", Kind::Int2 | Kind::Int4 | Kind::Int8 | Kind::Whole) => ("whole_avg", Kind::Digits),
            ("avg", Kind::Float8) => ("float_avg", Kind::Float8),
            ("sum" | "avg" | "min" | "max", Kind::Fraction | Kind::Digits) => return unavailable(),
            ("min" | "max", kind) if kind.is_number() || kind.is_instant() => {
                (if name == "min" { "min" } else { "max" }, kind)
            }
            ("min" | "max", kind) if kind.is_text() => {
                (if name == "min" { "min" } else { "max" }, Kind::Text)
            }
            ("bool_and" | "every", Kind::Bool) => ("min", Kind::Bool),
            ("bool_or", Kind::Bool) => ("max", Kind::Bool),
            _ => return Err(no_function),
        })
    }
}

/// Whether a query computes an aggregate over its own rows, in its items or in HAVING.
pub(crate) fn any_in(select: &Select) -> bool {
    let items = select.projection.iter().any(|item| match item {
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => contains(expr),
        _ => false,
    });
    items || select.having.is_some()
}

/// Whether one of some sort keys computes an aggregate.
pub(crate) fn any_in_order(order_by: &[OrderByExpr]) -> bool {
    order_by.iter().any(|key| contains(&key.expr))
}

fn contains(expression: &Expr) -> bool {
    let mut search = Search { queries: 0, found: false };
    let _ = expression.visit(&mut search);
    search.found
}

struct Search {
    queries: usize,
    found: bool,
}

impl Visitor for Search {
    type Break = ();

    fn pre_visit_query(&mut self, _query: &Query) -> ControlFlow<()> {
        self.queries += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _query: &Query) -> ControlFlow<()> {
        self.queries -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
        if let Expr::Function(function) = expression {
            let name = function.name.to_string().to_ascii_lowercase();
            self.found |= self.queries == 0 && function.over.is_none() && AGGREGATES.contains(&name.as_str());
        }
        ControlFlow::Continue(())
    }
}
