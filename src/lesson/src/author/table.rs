//! Reading TOML key by key, with the place of every value.
//!
//! In: a parsed document. Out: typed values; whatever is missing, of another type, out of range or
//! unknown is reported with its line, and reading goes on. A table knows which keys were asked for, so
//! [`Table::finish`] can name the ones that nobody knows.

use super::problem::{Source, alternatives, nearest};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A value with the byte at which it starts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Spot<T> {
    pub(super) value: T,
    pub(super) start: usize,
}

/// Parses a document. Reports every syntax error and returns none when there is one.
pub(super) fn parse<'a>(source: &'a Source<'a>) -> Option<DeTable<'a>> {
    let (document, errors) = DeTable::parse_recoverable(source.text);
    for error in &errors {
        let start = error.span().map_or(0, |span| span.start);
        source.refuse(start, format!("this is no TOML: {}", error.message()));
    }
    errors.is_empty().then(|| document.into_inner())
}

/// A table whose keys are taken one by one.
#[derive(Debug)]
pub(super) struct Table<'a> {
    source: &'a Source<'a>,
    start: usize,
    entries: BTreeMap<&'a str, Node<'a>>,
    asked: Vec<&'static str>,
}

/// A value with its key.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node<'a> {
    pub(super) key: &'a str,
    /// Where the value stands, in bytes.
    pub(super) start: usize,
    key_start: usize,
    source: &'a Source<'a>,
    value: &'a DeValue<'a>,
}

impl<'a> Table<'a> {
    pub(super) fn new(source: &'a Source<'a>, start: usize, table: &'a DeTable<'a>) -> Table<'a> {
        let entries = table
            .iter()
            .map(|(key, value)| (key.get_ref().as_ref(), Node::new(source, key, value)))
            .collect();
        Table { source, start, entries, asked: vec![] }
    }

    /// Returns where the table starts, in bytes.
    pub(super) fn start(&self) -> usize {
        self.start
    }

    /// Returns the line in which the table starts.
    pub(super) fn line(&self) -> u32 {
        self.source.line_at(self.start)
    }

    /// Takes a value that may be missing.
    pub(super) fn take(&mut self, key: &'static str) -> Option<Node<'a>> {
        self.asked.push(key);
        self.entries.remove(key)
    }

    /// Takes a value that must be there.
    pub(super) fn require(&mut self, key: &'static str, expected: &str) -> Option<Node<'a>> {
        let found = self.take(key);
        if found.is_none() {
            self.source.refuse(self.start, format!("key `{key}` is missing, expected {expected}"));
        }
        found
    }

    /// Takes a plain text that must be there and not be empty.
    pub(super) fn text(&mut self, key: &'static str) -> Spot<String> {
        self.require(key, "text").and_then(|node| node.plain_text()).unwrap_or_default()
    }

    /// Takes a text that is no sentence, such as SQL or Markdown, and must not be empty.
    pub(super) fn source_text(&mut self, key: &'static str) -> Spot<String> {
        self.require(key, "text").and_then(|node| node.filled_text()).unwrap_or_default()
    }

    /// Takes a whole number that must be there and lie in `range`.
    pub(super) fn whole(&mut self, key: &'static str, range: RangeInclusive<i64>) -> Spot<i64> {
        let node = self.require(key, "a whole number");
        node.and_then(|node| node.whole_in(&range)).unwrap_or_default()
    }

    /// Takes a list that may be missing.
    pub(super) fn list(&mut self, key: &'static str) -> Vec<Node<'a>> {
        self.take(key).and_then(|node| node.list()).unwrap_or_default()
    }

    /// Takes a list that must be there and not be empty.
    pub(super) fn filled_list(&mut self, key: &'static str, expected: &str) -> Vec<Node<'a>> {
        let Some(node) = self.require(key, expected) else { return vec![] };
        let Some(items) = node.list() else { return vec![] };
        if items.is_empty() {
            node.refuse(format!("`{key}` is empty, expected {expected}"));
        }
        items
    }

    /// Takes a list of plain texts that may be missing.
    pub(super) fn texts(&mut self, key: &'static str) -> Vec<Spot<String>> {
        self.list(key).iter().filter_map(Node::plain_text).collect()
    }

    /// Takes an array of tables that may be missing.
    pub(super) fn tables(&mut self, key: &'static str) -> Vec<Table<'a>> {
        self.list(key).iter().filter_map(Node::table).collect()
    }

    /// Takes a table that must be there.
    pub(super) fn table(&mut self, key: &'static str) -> Option<Table<'a>> {
        self.require(key, "a table").and_then(|node| node.table())
    }

    /// Takes everything that is left, in the order of the file. For tables whose keys are names.
    pub(super) fn rest(mut self) -> Vec<Node<'a>> {
        let mut nodes: Vec<Node<'a>> = std::mem::take(&mut self.entries).into_values().collect();
        nodes.sort_by_key(|node| node.key_start);
        nodes
    }

    /// Reports the keys that nobody asked for.
    pub(super) fn finish(self) {
        for (key, node) in &self.entries {
            let hint = match nearest(key, &self.asked) {
                Some(name) => format!("did you mean `{name}`?"),
                None => format!("known here: {}", alternatives(&self.asked)),
            };
            self.source.refuse_with_hint(node.key_start, format!("unknown key `{key}`"), hint);
        }
    }
}

impl<'a> Node<'a> {
    fn new(
        source: &'a Source<'a>,
        key: &'a Spanned<std::borrow::Cow<'a, str>>,
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
