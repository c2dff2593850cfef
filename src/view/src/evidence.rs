//! Everything that is shown of one run, computed once when it ends.
//!
//! A run of production traffic can have half a million events. What is drawn of it is small, so the trace is
//! read here and can then be dropped.

use crate::lines::{LineMark, line_marks};
use crate::output::{Output, output};
use crate::shapes::{ShapeRow, shape_rows};
use crate::ticks::{TickStrip, tick_strip};
use unhappy_trace::{Report, Trace};

/// What is shown of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// Its numbers.
    pub report: Report,
    /// One tick a statement of the first request.
    pub strip: TickStrip,
    /// Statements by shape.
    pub shapes: Vec<ShapeRow>,
    /// What was said.
    pub output: Output,
    /// Line counts by file name; files without any are missing.
    pub lines: Vec<(String, Vec<LineMark>)>,
}

impl Evidence {
    /// Computes the evidence of a run.
    pub fn of(trace: &Trace) -> Evidence {
        let report = Report::of(trace);
        let mut lines: Vec<(String, Vec<LineMark>)> = Vec::new();
        for total in &report.first_request_lines {
            if lines.last().is_none_or(|(file, _)| *file != total.file) {
                lines.push((total.file.clone(), line_marks(trace, &report, &total.file)));
            }
        }
        let (strip, shapes) = (tick_strip(trace, &report), shape_rows(trace, &report));
        Evidence { strip, shapes, output: output(trace), lines, report }
    }

    /// Returns the line counts of a file.
    pub fn lines_of(&self, file: &str) -> &[LineMark] {
        let found = self.lines.iter().find(|(name, _)| name == file);
        found.map(|(_, marks)| marks.as_slice()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn a_run_is_read_once() {
        let evidence = Evidence::of(&testing::n_plus_one(2, 100));
        assert_eq!(evidence.strip.count, 101);
        assert_eq!(evidence.shapes.len(), 2);
        assert_eq!(evidence.lines_of("server.py").len(), 5);
        assert!(evidence.lines_of("client.py").is_empty());
        assert!(evidence.output.is_empty());
    }
}
