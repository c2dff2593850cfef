//! `unhappy isolation`: plays isolation specs and shows, prints or writes what they gave.
//!
//! A spec that cannot be played is reported, and the others are still played. The JSON form is that of
//! `tests/oracle/README.md`.

use crate::EXIT_UNREADABLE;
use crate::arguments::IsolationOptions;
use crate::output::print;
use anyhow::Context as _;
use std::fs;
use std::path::Path;
use std::process::ExitCode;
use unhappy_db::Engine;
use unhappy_sim::isolation::{
    Ending, Output, PermutationResult, SpecResult, StatementResult, Status, StepEvent, play,
};
use unhappy_trace::Value;

/// Runs the command.
pub fn run(options: &IsolationOptions) -> anyhow::Result<ExitCode> {
    let engine = Engine::new();
    if let Some(folder) = &options.out {
        fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    let mut code = ExitCode::SUCCESS;
    for file in &options.files {
        match played(&engine, file) {
            Ok(result) => show(options, &result)?,
            Err(error) => {
                eprintln!("unhappy: {}: {error:#}", file.display());
                code = ExitCode::from(EXIT_UNREADABLE);
            }
        }
    }
    Ok(code)
}

fn played(engine: &Engine, file: &Path) -> anyhow::Result<SpecResult> {
    let spec = fs::read_to_string(file)?;
    let name = file.file_stem().unwrap_or_default().to_string_lossy();
    Ok(play(engine, &name, &spec)?)
}

fn show(options: &IsolationOptions, result: &SpecResult) -> anyhow::Result<()> {
    match &options.out {
        Some(folder) => {
            let path = folder.join(format!("{}.json", result.spec));
            fs::write(&path, result.to_json() + "\n").with_context(|| path.display().to_string())
        }
        None if options.json => print(&result.to_json()),
        None => print(&as_text(result)),
    }
}

fn as_text(result: &SpecResult) -> String {
    let mut out = vec![result.spec.clone()];
    for permutation in &result.permutations {
        out.push(format!("  {}", permutation.steps.join(" ")));
        out.extend(permutation_lines(permutation).into_iter().map(|line| format!("    {line}")));
    }
    out.join("\n")
}

fn permutation_lines(permutation: &PermutationResult) -> Vec<String> {
    let width = permutation.steps.iter().map(|step| step.chars().count()).max().unwrap_or(0);
    let event = |event: &StepEvent| format!("{:width$}  {}", event.step, event_text(event));
    let mut lines: Vec<String> = permutation.events.iter().map(event).collect();
    match &permutation.ending {
        Ending::Final(tables) => {
            lines.extend(tables.iter().map(|(name, rows)| format!("table {name}: {}", rows_text(rows))));
        }
        Ending::Invalid { step, waiting } => {
            lines.push(format!("{step} could not be sent: its session still waits in {waiting}"));
        }
        Ending::Unfinished(steps) => lines.push(format!("still waiting at the end: {}", steps.join(", "))),
    }
    lines
}

fn event_text(event: &StepEvent) -> String {
    let mut text = match &event.status {
        Status::Waiting => "waits".to_owned(),
        Status::Ok { results } => results_text(results),
        Status::Error { sqlstate, message, results, .. } if results.is_empty() => {
            format!("error {sqlstate}: {message}")
        }
        Status::Error { sqlstate, message, results, .. } => {
            format!("{}; error {sqlstate}: {message}", results_text(results))
        }
    };
    for warning in &event.warnings {
        text += &format!(" (warning {warning})");
    }
    text
}

fn results_text(results: &[StatementResult]) -> String {
    let texts: Vec<String> = results
        .iter()
        .map(|result| match &result.output {
            Output::None => result.tag.clone(),
            Output::Rows(rows) => format!("{}: {}", result.tag, rows_text(rows)),
            Output::Changed(count) => format!("{} {count}", result.tag),
        })
        .collect();
    texts.join("; ")
}

fn rows_text(rows: &[Vec<Value>]) -> String {
    if rows.is_empty() {
        return "no rows".to_owned();
    }
    let cells = |row: &Vec<Value>| row.iter().map(Value::to_json).collect::<Vec<_>>().join(", ");
    rows.iter().map(|row| format!("({})", cells(row))).collect::<Vec<_>>().join(" ")
}
