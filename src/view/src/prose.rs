//! The text column of a lesson as HTML, the same before any script runs and after client navigation.
//!
//! In: a lesson. Out: the inner HTML of `#prose`: mark, title, ticket, one `<section class="step">` a step.
//! Where the page adds something of its own, an empty `<div class="slot" data-slot="…">` waits for it (see
//! [`SLOTS`]). Prose from the lesson is trusted, everything else is escaped.

use crate::html::{Piece, push_all};
use crate::step::Step;
use unhappy_lesson::{Lesson, Prose};

/// Names of the slots, in order of appearance.
pub const SLOTS: [&str; 8] =
    ["happy-path", "predict", "outcome", "hints", "experiments", "compare", "prove", "next"];

/// Writes the text column of a lesson.
pub fn prose_html(lesson: &Lesson) -> String {
    let mut out = String::new();
    push_all(
        &mut out,
        &[
            Piece::Raw("<p class=\"mark\">◆ This code is deliberately broken</p><h1>"),
            Piece::Text(&lesson.title),
            Piece::Raw("</h1>"),
        ],
    );
    for step in Step::PATH.into_iter().chain([Step::TakeAway]) {
        push_step(&mut out, lesson, step);
    }
    push_slot(&mut out, "next");
    out
}

fn push_step(out: &mut String, lesson: &Lesson, step: Step) {
    let key = step.key();
    for part in ["<section class=\"step\" data-step=\"", key, "\" aria-labelledby=\"step-", key, "\">"] {
        out.push_str(part);
    }
    for part in ["<h2 class=\"step__name\" id=\"step-", key, "\" tabindex=\"-1\">", step.label(), "</h2>"] {
        out.push_str(part);
    }
    match step {
        Step::Brief => push_brief(out, lesson),
        Step::HappyPath => {
            out.push_str(&lesson.text.happy_path.html);
            push_slot(out, "happy-path");
        }
        Step::Predict => {
            push_all(
                out,
                &[
                    Piece::Raw("<p class=\"question\" id=\"predict-question\">"),
                    Piece::Text(&lesson.predict.question),
                    Piece::Raw("</p>"),
                ],
            );
            push_slot(out, "predict");
        }
        Step::BreakIt => {
            out.push_str(&lesson.text.break_it.html);
            push_slot(out, "outcome");
        }
        Step::Look => {
            out.push_str(&lesson.text.look.html);
        }
        Step::Fix => {
            out.push_str(&lesson.text.fix.html);
            push_slot(out, "hints");
            push_slot(out, "experiments");
        }
        Step::Compare => {
            out.push_str("<p>The same traffic and the same seed, on the code before and on yours.</p>");
            push_slot(out, "compare");
        }
        Step::Prove => {
            out.push_str(&lesson.text.prove.html);
            push_slot(out, "prove");
        }
        Step::TakeAway => push_take_away(out, lesson),
    }
    out.push_str("</section>");
}

fn push_brief(out: &mut String, lesson: &Lesson) {
    push_all(
        out,
        &[
            Piece::Raw("<div class=\"ticket\"><header><span>"),
            Piece::Text(&lesson.ticket.key),
            Piece::Raw("</span> <span>"),
            Piece::Text(&lesson.ticket.state),
            Piece::Raw("</span></header><p>"),
            Piece::Text(&lesson.ticket.text),
            Piece::Raw("</p></div>"),
        ],
    );
    out.push_str(&lesson.text.brief.html);
}

fn push_take_away(out: &mut String, lesson: &Lesson) {
    out.push_str(&lesson.text.take_away.html);
    push_titled(out, "Ask in the next code review", &lesson.review_question);
    push_titled(out, "In your framework", &lesson.text.in_your_framework);
    if !lesson.fidelity.is_empty() {
        out.push_str("<h3>How production differs from this page</h3><ul class=\"fidelity\">");
        for item in &lesson.fidelity {
            push_all(out, &[Piece::Raw("<li>"), Piece::Raw(&item.html), Piece::Raw("</li>")]);
        }
        out.push_str("</ul>");
    }
}

fn push_titled(out: &mut String, title: &str, prose: &Prose) {
    if !prose.html.is_empty() {
        push_all(
            out,
            &[Piece::Raw("<h3>"), Piece::Text(title), Piece::Raw("</h3>"), Piece::Raw(&prose.html)],
        );
    }
}

fn push_slot(out: &mut String, name: &str) {
    push_all(
        out,
        &[Piece::Raw("<div class=\"slot\" data-slot=\""), Piece::Raw(name), Piece::Raw("\"></div>")],
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn every_step_and_every_slot_is_there_once() {
        let html = prose_html(&testing::lesson());
        for step in Step::PATH.into_iter().chain([Step::TakeAway]) {
            let opening = format!("<section class=\"step\" data-step=\"{}\"", step.key());
            assert_eq!(html.matches(&opening).count(), 1, "{}", step.key());
        }
        for slot in SLOTS {
            assert_eq!(html.matches(&format!("data-slot=\"{slot}\"")).count(), 1, "{slot}");
        }
        assert_eq!(html.matches("<section").count(), html.matches("</section>").count());
    }

    #[test]
    fn plain_text_is_escaped_and_prose_is_not() {
        let html = prose_html(&testing::lesson());
        assert!(html.contains("<h1>One &lt;page&gt; of orders</h1>"), "{html}");
        assert!(html.contains("<p>It reads <em>well</em>.</p>"), "{html}");
        assert!(html.contains("Show the customer&#39;s name."), "{html}");
    }
}
