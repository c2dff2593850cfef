//! What the learner did in a lesson, and how it is stored.
//!
//! Only what was done by running and choosing counts. Stored as lines `key value`; unknown lines are left
//! out when reading, so that an older page reads what a newer one wrote.

use std::fmt::Write as _;
use unhappy_view::Step;

/// What the learner did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Progress {
    /// Steps that are done.
    pub done: Steps,
    /// Whether production traffic broke the lesson's code.
    pub broke: bool,
    /// Which answer was given to the question.
    pub prediction: Option<usize>,
    /// How many hints were opened.
    pub hints: usize,
    /// The step that was open last.
    pub step: Option<Step>,
}

/// A set of steps, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Steps {
    steps: Vec<Step>,
}

impl Steps {
    /// Adds a step.
    pub fn insert(&mut self, step: Step) {
        if let Err(place) = self.steps.binary_search(&step) {
            self.steps.insert(place, step);
        }
    }

    /// Returns whether a step is in it.
    pub fn contains(&self, step: Step) -> bool {
        self.steps.contains(&step)
    }

    /// Returns the steps in order.
    pub fn iter(&self) -> impl Iterator<Item = Step> + '_ {
        self.steps.iter().copied()
    }
}

impl Progress {
    /// Returns whether the judge accepted the learner's own code.
    pub fn proved(&self) -> bool {
        self.done.contains(Step::Prove)
    }

    /// Writes it as it is stored.
    pub fn write(&self) -> String {
        let mut out = String::new();
        let mut line = |key: &str, value: &dyn std::fmt::Display| {
            writeln!(out, "{key} {value}").expect("writing to a string cannot fail");
        };
        for step in self.done.iter() {
            line("done", &step.key());
        }
        if self.broke {
            line("broke", &"yes");
        }
        if let Some(prediction) = self.prediction {
            line("prediction", &prediction);
        }
        if self.hints > 0 {
            line("hints", &self.hints);
        }
        if let Some(step) = self.step {
            line("step", &step.key());
        }
        out
    }

    /// Reads what [`Progress::write`] wrote.
    pub fn read(text: &str) -> Progress {
        let mut progress = Progress::default();
        for (key, value) in text.lines().filter_map(|line| line.split_once(' ')) {
            match key {
                "done" => {
                    if let Some(step) = Step::from_key(value) {
                        progress.done.insert(step);
                    }
                }
                "broke" => progress.broke = value == "yes",
                "prediction" => progress.prediction = value.parse().ok(),
                "hints" => progress.hints = value.parse().unwrap_or(0),
                "step" => progress.step = Step::from_key(value),
                _ => {}
            }
        }
        progress
    }

    /// Returns class and words of the lesson's dot on the home page; none when nothing was done.
    pub fn mark(&self) -> Option<(&'static str, &'static str)> {
        if self.proved() {
            Some(("proved", "proved"))
        } else if self.broke {
            Some(("broke", "broken, not fixed"))
        } else if self.done.iter().count() > 1 {
            Some(("begun", "begun"))
        } else {
            None
        }
    }
}
