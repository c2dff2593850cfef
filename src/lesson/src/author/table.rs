//! Reading TOML key by key, with the place of every value.
//!
//! In: a parsed document. Out: typed values; whatever is missing, of another type, out of range or
//! unknown is reported with its line, and reading goes on. A table knows which keys were asked for, so
//! [`Table::finish`] can name the ones that nobody knows.

use super::node::{Node, Spot};
use super::problem::{Source, alternatives, nearest};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use toml::de::DeTable;

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
