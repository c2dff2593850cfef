//! Recorded numbers: what the runs of a lesson gave when its author last blessed them.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use unhappy_trace::{LineTotal, SweepPoint};

/// The recorded numbers of a lesson (`expected.json`).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Record {
    /// Version of the engine that gave them.
    pub engine: String,
    /// The broken code under the lesson's traffic.
    pub broken: RunRecord,
    /// The broken code over the sizes.
    pub sweep: Vec<SweepPoint>,
    /// Each fix and wrong fix under the same traffic, by key.
    pub experiments: BTreeMap<String, RunRecord>,
    /// How many of 1,000 traffic seeds break a promise or a budget with the broken code.
    pub seeds_failing_per_mille: u32,
    /// How often each line of the broken code ran in its first request: shown until the engine is there.
    pub broken_lines: Vec<LineTotal>,
}

/// The recorded numbers of one version of the code.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RunRecord {
    /// Statements of one request.
    pub statements: u64,
    /// Rows visited by one request.
    pub rows_visited: u64,
    /// Latency at the 50th, 95th and 99th percentile. Microseconds.
    pub latency_micros: [u64; 3],
    /// Whether the judge accepts it.
    pub accepted: bool,
    /// The family that the judge names, if any.
    pub family: Option<String>,
    /// The trace hash, 32 hexadecimal digits.
    pub trace: String,
}
