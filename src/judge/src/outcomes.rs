//! How operations ended: succeeded, refused, failed, and how long they took.
//!
//! In: a report. Out: counts, and the facts of the timed run about them. An operation is everything of one client;
//! its last attempt counts. Without code for clients, each request is one.

use crate::schedules::plan::operation_of;
use std::collections::BTreeMap;
use unhappy_lesson::Variables;
use unhappy_trace::{Percentiles, Report};

/// What the timed run shows of operations; without clients, of requests.
pub(crate) fn timed(report: &Report) -> Variables {
    let outcome = Outcomes::of(report);
    let latency = operation_latency(report);
    let number = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    let per_mille = (outcome.succeeded * 1000).checked_div(outcome.operations).unwrap_or(0);
    [
        ("succeeded_per_mille", number(per_mille)),
        ("p50_micros", number(latency.p50.micros())),
        ("p95_micros", number(latency.p95.micros())),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

/// How operations ended, by their last attempt's status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Outcomes {
    pub(crate) operations: u64,
    pub(crate) succeeded: u64,
    pub(crate) refused: u64,
    pub(crate) failed: u64,
}

impl Outcomes {
    /// An operation is all requests of the same letters; its last one counts.
    pub(crate) fn of(report: &Report) -> Outcomes {
        let mut last = BTreeMap::new();
        for operation in &report.operations {
            last.insert(operation.name.as_str(), None);
        }
        for request in &report.requests {
            // A request that a handler sent is no client's.
            let Some(operation) = operation_of(&request.name).filter(|_| !request.name.contains('.')) else {
                continue;
            };
            last.insert(operation, request.status.filter(|_| !request.is_response_lost));
        }
        let mut outcomes = Outcomes { operations: last.len() as u64, ..Outcomes::default() };
        for status in last.into_values() {
            let counter = match status {
                Some(200..=299) => &mut outcomes.succeeded,
                Some(400..=499) => &mut outcomes.refused,
                _ => &mut outcomes.failed,
            };
            *counter += 1;
        }
        outcomes
    }
}

/// Over operations where clients have code of their own.
pub(crate) fn operation_latency(report: &Report) -> Percentiles {
    if report.operations.is_empty() {
        return report.latency;
    }
    Percentiles::of(report.operations.iter().filter_map(|operation| operation.took).collect())
}
