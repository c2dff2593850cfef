//! What was proved: every schedule within the bound, the smallest that breaks a promise, how they all end; and the
//! cases that were run. As HTML.
//!
//! In: a verdict. Out: one piece of HTML under the verdict's sentence. A counterexample's buttons are links to places in
//! its schedule, as in `by_hand.rs`. Not here: the verdict's own sentence (`verdict.rs`).

use crate::by_hand::tint;
use crate::html::push_filled;
use unhappy_lesson::Lesson;
use unhappy_trace::text::{counted, thousands};
use unhappy_trace::{Case, Cost, Counterexample, Explored, OutcomeLine, Verdict};

/// The most outcomes that are listed.
const MOST_OUTCOMES: usize = 10;

/// Writes what a verdict is based on.
pub fn proof_html(verdict: &Verdict, lesson: &Lesson) -> String {
    let mut out = String::new();
    if let Some(explored) = &verdict.explored {
        push_explored(&mut out, explored, lesson);
    }
    push_cases(&mut out, &verdict.cases);
    out
}

/// Words how far an exploration is: "1,284 states, 12 to go on from, 3,000 schedules so far, 2 promises broken".
pub fn exploring_words(states: u64, frontier: u64, schedules: &str, broken: u32) -> String {
    let states = counted(states, "state", "states");
    let broken = match broken {
        0 => "no promise broken".to_owned(),
        count => format!("{} broken", counted(u64::from(count), "promise", "promises")),
    };
    format!("{states}, {} to go on from, {schedules} schedules so far, {broken}", thousands(frontier))
}

/// Words a cost: "1 switch, no fault, 5 steps".
pub fn cost_words(cost: Cost) -> String {
    let count = |number: u32, one: &str, many: &str| match number {
        0 => format!("no {one}"),
        number => counted(u64::from(number), one, many),
    };
    let (switches, faults) =
        (count(cost.preemptions, "switch", "switches"), count(cost.faults, "fault", "faults"));
    format!("{switches}, {faults}, {}", counted(u64::from(cost.steps), "step", "steps"))
}

fn push_explored(out: &mut String, explored: &Explored, lesson: &Lesson) {
    let class = if explored.is_safe() { "good" } else { "bad" };
    push_filled(out, "<div class=\"proof {}\"><h3>{}</h3><p>", &[class, &title(explored)]);
    let states = counted(explored.states, "distinct state", "distinct states");
    push_filled(out, "{}.", &[&states]);
    for sentence in explored.stopped.iter().map(ToString::to_string).chain(explored.whole_history.clone()) {
        push_filled(out, " {}", &[&sentence]);
    }
    out.push_str("</p></div>");
    for found in &explored.broken {
        push_counterexample(out, found, explored, lesson);
    }
    push_outcomes(out, &explored.outcomes, lesson);
}

/// The result in one line. What the bound does not reach is never called safe.
fn title(explored: &Explored) -> String {
    let all = explored.schedules;
    match (explored.broken.is_empty(), explored.is_complete()) {
        (true, true) if all.is_least => format!("Safe in all schedules, {all} — complete"),
        (true, true) => format!("Safe in all {all} schedules — complete"),
        (true, false) => format!("No promise broke in {all} schedules — not complete, so nothing is proved"),
        (false, true) => format!("Breaks in {} of {all} schedules — complete", explored.broken_schedules),
        (false, false) => {
            format!("Breaks in {} of {all} schedules — not complete", explored.broken_schedules)
        }
    }
}

fn push_counterexample(out: &mut String, found: &Counterexample, explored: &Explored, lesson: &Lesson) {
    let (sentence, schedule) = (promise(lesson, &found.promise), found.smallest.to_string());
    push_filled(
        out,
        "<div class=\"smallest\"><p><b>✗ {}</b><br>Breaks in {} of {} schedules. The smallest: {}.</p>",
        &[sentence, &found.schedules.to_string(), &explored.schedules.to_string(), &cost_words(found.cost)],
    );
    out.push_str("<ol class=\"line\" aria-label=\"The smallest schedule\">");
    for step in &found.smallest.moves {
        push_filled(out, "<li><span class=\"{}\">{}</span></li>", &[tint(step), &step.to_string()]);
    }
    push_filled(
        out,
        "</ol><p class=\"actions\"><button type=\"button\" class=\"btn\" data-play=\"{}\" data-at=\"4294967295\" \
         aria-label=\"Open the smallest schedule: {}\">Open this run</button><button type=\"button\" class=\"btn quiet\" \
         data-play=\"{}\" data-at=\"0\" aria-label=\"Step through the smallest schedule: {}\">Step through it</button></p></div>",
        &[&schedule, sentence, &schedule, sentence],
    );
}

fn push_outcomes(out: &mut String, outcomes: &[OutcomeLine], lesson: &Lesson) {
    if outcomes.is_empty() {
        return;
    }
    out.push_str(
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"How the schedules end\">\
         <table class=\"groups\"><caption>How the schedules end</caption><thead><tr><th scope=\"col\">Answers</th>\
         <th scope=\"col\">At the end</th><th scope=\"col\">Promises</th><th scope=\"col\" class=\"n\">Schedules</th></tr>\
         </thead><tbody>",
    );
    for line in outcomes.iter().take(MOST_OUTCOMES) {
        let outcome = &line.outcome;
        let broken: Vec<String> =
            outcome.broken.iter().map(|key| format!("✗ {}", promise(lesson, key))).collect();
        let broken = if broken.is_empty() { "kept".to_owned() } else { broken.join(" ") };
        push_filled(
            out,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td class=\"n\">{}</td></tr>",
            &[&outcome.answers.join(", "), &outcome.watched.join(", "), &broken, &line.schedules.to_string()],
        );
    }
    out.push_str("</tbody></table></div>");
    let more = outcomes.len().saturating_sub(MOST_OUTCOMES) as u64;
    if more > 0 {
        push_filled(
            out,
            "<p class=\"empty\">And {}.</p>",
            &[&counted(more, "other outcome", "other outcomes")],
        );
    }
}

fn promise<'a>(lesson: &'a Lesson, key: &'a str) -> &'a str {
    let found = lesson.promises.iter().find(|promise| promise.key == key);
    found.map_or(key, |promise| promise.sentence.as_str())
}

fn push_cases(out: &mut String, cases: &[Case]) {
    let passed = cases.iter().filter(|case| case.passed).count() as u64;
    let label = format!("{} of {} passed", thousands(passed), counted(cases.len() as u64, "case", "cases"));
    push_filled(out, "<details><summary>{}</summary><ul class=\"cases\">", &[&label]);
    for case in cases {
        let (class, words) = if case.passed { ("", ", passed") } else { ("bad", ", failed") };
        let statements = counted(case.statements, "statement", "statements");
        push_filled(
            out,
            "<li class=\"{}\"><span>{}<span class=\"visually-hidden\">{}</span></span><span>{}</span></li>",
            &[class, &case.name, words, &statements],
        );
    }
    out.push_str("</ul></details>");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;
    use unhappy_trace::{Digest, Outcome, Schedules, Stopped};

    fn schedules(count: u128) -> Schedules {
        Schedules { count, is_least: false }
    }

    fn oversell() -> Explored {
        Explored {
            states: 22,
            transitions: 31,
            schedules: schedules(16),
            broken_schedules: schedules(12),
            outcomes: (0..12)
                .map(|number| OutcomeLine {
                    outcome: Outcome {
                        answers: vec![format!("A {number}"), "B <409>".into()],
                        watched: vec!["stock 0".into()],
                        broken: if number == 0 { vec!["never_oversold".into()] } else { vec![] },
                    },
                    schedules: schedules(number),
                })
                .collect(),
            broken: vec![Counterexample {
                promise: "never_oversold".into(),
                schedules: schedules(12),
                smallest: "A B*3 A*2".parse().expect("a schedule"),
                cost: Cost { preemptions: 1, faults: 0, steps: 6 },
            }],
            stopped: vec![],
            whole_history: None,
        }
    }

    fn verdict(explored: Option<Explored>) -> Verdict {
        let case =
            |name: &str, passed| Case { name: name.into(), passed, statements: 1, digest: Digest::of(b"x") };
        Verdict {
            accepted: false,
            family: None,
            sentence: String::new(),
            findings: vec![],
            cases: vec![case("1 order", true), case("100 <orders>", false)],
            coverage: String::new(),
            explored,
        }
    }

    #[test]
    fn the_title_never_says_more_than_was_proved() {
        let safe = || Explored { schedules: schedules(1_284), ..Explored::default() };
        let least = Schedules { count: 9, is_least: true };
        for (explored, expected) in [
            (safe(), "Safe in all 1,284 schedules — complete"),
            (Explored { schedules: least, ..safe() }, "Safe in all schedules, at least 9 — complete"),
            (
                Explored { stopped: vec![Stopped::States(5)], ..safe() },
                "No promise broke in 1,284 schedules — not complete, so nothing is proved",
            ),
            (oversell(), "Breaks in 12 of 16 schedules — complete"),
            (
                Explored { stopped: vec![Stopped::Cancelled], ..oversell() },
                "Breaks in 12 of 16 schedules — not complete",
            ),
        ] {
            assert_eq!(title(&explored), expected);
        }
    }

    #[test]
    fn the_smallest_schedule_can_be_opened_and_stepped_through() {
        let html = proof_html(&verdict(Some(oversell())), &testing::shop());
        for part in [
            "<p>22 distinct states.</p>",
            "<b>✗ Never more orders than items.</b><br>Breaks in 12 of 16 schedules. The smallest: 1 switch, no fault, 6 steps.",
            "<li><span class=\"a\">A</span></li><li><span class=\"b\">B</span></li>",
            "data-play=\"A B*3 A*2\" data-at=\"4294967295\"",
            "data-play=\"A B*3 A*2\" data-at=\"0\"",
            "<td>A 0, B &lt;409&gt;</td><td>stock 0</td><td>✗ Never more orders than items.</td><td class=\"n\">0</td>",
            "<p class=\"empty\">And 2 other outcomes.</p>",
            "1 of 2 cases passed",
            "100 &lt;orders&gt;<span class=\"visually-hidden\">, failed</span>",
        ] {
            assert!(html.contains(part), "{part}\n{html}");
        }
        assert!(!proof_html(&verdict(None), &testing::shop()).contains("schedules"));
    }

    #[test]
    fn a_bound_that_stopped_it_is_named() {
        let stopped = vec![Stopped::States(200_000)];
        let html = proof_html(&verdict(Some(Explored { stopped, ..oversell() })), &testing::shop());
        assert!(html.contains("Exploring stopped after 200,000 distinct states; there are more."), "{html}");
        assert_eq!(
            exploring_words(1_284, 12, "3,000", 2),
            "1,284 states, 12 to go on from, 3,000 schedules so far, 2 promises broken"
        );
    }
}
