//! Fixes and wrong fixes in `lesson.toml`: which files they replace, which settings they change, and what runs
//! must show of them.

use super::facts::Facts;
use super::limits;
use super::manifest::short;
use super::names::{is_inner_path, is_kebab};
use super::node::{Node, Spot};
use super::problem::Source;
use super::setting::read_values;
use super::table::Table;
use crate::{Formula, Setting};
use std::collections::BTreeMap;

/// The folder that holds a folder for each flavour, and the table of lesson.toml.
pub(super) const FLAVOURS: &str = "flavours";

/// A fix or a wrong fix, its files still unread.
#[derive(Debug)]
pub(super) struct ExperimentEntry {
    pub(super) key: String,
    pub(super) name: String,
    pub(super) files: Replaced,
    pub(super) settings: BTreeMap<String, i64>,
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

/// What experiments are read with.
#[derive(Debug)]
pub(super) struct Reading<'a> {
    pub(super) facts: &'a Facts<'a>,
    pub(super) settings: &'a [Setting],
    /// Key of the flavour that they belong to; none for the lesson itself.
    pub(super) flavour: Option<&'a str>,
}

impl Reading<'_> {
    /// Returns the folder that holds the files of `fixes` or `wrong`.
    fn folder(&self, kind: &str) -> String {
        self.flavour.map_or_else(|| kind.to_owned(), |key| format!("{FLAVOURS}/{key}/{kind}"))
    }

    /// Returns how an entry is called where problems of runs are reported.
    fn entry(&self, kind: &str, key: &str) -> String {
        match self.flavour {
            None => format!("{kind}.{key}"),
            Some(flavour) => format!("{FLAVOURS}.{flavour}.{kind}.{key}"),
        }
    }

    /// Reads `[[fixes]]` or `[[wrong]]`. `keys` are those of the experiments before.
    pub(super) fn read(
        &self,
        table: &mut Table,
        kind: &'static str,
        keys: &mut Vec<String>,
        lines: &mut BTreeMap<String, u32>,
    ) -> Vec<ExperimentEntry> {
        let source = self.facts.source;
        let mut entries = vec![];
        for mut entry in table.filled_list(kind, "at least one").iter().filter_map(Node::table) {
            let key = entry.text("key");
            check_key(source, &key, keys);
            lines.insert(self.entry(kind, &key.value), entry.line());
            let name = short(source, entry.text("name"), "name", limits::TITLE_CHARACTERS);
            let settings = entry.take("settings");
            let files = read_replaced(source, &mut entry, &self.folder(kind), settings.is_some());
            let settings = settings.and_then(|node| self.read_settings(&node)).unwrap_or_default();
            let when = entry.filled_list("when", "a list of formulas");
            let when = when.iter().filter_map(|node| node.filled_text());
            let when = when.filter_map(|text| self.facts.formula(&text)).collect();
            let text = entry.text("text").value;
            let line = entry.line();
            entry.finish();
            entries.push(ExperimentEntry { key: key.value, name, files, settings, when, text, line });
        }
        entries
    }

    /// Reads the settings that an experiment changes.
    fn read_settings(&self, node: &Node) -> Option<BTreeMap<String, i64>> {
        let values = read_values(self.facts.source, node.table()?, self.settings);
        if values.is_empty() {
            node.refuse("`settings` changes nothing, expected like { pool_size = 10 }");
        }
        for setting in self.settings.iter().filter(|one| values.get(&one.key) == Some(&one.default)) {
            node.refuse(format!("setting {:?} is {} without this as well", setting.key, setting.default));
        }
        Some(values)
    }
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

fn read_replaced(source: &Source, entry: &mut Table, folder: &str, settings: bool) -> Replaced {
    let (one, many) = (entry.take("file"), entry.take("files"));
    let checked = |node: &Node| {
        let path = node.filled_text()?;
        if !is_inner_path(&path.value) || !path.value.starts_with(&format!("{folder}/")) {
            node.refuse(format!("file {:?} is not in the folder {folder}", path.value));
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
            let pair = |node: &Node| {
                let path = checked(node)?;
                if kind_of(&path) != kind_of(node.key) {
                    node.refuse(format!("{path:?} replaces {:?}, expected a file of that kind", node.key));
                }
                Some((node.key.to_owned(), path))
            };
            Replaced::Named(nodes.iter().filter_map(pair).collect())
        }
        (None, None) if settings => Replaced::Named(vec![]),
        (_, second) => {
            let start = second.as_ref().map_or(entry.start(), |node| node.start);
            let hint =
                "`file` replaces the handler, `files` any file: { \"schema.sql\" = \"fixes/index.sql\" }";
            let message = match second {
                Some(_) => "expected either `file` or `files`",
                None => "expected `file`, `files` or `settings`",
            };
            source.refuse_with_hint(start, message, hint);
            Replaced::Named(vec![])
        }
    }
}

/// Returns what stands after the last dot of a file's name.
fn kind_of(name: &str) -> Option<&str> {
    name.rsplit_once('.').map(|(_, kind)| kind)
}
