//! The words of a verdict over schedules.
//!
//! In: what was tried. Out: findings, worst first, the sentence, what was covered.

use super::proof::{bound_words, words};
use super::tried::{Broken, without_files};
use super::{RUNS_PER_JUDGING, Schedules, Stage, Trying};
use crate::facts::add_difference;
use crate::words::{failure_words, family};
use unhappy_lesson::{Holds, Promise, Variables};
use unhappy_trace::{Case, Digest, FaultKind, Finding, Inputs, Verdict, text};

impl Schedules {
    pub(super) fn verdict(&self, trying: &Trying) -> Verdict {
        let findings = self.findings(trying);
        let accepted = findings.is_empty();
        let family = family(&self.lesson, accepted, &self.named(trying));
        let proved = trying.explored.as_ref().map_or_else(String::new, words);
        let sentence = match (&family, accepted) {
            (Some(family), true) => {
                format!("Accepted: {}. {proved}", family.name)
            }
            (None, true) => format!("Accepted, in a way this lesson does not name. {proved}"),
            (Some(family), false) => format!("Refused: {}.", family.name),
            (None, false) => format!("Refused: {}", findings[0].text),
        };
        Verdict {
            accepted,
            family,
            sentence,
            findings,
            cases: self.cases(trying),
            coverage: self.coverage(trying),
            explored: trying.explored.clone(),
        }
    }

    /// Code that does not start or end first; then broken promises, the smallest run first; then other answers,
    /// expectations of variants, and budgets.
    fn findings(&self, trying: &Trying) -> Vec<Finding> {
        let tried = &trying.tried;
        let mut others: Vec<Finding> = tried.cases.iter().filter_map(|(_, found)| found.clone()).collect();
        if tried.is_hopeless {
            others.truncate(1);
            return others;
        }
        let mut broken: Vec<(&Promise, &Broken)> = self
            .lesson
            .promises
            .iter()
            .filter_map(|promise| Some((promise, tried.broken.get(&promise.key)?)))
            .collect();
        broken.sort_by_key(|(_, broken)| broken.cost);
        let mut findings: Vec<Finding> =
            broken.into_iter().map(|(promise, broken)| finding(promise, broken)).collect();
        findings.extend(tried.stopped.as_ref().map(stopped));
        findings.append(&mut others);
        if findings.is_empty() {
            findings.extend(self.not_proved(trying));
        }
        findings
    }

    fn named(&self, trying: &Trying) -> Variables {
        let tried = &trying.tried;
        let mut named = self.lesson.default_settings();
        named.extend(trying.change.settings.clone());
        if let Some((_, timed)) = &tried.timed {
            named.extend(timed.clone());
        }
        add_difference(&mut named, None);
        let differs = tried.cases.iter().any(|(_, found)| found.is_some());
        named.insert("differs".to_owned(), i64::from(differs));
        named.insert("same_answer_always".to_owned(), 0);
        named.extend(tried.behaviour.variables(&self.lesson.promises));
        named
    }

    /// The cases that have names, and all schedules as one more.
    fn cases(&self, trying: &Trying) -> Vec<Case> {
        let mut cases: Vec<Case> = trying.tried.cases.iter().map(|(case, _)| case.clone()).collect();
        let tried = &trying.tried;
        let is_timed = |broken: &Broken| broken.cost.is_timed();
        if let Some(explored) = &trying.explored {
            cases.push(Case {
                name: format!("{} schedules", explored.schedules),
                passed: tried.broken.values().all(is_timed) && tried.stopped.is_none() && explored.is_safe(),
                statements: cases.first().map_or(0, |case| case.statements),
                digest: cases.first().map_or(Digest::of(b""), |case| case.digest),
            });
        }
        cases
    }

    /// What the bound reaches was not explored to its end: never called safe.
    fn not_proved(&self, trying: &Trying) -> Option<Finding> {
        let explored = trying.explored.as_ref()?;
        let stopped = explored.stopped.first()?;
        let states = text::counted(explored.states, "state", "states");
        let text = format!("Not proved: {stopped} In the {states} that were seen, no promise broke.");
        let run: Inputs = self.inputs_of(Stage::Explored);
        Some(Finding { text, case: "all schedules".to_owned(), run })
    }

    /// What was covered.
    fn coverage(&self, trying: &Trying) -> String {
        let tried = &trying.tried;
        let faults = fault_words(self.lesson.bound.as_ref().map_or(&[][..], |bound| &bound.faults));
        let proved = trying.explored.as_ref().map_or_else(String::new, |explored| {
            let states = text::counted(explored.states, "distinct state", "distinct states");
            let is_complete = if explored.is_complete() { "complete" } else { "not complete" };
            let reached = bound_words(&self.lesson, &faults);
            format!("Explored {reached}: {} schedules, {states}, {is_complete}. ", explored.schedules)
        });
        let runs = text::counted(tried.different, "run", "runs");
        let cut = if tried.is_cut {
            format!(", cut at {} runs", text::thousands(RUNS_PER_JUDGING))
        } else {
            String::new()
        };
        let named = text::counted(tried.cases.len() as u64, "other case", "other cases");
        format!(
            "{proved}Also run: {runs} of two operations with every single switch and fault{cut}, and {named}, among them \
             operations one after the other, held against the original code's answers, and the lesson's traffic."
        )
    }
}

fn finding(promise: &Promise, broken: &Broken) -> Finding {
    let sentence = promise.sentence.trim_end_matches('.');
    let place = match promise.holds {
        Holds::Always => format!("broke at step {}", broken.step),
        Holds::AtRest => format!("broke once everything was done, after step {}", broken.step),
    };
    let evidence = if broken.evidence.is_empty() { String::new() } else { format!(" ({})", broken.evidence) };
    let text = format!("{sentence}: {place}{evidence}, with {}.", broken.case);
    Finding { text, case: broken.case.clone(), run: without_files(&broken.run) }
}

fn stopped(broken: &Broken) -> Finding {
    Finding {
        text: failure_words(&broken.evidence, &broken.case),
        case: broken.case.clone(),
        run: without_files(&broken.run),
    }
}

fn fault_words(kinds: &[FaultKind]) -> String {
    let words: Vec<&str> = kinds
        .iter()
        .filter_map(|kind| match kind {
            FaultKind::RequestLost => Some("a request lost"),
            FaultKind::ResponseLost => Some("a response lost"),
            FaultKind::RequestTwice => Some("a request delivered twice"),
            // Late is a matter of order: the sender's time-out or another request goes first.
            FaultKind::RequestLate => None,
            FaultKind::Crash => Some("a process crash after a step"),
            FaultKind::CommitLost => Some("a connection lost during a commit"),
            FaultKind::ChargeResponseLost => Some("an answer of the payment provider lost"),
        })
        .collect();
    words.join(", ")
}
