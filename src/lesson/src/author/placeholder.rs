//! Placeholders in texts: `{broken.statements}` becomes the recorded number, marked as recorded.
//!
//! In: the lesson's settings and, once there is one, its record. Out: a piece of HTML. Numbers of runs are
//! never typed by hand, so they cannot grow old.

use super::problem::{alternatives, nearest};
use super::vocabulary::{RECORDED, names};
use crate::{Record, RunRecord, Setting};
use unhappy_trace::{SimDuration, text::thousands};

/// What placeholders may name.
#[derive(Debug)]
pub(super) struct Placeholders<'a> {
    pub(super) settings: &'a [Setting],
    /// What was recorded: `broken`, `fixes.join`, `flavours.orm.broken`, `flavours.orm.wrong.lazy`.
    pub(super) codes: Vec<String>,
    /// None until the first blessing: every recorded number is shown as `…` then.
    pub(super) record: Option<&'a Record>,
}

/// A placeholder that names nothing, with a name that may have been meant.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unknown {
    pub(super) hint: String,
}

impl Placeholders<'_> {
    /// Returns the HTML for a name between braces.
    pub(super) fn fill(&self, name: &str) -> Result<String, Unknown> {
        if let Some(setting) = self.settings.iter().find(|setting| setting.key == name) {
            let (value, minus) = (setting.default, if setting.default < 0 { "−" } else { "" });
            let shown = thousands(value.unsigned_abs());
            return Ok(format!("<data class=\"setting\" value=\"{value}\">{minus}{shown}</data>"));
        }
        if !self.known().iter().any(|known| known == name) {
            return Err(self.unknown(name));
        }
        let (code, measure) = name.rsplit_once('.').expect("every recorded name has a last word");
        let found = self.record.and_then(|record| Some((record, measured(record, code, measure)?)));
        Ok(match found {
            None => "<data class=\"recorded\" value=\"\">…</data>".to_owned(),
            Some((record, (value, shown))) => {
                let engine = escaped(&record.engine);
                format!(
                    "<data class=\"recorded\" value=\"{value}\" title=\"recorded with engine {engine}\">{shown}</data>"
                )
            }
        })
    }

    fn known(&self) -> Vec<String> {
        let of = |code: &String| {
            let broken = code.ends_with("broken");
            let measures = names(RECORDED).filter(move |measure| broken || *measure != SEEDS_FAILING);
            let code = code.clone();
            measures.map(move |measure| format!("{code}.{measure}"))
        };
        self.codes.iter().flat_map(of).collect()
    }

    fn unknown(&self, name: &str) -> Unknown {
        let known = self.known();
        let settings = self.settings.iter().map(|setting| setting.key.as_str());
        let known: Vec<&str> = settings.chain(known.iter().map(String::as_str)).collect();
        let hint = match nearest(name, &known) {
            Some(near) => format!("did you mean {{{near}}}?"),
            None => {
                let measures: Vec<&str> = names(RECORDED).collect();
                format!(
                    "known are settings, broken.…, fixes.KEY.… and wrong.KEY.… with {}; write braces that \
                     are meant as code between backticks",
                    alternatives(&measures)
                )
            }
        };
        Unknown { hint }
    }
}

/// The measure that only broken code has: other code is not run over all seeds.
const SEEDS_FAILING: &str = "seeds_failing";

/// Returns what was recorded of a code, with the share of seeds that fail where that was recorded.
fn recorded<'a>(record: &'a Record, code: &str) -> Option<(&'a RunRecord, u32)> {
    let parts: Vec<&str> = code.split('.').collect();
    match parts.as_slice() {
        ["broken"] => Some((&record.broken, record.seeds_failing_per_mille)),
        ["flavours", flavour, "broken"] => {
            let flavour = record.flavours.get(*flavour)?;
            Some((&flavour.broken, flavour.seeds_failing_per_mille))
        }
        ["flavours", flavour, _, key] => Some((record.flavours.get(*flavour)?.experiments.get(*key)?, 0)),
        [_, key] => Some((record.experiments.get(*key)?, 0)),
        _ => None,
    }
}

/// The number as a machine reads it (microseconds for times, cents for money) and as a person reads it.
fn measured(record: &Record, code: &str, measure: &str) -> Option<(u64, String)> {
    let (run, seeds_failing) = recorded(record, code)?;
    let [p50, p95, p99] = run.latency_micros;
    let outcome = &run.outcome;
    let time = |micros| (micros, SimDuration::from_micros(micros).to_string());
    let count = |number| (number, thousands(number));
    Some(match measure {
        "statements" => count(run.statements),
        "rows_visited" => count(run.rows_visited),
        "p50" => time(p50),
        "p95" => time(p95),
        "p99" => time(p99),
        "operations" => count(outcome.operations),
        "succeeded" => count(outcome.succeeded),
        "refused" => count(outcome.refused),
        "failed" => count(outcome.failed),
        "broken_promises" => count(outcome.broken_promises.len() as u64),
        "deadlocks" => count(outcome.deadlocks),
        "lock_waits" => count(outcome.lock_waits),
        "charges" => count(outcome.charges),
        "charged" => (outcome.charged_cents, money(outcome.charged_cents)),
        SEEDS_FAILING => (u64::from(seeds_failing), share(seeds_failing)),
        _ => return None,
    })
}

/// Writes cents as `1,290.00`. The text says in which currency.
fn money(cents: u64) -> String {
    format!("{}.{:02}", thousands(cents / 100), cents % 100)
}

/// Writes a share as `62 of 100 runs`, or of 1,000 where it is finer.
fn share(per_mille: u32) -> String {
    if per_mille.is_multiple_of(10) {
        format!("{} of 100 runs", per_mille / 10)
    } else {
        format!("{per_mille} of 1,000 runs")
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FlavourRecord, OutcomeRecord};

    #[track_caller]
    fn check(record: Option<&Record>, name: &str, expected: &str) {
        let orders =
            Setting { key: "orders".into(), label: "orders".into(), default: 1000, min: 0, max: 9999 };
        let settings = [orders];
        let codes = ["broken", "fixes.join", "flavours.orm.broken", "flavours.orm.wrong.lazy"];
        let codes = codes.map(str::to_owned).to_vec();
        let placeholders = Placeholders { settings: &settings, codes, record };
        let filled = placeholders.fill(name);
        assert_eq!(filled.unwrap_or_else(|unknown| unknown.hint), expected);
    }

    #[test]
    fn names_become_numbers() {
        let run = |statements, micros| RunRecord {
            statements,
            latency_micros: [micros, micros, micros],
            ..RunRecord::default()
        };
        let mut record = Record { engine: "9.9.9".into(), broken: run(1001, 48_260), ..Record::default() };
        record.experiments.insert("join".into(), run(1, 700));
        let record = Some(&record);
        let title = "title=\"recorded with engine 9.9.9\"";
        check(None, "orders", "<data class=\"setting\" value=\"1000\">1,000</data>");
        check(None, "broken.p95", "<data class=\"recorded\" value=\"\">…</data>");
        check(
            record,
            "broken.statements",
            &format!("<data class=\"recorded\" value=\"1001\" {title}>1,001</data>"),
        );
        check(
            record,
            "broken.p95",
            &format!("<data class=\"recorded\" value=\"48260\" {title}>48.3 ms</data>"),
        );
        check(
            record,
            "fixes.join.statements",
            &format!("<data class=\"recorded\" value=\"1\" {title}>1</data>"),
        );
        check(record, "fixes.jion.p50", "did you mean {fixes.join.p50}?");
        check(record, "fixes.join.seeds_failing", UNKNOWN);
    }

    const UNKNOWN: &str = "known are settings, broken.…, fixes.KEY.… and wrong.KEY.… with statements, \
        rows_visited, p50, p95, p99, operations, succeeded, refused, failed, broken_promises, deadlocks, \
        lock_waits, charges, charged or seeds_failing; write braces that are meant as code between backticks";

    // A name of the vocabulary that nobody fills would show dots for ever.
    #[test]
    fn every_recorded_name_has_a_value() {
        let outcome = OutcomeRecord { charged_cents: 129_005, ..OutcomeRecord::default() };
        let broken = RunRecord { outcome, ..RunRecord::default() };
        let flavour = FlavourRecord { broken: broken.clone(), ..FlavourRecord::default() };
        let record = Record {
            flavours: [("orm".to_owned(), flavour)].into(),
            seeds_failing_per_mille: 620,
            broken,
            ..Record::default()
        };
        for measure in names(RECORDED) {
            assert!(measured(&record, "broken", measure).is_some(), "{measure}");
        }
        let text = |code, measure| measured(&record, code, measure).map(|(_, text)| text);
        assert_eq!(text("broken", "seeds_failing").as_deref(), Some("62 of 100 runs"));
        assert_eq!(text("flavours.orm.broken", "charged").as_deref(), Some("1,290.05"));
        assert_eq!(text("flavours.orm.wrong.lazy", "charged"), None);
        assert_eq!(share(615), "615 of 1,000 runs");
    }
}
