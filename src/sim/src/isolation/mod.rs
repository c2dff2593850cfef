//! The player of isolation specs: several sessions, their steps in every given order, what each step gave.
//!
//! In: the text of a spec in PostgreSQL's isolationtester grammar. Out: events and final tables of each
//! permutation, in the format of `tests/oracle/README.md`, the same bytes every time and on every target. No
//! request, no server and no latency take part: sessions talk to the database directly, in virtual time.
//!
//! Not here: what a statement does and who waits for whom (`db`), comparing results (`tests`).

mod error;
mod graph;
mod message;
mod order;
mod parse;
mod permutation;
mod result;
mod scan;
mod spec;
mod sql;
mod stage;

pub use error::SpecError;
pub use result::{Ending, Output, PermutationResult, SpecResult, StatementResult, Status, StepEvent};

use crate::limits::RESULT_BYTES_PER_SPEC;
use permutation::{SETUP, run_blocks};
use spec::{Spec, at_most};
use stage::Stage;
use unhappy_db::Engine;

/// Plays every permutation of a spec.
///
/// # Errors
/// [`SpecError`]: the spec cannot be read, a setup or teardown fails, or a limit is passed.
pub fn play(engine: &Engine, name: &str, spec: &str) -> Result<SpecResult, SpecError> {
    let mut playing = Playing::new(name, spec)?;
    while !playing.is_complete() {
        playing.play_next(engine)?;
    }
    Ok(playing.result)
}

/// A spec on its way, for whoever wants to show progress or to stop it.
#[derive(Debug, Clone)]
pub struct Playing {
    spec: Spec,
    result: SpecResult,
    result_bytes: usize,
}

impl Playing {
    /// Reads a spec. Nothing is played yet.
    ///
    /// # Errors
    /// [`SpecError`]: the spec cannot be read.
    pub fn new(name: &str, spec: &str) -> Result<Playing, SpecError> {
        let spec = Spec::read(spec)?;
        let result = SpecResult { spec: name.to_owned(), tags: spec.tags.clone(), permutations: vec![] };
        Ok(Playing { spec, result, result_bytes: 0 })
    }

    /// Returns whether every permutation was played.
    pub fn is_complete(&self) -> bool {
        self.result.permutations.len() >= self.spec.permutations.len()
    }

    /// Returns how many permutations were played, and how many there are.
    pub fn progress(&self) -> (usize, usize) {
        (self.result.permutations.len(), self.spec.permutations.len())
    }

    /// Plays the next permutation, from an empty database.
    ///
    /// # Errors
    /// [`SpecError`]: a setup or teardown fails, or a limit is passed.
    pub fn play_next(&mut self, engine: &Engine) -> Result<(), SpecError> {
        let Some(order) = self.spec.permutations.get(self.result.permutations.len()) else { return Ok(()) };
        let stage = self.set_up(engine)?;
        let played = permutation::play(&self.spec, stage, order)?;
        self.result_bytes += played.to_json().len();
        at_most("bytes of a result", RESULT_BYTES_PER_SPEC, self.result_bytes)?;
        self.result.permutations.push(played);
        Ok(())
    }

    /// Returns what was played so far.
    pub fn result(&self) -> &SpecResult {
        &self.result
    }

    fn set_up<'a>(&self, engine: &'a Engine) -> Result<Stage<'a>, SpecError> {
        let mut stage = Stage::new(engine, self.spec.sessions.len() + 1);
        run_blocks(&mut stage, SETUP, &self.spec.setups, "the setup")?;
        for (index, session) in self.spec.sessions.iter().enumerate() {
            let name = format!("the setup of session {}", session.name);
            run_blocks(&mut stage, index + 1, &session.setups, &name)?;
        }
        Ok(stage)
    }
}
