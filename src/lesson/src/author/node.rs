//! One value of a TOML file, with its place: read as the type that is expected there, or refused.

use super::problem::Source;
use super::table::Table;
use std::borrow::Cow;
use std::ops::RangeInclusive;
use toml::Spanned;
use toml::de::DeValue;
use unhappy_trace::Value;

/// A value with the byte at which it starts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Spot<T> {
    pub(super) value: T,
    pub(super) start: usize,
}

/// A value with its key.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node<'a> {
    pub(super) key: &'a str,
    /// Where the value stands, in bytes.
    pub(super) start: usize,
    /// Where its key stands, in bytes.
    pub(super) key_start: usize,
    source: &'a Source<'a>,
    value: &'a DeValue<'a>,
}

impl<'a> Node<'a> {
    pub(super) fn new(
        source: &'a Source<'a>,
        key: &'a Spanned<Cow<'a, str>>,
        value: &'a Spanned<DeValue<'a>>,
    ) -> Node<'a> {
        Node {
            key: key.get_ref().as_ref(),
            start: value.span().start,
            key_start: key.span().start,
            source,
            value: value.get_ref(),
        }
    }

    /// Reports a problem at this value.
    pub(super) fn refuse(&self, message: impl Into<String>) {
        self.source.refuse(self.start, message);
    }

    /// Returns the text, whatever it holds.
    pub(super) fn any_text(&self) -> Option<Spot<String>> {
        match self.value {
            DeValue::String(text) => Some(self.spot(text.replace("\r\n", "\n"))),
            _ => self.other_type("text"),
        }
    }

    /// Returns the text unless it is empty.
    pub(super) fn filled_text(&self) -> Option<Spot<String>> {
        let text = self.any_text()?;
        if text.value.trim().is_empty() {
            self.refuse(format!("`{}` is empty, expected text", self.key));
            return None;
        }
        Some(text)
    }

    /// Returns a text that people read as it is: filled, and without an address outside the site.
    pub(super) fn plain_text(&self) -> Option<Spot<String>> {
        let text = self.filled_text()?;
        if text.value.contains("http://") || text.value.contains("https://") {
            self.refuse(format!(
                "`{}` holds an external address; lessons work without the network",
                self.key
            ));
        }
        Some(text)
    }

    /// Returns the whole number when it lies in `range`.
    pub(super) fn whole_in(&self, range: &RangeInclusive<i64>) -> Option<Spot<i64>> {
        let number = self.whole()?;
        if !range.contains(&number.value) {
            self.refuse(format!(
                "`{}` is {}, expected {} to {}",
                self.key,
                number.value,
                range.start(),
                range.end()
            ));
            return None;
        }
        Some(number)
    }

    /// Returns the whole number.
    pub(super) fn whole(&self) -> Option<Spot<i64>> {
        let DeValue::Integer(digits) = self.value else { return self.other_type("a whole number") };
        match i64::from_str_radix(digits.as_str(), digits.radix()) {
            Ok(number) => Some(self.spot(number)),
            Err(_) => self.other_type("a whole number of 64 bits"),
        }
    }

    /// Returns whether it is true.
    pub(super) fn flag(&self) -> Option<bool> {
        match self.value {
            DeValue::Boolean(flag) => Some(*flag),
            _ => self.other_type("true or false"),
        }
    }

    /// Returns a value that a JSON body may hold and that has no parts.
    pub(super) fn scalar(&self) -> Option<Value> {
        match self.value {
            DeValue::String(text) => Some(Value::Text(text.replace("\r\n", "\n"))),
            DeValue::Integer(_) => self.whole().map(|number| Value::Int(number.value)),
            DeValue::Boolean(flag) => Some(Value::Bool(*flag)),
            _ => self.other_type("text, a whole number, true or false"),
        }
    }

    /// Returns whether it is text.
    pub(super) fn is_text(&self) -> bool {
        matches!(self.value, DeValue::String(_))
    }

    /// Returns the items of a list, each under the list's key.
    pub(super) fn list(&self) -> Option<Vec<Node<'a>>> {
        let DeValue::Array(items) = self.value else { return self.other_type("a list") };
        let item = |value: &'a Spanned<DeValue<'a>>| Node {
            start: value.span().start,
            value: value.get_ref(),
            ..*self
        };
        Some(items.iter().map(item).collect())
    }

    /// Returns the table.
    pub(super) fn table(&self) -> Option<Table<'a>> {
        match self.value {
            DeValue::Table(table) => Some(Table::new(self.source, self.start, table)),
            _ => self.other_type("a table"),
        }
    }

    fn spot<T>(&self, value: T) -> Spot<T> {
        Spot { value, start: self.start }
    }

    fn other_type<T>(&self, expected: &str) -> Option<T> {
        let actual = match self.value {
            DeValue::String(_) => "text",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a decimal number",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        self.refuse(format!("`{}` is {actual}, expected {expected}", self.key));
        None
    }
}
