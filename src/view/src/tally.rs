//! The report of a run in counts: answers, errors by code, outcomes of clients, waiting, money, deliveries, promises.
//!
//! In: a report and its lesson. Out: groups of lines, and the same lines of two runs side by side. Only what
//! happened is listed: a run without money has no line about money.

use crate::schedule::BrokenAt;
use crate::schedule::words::money;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use unhappy_lesson::{Holds, Lesson};
use unhappy_trace::{Report, text};

/// The most lines of a group. The last one sums up the others.
const MOST_LINES: usize = 12;
/// Heading of the answers by status.
const ANSWERS: &str = "What the server answered";
/// How many characters of an outcome are shown.
const OUTCOME_CHARACTERS: usize = 60;

/// What was counted in a run.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally {
    /// Groups of lines, in a fixed order; those without lines are left out.
    pub groups: Vec<TallyGroup>,
    /// The promises of the lesson, in its order.
    pub promises: Vec<PromiseLine>,
}

/// Lines under one heading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TallyGroup {
    /// The heading.
    pub title: String,
    /// Its lines.
    pub lines: Vec<TallyLine>,
}

/// A count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TallyLine {
    /// What is counted.
    pub label: String,
    /// How many, or how much.
    pub value: String,
}

/// A promise, kept or broken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromiseLine {
    /// Its key in the lesson.
    pub key: String,
    /// In words.
    pub sentence: String,
    /// How it broke; none when it was kept.
    pub broke: Option<BrokenPromiseLine>,
}

/// How a promise broke.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrokenPromiseLine {
    /// Where: "at step 12", or "at rest".
    pub at: String,
    /// What shows it.
    pub evidence: String,
}

/// A line of two runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComparedLine {
    /// What is counted.
    pub label: String,
    /// The run before; none when there is none.
    pub before: Option<String>,
    /// The run.
    pub after: String,
}

impl Tally {
    /// Counts what a report holds. `breaks` are the steps at which promises broke.
    pub(crate) fn of(report: &Report, lesson: &Lesson, breaks: &[BrokenAt]) -> Tally {
        let mut groups = vec![
            group(ANSWERS, statuses(report)),
            group("Errors of the database, by SQLSTATE", errors(report)),
            group("What clients got instead of an answer", counts(&report.client_errors)),
            group("How the clients' operations ended", outcomes(report)),
            group("Waiting", waiting(report)),
            group("Calls of services", counts(&report.service_calls)),
            group("Money", moved(report)),
            group("Deliveries of queues", deliveries(report)),
            group("Faults", faults(report)),
        ];
        groups.retain(|group| !group.lines.is_empty());
        Tally { groups, promises: promises(report, lesson, breaks) }
    }

    /// Returns how many promises broke.
    pub fn broken(&self) -> usize {
        self.promises.iter().filter(|promise| promise.broke.is_some()).count()
    }

    /// Returns whether there is anything to list besides the answers.
    pub fn is_plain(&self) -> bool {
        self.promises.is_empty() && self.groups.len() <= 1
    }

    /// Returns the groups beside those of the run before. A line that one of them lacks counts 0 there.
    pub fn beside(&self, before: Option<&Tally>) -> Vec<(String, Vec<ComparedLine>)> {
        let none = Tally::default();
        let left = before.unwrap_or(&none);
        let mut titles: Vec<&str> = vec![];
        for group in left.groups.iter().chain(&self.groups) {
            if !titles.contains(&group.title.as_str()) {
                titles.push(&group.title);
            }
        }
        let lines = |title: &str| {
            let (left, right) = (left.lines_of(title), self.lines_of(title));
            let only_left = left.iter().filter(|line| !right.iter().any(|other| other.label == line.label));
            let labels = right.iter().chain(only_left).map(|line| &line.label);
            let compared = labels.map(|label| ComparedLine {
                label: label.clone(),
                before: before.map(|_| value_of(left, label)),
                after: value_of(right, label),
            });
            compared.collect()
        };
        titles.into_iter().map(|title| (title.to_owned(), lines(title))).collect()
    }

    /// Returns the answers of the server by status.
    pub(crate) fn answers(&self) -> &[TallyLine] {
        self.lines_of(ANSWERS)
    }

    fn lines_of(&self, title: &str) -> &[TallyLine] {
        let found = self.groups.iter().find(|group| group.title == title);
        found.map(|group| group.lines.as_slice()).unwrap_or_default()
    }

    /// Returns the groups and promises as lines of text.
    pub fn to_text(&self) -> String {
        let mut out: Vec<String> = vec![];
        for group in &self.groups {
            out.push(format!("{}:", group.title));
            out.extend(group.lines.iter().map(|line| format!("{:>10}  {}", line.value, line.label)));
        }
        for promise in &self.promises {
            match &promise.broke {
                None => out.push(format!("✓ kept    {}", promise.sentence)),
                Some(broke) => {
                    out.push(format!("✗ broken  {} ({}: {})", promise.sentence, broke.at, broke.evidence));
                }
            }
        }
        out.join("\n")
    }
}

fn value_of(lines: &[TallyLine], label: &str) -> String {
    let found = lines.iter().find(|line| line.label == *label);
    found.map_or_else(|| "0".to_owned(), |line| line.value.clone())
}

fn group(title: &str, mut lines: Vec<TallyLine>) -> TallyGroup {
    if lines.len() > MOST_LINES {
        let more = lines.len() - (MOST_LINES - 1);
        lines.truncate(MOST_LINES - 1);
        lines.push(TallyLine { label: "other kinds".to_owned(), value: text::thousands(more as u64) });
    }
    TallyGroup { title: title.to_owned(), lines }
}

fn line(label: impl Into<String>, count: u64) -> TallyLine {
    TallyLine { label: label.into(), value: text::thousands(count) }
}

fn counts(counts: &BTreeMap<String, u64>) -> Vec<TallyLine> {
    counts.iter().map(|(label, count)| line(label, *count)).collect()
}

fn statuses(report: &Report) -> Vec<TallyLine> {
    let mut lines: Vec<TallyLine> =
        report.statuses.iter().map(|(status, count)| line(status_words(*status), *count)).collect();
    let silent = report.requests.iter().filter(|request| request.status.is_none()).count() as u64;
    lines.extend((silent > 0).then(|| line("no answer", silent)));
    let lost = report.requests.iter().filter(|request| request.is_response_lost && request.status.is_some());
    let lost = lost.count() as u64;
    lines.extend((lost > 0).then(|| line("answers that never reached the client", lost)));
    lines
}

/// `409 Conflict`. The words of RFC 9110, section 15, for the usual ones.
fn status_words(status: u16) -> String {
    let words = match status {
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        204 => "No Content",
        400 => "Bad Request",
        402 => "Payment Required",
        404 => "Not Found",
        409 => "Conflict",
        422 => "Unprocessable Content",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => return status.to_string(),
    };
    format!("{status} {words}")
}

fn errors(report: &Report) -> Vec<TallyLine> {
    let lines = report.sql_errors.iter().map(|(state, count)| line(sqlstate_words(state), *count));
    lines.collect()
}

/// `40P01 deadlock detected`. The condition names of PostgreSQL's Appendix A.
fn sqlstate_words(state: &str) -> String {
    let words = match state {
        "23502" => "not-null violation",
        "23503" => "foreign key violation",
        "23505" => "unique violation",
        "23514" => "check violation",
        "40001" => "serialization failure",
        "40P01" => "deadlock detected",
        "55P03" => "lock not available",
        "57014" => "query canceled",
        "25P02" => "in failed transaction",
        "08006" | "08007" => "connection failure",
        _ => return state.to_owned(),
    };
    format!("{state} {words}")
}

/// Equal outcomes together, the most frequent first.
fn outcomes(report: &Report) -> Vec<TallyLine> {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for operation in &report.operations {
        let words = match &operation.outcome {
            None => "never ended".to_owned(),
            Some(Ok(value)) if value == "null" => "done".to_owned(),
            Some(Ok(value)) => format!("returned {}", text::cut(&without_numbers(value), OUTCOME_CHARACTERS)),
            Some(Err(error)) => format!("raised {}", text::cut(error, OUTCOME_CHARACTERS)),
        };
        *counts.entry(words).or_default() += 1;
    }
    let mut counts: Vec<(String, u64)> = counts.into_iter().collect();
    counts.sort_by_key(|(words, count)| (std::cmp::Reverse(*count), words.clone()));
    let again = report.operations.iter().filter(|operation| operation.attempts > 1).count() as u64;
    let mut lines: Vec<TallyLine> =
        counts.into_iter().take(MOST_LINES - 2).map(|(words, count)| line(words, count)).collect();
    lines.extend((again > 0).then(|| line("sent their request more than once", again)));
    lines
}

/// Ids differ from operation to operation: outcomes are equal when everything but their numbers is.
fn without_numbers(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let mut is_text = false;
    for letter in json.chars() {
        is_text ^= letter == '"';
        let is_number = !is_text && (letter.is_ascii_digit() || letter == '.');
        match is_number {
            true if out.ends_with('…') => {}
            true => out.push('…'),
            false => out.push(letter),
        }
    }
    out
}

fn waiting(report: &Report) -> Vec<TallyLine> {
    some(&[
        ("statements that waited for a lock", report.lock_waits),
        ("deadlocks", report.deadlocks),
        ("calls that waited for a connection", report.pool_waits),
    ])
}

fn moved(report: &Report) -> Vec<TallyLine> {
    let mut lines = some(&[("charges", report.charges)]);
    for (label, cents) in [("charged", report.charged_cents), ("refunded", report.refunded_cents)] {
        lines.extend((cents > 0).then(|| TallyLine { label: label.to_owned(), value: money(cents) }));
    }
    lines
}

fn deliveries(report: &Report) -> Vec<TallyLine> {
    let (all, again) = report.deliveries;
    some(&[("deliveries", all), ("of these, of a message that was delivered before", again)])
}

fn faults(report: &Report) -> Vec<TallyLine> {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for fault in &report.faults {
        let (_, words) = crate::schedule::words::fault(fault);
        *counts.entry(words).or_default() += 1;
    }
    counts.into_iter().map(|(words, count)| line(words, count)).collect()
}

fn some(lines: &[(&str, u64)]) -> Vec<TallyLine> {
    lines.iter().filter(|(_, count)| *count > 0).map(|(label, count)| line(*label, *count)).collect()
}

fn promises(report: &Report, lesson: &Lesson, breaks: &[BrokenAt]) -> Vec<PromiseLine> {
    let one = |promise: &unhappy_lesson::Promise| {
        let broke = report.broken.iter().find(|broken| broken.promise == promise.key);
        let step = breaks.iter().find(|broken| broken.promise == promise.key).and_then(|broken| broken.step);
        let at = match step {
            Some(step) if promise.holds == Holds::Always => {
                format!("at step {}", text::thousands(u64::from(step)))
            }
            _ => "at rest".to_owned(),
        };
        PromiseLine {
            key: promise.key.clone(),
            sentence: promise.sentence.clone(),
            broke: broke.map(|broken| BrokenPromiseLine { at, evidence: broken.evidence.clone() }),
        }
    };
    lesson.promises.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{self, Writer};

    fn tally(writer: Writer) -> Tally {
        Tally::of(
            &Report::of(&writer.recorder.finish()),
            &testing::shop(),
            &[BrokenAt { promise: "never_oversold".into(), step: Some(6) }],
        )
    }

    fn charged() -> Writer {
        let mut writer = Writer::new();
        writer.request("A", "POST", "/orders");
        writer.charge("A", 9, "{\"amount\":1200,\"card\":\"tok_ann\"}", 1200, "{\"id\":\"ch_1\"}");
        writer.sql_refused("A", 5, "INSERT INTO orders DEFAULT VALUES", "", "23505", "duplicate key");
        writer.answer("A", 409);
        writer.fault("A.response!lost");
        writer.broke("never_oversold", "item 1");
        writer
    }

    #[test]
    fn only_what_happened_is_listed() {
        assert_eq!(
            tally(charged()).to_text(),
            "What the server answered:\n         1  409 Conflict\n\
             Errors of the database, by SQLSTATE:\n         1  23505 unique violation\n\
             Calls of services:\n         1  payments.charge\n\
             Money:\n         1  charges\n   12.00 €  charged\n\
             Faults:\n         1  response lost\n\
             ✗ broken  Never more orders than items. (at step 6: item 1)\n\
             ✓ kept    Every customer pays once."
        );
    }

    #[test]
    fn outcomes_are_counted_without_their_ids() {
        assert_eq!(
            without_numbers("{\"order\":12,\"status\":\"paid 2\",\"ok\":true}"),
            "{\"order\":…,\"status\":\"paid 2\",\"ok\":true}"
        );
    }

    #[test]
    fn two_runs_stand_side_by_side() {
        let mut after = Writer::new();
        after.request("A", "POST", "/orders");
        after.answer("A", 200);
        let (before, after) = (tally(charged()), tally(after));
        assert_eq!((before.broken(), after.broken()), (1, 0));
        let found = after.beside(Some(&before));
        let shown: Vec<String> = found[0]
            .1
            .iter()
            .map(|line| format!("{} {} → {}", line.label, line.before.as_deref().unwrap_or("–"), line.after))
            .collect();
        assert_eq!(shown, ["200 OK 0 → 1", "409 Conflict 1 → 0"]);
        assert_eq!(found.len(), 5);
    }
}
