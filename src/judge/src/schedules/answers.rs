//! Whether operations that come one after the other are answered as by the original code.
//!
//! In: answers of the original code and of a change in the same world. Out: the first difference in words.
//! A status must be the same. A 2xx body must have what the original one has: the same kind of JSON, and of an
//! object every key with a value of the same kind. Values may differ, and more keys do no harm.

use unhappy_trace::{Value, request_name};

/// Returns the first difference in one sentence.
pub(crate) fn difference(
    expected: &[Option<(u16, Value)>],
    actual: &[Option<(u16, Value)>],
) -> Option<String> {
    let mut pairs = expected.iter().zip(actual).enumerate();
    let found =
        pairs.find_map(|(number, (wanted, found))| Some((number, of_one(wanted.as_ref()?, found.as_ref())?)));
    found.map(|(number, found)| {
        let name = request_name(u32::try_from(number).unwrap_or(u32::MAX));
        format!("{} {found}.", place(&name, expected.iter().flatten().count()))
    })
}

/// "the operation" when there is only one.
fn place(name: &str, count: usize) -> String {
    if count == 1 { "the operation".to_owned() } else { format!("one after the other, operation {name}") }
}

fn of_one((expected, wanted): &(u16, Value), actual: Option<&(u16, Value)>) -> Option<String> {
    let Some((status, body)) = actual else {
        return Some(format!("is not answered, expected status {expected}"));
    };
    if status != expected {
        return Some(format!("is answered with status {status}, expected {expected}"));
    }
    if !(200..300).contains(status) {
        return None;
    }
    if kind(wanted) != kind(body) && *wanted != Value::Null {
        return Some(format!("is answered with {}, expected {}", kind(body), kind(wanted)));
    }
    let Value::Map(entries) = wanted else { return None };
    entries.iter().find_map(|(key, value)| of_key(key, value, body.get(key)))
}

fn of_key(key: &str, wanted: &Value, found: Option<&Value>) -> Option<String> {
    match found {
        None => Some(format!("is answered without the key {key:?}, which the original answer has")),
        Some(found) if *wanted != Value::Null && kind(found) != kind(wanted) => {
            Some(format!("is answered with {} as {key:?}, expected {}", kind(found), kind(wanted)))
        }
        Some(_) => None,
    }
}

/// What JSON calls it.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Int(_) | Value::BigInt(_) | Value::Float(_) => "a number",
        Value::Text(_) | Value::Bytes(_) => "a text",
        Value::List(_) => "a list",
        Value::Map(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(entries: &[(&str, Value)]) -> Value {
        Value::Map(entries.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect())
    }

    #[test]
    fn a_status_or_a_missing_key_is_a_difference_and_a_value_is_none() {
        let order = |id: Value| Some((201, object(&[("order", id)])));
        let more = Some((201, object(&[("order", Value::Int(8)), ("tries", Value::Int(2))])));
        let refused = |word: &str| Some((409, object(&[("why", Value::Text(word.to_owned()))])));
        let lacks = "one after the other, operation A is answered without the key \"order\", which the \
                     original answer has.";
        for (actual, expected) in [
            (vec![order(Value::Int(2)), refused("sold out")], None),
            (vec![more, refused("gone")], None),
            (
                vec![order(Value::Int(1)), order(Value::Int(2))],
                Some("one after the other, operation B is answered with status 201, expected 409."),
            ),
            (vec![Some((201, object(&[("id", Value::Int(1))]))), refused("sold out")], Some(lacks)),
            (
                vec![order(Value::Text("1".to_owned())), refused("sold out")],
                Some(
                    "one after the other, operation A is answered with a text as \"order\", expected a number.",
                ),
            ),
            (
                vec![None, refused("sold out")],
                Some("one after the other, operation A is not answered, expected status 201."),
            ),
        ] {
            let original = [order(Value::Int(1)), refused("sold out"), None];
            assert_eq!(difference(&original, &actual).as_deref(), expected);
        }
    }
}
