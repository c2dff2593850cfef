//! Functions over text.
//!
//! Rules: PostgreSQL manual, sections 9.4 and 9.7. Characters are Unicode scalar values; upper and lower case
//! are mapped one character to one, as in PostgreSQL's libc locales.

use super::failure::failure;
use super::functions::{PURE, any_null};
use rusqlite::functions::Context;
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Result};

/// Longest text that a function makes.
const MAX_CHARACTERS: i64 = 10_000_000;

/// Name, number of arguments (-1: any), function.
type Entry = (&'static str, i32, fn(&Context<'_>) -> Result<Value>);

pub(super) fn register(connection: &Connection) -> Result<()> {
    let functions: [Entry; 15] = [
        ("lower", 1, |context| Ok(text(map_case(&context.get::<String>(0)?, lower)))),
        ("upper", 1, |context| Ok(text(map_case(&context.get::<String>(0)?, upper)))),
        ("varchar_in", 2, varchar),
        ("pg_like", 2, |context| like(context, false)),
        ("pg_ilike", 2, |context| like(context, true)),
        ("pg_substr", -1, substring),
        ("pg_left", 2, |context| side(context, true)),
        ("pg_right", 2, |context| side(context, false)),
        ("pg_lpad", -1, |context| pad(context, true)),
        ("pg_rpad", -1, |context| pad(context, false)),
        ("pg_repeat", 2, repeat),
        ("pg_reverse", 1, |context| Ok(text(context.get::<String>(0)?.chars().rev().collect()))),
        ("pg_split_part", 3, split_part),
        ("pg_starts_with", 2, |context| {
            Ok(Value::Integer(i64::from(context.get::<String>(0)?.starts_with(&context.get::<String>(1)?))))
        }),
        ("pg_btrim", 1, |context| Ok(text(context.get::<String>(0)?.trim_matches(' ').to_owned()))),
    ];
    for (name, arguments, function) in functions {
        connection.create_scalar_function(name, arguments, PURE, move |context| {
            if any_null(context) { Ok(Value::Null) } else { function(context) }
        })?;
    }
    connection.create_scalar_function("pg_greatest", -1, PURE, |context| extreme(context, true))?;
    connection.create_scalar_function("pg_least", -1, PURE, |context| extreme(context, false))
}

fn text(text: String) -> Value {
    Value::Text(text)
}

fn map_case(text: &str, map: fn(char) -> char) -> String {
    text.chars().map(map).collect()
}

fn lower(character: char) -> char {
    let mut mapped = character.to_lowercase();
    mapped.next().filter(|_| mapped.next().is_none()).unwrap_or(character)
}

fn upper(character: char) -> char {
    let mut mapped = character.to_uppercase();
    mapped.next().filter(|_| mapped.next().is_none()).unwrap_or(character)
}

/// Surplus spaces are cut off, anything else is refused.
fn varchar(context: &Context<'_>) -> Result<Value> {
    let (given, limit): (String, i64) = (context.get(0)?, context.get(1)?);
    let limit_characters = usize::try_from(limit).unwrap_or(0);
    match given.char_indices().nth(limit_characters) {
        None => Ok(text(given)),
        Some((cut, _)) if given[cut..].bytes().all(|byte| byte == b' ') => Ok(text(given[..cut].to_owned())),
        Some(_) => Err(failure("22001", &format!("value too long for type character varying({limit})"))),
    }
}

/// `%` stands for any text, `_` for one character, `\` takes the next one literally.
fn like(context: &Context<'_>, ignore_case: bool) -> Result<Value> {
    let (mut value, mut pattern): (String, String) = (context.get(0)?, context.get(1)?);
    if ignore_case {
        (value, pattern) = (map_case(&value, lower), map_case(&pattern, lower));
    }
    let mut parts = Vec::new();
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        parts.push(match character {
            '%' => Part::Any,
            '_' => Part::One,
            '\\' => match characters.next() {
                Some(next) => Part::Exactly(next),
                None => return Err(failure("22025", "LIKE pattern must not end with escape character")),
            },
            other => Part::Exactly(other),
        });
    }
    let value: Vec<char> = value.chars().collect();
    Ok(Value::Integer(i64::from(matches(&value, &parts))))
}

#[derive(Clone, Copy, PartialEq)]
enum Part {
    Any,
    One,
    Exactly(char),
}

/// Goes back only to the last `%`: enough, and never slow.
fn matches(value: &[char], parts: &[Part]) -> bool {
    let (mut at, mut part, mut retry) = (0, 0, None);
    while at < value.len() {
        match parts.get(part) {
            Some(Part::Any) => {
                retry = Some((part + 1, at));
                part += 1;
            }
            Some(Part::One) => (at, part) = (at + 1, part + 1),
            Some(Part::Exactly(wanted)) if *wanted == value[at] => (at, part) = (at + 1, part + 1),
            _ => match retry {
                Some((after, from)) => {
                    retry = Some((after, from + 1));
                    (at, part) = (from + 1, after);
                }
                None => return false,
            },
        }
    }
    parts[part..].iter().all(|part| *part == Part::Any)
}

/// Counts from 1; places before the text take part in the length.
fn substring(context: &Context<'_>) -> Result<Value> {
    let (given, start): (String, i64) = (context.get(0)?, context.get(1)?);
    let length = if context.len() > 2 { context.get::<i64>(2)? } else { i64::MAX / 2 };
    if length < 0 {
        return Err(failure("22011", "negative substring length not allowed"));
    }
    let end = start.saturating_add(length);
    let first = start.max(1);
    let count = usize::try_from(end - first).unwrap_or(0);
    let skip = usize::try_from(first - 1).unwrap_or(usize::MAX);
    Ok(text(given.chars().skip(skip).take(count).collect()))
}

/// A negative number leaves out that many characters of the other side.
fn side(context: &Context<'_>, left: bool) -> Result<Value> {
    let (given, number): (String, i64) = (context.get(0)?, context.get(1)?);
    let length = given.chars().count() as i64;
    let kept = if number < 0 { (length + number).max(0) } else { number.min(length) };
    let skip = if left { 0 } else { length - kept };
    Ok(text(given.chars().skip(skip as usize).take(kept as usize).collect()))
}

fn pad(context: &Context<'_>, left: bool) -> Result<Value> {
    let (given, width): (String, i64) = (context.get(0)?, context.get(1)?);
    let fill = if context.len() > 2 { context.get::<String>(2)? } else { " ".to_owned() };
    if width > MAX_CHARACTERS {
        return Err(failure("0A000", "a text of this length is not available here"));
    }
    let width = usize::try_from(width).unwrap_or(0);
    let kept: String = given.chars().take(width).collect();
    let missing = width - kept.chars().count();
    let padding: String = fill.chars().cycle().take(if fill.is_empty() { 0 } else { missing }).collect();
    Ok(text(if left { padding + &kept } else { kept + &padding }))
}

fn repeat(context: &Context<'_>) -> Result<Value> {
    let (given, times): (String, i64) = (context.get(0)?, context.get(1)?);
    if times.saturating_mul(given.len() as i64) > MAX_CHARACTERS {
        return Err(failure("0A000", "a text of this length is not available here"));
    }
    Ok(text(given.repeat(usize::try_from(times).unwrap_or(0))))
}

/// A negative number counts from the end.
fn split_part(context: &Context<'_>) -> Result<Value> {
    let (given, separator, number): (String, String, i64) =
        (context.get(0)?, context.get(1)?, context.get(2)?);
    if number == 0 {
        return Err(failure("22023", "field position must not be zero"));
    }
    let parts: Vec<&str> =
        if separator.is_empty() { vec![&given] } else { given.split(&separator).collect() };
    let index = if number > 0 { number - 1 } else { parts.len() as i64 + number };
    let part = usize::try_from(index).ok().and_then(|index| parts.get(index));
    Ok(text(part.copied().unwrap_or_default().to_owned()))
}

/// GREATEST and LEAST leave NULLs out.
fn extreme(context: &Context<'_>, greatest: bool) -> Result<Value> {
    let (mut best, mut chosen) = (ValueRef::Null, 0);
    for index in 0..context.len() {
        let value = context.get_raw(index);
        let better = match (best, value) {
            (_, ValueRef::Null) => false,
            (ValueRef::Null, _) => true,
            (ValueRef::Integer(best), ValueRef::Integer(value)) => {
                (value > best) == greatest && value != best
            }
            (ValueRef::Real(best), ValueRef::Real(value)) => (value > best) == greatest && value != best,
            (ValueRef::Text(best), ValueRef::Text(value)) => (value > best) == greatest && value != best,
            _ => false,
        };
        if better {
            (best, chosen) = (value, index);
        }
    }
    if context.is_empty() { Ok(Value::Null) } else { context.get(chosen) }
}
