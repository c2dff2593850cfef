//! The shared vocabulary of a run.
//!
//! Owns: values, simulated time, places in files, events, run strings, the trace hash, metrics computed
//! from events, and the plain types of verdicts. Holds no policy and no heavy dependency: everything
//! above speaks these words and nothing below exists.

mod actor;
mod compare;
pub mod database;
pub mod event;
pub mod explored;
mod hash;
mod link;
mod offer;
mod report;
mod run;
pub mod schedule;
mod site;
pub mod text;
mod time;
mod value;
mod verdict;

pub use actor::request_name;
pub use compare::{BodyDifference, compare_bodies};
pub use event::{Event, EventKind, Recorder, Shape, Trace};
pub use explored::{Cost, Counterexample, Explored, Outcome, OutcomeLine, Schedules, Stopped};
pub use hash::{first_difference, trace_hash};
pub use link::{Link, LinkError};
pub use offer::Offer;
pub use report::{
    BrokenPromise, LineTotal, OperationLine, Percentiles, Report, RequestLine, ShapeLine, SweepPoint,
};
pub use run::{Inputs, RunString, RunStringError};
pub use schedule::{Choices, Fault, FaultKind, How, Move, Schedule, ScheduleError, Then};
pub use site::{AwaitMark, Diagnostic, LineCount, Site, Within};
pub use time::{SimDuration, SimInstant};
pub use value::{Digest, Value};
pub use verdict::{Case, Family, Finding, Verdict};
