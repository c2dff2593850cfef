//! Judging by sizes, for lessons without promises: run every case, hold each answer against the original
//! code's, then say what it is.
//!
//! In: a lesson and a change. Out: a verdict, one case a step. The original answers are kept for the next
//! judging of the same lesson. Not here: lessons with interleavings (`schedules`).

use crate::case::{Case, DEFAULT_DATA_SEED, cases};
use crate::facts::{Facts, add_difference, observe};
use crate::judging::{Change, Step};
use crate::words::{failure, family, filled};
use std::collections::BTreeMap;
use std::rc::Rc;
use unhappy_lesson::{Lesson, Variables};
use unhappy_sim::{Machine, Refusal, Run, World};
use unhappy_trace::{
    BodyDifference, Digest, Family, Finding, Inputs, Report, Value, Verdict, compare_bodies, text,
};

/// Judges code of one lesson over sizes, and keeps what the original code answers.
pub(crate) struct Sizes {
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
pub(crate) struct Looking {
    change: Change,
    next: usize,
    looked: Vec<Looked>,
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

impl Sizes {
    /// Gets ready to judge code of a lesson. Runs nothing yet.
    pub(crate) fn new(machine: &Rc<Machine>, lesson: &Rc<Lesson>) -> Sizes {
        let cases = cases(lesson);
        let references = cases.iter().map(|_| None).collect();
        Sizes { machine: machine.clone(), lesson: lesson.clone(), cases, references }
    }

    /// Starts judging a change.
    pub(crate) fn start(&self, change: Change) -> Looking {
        Looking { change, next: 0, looked: vec![] }
    }

    /// Runs one more case.
    ///
    /// # Errors
    /// A [`Refusal`] when a world cannot be built.
    pub(crate) fn step(&mut self, judging: &mut Looking) -> Result<Step, Refusal> {
        while judging.next < self.cases.len() && self.is_beyond_budget(judging) {
            judging.next += 1;
        }
        if judging.next < self.cases.len() {
            let looked = self.look(judging.next, &judging.change)?;
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
    fn is_beyond_budget(&self, judging: &Looking) -> bool {
        let default = self.cases[0].settings.get(&self.lesson.sizes.setting).copied().unwrap_or(0);
        let larger = self.cases[judging.next].size.is_some_and(|size| size > default);
        larger && judging.looked.first().is_some_and(|first| first.over_budget.is_some())
    }

    fn look(&mut self, number: usize, change: &Change) -> Result<Looked, Refusal> {
        self.prepare(number)?;
        let reference = self.references[number].as_ref().expect("prepared just now");
        let case = &self.cases[number];
        let world = self.world(case, reference, change)?;
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

    /// The reference's world with the learner's files; made again when the schema or a setting is another one.
    fn world(&self, case: &Case, reference: &Reference, change: &Change) -> Result<World, Refusal> {
        if change.keeps_data(&self.lesson) {
            return reference.world.with_files(&self.lesson, &change.files);
        }
        World::build(&self.machine, &self.lesson, &change.inputs(&case.inputs))
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

    fn verdict(&self, judging: &Looking) -> Verdict {
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
        Verdict {
            accepted,
            family,
            sentence,
            findings,
            cases,
            coverage: self.coverage(judging),
            explored: None,
        }
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
    fn findings(&self, judging: &Looking) -> Vec<Finding> {
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
            .filter_map(|found| self.finding(judging, &found))
            .collect()
    }

    fn finding(&self, judging: &Looking, found: &[(&Looked, String)]) -> Option<Finding> {
        let (looked, sentence) = found.first()?;
        let case = &self.cases[looked.case];
        let others = match found.len() - 1 {
            0 => String::new(),
            count => {
                format!(" It also happens in {}.", text::counted(count as u64, "other case", "other cases"))
            }
        };
        let place = if case.is_default { String::new() } else { format!("With {}: ", case.name) };
        let run = Inputs { files: BTreeMap::new(), ..judging.change.inputs(&case.inputs) };
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

    fn family(&self, judging: &Looking, accepted: bool) -> Option<Family> {
        family(&self.lesson, accepted, &self.named(judging))
    }

    /// The facts of the default case, with what holds over all cases.
    fn named(&self, judging: &Looking) -> Variables {
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
    fn coverage(&self, judging: &Looking) -> String {
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
