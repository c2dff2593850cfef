//! `unhappy bench`: how long traffic takes, part by part. For `cargo xtask bench`, which shows it beside the goals.
//!
//! Measured on the lesson's broken code: starting an interpreter, building a world, the run with line counts on, the
//! same statements sent to the database without Python, writing the trace for the page. What is left of the run is
//! Python and the kernel. The fastest of several rounds counts, because machines are shared.

use crate::arguments::BenchOptions;
use crate::course::lesson;
use crate::output::print_json;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::rc::Rc;
use unhappy_db::{Binds, SessionId};
use unhappy_lesson::Lesson;
use unhappy_sim::{Machine, Run, World};
use unhappy_trace::{Inputs, SimInstant, Trace, Value, trace_hash};
use unhappy_view::Evidence;

/// Rounds of each measurement.
const ROUNDS: u32 = 5;

/// Runs the command.
pub fn run(lessons: &Path, options: &BenchOptions) -> anyhow::Result<ExitCode> {
    let lesson = lesson(lessons, "n-plus-one")?;
    let (start, machine) = timed(|| Rc::new(Machine::new()));
    let mut runs = vec![];
    for requests in &options.requests {
        runs.push(measure(&machine, &lesson, *requests)?);
    }
    print_json(&json!({ "start_ms": start, "runs": runs }))?;
    Ok(ExitCode::SUCCESS)
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
