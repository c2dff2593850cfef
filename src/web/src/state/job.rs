//! What the engine is asked on behalf of the page.

use super::{Files, Settings};
use unhappy_trace::Inputs;
use unhappy_wire::{Request, What};

/// Something to ask the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Job {
    /// One run.
    Run {
        /// What fixes it.
        inputs: Inputs,
        /// What it is for.
        purpose: Purpose,
    },
    /// Every size.
    Sweep {
        /// What fixes each run.
        inputs: Inputs,
    },
    /// A verdict.
    Judge {
        /// The code.
        files: Files,
        /// Settings of the server that belong to it.
        settings: Settings,
    },
    /// Mistakes and awaits.
    Check {
        /// The code.
        files: Files,
    },
    /// The tables after a run.
    Tables {
        /// What fixes the run.
        inputs: Inputs,
    },
    /// The first moves of a schedule, and what can come next.
    Offers {
        /// What fixes the run besides its schedule.
        inputs: Inputs,
        /// The schedule as text.
        schedule: String,
        /// How many of its moves.
        at: u32,
    },
    /// What a link holds.
    ReadLink {
        /// The link, from `#` on.
        link: String,
    },
}

/// What a run is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The learner asked for it: it is shown.
    Shown,
    /// It shows what the judge found: it is shown, but no step is done by it.
    Finding,
    /// The same inputs on the code before, to compare with.
    Before,
}

/// A job under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Active {
    /// Its number, never used twice.
    pub ticket: u64,
    /// What is asked.
    pub job: Job,
    /// How far it is: done, of how many, of what.
    pub progress: Option<(u64, u64, String)>,
    /// Whether the learner or the page wants it to stop.
    pub stopping: bool,
}

impl Job {
    /// Returns whether the learner waits for it; all other jobs give way to those.
    pub fn is_asked_for(&self) -> bool {
        match self {
            Job::Run { purpose, .. } => *purpose != Purpose::Before,
            Job::Judge { .. } | Job::Offers { .. } | Job::ReadLink { .. } => true,
            Job::Sweep { .. } | Job::Check { .. } | Job::Tables { .. } => false,
        }
    }

    /// Returns the message to the engine.
    pub fn request(&self) -> Request {
        match self.clone() {
            Job::Run { inputs, .. } => Request::Run { inputs },
            Job::Sweep { inputs } => Request::Sweep { inputs },
            Job::Judge { files, settings } => Request::Judge { files, settings },
            Job::Check { files } => Request::Check { files },
            Job::Tables { inputs } => Request::Inspect { inputs, event: None, what: What::Tables },
            Job::Offers { inputs, schedule, at } => Request::Offers { inputs, schedule, at },
            Job::ReadLink { link } => Request::ReadLink { link },
        }
    }
}
