//! Named numbers of runs: what formulas are evaluated over and what placeholders are filled with.
//!
//! In: a report or a record. Out: numbers by name, `statements` or `broken.statements`, and each setting by
//! its key. Times are whole microseconds.

use std::collections::BTreeMap;
use unhappy_lesson::{Lesson, RunRecord, Variables};
use unhappy_trace::{Inputs, Report, SimDuration, text};

/// Returns the facts of one run, each name also with the prefix `prefix` (empty for none).
pub fn run_facts(lesson: &Lesson, inputs: &Inputs, report: &Report, prefix: &str) -> Variables {
    let mut facts: Variables = lesson.default_settings();
    facts.extend(inputs.settings.iter().map(|(key, value)| (key.clone(), *value)));
    let failed = report.requests.iter().filter(|request| request.status.is_none_or(|status| status >= 500));
    for (name, value) in [
        ("statements", report.most_statements()),
        ("rows_visited", report.most_rows_visited()),
        ("requests", report.requests.len() as u64),
        ("failed_requests", failed.count() as u64),
        ("p50_micros", report.latency.p50.micros()),
        ("p95_micros", report.latency.p95.micros()),
        ("p99_micros", report.latency.p99.micros()),
    ] {
        facts.insert(format!("{prefix}{name}"), i64::try_from(value).unwrap_or(i64::MAX));
    }
    facts
}

/// Returns what placeholders in a lesson's prose stand for, written as the page writes numbers.
pub fn record_facts(lesson: &Lesson) -> BTreeMap<String, String> {
    let mut facts: BTreeMap<String, String> = lesson
        .default_settings()
        .into_iter()
        .map(|(key, value)| (key, text::thousands(value.unsigned_abs())))
        .collect();
    if let Some(record) = &lesson.record {
        facts.insert("engine".to_owned(), record.engine.clone());
        insert_run(&mut facts, "broken", &record.broken);
        for (key, run) in &record.experiments {
            insert_run(&mut facts, key, run);
        }
    }
    facts
}

fn insert_run(facts: &mut BTreeMap<String, String>, name: &str, run: &RunRecord) {
    facts.insert(format!("{name}.statements"), text::thousands(run.statements));
    facts.insert(format!("{name}.rows_visited"), text::thousands(run.rows_visited));
    for (percentile, micros) in ["p50", "p95", "p99"].into_iter().zip(run.latency_micros) {
        facts.insert(format!("{name}.{percentile}"), SimDuration::from_micros(micros).to_string());
    }
}

/// Replaces `{name}` by its fact. A name that has none stays as it is, so that it is seen.
pub fn fill(template: &str, facts: &BTreeMap<String, String>) -> String {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        let (before, after) = rest.split_at(open);
        out.push_str(before);
        let name = after[1..].split('}').next().unwrap_or("");
        match facts.get(name) {
            Some(value) if after.len() > name.len() + 1 => {
                out.push_str(value);
                rest = &after[name.len() + 2..];
            }
            _ => {
                out.push('{');
                rest = &after[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn placeholders_are_filled_and_braces_of_code_are_kept() {
        let facts = BTreeMap::from([("broken.statements".to_owned(), "101".to_owned())]);
        for (template, expected) in [
            ("It sent {broken.statements} statements.", "It sent 101 statements."),
            ("f\"{name}\" and {broken.statements}", "f\"{name}\" and 101"),
            ("an open { brace {broken.statements", "an open { brace {broken.statements"),
        ] {
            assert_eq!(fill(template, &facts), expected);
        }
    }

    // 2 requests of 1 + 3 statements.
    #[test]
    fn facts_of_a_run() {
        let run = testing::n_plus_one(2, 3);
        let facts = run_facts(&testing::lesson(), &testing::inputs(2, 3), &Report::of(&run), "broken.");
        assert_eq!(facts.get("broken.statements"), Some(&4));
        assert_eq!(facts.get("orders"), Some(&3));
    }
}
