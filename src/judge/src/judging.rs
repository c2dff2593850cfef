//! Judging: run every case, hold each answer against the original code's, then say what it is.
//!
//! In: a lesson and changed files. Out: a verdict, one case a step, so that whoever drives it can show
//! progress and stop. The original answers are kept for the next judging of the same lesson.

use crate::case::{Case, DEFAULT_DATA_SEED, cases};
use crate::facts::{Facts, add_difference, observe};
use std::collections::BTreeMap;
use std::rc::Rc;
use unhappy_lesson::{Experiment, Lesson, Variables};
use unhappy_sim::{Finished, Machine, Refusal, Run, World};
use unhappy_trace::{
    BodyDifference, Digest, EventKind, Family, Finding, Inputs, Report, Value, Verdict, compare_bodies, text,
};

/// Judges code of one lesson, and keeps what the original code answers.
pub struct Judge {
    machine: Rc<Machine>,
    lesson: Rc<Lesson>,
    cases: Vec<Case>,
    references: Vec<Option<Reference>>,
}

/// A world and what the original code answers in it.
struct Reference {
    world: World,
    answers: Vec<Option<(u16, Value)>>,
}

/// Judging on its way.
pub struct Judging {
    files: BTreeMap<String, String>,
    next: usize,
    looked: Vec<Looked>,
}

/// What one more step gave.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// More cases are left.
    Running {
        /// Cases done.
        done: u64,
        /// Of how many.
        of: u64,
    },
    /// The verdict.
    Done(Box<Verdict>),
}

/// One case that was looked at.
struct Looked {
    case: usize,
    facts: Facts,
    difference: Option<(usize, Different)>,
    failure: Option<String>,
    over_budget: Option<String>,
    digest: Digest,
    reference_digest: Digest,
}

/// How an answer differs.
enum Different {
    Status { expected: u16, actual: u16 },
    Body(BodyDifference),
}

impl Judge {
    /// Gets ready to judge code of a lesson. Runs nothing yet.
    pub fn new(machine: &Rc<Machine>, lesson: &Rc<Lesson>) -> Judge {
        let cases = cases(lesson);
        let references = cases.iter().map(|_| None).collect();
        Judge { machine: machine.clone(), lesson: lesson.clone(), cases, references }
    }

    /// Starts judging changed files.
    pub fn start(&self, files: BTreeMap<String, String>) -> Judging {
        Judging { files, next: 0, looked: vec![] }
    }

    /// Judges changed files in one go.
    ///
    /// # Errors
    /// A [`Refusal`] when a world cannot be built.
    pub fn judge(&mut self, files: &BTreeMap<String, String>) -> Result<Verdict, Refusal> {
        let mut judging = self.start(files.clone());
        loop {
            if let Step::Done(verdict) = self.step(&mut judging)? {
                return Ok(*verdict);
            }
        }
    }

    /// Runs one more case.
    ///
    /// # Errors
    /// A [`Refusal`] when a world cannot be built.
    pub fn step(&mut self, judging: &mut Judging) -> Result<Step, Refusal> {
        while judging.next < self.cases.len() && self.is_beyond_budget(judging) {
            judging.next += 1;
        }
        if judging.next < self.cases.len() {
            let looked = self.look(judging.next, &judging.files)?;
            // Code that answers nothing where learners see it answers nothing anywhere.
            let hopeless = judging.looked.is_empty() && looked.failure.is_some();
            judging.looked.push(looked);
            judging.next = if hopeless { self.cases.len() } else { judging.next + 1 };
        }
        if judging.next < self.cases.len() {
            return Ok(Step::Running { done: judging.next as u64, of: self.cases.len() as u64 });
        }
        Ok(Step::Done(Box::new(self.verdict(judging))))
    }

    /// A size above the default is not run once the default size broke a budget: it would only take longer.
    fn is_beyond_budget(&self, judging: &Judging) -> bool {
        let default = self.cases[0].settings.get(&self.lesson.sizes.setting).copied().unwrap_or(0);
        let larger = self.cases[judging.next].size.is_some_and(|size| size > default);
        larger && judging.looked.first().is_some_and(|first| first.over_budget.is_some())
    }

    fn look(&mut self, number: usize, files: &BTreeMap<String, String>) -> Result<Looked, Refusal> {
        self.prepare(number)?;
        let reference = self.references[number].as_ref().expect("prepared just now");
        let case = &self.cases[number];
        let world = self.world(case, reference, files)?;
        let finished = Run::start(&self.machine, &self.lesson, world).finish();
        let report = Report::of(&finished.trace);
        let mut facts = observe(&finished.trace, &report);
        let failure = failure(&finished);
        facts.failed |= failure.is_some();
        let named = facts.variables(&case.settings);
        let over_budget = self.over_budget(&named);
        let difference = difference(&reference.answers, &finished.answers);
        Ok(Looked {
            case: number,
            digest: digest_of(&finished.answers),
            reference_digest: digest_of(&reference.answers),
            facts,
            difference,
            failure,
            over_budget,
        })
    }

    /// The reference's world with the learner's files; made again when the schema is another one.
    fn world(
        &self,
        case: &Case,
        reference: &Reference,
        files: &BTreeMap<String, String>,
    ) -> Result<World, Refusal> {
        let own = self.lesson.file(&self.lesson.schema_file).map(|file| &file.text);
        if files.get(&self.lesson.schema_file).is_none_or(|schema| Some(schema) == own) {
            return reference.world.with_files(&self.lesson, files);
        }
        let inputs = Inputs { files: files.clone(), ..case.inputs.clone() };
        World::build(&self.machine, &self.lesson, &inputs)
    }

    /// Builds the world of a case and runs the original code in it, once.
    fn prepare(&mut self, number: usize) -> Result<(), Refusal> {
        if self.references[number].is_some() {
            return Ok(());
        }
        let world = World::build(&self.machine, &self.lesson, &self.cases[number].inputs)?;
        let finished = Run::start(&self.machine, &self.lesson, world.clone()).finish();
        self.references[number] = Some(Reference { world, answers: finished.answers });
        Ok(())
    }

    fn over_budget(&self, named: &Variables) -> Option<String> {
        let broken = self.lesson.budgets.iter().find(|budget| budget.formula.holds(named) == Ok(false))?;
        Some(format!("{}.", filled(broken.sentence.trim_end_matches('.'), named)))
    }

    fn verdict(&self, judging: &Judging) -> Verdict {
        let findings = self.findings(judging);
        let accepted = findings.is_empty();
        let family = self.family(judging, accepted);
        let facts = &judging.looked[0].facts;
        let statements = text::counted(facts.statements, "statement", "statements");
        let sentence = match (&family, accepted) {
            (Some(family), true) => {
                format!("Accepted: {}. {statements} for {}.", family.name, self.cases[0].name)
            }
            (None, true) => format!(
                "Accepted, in a way this lesson does not name. {statements} for {}.",
                self.cases[0].name
            ),
            (Some(family), false) => format!("Refused: {}.", family.name),
            (None, false) => format!("Refused: {}", findings[0].text),
        };
        let cases = judging.looked.iter().map(|looked| self.case_line(looked)).collect();
        Verdict { accepted, family, sentence, findings, cases, coverage: self.coverage(judging) }
    }

    fn case_line(&self, looked: &Looked) -> unhappy_trace::Case {
        unhappy_trace::Case {
            name: self.cases[looked.case].name.clone(),
            passed: looked.passed(),
            statements: looked.facts.statements,
            digest: looked.digest,
        }
    }

    /// The worst first: no answer, another answer, over a budget. One finding of each kind, with a count.
    fn findings(&self, judging: &Judging) -> Vec<Finding> {
        let failed: Vec<(&Looked, String)> =
            judging.looked.iter().filter_map(|looked| Some((looked, looked.failure.clone()?))).collect();
        let different: Vec<(&Looked, String)> = judging
            .looked
            .iter()
            .filter(|looked| looked.failure.is_none())
            .filter_map(|looked| Some((looked, self.words(looked)?)))
            .collect();
        let expensive: Vec<(&Looked, String)> =
            judging.looked.iter().filter_map(|looked| Some((looked, looked.over_budget.clone()?))).collect();
        let typed_in = same_answer_always(&judging.looked).then(|| {
            let sentence =
                "the answer is the same whatever the data are: it does not come from the database.";
            vec![(&judging.looked[0], sentence.to_owned())]
        });
        [failed, typed_in.unwrap_or_default(), different, expensive]
            .into_iter()
            .filter_map(|found| self.finding(&found))
            .collect()
    }

    fn finding(&self, found: &[(&Looked, String)]) -> Option<Finding> {
        let (looked, sentence) = found.first()?;
        let case = &self.cases[looked.case];
        let others = match found.len() - 1 {
            0 => String::new(),
            count => {
                format!(" It also happens in {}.", text::counted(count as u64, "other case", "other cases"))
            }
        };
        let place = if case.is_default { String::new() } else { format!("With {}: ", case.name) };
        let run: Inputs = case.inputs.clone();
        Some(Finding { text: format!("{place}{sentence}{others}"), case: case.name.clone(), run })
    }

    fn words(&self, looked: &Looked) -> Option<String> {
        let (request, different) = looked.difference.as_ref()?;
        let which = match request {
            0 => String::new(),
            _ if self.cases[looked.case].inputs.variant.is_some() => "in the second answer, ".to_owned(),
            _ => "in a later answer, ".to_owned(),
        };
        Some(match different {
            Different::Status { expected, actual } => {
                format!("{which}the status is {actual}, expected {expected}.")
            }
            Different::Body(difference) => format!("{which}{}.", difference.sentence(&self.lesson.row_noun)),
        })
    }

    fn family(&self, judging: &Judging, accepted: bool) -> Option<Family> {
        let named = self.named(judging);
        let families = if accepted { &self.lesson.fixes } else { &self.lesson.wrong };
        let holds = |family: &&Experiment| family.when.iter().all(|fact| fact.holds(&named) == Ok(true));
        let family = families.iter().find(holds)?;
        Some(Family { key: family.key.clone(), name: family.name.clone(), text: family.text.clone() })
    }

    /// The facts of the default case, with what holds over all cases.
    fn named(&self, judging: &Judging) -> Variables {
        let first = &judging.looked[0];
        let mut named = first.facts.variables(&self.cases[0].settings);
        let body = match &first.difference {
            Some((_, Different::Body(difference))) => Some(difference.clone()),
            Some((_, Different::Status { .. })) => Some(BodyDifference::default()),
            None => None,
        };
        add_difference(&mut named, body.as_ref());
        let differs = judging.looked.iter().any(|looked| looked.difference.is_some());
        let failed = judging.looked.iter().any(|looked| looked.failure.is_some());
        named.insert("differs".to_owned(), i64::from(differs));
        named.insert("failed".to_owned(), i64::from(failed));
        named.insert("same_answer_always".to_owned(), i64::from(same_answer_always(&judging.looked)));
        named
    }

    /// What was covered, in one sentence: sizes from the smallest to the largest, sets of data, special cases.
    fn coverage(&self, judging: &Judging) -> String {
        let looked = || judging.looked.iter().map(|looked| &self.cases[looked.case]);
        let count = |of: usize, one: &str, many: &str| text::counted(of as u64, one, many);
        let sizes: Vec<i64> =
            looked().filter_map(|case| case.settings.get(&self.lesson.sizes.setting).copied()).collect();
        let number = |size: Option<&i64>| text::signed(size.copied().unwrap_or(0));
        let (smallest, largest) = (number(sizes.iter().min()), number(sizes.iter().max()));
        let range = if smallest == largest { largest } else { format!("{smallest} to {largest}") };
        let noun = &self.lesson.row_noun;
        let sets = 1 + looked().filter(|case| case.inputs.data_seed != DEFAULT_DATA_SEED).count();
        let variants: Vec<&str> =
            looked().filter(|case| case.inputs.variant.is_some()).map(|case| case.name.as_str()).collect();
        let special =
            if variants.is_empty() { String::new() } else { format!(", and {}", variants.join(", ")) };
        format!(
            "Run in {} of {}: {range} {noun}s, {} of made-up data{special}. Every answer was compared with the \
             original code's, row for row.",
            count(judging.looked.len(), "case", "cases"),
            self.cases.len(),
            count(sets, "set", "sets"),
        )
    }
}

impl Looked {
    fn passed(&self) -> bool {
        self.difference.is_none() && self.failure.is_none() && self.over_budget.is_none()
    }
}

/// What kept a run from answering every request, in a sentence.
fn failure(finished: &Finished) -> Option<String> {
    if let Some(sentence) = &finished.stopped {
        return Some(sentence.clone());
    }
    let trace = &finished.trace;
    let status = trace.events.iter().find_map(|event| match &event.kind {
        EventKind::Responded(responded) if responded.status >= 500 => Some(responded.status),
        _ => None,
    })?;
    let raised = trace.events.iter().find_map(|event| match &event.kind {
        EventKind::Raised(raised) => Some(raised),
        _ => None,
    });
    let cause = raised.map_or_else(String::new, |raised| {
        let place = raised
            .frames
            .last()
            .map_or_else(String::new, |place| format!(" ({}, line {})", trace.text(place.file), place.line));
        format!(": {}: {}{place}", trace.text(raised.class), trace.text(raised.message))
    });
    Some(format!("a request was answered with {status}{cause}."))
}

fn difference(
    expected: &[Option<(u16, Value)>],
    actual: &[Option<(u16, Value)>],
) -> Option<(usize, Different)> {
    expected.iter().zip(actual).enumerate().find_map(|(number, pair)| match pair {
        (Some((expected, _)), Some((actual, _))) if expected != actual => {
            Some((number, Different::Status { expected: *expected, actual: *actual }))
        }
        (Some((_, expected)), Some((_, actual))) => {
            compare_bodies(expected, actual).map(|difference| (number, Different::Body(difference)))
        }
        _ => None,
    })
}

fn digest_of(answers: &[Option<(u16, Value)>]) -> Digest {
    answers.first().and_then(Option::as_ref).map_or(Digest::of(b""), |(_, body)| body.digest())
}

fn same_answer_always(looked: &[Looked]) -> bool {
    let count = |digest: fn(&Looked) -> Digest| {
        looked.iter().map(digest).collect::<std::collections::BTreeSet<_>>().len()
    };
    count(|looked| looked.reference_digest) > 1 && count(|looked| looked.digest) == 1
}

/// Puts facts into a sentence: `{statements}` becomes 101.
fn filled(sentence: &str, named: &Variables) -> String {
    named.iter().fold(sentence.to_owned(), |sentence, (name, value)| {
        sentence.replace(&format!("{{{name}}}"), &text::signed(*value))
    })
}
