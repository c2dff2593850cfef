//! Operators: which types they take, what they give, how SQLite computes the same.
//!
//! In: two operands. Out: the operation, checked where PostgreSQL checks: ranges of integers, division by zero,
//! infinite floats. Rules: PostgreSQL manual, chapters 9 and 10.2.

use super::typed::{Raw, Typed, binary, call, string, text};
use super::{Lowerer, Outcome};
use crate::answer::SqlError;
use crate::sql::kind::Kind;
use crate::sql::literal;
use sqlparser::ast::{BinaryOperator, Expr, Spanned, UnaryOperator};

/// The hint under "operator does not exist".
const HINT: &str =
    "No operator matches the given name and argument types. You might need to add explicit type casts.";

impl Lowerer<'_> {
    pub(crate) fn binary(&mut self, left: &Expr, operator: &BinaryOperator, right: &Expr) -> Outcome<Typed> {
        use BinaryOperator as Op;
        match operator {
            Op::And | Op::Or => return self.logic(left, operator, right),
            Op::Glob | Op::Match | Op::Regexp => {
                return Err(self.foreign_operator(&["glob", "match", "regexp"]));
            }
            _ => {}
        }
        let rows = (tuple(left), tuple(right));
        if let (Some(left), Some(right)) = rows {
            return self.compare_rows(left, operator, right);
        }
        let place = self.operator_place(left, operator);
        match operator {
            Op::Eq | Op::NotEq | Op::Lt | Op::LtEq | Op::Gt | Op::GtEq => {
                let (left, right) = (self.expr(left)?, self.expr(right)?);
                self.compare(left, operator, right, place)
            }
            Op::Plus | Op::Minus | Op::Multiply | Op::Divide | Op::Modulo => {
                let (left, right) = (self.expr(left)?, self.expr(right)?);
                self.arithmetic(left, operator, right, place)
            }
            Op::StringConcat => {
                let (left, right) = (self.expr(left)?, self.expr(right)?);
                self.concatenate(left, right, place)
            }
            other => {
                let error = SqlError::new("0A000", format!("the operator {other} is not available here"));
                Err(self.placed(error, place))
            }
        }
    }

    /// Returns where an operator stands: the first such symbol after its left operand.
    fn operator_place(&self, left: &Expr, operator: &BinaryOperator) -> Option<usize> {
        let shown = operator.to_string();
        let spellings: &[&str] = if shown == "<>" { &["<>", "!="] } else { &[&shown] };
        self.symbol_after(spellings, crate::sql::feed::end_of(left.span()))
    }

    fn logic(&mut self, left: &Expr, operator: &BinaryOperator, right: &Expr) -> Outcome<Typed> {
        let words = operator.to_string();
        let left = self.boolean(left, &words)?;
        let right = self.boolean(right, &words)?;
        let nullable = left.nullable || right.nullable;
        Ok(Typed::new(joined(left.sql, operator, right.sql), Kind::Bool, nullable, left.place))
    }

    /// Returns PostgreSQL's error for an operator without such operands.
    pub(crate) fn no_operator(
        &self,
        left: Kind,
        operator: &str,
        right: Kind,
        place: Option<usize>,
    ) -> SqlError {
        let message = format!("operator does not exist: {left} {operator} {right}");
        self.placed(SqlError::new("42883", message).with_hint(HINT), place)
    }

    /// Brings two operands of a comparison to one type.
    pub(crate) fn comparable(
        &mut self,
        left: Typed,
        operator: &str,
        right: Typed,
        place: Option<usize>,
    ) -> Outcome<(Typed, Typed)> {
        if matches!(left.raw, Raw::Interval(..)) || matches!(right.raw, Raw::Interval(..)) {
            let error = SqlError::new("0A000", "comparing intervals is not available here");
            return Err(self.placed(error, place));
        }
        let kind = match (left.kind, right.kind) {
            (Kind::Unknown, Kind::Unknown) => Kind::Text,
            (Kind::Unknown, kind) | (kind, Kind::Unknown) => kind,
            (left, right) if left.becomes(right) => right,
            (left, right) if right.becomes(left) => left,
            (left_kind, right_kind) => return Err(self.no_operator(left_kind, operator, right_kind, place)),
        };
        let ordered = !matches!(operator, "=" | "<>");
        match kind {
            Kind::Json | Kind::Void => return Err(self.no_operator(left.kind, operator, right.kind, place)),
            Kind::Jsonb if ordered => {
                let error = SqlError::new("0A000", "ordering jsonb values is not available here");
                return Err(self.placed(error, place));
            }
            _ => {}
        }
        // Whole numbers of every size, and constants with a decimal point, are compared exactly by SQLite.
        let exact = |kind: Kind| kind.is_integer() || kind == Kind::Whole;
        let constant = |typed: &Typed| match &typed.raw {
            Raw::Number(written) => {
                written.bytes().filter(u8::is_ascii_digit).count() <= 15 && !written.contains(['e', 'E'])
            }
            _ => false,
        };
        if (exact(left.kind) && exact(right.kind))
            || (exact(left.kind) && right.kind == Kind::Fraction && constant(&right))
            || (exact(right.kind) && left.kind == Kind::Fraction && constant(&left))
        {
            return Ok((left, right));
        }
        let kind = if kind == Kind::Fraction { Kind::Digits } else { kind };
        let kind = if kind == Kind::Whole && (left.kind == Kind::Unknown || right.kind == Kind::Unknown) {
            Kind::Digits
        } else {
            kind
        };
        let int4 = |typed: &Typed| {
            kind == Kind::Float8 && matches!(typed.kind, Kind::Int2 | Kind::Int4) && typed.raw == Raw::Plain
        };
        let left = if int4(&left) { left } else { self.become_kind(left, kind)? };
        let right = if int4(&right) { right } else { self.become_kind(right, kind)? };
        Ok((left, right))
    }

    pub(crate) fn compare(
        &mut self,
        left: Typed,
        operator: &BinaryOperator,
        right: Typed,
        place: Option<usize>,
    ) -> Outcome<Typed> {
        let (left, right) = self.comparable(left, &operator.to_string(), right, place)?;
        let nullable = left.nullable || right.nullable;
        let (at, digits) = (left.place, left.kind == Kind::Digits || right.kind == Kind::Digits);
        let sql = match digits {
            true => binary(call("decimal_compare", vec![left.sql, right.sql]), operator.clone(), text("0")),
            false => binary(left.sql, operator.clone(), right.sql),
        };
        Ok(Typed::new(sql, Kind::Bool, nullable, at))
    }

    pub(crate) fn distinct_from(
        &mut self,
        left: &Expr,
        right: &Expr,
        operator: BinaryOperator,
    ) -> Outcome<Typed> {
        let place = self.symbol_after(&["is"], crate::sql::feed::end_of(left.span()));
        let (left, right) = (self.expr(left)?, self.expr(right)?);
        let (left, right) = self.comparable(left, "=", right, place)?;
        if left.kind == Kind::Digits {
            let error = SqlError::new("0A000", "IS DISTINCT FROM with numeric is not available here");
            return Err(self.placed(error, place));
        }
        let at = left.place;
        Ok(Typed::new(binary(left.sql, operator, right.sql), Kind::Bool, false, at))
    }

    /// `(a, b) < (1, 2)`: SQLite compares rows as PostgreSQL does.
    fn compare_rows(&mut self, left: &[Expr], operator: &BinaryOperator, right: &[Expr]) -> Outcome<Typed> {
        use BinaryOperator as Op;
        let place = left.first().and_then(|first| crate::sql::feed::byte_of(first.span()));
        if left.len() != right.len() {
            return Err(
                self.placed(SqlError::new("42601", "unequal number of entries in row expressions"), place)
            );
        }
        if !matches!(operator, Op::Eq | Op::NotEq | Op::Lt | Op::LtEq | Op::Gt | Op::GtEq) {
            return Err(self
                .placed(SqlError::new("0A000", "this operator between rows is not available here"), place));
        }
        let (mut lefts, mut rights, mut nullable) = (Vec::new(), Vec::new(), false);
        for (left, right) in left.iter().zip(right) {
            let (left, right) = (self.expr(left)?, self.expr(right)?);
            let at = left.place;
            let (left, right) = self.comparable(left, &operator.to_string(), right, at)?;
            if left.kind == Kind::Digits {
                return Err(self.placed(SqlError::new("0A000", "numeric in rows is not available here"), at));
            }
            nullable |= left.nullable || right.nullable;
            lefts.push(left.sql);
            rights.push(right.sql);
        }
        let sql = binary(Expr::Tuple(lefts), operator.clone(), Expr::Tuple(rights));
        Ok(Typed::new(sql, Kind::Bool, nullable, place))
    }

    pub(crate) fn between(&mut self, expr: &Expr, negated: bool, low: &Expr, high: &Expr) -> Outcome<Typed> {
        let place = self.symbol_after(&["between", "not"], crate::sql::feed::end_of(expr.span()));
        let value = self.expr(expr)?;
        let (low, high) = (self.expr(low)?, self.expr(high)?);
        let (first, low) = self.comparable(value.clone(), ">=", low, place)?;
        let (second, high) = self.comparable(value, "<=", high, place)?;
        let nullable = first.nullable || low.nullable || high.nullable;
        if first.kind == Kind::Digits || first.sql != second.sql {
            let error =
                SqlError::new("0A000", "BETWEEN over values of different types is not available here");
            return Err(self.placed(error, place));
        }
        let at = first.place;
        let between = Expr::Between {
            expr: Box::new(super::typed::bracketed(first.sql)),
            negated,
            low: Box::new(super::typed::bracketed(low.sql)),
            high: Box::new(super::typed::bracketed(high.sql)),
        };
        Ok(Typed::new(between, Kind::Bool, nullable, at))
    }

    pub(crate) fn arithmetic(
        &mut self,
        left: Typed,
        operator: &BinaryOperator,
        right: Typed,
        place: Option<usize>,
    ) -> Outcome<Typed> {
        if let (Kind::Unknown, Kind::Unknown) = (left.kind, right.kind)
            && !matches!(left.raw, Raw::Interval(..))
        {
            let both_params = matches!((&left.raw, &right.raw), (Raw::Param(_), _) | (_, Raw::Param(_)));
            let message = format!("operator is not unique: unknown {operator} unknown");
            let hint =
                "Could not choose a best candidate operator. You might need to add explicit type casts.";
            let _ = both_params;
            return Err(self.placed(SqlError::new("42725", message).with_hint(hint), place));
        }
        if left.kind.is_instant() || right.kind.is_instant() {
            return self.instants(left, operator, right, place);
        }
        let kind = match (left.kind, right.kind) {
            (Kind::Unknown, kind) | (kind, Kind::Unknown) if kind.is_number() => kind,
            (left, right) if left.is_number() && right.is_number() => left.max(right),
            (left, right) => return Err(self.no_operator(left, &operator.to_string(), right, place)),
        };
        let nullable = left.nullable || right.nullable;
        let at = left.place;
        let zero = matches!(operator, BinaryOperator::Divide | BinaryOperator::Modulo);
        let sql = match kind {
            Kind::Int2 | Kind::Int4 | Kind::Int8 => {
                let (left, right) = (self.become_kind(left, kind)?, self.become_kind(right, kind)?);
                integers(kind, left, operator, right)
            }
            Kind::Float8 if *operator == BinaryOperator::Modulo => {
                return Err(self.no_operator(left.kind, "%", right.kind, place));
            }
            Kind::Float8 => {
                let (left, right) = (self.become_kind(left, kind)?, self.become_kind(right, kind)?);
                call("float_math", vec![string(&operator.to_string()), left.sql, right.sql])
            }
            Kind::Whole if !zero => {
                let (left, right) = (self.become_kind(left, kind)?, self.become_kind(right, kind)?);
                return Ok(Typed::new(
                    call("whole_in", vec![binary(left.sql, operator.clone(), right.sql)]),
                    kind,
                    nullable,
                    at,
                ));
            }
            _ => {
                let (left, right) =
                    (self.become_kind(left, Kind::Digits)?, self.become_kind(right, Kind::Digits)?);
                let sql = call("decimal_math", vec![string(&operator.to_string()), left.sql, right.sql]);
                return Ok(Typed::new(sql, Kind::Digits, nullable, at));
            }
        };
        Ok(Typed::new(sql, kind, nullable, at))
    }

    /// A date or timestamp with days or with an interval constant.
    fn instants(
        &mut self,
        left: Typed,
        operator: &BinaryOperator,
        right: Typed,
        place: Option<usize>,
    ) -> Outcome<Typed> {
        let sign = match operator {
            BinaryOperator::Plus => 1,
            BinaryOperator::Minus => -1,
            _ => return Err(self.no_operator(left.kind, &operator.to_string(), right.kind, place)),
        };
        let (instant, other) = match right.kind.is_instant() && sign == 1 && !left.kind.is_instant() {
            true => (right, left),
            false => (left, right),
        };
        let nullable = instant.nullable || other.nullable;
        let (at, kind) = (instant.place, instant.kind);
        match (&other.raw, other.kind) {
            (Raw::Interval(months, days, micros), _) if kind.is_instant() => {
                let kind = if kind == Kind::Date { Kind::Timestamp } else { kind };
                let start = self.stored_as(instant, kind)?;
                let numbers = [months, days, micros].map(|number| text((sign * number).to_string()));
                let mut arguments = vec![start.sql, string(kind.name())];
                arguments.extend(numbers);
                Ok(Typed::new(call("instant_add", arguments), kind, nullable, at))
            }
            (_, Kind::Int2 | Kind::Int4) if kind == Kind::Date => {
                let days = match sign {
                    1 => other.sql,
                    _ => Expr::UnaryOp {
                        op: UnaryOperator::Minus,
                        expr: Box::new(super::typed::bracketed(other.sql)),
                    },
                };
                let arguments = vec![instant.sql, string(kind.name()), text("0"), days, text("0")];
                Ok(Typed::new(call("instant_add", arguments), kind, nullable, at))
            }
            (_, Kind::Date) if kind == Kind::Date && sign == -1 => {
                Ok(Typed::new(call("days_between", vec![instant.sql, other.sql]), Kind::Int4, nullable, at))
            }
            _ => {
                let error =
                    SqlError::new("0A000", "this computation with dates or times is not available here");
                Err(self.placed(error, place))
            }
        }
    }

    fn concatenate(&mut self, left: Typed, right: Typed, place: Option<usize>) -> Outcome<Typed> {
        let has_text = left.kind.is_text()
            || right.kind.is_text()
            || (left.kind == Kind::Unknown && right.kind == Kind::Unknown);
        let literal_text = |typed: &Typed| typed.kind == Kind::Unknown;
        if !has_text && !literal_text(&left) && !literal_text(&right) {
            return Err(self.no_operator(left.kind, "||", right.kind, place));
        }
        let others = [left.kind, right.kind];
        if others.iter().any(|kind| matches!(kind, Kind::Bytea | Kind::Json | Kind::Jsonb | Kind::Void)) {
            let error = SqlError::new("0A000", "|| with these types is not available here");
            return Err(self.placed(error, place));
        }
        let nullable = left.nullable || right.nullable;
        let at = left.place;
        let (left, right) = (self.cast_to(left, Kind::Text)?, self.cast_to(right, Kind::Text)?);
        Ok(Typed::new(joined(left.sql, &BinaryOperator::StringConcat, right.sql), Kind::Text, nullable, at))
    }

    pub(crate) fn unary(&mut self, operator: UnaryOperator, inner: &Expr) -> Outcome<Typed> {
        let at = crate::sql::feed::byte_of(inner.span());
        match operator {
            UnaryOperator::Not => {
                let typed = self.boolean(inner, "NOT")?;
                let sql = Expr::UnaryOp { op: operator, expr: Box::new(super::typed::bracketed(typed.sql)) };
                Ok(Typed::new(sql, Kind::Bool, typed.nullable, at))
            }
            UnaryOperator::Plus | UnaryOperator::Minus => {
                let typed = self.expr(inner)?;
                self.signed(operator, typed)
            }
            _ => Err(self.unavailable("this operator", inner.span())),
        }
    }

    fn signed(&mut self, operator: UnaryOperator, typed: Typed) -> Outcome<Typed> {
        let typed = if typed.kind == Kind::Unknown { self.become_kind(typed, Kind::Float8)? } else { typed };
        if !typed.kind.is_number() {
            let message = format!("operator does not exist: {operator} {}", typed.kind);
            return Err(self.placed(SqlError::new("42883", message).with_hint(HINT), typed.place));
        }
        if operator == UnaryOperator::Plus {
            return Ok(typed);
        }
        if let Raw::Number(written) = &typed.raw {
            let written = written.strip_prefix('-').map_or_else(|| format!("-{written}"), ToOwned::to_owned);
            // PostgreSQL puts the sign into the constant before it looks for a type.
            let kind = match written.parse::<i64>() {
                Ok(number) if i32::try_from(number).is_ok() => Kind::Int4,
                Ok(_) => Kind::Int8,
                Err(_) => Kind::Fraction,
            };
            return Ok(Typed { sql: text(written.clone()), raw: Raw::Number(written), kind, ..typed });
        }
        let (kind, nullable, place) = (typed.kind, typed.nullable, typed.place);
        let negative =
            Expr::UnaryOp { op: operator, expr: Box::new(super::typed::bracketed(typed.sql.clone())) };
        let sql = match kind {
            Kind::Digits => call("decimal_math", vec![string("-"), literal_zero(), typed.sql]),
            Kind::Float8 => negative,
            Kind::Whole => call("whole_in", vec![negative]),
            kind => call(range_check(kind), vec![negative]),
        };
        Ok(Typed::new(sql, kind, nullable, place))
    }
}

fn literal_zero() -> Expr {
    text(literal::quoted("0"))
}

/// Returns the function that refuses what an integer type cannot hold.
pub(crate) fn range_check(kind: Kind) -> &'static str {
    match kind {
        Kind::Int2 => "int2",
        Kind::Int4 => "int4",
        _ => "int8",
    }
}

/// Integer arithmetic. A constant divisor other than 0 and -1 needs no check.
fn integers(kind: Kind, left: Typed, operator: &BinaryOperator, right: Typed) -> Expr {
    let harmless = match &right.raw {
        Raw::Number(written) => !matches!(written.parse::<i64>(), Ok(0 | -1) | Err(_)),
        _ => false,
    };
    match operator {
        BinaryOperator::Modulo | BinaryOperator::Divide if harmless => {
            binary(left.sql, operator.clone(), right.sql)
        }
        BinaryOperator::Modulo => binary(left.sql, operator.clone(), call("nonzero", vec![right.sql])),
        BinaryOperator::Divide => {
            let divisor = call("nonzero", vec![right.sql]);
            call(range_check(kind), vec![binary(left.sql, operator.clone(), divisor)])
        }
        _ => call(range_check(kind), vec![binary(left.sql, operator.clone(), right.sql)]),
    }
}

/// Joins a chain of one associative operator without brackets: SQLite's depth is limited.
pub(crate) fn joined(left: Expr, operator: &BinaryOperator, right: Expr) -> Expr {
    let same = matches!(&left, Expr::BinaryOp { op, .. } if op == operator);
    let left = if same { left } else { super::typed::bracketed(left) };
    Expr::BinaryOp {
        left: Box::new(left),
        op: operator.clone(),
        right: Box::new(super::typed::bracketed(right)),
    }
}

/// Returns the entries of a row expression.
pub(crate) fn tuple(expression: &Expr) -> Option<&[Expr]> {
    match expression {
        Expr::Tuple(entries) => Some(entries),
        Expr::Nested(inner) => tuple(inner),
        _ => None,
    }
}
