//! SQL functions that SQLite has not, or has with another meaning.
//!
//! Time and randomness come from `ambient.rs`, so they are the simulator's.

use crate::ambient;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Error, Result};

/// The text by which `wording.rs` recognises a division by zero.
pub(crate) const DIVISION_BY_ZERO: &str = "division by zero";

/// Registers the functions on a connection.
pub(crate) fn register(connection: &Connection) -> Result<()> {
    let changing = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_INNOCUOUS;
    let pure = changing | FunctionFlags::SQLITE_DETERMINISTIC;
    for name in ["now", "current_timestamp", "transaction_timestamp", "statement_timestamp"] {
        connection.create_scalar_function(name, 0, changing, |_| Ok(ambient::timestamp_text()))?;
    }
    connection.create_scalar_function("current_date", 0, changing, |_| {
        Ok(ambient::timestamp_text()[..10].to_owned())
    })?;
    connection
        .create_scalar_function("random", 0, changing, |_| Ok(unit_interval(ambient::next_random())))?;
    connection.create_scalar_function("gen_random_uuid", 0, changing, |_| Ok(uuid()))?;
    connection.create_scalar_function("nonzero", 1, pure, nonzero)?;
    connection.create_scalar_function("lower", 1, pure, |context| map_text(context, str::to_lowercase))?;
    connection.create_scalar_function("upper", 1, pure, |context| map_text(context, str::to_uppercase))
}

/// 53 random bits as a number from 0 to below 1, as PostgreSQL's random().
fn unit_interval(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

/// A version 4 UUID (RFC 9562, section 5.4).
fn uuid() -> String {
    let high = ambient::next_random() & 0xffff_ffff_ffff_0fff | 0x4000;
    let low = ambient::next_random() & 0x3fff_ffff_ffff_ffff | 0x8000_0000_0000_0000;
    let (first, second, third) = (high >> 32, high >> 16 & 0xffff, high & 0xffff);
    format!("{first:08x}-{second:04x}-{third:04x}-{:04x}-{:012x}", low >> 48, low & 0xffff_ffff_ffff)
}

fn nonzero(context: &Context<'_>) -> Result<Value> {
    match context.get_raw(0) {
        ValueRef::Integer(0) | ValueRef::Real(0.0) => Err(Error::UserFunctionError(DIVISION_BY_ZERO.into())),
        _ => context.get(0),
    }
}

fn map_text(context: &Context<'_>, map: impl Fn(&str) -> String) -> Result<Value> {
    match context.get_raw(0) {
        ValueRef::Text(bytes) => Ok(Value::Text(map(&String::from_utf8_lossy(bytes)))),
        _ => context.get(0),
    }
}
