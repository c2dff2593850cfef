//! An expression in SQLite's dialect with its type in PostgreSQL.
//!
//! Also the few tree builders that every part of lowering uses. Constants are written as finished SQLite text,
//! because the library's printing guesses whether quotes inside a string are already doubled.

use crate::sql::kind::Kind;
use crate::sql::literal;
use sqlparser::ast::{
    BinaryOperator, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentList, FunctionArguments,
    Ident, ObjectName, Value, ValueWithSpan,
};
use sqlparser::tokenizer::Span;

/// An expression that was understood.
#[derive(Debug, Clone)]
pub(crate) struct Typed {
    pub(crate) sql: Expr,
    pub(crate) kind: Kind,
    pub(crate) nullable: bool,
    /// Its first byte in the learner's text.
    pub(crate) place: Option<usize>,
    pub(crate) raw: Raw,
    /// The limit of `varchar(n)`.
    pub(crate) limit: Option<u32>,
}

/// What an expression is besides its value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Raw {
    Plain,
    /// A string constant without a type of its own.
    Text(String),
    Null,
    /// A parameter, by index.
    Param(usize),
    /// A numeric constant as written, with its sign.
    Number(String),
    /// `interval '…'`: months, days, microseconds.
    Interval(i64, i64, i64),
}

impl Typed {
    pub(crate) fn new(sql: Expr, kind: Kind, nullable: bool, place: Option<usize>) -> Typed {
        Typed { sql, kind, nullable, place, raw: Raw::Plain, limit: None }
    }

    pub(crate) fn is_constant(&self) -> bool {
        !matches!(self.raw, Raw::Plain | Raw::Param(_))
    }
}

/// Returns finished SQLite text as an expression.
pub(crate) fn text(sql: impl Into<String>) -> Expr {
    Expr::Value(ValueWithSpan { value: Value::Number(sql.into(), false), span: Span::empty() })
}

/// Returns a string constant.
pub(crate) fn string(content: &str) -> Expr {
    text(literal::quoted(content))
}

pub(crate) fn placeholder(mark: String) -> Expr {
    Expr::Value(ValueWithSpan { value: Value::Placeholder(mark), span: Span::empty() })
}

/// Returns a name in double quotes, safe against the library's guessing.
pub(crate) fn name(name: &str) -> Ident {
    if name.contains(['"', '\\']) {
        return Ident::new(format!("\"{}\"", name.replace('"', "\"\"")));
    }
    Ident::with_quote('"', name)
}

/// Returns a call of a SQLite function.
pub(crate) fn call(function: &str, arguments: Vec<Expr>) -> Expr {
    let args = arguments.into_iter().map(|argument| FunctionArg::Unnamed(FunctionArgExpr::Expr(argument)));
    Expr::Function(function_of(function, args.collect()))
}

pub(crate) fn function_of(function: &str, args: Vec<FunctionArg>) -> Function {
    Function {
        name: ObjectName::from(vec![Ident::new(function)]),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(FunctionArgumentList {
            duplicate_treatment: None,
            args,
            clauses: Vec::new(),
        }),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    }
}

/// Returns `(left operator right)`; brackets only where an operand is itself an operation.
pub(crate) fn binary(left: Expr, operator: BinaryOperator, right: Expr) -> Expr {
    Expr::BinaryOp { left: Box::new(bracketed(left)), op: operator, right: Box::new(bracketed(right)) }
}

/// Puts brackets around what could bind looser than its surroundings.
pub(crate) fn bracketed(expression: Expr) -> Expr {
    let closed = matches!(
        expression,
        Expr::Identifier(_)
            | Expr::CompoundIdentifier(_)
            | Expr::Value(_)
            | Expr::Function(_)
            | Expr::Nested(_)
            | Expr::Subquery(_)
            | Expr::Exists { negated: false, .. }
            | Expr::Cast { .. }
            | Expr::Case { .. }
            | Expr::Tuple(_)
    );
    if closed { expression } else { Expr::Nested(Box::new(expression)) }
}
