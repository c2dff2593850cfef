//! What may come next in a run whose order is chosen: plain data.
//!
//! In: nothing; the simulator fills it where a run stands still. Out: what a person who schedules by hand is offered.

use crate::Move;
use serde::{Deserialize, Serialize};

/// A move that is possible, or that an actor cannot make yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// The move.
    pub step: Move,
    /// What it will do: a statement as it is sent, or words; empty for a fault, whose name says it.
    pub label: String,
    /// The statement's values as JSON; empty for anything else.
    pub values: String,
    /// Why it is not possible, in words: "waits for accounts (id)=(1), held by B". None: it is possible.
    pub blocked: Option<String>,
}

impl Offer {
    /// Returns whether the move can be made.
    pub fn is_possible(&self) -> bool {
        self.blocked.is_none()
    }
}
