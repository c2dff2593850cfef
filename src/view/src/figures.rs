//! The four figures under the verdict sentence, with the run before struck out when there is one.

use crate::comparison::{Answer, Comparison, Side};
use crate::promises;
use unhappy_lesson::{Lesson, RunRecord};
use unhappy_trace::{SimDuration, text};

/// What a number or sentence means for the reader. Drawn with a colour and with a word or sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tone {
    /// Neither.
    #[default]
    Plain,
    /// Better than before, or all is well.
    Good,
    /// Worse than before, or broken.
    Bad,
}

/// One figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// What it counts: "Statements per request".
    pub label: &'static str,
    /// The value of the run before, when there is one and it has this figure.
    pub before: Option<String>,
    /// The value.
    pub after: String,
    /// How it compares.
    pub tone: Tone,
    /// A line below, when there is something to say.
    pub note: Option<String>,
}

/// Returns the four figures of a run, beside those of the run before when there is one.
pub fn figures(before: Option<Side<'_>>, after: Side<'_>, lesson: &Lesson) -> [Figure; 4] {
    if !lesson.promises.is_empty() {
        return promises::figures(before, after);
    }
    let noun = &lesson.row_noun;
    let comparison = Comparison::of(before.unwrap_or(after), after, noun);
    let number = |label, (left, right): (u64, u64), show: fn(u64) -> String| {
        compared(label, before.map(|_| left), right, show)
    };
    [
        number("Statements per request", comparison.statements, text::thousands),
        number("Latency p95", comparison.p95_micros, milliseconds),
        number("Rows visited", comparison.rows_visited, text::thousands),
        match before {
            Some(_) => compared_response(&comparison.answer, noun),
            None => own_response(after, noun),
        },
    ]
}

/// Returns the figures of one request as a test sees it: how long it took, and its answer.
pub fn figures_of_answer(side: Side<'_>, noun: &str) -> [Figure; 2] {
    let p95 = side.evidence.summary.latency.p95.micros();
    [compared("Latency p95", None, p95, milliseconds), own_response(side, noun)]
}

/// Returns a figure of which less is better.
pub(crate) fn compared(
    label: &'static str,
    before: Option<u64>,
    after: u64,
    show: fn(u64) -> String,
) -> Figure {
    let tone = match after.cmp(&before.unwrap_or(after)) {
        std::cmp::Ordering::Less => Tone::Good,
        std::cmp::Ordering::Equal => Tone::Plain,
        std::cmp::Ordering::Greater => Tone::Bad,
    };
    Figure { label, before: before.map(show), after: show(after), tone, note: None }
}

/// Returns the figures of a recorded run.
pub fn recorded_figures(record: &RunRecord) -> [Figure; 3] {
    let [_, p95, _] = record.latency_micros;
    let figure = |label, after| Figure { label, before: None, after, tone: Tone::Plain, note: None };
    [
        figure("Statements per request", text::thousands(record.statements)),
        figure("Latency p95", milliseconds(p95)),
        figure("Rows visited", text::thousands(record.rows_visited)),
    ]
}

fn milliseconds(micros: u64) -> String {
    SimDuration::from_micros(micros).to_string()
}

fn compared_response(answer: &Answer, noun: &str) -> Figure {
    let (after, tone, note) = match answer {
        Answer::Equal { rows } => {
            ("equal", Tone::Good, rows.map(|rows| format!("{}, row for row", row_count(rows, noun))))
        }
        Answer::Differs { sentence } => ("differs", Tone::Bad, Some(sentence.clone())),
        Answer::Missing { sentence } => ("no answer", Tone::Bad, Some(sentence.clone())),
    };
    Figure { label: "Response", before: None, after: after.to_owned(), tone, note }
}

fn own_response(side: Side<'_>, noun: &str) -> Figure {
    let failed = side.evidence.summary.failed;
    let (after, tone, rows) = match side.answer {
        None => ("no answer".to_owned(), Tone::Bad, None),
        Some((status, body)) => {
            let tone = if *status >= 500 { Tone::Bad } else { Tone::Good };
            (status.to_string(), tone, body.as_list().map(|rows| row_count(rows.len() as u64, noun)))
        }
    };
    let note = match failed {
        0 => rows,
        failed => Some(format!(
            "{} of {} failed",
            text::thousands(failed),
            text::counted(side.evidence.summary.requests, "request", "requests")
        )),
    };
    let tone = if failed > 0 { Tone::Bad } else { tone };
    Figure { label: "Response", before: None, after, tone, note }
}

/// Writes a number of rows with the lesson's word for one. English plurals in `-s` or `-es` only.
pub(crate) fn row_count(rows: u64, noun: &str) -> String {
    let hissing = ["s", "x", "z", "ch", "sh"].iter().any(|end| noun.ends_with(end));
    text::counted(rows, noun, &format!("{noun}{}", if hissing { "es" } else { "s" }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    fn shown(figures: &[Figure]) -> String {
        let one = |figure: &Figure| {
            let before = figure.before.as_ref().map(|before| format!("{before} → ")).unwrap_or_default();
            let note = figure.note.as_ref().map(|note| format!(" ({note})")).unwrap_or_default();
            format!("{}: {before}{}{note} {:?}", figure.label, figure.after, figure.tone)
        };
        figures.iter().map(one).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn before_and_after() {
        let (before, after) =
            (testing::evidence(&testing::n_plus_one(2, 100)), testing::evidence(&testing::join(2, 100)));
        let answer = (200, testing::body(100));
        let side = |evidence| Side { evidence, answer: Some(&answer), diagnostics: &[] };
        assert_eq!(
            shown(&figures(Some(side(&before)), side(&after), &testing::lesson())),
            "Statements per request: 101 → 1 Good\n\
             Latency p95: 50.5 ms → 0.5 ms Good\n\
             Rows visited: 200 → 100 Good\n\
             Response: equal (100 orders, row for row) Good"
        );
        assert_eq!(
            shown(&figures(None, side(&before), &testing::lesson())),
            "Statements per request: 101 Plain\n\
             Latency p95: 50.5 ms Plain\n\
             Rows visited: 200 Plain\n\
             Response: 200 (100 orders) Good"
        );
    }

    #[test]
    fn rows_have_a_plural() {
        assert_eq!(row_count(1, "order"), "1 order");
        assert_eq!(row_count(2, "address"), "2 addresses");
    }
}
