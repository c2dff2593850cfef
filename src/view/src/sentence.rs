//! The sentence that stands above all evidence: what this run showed, or what changed.
//!
//! One request is the happy path: it is judged by its answer alone, because that is what a test sees.
//! Budgets count under traffic.

use crate::comparison::{Answer, Comparison, Side};
use crate::figures::{Tone, row_count};
use crate::promises;
use unhappy_lesson::{Lesson, RunRecord};
use unhappy_trace::{SimDuration, SweepPoint, Value, text};

/// A verdict sentence and what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Headline {
    /// Good, bad or neither.
    pub tone: Tone,
    /// The sentence.
    pub headline: String,
    /// A sentence or two more; may be empty.
    pub detail: String,
}

/// Words one run alone.
pub fn headline_of_run(lesson: &Lesson, side: Side<'_>) -> Headline {
    if let Some(headline) = failure(lesson, side) {
        return headline;
    }
    if speaks_of_promises(lesson, side) {
        return promises::headline(None, side);
    }
    let (summary, broken) = (&side.evidence.summary, &side.evidence.budgets);
    let statements = text::counted(summary.most_statements, "statement", "statements");
    if summary.requests > 1 && !broken.is_empty() {
        let headline = format!("{statements} for one request.");
        return Headline { tone: Tone::Bad, headline, detail: broken.join(" ") };
    }
    let rows = side.answer.and_then(|(_, body)| body.as_list()).map(<[Value]>::len);
    let rows = rows.map(|rows| format!(" and answered with {}", row_count(rows as u64, &lesson.row_noun)));
    let (headline, detail) = match summary.requests {
        1 => (
            format!(
                "One request, answered with {} in {}.",
                summary.first_status().unwrap_or(0),
                summary.first_latency.unwrap_or_default()
            ),
            format!("It sent {statements}{}.", rows.unwrap_or_default()),
        ),
        all => (
            format!("{} answered.", text::counted(all, "request", "requests")),
            format!("Each sent at most {statements}. p95 is {}.", summary.latency.p95),
        ),
    };
    Headline { tone: Tone::Good, headline, detail }
}

/// Words one request as a test sees it: status, time, rows, and nothing of how the answer was made.
pub fn headline_of_answer(side: Side<'_>, noun: &str) -> Headline {
    let latency = side.evidence.summary.latency.max;
    let status = side.answer.map_or(0, |(status, _)| *status);
    let rows = side.answer.and_then(|(_, body)| body.as_list()).map(<[Value]>::len);
    Headline {
        tone: Tone::Good,
        headline: format!("One request, answered with {status} in {latency}."),
        detail: rows.map(|rows| format!("It got {}.", row_count(rows as u64, noun))).unwrap_or_default(),
    }
}

/// Words what changed from the run before to this one. Sweeps of both add whether statements grow.
pub fn headline_of_comparison(
    lesson: &Lesson,
    before: Side<'_>,
    after: Side<'_>,
    sweeps: Option<(&[SweepPoint], &[SweepPoint])>,
) -> Headline {
    if let Some(headline) = failure(lesson, after) {
        return headline;
    }
    if speaks_of_promises(lesson, after) {
        return promises::headline(Some(before), after);
    }
    let comparison = Comparison::of(before, after, &lesson.row_noun);
    let (left, right) = comparison.statements;
    let counts = if left == right {
        format!("{} before and after", text::counted(left, "statement", "statements"))
    } else {
        format!("{} → {} statements", text::thousands(left), text::thousands(right))
    };
    if let Answer::Differs { sentence: words } | Answer::Missing { sentence: words } = &comparison.answer {
        let headline = format!("{counts}, but not the same answer.");
        return Headline { tone: Tone::Bad, headline, detail: sentence(words) };
    }
    let broken = match after.evidence.summary.requests {
        1 => Vec::new(),
        _ => after.evidence.budgets.clone(),
    };
    let tone = if broken.is_empty() { Tone::Good } else { Tone::Bad };
    let mut detail = broken;
    detail.push(latency_sentence(comparison.p95_micros));
    detail.extend(sweeps.and_then(|(left, right)| growth_sentence(lesson, left, right)));
    Headline { tone, headline: format!("{counts}, same answer."), detail: detail.join(" ") }
}

/// Words the recorded run of the lesson's own code.
pub fn recorded_headline(record: &RunRecord, engine: &str) -> Headline {
    Headline {
        tone: Tone::Plain,
        headline: format!("{} for one request.", text::counted(record.statements, "statement", "statements")),
        detail: format!("Recorded with engine {engine}. Run it to measure it here."),
    }
}

/// What kept the run from ending well, if anything.
fn failure(lesson: &Lesson, side: Side<'_>) -> Option<Headline> {
    let bad = |headline: &str, detail: String| {
        Some(Headline { tone: Tone::Bad, headline: headline.to_owned(), detail })
    };
    let summary = &side.evidence.summary;
    let found = &side.evidence.output;
    if let Some(limit) = &found.limit {
        return bad("The run was stopped.", limit.text.clone());
    }
    let answered = summary.answers.iter().any(|answer| answer.status.is_some());
    if let (false, Some(first)) = (answered, side.diagnostics.first()) {
        let detail = format!("{} line {}: {}.", first.file, first.line, first.message);
        return bad("The code does not run.", detail);
    }
    let failed = summary.failed;
    if (failed == 0 && summary.requests > 0) || speaks_of_promises(lesson, side) {
        return None;
    }
    let count = text::counted(summary.requests, "request", "requests");
    let reason = match (found.raised.first(), found.sql_errors.first()) {
        (Some(raised), _) => match raised.frames.last() {
            Some(place) => format!("{} ({})", raised.text, place.label()),
            None => raised.text.clone(),
        },
        (None, Some(error)) => format!("SQLSTATE {}: {}", error.sqlstate, error.message),
        (None, None) => {
            return bad(&format!("{} of {count} failed.", text::thousands(failed)), String::new());
        }
    };
    bad(&format!("{} of {count} failed.", text::thousands(failed)), reason)
}

/// Whether promises say more about a run than its answers: several requests, or a promise that broke.
fn speaks_of_promises(lesson: &Lesson, side: Side<'_>) -> bool {
    let evidence = side.evidence;
    !lesson.promises.is_empty() && (evidence.summary.requests > 1 || evidence.tally.broken() > 0)
}

fn latency_sentence((before, after): (u64, u64)) -> String {
    let [left, right] = [before, after].map(SimDuration::from_micros);
    match after.cmp(&before) {
        std::cmp::Ordering::Less => format!("p95 falls from {left} to {right}."),
        std::cmp::Ordering::Equal => format!("p95 stays at {right}."),
        std::cmp::Ordering::Greater => format!("p95 rises from {left} to {right}."),
    }
}

/// Says whether statements grow with the size, when they did before.
fn growth_sentence(lesson: &Lesson, before: &[SweepPoint], after: &[SweepPoint]) -> Option<String> {
    let grows = |points: &[SweepPoint]| match (points.first(), points.last()) {
        (Some(first), Some(last)) => last.statements > first.statements,
        _ => false,
    };
    let noun = lesson
        .settings
        .iter()
        .find(|setting| setting.key == lesson.sizes.setting)
        .map_or(lesson.sizes.setting.as_str(), |setting| setting.label.as_str());
    let last = after.last()?;
    match (grows(before), grows(after)) {
        (true, false) => Some(format!("Statements no longer grow with the number of {noun}.")),
        (_, true) => Some(format!(
            "Statements still grow with the number of {noun}: {} for {}.",
            text::thousands(last.statements),
            text::thousands(last.size.unsigned_abs())
        )),
        (false, false) => None,
    }
}

/// Makes a sentence of words that have neither capital nor full stop.
pub(crate) fn sentence(words: &str) -> String {
    let mut characters = words.trim_end_matches('.').chars();
    match characters.next() {
        Some(first) => std::iter::once(first.to_ascii_uppercase()).chain(characters).chain(['.']).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Evidence;
    use crate::testing;
    use unhappy_trace::{Diagnostic, Inputs, Percentiles, Trace};

    fn alone(trace: &Trace, inputs: &Inputs, answer: Option<&(u16, Value)>) -> String {
        let evidence = Evidence::of(trace, &testing::lesson(), inputs);
        let side = Side { evidence: &evidence, answer, diagnostics: &[] };
        words(&headline_of_run(&testing::lesson(), side))
    }

    fn words(headline: &Headline) -> String {
        format!("{:?}: {} {}", headline.tone, headline.headline, headline.detail)
    }

    #[test]
    fn one_request_is_green_and_traffic_is_not() {
        let answer = (200, testing::body(100));
        assert_eq!(
            alone(&testing::n_plus_one(1, 100), &testing::inputs(1, 100), Some(&answer)),
            "Good: One request, answered with 200 in 50.5 ms. It sent 101 statements and answered with 100 orders."
        );
        assert_eq!(
            alone(&testing::n_plus_one(50, 100), &testing::inputs(50, 100), Some(&answer)),
            "Bad: 101 statements for one request. One request sent 101 statements: they grow with the orders."
        );
        assert_eq!(
            alone(&testing::join(50, 100), &testing::inputs(50, 100), Some(&answer)),
            "Good: 50 requests answered. Each sent at most 1 statement. p95 is 0.5 ms."
        );
    }

    #[test]
    fn an_answer_alone_tells_nothing_of_its_making() {
        let evidence = testing::evidence(&testing::n_plus_one(1, 100));
        let answer = (200, testing::body(100));
        let side = Side { evidence: &evidence, answer: Some(&answer), diagnostics: &[] };
        assert_eq!(
            words(&headline_of_answer(side, "order")),
            "Good: One request, answered with 200 in 50.5 ms. It got 100 orders."
        );
    }

    #[test]
    fn code_that_does_not_run_is_no_failed_request() {
        let diagnostic = Diagnostic {
            file: "server.py".into(),
            line: 1,
            column: 1,
            end_line: 1,
            end_column: 16,
            message: "ModuleNotFoundError: No module named 'requests'".into(),
            hint: None,
        };
        let (nothing, before) =
            (testing::evidence(&Trace::default()), testing::evidence(&testing::n_plus_one(2, 100)));
        let after = Side { evidence: &nothing, answer: None, diagnostics: std::slice::from_ref(&diagnostic) };
        let before = Side { evidence: &before, answer: None, diagnostics: &[] };
        let expected =
            "Bad: The code does not run. server.py line 1: ModuleNotFoundError: No module named 'requests'.";
        let lesson = testing::lesson();
        assert_eq!(words(&headline_of_run(&lesson, after)), expected);
        assert_eq!(words(&headline_of_comparison(&lesson, before, after, None)), expected);
    }

    #[test]
    fn failures_come_first() {
        let mut writer = testing::Writer::new();
        writer.arrive(0);
        writer.refused("SELECT nam FROM customers", 5, "column \"nam\" does not exist", 8);
        writer.respond(500, 0, &[]);
        assert_eq!(
            alone(&writer.recorder.finish(), &testing::inputs(1, 1), Some(&(500, Value::Null))),
            "Bad: 1 of 1 request failed. SQLSTATE 42703: column \"nam\" does not exist"
        );
    }

    #[track_caller]
    fn check(after_rows: u64, after: &Trace, sweeps: Option<[[u64; 2]; 2]>, expected: &str) {
        let before = testing::evidence(&testing::n_plus_one(2, 100));
        let evidence = testing::evidence(after);
        let (left, right) = ((200, testing::body(100)), (200, testing::body(after_rows)));
        let points = sweeps.map(|series| {
            series.map(|counts| {
                [1_i64, 10_000]
                    .into_iter()
                    .zip(counts)
                    .map(|(size, count)| point(size, count))
                    .collect::<Vec<_>>()
            })
        });
        let headline = headline_of_comparison(
            &testing::lesson(),
            Side { evidence: &before, answer: Some(&left), diagnostics: &[] },
            Side { evidence: &evidence, answer: Some(&right), diagnostics: &[] },
            points.as_ref().map(|[left, right]| (left.as_slice(), right.as_slice())),
        );
        assert_eq!(words(&headline), expected);
    }

    fn point(size: i64, statements: u64) -> SweepPoint {
        let (rows_visited, latency) = (0, Percentiles::default());
        SweepPoint { size, statements, rows_visited, latency, digest: None, stopped: None }
    }

    #[test]
    fn what_changed() {
        let join = testing::join(2, 100);
        check(100, &join, None, "Good: 101 → 1 statements, same answer. p95 falls from 50.5 ms to 0.5 ms.");
        check(
            100,
            &join,
            Some([[2, 10_001], [1, 1]]),
            "Good: 101 → 1 statements, same answer. p95 falls from 50.5 ms to 0.5 ms. \
             Statements no longer grow with the number of orders.",
        );
        check(
            10,
            &join,
            None,
            "Bad: 101 → 1 statements, but not the same answer. Order id 11 and 89 more are missing from the answer.",
        );
        check(
            100,
            &testing::n_plus_one(2, 100),
            Some([[2, 10_001], [2, 10_001]]),
            "Bad: 101 statements before and after, same answer. One request sent 101 statements: they grow with \
             the orders. p95 stays at 50.5 ms. Statements still grow with the number of orders: 10,001 for 10,000.",
        );
    }
}
