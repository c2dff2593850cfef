//! What was seen so far: broken promises with their smallest runs, cases, facts.
//!
//! In: finished runs. Out: the same, kept small: traces are looked at once and dropped. "Smallest" is rules.md's:
//! fewest switches, then faults, then steps.

use crate::behaviour::Behaviour;
use crate::facts::Facts;
use crate::outcomes::Outcomes;
use crate::steps::steps_until;
use std::collections::{BTreeMap, BTreeSet};
use unhappy_lesson::{Lesson, Variables};
use unhappy_sim::Finished;
use unhappy_trace::{Case, Digest, EventKind, Fault, Finding, Inputs, Report, Trace, Value, trace_hash};

/// What was seen so far.
#[derive(Default)]
pub(super) struct Tried {
    /// Runs of two operations that were made, equal ones included.
    pub(super) runs: u64,
    /// Whether the limit of runs was reached.
    pub(super) is_cut: bool,
    /// Whether the code does not even answer one operation after the other.
    pub(super) is_hopeless: bool,
    /// Hashes of the schedules that were looked at.
    seen: BTreeSet<Digest>,
    /// Different runs of two operations.
    pub(super) different: u64,
    pub(super) behaviour: Behaviour,
    /// By promise, the smallest run that breaks it.
    pub(super) broken: BTreeMap<String, Broken>,
    /// Runs of schedules that were stopped: the smallest.
    pub(super) stopped: Option<Broken>,
    /// Cases with what was found in them.
    pub(super) cases: Vec<(Case, Option<Finding>)>,
    /// Faults that were tried from the start of an undisturbed run.
    pub(super) from_start: BTreeSet<Fault>,
    /// Facts of the timed run.
    pub(super) timed: Option<(Facts, Variables)>,
}

/// Which kind of run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    InOrder,
    Schedule {
        switches: u32,
        faults: u32,
    },
    /// A smallest schedule that the proof found.
    Explored {
        switches: u32,
        faults: u32,
    },
    Traffic,
}

/// A run that breaks a promise.
#[derive(Debug, Clone)]
pub(super) struct Broken {
    pub(super) cost: Cost,
    /// After how many steps.
    pub(super) step: usize,
    /// What shows it, or why the run was stopped.
    pub(super) evidence: String,
    pub(super) case: String,
    pub(super) run: Inputs,
}

/// What "smallest" is about, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Cost {
    /// A run of virtual time cannot be followed move by move, so it comes last.
    is_timed: bool,
    pub(super) switches: u32,
    pub(super) faults: u32,
    steps: usize,
}

impl Cost {
    /// Whether the run is one of virtual time.
    pub(super) fn is_timed(self) -> bool {
        self.is_timed
    }
}

impl Tried {
    /// Looks at a run, unless an equal schedule was looked at. Returns whether it was new.
    pub(super) fn look(&mut self, finished: &Finished, run: &Inputs, case: &str, way: Way) -> bool {
        let trace = &finished.trace;
        // A schedule may equal a run that was no schedule, and what follows from it is tried all the same.
        let is_schedule = matches!(way, Way::Schedule { .. });
        if is_schedule && !self.seen.insert(trace_hash(trace)) {
            return false;
        }
        self.behaviour.add(trace);
        let steps = steps_until(trace, trace.events.len());
        let (switches, faults) = match way {
            Way::Schedule { switches, faults } | Way::Explored { switches, faults } => (switches, faults),
            Way::InOrder | Way::Traffic => (0, 0),
        };
        let cost = Cost { is_timed: way == Way::Traffic, switches, faults, steps };
        let case = match way {
            Way::Schedule { .. } => {
                self.different += 1;
                words_of(cost, run, trace)
            }
            Way::Explored { .. } => words_of(cost, run, trace),
            Way::InOrder | Way::Traffic => case.to_owned(),
        };
        let broken =
            |step, evidence: String| Broken { cost, step, evidence, case: case.clone(), run: run.clone() };
        for (index, event) in trace.events.iter().enumerate() {
            let EventKind::PromiseBroke(broke) = &event.kind else { continue };
            let found = broken(steps_until(trace, index), trace.text(broke.evidence).to_owned());
            keep_smaller(&mut self.broken, trace.text(broke.promise), found);
        }
        if let (Some(sentence), Way::Schedule { .. }) = (&finished.stopped, way) {
            let found = broken(steps, sentence.clone());
            if self.stopped.as_ref().is_none_or(|known| found.cost < known.cost) {
                self.stopped = Some(found);
            }
        }
        true
    }

    /// Forgets how a promise broke: a smaller run follows.
    pub(super) fn forget(&mut self, promise: &str) {
        self.broken.remove(promise);
    }

    /// Adds a case with what was found in it.
    pub(super) fn case(&mut self, name: &str, found: Option<String>, finished: &Finished, run: &Inputs) {
        let report = Report::of(&finished.trace);
        let is_broken =
            finished.trace.events.iter().any(|event| matches!(event.kind, EventKind::PromiseBroke(_)));
        let case = Case {
            name: name.to_owned(),
            passed: found.is_none() && !is_broken,
            statements: report.most_statements(),
            digest: digest_of(&finished.answers),
        };
        let finding = found.map(|text| Finding { text, case: name.to_owned(), run: without_files(run) });
        self.cases.push((case, finding));
    }

    /// The facts of one run alone, with those of the probe.
    pub(super) fn facts_of_one(
        &self,
        finished: &Finished,
        lesson: &Lesson,
        settings: &BTreeMap<String, i64>,
    ) -> Variables {
        let mut alone = Behaviour::default();
        alone.add(&finished.trace);
        let mut named = settings.clone();
        named.extend(alone.variables(&lesson.promises));
        named.extend(probed(finished));
        named
    }
}

fn keep_smaller(broken: &mut BTreeMap<String, Broken>, key: &str, found: Broken) {
    let is_smaller = broken.get(key).is_none_or(|known| found.cost < known.cost);
    if is_smaller {
        broken.insert(key.to_owned(), found);
    }
}

/// A schedule in words: "two operations, one switch, A.response!lost".
fn words_of(cost: Cost, run: &Inputs, trace: &Trace) -> String {
    let operations = match run.requests {
        1 => "one operation".to_owned(),
        2 => "two operations".to_owned(),
        many => format!("{many} operations"),
    };
    let switches = match cost.switches {
        0 => "no switch".to_owned(),
        1 => "one switch".to_owned(),
        many => format!("{many} switches"),
    };
    let mut words = vec![operations, switches];
    let faults = trace.events.iter().filter_map(|event| match &event.kind {
        EventKind::FaultHappened(fault) => Some(trace.text(fault.fault).to_owned()),
        _ => None,
    });
    words.extend(faults);
    words.join(", ")
}

/// What the answers of one run show: the first, the probe's, and how all ended.
fn probed(finished: &Finished) -> Variables {
    let status = |answer: Option<&(u16, Value)>| answer.map_or(0, |(status, _)| i64::from(*status));
    let first = finished.answers.first().and_then(Option::as_ref);
    let probe = finished.probe.as_ref();
    let is_same = match (first, probe) {
        (Some((status, body)), Some((other, copy))) => status == other && body.digest() == copy.digest(),
        _ => false,
    };
    let outcomes = Outcomes::of(&Report::of(&finished.trace));
    let number = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    [
        ("status", status(first)),
        ("probe_status", status(probe)),
        ("probe_same_answer", i64::from(is_same)),
        ("succeeded", number(outcomes.succeeded)),
        ("refused", number(outcomes.refused)),
        ("failed", number(outcomes.failed)),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

fn digest_of(answers: &[Option<(u16, Value)>]) -> Digest {
    answers.first().and_then(Option::as_ref).map_or(Digest::of(b""), |(_, body)| body.digest())
}

/// A run without its files: they are the learner's.
pub(super) fn without_files(run: &Inputs) -> Inputs {
    Inputs { files: BTreeMap::new(), ..run.clone() }
}
