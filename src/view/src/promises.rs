//! The words above the evidence of a lesson that makes promises: which broke, where, and how it was before.
//!
//! Such lessons are about what happened to money and rows. Whether two runs give the same answer says little
//! there, because another order of events gives other answers.

use crate::comparison::Side;
use crate::figures::{Figure, Tone, compared};
use crate::sentence::Headline;
use crate::summary::Summary;
use crate::tally::{PromiseLine, Tally};
use unhappy_trace::{SimDuration, text};

/// Words a run by its promises, beside those of the run before.
pub(crate) fn headline(before: Option<Side<'_>>, after: Side<'_>) -> Headline {
    let (tally, answers) = (&after.evidence.tally, answers(after.evidence.tally_of_answers()));
    let broken = broken(tally);
    let Some(first) = broken.first() else {
        let was = before.map(|side| self::broken(&side.evidence.tally)).unwrap_or_default();
        return match was.first() {
            Some(was) => Headline {
                tone: Tone::Good,
                headline: format!("Broken before, kept now: “{}”", was.sentence),
                detail: format!("{answers} This was one order of events; the proof tries others."),
            },
            None => Headline {
                tone: Tone::Good,
                headline: "Every promise was kept in this run.".to_owned(),
                detail: answers,
            },
        };
    };
    let more = match broken.len() - 1 {
        0 => String::new(),
        more => format!(" {} broke as well.", text::counted(more as u64, "other promise", "other promises")),
    };
    let shown = first.broke.as_ref().map(|broke| match broke.evidence.as_str() {
        "" => format!("It broke {}.", broke.at),
        evidence => format!("It broke {}: {evidence}.", broke.at),
    });
    Headline {
        tone: Tone::Bad,
        headline: format!("Broken: “{}”", first.sentence),
        detail: format!("{}{more} {answers}", shown.unwrap_or_default()),
    }
}

fn broken(tally: &Tally) -> Vec<&PromiseLine> {
    tally.promises.iter().filter(|promise| promise.broke.is_some()).collect()
}

/// `Answers: 48 × 200 OK, 2 × 409 Conflict.`
fn answers(lines: Vec<(String, String)>) -> String {
    let lines: Vec<String> = lines.into_iter().map(|(label, count)| format!("{count} × {label}")).collect();
    if lines.is_empty() { String::new() } else { format!("Answers: {}.", lines.join(", ")) }
}

/// Returns the four figures of a run of such a lesson.
pub(crate) fn figures(before: Option<Side<'_>>, after: Side<'_>) -> [Figure; 4] {
    fn of(side: Side<'_>) -> &Tally {
        &side.evidence.tally
    }
    let kept = |tally: &Tally| (tally.promises.len() - tally.broken()) as u64;
    let number = |label, value: fn(&Summary) -> u64, show: fn(u64) -> String| {
        compared(
            label,
            before.map(|side| value(&side.evidence.summary)),
            value(&after.evidence.summary),
            show,
        )
    };
    let all = of(after).promises.len();
    let tone = if of(after).broken() > 0 { Tone::Bad } else { Tone::Good };
    let promises = Figure {
        label: "Promises kept",
        before: before.map(|side| text::thousands(kept(of(side)))),
        after: format!("{} of {all}", kept(of(after))),
        tone,
        note: None,
    };
    [
        promises,
        number("Failed requests", |summary| summary.failed, text::thousands),
        number(
            "Latency p95",
            |summary| summary.latency.p95.micros(),
            |micros| SimDuration::from_micros(micros).to_string(),
        ),
        number("Statements per request", |summary| summary.most_statements, text::thousands),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Evidence;
    use crate::testing::{self, Writer};

    fn evidence(breaks: bool) -> Evidence {
        let mut writer = Writer::new();
        writer.request("A", "POST", "/orders");
        writer.sql("A", 5, "INSERT INTO orders DEFAULT VALUES", "", "[]", 1);
        if breaks {
            writer.broke("never_oversold", "item 1 was sold twice");
        }
        writer.answer("A", 200);
        Evidence::of(&writer.recorder.finish(), &testing::shop(), &testing::inputs(1, 1))
    }

    fn words(headline: &Headline) -> String {
        format!("{:?}: {} {}", headline.tone, headline.headline, headline.detail)
    }

    #[test]
    fn promises_come_first() {
        let (broken, kept) = (evidence(true), evidence(false));
        let side = |evidence| Side { evidence, answer: None, diagnostics: &[] };
        assert_eq!(
            words(&headline(None, side(&broken))),
            "Bad: Broken: “Never more orders than items.” It broke at step 1: item 1 was sold twice. Answers: 1 × 200 OK."
        );
        assert_eq!(
            words(&headline(Some(side(&broken)), side(&kept))),
            "Good: Broken before, kept now: “Never more orders than items.” Answers: 1 × 200 OK. This was one order \
             of events; the proof tries others."
        );
        let [promises, failed, ..] = figures(Some(side(&broken)), side(&kept));
        assert_eq!((promises.before.as_deref(), promises.after.as_str()), (Some("1"), "2 of 2"));
        assert_eq!((failed.before.as_deref(), failed.after.as_str()), (Some("0"), "0"));
    }
}
