//! `unhappy judge`: the verdict on code, as text or JSON.

use crate::EXIT_REFUSED;
use crate::arguments::JudgeOptions;
use crate::course::{changed_files, lesson_of};
use crate::output::{print, print_json};
use serde_json::json;
use std::path::Path;
use std::process::ExitCode;
use std::rc::Rc;
use unhappy_judge::{Change, Judge};
use unhappy_sim::Machine;
use unhappy_trace::Verdict;

/// Version of the JSON form.
const JSON_FORMAT: u32 = 1;

/// Runs the command.
pub fn run(lessons: &Path, options: &JudgeOptions) -> anyhow::Result<ExitCode> {
    let lesson = lesson_of(lessons, &options.slug, &options.code)?;
    let files = changed_files(&lesson, &options.code)?;
    let tried = options.code.fix.as_ref().or(options.code.wrong.as_ref());
    let experiment = tried.and_then(|key| lesson.experiment(key));
    let settings = experiment.map(|experiment| experiment.settings.clone()).unwrap_or_default();
    let verdict = Judge::new(&Rc::new(Machine::new()), &lesson).judge(&Change { files, settings })?;
    if options.json {
        print_json(&json!({
            "format": JSON_FORMAT,
            "lesson": lesson.slug,
            "accepted": verdict.accepted,
            "family": verdict.family.as_ref().map(|family| &family.key),
            "sentence": verdict.sentence,
            "reason": verdict.family.as_ref().map(|family| &family.text),
            "findings": verdict.findings.iter().map(|finding| json!({
                "text": finding.text,
                "case": finding.case,
                "variant": finding.run.variant,
                "settings": finding.run.settings,
                "data_seed": finding.run.data_seed,
                "seed": finding.run.seed,
                "requests": finding.run.requests,
                "choices": finding.run.choices.to_string(),
            })).collect::<Vec<_>>(),
            "cases": verdict.cases.iter().map(|case| json!({
                "name": case.name, "passed": case.passed, "statements": case.statements,
            })).collect::<Vec<_>>(),
            "coverage": verdict.coverage,
        }))?;
    } else {
        print(&as_text(&verdict))?;
    }
    Ok(if verdict.accepted { ExitCode::SUCCESS } else { ExitCode::from(EXIT_REFUSED) })
}

fn as_text(verdict: &Verdict) -> String {
    let mut out = vec![verdict.sentence.clone()];
    out.extend(verdict.family.as_ref().map(|family| family.text.clone()));
    // Without a family the sentence is the first finding already.
    let said = usize::from(verdict.family.is_none() && !verdict.accepted);
    out.extend(verdict.findings.iter().skip(said).map(|finding| format!("- {}", finding.text)));
    out.push(verdict.coverage.clone());
    out.join("\n")
}
