//! What must hold over every schedule, in `lesson.toml`: promises, watched values, and the bound.
//!
//! A lesson with promises is about interleavings and faults. It says within which bound schedules are judged,
//! and carries the check that every request is answered (design rules, "Promises").

use super::limits;
use super::manifest::short;
use super::names::is_snake;
use super::node::{Node, Spot};
use super::problem::{Source, alternatives};
use super::table::Table;
use crate::{Bound, Check, Holds, Promise, Watch};
use std::collections::BTreeMap;
use unhappy_trace::FaultKind;

/// What a lesson about interleavings says besides.
#[derive(Debug)]
pub(super) struct Promised {
    pub(super) promises: Vec<Promise>,
    pub(super) watches: Vec<Watch>,
    pub(super) bound: Option<Bound>,
}

impl Promised {
    /// Reads `[[promises]]`, `[[watches]]` and `[bound]`, and reports where one lacks another.
    pub(super) fn read(source: &Source, table: &mut Table, lines: &mut BTreeMap<String, u32>) -> Promised {
        let promises = read_promises(source, table, lines);
        let watches = read_watches(source, table, lines);
        let bound = table.take("bound");
        let start = bound.map(|node| node.start);
        let bound = bound.and_then(|node| node.table()).map(|entry| read_bound(entry, lines));
        match start {
            None if !promises.is_empty() => {
                let hint = "for example operations = 2, processes = 2, faults = [\"crash\"], timers = 4";
                source.refuse_with_hint(0, "a lesson with promises needs `[bound]`", hint);
            }
            Some(start) if promises.is_empty() => {
                let hint = "add [[promises]] or take [bound] out";
                source.refuse_with_hint(start, "`[bound]` is for lessons with promises", hint);
            }
            _ => {}
        }
        Promised { promises, watches, bound }
    }
}

fn read_promises(source: &Source, table: &mut Table, lines: &mut BTreeMap<String, u32>) -> Vec<Promise> {
    let mut promises: Vec<Promise> = vec![];
    for mut entry in table.tables("promises") {
        let key = entry.text("key");
        check_key(source, &key, &promises);
        lines.insert(format!("promises.{}", key.value), entry.line());
        let sentence = short(source, entry.text("sentence"), "sentence", limits::SUMMARY_CHARACTERS);
        let holds = read_holds(&mut entry);
        let check = read_check(source, &mut entry);
        entry.finish();
        promises.push(Promise { key: key.value, sentence, holds, check });
    }
    if !promises.is_empty() && !promises.iter().any(|promise| promise.check == Check::Answered) {
        let message = "no promise is `answered = true`, which every lesson with promises carries";
        let hint = "add a [[promises]] with key, sentence, holds = \"at rest\" and answered = true";
        source.refuse_with_hint(0, message, hint);
    }
    promises
}

fn check_key(source: &Source, key: &Spot<String>, promises: &[Promise]) {
    if !key.value.is_empty() && !is_snake(&key.value) {
        let message =
            format!("promise {:?} is not in snake_case, expected like \"never_oversold\"", key.value);
        source.refuse(key.start, message);
    }
    if promises.iter().any(|other| other.key == key.value) {
        source.refuse(key.start, format!("promise {:?} is there twice", key.value));
    }
}

fn read_holds(entry: &mut Table) -> Holds {
    let Some(node) = entry.require("holds", "\"always\" or \"at rest\"") else { return Holds::AtRest };
    match node.filled_text() {
        Some(text) if text.value == "always" => Holds::Always,
        Some(text) if text.value != "at rest" => {
            node.refuse(format!("`holds` is {:?}, expected \"always\" or \"at rest\"", text.value));
            Holds::AtRest
        }
        _ => Holds::AtRest,
    }
}

const CHECKS: [&str; 4] = ["no_row", "charges", "confirmed", "answered"];

/// Reads how a promise is looked at. The stand-in is [`Check::Answered`], so that one mistake is one problem.
fn read_check(source: &Source, entry: &mut Table) -> Check {
    let mut found = vec![];
    for key in CHECKS {
        found.extend(entry.take(key));
    }
    let [node] = found.as_slice() else {
        let message = format!("a promise needs exactly one of: {}", CHECKS.join(", "));
        source.refuse(entry.start(), message);
        return Check::Answered;
    };
    let sql = |node: &Node| node.filled_text().map(|text| text.value);
    let check = match node.key {
        "no_row" => sql(node).map(|sql| Check::NoRow { sql }),
        "confirmed" => sql(node).map(|sql| Check::Confirmed { sql }),
        "charges" => read_charges(node),
        _ => {
            if node.flag() == Some(false) {
                node.refuse("`answered` is false, expected true");
            }
            None
        }
    };
    check.unwrap_or(Check::Answered)
}

fn read_charges(node: &Node) -> Option<Check> {
    let mut table = node.table()?;
    let sql = table.source_text("sql").value;
    let at_most = table.require("at_most", "true or false").and_then(|node| node.flag());
    table.finish();
    Some(Check::Charges { sql, at_most: at_most? })
}

fn read_watches(source: &Source, table: &mut Table, lines: &mut BTreeMap<String, u32>) -> Vec<Watch> {
    let mut watches: Vec<Watch> = vec![];
    for (index, mut entry) in table.tables("watches").into_iter().enumerate() {
        lines.insert(format!("watches.{index}"), entry.line());
        let label = entry.text("label");
        if watches.iter().any(|other| other.label == label.value) {
            source.refuse(label.start, format!("watch {:?} is there twice", label.value));
        }
        let label = short(source, label, "label", limits::TITLE_CHARACTERS);
        let sql = entry.source_text("sql").value;
        entry.finish();
        watches.push(Watch { label, sql });
    }
    watches
}

fn read_bound(mut entry: Table, lines: &mut BTreeMap<String, u32>) -> Bound {
    lines.insert("bound".into(), entry.line());
    let mut whole =
        |key, range| u32::try_from(entry.whole(key, range).value).expect("limits of a bound fit 32 bits");
    let operations = whole("operations", limits::BOUND_OPERATIONS);
    let processes = whole("processes", limits::BOUND_PROCESSES);
    let timers = whole("timers", limits::BOUND_TIMERS);
    let faults_in_all =
        entry.take("faults_in_all").and_then(|node| node.whole_in(&limits::BOUND_FAULTS_IN_ALL));
    let faults = read_faults(&mut entry);
    entry.finish();
    let of_each = u32::try_from(faults.len()).expect("kinds of faults fit 32 bits");
    let faults_in_all = faults_in_all.and_then(|number| u32::try_from(number.value).ok()).unwrap_or(of_each);
    Bound { operations, processes, faults, faults_in_all, timers }
}

fn read_faults(entry: &mut Table) -> Vec<FaultKind> {
    let names: Vec<&str> = FaultKind::NAMES.iter().map(|(_, name)| *name).collect();
    let nodes = entry.require("faults", "a list of faults, which may be empty");
    let mut faults = vec![];
    for node in nodes.and_then(|node| node.list()).unwrap_or_default() {
        let Some(name) = node.filled_text() else { continue };
        match FaultKind::from_name(&name.value) {
            None => {
                node.refuse(format!("there is no fault {:?}, expected {}", name.value, alternatives(&names)));
            }
            Some(kind) if faults.contains(&kind) => {
                node.refuse(format!("fault {:?} is there twice", name.value));
            }
            Some(kind) => faults.push(kind),
        }
    }
    faults
}
