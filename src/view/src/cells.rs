//! Cells of data tables.

use unhappy_trace::{Value, text};

/// How many characters of a text a cell shows.
const SHOWN_CHARACTERS: usize = 60;

/// Writes a value as a table of data shows it: `NULL`, numbers and text as they are.
pub fn cell_text(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Text(words) => text::cut(words, SHOWN_CHARACTERS),
        other => text::cut(&other.to_json(), SHOWN_CHARACTERS),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells() {
        for (value, expected) in [
            (Value::Null, "NULL".to_owned()),
            (Value::Text("Ada".into()), "Ada".to_owned()),
            (Value::Int(-3), "-3".to_owned()),
            (Value::Text("x".repeat(61)), format!("{}… (61 characters in all)", "x".repeat(60))),
        ] {
            assert_eq!(cell_text(&value), expected);
        }
    }
}
