//! `[[variants]]` in `lesson.toml`: data that only the judge uses, and what must hold with it.

use super::facts::Facts;
use super::fill::read_columns;
use super::node::{Node, Spot};
use super::problem::Source;
use super::setting::read_values;
use super::table::Table;
use crate::{Column, Formula, Probe, Setting, Traffic, Variant};
use std::collections::BTreeMap;

/// What a variant may refer to.
#[derive(Debug)]
pub(super) struct Known<'a> {
    pub(super) settings: &'a [Setting],
    pub(super) tables: &'a [crate::Table],
    pub(super) traffic: &'a Traffic,
    /// Facts that `expect` may use; none in a lesson without promises.
    pub(super) facts: Option<Facts<'a>>,
}

/// Reads `[[variants]]`.
pub(super) fn read_variants(
    source: &Source,
    table: &mut Table,
    known: &Known,
    lines: &mut BTreeMap<String, u32>,
) -> Vec<Variant> {
    let mut variants: Vec<Variant> = vec![];
    for mut entry in table.tables("variants") {
        let name = entry.text("name");
        if variants.iter().any(|other| other.name == name.value) {
            source.refuse(name.start, format!("variant {:?} is there twice", name.value));
        }
        lines.insert(format!("variants.{}", name.value), entry.line());
        variants.push(read_variant(source, entry, name, known));
    }
    variants
}

fn read_variant(source: &Source, mut entry: Table, name: Spot<String>, known: &Known) -> Variant {
    let changed = entry.take("settings");
    let sql = entry.take("sql").and_then(|node| node.filled_text());
    let between_sql = entry.take("between_sql").and_then(|node| node.filled_text());
    let user = entry.take("user");
    let probe = entry.take("probe");
    let nothing = changed.is_none() && sql.is_none() && between_sql.is_none();
    let (expect, sentence) = read_expect(&mut entry, probe.as_ref(), known);
    if nothing && user.is_none() && probe.is_none() && expect.is_empty() {
        let hint = "give it `settings`, `sql`, `between_sql`, `user`, `probe` or `expect`";
        source.refuse_with_hint(entry.start(), format!("variant {:?} changes nothing", name.value), hint);
    }
    entry.finish();
    let changed = changed.and_then(|node| node.table());
    Variant {
        name: name.value,
        settings: changed.map(|table| read_values(source, table, known.settings)).unwrap_or_default(),
        sql: sql.map(|sql| sql.value).unwrap_or_default(),
        between_sql: between_sql.map(|sql| sql.value),
        user: user
            .and_then(|node| node.table())
            .map(|user| read_user(source, user, known))
            .unwrap_or_default(),
        probe: probe.and_then(|node| node.table()).map(read_probe),
        expect,
        sentence,
    }
}

/// Reads what differs from `[traffic.user]`.
fn read_user(source: &Source, table: Table, known: &Known) -> Vec<Column> {
    let start = table.start();
    let columns = read_columns(source, table, known.settings, known.tables);
    for column in &columns {
        if !known.traffic.user.iter().any(|other| other.name == column.name) {
            source
                .refuse(start, format!("`[traffic.user]` has no {:?} that `user` could change", column.name));
        }
    }
    columns
}

fn read_probe(mut table: Table) -> Probe {
    let change = table.take("change").and_then(|node| node.table());
    let change = change.map(Table::rest).unwrap_or_default();
    table.finish();
    let pair = |node: &Node| Some((node.key.to_owned(), node.scalar()?));
    Probe { change: change.iter().filter_map(pair).collect() }
}

/// Reads `expect` and the sentence for when it does not hold: both or neither, and both with a probe.
fn read_expect(entry: &mut Table, probe: Option<&Node>, known: &Known) -> (Vec<Formula>, String) {
    let expect = entry.take("expect");
    if let Some(node) = probe.or(expect.as_ref()).filter(|_| known.facts.is_none()) {
        entry.take("sentence");
        node.refuse(format!("`{}` is for lessons with promises", node.key));
        return (vec![], String::new());
    }
    let (Some(facts), Some(node)) = (&known.facts, expect) else {
        if let Some(node) = probe {
            node.refuse("`probe` needs `expect`: what must hold of its answer");
        }
        if let Some(node) = entry.take("sentence") {
            node.refuse("`sentence` needs `expect`, to which it belongs");
        }
        return (vec![], String::new());
    };
    let texts = node.list().unwrap_or_default();
    if texts.is_empty() {
        node.refuse("`expect` is empty, expected a list of formulas");
    }
    let texts = texts.iter().filter_map(|node| node.filled_text());
    let formulas = texts.filter_map(|text| facts.formula(&text)).collect();
    let sentence = entry.text("sentence");
    facts.check_sentence(&sentence);
    (formulas, sentence.value)
}
