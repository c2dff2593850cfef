//! `unhappy run`: one run of a lesson, as text, JSON or a picture for Perfetto (`perfetto.rs`).

use crate::arguments::RunOptions;
use crate::course::{changed_files, lesson_of};
use crate::output::{print, print_json};
use crate::perfetto::perfetto;
use anyhow::bail;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::rc::Rc;
use unhappy_lesson::Lesson;
use unhappy_sim::{Finished, Machine, Run, World};
use unhappy_trace::event::EventKind;
use unhappy_trace::{Choices, Inputs, Report, RunString, Trace, text, trace_hash};
use unhappy_view::Evidence;

/// Version of the JSON form.
const JSON_FORMAT: u32 = 1;

/// Runs the command.
pub fn run(lessons: &Path, options: &RunOptions) -> anyhow::Result<ExitCode> {
    let lesson = lesson_of(lessons, &options.slug, &options.code)?;
    let inputs = inputs(&lesson, options)?;
    let machine = Rc::new(Machine::new());
    let world = World::build(&machine, &lesson, &inputs)?;
    let mut name = world.run_string(&lesson);
    let finished = Run::start(&machine, &lesson, world).finish();
    name.trace = Some(trace_hash(&finished.trace));
    let report = Report::of(&finished.trace);
    if options.perfetto {
        print(&perfetto(&finished.trace, &name.to_string())?)?;
    } else if options.json {
        print_json(&as_json(&lesson, &name, &finished, &report, options.events))?;
    } else {
        let evidence = Evidence::of(&finished.trace, &lesson, &inputs);
        print(&as_text(&name, &finished, &report, &evidence))?;
        if options.text {
            print(&format!("\n{}", evidence.schedule.to_text()))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn inputs(lesson: &Lesson, options: &RunOptions) -> anyhow::Result<Inputs> {
    let mut settings = BTreeMap::new();
    for pair in &options.settings {
        let Some((key, value)) =
            pair.split_once('=').and_then(|(key, value)| Some((key, value.parse().ok()?)))
        else {
            bail!("--set {pair}: expected KEY=NUMBER, such as orders=1000");
        };
        settings.insert(key.to_owned(), value);
    }
    Ok(Inputs {
        files: changed_files(lesson, &options.code)?,
        settings,
        variant: options.variant.clone(),
        data_seed: options.data_seed,
        seed: options.seed.unwrap_or(lesson.traffic.seed),
        requests: options.requests.unwrap_or(lesson.traffic.requests),
        faults: options.faults.clone(),
        choices: options.schedule.clone().map_or(Choices::Timed, Choices::Chosen),
    })
}

fn as_json(lesson: &Lesson, name: &RunString, finished: &Finished, report: &Report, events: bool) -> Json {
    let trace = &finished.trace;
    let shapes: Vec<Json> = report
        .shapes
        .iter()
        .map(|line| {
            let shape = trace.shape(line.shape);
            json!({
                "shape": shape.text,
                "count": line.count,
                "most_in_a_request": line.most_in_a_request,
                "different_arguments": line.different_arguments,
                "rows": line.rows,
                "rows_visited": line.rows_visited,
                "time_micros": line.time.micros(),
                "refused": line.refused,
                "places": line.places.iter().map(|(file, line)| format!("{file}:{line}")).collect::<Vec<_>>(),
                "plan": shape.plan.iter().map(|node| &node.text).collect::<Vec<_>>(),
                "in_list": shape.in_list,
                "subquery": shape.subquery,
            })
        })
        .collect();
    let requests: Vec<Json> = report
        .requests
        .iter()
        .map(|request| {
            json!({
                "name": request.name,
                "status": request.status,
                "latency_micros": request.latency.map(|span| span.micros()),
                "statements": request.statements,
                "rows_visited": request.rows_visited,
                "rows": request.rows,
                "digest": request.digest.map(|digest| digest.to_string()),
            })
        })
        .collect();
    let mut out = json!({
        "format": JSON_FORMAT,
        "lesson": lesson.slug,
        "run": name.to_string(),
        "trace": name.trace.map(|digest| digest.to_string()),
        "statements": report.most_statements(),
        "statements_in_all": report.statements,
        "rows_visited": report.most_rows_visited(),
        "latency_micros": {
            "p50": report.latency.p50.micros(), "p95": report.latency.p95.micros(),
            "p99": report.latency.p99.micros(), "max": report.latency.max.micros(),
        },
        "statuses": report.statuses.iter().map(|(status, count)| (status.to_string(), json!(count))).collect::<serde_json::Map<_, _>>(),
        "sql_errors": report.sql_errors,
        "stopped": finished.stopped,
        "diagnostics": finished.diagnostics,
        "output": said(trace),
        "lines": report.first_request_lines,
        "shapes": shapes,
        "requests": requests,
        "first_answer": finished.answers.first().cloned().flatten().map(|(status, body)| json!({
            "status": status,
            "body": serde_json::from_str::<Json>(&body.to_json()).unwrap_or(Json::Null),
        })),
    });
    if events {
        out["events"] = json!(trace);
    }
    out
}

/// Printed lines and notes, each with its request and place.
fn said(trace: &Trace) -> Vec<Json> {
    trace
        .events
        .iter()
        .filter_map(|event| {
            let (kind, said) = match &event.kind {
                EventKind::Printed(said) => ("printed", said),
                EventKind::Noted(said) => ("noted", said),
                _ => return None,
            };
            let place = said.place.map(|place| format!("{}:{}", trace.text(place.file), place.line));
            Some(json!({
                "kind": kind, "request": trace.text(event.actor), "place": place, "text": trace.text(said.text),
            }))
        })
        .collect()
}

fn as_text(name: &RunString, finished: &Finished, report: &Report, evidence: &Evidence) -> String {
    let mut out = Vec::new();
    if let Some(stopped) = &finished.stopped {
        out.push(format!("Stopped: {stopped}"));
    }
    for found in &finished.diagnostics {
        out.push(format!("{}:{}:{}: {}", found.file, found.line, found.column, found.message));
        out.extend(found.hint.as_ref().map(|hint| format!("  hint: {hint}")));
    }
    let requests = text::counted(report.requests.len() as u64, "request", "requests");
    let statements = text::counted(report.most_statements(), "statement", "statements");
    out.push(format!("{requests}, {statements} each at most"));
    let latency = report.latency;
    out.push(format!("latency p50 {}, p95 {}, p99 {}", latency.p50, latency.p95, latency.p99));
    out.push(format!("rows visited by one request: {}", text::thousands(report.most_rows_visited())));
    out.push(evidence.tally.to_text());
    for line in &report.shapes {
        let shape = finished.trace.shape(line.shape);
        let places: Vec<String> = line.places.iter().map(|(file, line)| format!("{file}:{line}")).collect();
        out.push(format!(
            "{:>8} ×  {}   ({})",
            text::thousands(line.most_in_a_request),
            shape.text,
            places.join(", ")
        ));
        out.extend(
            shape
                .plan
                .iter()
                .map(|node| format!("            {}{}", "  ".repeat(node.depth as usize), node.text)),
        );
    }
    out.extend(finished.trace.events.iter().filter_map(|event| match &event.kind {
        EventKind::Printed(said) | EventKind::Noted(said) => {
            Some(format!("{}: {}", finished.trace.text(event.actor), finished.trace.text(said.text)))
        }
        _ => None,
    }));
    out.push(format!("run {name}"));
    out.join("\n")
}
