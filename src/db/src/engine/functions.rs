//! SQL functions that SQLite has not, or has with another meaning.
//!
//! Only translated statements call them (`sql/lower/`): a client cannot name them. Time, randomness and sequences
//! come from `ambient.rs`, so they are the simulator's. Not here: text (`text_functions.rs`), numbers
//! (`number_functions.rs`), aggregates (`aggregates.rs`).

use super::failure::failure;
use super::{aggregates, number_functions, text_functions};
use crate::ambient;
use crate::schema::not_null;
use crate::sql::instant::{self, Instant};
use crate::sql::kind::Kind;
use crate::sql::literal;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Result};

/// The same arguments give another value at another time.
pub(super) const CHANGING: FunctionFlags = FunctionFlags::SQLITE_UTF8.union(FunctionFlags::SQLITE_INNOCUOUS);

/// The same arguments always give the same value.
pub(super) const PURE: FunctionFlags = CHANGING.union(FunctionFlags::SQLITE_DETERMINISTIC);

/// Registers the functions on a connection.
pub(crate) fn register(connection: &Connection) -> Result<()> {
    connection.create_scalar_function("now", 0, CHANGING, |_| Ok(ambient::timestamp_text()))?;
    for (name, kind) in [("now_local", Kind::Timestamp), ("now_date", Kind::Date)] {
        connection.create_scalar_function(
            name,
            0,
            CHANGING,
            move |_| Ok(ambient::instant().spelled(kind)),
        )?;
    }
    connection
        .create_scalar_function("random", 0, CHANGING, |_| Ok(unit_interval(ambient::next_random())))?;
    connection.create_scalar_function("gen_random_uuid", 0, CHANGING, |_| Ok(uuid()))?;
    connection.create_scalar_function("nextval", 1, CHANGING, |context| {
        Ok(ambient::next_of(&context.get::<String>(0)?))
    })?;
    connection.create_scalar_function("setval", -1, CHANGING, set_sequence)?;
    connection.create_scalar_function("current_setting", 1, CHANGING, setting)?;
    connection.create_scalar_function("new_rowid", 0, CHANGING, |_| Ok(ambient::next_row_id()))?;
    connection.create_scalar_function("pg_in", 2, PURE, read)?;
    connection.create_scalar_function("pg_out", 2, PURE, shown)?;
    connection.create_scalar_function("not_null_value", 3, PURE, not_null_value)?;
    connection.create_scalar_function("one_row", 2, PURE, one_row)?;
    connection
        .create_scalar_function("row_limit", 1, PURE, |context| count(context, "2201W", "LIMIT", -1))?;
    connection
        .create_scalar_function("row_offset", 1, PURE, |context| count(context, "2201X", "OFFSET", 0))?;
    connection.create_scalar_function("instant_add", 5, PURE, add)?;
    connection.create_scalar_function("days_between", 2, PURE, days_between)?;
    text_functions::register(connection)?;
    number_functions::register(connection)?;
    aggregates::register(connection)
}

/// `current_setting(name)`.
fn setting(context: &Context<'_>) -> Result<Option<String>> {
    let Some(name) = context.get::<Option<String>>(0)? else { return Ok(None) };
    let shown = ambient::standing().shown(&name.to_ascii_lowercase());
    let message = || failure("0A000", &format!("the setting \"{name}\" is not available here"));
    shown.map(Some).ok_or_else(message)
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

/// Whether any argument is NULL: then almost every function of PostgreSQL gives NULL.
pub(super) fn any_null(context: &Context<'_>) -> bool {
    (0..context.len()).any(|index| context.get_raw(index) == ValueRef::Null)
}

fn set_sequence(context: &Context<'_>) -> Result<Value> {
    if any_null(context) {
        return Ok(Value::Null);
    }
    let number: i64 = context.get(1)?;
    if number < 1 {
        let message = format!(
            "setval: value {number} is out of bounds for sequence \"{}\" (1..9223372036854775807)",
            context.get::<String>(0)?
        );
        return Err(failure("22003", &message));
    }
    let called = context.len() < 3 || context.get::<i64>(2)? != 0;
    ambient::set_sequence(&context.get::<String>(0)?, if called { number } else { number - 1 });
    Ok(Value::Integer(number))
}

fn kind_at(context: &Context<'_>, index: usize) -> Result<Kind> {
    let name: String = context.get(index)?;
    Kind::named(&name).ok_or_else(|| failure("0A000", "this type is not available here"))
}

/// Reads text, or a value that is stored as text, as a value of a type.
fn read(context: &Context<'_>) -> Result<Value> {
    let ValueRef::Text(bytes) = context.get_raw(0) else { return context.get(0) };
    let text = String::from_utf8_lossy(bytes);
    let kind = kind_at(context, 1)?;
    let worded = |error: crate::answer::SqlError| failure(error.sqlstate, &error.message);
    let trimmed = text.trim();
    match kind {
        Kind::Int2 | Kind::Int4 | Kind::Int8 => {
            literal::integer(kind, &text, trimmed).map(Value::Integer).map_err(worded)
        }
        Kind::Bool => literal::constant(kind, &text)
            .map(|truth| Value::Integer(i64::from(truth == "1")))
            .map_err(worded),
        Kind::Float8 => literal::float(&text, trimmed).map(Value::Real).map_err(worded),
        Kind::Bytea => Err(failure("0A000", "reading bytea from text is not available here")),
        kind => literal::read(kind, &text).map(Value::Text).map_err(worded),
    }
}

/// Returns a value as PostgreSQL prints it.
fn shown(context: &Context<'_>) -> Result<Value> {
    let kind = kind_at(context, 1)?;
    Ok(match context.get_raw(0) {
        ValueRef::Integer(truth) if kind == Kind::Bool => {
            Value::Text(if truth == 0 { "false" } else { "true" }.to_owned())
        }
        ValueRef::Real(number) => Value::Text(number_functions::float_shown(number)),
        ValueRef::Integer(number) if kind == Kind::Float8 => Value::Text(number.to_string()),
        ValueRef::Blob(bytes) => {
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            Value::Text(format!("\\x{hex}"))
        }
        _ => return context.get(0),
    })
}

/// SQLite would number a missing integer key.
fn not_null_value(context: &Context<'_>) -> Result<Value> {
    if context.get_raw(0) == ValueRef::Null {
        let error = not_null(&context.get::<String>(1)?, &context.get::<String>(2)?);
        return Err(failure(error.sqlstate, &error.message));
    }
    context.get(0)
}

/// SQLite takes the first row of a scalar sub-select; PostgreSQL refuses a second one.
fn one_row(context: &Context<'_>) -> Result<Value> {
    if context.get::<i64>(0)? > 1 {
        return Err(failure("21000", "more than one row returned by a subquery used as an expression"));
    }
    context.get(1)
}

fn count(context: &Context<'_>, sqlstate: &str, clause: &str, unlimited: i64) -> Result<i64> {
    match context.get::<Option<i64>>(0)? {
        Some(number) if number < 0 => Err(failure(sqlstate, &format!("{clause} must not be negative"))),
        Some(number) => Ok(number),
        None => Ok(unlimited),
    }
}

fn moment(context: &Context<'_>, index: usize, kind: Kind) -> Result<Instant> {
    let text: String = context.get(index)?;
    instant::parse(kind, &text).map_err(|error| failure(error.sqlstate, &error.message))
}

/// Adds months, days and microseconds to a date or timestamp.
fn add(context: &Context<'_>) -> Result<Value> {
    if any_null(context) {
        return Ok(Value::Null);
    }
    let kind = kind_at(context, 1)?;
    let start = moment(context, 0, kind)?;
    let days: i64 = context.get(3)?;
    if days.abs() > 4_000_000 {
        return Err(failure("22008", "date out of range"));
    }
    let moved = instant::add(start, context.get(2)?, days, context.get(4)?);
    let text = moved.spelled(kind);
    instant::read(kind, &text)
        .map(Value::Text)
        .map_err(|_| failure("0A000", "years before 1 and after 9999 are not available here"))
}

fn days_between(context: &Context<'_>) -> Result<Value> {
    if any_null(context) {
        return Ok(Value::Null);
    }
    let (last, first) = (moment(context, 0, Kind::Date)?, moment(context, 1, Kind::Date)?);
    Ok(Value::Integer((last.0 - first.0) / 86_400_000_000))
}
