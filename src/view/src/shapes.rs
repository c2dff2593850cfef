//! The table "statements by shape".
//!
//! Times, rows and milliseconds are those of all requests of the run; beside them stands how often the
//! request that sent the shape most did so. A shape that one request sends more than once is marked.

use crate::PlaceLink;
use serde::{Deserialize, Serialize};
use unhappy_trace::{Report, ShapeLine, Trace, text};

/// A row of the table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShapeRow {
    /// How often one request sent it, at most: `100 ×`.
    pub times: String,
    /// How often all requests sent it.
    pub in_all: String,
    /// The statement with its values taken out.
    pub statement: String,
    /// Where it was written.
    pub places: Vec<PlaceLink>,
    /// Rows returned or changed, in all.
    pub rows: String,
    /// Rows that its plan went through, in all.
    pub rows_visited: String,
    /// Time from send to answer, in all.
    pub time: String,
    /// The plan, outermost first.
    pub plan: Vec<PlanLine>,
    /// How often the database refused it, in words.
    pub refused: Option<String>,
    /// Whether one request sent it more than once.
    pub repeated: bool,
}

/// A line of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanLine {
    /// How deep it is nested, from 0.
    pub depth: u32,
    /// SQLite's words.
    pub text: String,
}

/// Returns the rows of a run, most frequent first.
pub fn shape_rows(trace: &Trace, report: &Report) -> Vec<ShapeRow> {
    report.shapes.iter().map(|line| shape_row(trace, line)).collect()
}

fn shape_row(trace: &Trace, line: &ShapeLine) -> ShapeRow {
    let shape = trace.shape(line.shape);
    ShapeRow {
        times: format!("{} ×", text::thousands(line.most_in_a_request)),
        in_all: text::thousands(line.count),
        statement: shape.text.clone(),
        places: line
            .places
            .iter()
            .map(|(file, line)| PlaceLink { file: file.clone(), line: *line })
            .collect(),
        rows: text::thousands(line.rows),
        rows_visited: text::thousands(line.rows_visited),
        time: line.time.to_string(),
        plan: shape.plan.iter().map(|node| PlanLine { depth: node.depth, text: node.text.clone() }).collect(),
        refused: (line.refused > 0).then(|| format!("refused {}", times_word(line.refused))),
        repeated: line.most_in_a_request > 1,
    }
}

/// Writes how often: `once`, `3 times`.
pub(crate) fn times_word(count: u64) -> String {
    if count == 1 { "once".to_owned() } else { format!("{} times", text::thousands(count)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    // 2 requests of 1 + 3 statements, half a millisecond each.
    #[test]
    fn shapes_are_listed_most_frequent_first() {
        let trace = testing::n_plus_one(2, 3);
        let rows: Vec<String> = shape_rows(&trace, &Report::of(&trace))
            .iter()
            .map(|row| {
                let places: Vec<String> = row.places.iter().map(PlaceLink::label).collect();
                format!(
                    "{} ({} in all) {} | {} | rows {} | {} | {}{}",
                    row.times,
                    row.in_all,
                    row.statement,
                    places.join(", "),
                    row.rows,
                    row.time,
                    row.plan[0].text,
                    if row.repeated { " | repeated" } else { "" },
                )
            })
            .collect();
        assert_eq!(
            rows,
            [
                "3 × (6 in all) SELECT name FROM customers WHERE id = ? | server.py line 7 | rows 6 | 3.0 ms | \
                 SCAN orders | repeated",
                "1 × (2 in all) SELECT * FROM orders ORDER BY id | server.py line 5 | rows 6 | 1.0 ms | \
                 SCAN orders",
            ]
        );
    }

    #[test]
    fn refusals_are_counted() {
        let mut writer = testing::Writer::new();
        writer.arrive(0);
        writer.refused("SELECT nam FROM customers", 5, "column \"nam\" does not exist", 8);
        let trace = writer.recorder.finish();
        let rows = shape_rows(&trace, &Report::of(&trace));
        assert_eq!(rows[0].refused.as_deref(), Some("refused once"));
    }
}
