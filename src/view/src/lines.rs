//! How often each line ran, and which line is hot.
//!
//! A line is hot when the first request sent more than one statement from it, and no line sent more: the
//! line whose round trips add up. Counts are those of the first request, so that 100 orders read as 100×
//! whatever the traffic.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use unhappy_trace::{LineTotal, Report, Trace, event};

/// A line with its count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineMark {
    /// Line, counted from 1.
    pub line: u32,
    /// How often it ran in the first request.
    pub count: u64,
    /// Whether it is the hot line.
    pub hot: bool,
}

/// Returns the marks of a file, in order of line.
pub fn line_marks(trace: &Trace, report: &Report, file: &str) -> Vec<LineMark> {
    let mut sent: BTreeMap<(event::TextId, u32), u64> = BTreeMap::new();
    let first = report.requests.first().map(|request| request.name.as_str());
    for (event, statement) in trace.statements() {
        let actor = trace.text(event.actor);
        let request = actor.split_once('/').map_or(actor, |(root, _)| root);
        if let (Some(place), true) = (statement.place, Some(request) == first) {
            *sent.entry((place.file, place.line)).or_default() += 1;
        }
    }
    let most = sent.values().copied().max().unwrap_or(0);
    let id = sent.keys().map(|(id, _)| *id).find(|id| trace.text(*id) == file);
    let is_hot = |line: u32, _: u64| most > 1 && id.is_some_and(|id| sent.get(&(id, line)) == Some(&most));
    marks(&report.first_request_lines, file, is_hot)
}

/// Returns the marks of a file from recorded counts. Without a trace, the hot line is the one of the largest
/// count that waits for a call (`await`).
pub fn recorded_line_marks(lines: &[LineTotal], file: &str, source: &str) -> Vec<LineMark> {
    let is_waiting = |line: &str| line.split([' ', '(', '=']).any(|word| word == "await");
    let awaits: Vec<bool> = source.lines().map(is_waiting).collect();
    let waits = |line: u32| awaits.get((line as usize).wrapping_sub(1)).copied().unwrap_or(false);
    let of_file = lines.iter().filter(|total| total.file == file);
    let most = of_file.filter(|total| waits(total.line)).map(|total| total.count).max().unwrap_or(0);
    marks(lines, file, |line, count| most > 1 && waits(line) && count == most)
}

fn marks(lines: &[LineTotal], file: &str, is_hot: impl Fn(u32, u64) -> bool) -> Vec<LineMark> {
    lines
        .iter()
        .filter(|total| total.file == file && total.count > 0)
        .map(|total| LineMark { line: total.line, count: total.count, hot: is_hot(total.line, total.count) })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    fn shown(marks: &[LineMark]) -> String {
        let mark =
            |mark: &LineMark| format!("{}:{}×{}", mark.line, mark.count, if mark.hot { " hot" } else { "" });
        marks.iter().map(mark).collect::<Vec<_>>().join(", ")
    }

    // Line 6 is the loop, line 7 sends a statement each time round, line 9 only stores the name.
    #[test]
    fn the_line_that_sends_most_statements_is_hot() {
        let trace = testing::n_plus_one(2, 100);
        let report = Report::of(&trace);
        assert_eq!(
            shown(&line_marks(&trace, &report, "server.py")),
            "5:1×, 6:100×, 7:100× hot, 9:100×, 10:1×"
        );
        assert_eq!(shown(&line_marks(&trace, &report, "client.py")), "");
    }

    #[test]
    fn one_statement_a_line_is_not_hot() {
        let trace = testing::join(2, 100);
        assert_eq!(shown(&line_marks(&trace, &Report::of(&trace), "server.py")), "5:1×, 6:1×");
    }

    #[test]
    fn recorded_counts_mark_the_awaiting_line() {
        let total = |line, count| LineTotal { file: "server.py".into(), line, count };
        let lines = [total(1, 1), total(2, 100), total(3, 100), total(4, 100)];
        let source = "a = await all()\nfor b in a:\n    c = await one()\n    b.c = c\n";
        assert_eq!(
            shown(&recorded_line_marks(&lines, "server.py", source)),
            "1:1×, 2:100×, 3:100× hot, 4:100×"
        );
    }
}
