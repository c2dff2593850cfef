//! What is explored: a world that can be forked and moved.

use unhappy_trace::{Move, Outcome};

/// A world that can be forked.
pub trait Model {
    /// Where it stands. What is needed to go on from there.
    type State;

    /// Returns where it stands before the first move.
    fn start(&mut self) -> Arrived<Self::State>;

    /// Returns every choice that is possible in a state, in a fixed order, each with where it leads. With none, a
    /// schedule ends here.
    fn successors(&mut self, state: &Self::State) -> Vec<Successor<Self::State>>;

    /// Returns how a schedule ends that stops in a state without successors.
    fn outcome(&mut self, state: &Self::State) -> Outcome;

    /// Returns the content that the key is the hash of, for noticing two contents with one key. Asked for in debug builds
    /// only; none is fine.
    fn content(&self, state: &Self::State) -> Option<Vec<u8>> {
        let _ = state;
        None
    }
}

/// A state, as far as a search looks at it.
pub struct Arrived<S> {
    /// The state.
    pub state: S,
    /// Hash of its content: states with equal keys are taken for one.
    pub key: u128,
    /// The promises that are broken, by number, ascending; part of the content.
    pub broken: Vec<u16>,
    /// Why nothing can go on from here although the schedule is not at its end, in a sentence.
    pub limit: Option<String>,
}

/// A choice, and where it leads.
pub struct Successor<S> {
    /// The moves: faults stand before the step in which they happen.
    pub moves: Vec<Move>,
    /// Whose step it is; none for a timer and for a fault of its own.
    pub actor: Option<String>,
    /// Where it leads.
    pub to: Arrived<S>,
}
