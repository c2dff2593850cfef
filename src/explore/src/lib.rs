//! Every schedule of a world: which states can be reached, how many schedules they stand for, how they end, and the
//! smallest one that breaks a promise.
//!
//! In: something that can be forked and moved ([`Model`]); [`Worlds`] makes one of a lesson's world. Out: a [`Graph`] of
//! distinct states, and what it says ([`unhappy_trace::Explored`]). Rules followed: design rules, "Exploration". The
//! search is stateful model checking (Godefroid, "Partial-Order Methods for the Verification of Concurrent Systems",
//! 1996, ch. 2) with equal states merged by a hash of their content; schedules are counted on the graph afterwards.
//!
//! Not here: what a move does and what a state's content is (`sim`), what a finding means (`judge`). Never waits, never a
//! clock: whoever drives a search does it in slices.

mod count;
mod graph;
mod model;
mod report;
mod search;
mod shard;
mod smallest;
#[cfg(feature = "worlds")]
mod world;

pub use graph::{Edge, Fate, Graph, Node};
pub use model::{Arrived, Model, Successor};
pub use search::{Options, Progress, Search};
pub use shard::{MergeError, Part};
#[cfg(feature = "worlds")]
pub use world::{Worlds, run_of};
