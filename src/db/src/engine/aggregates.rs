//! Aggregates that SQLite has not, or computes in another way.
//!
//! Sums of bigint that are refused beyond bigint, averages with PostgreSQL's digits, sums of floats in the order
//! of the rows (SQLite's compensate for rounding, PostgreSQL's do not). Rules: PostgreSQL's numeric.c, float.c.

use super::failure::failure;
use super::functions::PURE;
use super::number_functions::too_long;
use crate::decimal::Decimal;
use rusqlite::functions::{Aggregate, Context, WindowAggregate};
use rusqlite::{Connection, Result};

pub(super) fn register(connection: &Connection) -> Result<()> {
    connection.create_window_function("whole_sum", 1, PURE, WholeSum)?;
    connection.create_window_function("whole_avg", 1, PURE, WholeAverage)?;
    connection.create_aggregate_function("float_sum", 1, PURE, FloatSum)?;
    connection.create_aggregate_function("float_avg", 1, PURE, FloatAverage)
}

/// How many values there were, and their sum.
#[derive(Default, Clone, Copy)]
struct Whole {
    count: i64,
    sum: i128,
}

impl Whole {
    fn step(&mut self, context: &Context<'_>, sign: i64) -> Result<()> {
        if let Some(number) = context.get::<Option<i64>>(0)? {
            self.count += sign;
            self.sum += i128::from(number) * i128::from(sign);
        }
        Ok(())
    }

    fn total(self) -> Result<Option<i64>> {
        if self.count == 0 {
            return Ok(None);
        }
        let total = i64::try_from(self.sum);
        total.map(Some).map_err(|_| failure("0A000", "a sum beyond bigint is not available here"))
    }

    fn average(self) -> Result<Option<String>> {
        if self.count == 0 {
            return Ok(None);
        }
        let sum = Decimal::read(&self.sum.to_string()).ok_or_else(too_long)?;
        sum.divide(Decimal::whole(self.count)).map(|average| Some(average.to_string())).ok_or_else(too_long)
    }
}

struct WholeSum;

impl Aggregate<Whole, Option<i64>> for WholeSum {
    fn init(&self, _context: &mut Context<'_>) -> Result<Whole> {
        Ok(Whole::default())
    }

    fn step(&self, context: &mut Context<'_>, sum: &mut Whole) -> Result<()> {
        sum.step(context, 1)
    }

    fn finalize(&self, _context: &mut Context<'_>, sum: Option<Whole>) -> Result<Option<i64>> {
        sum.unwrap_or_default().total()
    }
}

impl WindowAggregate<Whole, Option<i64>> for WholeSum {
    fn value(&self, sum: Option<&mut Whole>) -> Result<Option<i64>> {
        sum.map_or(Ok(None), |sum| sum.total())
    }

    fn inverse(&self, context: &mut Context<'_>, sum: &mut Whole) -> Result<()> {
        sum.step(context, -1)
    }
}

struct WholeAverage;

impl Aggregate<Whole, Option<String>> for WholeAverage {
    fn init(&self, _context: &mut Context<'_>) -> Result<Whole> {
        Ok(Whole::default())
    }

    fn step(&self, context: &mut Context<'_>, sum: &mut Whole) -> Result<()> {
        sum.step(context, 1)
    }

    fn finalize(&self, _context: &mut Context<'_>, sum: Option<Whole>) -> Result<Option<String>> {
        sum.unwrap_or_default().average()
    }
}

impl WindowAggregate<Whole, Option<String>> for WholeAverage {
    fn value(&self, sum: Option<&mut Whole>) -> Result<Option<String>> {
        sum.map_or(Ok(None), |sum| sum.average())
    }

    fn inverse(&self, context: &mut Context<'_>, sum: &mut Whole) -> Result<()> {
        sum.step(context, -1)
    }
}

/// How many floats there were, and their sum.
#[derive(Default)]
struct Floats {
    count: i64,
    sum: f64,
}

impl Floats {
    fn step(&mut self, context: &Context<'_>) -> Result<()> {
        if let Some(number) = context.get::<Option<f64>>(0)? {
            self.count += 1;
            self.sum += number;
        }
        match self.sum.is_infinite() {
            true => Err(failure("22003", "value out of range: overflow")),
            false => Ok(()),
        }
    }
}

struct FloatSum;

impl Aggregate<Floats, Option<f64>> for FloatSum {
    fn init(&self, _context: &mut Context<'_>) -> Result<Floats> {
        Ok(Floats::default())
    }

    fn step(&self, context: &mut Context<'_>, floats: &mut Floats) -> Result<()> {
        floats.step(context)
    }

    fn finalize(&self, _context: &mut Context<'_>, floats: Option<Floats>) -> Result<Option<f64>> {
        Ok(floats.filter(|floats| floats.count > 0).map(|floats| floats.sum))
    }
}

struct FloatAverage;

impl Aggregate<Floats, Option<f64>> for FloatAverage {
    fn init(&self, _context: &mut Context<'_>) -> Result<Floats> {
        Ok(Floats::default())
    }

    fn step(&self, context: &mut Context<'_>, floats: &mut Floats) -> Result<()> {
        floats.step(context)
    }

    fn finalize(&self, _context: &mut Context<'_>, floats: Option<Floats>) -> Result<Option<f64>> {
        Ok(floats.filter(|floats| floats.count > 0).map(|floats| floats.sum / floats.count as f64))
    }
}
