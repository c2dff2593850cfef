//! What a lesson judges by, in `lesson.toml`: budgets, what must show, the question before the traffic,
//! fixes and wrong fixes.

use super::limits;
use super::manifest::short;
use super::names::{is_inner_path, is_kebab};
use super::problem::{Source, nearest};
use super::table::{Node, Spot, Table};
use super::vocabulary::{self, Fact};
use super::world::World;
use crate::{Budget, Formula, Predict, PredictOption};
use std::collections::BTreeMap;

/// Everything that verdicts and questions rest on.
#[derive(Debug)]
pub(super) struct Judging {
    pub(super) budgets: Vec<Budget>,
    pub(super) must_show: Vec<Formula>,
    pub(super) predict: Predict,
    pub(super) fixes: Vec<ExperimentEntry>,
    pub(super) wrong: Vec<ExperimentEntry>,
}

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

impl Judging {
    pub(super) fn read(
        source: &Source,
        table: &mut Table,
        world: &World,
        lines: &mut BTreeMap<String, u32>,
    ) -> Judging {
        let observed = Names::new(source, vocabulary::OBSERVED, world);
        let shown = Names::new(source, vocabulary::SHOWN, world);
        let budgets = read_budgets(&observed, table, lines);
        let must_show = read_must_show(&shown, table, lines);
        let predict = read_predict(&shown, table, lines);
        let mut keys = vec![];
        let fixes = read_experiments(&observed, table, "fixes", &mut keys, lines);
        let wrong = read_experiments(&observed, table, "wrong", &mut keys, lines);
        Judging { budgets, must_show, predict, fixes, wrong }
    }
}

/// The names that formulas may use.
struct Names<'a> {
    source: &'a Source<'a>,
    known: Vec<&'a str>,
}

impl<'a> Names<'a> {
    fn new(source: &'a Source<'a>, facts: &'static [Fact], world: &'a World) -> Names<'a> {
        let settings = world.settings.iter().map(|setting| setting.key.as_str());
        let known = facts.iter().map(|fact| fact.name).chain(settings).collect();
        Names { source, known }
    }

    /// Reads a formula over these names.
    fn formula(&self, text: &Spot<String>) -> Option<Formula> {
        let formula = match Formula::parse(&text.value) {
            Ok(formula) => formula,
            Err(error) => {
                self.source.refuse(text.start, error.to_string());
                return None;
            }
        };
        for name in formula.names() {
            if !self.known.contains(&name) {
                self.unknown(text.start, name);
            }
        }
        Some(formula)
    }

    fn unknown(&self, start: usize, name: &str) {
        let hint = match nearest(name, &self.known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known here: {}", self.known.join(", ")),
        };
        self.source.refuse_with_hint(start, format!("there is no fact `{name}`"), hint);
    }

    /// Checks the names in braces of a sentence.
    fn check_sentence(&self, text: &Spot<String>) {
        for piece in text.value.split('{').skip(1) {
            let name = piece.split('}').next().unwrap_or_default();
            if !self.known.contains(&name) {
                self.unknown(text.start, name);
            }
        }
    }
}

fn read_budgets(names: &Names, table: &mut Table, lines: &mut BTreeMap<String, u32>) -> Vec<Budget> {
    let mut budgets = vec![];
    for (index, mut entry) in table.tables("budgets").into_iter().enumerate() {
        lines.insert(format!("budgets.{index}"), entry.line());
        let name = entry.text("name").value;
        let formula = names.formula(&entry.source_text("formula"));
        let sentence = entry.text("sentence");
        names.check_sentence(&sentence);
        entry.finish();
        budgets.extend(formula.map(|formula| Budget { name, formula, sentence: sentence.value }));
    }
    budgets
}

fn read_must_show(names: &Names, table: &mut Table, lines: &mut BTreeMap<String, u32>) -> Vec<Formula> {
    let mut formulas = vec![];
    for (index, node) in table.filled_list("must_show", "a list of formulas").iter().enumerate() {
        lines.insert(format!("must_show.{index}"), names.source.line_at(node.start));
        formulas.extend(node.filled_text().and_then(|text| names.formula(&text)));
    }
    formulas
}

fn read_predict(names: &Names, table: &mut Table, lines: &mut BTreeMap<String, u32>) -> Predict {
    let Some(mut entry) = table.table("predict") else { return Predict::default() };
    lines.insert("predict".into(), entry.line());
    let question = entry.text("question").value;
    let mut options = vec![];
    let listed = entry.tables("options");
    if listed.len() < limits::PREDICT_OPTIONS_AT_LEAST {
        let least = limits::PREDICT_OPTIONS_AT_LEAST;
        let message = format!("`predict` has {} options, expected at least {least}", listed.len());
        names.source.refuse(entry.start(), message);
    }
    for (index, mut option) in listed.into_iter().enumerate() {
        lines.insert(format!("predict.{index}"), option.line());
        let text = option.text("text").value;
        let right_when = names.formula(&option.source_text("right_when"));
        option.finish();
        options.extend(right_when.map(|right_when| PredictOption { text, right_when }));
    }
    entry.finish();
    Predict { question, options }
}

fn read_experiments(
    names: &Names,
    table: &mut Table,
    kind: &'static str,
    keys: &mut Vec<String>,
    lines: &mut BTreeMap<String, u32>,
) -> Vec<ExperimentEntry> {
    let Some(list) = table.require(kind, "at least one") else { return vec![] };
    let mut entries = vec![];
    for mut entry in list.list().unwrap_or_default().iter().filter_map(Node::table) {
        let key = entry.text("key");
        check_key(names.source, &key, keys);
        lines.insert(format!("{kind}.{}", key.value), entry.line());
        let name = short(names.source, entry.text("name"), "name", limits::TITLE_CHARACTERS);
        let files = read_replaced(names.source, &mut entry, kind);
        let when = entry.filled_list("when", "a list of formulas");
        let when = when.iter().filter_map(|node| node.filled_text());
        let when = when.filter_map(|text| names.formula(&text)).collect();
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
