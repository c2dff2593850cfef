//! Idempotency keys: whether there is one, and whether every attempt carries the same.
//!
//! In: what attempts of operations sent, as the JSON that a trace keeps of it. Out: yes or no. What counts is a
//! field or header whose name contains "idempotency". A JSON text that a trace has cut is read up to the cut.

use std::collections::{BTreeMap, BTreeSet};

/// What the attempts of all operations carried.
#[derive(Debug, Clone, Default)]
pub(crate) struct Keys {
    with: u64,
    without: u64,
    repeated: u64,
    differing: u64,
    /// By operation of this run: attempts by what they asked for, and the keys that they carried.
    current: BTreeMap<String, Attempts>,
}

#[derive(Debug, Clone, Default)]
struct Attempts {
    by_what: BTreeMap<String, u64>,
    keys: BTreeSet<Option<String>>,
}

impl Keys {
    /// Adds an attempt; returns whether the operation asked for the same before.
    pub(crate) fn add(&mut self, operation: &str, what: &str, json: &str) -> bool {
        let key = key_in(json);
        *(if key.is_some() { &mut self.with } else { &mut self.without }) += 1;
        let attempts = self.current.entry(operation.to_owned()).or_default();
        attempts.keys.insert(key);
        let count = attempts.by_what.entry(what.to_owned()).or_default();
        *count += 1;
        *count > 1
    }

    /// Counts operations of several attempts by whether they kept to one key.
    pub(crate) fn end_of_run(&mut self) {
        for attempts in std::mem::take(&mut self.current).into_values() {
            if attempts.by_what.values().all(|count| *count < 2) {
                continue;
            }
            let is_one = attempts.keys.len() == 1 && !attempts.keys.contains(&None);
            *(if is_one { &mut self.repeated } else { &mut self.differing }) += 1;
        }
    }

    /// Whether any attempt carried a key.
    pub(crate) fn is_any_there(&self) -> bool {
        self.with > 0
    }

    /// Whether every attempt carried a key.
    pub(crate) fn is_always_there(&self) -> bool {
        self.with > 0 && self.without == 0
    }

    /// Whether there were operations of several attempts, and each kept to one key.
    pub(crate) fn is_repeated(&self) -> bool {
        self.repeated > 0 && self.differing == 0
    }
}

/// The value of the first field whose name contains "idempotency"; none when it is null.
fn key_in(json: &str) -> Option<String> {
    value_of(json, |name| name.to_ascii_lowercase().contains("idempotency"))
}

/// The value of the first field of that name, as it stands there; none when it is null.
pub(crate) fn field_text(json: &str, name: &str) -> Option<String> {
    value_of(json, |found| found == name)
}

fn value_of(json: &str, is_wanted: impl Fn(&str) -> bool) -> Option<String> {
    let mut rest = json;
    while let Some(start) = rest.find('"') {
        let (text, after) = string(&rest[start + 1..]);
        rest = after;
        let Some(value) = after.trim_start().strip_prefix(':').filter(|_| is_wanted(text)) else { continue };
        let value = value.trim_start();
        let found = match value.strip_prefix('"') {
            Some(inner) => string(inner).0,
            None => value.split([',', '}', ']']).next().unwrap_or_default().trim(),
        };
        return Some(found.to_owned()).filter(|found| found != "null");
    }
    None
}

/// Splits behind the quote that ends a JSON string, without unescaping it.
fn string(rest: &str) -> (&str, &str) {
    let mut is_escaped = false;
    for (index, letter) in rest.char_indices() {
        match letter {
            '"' if !is_escaped => return (&rest[..index], &rest[index + 1..]),
            '\\' => is_escaped = !is_escaped,
            _ => is_escaped = false,
        }
    }
    (rest, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_wherever_they_stand() {
        for (json, expected) in [
            (r#"{"Idempotency-Key":"a-1"} {"card":"x"}"#, Some("a-1")),
            (r#"{} {"order": {"idempotency_key": 7}, "x": 1}"#, Some("7")),
            (r#"{"idempotency_key":null}"#, None),
            (r#"{"note":"idempotency: \" yes"}"#, None),
            (r#"{"idempotency_key":"cut of"#, Some("cut of")),
        ] {
            assert_eq!(key_in(json).as_deref(), expected, "{json}");
        }
    }

    #[test]
    fn one_attempt_without_the_key_is_enough() {
        let with = r#"{"Idempotency-Key":"k"}"#;
        let mut keys = Keys::default();
        assert!(!keys.add("A", "POST /charge", with));
        assert!(keys.add("A", "POST /charge", with));
        keys.end_of_run();
        assert!(keys.is_repeated() && keys.is_always_there());
        keys.add("A", "POST /charge", with);
        keys.add("A", "POST /charge", "{}");
        keys.end_of_run();
        assert!(!keys.is_repeated() && !keys.is_always_there() && keys.is_any_there());
    }
}
