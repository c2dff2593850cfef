//! Two runs side by side: what changed in numbers and in the answer.
//!
//! Both runs have the same inputs but for the code. The answer is compared row for row; the statuses of all
//! requests count as well, because an answer that comes half of the time is another answer.

use crate::evidence::Evidence;
use crate::summary::Summary;
use unhappy_trace::{Diagnostic, Value, compare_bodies, text};

/// A run as it is compared.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// What is shown of it.
    pub evidence: &'a Evidence,
    /// Status and body of the first answer.
    pub answer: Option<&'a (u16, Value)>,
    /// Mistakes that kept the code from running, or where it raised.
    pub diagnostics: &'a [Diagnostic],
}

/// Whether the answers are the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Equal; with the number of rows when it is a list.
    Equal {
        /// Rows of the list.
        rows: Option<u64>,
    },
    /// They differ, in a sentence without full stop.
    Differs {
        /// How.
        sentence: String,
    },
    /// At least one of the two has no answer.
    Missing {
        /// Which, in a sentence without full stop.
        sentence: String,
    },
}

/// What changed from `before` to `after`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// Largest number of statements of one request.
    pub statements: (u64, u64),
    /// Largest number of rows visited by one request.
    pub rows_visited: (u64, u64),
    /// Latency at the 95th percentile, microseconds.
    pub p95_micros: (u64, u64),
    /// The answers.
    pub answer: Answer,
}

impl Comparison {
    /// Compares two runs. `noun` names one row of the answer: "order".
    pub fn of(before: Side<'_>, after: Side<'_>, noun: &str) -> Comparison {
        let (left, right) = (&before.evidence.summary, &after.evidence.summary);
        Comparison {
            statements: (left.most_statements, right.most_statements),
            rows_visited: (left.most_rows_visited, right.most_rows_visited),
            p95_micros: (left.latency.p95.micros(), right.latency.p95.micros()),
            answer: answer(before, after, noun),
        }
    }

    /// Returns whether both give the same answer.
    pub fn same_answer(&self) -> bool {
        matches!(self.answer, Answer::Equal { .. })
    }
}

fn answer(before: Side<'_>, after: Side<'_>, noun: &str) -> Answer {
    let missing = |which: &str| Answer::Missing { sentence: format!("{which} gave no answer") };
    let Some((before_status, before_body)) = before.answer else { return missing("the run before") };
    let Some((after_status, after_body)) = after.answer else { return missing("this run") };
    if before_status != after_status {
        return Answer::Differs {
            sentence: format!("the status is {after_status}, expected {before_status}"),
        };
    }
    if let Some(difference) = compare_bodies(before_body, after_body) {
        return Answer::Differs { sentence: difference.sentence(noun) };
    }
    if let Some(sentence) = other_statuses(&before.evidence.summary, &after.evidence.summary) {
        return Answer::Differs { sentence };
    }
    Answer::Equal { rows: after_body.as_list().map(|rows| rows.len() as u64) }
}

/// Names the first later request whose status or body differs between the runs.
fn other_statuses(before: &Summary, after: &Summary) -> Option<String> {
    let pairs = before.answers.iter().zip(&after.answers);
    let different: Vec<_> =
        pairs.filter(|(left, right)| (left.status, left.body) != (right.status, right.body)).collect();
    let Some((left, right)) = different.first() else {
        let differs = before.other_answers != after.other_answers;
        return differs.then(|| "a later request was answered in another way".to_owned());
    };
    let words = |status: Option<u16>| status.map_or("no answer".to_owned(), |status| status.to_string());
    let what = if left.status == right.status {
        "has another body".to_owned()
    } else {
        format!("ended with {}, expected {}", words(right.status), words(left.status))
    };
    let more = match different.len() - 1 {
        0 => String::new(),
        more => format!(" (and {} more)", text::counted(more as u64, "request", "requests")),
    };
    Some(format!("request {} {what}{more}", right.request))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn a_join_asks_once_and_answers_the_same() {
        let (before, after) =
            (testing::evidence(&testing::n_plus_one(2, 100)), testing::evidence(&testing::join(2, 100)));
        let answer = (200, testing::body(100));
        let comparison = Comparison::of(
            Side { evidence: &before, answer: Some(&answer), diagnostics: &[] },
            Side { evidence: &after, answer: Some(&answer), diagnostics: &[] },
            "order",
        );
        assert_eq!(comparison.statements, (101, 1));
        assert_eq!(comparison.p95_micros, (50_500, 500));
        assert_eq!(comparison.answer, Answer::Equal { rows: Some(100) });
    }

    #[track_caller]
    fn check(before: (u16, u64), after: (u16, u64), expected: &str) {
        let run = |(status, rows): (u16, u64)| {
            let mut writer = testing::Writer::new();
            writer.arrive(0);
            writer.respond(status, rows, &[]);
            (testing::evidence(&writer.recorder.finish()), (status, testing::body(rows)))
        };
        let (left, right) = (run(before), run(after));
        let found = Comparison::of(
            Side { evidence: &left.0, answer: Some(&left.1), diagnostics: &[] },
            Side { evidence: &right.0, answer: Some(&right.1), diagnostics: &[] },
            "order",
        );
        assert_eq!(found.answer, Answer::Differs { sentence: expected.to_owned() });
    }

    #[test]
    fn a_difference_is_named() {
        check((200, 3), (200, 2), "order id 3 is missing from the answer");
        check((200, 3), (500, 3), "the status is 500, expected 200");
    }

    #[test]
    fn later_requests_count_too() {
        let two = |second: u16| {
            let mut writer = testing::Writer::new();
            for (number, status) in [200, second].into_iter().enumerate() {
                writer.arrive(number as u32);
                writer.respond(status, 1, &[]);
            }
            testing::evidence(&writer.recorder.finish())
        };
        let (left, right, answer) = (two(200), two(500), (200, testing::body(1)));
        let found = Comparison::of(
            Side { evidence: &left, answer: Some(&answer), diagnostics: &[] },
            Side { evidence: &right, answer: Some(&answer), diagnostics: &[] },
            "order",
        );
        assert_eq!(
            found.answer,
            Answer::Differs { sentence: "request B ended with 500, expected 200".into() }
        );
    }
}
