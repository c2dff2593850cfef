//! Placeholders in texts: `{broken.statements}` becomes the recorded number, marked as recorded.
//!
//! In: the lesson's settings and, once there is one, its record. Out: a piece of HTML. Numbers of runs are
//! never typed by hand, so they cannot grow old.

use super::problem::nearest;
use super::vocabulary::{RECORDED, names};
use crate::{Record, RunRecord, Setting};
use unhappy_trace::{SimDuration, text::thousands};

/// What placeholders may name.
#[derive(Debug)]
pub(super) struct Placeholders<'a> {
    pub(super) settings: &'a [Setting],
    pub(super) fixes: Vec<&'a str>,
    pub(super) wrong: Vec<&'a str>,
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
        Ok(match self.record.and_then(|record| Some((record, run_of(record, code)?))) {
            None => "<data class=\"recorded\" value=\"\">…</data>".to_owned(),
            Some((record, run)) => {
                let (value, shown) = measured(run, measure);
                let engine = escaped(&record.engine);
                format!(
                    "<data class=\"recorded\" value=\"{value}\" title=\"recorded with engine {engine}\">{shown}</data>"
                )
            }
        })
    }

    fn known(&self) -> Vec<String> {
        let fixes = self.fixes.iter().map(|key| format!("fixes.{key}"));
        let wrong = self.wrong.iter().map(|key| format!("wrong.{key}"));
        let codes = std::iter::once("broken".to_owned()).chain(fixes).chain(wrong);
        codes.flat_map(|code| names(RECORDED).map(move |measure| format!("{code}.{measure}"))).collect()
    }

    fn unknown(&self, name: &str) -> Unknown {
        let known = self.known();
        let settings = self.settings.iter().map(|setting| setting.key.as_str());
        let known: Vec<&str> = settings.chain(known.iter().map(String::as_str)).collect();
        let hint = match nearest(name, &known) {
            Some(near) => format!("did you mean {{{near}}}?"),
            None => {
                "known are settings, broken.…, fixes.KEY.… and wrong.KEY.… with statements, rows_visited, \
                     p50, p95 or p99; write braces that are meant as code between backticks"
                    .to_owned()
            }
        };
        Unknown { hint }
    }
}

fn run_of<'a>(record: &'a Record, code: &str) -> Option<&'a RunRecord> {
    match code.split_once('.') {
        None => Some(&record.broken),
        Some((_, key)) => record.experiments.get(key),
    }
}

/// The number as a machine reads it (microseconds for times) and as a person reads it.
fn measured(run: &RunRecord, measure: &str) -> (u64, String) {
    let [p50, p95, p99] = run.latency_micros;
    let time = |micros| (micros, SimDuration::from_micros(micros).to_string());
    match measure {
        "statements" => (run.statements, thousands(run.statements)),
        "rows_visited" => (run.rows_visited, thousands(run.rows_visited)),
        "p50" => time(p50),
        "p95" => time(p95),
        _ => time(p99),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(record: Option<&Record>, name: &str, expected: &str) {
        let orders =
            Setting { key: "orders".into(), label: "orders".into(), default: 1000, min: 0, max: 9999 };
        let settings = [orders];
        let placeholders = Placeholders { settings: &settings, fixes: vec!["join"], wrong: vec![], record };
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
    }
}
