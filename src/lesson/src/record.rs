//! Recorded numbers: what the runs of a lesson gave when its author last blessed them.

use crate::{Promise, Variables};
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
    /// Digest of the trace hashes of the first 100 of these seeds, written one after the other: another machine that gets
    /// the same has the same traces.
    pub seeds_trace: String,
    /// How often each line of the broken code ran in its first request: shown until the engine is there.
    pub broken_lines: Vec<LineTotal>,
    /// The same of each flavour, by key.
    pub flavours: BTreeMap<String, FlavourRecord>,
}

/// The recorded numbers of a flavour: the lesson in another style of code.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FlavourRecord {
    /// Its broken code under the lesson's traffic.
    pub broken: RunRecord,
    /// Each of its fixes and wrong fixes under the same traffic, by key.
    pub experiments: BTreeMap<String, RunRecord>,
    /// How many of 1,000 traffic seeds break a promise or a budget with its broken code.
    pub seeds_failing_per_mille: u32,
    /// How often each line of its broken code ran in its first request.
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
    /// What the clients and services saw. All 0 in a lesson without promises.
    pub outcome: OutcomeRecord,
    /// What exploring every schedule within the bound gave; none in a lesson without a bound.
    pub proof: Option<ProofRecord>,
}

/// What exploring every schedule of one version of the code gave.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ProofRecord {
    /// Whether every schedule within the bound was seen.
    pub is_complete: bool,
    /// Distinct states.
    pub states: u64,
    /// How many schedules there are, in words: "at least 58".
    pub schedules: String,
    /// In how many of them a promise breaks, in words.
    pub broken_schedules: String,
    /// By key of the promise, the smallest schedule that breaks it.
    pub smallest: BTreeMap<String, String>,
}

/// What the clients and services saw in one recorded run of a lesson with promises.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct OutcomeRecord {
    /// Operations of clients; requests where there is no client code.
    pub operations: u64,
    /// Operations that were answered with a 2xx status.
    pub succeeded: u64,
    /// Operations that were answered with a 4xx status.
    pub refused: u64,
    /// Operations that were answered with a 5xx status or not at all.
    pub failed: u64,
    /// Keys of the promises that broke, in the lesson's order.
    pub broken_promises: Vec<String>,
    /// Deadlocks that the database broke (40P01).
    pub deadlocks: u64,
    /// Statements that waited for a lock.
    pub lock_waits: u64,
    /// Charges that took effect at the payment provider.
    pub charges: u64,
    /// What they come to, refunds taken off. Cents.
    pub charged_cents: u64,
}

impl RunRecord {
    /// Returns the facts that `must_show` and the answers of `predict` may name, but for the settings and the
    /// share of failing seeds: `broken.statements`, `broken.breaks.KEY` for each of `promises`.
    pub fn shown(&self, promises: &[Promise]) -> Variables {
        let [p50, p95, p99] = self.latency_micros;
        let outcome = &self.outcome;
        let mut named = Variables::new();
        let mut add = |name: &str, value: u64| {
            named.insert(format!("broken.{name}"), i64::try_from(value).unwrap_or(i64::MAX));
        };
        for (name, value) in [
            ("statements", self.statements),
            ("rows_visited", self.rows_visited),
            ("p50_micros", p50),
            ("p95_micros", p95),
            ("p99_micros", p99),
            ("operations", outcome.operations),
            ("succeeded", outcome.succeeded),
            ("refused", outcome.refused),
            ("failed", outcome.failed),
            ("promises_broken", outcome.broken_promises.len() as u64),
            ("deadlocks", outcome.deadlocks),
            ("lock_waits", outcome.lock_waits),
            ("charges", outcome.charges),
            ("charged_cents", outcome.charged_cents),
        ] {
            add(name, value);
        }
        for promise in promises {
            let broken = outcome.broken_promises.contains(&promise.key);
            add(&format!("breaks.{}", promise.key), u64::from(broken));
        }
        named
    }
}
