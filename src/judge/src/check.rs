//! The checks of a lesson that need runs: does it show what it promises, are its fixes accepted and its
//! wrong fixes refused, each as the family that it declares.

use crate::case::inputs;
use crate::facts::observe;
use crate::judging::Judge;
use crate::record::{change_of, fails, run};
use std::collections::BTreeMap;
use std::rc::Rc;
use unhappy_lesson::{Experiment, Formula, Lesson, Record, RunRecord, Variables};
use unhappy_sim::{Machine, Refusal};
use unhappy_trace::first_difference;

/// Something in a lesson that runs proved wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LessonProblem {
    /// Which entry of lesson.toml: `fixes.join`, `must_show.0`, `flavours.orm.fixes.join`, `variants.a guest order`.
    pub entry: String,
    /// What is wrong, in one sentence without full stop.
    pub message: String,
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
    if lesson.promises.is_empty() {
        variants_answer(machine, lesson, &mut problems)?;
    }
    check_code(machine, lesson, "", (&record.broken, &record.experiments), &mut problems)?;
    for flavour in &lesson.flavours {
        let Some(other) = lesson.in_flavour(&flavour.key).map(Rc::new) else { continue };
        if let Some(record) = record.flavours.get(&flavour.key) {
            let place = format!("flavours.{}.", flavour.key);
            check_code(machine, &other, &place, (&record.broken, &record.experiments), &mut problems)?;
            let named = shown(lesson, &record.broken, record.seeds_failing_per_mille);
            let list = format!("flavours.{}.must_show", flavour.key);
            formulas(&flavour.must_show, &list, &named, &mut problems);
        }
    }
    let named = shown(lesson, &record.broken, record.seeds_failing_per_mille);
    formulas(&lesson.must_show, "must_show", &named, &mut problems);
    one_right_answer(lesson, &named, &mut problems);
    Ok(problems)
}

/// The broken code, the fixes and the wrong fixes of a lesson or of a flavour, by the verdicts that were recorded just
/// now. `place` goes before their entries.
fn check_code(
    machine: &Rc<Machine>,
    lesson: &Rc<Lesson>,
    place: &str,
    (broken, experiments): (&RunRecord, &BTreeMap<String, RunRecord>),
    problems: &mut Vec<LessonProblem>,
) -> Result<(), Refusal> {
    let files = format!("{place}files");
    repeats(machine, lesson, &files, problems)?;
    if broken.accepted {
        problems.push(problem(&files, "the code that should be broken is accepted".to_owned()));
    }
    for fix in &lesson.fixes {
        let entry = format!("{place}fixes.{}", fix.key);
        let Some(found) = experiments.get(&fix.key) else { continue };
        if found.accepted {
            names_family(problems, &entry, fix, found);
        } else {
            let verdict = Judge::new(machine, lesson).judge(&change_of(fix))?;
            let why = verdict.findings.first().map_or("", |finding| finding.text.as_str());
            problems.push(problem(&entry, format!("this fix is refused: {why}")));
        }
    }
    for wrong in &lesson.wrong {
        let entry = format!("{place}wrong.{}", wrong.key);
        let Some(found) = experiments.get(&wrong.key) else { continue };
        if found.accepted {
            problems.push(problem(&entry, "this wrong fix is accepted".to_owned()));
        } else {
            names_family(problems, &entry, wrong, found);
        }
    }
    Ok(())
}

fn problem(entry: &str, message: String) -> LessonProblem {
    LessonProblem { entry: entry.to_owned(), message }
}

fn names_family(problems: &mut Vec<LessonProblem>, entry: &str, experiment: &Experiment, found: &RunRecord) {
    let found = found.family.as_deref();
    if found == Some(experiment.key.as_str()) {
        return;
    }
    let found = found.map_or_else(|| "no family at all".to_owned(), |key| format!("the family {key:?}"));
    let message = format!(
        "its behaviour belongs to {found}: no other entry before it may fit, and its own `when` must hold"
    );
    problems.push(problem(entry, message));
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

/// The same inputs must give the same trace twice, and with promises the first traffic must show the failure.
fn repeats(
    machine: &Rc<Machine>,
    lesson: &Rc<Lesson>,
    entry: &str,
    problems: &mut Vec<LessonProblem>,
) -> Result<(), Refusal> {
    let inputs = inputs(lesson, lesson.traffic.requests);
    let (first, report) = run(machine, lesson, &inputs)?;
    let (second, _) = run(machine, lesson, &inputs)?;
    if let Some(difference) = first_difference(&first.trace, &second.trace) {
        problems.push(problem(entry, format!("two runs of the same inputs differ: {difference}")));
    }
    if !lesson.promises.is_empty() && !fails(lesson, &first, &report) {
        let message = format!(
            "the traffic of the lesson's own seed {} shows no failure: no promise and no budget breaks, and nothing \
             is answered with a status of 500 or above",
            lesson.traffic.seed
        );
        problems.push(problem(entry, message));
    }
    Ok(())
}

fn formulas(must_show: &[Formula], list: &str, named: &Variables, problems: &mut Vec<LessonProblem>) {
    for (number, formula) in must_show.iter().enumerate() {
        let entry = format!("{list}.{number}");
        match formula.holds(named) {
            Ok(true) => {}
            Ok(false) => problems.push(problem(
                &entry,
                format!("{formula} does not hold: {}", values(formula.names(), named)),
            )),
            Err(error) => problems.push(problem(&entry, error.to_string())),
        }
    }
}

fn one_right_answer(lesson: &Lesson, named: &Variables, problems: &mut Vec<LessonProblem>) {
    let right =
        lesson.predict.options.iter().filter(|option| option.right_when.holds(named) == Ok(true)).count();
    if right != 1 {
        problems.push(problem("predict", format!("{right} answers are right, expected exactly one")));
    }
}

fn values(names: Vec<&str>, named: &Variables) -> String {
    let shown: Vec<String> =
        names.iter().filter_map(|name| Some(format!("{name} is {}", named.get(*name)?))).collect();
    shown.join(", ")
}

/// The facts of recorded runs under their names.
fn shown(lesson: &Lesson, broken: &RunRecord, seeds_failing_per_mille: u32) -> Variables {
    let mut named = lesson.default_settings();
    named.extend(broken.shown(&lesson.promises));
    named.insert("seeds_failing_per_mille".to_owned(), i64::from(seeds_failing_per_mille));
    named
}
