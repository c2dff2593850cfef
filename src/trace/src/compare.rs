//! Whether two answers are the same, row for row, and how they differ when they are not.
//!
//! Rows are matched by their `id` field when every row of both answers has one, otherwise by position.

use crate::{Value, text};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How an answer differs from the one it is held against.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct BodyDifference {
    /// Rows in the expected answer; none when one of the two is no list.
    pub expected_rows: Option<u64>,
    /// Rows in the actual answer; none when one of the two is no list.
    pub actual_rows: Option<u64>,
    /// Labels of rows that are missing, in order: `id 17`, or `number 3` when rows have no id.
    pub missing: Vec<String>,
    /// Labels of rows that should not be there, in order.
    pub surplus: Vec<String>,
    /// Fields with another value, in order.
    pub changed: Vec<FieldChange>,
    /// Whether the same rows came in another order.
    pub reordered: bool,
    /// Both answers as JSON, cut, when they cannot be compared row for row.
    pub whole: Option<(String, String)>,
}

/// A field with another value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    /// Label of the row.
    pub row: String,
    /// Name of the field; empty when the row is no mapping.
    pub field: String,
    /// The expected value as JSON, cut; none when the field should not be there.
    pub expected: Option<String>,
    /// The actual value as JSON, cut; none when the field is missing.
    pub actual: Option<String>,
}

impl BodyDifference {
    /// Words the difference in one sentence without full stop. `noun` names one row: "order".
    pub fn sentence(&self, noun: &str) -> String {
        if let Some((expected, actual)) = &self.whole {
            return format!("the answer is {actual}, expected {expected}");
        }
        if let Some(first) = self.missing.first() {
            return self.rows_sentence(noun, first, &self.missing, "missing from the answer");
        }
        if let Some(first) = self.surplus.first() {
            return self.rows_sentence(noun, first, &self.surplus, "in the answer but should not be");
        }
        if let Some(change) = self.changed.first() {
            let more = match self.changed.len() {
                1 => String::new(),
                count => {
                    format!(" (and {} more)", text::counted(count as u64 - 1, "difference", "differences"))
                }
            };
            return format!("{noun} {}: {}{more}", change.row, change.words());
        }
        format!("the same {noun} rows come in another order")
    }

    fn rows_sentence(&self, noun: &str, first: &str, rows: &[String], what: &str) -> String {
        match rows.len() {
            1 => format!("{noun} {first} is {what}"),
            count => format!("{noun} {first} and {} more are {what}", text::thousands(count as u64 - 1)),
        }
    }
}

impl FieldChange {
    fn words(&self) -> String {
        let field = if self.field.is_empty() { "value" } else { &self.field };
        match (&self.expected, &self.actual) {
            (Some(expected), Some(actual)) => format!("{field} is {actual}, expected {expected}"),
            (Some(expected), None) => format!("{field} is missing, expected {expected}"),
            (None, Some(actual)) => format!("{field} is {actual}, but the field should not be there"),
            (None, None) => format!("{field} differs"),
        }
    }
}

/// How many characters of a value a sentence shows.
const SHOWN_CHARACTERS: usize = 80;

/// Holds an answer against the expected one. Returns none when they are equal: arrays in order, object
/// keys in any order.
pub fn compare_bodies(expected: &Value, actual: &Value) -> Option<BodyDifference> {
    if expected.canonical_json() == actual.canonical_json() {
        return None;
    }
    let (Value::List(expected_rows), Value::List(actual_rows)) = (expected, actual) else {
        return Some(BodyDifference { whole: Some((shown(expected), shown(actual))), ..Default::default() });
    };
    let expected_keys = labels(expected_rows);
    let actual_keys = labels(actual_rows);
    let (expected_keys, actual_keys) = match (expected_keys, actual_keys) {
        (Some(left), Some(right)) => (left, right),
        _ => (positions(expected_rows), positions(actual_rows)),
    };
    let mut difference = BodyDifference {
        expected_rows: Some(expected_rows.len() as u64),
        actual_rows: Some(actual_rows.len() as u64),
        ..Default::default()
    };
    let mut index: BTreeMap<&str, &Value> = BTreeMap::new();
    for (key, row) in actual_keys.iter().zip(actual_rows) {
        index.insert(key, row);
    }
    let mut known: BTreeSet<&str> = BTreeSet::new();
    for (key, row) in expected_keys.iter().zip(expected_rows) {
        known.insert(key);
        match index.get(key.as_str()) {
            None => difference.missing.push(key.clone()),
            Some(other) => compare_row(key, row, other, &mut difference.changed),
        }
    }
    difference.surplus = actual_keys.iter().filter(|key| !known.contains(key.as_str())).cloned().collect();
    difference.reordered =
        difference.missing.is_empty() && difference.surplus.is_empty() && expected_keys != actual_keys;
    let duplicated = actual_keys.len() > index.len();
    if duplicated && difference.surplus.is_empty() {
        difference.surplus = repeated(&actual_keys);
    }
    Some(difference)
}

fn compare_row(label: &str, expected: &Value, actual: &Value, changed: &mut Vec<FieldChange>) {
    let change = |field: &str, expected: Option<&Value>, actual: Option<&Value>| FieldChange {
        row: label.to_owned(),
        field: field.to_owned(),
        expected: expected.map(shown),
        actual: actual.map(shown),
    };
    let (Value::Map(left), Value::Map(right)) = (expected, actual) else {
        if expected.canonical_json() != actual.canonical_json() {
            changed.push(change("", Some(expected), Some(actual)));
        }
        return;
    };
    for (field, value) in left {
        match actual.get(field) {
            None => changed.push(change(field, Some(value), None)),
            Some(other) if other.canonical_json() != value.canonical_json() => {
                changed.push(change(field, Some(value), Some(other)));
            }
            Some(_) => {}
        }
    }
    for (field, value) in right {
        if expected.get(field).is_none() {
            changed.push(change(field, None, Some(value)));
        }
    }
}

/// The rows' ids, when every row has one and they are all different.
fn labels(rows: &[Value]) -> Option<Vec<String>> {
    rows.iter().map(|row| row.get("id").map(|id| format!("id {}", id.canonical_json()))).collect()
}

fn positions(rows: &[Value]) -> Vec<String> {
    (1..=rows.len()).map(|number| format!("number {number}")).collect()
}

fn repeated(keys: &[String]) -> Vec<String> {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    keys.iter().filter(|key| !seen.insert(key)).cloned().collect()
}

fn shown(value: &Value) -> String {
    text::cut(&value.to_json(), SHOWN_CHARACTERS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: i64, customer: &str) -> Value {
        Value::Map(vec![("id".into(), Value::Int(id)), ("customer".into(), Value::Text(customer.into()))])
    }

    #[track_caller]
    fn check(expected: &[Value], actual: &[Value], sentence: &str) {
        let found = compare_bodies(&Value::List(expected.to_vec()), &Value::List(actual.to_vec()));
        assert_eq!(found.map(|difference| difference.sentence("order")), Some(sentence.to_owned()));
    }

    #[test]
    fn differences_are_named() {
        let (one, two, three) = (row(1, "Ada"), row(2, "Bo"), row(3, "Cy"));
        let all = [one.clone(), two.clone(), three.clone()];
        check(&all, &all[..2], "order id 3 is missing from the answer");
        check(&all, &all[..1], "order id 2 and 1 more are missing from the answer");
        check(&all[..2], &all, "order id 3 is in the answer but should not be");
        check(
            std::slice::from_ref(&one),
            &[row(1, "Bo")],
            "order id 1: customer is \"Bo\", expected \"Ada\"",
        );
        check(
            &[one.clone(), two.clone()],
            &[two.clone(), one.clone()],
            "the same order rows come in another order",
        );
        check(
            std::slice::from_ref(&one),
            &[one.clone(), one.clone()],
            "order id 1 is in the answer but should not be",
        );
        check(&[Value::Int(1)], &[Value::Int(2)], "order number 1: value is 2, expected 1");
    }

    #[test]
    fn equal_answers_have_no_difference() {
        let left = Value::Map(vec![("a".into(), Value::Int(1)), ("b".into(), Value::Null)]);
        let right = Value::Map(vec![("b".into(), Value::Null), ("a".into(), Value::Int(1))]);
        assert_eq!(compare_bodies(&left, &right), None);
    }

    #[test]
    fn another_kind_of_answer_is_shown_whole() {
        let difference = compare_bodies(&Value::List(vec![]), &Value::Null).expect("they differ");
        assert_eq!(difference.sentence("order"), "the answer is null, expected []");
    }
}
