//! `expected.json`: the recorded numbers, in a form that reads well in a diff.
//!
//! Keys in a fixed order, one to a line, digests as hexadecimal digits, times in microseconds.

use crate::{FlavourRecord, OutcomeRecord, ProofRecord, Record, RunRecord};
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
    broken_lines: LinesFile,
    seeds_failing_per_mille: u32,
    seeds_trace: String,
    sweep: Vec<SizeFile>,
    experiments: BTreeMap<String, RunFile>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    flavours: BTreeMap<String, FlavourFile>,
}

/// File → line → how often it ran.
type LinesFile = BTreeMap<String, BTreeMap<u32, u64>>;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FlavourFile {
    broken: RunFile,
    broken_lines: LinesFile,
    seeds_failing_per_mille: u32,
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
    /// Left out where there is nothing to say, so that lessons without promises keep their bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    outcome: Option<OutcomeFile>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    proof: Option<ProofFile>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProofFile {
    complete: bool,
    states: u64,
    schedules: String,
    broken_schedules: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    smallest: BTreeMap<String, String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OutcomeFile {
    operations: u64,
    succeeded: u64,
    refused: u64,
    failed: u64,
    broken_promises: Vec<String>,
    deadlocks: u64,
    lock_waits: u64,
    charges: u64,
    charged_cents: u64,
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
        let flavour = |(key, one): (&String, &FlavourRecord)| (key.clone(), FlavourFile::of(one));
        RecordFile {
            engine: record.engine.clone(),
            broken: RunFile::of(&record.broken),
            broken_lines: lines_file(&record.broken_lines),
            seeds_failing_per_mille: record.seeds_failing_per_mille,
            seeds_trace: record.seeds_trace.clone(),
            sweep: record.sweep.iter().map(SizeFile::of).collect(),
            experiments: run_files(&record.experiments),
            flavours: record.flavours.iter().map(flavour).collect(),
        }
    }

    fn record(self) -> Option<Record> {
        Some(Record {
            broken_lines: lines_of(self.broken_lines),
            engine: self.engine,
            broken: self.broken.run(),
            sweep: self.sweep.into_iter().map(SizeFile::point).collect::<Option<_>>()?,
            experiments: runs_of(self.experiments),
            seeds_failing_per_mille: self.seeds_failing_per_mille,
            seeds_trace: self.seeds_trace,
            flavours: self.flavours.into_iter().map(|(key, one)| (key, one.record())).collect(),
        })
    }
}

impl FlavourFile {
    fn of(record: &FlavourRecord) -> FlavourFile {
        FlavourFile {
            broken: RunFile::of(&record.broken),
            broken_lines: lines_file(&record.broken_lines),
            seeds_failing_per_mille: record.seeds_failing_per_mille,
            experiments: run_files(&record.experiments),
        }
    }

    fn record(self) -> FlavourRecord {
        FlavourRecord {
            broken: self.broken.run(),
            experiments: runs_of(self.experiments),
            seeds_failing_per_mille: self.seeds_failing_per_mille,
            broken_lines: lines_of(self.broken_lines),
        }
    }
}

fn run_files(runs: &BTreeMap<String, RunRecord>) -> BTreeMap<String, RunFile> {
    runs.iter().map(|(key, run)| (key.clone(), RunFile::of(run))).collect()
}

fn runs_of(files: BTreeMap<String, RunFile>) -> BTreeMap<String, RunRecord> {
    files.into_iter().map(|(key, run)| (key, run.run())).collect()
}

fn lines_file(totals: &[LineTotal]) -> LinesFile {
    let mut lines = LinesFile::new();
    for total in totals {
        lines.entry(total.file.clone()).or_default().insert(total.line, total.count);
    }
    lines
}

fn lines_of(lines: LinesFile) -> Vec<LineTotal> {
    let mut totals = vec![];
    for (file, lines) in lines {
        let total = |(line, count)| LineTotal { file: file.clone(), line, count };
        totals.extend(lines.into_iter().map(total));
    }
    totals
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
            outcome: OutcomeFile::of(&run.outcome),
            proof: run.proof.as_ref().map(ProofFile::of),
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
            outcome: self.outcome.map(OutcomeFile::outcome).unwrap_or_default(),
            proof: self.proof.map(ProofFile::proof),
        }
    }
}

impl ProofFile {
    fn of(proof: &ProofRecord) -> ProofFile {
        ProofFile {
            complete: proof.is_complete,
            states: proof.states,
            schedules: proof.schedules.clone(),
            broken_schedules: proof.broken_schedules.clone(),
            smallest: proof.smallest.clone(),
        }
    }

    fn proof(self) -> ProofRecord {
        ProofRecord {
            is_complete: self.complete,
            states: self.states,
            schedules: self.schedules,
            broken_schedules: self.broken_schedules,
            smallest: self.smallest,
        }
    }
}

impl OutcomeFile {
    fn of(outcome: &OutcomeRecord) -> Option<OutcomeFile> {
        (*outcome != OutcomeRecord::default()).then(|| OutcomeFile {
            operations: outcome.operations,
            succeeded: outcome.succeeded,
            refused: outcome.refused,
            failed: outcome.failed,
            broken_promises: outcome.broken_promises.clone(),
            deadlocks: outcome.deadlocks,
            lock_waits: outcome.lock_waits,
            charges: outcome.charges,
            charged_cents: outcome.charged_cents,
        })
    }

    fn outcome(self) -> OutcomeRecord {
        OutcomeRecord {
            operations: self.operations,
            succeeded: self.succeeded,
            refused: self.refused,
            failed: self.failed,
            broken_promises: self.broken_promises,
            deadlocks: self.deadlocks,
            lock_waits: self.lock_waits,
            charges: self.charges,
            charged_cents: self.charged_cents,
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
        let outcome = OutcomeRecord {
            operations: 9,
            broken_promises: vec!["never_oversold".into()],
            ..OutcomeRecord::default()
        };
        let run = RunRecord { statements: 3, latency_micros: [1, 2, 3], outcome, ..RunRecord::default() };
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
            experiments: [("join".to_owned(), run.clone())].into(),
            flavours: [("orm".to_owned(), FlavourRecord { broken: run, ..FlavourRecord::default() })].into(),
            seeds_trace: "0f".repeat(16),
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
