//! What a lesson judges by, in `lesson.toml`: budgets, what must show, the question before the traffic,
//! fixes and wrong fixes.

use super::experiment::{ExperimentEntry, read_experiments};
use super::facts::Facts;
use super::limits;
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
}

impl Judging {
    pub(super) fn read(
        source: &Source,
        table: &mut Table,
        world: &World,
        lines: &mut BTreeMap<String, u32>,
    ) -> Judging {
        let observed = Facts::new(source, &[vocabulary::OBSERVED], world);
        let compared = Facts::new(source, &[vocabulary::OBSERVED, vocabulary::COMPARED], world);
        let shown = Facts::new(source, &[vocabulary::SHOWN], world);
        let budgets = read_budgets(&observed, table, lines);
        let must_show = read_must_show(&shown, table, lines);
        let predict = read_predict(&shown, table, lines);
        let mut keys = vec![];
        let fixes = read_experiments(&compared, table, "fixes", &mut keys, lines);
        let wrong = read_experiments(&compared, table, "wrong", &mut keys, lines);
        Judging { budgets, must_show, predict, fixes, wrong }
    }
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

fn read_must_show(facts: &Facts, table: &mut Table, lines: &mut BTreeMap<String, u32>) -> Vec<Formula> {
    let mut formulas = vec![];
    for (index, node) in table.filled_list("must_show", "a list of formulas").iter().enumerate() {
        lines.insert(format!("must_show.{index}"), facts.source.line_at(node.start));
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
