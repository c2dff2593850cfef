//! The judge's verdict as a card: sentence, family, findings, coverage. Not here: what was proved (`proof.rs`).

use serde::{Deserialize, Serialize};
use unhappy_trace::{Family, Inputs, Verdict};

/// A verdict as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerdictCard {
    /// Whether every check passed.
    pub accepted: bool,
    /// The verdict in one sentence, which begins with "Accepted" or "Refused".
    pub sentence: String,
    /// The kind of fix, when the lesson names it: its trade-off, or why it is refused.
    pub reason: Option<String>,
    /// What is wrong.
    pub findings: Vec<FindingRow>,
    /// What was covered, in one sentence.
    pub coverage: String,
}

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingRow {
    /// What, in one sentence.
    pub text: String,
    /// In which case.
    pub case: String,
    /// The run that shows it, without files.
    pub run: Inputs,
}

/// Turns a verdict into its card.
pub fn verdict_card(verdict: &Verdict) -> VerdictCard {
    VerdictCard {
        accepted: verdict.accepted,
        sentence: sentence(verdict),
        reason: verdict.family.as_ref().map(|family| reason(verdict, family)),
        findings: verdict
            .findings
            .iter()
            .map(|finding| FindingRow {
                text: finding.text.clone(),
                case: finding.case.clone(),
                run: finding.run.clone(),
            })
            .collect(),
        coverage: verdict.coverage.clone(),
    }
}

fn stamp(verdict: &Verdict) -> &'static str {
    if verdict.accepted { "Accepted" } else { "Refused" }
}

/// The judge's sentence, with the word that colour and sign stand for in front.
fn sentence(verdict: &Verdict) -> String {
    match verdict.sentence.as_str() {
        "" => format!("{}.", stamp(verdict)),
        said if said.starts_with(stamp(verdict)) => said.to_owned(),
        said => format!("{}: {said}", stamp(verdict)),
    }
}

/// Trade-off or reason, after the kind of fix unless the sentence names it already.
fn reason(verdict: &Verdict, family: &Family) -> String {
    let title = if verdict.accepted { "Its trade-off" } else { "Why it is refused" };
    let said = verdict.sentence.strip_prefix(stamp(verdict)).unwrap_or(&verdict.sentence);
    if said.trim_start_matches(": ").starts_with(&family.name) {
        format!("{title}: {}", family.text)
    } else {
        format!("{}. {title}: {}", family.name, family.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;
    use unhappy_trace::{Case, Digest, Finding};

    #[test]
    fn a_refusal_names_its_reason_and_its_run() {
        let digest = Digest::of(b"answer");
        let case = |name: &str, passed| Case { name: name.into(), passed, statements: 1, digest };
        let verdict = Verdict {
            accepted: false,
            family: Some(Family {
                key: "limit".into(),
                name: "Fewer rows".into(),
                text: "It drops data.".into(),
            }),
            sentence: "Refused: orders are missing from the answer.".into(),
            findings: vec![Finding {
                text: "order id 11 is missing from the answer".into(),
                case: "100 orders".into(),
                run: testing::inputs(1, 100),
            }],
            cases: vec![case("1 order", true), case("100 orders", false)],
            coverage: "2 cases.".into(),
            explored: None,
        };
        let card = verdict_card(&verdict);
        assert_eq!(card.sentence, "Refused: orders are missing from the answer.");
        assert_eq!(card.reason.as_deref(), Some("Fewer rows. Why it is refused: It drops data."));
        assert_eq!(card.findings[0].run, testing::inputs(1, 100));
    }
}
