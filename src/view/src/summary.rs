//! The numbers of a run that are compared with those of another one: few, whatever the number of requests.
//!
//! In: a report. Out: counts, percentiles, and the answers of the first requests. Not here: tables (`tally.rs`).

use serde::{Deserialize, Serialize};
use unhappy_trace::{Digest, Percentiles, Report, RequestLine, SimDuration};

/// The most answers that are kept one by one.
const MOST_ANSWERS: usize = 200;

/// The numbers of a run.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Summary {
    /// How many requests there were.
    pub requests: u64,
    /// How many of them were not answered, or with a status of 500 or above.
    pub failed: u64,
    /// The most statements of one request.
    pub most_statements: u64,
    /// The most rows that the statements of one request visited.
    pub most_rows_visited: u64,
    /// Latency of the answered requests.
    pub latency: Percentiles,
    /// How long the first request took; none while unanswered.
    pub first_latency: Option<SimDuration>,
    /// How the first requests were answered.
    pub answers: Vec<AnswerLine>,
    /// Digest of all other answers, in order; none when there are no others.
    pub other_answers: Option<Digest>,
}

/// How a request was answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerLine {
    /// The request.
    pub request: String,
    /// Its status; none without an answer.
    pub status: Option<u16>,
    /// Digest of the body.
    pub body: Option<Digest>,
}

impl Summary {
    /// Takes the numbers out of a report.
    pub(crate) fn of(report: &Report) -> Summary {
        let requests = &report.requests;
        let kept = requests.len().min(MOST_ANSWERS);
        let line = |request: &RequestLine| AnswerLine {
            request: request.name.clone(),
            status: request.status,
            body: request.digest,
        };
        let mut others = Vec::new();
        for request in &requests[kept..] {
            let digest = request.digest.map(|digest| digest.to_string()).unwrap_or_default();
            others.extend_from_slice(format!("{:?}{digest}", request.status).as_bytes());
        }
        Summary {
            requests: requests.len() as u64,
            failed: requests.iter().filter(|request| is_failed(request.status)).count() as u64,
            most_statements: report.most_statements(),
            most_rows_visited: report.most_rows_visited(),
            latency: report.latency,
            first_latency: requests.first().and_then(|request| request.latency),
            answers: requests[..kept].iter().map(line).collect(),
            other_answers: (!others.is_empty()).then(|| Digest::of(&others)),
        }
    }

    /// Returns the status of the first request; none without an answer.
    pub fn first_status(&self) -> Option<u16> {
        self.answers.first().and_then(|answer| answer.status)
    }
}

/// Whether a request failed from the client's point of view.
fn is_failed(status: Option<u16>) -> bool {
    status.is_none_or(|status| status >= 500)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn a_long_run_keeps_a_bounded_list() {
        let found = Summary::of(&Report::of(&testing::join(500, 3)));
        assert_eq!((found.requests, found.failed, found.answers.len()), (500, 0, MOST_ANSWERS));
        assert_ne!(found.other_answers, Summary::of(&Report::of(&testing::join(499, 3))).other_answers);
    }
}
