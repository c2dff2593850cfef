//! Calls: COALESCE and its relatives, ordinary functions, and who is asked for aggregates and windows.
//!
//! In: a call. Out: SQLite's call with a type; 42883 in PostgreSQL's words when no function takes the arguments.

use super::function::{SESSION_FUNCTIONS, SIGNATURES, Signature, UNAVAILABLE};
use super::scope::folded;
use super::typed::{Raw, Typed, call, text};
use super::{Lowerer, Outcome, aggregate};
use crate::answer::SqlError;
use crate::sql::feed::byte_of;
use crate::sql::kind::Kind;
use crate::sql::refuse::not_available;
use sqlparser::ast::{
    DuplicateTreatment, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentClause,
    FunctionArguments,
};

/// The hint under "function … does not exist".
const HINT: &str =
    "No function matches the given name and argument types. You might need to add explicit type casts.";

/// The arguments of a call.
pub(crate) struct Arguments<'a> {
    pub(crate) star: bool,
    pub(crate) distinct: bool,
    pub(crate) list: Vec<&'a Expr>,
    pub(crate) order_by: &'a [sqlparser::ast::OrderByExpr],
}

impl Lowerer<'_> {
    pub(crate) fn call(&mut self, function: &Function) -> Outcome<Typed> {
        let ident = match self.single_name(&function.name) {
            Ok(ident) => ident,
            Err(error)
                if function.name.0.len() == 2 && function.name.to_string().starts_with("pg_catalog.") =>
            {
                return Err(error);
            }
            Err(error) => return Err(error),
        };
        let (name, place) = (folded(ident), byte_of(ident.span));
        let arguments = self.arguments(function, place)?;
        if !function.within_group.is_empty() || function.null_treatment.is_some() {
            return Err(self.placed(not_available("this kind of call"), place));
        }
        let is_aggregate = aggregate::AGGREGATES.contains(&name.as_str());
        if function.over.is_some() {
            return self.windowed(&name, &arguments, function, place);
        }
        if is_aggregate {
            return self.aggregate(&name, &arguments, function.filter.as_deref(), place);
        }
        if super::window::WINDOW_FUNCTIONS.contains(&name.as_str()) {
            let message = format!("window function {name} requires an OVER clause");
            return Err(self.placed(SqlError::new("42809", message), place));
        }
        if function.filter.is_some() || arguments.distinct || !arguments.order_by.is_empty() || arguments.star
        {
            let what = if arguments.star { "(*)" } else { "DISTINCT" };
            let message = format!("{what} specified, but {name} is not an aggregate function");
            return Err(self.placed(SqlError::new("42809", message), place));
        }
        match name.as_str() {
            "coalesce" => return self.coalesce(&arguments.list, place),
            "nullif" => return self.null_if(&arguments.list, place),
            "greatest" | "least" => return self.extreme(&name, &arguments.list, place),
            "concat" | "concat_ws" => return self.concat(&name, &arguments.list, place),
            "nextval" | "currval" | "setval" => self.check_sequence(&arguments.list)?,
            _ => {}
        }
        if SESSION_FUNCTIONS.iter().any(|signature| signature.name == name) {
            return self.session_call(&name, &arguments.list, place);
        }
        self.simple_call(&name, arguments.list, place)
    }

    fn arguments<'f>(&self, function: &'f Function, place: Option<usize>) -> Outcome<Arguments<'f>> {
        let mut out = Arguments { star: false, distinct: false, list: Vec::new(), order_by: &[] };
        let list = match &function.args {
            FunctionArguments::None => return Ok(out),
            FunctionArguments::Subquery(_) => return Err(self.placed(not_available("this call"), place)),
            FunctionArguments::List(list) => list,
        };
        out.distinct = list.duplicate_treatment == Some(DuplicateTreatment::Distinct);
        for argument in &list.args {
            match argument {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(expression)) => out.list.push(expression),
                FunctionArg::Unnamed(FunctionArgExpr::Wildcard) => out.star = true,
                _ => return Err(self.placed(not_available("a named argument"), place)),
            }
        }
        for clause in &list.clauses {
            match clause {
                FunctionArgumentClause::OrderBy(order_by) => out.order_by = order_by,
                _ => return Err(self.placed(not_available("this clause of a call"), place)),
            }
        }
        Ok(out)
    }

    /// Calls a function of one value per row.
    pub(crate) fn simple_call(
        &mut self,
        name: &str,
        list: Vec<&Expr>,
        place: Option<usize>,
    ) -> Outcome<Typed> {
        let mut arguments = Vec::new();
        for expression in list {
            arguments.push(self.expr(expression)?);
        }
        self.choose(SIGNATURES, name, arguments, place)
    }

    fn choose(
        &mut self,
        signatures: &'static [Signature],
        name: &str,
        arguments: Vec<Typed>,
        place: Option<usize>,
    ) -> Outcome<Typed> {
        let kinds: Vec<Kind> = arguments.iter().map(|argument| argument.kind).collect();
        let fits = |signature: &&Signature| {
            signature.name == name
                && signature.takes.len() == kinds.len()
                && signature.takes.iter().zip(&kinds).all(|(takes, kind)| kind.becomes(*takes))
        };
        let found = match name {
            // PostgreSQL prefers double precision among the number types.
            "ceil" | "ceiling" | "floor" | "round" | "abs"
                if kinds.first().is_some_and(|kind| kind.is_integer() || *kind == Kind::Unknown) =>
            {
                signatures.iter().filter(fits).find(|signature| {
                    kinds.len() == 2
                        || (name == "abs" && kinds[0] != Kind::Unknown)
                        || signature.takes == [Kind::Float8]
                })
            }
            _ => signatures.iter().find(fits),
        };
        let Some(signature) = found else { return Err(self.no_function(name, &kinds, place)) };
        let mut nullable = signature.nullable;
        let mut sql = Vec::new();
        for (argument, takes) in arguments.into_iter().zip(signature.takes) {
            let argument = self.become_kind(argument, *takes)?;
            nullable |= argument.nullable;
            sql.push(argument.sql);
        }
        Ok(Typed::new(call(signature.sqlite, sql), signature.gives, nullable, place))
    }

    /// Returns PostgreSQL's error for a function that does not exist, or 0A000 if PostgreSQL has it.
    pub(crate) fn no_function(&self, name: &str, kinds: &[Kind], place: Option<usize>) -> SqlError {
        if UNAVAILABLE.contains(&name) {
            let message = format!("the function {name}() is not available here");
            return self.placed(SqlError::new("0A000", message), place);
        }
        let shown: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
        let message = format!("function {name}({}) does not exist", shown.join(", "));
        self.placed(SqlError::new("42883", message).with_hint(HINT), place)
    }

    /// pg_sleep and the advisory locks stay calls: the session layer runs them.
    fn session_call(&mut self, name: &str, list: &[&Expr], place: Option<usize>) -> Outcome<Typed> {
        if !self.whole_item {
            let message =
                format!("{name}() is available only as an item of its own in a SELECT without FROM");
            return Err(self.placed(SqlError::new("0A000", message), place));
        }
        self.whole_item = false;
        let mut arguments = Vec::new();
        for expression in list {
            arguments.push(self.expr(expression)?);
        }
        self.choose(SESSION_FUNCTIONS, name, arguments, place)
    }

    fn check_sequence(&mut self, list: &[&Expr]) -> Outcome<()> {
        let Some(first) = list.first() else { return Ok(()) };
        let typed = self.expr(first)?;
        let Raw::Text(name) = &typed.raw else {
            return Err(self.placed(not_available("a sequence whose name is no constant"), typed.place));
        };
        let columns = self.catalog.tables.values().flat_map(|table| &table.columns);
        let known = columns.filter_map(|column| column.sequence.as_ref()).any(|sequence| sequence == name);
        match known {
            true => Ok(()),
            false => {
                let message = format!("relation \"{name}\" does not exist");
                Err(self.placed(SqlError::new("42P01", message), typed.place))
            }
        }
    }

    fn all(&mut self, list: &[&Expr]) -> Outcome<Vec<Typed>> {
        list.iter().map(|expression| self.expr(expression)).collect()
    }

    fn coalesce(&mut self, list: &[&Expr], place: Option<usize>) -> Outcome<Typed> {
        let arguments = self.all(list)?;
        let (mut arguments, kind) = self.unify("COALESCE", arguments)?;
        let nullable = arguments.iter().all(|argument| argument.nullable);
        let sql = match arguments.len() {
            0 => return Err(self.syntax_error_after(place)),
            1 => arguments.remove(0).sql,
            _ => call("coalesce", arguments.into_iter().map(|argument| argument.sql).collect()),
        };
        Ok(Typed::new(sql, kind, nullable, place))
    }

    fn syntax_error_after(&self, place: Option<usize>) -> SqlError {
        self.placed(SqlError::new("42601", "syntax error at or near \")\""), self.symbol_after(&[")"], place))
    }

    fn null_if(&mut self, list: &[&Expr], place: Option<usize>) -> Outcome<Typed> {
        let [left, right] = list else { return Err(self.syntax_error_after(place)) };
        let (left, right) = (self.expr(left)?, self.expr(right)?);
        let kind = left.kind;
        let (left, right) = self.comparable(left, "=", right, place)?;
        let kind = if kind == Kind::Unknown { left.kind } else { kind };
        if left.kind != kind || kind == Kind::Digits {
            return Err(self.placed(not_available("NULLIF of different types"), place));
        }
        Ok(Typed::new(call("nullif", vec![left.sql, right.sql]), kind, true, place))
    }

    fn extreme(&mut self, name: &str, list: &[&Expr], place: Option<usize>) -> Outcome<Typed> {
        let arguments = self.all(list)?;
        let context = name.to_ascii_uppercase();
        let (arguments, kind) = self.unify(&context, arguments)?;
        if matches!(kind, Kind::Digits | Kind::Json | Kind::Jsonb | Kind::Bytea) {
            return Err(self.placed(not_available(&format!("{context} of these types")), place));
        }
        let nullable = arguments.iter().all(|argument| argument.nullable);
        let sql = call(&format!("pg_{name}"), arguments.into_iter().map(|argument| argument.sql).collect());
        Ok(Typed::new(sql, kind, nullable, place))
    }

    fn concat(&mut self, name: &str, list: &[&Expr], place: Option<usize>) -> Outcome<Typed> {
        let mut sql = Vec::new();
        for (index, argument) in self.all(list)?.into_iter().enumerate() {
            if matches!(argument.kind, Kind::Bytea | Kind::Json | Kind::Jsonb | Kind::Void) {
                return Err(self.placed(not_available("concat() of these types"), place));
            }
            let boolean = argument.kind == Kind::Bool;
            let as_text = self.cast_to(argument, Kind::Text)?;
            // Unlike ||, concat() writes a boolean as t or f.
            sql.push(match boolean && (index > 0 || name == "concat") {
                true => call("substr", vec![as_text.sql, text("1"), text("1")]),
                false => as_text.sql,
            });
        }
        if sql.is_empty() || (name == "concat_ws" && sql.len() < 2) {
            return Err(self.no_function(name, &[], place));
        }
        Ok(Typed::new(call(name, sql), Kind::Text, name == "concat_ws", place))
    }
}
