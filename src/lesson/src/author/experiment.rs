//! Fixes and wrong fixes in `lesson.toml`: which files they replace, and what runs must show of them.

use super::facts::Facts;
use super::limits;
use super::manifest::short;
use super::names::{is_inner_path, is_kebab};
use super::node::{Node, Spot};
use super::problem::Source;
use super::table::Table;
use crate::Formula;
use std::collections::BTreeMap;

/// A fix or a wrong fix, its files still unread.
#[derive(Debug)]
pub(super) struct ExperimentEntry {
    pub(super) key: String,
    pub(super) name: String,
    pub(super) files: Replaced,
    pub(super) when: Vec<Formula>,
    pub(super) text: String,
    /// The line of lesson.toml that begins it.
    pub(super) line: u32,
}

/// Which files an experiment replaces.
#[derive(Debug)]
pub(super) enum Replaced {
    /// The lesson's first file, by this path.
    Handler(String),
    /// Files by name, each by a path.
    Named(Vec<(String, String)>),
}

/// Reads `[[fixes]]` or `[[wrong]]`. `keys` are those of the experiments before.
pub(super) fn read_experiments(
    facts: &Facts,
    table: &mut Table,
    kind: &'static str,
    keys: &mut Vec<String>,
    lines: &mut BTreeMap<String, u32>,
) -> Vec<ExperimentEntry> {
    let mut entries = vec![];
    for mut entry in table.filled_list(kind, "at least one").iter().filter_map(Node::table) {
        let key = entry.text("key");
        check_key(facts.source, &key, keys);
        lines.insert(format!("{kind}.{}", key.value), entry.line());
        let name = short(facts.source, entry.text("name"), "name", limits::TITLE_CHARACTERS);
        let files = read_replaced(facts.source, &mut entry, kind);
        let when = entry.filled_list("when", "a list of formulas");
        let when = when.iter().filter_map(|node| node.filled_text());
        let when = when.filter_map(|text| facts.formula(&text)).collect();
        let text = entry.text("text").value;
        let line = entry.line();
        entry.finish();
        entries.push(ExperimentEntry { key: key.value, name, files, when, text, line });
    }
    entries
}

fn check_key(source: &Source, key: &Spot<String>, keys: &mut Vec<String>) {
    if key.value.is_empty() {
        return;
    }
    if !is_kebab(&key.value) {
        source.refuse(
            key.start,
            format!("key {:?} is not in kebab-case, expected like \"in-batch\"", key.value),
        );
    }
    if keys.contains(&key.value) {
        source.refuse(key.start, format!("key {:?} is there twice among fixes and wrong", key.value));
    }
    keys.push(key.value.clone());
}

fn read_replaced(source: &Source, entry: &mut Table, kind: &str) -> Replaced {
    let (one, many) = (entry.take("file"), entry.take("files"));
    let checked = |node: &Node| {
        let path = node.filled_text()?;
        if !is_inner_path(&path.value) || !path.value.starts_with(&format!("{kind}/")) {
            node.refuse(format!("file {:?} is not in the folder {kind}", path.value));
            return None;
        }
        Some(path.value)
    };
    match (one, many) {
        (Some(node), None) => Replaced::Handler(checked(&node).unwrap_or_default()),
        (None, Some(node)) => {
            let nodes = node.table().map(Table::rest).unwrap_or_default();
            if nodes.is_empty() {
                node.refuse("`files` is empty, expected { \"server.py\" = \"fixes/join.py\" }");
            }
            let pair = |node: &Node| Some((node.key.to_owned(), checked(node)?));
            Replaced::Named(nodes.iter().filter_map(pair).collect())
        }
        (_, second) => {
            let start = second.map_or(entry.start(), |node| node.start);
            let hint =
                "`file` replaces the handler, `files` any file: { \"schema.sql\" = \"fixes/index.sql\" }";
            source.refuse_with_hint(start, "expected either `file` or `files`", hint);
            Replaced::Named(vec![])
        }
    }
}
