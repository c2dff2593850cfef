//! The checks of a lesson that need runs: does it show what it promises, are its fixes accepted and its
//! wrong fixes refused, each as the family that it declares.

use crate::case::inputs;
use crate::facts::observe;
use crate::judging::Judge;
use std::collections::BTreeMap;
use std::rc::Rc;
use unhappy_lesson::{Experiment, Lesson, Record, RunRecord, Variables};
use unhappy_sim::{ENGINE_VERSION, Finished, Machine, Refusal, Run, World};
use unhappy_trace::{Inputs, Report, SweepPoint, Verdict, first_difference, trace_hash};

/// Traffic seeds that the share of failing runs is taken over.
const SEEDS: u64 = 200;

/// Something in a lesson that runs proved wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LessonProblem {
    /// Which entry of lesson.toml: `fixes.join`, `must_show.0`, `variants.a guest order`.
    pub entry: String,
    /// What is wrong, in one sentence without full stop.
    pub message: String,
}

/// Runs everything that is recorded of a lesson.
///
/// # Errors
/// A [`Refusal`] when a world cannot be built.
pub fn record_lesson(machine: &Rc<Machine>, lesson: &Rc<Lesson>) -> Result<Record, Refusal> {
    let mut judge = Judge::new(machine, lesson);
    let nothing = BTreeMap::new();
    let verdict = judge.judge(&nothing)?;
    let (broken, report) = record_run(machine, lesson, &nothing, &verdict)?;
    let mut experiments = BTreeMap::new();
    for experiment in lesson.fixes.iter().chain(&lesson.wrong) {
        let verdict = judge.judge(&experiment.files)?;
        let (record, _) = record_run(machine, lesson, &experiment.files, &verdict)?;
        experiments.insert(experiment.key.clone(), record);
    }
    Ok(Record {
        engine: ENGINE_VERSION.to_owned(),
        broken,
        sweep: sweep(machine, lesson, &nothing)?,
        experiments,
        seeds_failing_per_mille: failing_per_mille(machine, lesson)?,
        broken_lines: report.first_request_lines,
    })
}

/// Checks a lesson by running it, against the numbers recorded just now.
///
/// # Errors
/// A [`Refusal`] when a world cannot be built.
pub fn check_lesson(
    machine: &Rc<Machine>,
    lesson: &Rc<Lesson>,
    record: &Record,
) -> Result<Vec<LessonProblem>, Refusal> {
    let mut problems = Vec::new();
    variants_answer(machine, lesson, &mut problems)?;
    repeats(machine, lesson, &mut problems)?;
    let mut judge = Judge::new(machine, lesson);
    if judge.judge(&BTreeMap::new())?.accepted {
        problems.push(problem("files", "the code that should be broken is accepted".to_owned()));
    }
    for fix in &lesson.fixes {
        let verdict = judge.judge(&fix.files)?;
        if !verdict.accepted {
            let message = format!("this fix is refused: {}", verdict.findings[0].text);
            problems.push(problem(&format!("fixes.{}", fix.key), message));
        } else {
            names_family(&mut problems, "fixes", fix, &verdict);
        }
    }
    for wrong in &lesson.wrong {
        let verdict = judge.judge(&wrong.files)?;
        if verdict.accepted {
            problems.push(problem(&format!("wrong.{}", wrong.key), "this wrong fix is accepted".to_owned()));
        } else {
            names_family(&mut problems, "wrong", wrong, &verdict);
        }
    }
    formulas(lesson, record, &mut problems);
    Ok(problems)
}

fn problem(entry: &str, message: String) -> LessonProblem {
    LessonProblem { entry: entry.to_owned(), message }
}

fn names_family(problems: &mut Vec<LessonProblem>, list: &str, experiment: &Experiment, verdict: &Verdict) {
    let found = verdict.family.as_ref().map(|family| family.key.as_str());
    if found == Some(experiment.key.as_str()) {
        return;
    }
    let found = found.map_or_else(|| "no family at all".to_owned(), |key| format!("the family {key:?}"));
    let message = format!(
        "its behaviour belongs to {found}: no other entry before it may fit, and its own `when` must hold"
    );
    problems.push(problem(&format!("{list}.{}", experiment.key), message));
}

/// The original code is the reference, so it must answer in every variant.
fn variants_answer(
    machine: &Rc<Machine>,
    lesson: &Rc<Lesson>,
    problems: &mut Vec<LessonProblem>,
) -> Result<(), Refusal> {
    for case in crate::case::cases(lesson) {
        let (finished, report) = run(machine, lesson, &case.inputs)?;
        if !observe(&finished.trace, &report).failed && finished.stopped.is_none() {
            continue;
        }
        let entry =
            case.inputs.variant.as_ref().map_or("files".to_owned(), |name| format!("variants.{name}"));
        let cause =
            finished.stopped.or_else(|| finished.diagnostics.first().map(|found| found.message.clone()));
        let cause = cause.map_or_else(String::new, |cause| format!(" ({cause})"));
        problems.push(problem(
            &entry,
            format!("with {}, the original code answers with a status of 500 or above{cause}", case.name),
        ));
    }
    Ok(())
}

/// The same inputs must give the same trace twice.
fn repeats(
    machine: &Rc<Machine>,
    lesson: &Rc<Lesson>,
    problems: &mut Vec<LessonProblem>,
) -> Result<(), Refusal> {
    let inputs = inputs(lesson, lesson.traffic.requests);
    let (first, _) = run(machine, lesson, &inputs)?;
    let (second, _) = run(machine, lesson, &inputs)?;
    if let Some(difference) = first_difference(&first.trace, &second.trace) {
        problems.push(problem("files", format!("two runs of the same inputs differ: {difference}")));
    }
    Ok(())
}

fn formulas(lesson: &Lesson, record: &Record, problems: &mut Vec<LessonProblem>) {
    let named = shown(lesson, record);
    for (number, formula) in lesson.must_show.iter().enumerate() {
        let entry = format!("must_show.{number}");
        match formula.holds(&named) {
            Ok(true) => {}
            Ok(false) => problems.push(problem(
                &entry,
                format!("{formula} does not hold: {}", values(formula.names(), &named)),
            )),
            Err(error) => problems.push(problem(&entry, error.to_string())),
        }
    }
    let right =
        lesson.predict.options.iter().filter(|option| option.right_when.holds(&named) == Ok(true)).count();
    if right != 1 {
        problems.push(problem("predict", format!("{right} answers are right, expected exactly one")));
    }
}

fn values(names: Vec<&str>, named: &Variables) -> String {
    let shown: Vec<String> =
        names.iter().filter_map(|name| Some(format!("{name} is {}", named.get(*name)?))).collect();
    shown.join(", ")
}

/// The facts of the recorded runs under their names.
fn shown(lesson: &Lesson, record: &Record) -> Variables {
    let number = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    let mut named = lesson.default_settings();
    let [p50, p95, p99] = record.broken.latency_micros;
    for (name, value) in [
        ("broken.statements", number(record.broken.statements)),
        ("broken.rows_visited", number(record.broken.rows_visited)),
        ("broken.p50_micros", number(p50)),
        ("broken.p95_micros", number(p95)),
        ("broken.p99_micros", number(p99)),
        ("seeds_failing_per_mille", i64::from(record.seeds_failing_per_mille)),
    ] {
        named.insert(name.to_owned(), value);
    }
    named
}

fn run(machine: &Rc<Machine>, lesson: &Rc<Lesson>, inputs: &Inputs) -> Result<(Finished, Report), Refusal> {
    let world = World::build(machine, lesson, inputs)?;
    let finished = Run::start(machine, lesson, world).finish();
    let report = Report::of(&finished.trace);
    Ok((finished, report))
}

fn record_run(
    machine: &Rc<Machine>,
    lesson: &Rc<Lesson>,
    files: &BTreeMap<String, String>,
    verdict: &Verdict,
) -> Result<(RunRecord, Report), Refusal> {
    let inputs = Inputs { files: files.clone(), ..inputs(lesson, lesson.traffic.requests) };
    let (finished, report) = run(machine, lesson, &inputs)?;
    let latency = report.latency;
    let record = RunRecord {
        statements: report.most_statements(),
        rows_visited: report.most_rows_visited(),
        latency_micros: [latency.p50, latency.p95, latency.p99].map(|span| span.micros()),
        accepted: verdict.accepted,
        family: verdict.family.as_ref().map(|family| family.key.clone()),
        trace: trace_hash(&finished.trace).to_string(),
    };
    Ok((record, report))
}

fn sweep(
    machine: &Rc<Machine>,
    lesson: &Rc<Lesson>,
    files: &BTreeMap<String, String>,
) -> Result<Vec<SweepPoint>, Refusal> {
    let base = Inputs { files: files.clone(), ..inputs(lesson, lesson.sizes.requests) };
    lesson.sizes.values.iter().map(|size| sweep_point(machine, lesson, &base, *size)).collect()
}

/// Runs one size.
fn sweep_point(
    machine: &Rc<Machine>,
    lesson: &Rc<Lesson>,
    base: &Inputs,
    size: i64,
) -> Result<SweepPoint, Refusal> {
    let mut inputs = Inputs { requests: lesson.sizes.requests, ..base.clone() };
    inputs.settings.insert(lesson.sizes.setting.clone(), size);
    let (finished, _) = run(machine, lesson, &inputs)?;
    Ok(SweepPoint::of(size, &finished.trace, finished.stopped))
}

/// Of 1,000 traffic seeds, how many break a budget with the original code (taken over 200).
fn failing_per_mille(machine: &Rc<Machine>, lesson: &Rc<Lesson>) -> Result<u32, Refusal> {
    let base = inputs(lesson, 1);
    let mut failing = 0;
    for seed in 1..=SEEDS {
        let (finished, report) = run(machine, lesson, &Inputs { seed, ..base.clone() })?;
        let named = observe(&finished.trace, &report).variables(&lesson.default_settings());
        let broken = lesson.budgets.iter().any(|budget| budget.formula.holds(&named) == Ok(false));
        failing += u64::from(broken || finished.stopped.is_some());
    }
    Ok(u32::try_from(failing * 1000 / SEEDS).expect("at most 1,000"))
}
