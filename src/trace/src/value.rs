//! Plain data that crosses crates: what a statement binds and returns, what a handler answers.
//!
//! In: numbers, text and containers from SQLite or Python. Out: the same, in one shape that both sides
//! and the trace share, with a canonical text and a digest. Not here: conversion from Python objects
//! (`python`) or SQLite cells (`db`).

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

/// A value without behaviour. Maps keep the order in which their keys were inserted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Value {
    /// SQL NULL, Python `None`, JSON `null`.
    Null,
    /// A boolean.
    Bool(bool),
    /// A whole number that fits 64 bits.
    Int(i64),
    /// A whole number beyond 64 bits, as its decimal digits with an optional leading `-`.
    BigInt(String),
    /// A learner's or a column's float. Never used for time or cost.
    Float(f64),
    /// Text, UTF-8.
    Text(String),
    /// Raw bytes.
    Bytes(Vec<u8>),
    /// A list or tuple.
    List(Vec<Value>),
    /// A mapping with text keys, in insertion order.
    Map(Vec<(String, Value)>),
}

impl Value {
    /// Returns the value stored under `key` if this is a map that has it.
    pub fn get(&self, key: &str) -> Option<&Value> {
        match self {
            Value::Map(entries) => entries.iter().find(|(name, _)| name == key).map(|(_, value)| value),
            _ => None,
        }
    }

    /// Returns the text if this is text.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the number if this is a whole number that fits 64 bits.
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Value::Int(number) => Some(*number),
            _ => None,
        }
    }

    /// Returns the items if this is a list.
    pub fn as_list(&self) -> Option<&[Value]> {
        match self {
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    /// Writes canonical JSON: object keys sorted by their bytes, arrays in order, no spaces, floats as
    /// their shortest decimal text (ECMAScript's rule for finite numbers through Rust's shortest form).
    ///
    /// A key that occurs twice keeps its last value, as in a Python dict.
    pub fn canonical_json(&self) -> String {
        let mut out = String::new();
        self.write_json(&mut out, KeyOrder::Sorted);
        out
    }

    /// Writes JSON with keys in insertion order, as a client would receive it.
    pub fn to_json(&self) -> String {
        let mut out = String::new();
        self.write_json(&mut out, KeyOrder::AsInserted);
        out
    }

    /// Returns the digest of the canonical JSON. Two responses are equal when status and digest are.
    pub fn digest(&self) -> Digest {
        Digest::of(self.canonical_json().as_bytes())
    }

    fn write_json(&self, out: &mut String, order: KeyOrder) {
        match self {
            Value::Null => out.push_str("null"),
            Value::Bool(true) => out.push_str("true"),
            Value::Bool(false) => out.push_str("false"),
            Value::Int(number) => push_display(out, number),
            Value::BigInt(digits) => out.push_str(digits),
            Value::Float(number) => push_float(out, *number),
            Value::Text(text) => push_text(out, text),
            Value::Bytes(bytes) => push_text(out, &hex(bytes)),
            Value::List(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    item.write_json(out, order);
                }
                out.push(']');
            }
            Value::Map(entries) => write_map(entries, out, order),
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum KeyOrder {
    AsInserted,
    Sorted,
}

fn write_map(entries: &[(String, Value)], out: &mut String, order: KeyOrder) {
    out.push('{');
    match order {
        KeyOrder::AsInserted => {
            for (index, (key, value)) in entries.iter().enumerate() {
                write_entry(key, value, index, out, order);
            }
        }
        KeyOrder::Sorted => {
            // The later of two equal keys replaces the earlier one.
            let mut sorted: BTreeMap<&str, &Value> = BTreeMap::new();
            for (key, value) in entries {
                sorted.insert(key, value);
            }
            for (index, (key, value)) in sorted.into_iter().enumerate() {
                write_entry(key, value, index, out, order);
            }
        }
    }
    out.push('}');
}

fn write_entry(key: &str, value: &Value, index: usize, out: &mut String, order: KeyOrder) {
    if index > 0 {
        out.push(',');
    }
    push_text(out, key);
    out.push(':');
    value.write_json(out, order);
}

fn push_display(out: &mut String, value: &impl fmt::Display) {
    write!(out, "{value}").expect("writing to a string cannot fail");
}

/// JSON has no NaN and no infinity; Python writes them bare, and so do we, so that they stay visible.
fn push_float(out: &mut String, number: f64) {
    if number.is_nan() {
        out.push_str("NaN");
    } else if number.is_infinite() {
        out.push_str(if number > 0.0 { "Infinity" } else { "-Infinity" });
    } else {
        let text = format!("{number:?}");
        out.push_str(&text);
    }
}

fn push_text(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            control if (control as u32) < 0x20 => {
                push_display(out, &format_args!("\\u{:04x}", control as u32))
            }
            other => out.push(other),
        }
    }
    out.push('"');
}

fn hex(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        push_display(&mut out, &format_args!("{byte:02x}"));
    }
    out
}

/// The first 128 bits of a SHA-256 (FIPS 180-4): enough to tell files, bodies and traces apart.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Digest([u8; 16]);

impl Digest {
    /// Returns the digest of some bytes.
    pub fn of(bytes: &[u8]) -> Digest {
        Digest::from_hasher(Sha256::new_with_prefix(bytes))
    }

    /// Returns the digest of what was fed to `hasher`.
    pub fn from_hasher(hasher: Sha256) -> Digest {
        let mut first = [0; 16];
        first.copy_from_slice(&hasher.finalize()[..16]);
        Digest(first)
    }

    /// Returns the first 64 bits.
    pub fn first_64(&self) -> u64 {
        let mut first = [0; 8];
        first.copy_from_slice(&self.0[..8]);
        u64::from_be_bytes(first)
    }

    /// Returns the digest as a number, first byte highest.
    pub fn number(&self) -> u128 {
        u128::from_be_bytes(self.0)
    }

    /// Reads 32 hexadecimal digits, as [`fmt::Display`] writes them.
    pub fn from_hex(text: &str) -> Option<Digest> {
        let digits = text.as_bytes();
        if digits.len() != 32 {
            return None;
        }
        let mut bytes = [0; 16];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let pair = std::str::from_utf8(pair).ok()?;
            *byte = u8::from_str_radix(pair, 16).ok()?;
        }
        Some(Digest(bytes))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Digest({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(entries: &[(&str, Value)]) -> Value {
        Value::Map(entries.iter().map(|(key, value)| (key.to_string(), value.clone())).collect())
    }

    #[track_caller]
    fn check(value: Value, expected: &str) {
        assert_eq!(value.canonical_json(), expected);
    }

    // Keys sorted, arrays in order, the later of two equal keys wins.
    #[test]
    fn canonical_json_sorts_keys_and_keeps_arrays() {
        check(map(&[("b", Value::Int(1)), ("a", Value::Null)]), r#"{"a":null,"b":1}"#);
        check(Value::List(vec![Value::Int(2), Value::Int(1)]), "[2,1]");
        check(map(&[("a", Value::Int(1)), ("a", Value::Int(2))]), r#"{"a":2}"#);
        check(Value::Text("a\"\n\u{1}é".into()), "\"a\\\"\\n\\u0001é\"");
        check(Value::Float(1.0), "1.0");
        check(Value::Float(0.1 + 0.2), "0.30000000000000004");
    }

    #[test]
    fn key_order_does_not_change_a_digest_but_array_order_does() {
        let (one, two) = (Value::Int(1), Value::Int(2));
        let left = map(&[("a", one.clone()), ("b", two.clone())]);
        let right = map(&[("b", two.clone()), ("a", one.clone())]);
        assert_eq!(left.digest(), right.digest());
        assert_ne!(
            Value::List(vec![one.clone(), two.clone()]).digest(),
            Value::List(vec![two, one]).digest()
        );
    }

    #[test]
    fn digests_read_back() {
        let digest = Digest::of(b"orders");
        assert_eq!(Digest::from_hex(&digest.to_string()), Some(digest));
        assert_eq!(Digest::from_hex("not hex"), None);
    }
}
