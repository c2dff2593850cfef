//! `expected.json`: the recorded numbers, in a form that reads well in a diff.
//!
//! Keys in a fixed order, one to a line, digests as hexadecimal digits, times in microseconds.

use crate::{Record, RunRecord};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use unhappy_trace::{Digest, LineTotal, Percentiles, SimDuration, SweepPoint};

/// Name of the file in a lesson's folder.
pub const RECORD_FILE: &str = "expected.json";

/// Writes the record as `expected.json` holds it, with a line end after the last line.
pub fn record_to_json(record: &Record) -> String {
    let file = RecordFile::of(record);
    let mut json = serde_json::to_string_pretty(&file).expect("numbers and texts can always be written");
    json.push('\n');
    json
}

/// Reads `expected.json`.
///
/// # Errors
/// What is wrong in one sentence, with the line counted from 1.
pub fn record_from_json(json: &str) -> Result<Record, (u32, String)> {
    let read: Result<RecordFile, _> = serde_json::from_str(json);
    let place = |error: &serde_json::Error| u32::try_from(error.line()).unwrap_or(1).max(1);
    read.map_err(|error| (place(&error), error.to_string()))?.record().ok_or_else(|| {
        let message = "a digest is not 32 hexadecimal digits".to_owned();
        (1, message)
    })
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RecordFile {
    engine: String,
    broken: RunFile,
    /// File → line → how often it ran.
    broken_lines: BTreeMap<String, BTreeMap<u32, u64>>,
    seeds_failing_per_mille: u32,
    sweep: Vec<SizeFile>,
    experiments: BTreeMap<String, RunFile>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RunFile {
    statements: u64,
    rows_visited: u64,
    p50_micros: u64,
    p95_micros: u64,
    p99_micros: u64,
    accepted: bool,
    family: Option<String>,
    trace: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SizeFile {
    size: i64,
    statements: u64,
    rows_visited: u64,
    p50_micros: u64,
    p95_micros: u64,
    p99_micros: u64,
    max_micros: u64,
    digest: Option<String>,
    stopped: Option<String>,
}

impl RecordFile {
    fn of(record: &Record) -> RecordFile {
        let mut broken_lines: BTreeMap<String, BTreeMap<u32, u64>> = BTreeMap::new();
        for total in &record.broken_lines {
            broken_lines.entry(total.file.clone()).or_default().insert(total.line, total.count);
        }
        RecordFile {
            engine: record.engine.clone(),
            broken: RunFile::of(&record.broken),
            broken_lines,
            seeds_failing_per_mille: record.seeds_failing_per_mille,
            sweep: record.sweep.iter().map(SizeFile::of).collect(),
            experiments: record
                .experiments
                .iter()
                .map(|(key, run)| (key.clone(), RunFile::of(run)))
                .collect(),
        }
    }

    fn record(self) -> Option<Record> {
        let mut broken_lines = vec![];
        for (file, lines) in self.broken_lines {
            let total = |(line, count)| LineTotal { file: file.clone(), line, count };
            broken_lines.extend(lines.into_iter().map(total));
        }
        Some(Record {
            broken_lines,
            engine: self.engine,
            broken: self.broken.run(),
            sweep: self.sweep.into_iter().map(SizeFile::point).collect::<Option<_>>()?,
            experiments: self.experiments.into_iter().map(|(key, run)| (key, run.run())).collect(),
            seeds_failing_per_mille: self.seeds_failing_per_mille,
        })
    }
}

impl RunFile {
    fn of(run: &RunRecord) -> RunFile {
        let [p50_micros, p95_micros, p99_micros] = run.latency_micros;
        RunFile {
            statements: run.statements,
            rows_visited: run.rows_visited,
            p50_micros,
            p95_micros,
            p99_micros,
            accepted: run.accepted,
            family: run.family.clone(),
            trace: run.trace.clone(),
        }
    }

    fn run(self) -> RunRecord {
        RunRecord {
            statements: self.statements,
            rows_visited: self.rows_visited,
            latency_micros: [self.p50_micros, self.p95_micros, self.p99_micros],
            accepted: self.accepted,
            family: self.family,
            trace: self.trace,
        }
    }
}

impl SizeFile {
    fn of(point: &SweepPoint) -> SizeFile {
        SizeFile {
            size: point.size,
            statements: point.statements,
            rows_visited: point.rows_visited,
            p50_micros: point.latency.p50.micros(),
            p95_micros: point.latency.p95.micros(),
            p99_micros: point.latency.p99.micros(),
            max_micros: point.latency.max.micros(),
            digest: point.digest.map(|digest| digest.to_string()),
            stopped: point.stopped.clone(),
        }
    }

    fn point(self) -> Option<SweepPoint> {
        let digest = match self.digest {
            Some(digits) => Some(Digest::from_hex(&digits)?),
            None => None,
        };
        Some(SweepPoint {
            size: self.size,
            statements: self.statements,
            rows_visited: self.rows_visited,
            latency: Percentiles {
                p50: SimDuration::from_micros(self.p50_micros),
                p95: SimDuration::from_micros(self.p95_micros),
                p99: SimDuration::from_micros(self.p99_micros),
                max: SimDuration::from_micros(self.max_micros),
            },
            digest,
            stopped: self.stopped,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_reads_back_and_is_written_the_same() {
        let run = RunRecord { statements: 3, latency_micros: [1, 2, 3], ..RunRecord::default() };
        let point = SweepPoint {
            size: 10,
            statements: 3,
            rows_visited: 4,
            latency: Percentiles { p99: SimDuration::from_micros(7), ..Percentiles::default() },
            digest: Some(Digest::of(b"answer")),
            stopped: None,
        };
        let record = Record {
            engine: "0.0.0".into(),
            broken: run.clone(),
            sweep: vec![point],
            experiments: [("join".to_owned(), run)].into(),
            seeds_failing_per_mille: 1000,
            broken_lines: vec![LineTotal { file: "server.py".into(), line: 7, count: 100 }],
        };
        let json = record_to_json(&record);
        assert_eq!(record_from_json(&json), Ok(record.clone()));
        assert_eq!(record_to_json(&record_from_json(&json).expect("it reads")), json);
    }

    #[test]
    fn damage_is_named_with_its_line() {
        let (line, message) = record_from_json("{\n  \"engine\": 1\n}").expect_err("no record");
        assert_eq!((line, message.contains("expected a string")), (2, true), "{message}");
    }
}
