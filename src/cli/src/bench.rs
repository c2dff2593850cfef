//! `unhappy bench`: how long traffic takes, part by part, and how long exploring takes. For `cargo xtask bench`, which
//! shows it beside the goals.
//!
//! Traffic is measured on the lesson's broken code: starting an interpreter, building a world, the run with line counts on, the
//! same statements sent to the database without Python, writing the trace for the page. What is left of the run is
//! Python and the kernel. The fastest of several rounds counts, because machines are shared.
//!
//! Exploring is measured on lessons about interleavings and faults, by one interpreter that is already warm: from a world
//! that is built to what was found, without the run that shows a counterexample once more.

use crate::arguments::BenchOptions;
use crate::course::lesson;
use crate::output::print_json;
use anyhow::Context as _;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::rc::Rc;
use unhappy_db::{Binds, SessionId};
use unhappy_explore::{Options, Search, Worlds};
use unhappy_lesson::{Bound, Lesson};
use unhappy_sim::{Machine, Run, Work, World};
use unhappy_trace::{Choices, Explored, Inputs, Schedule, SimInstant, Then, Trace, Value, trace_hash};
use unhappy_view::Evidence;

/// Rounds of each measurement.
const ROUNDS: u32 = 5;

/// Distinct states of one exploration: more than any of them has.
const STATES: u64 = 60_000;

/// What is explored: lesson, fix or none for its broken code, operations.
const EXPLORATIONS: [(&str, Option<&str>, u32); 7] = [
    ("oversell", None, 2),
    ("oversell", None, 3),
    ("oversell", Some("for-update"), 2),
    ("oversell", Some("for-update"), 3),
    ("double-charge", None, 1),
    ("deadlock", None, 2),
    ("deadlock", Some("fixed-order"), 2),
];

/// Runs the command.
pub fn run(lessons: &Path, options: &BenchOptions) -> anyhow::Result<ExitCode> {
    let n_plus_one = lesson(lessons, "n-plus-one")?;
    let (start, machine) = timed(|| Rc::new(Machine::new()));
    let mut runs = vec![];
    for requests in &options.requests {
        runs.push(measure(&machine, &n_plus_one, *requests)?);
    }
    let mut explorations = vec![];
    for (slug, fix, operations) in EXPLORATIONS {
        let lesson = lesson(lessons, slug)?;
        let found = explore(&machine, &lesson, fix, operations).with_context(|| format!("lesson {slug}"))?;
        let which = json!({ "lesson": slug, "code": fix.unwrap_or("broken"), "operations": operations });
        explorations.push(json!({ "of": which, "found": found }));
    }
    print_json(&json!({ "start_ms": start, "runs": runs, "explorations": explorations }))?;
    Ok(ExitCode::SUCCESS)
}

/// Explores every schedule of so many operations within the lesson's bound.
fn explore(
    machine: &Rc<Machine>,
    lesson: &Rc<Lesson>,
    fix: Option<&str>,
    operations: u32,
) -> anyhow::Result<Json> {
    let bound = lesson.bound.as_ref().context("there is no bound")?;
    let world = World::build(machine, lesson, &inputs(lesson, bound, fix, operations)?)?;
    let promises: Vec<String> = lesson.promises.iter().map(|promise| promise.key.clone()).collect();
    let mut best = f64::INFINITY;
    let (mut found, mut work) = (Explored::default(), Work::default());
    for _ in 0..ROUNDS {
        let world = world.clone();
        let (took, round) = timed(|| explored(Worlds::new(machine, lesson, world, bound), &promises));
        best = best.min(took);
        (found, work) = round;
    }
    Ok(json!({
        "states": found.states,
        "transitions": found.transitions,
        "transitions_per_state": found.transitions as f64 / found.states as f64,
        "schedules": found.schedules.to_string(),
        "broken_schedules": found.broken_schedules.to_string(),
        "is_complete": found.is_complete(),
        "whole_history": found.whole_history,
        "python_steps_asked": work.asked,
        "python_steps_made": work.made,
        "python_steps_repeated": work.repeated,
        "ms": best,
    }))
}

/// The inputs of an exploration, as the judge has them.
fn inputs(lesson: &Lesson, bound: &Bound, fix: Option<&str>, operations: u32) -> anyhow::Result<Inputs> {
    let fix = fix.map(|key| lesson.experiment(key).with_context(|| format!("there is no fix {key}")));
    let files = fix.transpose()?.map(|fix| fix.files.clone()).unwrap_or_default();
    let settings = BTreeMap::from([("processes".to_owned(), i64::from(bound.processes))]);
    let choices = Choices::Chosen(Schedule { moves: vec![], then: Then::Finish });
    Ok(Inputs { files, settings, choices, ..unhappy_judge::inputs(lesson, operations) })
}

/// Explores to the end. Returns what was found, and how much work it was.
fn explored(mut worlds: Worlds, promises: &[String]) -> (Explored, Work) {
    let mut search = Search::new(Options { states: STATES, ..Options::default() });
    while !search.advance(&mut worlds, STATES).is_done {}
    let work = worlds.work();
    (search.into_graph(work.whole_history.clone()).report(promises), work)
}

fn measure(machine: &Rc<Machine>, lesson: &Rc<Lesson>, requests: u32) -> anyhow::Result<Json> {
    let settings = BTreeMap::from([("orders".to_owned(), 10)]);
    let inputs = Inputs { settings, ..unhappy_judge::inputs(lesson, requests) };
    let mut best = [f64::INFINITY; 5];
    let mut sizes = (0, 0, 0);
    for _ in 0..ROUNDS {
        let (build, world) = timed(|| World::build(machine, lesson, &inputs));
        let world = world?;
        let (ran, finished) = timed(|| Run::start(machine, lesson, world.clone()).finish());
        let (hash, _) = timed(|| trace_hash(&finished.trace));
        let (evidence, shown) = timed(|| Evidence::of(&finished.trace, lesson, &inputs));
        let database = database_alone(lesson, &finished.trace)?;
        for (best, now) in best.iter_mut().zip([build, ran, hash, evidence, database]) {
            *best = best.min(now);
        }
        let statements = finished.trace.statements().count();
        sizes = (statements, finished.trace.events.len(), shown.lines.len());
    }
    let [build, ran, hash, evidence, database] = best;
    Ok(json!({
        "requests": requests,
        "statements": sizes.0,
        "events": sizes.1,
        "files_with_counts": sizes.2,
        "build_ms": build,
        "run_ms": ran,
        "of_it_database_ms": database,
        "of_it_python_and_kernel_ms": ran - database,
        "hash_ms": hash,
        "evidence_ms": evidence,
    }))
}

/// Sends the statements of a trace to a database of their own, without Python and without a kernel.
fn database_alone(lesson: &Lesson, trace: &Trace) -> anyhow::Result<f64> {
    let engine = unhappy_db::Engine::new();
    let schema = lesson.file(&lesson.schema_file).map_or("", |file| file.text.as_str());
    let mut state = engine.create(schema, 1).map_err(|error| anyhow::anyhow!("{error}"))?;
    let statements: Vec<(&str, Binds)> = trace
        .statements()
        .map(|(_, statement)| {
            let id =
                trace.text(statement.binds).strip_prefix("{\"id\":").and_then(|rest| rest.strip_suffix('}'));
            let id = id.and_then(|id| id.parse().ok()).map(|id| ("id".to_owned(), Value::Int(id)));
            (trace.text(statement.sql), Binds(id.into_iter().collect()))
        })
        .collect();
    let (took, ()) = timed(|| {
        for (sql, binds) in &statements {
            engine.execute(&mut state, SessionId(1), sql, binds, SimInstant::START);
        }
    });
    Ok(took)
}

/// Milliseconds that something took, and what it gave.
#[expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "a benchmark reads the machine's clock"
)]
fn timed<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let start = std::time::Instant::now();
    let result = work();
    (start.elapsed().as_secs_f64() * 1000.0, result)
}
