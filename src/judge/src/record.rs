//! Recording a lesson: what its runs give, for `expected.json`.
//!
//! In: a lesson. Out: the numbers of its broken code, of every fix and wrong fix, of every size, of its flavours, and
//! the share of traffic seeds on which the broken code fails. Not here: whether they are right (`check.rs`).

use crate::case::inputs;
use crate::facts::observe;
use crate::judging::{Change, Judge};
use crate::outcomes::{Outcomes, operation_latency, timed};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use unhappy_lesson::{Experiment, FlavourRecord, Lesson, OutcomeRecord, ProofRecord, Record, RunRecord};
use unhappy_sim::{ENGINE_VERSION, Finished, Machine, Refusal, Run, World};
use unhappy_trace::{Choices, Digest, Explored, Inputs, Report, SweepPoint, Verdict, trace_hash};

/// Traffic seeds that the share of failing runs is taken over.
const SEEDS: u64 = 200;

/// Traffic seeds whose traces are recorded as one digest. The browser tests run them as well.
const HASHED_SEEDS: u64 = 100;

/// Runs everything that is recorded of a lesson.
///
/// # Errors
/// A [`Refusal`] when a world cannot be built.
pub fn record_lesson(machine: &Rc<Machine>, lesson: &Rc<Lesson>) -> Result<Record, Refusal> {
    let (own, seeds_trace) = record_code(machine, lesson)?;
    let mut flavours = BTreeMap::new();
    for flavour in &lesson.flavours {
        let Some(other) = lesson.in_flavour(&flavour.key).map(Rc::new) else { continue };
        flavours.insert(flavour.key.clone(), record_code(machine, &other)?.0);
    }
    Ok(Record {
        engine: ENGINE_VERSION.to_owned(),
        broken: own.broken,
        sweep: sweep(machine, lesson)?,
        experiments: own.experiments,
        seeds_failing_per_mille: own.seeds_failing_per_mille,
        seeds_trace,
        broken_lines: own.broken_lines,
        flavours,
    })
}

/// What a fix or wrong fix changes.
pub(crate) fn change_of(experiment: &Experiment) -> Change {
    Change { files: experiment.files.clone(), settings: experiment.settings.clone() }
}

/// Runs the broken code, the fixes and the wrong fixes. Gives also the digest of the traces of many seeds.
fn record_code(machine: &Rc<Machine>, lesson: &Rc<Lesson>) -> Result<(FlavourRecord, String), Refusal> {
    let mut judge = Judge::new(machine, lesson);
    let nothing = Change::default();
    let verdict = judge.judge(&nothing)?;
    let (broken, report) = record_run(machine, lesson, &nothing, &verdict)?;
    let mut experiments = BTreeMap::new();
    for experiment in lesson.fixes.iter().chain(&lesson.wrong) {
        let change = change_of(experiment);
        let verdict = judge.judge(&change)?;
        let (record, _) = record_run(machine, lesson, &change, &verdict)?;
        experiments.insert(experiment.key.clone(), record);
    }
    let seeds = seeds(machine, lesson)?;
    let record = FlavourRecord {
        broken,
        experiments,
        seeds_failing_per_mille: seeds.failing_per_mille,
        broken_lines: report.first_request_lines,
    };
    Ok((record, seeds.trace))
}

pub(crate) fn run(
    machine: &Rc<Machine>,
    lesson: &Rc<Lesson>,
    inputs: &Inputs,
) -> Result<(Finished, Report), Refusal> {
    let world = World::build(machine, lesson, inputs)?;
    let finished = Run::start(machine, lesson, world).finish();
    let report = Report::of(&finished.trace);
    Ok((finished, report))
}

fn record_run(
    machine: &Rc<Machine>,
    lesson: &Rc<Lesson>,
    change: &Change,
    verdict: &Verdict,
) -> Result<(RunRecord, Report), Refusal> {
    let inputs = change.inputs(&inputs(lesson, lesson.traffic.requests));
    let (finished, report) = run(machine, lesson, &inputs)?;
    let latency = if lesson.promises.is_empty() { report.latency } else { operation_latency(&report) };
    let record = RunRecord {
        statements: report.most_statements(),
        rows_visited: report.most_rows_visited(),
        latency_micros: [latency.p50, latency.p95, latency.p99].map(|span| span.micros()),
        accepted: verdict.accepted,
        family: verdict.family.as_ref().map(|family| family.key.clone()),
        trace: trace_hash(&finished.trace).to_string(),
        outcome: outcome(lesson, &report),
        proof: verdict.explored.as_ref().map(proof),
    };
    Ok((record, report))
}

/// What exploring gave.
fn proof(explored: &Explored) -> ProofRecord {
    let smallest = explored.broken.iter();
    ProofRecord {
        is_complete: explored.is_complete(),
        states: explored.states,
        schedules: explored.schedules.to_string(),
        broken_schedules: explored.broken_schedules.to_string(),
        smallest: smallest.map(|found| (found.promise.clone(), found.smallest.to_string())).collect(),
    }
}

/// What clients and services saw; nothing in a lesson without promises.
fn outcome(lesson: &Lesson, report: &Report) -> OutcomeRecord {
    if lesson.promises.is_empty() {
        return OutcomeRecord::default();
    }
    let outcomes = Outcomes::of(report);
    let broken: BTreeSet<&str> = report.broken.iter().map(|broken| broken.promise.as_str()).collect();
    let keys = lesson.promises.iter().map(|promise| promise.key.as_str());
    OutcomeRecord {
        operations: outcomes.operations,
        succeeded: outcomes.succeeded,
        refused: outcomes.refused,
        failed: outcomes.failed,
        broken_promises: keys.filter(|key| broken.contains(key)).map(str::to_owned).collect(),
        deadlocks: report.deadlocks,
        lock_waits: report.lock_waits,
        charges: report.charges,
        charged_cents: report.charged_cents.saturating_sub(report.refunded_cents),
    }
}

/// Runs every size; none for a lesson without sizes.
fn sweep(machine: &Rc<Machine>, lesson: &Rc<Lesson>) -> Result<Vec<SweepPoint>, Refusal> {
    lesson.sizes.values.iter().map(|size| sweep_point(machine, lesson, *size)).collect()
}

/// Runs one size.
fn sweep_point(machine: &Rc<Machine>, lesson: &Rc<Lesson>, size: i64) -> Result<SweepPoint, Refusal> {
    let mut inputs = inputs(lesson, lesson.sizes.requests);
    inputs.settings.insert(lesson.sizes.setting.clone(), size);
    let (finished, _) = run(machine, lesson, &inputs)?;
    Ok(SweepPoint::of(size, &finished.trace, finished.stopped))
}

/// What many seeds of the traffic give with the original code.
struct Seeds {
    /// Of 1,000, how many fail (taken over [`SEEDS`]).
    failing_per_mille: u32,
    /// Digest of the first trace hashes, see [`Record::seeds_trace`].
    trace: String,
}

fn seeds(machine: &Rc<Machine>, lesson: &Rc<Lesson>) -> Result<Seeds, Refusal> {
    // Without promises, one request shows whether a budget is broken.
    let requests = if lesson.promises.is_empty() { 1 } else { lesson.traffic.requests };
    let base = World::build(machine, lesson, &inputs(lesson, requests))?;
    let (mut failing, mut hashes) = (0, String::new());
    for seed in 1..=SEEDS {
        let world = base.with_course(requests, seed, Choices::Timed, vec![])?;
        let finished = Run::start(machine, lesson, world).finish();
        failing += u64::from(fails(lesson, &finished, &Report::of(&finished.trace)));
        if seed <= HASHED_SEEDS {
            hashes.push_str(&trace_hash(&finished.trace).to_string());
        }
    }
    let failing_per_mille = u32::try_from(failing * 1000 / SEEDS).expect("at most 1,000");
    Ok(Seeds { failing_per_mille, trace: Digest::of(hashes.as_bytes()).to_string() })
}

/// Whether a run of the traffic shows a failure: a broken promise, a 5xx answer, a broken budget.
pub(crate) fn fails(lesson: &Lesson, finished: &Finished, report: &Report) -> bool {
    let facts = observe(&finished.trace, report);
    let mut named = facts.variables(&lesson.default_settings());
    let has_promises = !lesson.promises.is_empty();
    if has_promises {
        named.extend(timed(report));
    }
    let is_over = lesson.budgets.iter().any(|budget| budget.formula.holds(&named) == Ok(false));
    let is_failed = report.statuses.keys().any(|status| *status >= 500);
    is_over || finished.stopped.is_some() || !report.broken.is_empty() || (has_promises && is_failed)
}
