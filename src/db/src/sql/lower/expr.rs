//! Expressions.
//!
//! In: an expression of PostgreSQL. Out: SQLite's, with its type. Not here: operators (`operator.rs`), calls
//! (`call.rs`), sub-selects (`subquery.rs`).

use super::convert::named_type;
use super::scope::Clause;
use super::typed::{Raw, Typed, bracketed, call, string, text};
use super::{Lowerer, Outcome};
use crate::answer::SqlError;
use crate::sql::feed::byte_of;
use crate::sql::kind::Kind;
use crate::sql::params::Takes;
use crate::sql::refuse::not_available;
use sqlparser::ast::{
    BinaryOperator, CaseWhen, CeilFloorKind, DataType, Expr, Interval, Spanned, TrimWhereField, Value,
    ValueWithSpan,
};

impl Lowerer<'_> {
    /// Lowers an expression.
    ///
    /// # Errors
    /// PostgreSQL's own, and 0A000 for what is not available here.
    pub(crate) fn expr(&mut self, expression: &Expr) -> Outcome<Typed> {
        let whole_item = std::mem::take(&mut self.whole_item);
        if let Some(grouped) = self.as_grouped(expression) {
            return Ok(grouped);
        }
        let place = byte_of(expression.span());
        match expression {
            Expr::Identifier(name) => self.column(name),
            Expr::CompoundIdentifier(names) => match &names[..] {
                [table, column] => self.qualified(table, column),
                _ => Err(self.unavailable("a name of three parts", names[0].span)),
            },
            Expr::Nested(inner) => {
                let typed = self.expr(inner)?;
                Ok(Typed { sql: bracketed(typed.sql), ..typed })
            }
            Expr::Value(value) => self.constant(value),
            Expr::TypedString(typed) => {
                let content = typed.value.value.clone().into_string().unwrap_or_default();
                let unknown = Typed {
                    raw: Raw::Text(content),
                    ..Typed::new(text("NULL"), Kind::Unknown, false, byte_of(typed.value.span))
                };
                self.cast(unknown, &typed.data_type, place)
            }
            Expr::Interval(interval) => self.interval(interval, place),
            Expr::BinaryOp { left, op, right } => self.binary(left, op, right),
            Expr::UnaryOp { op, expr } => self.unary(*op, expr),
            Expr::Cast { expr, data_type, .. } => {
                let typed = self.expr(expr)?;
                self.cast(typed, data_type, place)
            }
            Expr::IsNull(inner) => self.is_null(inner, true),
            Expr::IsNotNull(inner) => self.is_null(inner, false),
            Expr::IsTrue(inner) => self.is_truth(inner, "IS TRUE", Expr::IsTrue),
            Expr::IsNotTrue(inner) => self.is_truth(inner, "IS NOT TRUE", Expr::IsNotTrue),
            Expr::IsFalse(inner) => self.is_truth(inner, "IS FALSE", Expr::IsFalse),
            Expr::IsNotFalse(inner) => self.is_truth(inner, "IS NOT FALSE", Expr::IsNotFalse),
            Expr::IsUnknown(inner) => self.is_truth(inner, "IS UNKNOWN", Expr::IsNull),
            Expr::IsNotUnknown(inner) => self.is_truth(inner, "IS NOT UNKNOWN", Expr::IsNotNull),
            Expr::IsDistinctFrom(left, right) => {
                self.distinct_from(left, right, BinaryOperator::Custom("IS NOT".to_owned()))
            }
            Expr::IsNotDistinctFrom(left, right) => {
                self.distinct_from(left, right, BinaryOperator::Custom("IS".to_owned()))
            }
            Expr::Between { expr, negated, low, high } => self.between(expr, *negated, low, high),
            Expr::InList { expr, list, negated } => self.in_values(expr, list, *negated),
            Expr::InSubquery { expr, subquery, negated } => self.in_subquery(expr, subquery, *negated),
            Expr::AnyOp { left, compare_op, right, .. } => self.quantified(left, compare_op, right, true),
            Expr::AllOp { left, compare_op, right } => self.quantified(left, compare_op, right, false),
            Expr::Exists { subquery, negated } => self.exists(subquery, *negated, place),
            Expr::Subquery(query) => self.scalar_subquery(query),
            Expr::Like { negated, any: false, expr, pattern, escape_char } => {
                self.like(expr, pattern, escape_char.as_deref(), *negated, false)
            }
            Expr::ILike { negated, any: false, expr, pattern, escape_char } => {
                self.like(expr, pattern, escape_char.as_deref(), *negated, true)
            }
            Expr::Case { operand, conditions, else_result, .. } => {
                self.case(operand.as_deref(), conditions, else_result.as_deref(), place)
            }
            Expr::Function(function) => {
                self.whole_item = whole_item;
                self.call(function)
            }
            Expr::Ceil {
                expr,
                field: CeilFloorKind::DateTimeField(sqlparser::ast::DateTimeField::NoDateTime),
            } => self.simple_call("ceil", vec![expr], place),
            Expr::Floor {
                expr,
                field: CeilFloorKind::DateTimeField(sqlparser::ast::DateTimeField::NoDateTime),
            } => self.simple_call("floor", vec![expr], place),
            Expr::Position { expr, r#in } => self.simple_call("strpos", vec![r#in, expr], place),
            Expr::Substring { expr, substring_from, substring_for, .. } => {
                let one = Expr::Value(ValueWithSpan {
                    value: Value::Number("1".to_owned(), false),
                    span: sqlparser::tokenizer::Span::empty(),
                });
                let from = substring_from.as_deref().unwrap_or(&one);
                let mut arguments: Vec<&Expr> = vec![expr, from];
                arguments.extend(substring_for.as_deref());
                self.simple_call("substring", arguments, place)
            }
            Expr::Trim { trim_where, trim_what, expr, trim_characters: None } => {
                let function = match trim_where {
                    Some(TrimWhereField::Leading) => "ltrim",
                    Some(TrimWhereField::Trailing) => "rtrim",
                    _ => "btrim",
                };
                let mut arguments: Vec<&Expr> = vec![expr];
                arguments.extend(trim_what.as_deref());
                self.simple_call(function, arguments, place)
            }
            Expr::Tuple(_) => Err(self.unavailable("a row as a value", expression.span())),
            Expr::Array(_) => Err(self.unavailable("an array", expression.span())),
            Expr::AtTimeZone { .. } => Err(self.unavailable_words("AT TIME ZONE", &["at", "time"])),
            Expr::Extract { .. } => Err(self.unavailable_words("extract()", &["extract"])),
            Expr::Overlay { .. } => Err(self.unavailable_words("overlay()", &["overlay"])),
            Expr::SimilarTo { .. } => Err(self.unavailable_words("SIMILAR TO", &["similar"])),
            Expr::Collate { .. } => Err(self.unavailable_words("COLLATE", &["collate"])),
            Expr::RLike { .. } => Err(self.foreign_operator(&["regexp", "rlike"])),
            Expr::GroupingSets(_) => Err(self.unavailable_words("GROUPING SETS", &["grouping"])),
            Expr::Rollup(_) => Err(self.unavailable_words("ROLLUP", &["rollup"])),
            Expr::Cube(_) => Err(self.unavailable_words("CUBE", &["cube"])),
            _ => Err(self.unavailable("this expression", expression.span())),
        }
    }

    /// SQLite's operators that are words are no words of PostgreSQL.
    pub(crate) fn foreign_operator(&self, words: &[&str]) -> SqlError {
        let found = self.tokens.iter().find(|token| words.iter().any(|word| token.is_word(self.sql, word)));
        match found {
            Some(token) => crate::sql::command::syntax_error(self.sql, token),
            None => not_available("this operator"),
        }
    }

    fn constant(&mut self, value: &ValueWithSpan) -> Outcome<Typed> {
        let place = byte_of(value.span);
        Ok(match &value.value {
            Value::Number(digits, _) => number(digits, place),
            Value::SingleQuotedString(content) => Typed {
                raw: Raw::Text(content.clone()),
                ..Typed::new(string(content), Kind::Unknown, false, place)
            },
            Value::Boolean(truth) => {
                Typed::new(text(if *truth { "1" } else { "0" }), Kind::Bool, false, place)
            }
            Value::Null => Typed { raw: Raw::Null, ..Typed::new(text("NULL"), Kind::Unknown, true, place) },
            Value::Placeholder(mark) => self.param(mark, place)?,
            _ => return Err(self.unavailable("this constant", value.span)),
        })
    }

    fn param(&mut self, mark: &str, place: Option<usize>) -> Outcome<Typed> {
        let index: usize = mark[2..].parse().map_err(|_| not_available("this parameter"))?;
        let param = &mut self.params[index];
        param.takes = Takes::One;
        let kind = param.kind.unwrap_or(Kind::Unknown);
        let sql = self.param_in(index, kind);
        Ok(Typed { raw: Raw::Param(index), ..Typed::new(sql, kind, true, place) })
    }

    pub(crate) fn cast(
        &mut self,
        typed: Typed,
        data_type: &DataType,
        place: Option<usize>,
    ) -> Outcome<Typed> {
        let type_place = || {
            let words = data_type.to_string().to_ascii_lowercase();
            let word = words.split(['(', ' ', '[']).next().unwrap_or_default().to_owned();
            self.symbol_after(&[&word], place)
        };
        if matches!(data_type, DataType::Interval { .. })
            && let Raw::Text(content) = &typed.raw
        {
            return interval_of(content)
                .map(|raw| Typed { raw, ..Typed::new(text("NULL"), Kind::Unknown, false, place) })
                .ok_or_else(|| self.placed(not_available("this interval"), place));
        }
        let (kind, limit) = named_type(data_type).map_err(|error| self.placed(error, type_place()))?;
        let typed = self.cast_to(typed, kind)?;
        let mut cast = Typed { raw: Raw::Plain, limit: None, ..typed };
        if let Some(limit) = limit {
            let arguments = vec![cast.sql, text("1"), text(limit.to_string())];
            cast = Typed { sql: call("substr", arguments), limit: Some(limit), ..cast };
        }
        Ok(cast)
    }

    fn interval(&mut self, interval: &Interval, place: Option<usize>) -> Outcome<Typed> {
        let refusal = |this: &Self| {
            this.placed(not_available("this interval"), this.symbol_after(&["interval"], Some(0)))
        };
        if interval.leading_field.is_some() || interval.last_field.is_some() {
            return Err(refusal(self));
        }
        let Expr::Value(ValueWithSpan { value: Value::SingleQuotedString(content), .. }) = &*interval.value
        else {
            return Err(refusal(self));
        };
        let raw = interval_of(content).ok_or_else(|| refusal(self))?;
        Ok(Typed { raw, ..Typed::new(text("NULL"), Kind::Unknown, false, place) })
    }

    fn is_null(&mut self, inner: &Expr, null: bool) -> Outcome<Typed> {
        let typed = self.value(inner)?;
        let sql = Box::new(bracketed(typed.sql));
        let sql = if null { Expr::IsNull(sql) } else { Expr::IsNotNull(sql) };
        Ok(Typed::new(sql, Kind::Bool, false, typed.place))
    }

    /// Lowers an expression and settles what has no type yet as text.
    pub(crate) fn value(&mut self, expression: &Expr) -> Outcome<Typed> {
        let typed = self.expr(expression)?;
        match typed.kind {
            Kind::Unknown if matches!(typed.raw, Raw::Interval(..)) => {
                Err(self.placed(not_available("an interval as a value"), typed.place))
            }
            Kind::Unknown => self.become_kind(typed, Kind::Text),
            _ => Ok(typed),
        }
    }

    fn is_truth(&mut self, inner: &Expr, words: &str, build: fn(Box<Expr>) -> Expr) -> Outcome<Typed> {
        let typed = self.boolean(inner, words)?;
        Ok(Typed::new(build(Box::new(bracketed(typed.sql))), Kind::Bool, false, typed.place))
    }

    /// Lowers an expression that must be boolean.
    pub(crate) fn boolean(&mut self, inner: &Expr, words: &str) -> Outcome<Typed> {
        let typed = self.expr(inner)?;
        match typed.kind {
            Kind::Bool => Ok(typed),
            Kind::Unknown => self.become_kind(typed, Kind::Bool),
            kind => {
                let message = format!("argument of {words} must be type boolean, not type {kind}");
                Err(self.placed(SqlError::new("42804", message), typed.place))
            }
        }
    }

    fn case(
        &mut self,
        operand: Option<&Expr>,
        conditions: &[CaseWhen],
        otherwise: Option<&Expr>,
        place: Option<usize>,
    ) -> Outcome<Typed> {
        let mut tests = Vec::new();
        let mut results = Vec::new();
        // PostgreSQL matches the type of ELSE first.
        if let Some(otherwise) = otherwise {
            results.push(self.expr(otherwise)?);
        }
        for CaseWhen { condition, result } in conditions {
            tests.push(match operand {
                Some(operand) => self.binary(operand, &BinaryOperator::Eq, condition)?.sql,
                None => self.boolean(condition, "CASE/WHEN")?.sql,
            });
            results.push(self.expr(result)?);
        }
        let (mut results, kind) = self.unify("CASE", results)?;
        let nullable = otherwise.is_none() || results.iter().any(|result| result.nullable);
        let else_result = otherwise.map(|_| Box::new(results.remove(0).sql));
        let arms = tests.into_iter().zip(results);
        let sql = Expr::Case {
            case_token: sqlparser::ast::helpers::attached_token::AttachedToken::empty(),
            end_token: sqlparser::ast::helpers::attached_token::AttachedToken::empty(),
            operand: None,
            conditions: arms.map(|(condition, result)| CaseWhen { condition, result: result.sql }).collect(),
            else_result,
        };
        Ok(Typed::new(sql, kind, nullable, place))
    }

    /// Reads something in another clause.
    pub(crate) fn within<T>(
        &mut self,
        clause: Clause,
        read: impl FnOnce(&mut Self) -> Outcome<T>,
    ) -> Outcome<T> {
        let level = self.levels.last_mut().expect("a query is open");
        let before = std::mem::replace(&mut level.clause, clause);
        let result = read(self);
        self.levels.last_mut().expect("a query is open").clause = before;
        result
    }
}

/// Whole numbers take the smallest of integer, bigint and numeric that holds them.
fn number(digits: &str, place: Option<usize>) -> Typed {
    let kind = match digits.parse::<i64>() {
        Ok(number) if i32::try_from(number).is_ok() => Kind::Int4,
        Ok(_) => Kind::Int8,
        Err(_) => Kind::Fraction,
    };
    let shown = digits.trim_start_matches('0');
    let shown = if kind == Kind::Fraction || shown.is_empty() { digits } else { shown };
    Typed { raw: Raw::Number(digits.to_owned()), ..Typed::new(text(shown), kind, false, place) }
}

/// Reads `1 day`, `2 hours 30 minutes`, `-1 month`: whole numbers with units.
fn interval_of(content: &str) -> Option<Raw> {
    let words: Vec<&str> = content.split_whitespace().collect();
    if words.is_empty() || words.len() % 2 == 1 {
        return None;
    }
    let (mut months, mut days, mut micros) = (0_i64, 0_i64, 0_i64);
    for pair in words.chunks(2) {
        let count: i64 = pair[0].parse().ok().filter(|count: &i64| count.abs() < 1_000_000)?;
        match pair[1].to_ascii_lowercase().trim_end_matches('s') {
            "year" => months += 12 * count,
            "month" | "mon" => months += count,
            "week" => days += 7 * count,
            "day" => days += count,
            "hour" => micros += count * 3_600_000_000,
            "minute" | "min" => micros += count * 60_000_000,
            "second" | "sec" => micros += count * 1_000_000,
            "millisecond" => micros += count * 1_000,
            "microsecond" => micros += count,
            _ => return None,
        }
    }
    Some(Raw::Interval(months, days, micros))
}
