//! What an exploration found: plain types, with the sentences that count schedules.
//!
//! In: nothing; `explore` fills them. Out: what the page, the tool and a verdict show. Rules followed: design rules,
//! "Exploration" (what is counted, what smallest means, which bounds there are).

use crate::{Schedule, text};
use serde::{Deserialize, Serialize};
use std::fmt;

/// How many schedules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Schedules {
    /// The number; the largest number there is when it would be larger.
    pub count: u128,
    /// Whether there are more: the graph of states has a cycle, was not explored to its end, or the number is too large.
    pub is_least: bool,
}

impl fmt::Display for Schedules {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let least = if self.is_least { "at least " } else { "" };
        match u64::try_from(self.count) {
            Ok(count) => write!(formatter, "{least}{}", text::thousands(count)),
            Err(_) => write!(formatter, "at least {}", text::thousands(u64::MAX)),
        }
    }
}

/// How a schedule ended, as far as schedules are told apart by it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Outcome {
    /// What each operation or request came to, in the order of their names: "A 201", "B 409".
    pub answers: Vec<String>,
    /// What the lesson watches, at the end: "stock 0".
    pub watched: Vec<String>,
    /// Keys of the promises that broke, in the lesson's order.
    pub broken: Vec<String>,
}

/// An outcome with how many schedules have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutcomeLine {
    /// The outcome.
    pub outcome: Outcome,
    /// How many schedules end so.
    pub schedules: Schedules,
}

/// A broken promise with its smallest schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counterexample {
    /// Key of the promise.
    pub promise: String,
    /// In how many schedules it breaks.
    pub schedules: Schedules,
    /// The smallest schedule that breaks it, up to the move with which it broke.
    pub smallest: Schedule,
    /// Its preemptions, faults and steps.
    pub cost: Cost,
}

/// What makes a schedule small: preemptions first, then faults, then steps (Musuvathi and Qadeer, "Iterative Context
/// Bounding for Systematic Testing of Multithreaded Programs", 2007).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash, Serialize, Deserialize)]
pub struct Cost {
    /// Switches away from an actor that could have gone on.
    pub preemptions: u32,
    /// Faults.
    pub faults: u32,
    /// Moves that are no fault.
    pub steps: u32,
}

/// A bound that stopped an exploration before it had seen everything.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Stopped {
    /// So many distinct states were seen.
    States(u64),
    /// A schedule was so many moves long and not at its end.
    Steps(u32),
    /// A limit of the simulator ended a run; its sentence.
    Limit(String),
    /// Whoever asked for it cancelled it.
    Cancelled,
    /// It is not at its end: it goes on, or it is one part of several.
    Unfinished,
}

impl fmt::Display for Stopped {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stopped::States(limit) => {
                let limit = text::counted(*limit, "distinct state", "distinct states");
                write!(formatter, "Exploring stopped after {limit}; there are more.")
            }
            Stopped::Steps(limit) => {
                let limit = text::counted(u64::from(*limit), "move", "moves");
                write!(formatter, "Schedules were followed for {limit}; some are longer.")
            }
            Stopped::Limit(sentence) => formatter.write_str(sentence),
            Stopped::Cancelled => formatter.write_str("Exploring was cancelled."),
            Stopped::Unfinished => {
                formatter.write_str("Exploring is not at its end: nobody has looked at some states yet.")
            }
        }
    }
}

/// What an exploration found.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Explored {
    /// Distinct states.
    pub states: u64,
    /// Moves from one state to another, each made once.
    pub transitions: u64,
    /// The schedules that these stand for.
    pub schedules: Schedules,
    /// Schedules in which a promise breaks.
    pub broken_schedules: Schedules,
    /// How they end, in the order of the outcomes.
    pub outcomes: Vec<OutcomeLine>,
    /// Every promise that can break, the cheapest first.
    pub broken: Vec<Counterexample>,
    /// Which bounds stopped it. Empty: it is complete.
    pub stopped: Vec<Stopped>,
    /// Why states were told apart by a process's whole history, in a sentence; none when that was not needed.
    pub whole_history: Option<String>,
}

impl Explored {
    /// Returns whether every schedule within the bound was seen.
    pub fn is_complete(&self) -> bool {
        self.stopped.is_empty()
    }

    /// Returns whether that is so and no promise breaks in any.
    pub fn is_safe(&self) -> bool {
        self.is_complete() && self.broken.is_empty()
    }
}
