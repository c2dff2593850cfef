//! The runs that the page keeps.
//!
//! A run is addressed by its inputs: equal inputs are the same run. The last few are kept; a run that is
//! shown, pinned or compared with stays.

use super::Files;
use std::rc::Rc;
use unhappy_trace::{Diagnostic, Inputs, Value};
use unhappy_view::{Evidence, Side};

/// The most runs that are kept.
const MOST_RUNS: usize = 8;

/// A run that came to its end.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Its number on this page, from 1.
    pub number: u32,
    /// Whose code ran.
    pub code: CodeName,
    /// What was sent.
    pub kind: RunKind,
    /// What fixes it.
    pub inputs: Inputs,
    /// What it showed.
    pub evidence: Evidence,
    /// Status and body of the first answer.
    pub answer: Option<(u16, Value)>,
    /// Mistakes that kept it from running, or where it raised.
    pub diagnostics: Rc<[Diagnostic]>,
    /// The run string.
    pub string: String,
    /// The link to it, from `#` on; none when its code is too large for one.
    pub link: Option<String>,
}

/// Whose code ran.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CodeName {
    /// The lesson's own.
    Lesson,
    /// A version of the lesson, by its name.
    Version(String),
    /// The learner's.
    Yours,
}

/// What was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunKind {
    /// One request.
    One,
    /// Production traffic.
    Traffic,
}

impl CodeName {
    /// Returns the words for it.
    pub fn words(&self) -> String {
        match self {
            CodeName::Lesson => "the lesson's code".to_owned(),
            CodeName::Version(name) => format!("“{name}”"),
            CodeName::Yours => "your code".to_owned(),
        }
    }
}

impl Run {
    /// Returns the run as one side of a comparison.
    pub fn side(&self) -> Side<'_> {
        Side { evidence: &self.evidence, answer: self.answer.as_ref(), diagnostics: &self.diagnostics }
    }

    /// Returns the code that ran.
    pub fn files(&self) -> &Files {
        &self.inputs.files
    }
}

/// The kept runs, oldest first.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Runs {
    kept: Vec<Rc<Run>>,
    last_number: u32,
}

impl Runs {
    /// Returns all of them, oldest first.
    pub fn all(&self) -> &[Rc<Run>] {
        &self.kept
    }

    /// Returns the run of that number.
    pub fn get(&self, number: u32) -> Option<&Rc<Run>> {
        self.kept.iter().find(|run| run.number == number)
    }

    /// Returns the run with those inputs.
    pub fn with_inputs(&self, inputs: &Inputs) -> Option<&Rc<Run>> {
        self.kept.iter().find(|run| run.inputs == *inputs)
    }

    /// Keeps a run under the next number, or under its old one when its inputs are known, or in place of another
    /// one. `needed` are numbers that must not go.
    pub fn keep(&mut self, mut run: Run, in_place_of: Option<u32>, needed: &[u32]) -> u32 {
        let known = self.kept.iter().position(|known| known.inputs == run.inputs);
        let known = known.or_else(|| self.kept.iter().position(|known| Some(known.number) == in_place_of));
        if let Some(known) = known.map(|index| &mut self.kept[index]) {
            run.number = known.number;
            *known = Rc::new(run);
            return known.number;
        }
        self.last_number += 1;
        run.number = self.last_number;
        self.kept.push(Rc::new(run));
        if self.kept.len() > MOST_RUNS
            && let Some(index) = self.kept.iter().position(|run| !needed.contains(&run.number))
        {
            self.kept.remove(index);
        }
        self.last_number
    }
}
