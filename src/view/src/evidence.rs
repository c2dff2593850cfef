//! Everything that is shown of one run, computed once when it ends, beside the engine.
//!
//! A run of production traffic can have half a million events. What is drawn of it is small, so the trace is
//! read here and can then be dropped: every list in the evidence is bounded, and only this goes to the page.

use crate::budget::broken_budgets;
use crate::facts::run_facts;
use crate::lines::{LineMark, line_marks};
use crate::output::{Output, output};
use crate::prediction::prediction_sentence;
use crate::schedule::Schedule;
use crate::shapes::{ShapeRow, shape_rows};
use crate::summary::Summary;
use crate::tally::Tally;
use crate::ticks::{TickStrip, tick_strip};
use serde::{Deserialize, Serialize};
use unhappy_lesson::Lesson;
use unhappy_trace::{Inputs, Report, Trace};

/// The most shapes of statements that are kept. More are a loop that writes its own SQL.
const MOST_SHAPES: usize = 100;
/// The most lines with a count of one file. Longer files are no lesson's.
const MOST_LINES: usize = 2_000;

/// What is shown of one run.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Evidence {
    /// Its numbers.
    pub summary: Summary,
    /// One tick a statement of the first request.
    pub strip: TickStrip,
    /// Statements by shape.
    pub shapes: Vec<ShapeRow>,
    /// What was said.
    pub output: Output,
    /// Line counts by file name; files without any are missing.
    pub lines: Vec<(String, Vec<LineMark>)>,
    /// The sentence of each budget that it breaks.
    pub budgets: Vec<String>,
    /// For each answer to the lesson's question: what it meets in this run, in a sentence.
    pub predictions: Vec<String>,
    /// Its report in counts, and the promises.
    pub tally: Tally,
    /// Its steps, for a handful of requests.
    pub schedule: Schedule,
}

impl Evidence {
    /// Computes the evidence of a run.
    pub fn of(trace: &Trace, lesson: &Lesson, inputs: &Inputs) -> Evidence {
        let report = Report::of(trace);
        let (schedule, breaks) = Schedule::with_breaks(trace, lesson, inputs);
        let tally = Tally::of(&report, lesson, &breaks);
        let facts = run_facts(lesson, inputs, &report, "broken.");
        let options = &lesson.predict.options;
        let mut shapes = shape_rows(trace, &report);
        shapes.truncate(MOST_SHAPES);
        Evidence {
            predictions: options.iter().map(|option| prediction_sentence(option, &facts, &tally)).collect(),
            summary: Summary::of(&report),
            strip: tick_strip(trace, &report),
            shapes,
            output: output(trace),
            lines: lines(trace, &report),
            budgets: broken_budgets(lesson, inputs, &report),
            tally,
            schedule,
        }
    }

    /// Returns how often each status was answered: words and count.
    pub(crate) fn tally_of_answers(&self) -> Vec<(String, String)> {
        self.tally.answers().iter().map(|line| (line.label.clone(), line.value.clone())).collect()
    }

    /// Returns the line counts of a file.
    pub fn lines_of(&self, file: &str) -> &[LineMark] {
        let found = self.lines.iter().find(|(name, _)| name == file);
        found.map(|(_, marks)| marks.as_slice()).unwrap_or_default()
    }
}

fn lines(trace: &Trace, report: &Report) -> Vec<(String, Vec<LineMark>)> {
    let mut lines: Vec<(String, Vec<LineMark>)> = Vec::new();
    for total in &report.first_request_lines {
        if lines.last().is_none_or(|(file, _)| *file != total.file) {
            let mut marks = line_marks(trace, report, &total.file);
            marks.truncate(MOST_LINES);
            lines.push((total.file.clone(), marks));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use crate::testing;

    #[test]
    fn a_run_is_read_once() {
        let evidence = testing::evidence(&testing::n_plus_one(2, 100));
        assert_eq!(evidence.strip.count, 101);
        assert_eq!(evidence.shapes.len(), 2);
        assert_eq!(evidence.lines_of("server.py").len(), 5);
        assert!(evidence.lines_of("client.py").is_empty());
        assert!(evidence.output.is_empty());
        assert_eq!(evidence.budgets.len(), 1);
    }

    // What goes to the page does not grow with the run: 500 requests of 101 statements are 50,500 events.
    #[test]
    fn the_evidence_of_a_long_run_is_small() {
        let bytes = |requests| {
            let evidence = testing::evidence(&testing::n_plus_one(requests, 100));
            postcard::to_allocvec(&evidence).expect("it can be written").len()
        };
        assert!(bytes(500) < 40_000, "{} bytes", bytes(500));
        assert!(bytes(500) < bytes(250) + 100);
    }
}
