//! Functions over numbers: ranges, division by zero, exact decimals.
//!
//! Rules: PostgreSQL manual, sections 8.1 and 9.3. A function fails with the words of `int.c`, `float.c` and
//! `numeric.c`.

use super::failure::failure;
use super::functions::{PURE, any_null};
use crate::decimal::Decimal;
use rusqlite::functions::Context;
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Error, Result};
use std::cmp::Ordering;

/// A function over floats, with its name in SQL.
type OverFloat = (&'static str, fn(f64) -> f64);

/// A function over decimals, with its name in SQL; None when 38 digits are too few.
type OverDecimal = (&'static str, fn(Decimal) -> Option<Decimal>);

pub(super) fn register(connection: &Connection) -> Result<()> {
    connection.create_scalar_function("nonzero", 1, PURE, nonzero)?;
    for (name, checked, rounded) in
        [("int2", "int2_abs", "to_int2"), ("int4", "int4_abs", "to_int4"), ("int8", "int8_abs", "to_int8")]
    {
        connection.create_scalar_function(name, 1, PURE, move |context| in_range(context, name))?;
        connection.create_scalar_function(checked, 1, PURE, move |context| {
            let number: Option<i64> = context.get(0)?;
            number.map_or(Ok(Value::Null), |number| ranged(name, number.checked_abs()))
        })?;
        connection.create_scalar_function(rounded, 1, PURE, move |context| to_integer(context, name))?;
    }
    connection.create_scalar_function("whole_in", 1, PURE, |context| match context.get_raw(0) {
        ValueRef::Real(_) => Err(failure("0A000", "numeric values beyond bigint are not available here")),
        _ => context.get::<Value>(0),
    })?;
    connection.create_scalar_function("int_mod", 2, PURE, |context| {
        if any_null(context) {
            return Ok(Value::Null);
        }
        let (left, right): (i64, i64) = (context.get(0)?, context.get(1)?);
        match right {
            0 => Err(failure("22012", "division by zero")),
            right => Ok(Value::Integer(left.wrapping_rem(right))),
        }
    })?;
    floats(connection)?;
    decimals(connection)
}

fn nonzero(context: &Context<'_>) -> Result<Value> {
    match context.get_raw(0) {
        ValueRef::Integer(0) => Err(failure("22012", "division by zero")),
        ValueRef::Real(0.0) => Err(failure("22012", "division by zero")),
        _ => context.get(0),
    }
}

/// Returns a number of an integer type, or the type's error.
fn ranged(kind: &str, number: Option<i64>) -> Result<Value> {
    let (name, fits) = match kind {
        "int2" => ("smallint", number.is_some_and(|number| i16::try_from(number).is_ok())),
        "int4" => ("integer", number.is_some_and(|number| i32::try_from(number).is_ok())),
        _ => ("bigint", number.is_some()),
    };
    match number.filter(|_| fits) {
        Some(number) => Ok(Value::Integer(number)),
        None => Err(failure("22003", &format!("{name} out of range"))),
    }
}

/// SQLite's integer arithmetic turns into a float when it overflows.
fn in_range(context: &Context<'_>, kind: &str) -> Result<Value> {
    match context.get_raw(0) {
        ValueRef::Null => Ok(Value::Null),
        ValueRef::Integer(number) => ranged(kind, Some(number)),
        _ => ranged(kind, None),
    }
}

/// Floats round half to even, numerics half away from zero.
fn to_integer(context: &Context<'_>, kind: &str) -> Result<Value> {
    match context.get_raw(0) {
        ValueRef::Null => Ok(Value::Null),
        ValueRef::Integer(number) => ranged(kind, Some(number)),
        ValueRef::Real(number) => {
            let rounded = number.round_ties_even();
            let fits = (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&rounded);
            ranged(kind, fits.then_some(rounded as i64))
        }
        _ => ranged(kind, decimal(context, 0)?.to_whole()),
    }
}

fn floats(connection: &Connection) -> Result<()> {
    let functions: [OverFloat; 4] = [
        ("float_ceil", f64::ceil),
        ("float_floor", f64::floor),
        ("float_round", f64::round_ties_even),
        ("float_trunc", f64::trunc),
    ];
    for (name, function) in functions {
        connection.create_scalar_function(name, 1, PURE, move |context| {
            Ok(context.get::<Option<f64>>(0)?.map(function))
        })?;
    }
    connection.create_scalar_function("float_sqrt", 1, PURE, |context| {
        match context.get::<Option<f64>>(0)? {
            Some(number) if number < 0.0 => {
                Err(failure("2201F", "cannot take square root of a negative number"))
            }
            number => Ok(number.map(f64::sqrt)),
        }
    })?;
    connection.create_scalar_function("float_math", 3, PURE, |context| {
        if any_null(context) {
            return Ok(Value::Null);
        }
        let operator: String = context.get(0)?;
        float_math(&operator, context.get(1)?, context.get(2)?).map(Value::Real)
    })
}

fn float_math(operator: &str, left: f64, right: f64) -> Result<f64> {
    let result = match operator {
        "+" => left + right,
        "-" => left - right,
        "*" => left * right,
        _ if right == 0.0 => return Err(failure("22012", "division by zero")),
        _ => left / right,
    };
    if result.is_infinite() {
        return Err(failure("22003", "value out of range: overflow"));
    }
    let vanished = result == 0.0 && left != 0.0 && (operator == "/" || (operator == "*" && right != 0.0));
    if vanished {
        return Err(failure("22003", "value out of range: underflow"));
    }
    Ok(result)
}

/// Returns a float as PostgreSQL prints it: the shortest text that reads back as the same number.
pub(super) fn float_shown(number: f64) -> String {
    let scientific = format!("{number:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..15).contains(&exponent) {
        return format!("{number}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

/// Reads an argument as a decimal.
fn decimal(context: &Context<'_>, index: usize) -> Result<Decimal> {
    let read = match context.get_raw(index) {
        ValueRef::Integer(number) => Some(Decimal::whole(number)),
        ValueRef::Text(bytes) => std::str::from_utf8(bytes).ok().and_then(Decimal::read),
        _ => None,
    };
    read.ok_or_else(too_long)
}

/// Returns the error for a number that is longer than decimals here.
pub(super) fn too_long() -> Error {
    failure("0A000", "a numeric value of this length is not available here")
}

fn decimals(connection: &Connection) -> Result<()> {
    let functions: [OverDecimal; 3] = [
        ("decimal_abs", |number| match number.compare(Decimal::whole(0))? {
            Ordering::Less => Decimal::whole(0).subtract(number),
            _ => Some(number),
        }),
        ("decimal_ceil", |number| {
            let rounded = number.round(0)?;
            let below = rounded.compare(number)? == Ordering::Less;
            if below { rounded.add(Decimal::whole(1)) } else { Some(rounded) }
        }),
        ("decimal_floor", |number| {
            let rounded = number.round(0)?;
            let above = rounded.compare(number)? == Ordering::Greater;
            if above { rounded.subtract(Decimal::whole(1)) } else { Some(rounded) }
        }),
    ];
    for (name, function) in functions {
        connection.create_scalar_function(name, 1, PURE, move |context| {
            if any_null(context) {
                return Ok(None);
            }
            function(decimal(context, 0)?).map(|number| Some(number.to_string())).ok_or_else(too_long)
        })?;
    }
    connection.create_scalar_function("decimal_round", -1, PURE, |context| {
        if any_null(context) {
            return Ok(None);
        }
        let digits = if context.len() > 1 { context.get::<i64>(1)? } else { 0 };
        let digits = i32::try_from(digits.clamp(-30, 30)).map_err(|_| too_long())?;
        decimal(context, 0)?.round(digits).map(|number| Some(number.to_string())).ok_or_else(too_long)
    })?;
    connection.create_scalar_function("decimal_key", 1, PURE, |context| {
        if any_null(context) {
            return Ok(None);
        }
        Ok(Some(decimal(context, 0)?.key()))
    })?;
    connection.create_scalar_function("decimal_compare", 2, PURE, |context| {
        if any_null(context) {
            return Ok(None);
        }
        let order = decimal(context, 0)?.compare(decimal(context, 1)?).ok_or_else(too_long)?;
        Ok(Some(order as i64))
    })?;
    connection.create_scalar_function("decimal_math", 3, PURE, |context| {
        if any_null(context) {
            return Ok(None);
        }
        let operator: String = context.get(0)?;
        let (left, right) = (decimal(context, 1)?, decimal(context, 2)?);
        let result = match operator.as_str() {
            "+" => left.add(right),
            "-" => left.subtract(right),
            "*" => left.multiply(right),
            _ if right.is_zero() => return Err(failure("22012", "division by zero")),
            "/" => left.divide(right),
            _ => left.remainder(right),
        };
        result.map(|number| Some(number.to_string())).ok_or_else(too_long)
    })
}
