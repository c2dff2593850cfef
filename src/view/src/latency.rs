//! The table of latency percentiles.

use unhappy_trace::{Percentiles, SimDuration};

/// A row of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LatencyRow {
    /// Short name: `p95`.
    pub name: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// Value of the run before, when there is one.
    pub before: Option<String>,
    /// Value of the run.
    pub after: String,
}

/// Returns the rows p50, p95, p99 and the slowest request.
pub fn latency_rows(before: Option<Percentiles>, after: Percentiles) -> [LatencyRow; 4] {
    let row = |name, meaning, value: fn(Percentiles) -> SimDuration| LatencyRow {
        name,
        meaning,
        before: before.map(|before| value(before).to_string()),
        after: value(after).to_string(),
    };
    [
        row("p50", "half of the requests were not slower", |values| values.p50),
        row("p95", "95 of 100 requests were not slower", |values| values.p95),
        row("p99", "99 of 100 requests were not slower", |values| values.p99),
        row("slowest", "the slowest request", |values| values.max),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_stand_side_by_side() {
        let at = |micros| {
            let [p50, p95, p99, max] =
                [1_u64, 2, 3, 4].map(|factor| SimDuration::from_micros(micros * factor));
            Percentiles { p50, p95, p99, max }
        };
        let rows = latency_rows(Some(at(10_000)), at(500));
        let shown: Vec<String> = rows
            .iter()
            .map(|row| format!("{} {} → {}", row.name, row.before.as_deref().unwrap_or("–"), row.after))
            .collect();
        assert_eq!(
            shown,
            [
                "p50 10.0 ms → 0.5 ms",
                "p95 20.0 ms → 1.0 ms",
                "p99 30.0 ms → 1.5 ms",
                "slowest 40.0 ms → 2.0 ms"
            ]
        );
    }
}
