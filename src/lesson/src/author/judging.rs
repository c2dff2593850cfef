//! What a lesson judges by, in `lesson.toml`: budgets, what must show, the question before the traffic,
//! fixes, wrong fixes and flavours.

use super::experiment::{ExperimentEntry, FLAVOURS, Reading};
use super::facts::Facts;
use super::limits;
use super::manifest::short;
use super::names::is_kebab;
use super::node::Node;
use super::problem::Source;
use super::table::Table;
use super::vocabulary;
use super::world::World;
use crate::{Budget, Formula, Predict, PredictOption};
use std::collections::BTreeMap;
use unhappy_trace::text::counted;

/// Everything that verdicts and questions rest on.
#[derive(Debug)]
pub(super) struct Judging {
    pub(super) budgets: Vec<Budget>,
    pub(super) must_show: Vec<Formula>,
    pub(super) predict: Predict,
    pub(super) fixes: Vec<ExperimentEntry>,
    pub(super) wrong: Vec<ExperimentEntry>,
    pub(super) flavours: Vec<FlavourEntry>,
}

/// The lesson in another style of code, its files still unread.
#[derive(Debug)]
pub(super) struct FlavourEntry {
    pub(super) key: String,
    pub(super) name: String,
    pub(super) must_show: Vec<Formula>,
    pub(super) fixes: Vec<ExperimentEntry>,
    pub(super) wrong: Vec<ExperimentEntry>,
    /// The line of lesson.toml that begins it.
    pub(super) line: u32,
}

impl Judging {
    pub(super) fn read(
        source: &Source,
        table: &mut Table,
        world: &World,
        lines: &mut BTreeMap<String, u32>,
    ) -> Judging {
        let facts = |tables: &[_]| Facts::new(source, tables, &world.settings, &world.promised.promises);
        let (observed, compared) = if world.promised.promises.is_empty() {
            let compared = [vocabulary::OBSERVED, vocabulary::COMPARED];
            (facts(&[vocabulary::OBSERVED]), facts(&compared))
        } else {
            let behaved = [vocabulary::OBSERVED, vocabulary::TIMED, vocabulary::BEHAVED];
            (facts(&[vocabulary::OBSERVED, vocabulary::TIMED]), facts(&behaved))
        };
        let shown = facts(&[vocabulary::SHOWN]);
        let budgets = read_budgets(&observed, table, lines);
        let must_show = read_must_show(&shown, table, "must_show", lines);
        let predict = read_predict(&shown, table, lines);
        let mut keys = vec![];
        let reading = Reading { facts: &compared, settings: &world.settings, flavour: None };
        let fixes = reading.read(table, "fixes", &mut keys, lines);
        let wrong = reading.read(table, "wrong", &mut keys, lines);
        let flavours = read_flavours(&reading, &shown, table, lines);
        Judging { budgets, must_show, predict, fixes, wrong, flavours }
    }
}

/// Reads `[flavours.KEY]`, in the order of the file.
fn read_flavours(
    reading: &Reading,
    shown: &Facts,
    table: &mut Table,
    lines: &mut BTreeMap<String, u32>,
) -> Vec<FlavourEntry> {
    let nodes = table.take(FLAVOURS).and_then(|node| node.table()).map(Table::rest).unwrap_or_default();
    let flavour = |node: &Node| read_flavour(reading, shown, node, lines);
    nodes.iter().filter_map(flavour).collect()
}

fn read_flavour(
    reading: &Reading,
    shown: &Facts,
    node: &Node,
    lines: &mut BTreeMap<String, u32>,
) -> Option<FlavourEntry> {
    let mut entry = node.table()?;
    if !is_kebab(node.key) {
        node.refuse(format!("flavour {:?} is not in kebab-case, expected like \"orm\"", node.key));
    }
    let (key, line) = (node.key.to_owned(), entry.line());
    lines.insert(format!("{FLAVOURS}.{key}"), line);
    let name = short(shown.source, entry.text("name"), "name", limits::TITLE_CHARACTERS);
    let must_show = read_must_show(shown, &mut entry, &format!("{FLAVOURS}.{key}.must_show"), lines);
    let reading = Reading { flavour: Some(&key), ..*reading };
    let mut keys = vec![];
    let fixes = reading.read(&mut entry, "fixes", &mut keys, lines);
    let wrong = reading.read(&mut entry, "wrong", &mut keys, lines);
    entry.finish();
    Some(FlavourEntry { key, name, must_show, fixes, wrong, line })
}

fn read_budgets(facts: &Facts, table: &mut Table, lines: &mut BTreeMap<String, u32>) -> Vec<Budget> {
    let mut budgets = vec![];
    for (index, mut entry) in table.tables("budgets").into_iter().enumerate() {
        lines.insert(format!("budgets.{index}"), entry.line());
        let name = entry.text("name").value;
        let formula = facts.formula(&entry.source_text("formula"));
        let sentence = entry.text("sentence");
        facts.check_sentence(&sentence);
        entry.finish();
        budgets.extend(formula.map(|formula| Budget { name, formula, sentence: sentence.value }));
    }
    budgets
}

/// Reads `must_show`. `name` is how it is called where problems of runs are reported.
fn read_must_show(
    facts: &Facts,
    table: &mut Table,
    name: &str,
    lines: &mut BTreeMap<String, u32>,
) -> Vec<Formula> {
    let mut formulas = vec![];
    for (index, node) in table.filled_list("must_show", "a list of formulas").iter().enumerate() {
        lines.insert(format!("{name}.{index}"), facts.source.line_at(node.start));
        formulas.extend(node.filled_text().and_then(|text| facts.formula(&text)));
    }
    formulas
}

fn read_predict(facts: &Facts, table: &mut Table, lines: &mut BTreeMap<String, u32>) -> Predict {
    let Some(mut entry) = table.table("predict") else { return Predict::default() };
    lines.insert("predict".into(), entry.line());
    let question = entry.text("question").value;
    let mut options = vec![];
    let listed = entry.tables("options");
    if listed.len() < limits::PREDICT_OPTIONS_AT_LEAST {
        let least = limits::PREDICT_OPTIONS_AT_LEAST;
        let found = counted(listed.len() as u64, "option", "options");
        let message = format!("`predict` has {found}, expected at least {least}");
        facts.source.refuse(entry.start(), message);
    }
    for (index, mut option) in listed.into_iter().enumerate() {
        lines.insert(format!("predict.{index}"), option.line());
        let text = option.text("text").value;
        let right_when = facts.formula(&option.source_text("right_when"));
        option.finish();
        options.extend(right_when.map(|right_when| PredictOption { text, right_when }));
    }
    entry.finish();
    Predict { question, options }
}
