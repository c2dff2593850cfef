//! The shared vocabulary of a run.
//!
//! Owns: values, simulated time, places in files, events, run strings, the trace hash, metrics computed
//! from events, and the plain types of verdicts. Holds no policy and no heavy dependency: everything
//! above speaks these words and nothing below exists.

mod site;
pub mod text;
mod time;
mod value;

pub use site::{AwaitMark, Diagnostic, LineCount, Site, Within};
pub use time::{SimDuration, SimInstant};
pub use value::{Digest, Value};
