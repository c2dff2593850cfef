//! Parameters of a statement: where they stand, what fits there.
//!
//! In: a parameter and a value. Out: nothing, or an error that says what was expected. Not here: numbering
//! placeholders (`pieces.rs`), binding (`engine/run.rs`).

use super::kind::Kind;
use super::literal;
use crate::answer::SqlError;
use unhappy_trace::Value;

/// A parameter of a statement.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Param {
    /// Name without its mark: `id` for `:id`, `1` for `$1`.
    pub(crate) name: String,
    /// Where it first stands.
    pub(crate) start: usize,
    /// What it may be.
    pub(crate) takes: Takes,
    /// The type of the place where it stands; of each item, for a list.
    pub(crate) kind: Option<Kind>,
}

/// What values fit where a parameter stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Takes {
    /// One value.
    One,
    /// One value or a list: `IN (:ids)`.
    Either,
    /// A list only: `= ANY(:ids)`.
    List,
}

impl Param {
    /// Checks one value, or one item of a list, against the type.
    ///
    /// # Errors
    /// 22003 for a number out of range, 22P02 for text that is no such value, 42804 for another type.
    pub(crate) fn check(&self, value: &Value, source: &str) -> Result<(), SqlError> {
        let fits = match (self.kind, value) {
            (None, _) | (_, Value::Null) => Ok(()),
            (Some(kind), value) => check(kind, value, self.takes != Takes::One),
        };
        fits.map_err(|error| error.at(source, self.start))
    }
}

fn check(kind: Kind, value: &Value, in_list: bool) -> Result<(), SqlError> {
    match (kind, value) {
        (Kind::Int2 | Kind::Int4 | Kind::Int8, Value::Int(number)) => kind.check_range(*number),
        (Kind::Whole | Kind::Float8, Value::Int(_))
        | (Kind::Float8, Value::Float(_))
        | (Kind::Bool, Value::Bool(_))
        | (Kind::Bytea, Value::Bytes(_)) => Ok(()),
        (Kind::Text | Kind::Varchar, Value::Text(text)) => match text.contains('\0') {
            true => Err(SqlError::new("22021", "invalid byte sequence for encoding \"UTF8\": 0x00")),
            false => Ok(()),
        },
        (kind, Value::Text(text)) if kind.is_stored_as_text() => {
            let read = literal::read(kind, text)?;
            // A list's items reach SQLite as they are, so they must be spelled as they are stored.
            match in_list && read != *text {
                true => {
                    Err(SqlError::new("0A000", format!("in a list, a {kind} must be written \"{read}\"")))
                }
                false => Ok(()),
            }
        }
        _ => Err(misfit(kind, value)),
    }
}

fn misfit(kind: Kind, value: &Value) -> SqlError {
    let (given, shown) = match value {
        Value::Bool(truth) => ("bool", if *truth { "True".to_owned() } else { "False".to_owned() }),
        Value::Int(number) => ("int", number.to_string()),
        Value::Float(number) => ("float", number.to_string()),
        Value::Text(text) => ("str", format!("{text:?}")),
        Value::Bytes(_) => ("bytes", "…".to_owned()),
        _ => ("value", "…".to_owned()),
    };
    let wanted = match kind {
        Kind::Int2 | Kind::Int4 | Kind::Int8 | Kind::Whole => "an int",
        Kind::Float8 => "a float",
        Kind::Bool => "a bool",
        Kind::Bytea => "bytes",
        _ => "a str",
    };
    let message = format!("invalid input for a parameter of type {kind}: {shown}");
    SqlError::new("42804", message).with_detail(format!("{wanted} was expected, and a {given} was given."))
}
