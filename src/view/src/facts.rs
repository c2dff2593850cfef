//! Named numbers of a run, for formulas that one run can answer: budgets, predictions.
//!
//! In: a report. Out: whole numbers by name, and each setting by its key. Times are microseconds. The names
//! are those of the author's vocabulary; facts that need several runs belong to the judge.

use std::collections::BTreeMap;
use unhappy_lesson::{Lesson, Variables};
use unhappy_trace::{Inputs, Report};

/// Returns the facts of one run, each name with the prefix `prefix`: empty, or `broken.`.
pub(crate) fn run_facts(lesson: &Lesson, inputs: &Inputs, report: &Report, prefix: &str) -> Variables {
    let mut facts: Variables = lesson.default_settings();
    for (key, value) in &inputs.settings {
        facts.insert(key.clone(), *value);
    }
    let failed = report.requests.iter().any(|request| request.status.is_none_or(|status| status >= 500));
    let repeated = report.shapes.iter().max_by_key(|line| line.most_in_a_request);
    for (name, value) in [
        ("statements", report.most_statements()),
        ("rows_visited", report.most_rows_visited()),
        ("repeated", repeated.map_or(0, |line| line.most_in_a_request)),
        ("different_arguments", repeated.map_or(0, |line| line.different_arguments)),
        ("failed", u64::from(failed)),
        ("p50_micros", report.latency.p50.micros()),
        ("p95_micros", report.latency.p95.micros()),
        ("p99_micros", report.latency.p99.micros()),
    ] {
        facts.insert(format!("{prefix}{name}"), i64::try_from(value).unwrap_or(i64::MAX));
    }
    for (name, value) in of_promises(lesson, report) {
        facts.insert(format!("{prefix}{name}"), value);
    }
    facts
}

/// What a run shows of a lesson's promises, and how its operations ended.
fn of_promises(lesson: &Lesson, report: &Report) -> Vec<(String, i64)> {
    let number = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    let broke = |key: &str| report.broken.iter().any(|broken| broken.promise == key);
    let [succeeded, refused, failed] = outcomes(report);
    let mut facts: Vec<(String, i64)> = [
        ("operations", succeeded + refused + failed),
        ("succeeded", succeeded),
        ("refused", refused),
        ("promises_broken", lesson.promises.iter().filter(|promise| broke(&promise.key)).count() as u64),
        ("deadlocks", report.deadlocks),
        ("lock_waits", report.lock_waits),
        ("charges", report.charges),
    ]
    .map(|(name, value)| (name.to_owned(), number(value)))
    .into();
    facts.push(("charged_cents".to_owned(), number(report.charged_cents) - number(report.refunded_cents)));
    if !lesson.promises.is_empty() {
        facts.push(("failed".to_owned(), number(failed)));
    }
    for promise in &lesson.promises {
        facts.push((format!("breaks.{}", promise.key), i64::from(broke(&promise.key))));
    }
    facts
}

/// How many operations ended with a 2xx status, with a 4xx status, and otherwise. An operation is all requests of
/// the same letters; its last one counts, and an answer that never arrived is none.
fn outcomes(report: &Report) -> [u64; 3] {
    let mut last: BTreeMap<&str, Option<u16>> = BTreeMap::new();
    for operation in &report.operations {
        last.insert(&operation.name, None);
    }
    // A request that a handler sent is no client's.
    for request in report.requests.iter().filter(|request| !request.name.contains('.')) {
        let letters = request.name.trim_end_matches(|digit: char| digit.is_ascii_digit());
        last.insert(letters, request.status.filter(|_| !request.is_response_lost));
    }
    let mut counts = [0; 3];
    for status in last.into_values() {
        let kind = match status {
            Some(200..=299) => 0,
            Some(400..=499) => 1,
            _ => 2,
        };
        counts[kind] += 1;
    }
    counts
}

/// Replaces `{name}` by its fact. A name that has none stays as it is, so that it is seen.
pub(crate) fn fill(template: &str, fact: impl Fn(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        let (before, after) = rest.split_at(open);
        out.push_str(before);
        let name = after[1..].split('}').next().unwrap_or("");
        match fact(name) {
            Some(value) if after.len() > name.len() + 1 => {
                out.push_str(&value);
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
        let fact = |name: &str| (name == "broken.statements").then(|| "101".to_owned());
        for (template, expected) in [
            ("It sent {broken.statements} statements.", "It sent 101 statements."),
            ("f\"{name}\" and {broken.statements}", "f\"{name}\" and 101"),
            ("an open { brace {broken.statements", "an open { brace {broken.statements"),
        ] {
            assert_eq!(fill(template, fact), expected);
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
