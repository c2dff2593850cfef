//! The verdict of the judge.

use super::markup::Markup;
use super::pieces::{named_button, on_click_number};
use crate::state::{Action, VerdictShown};
use unhappy_view::{FindingRow, VerdictCard};
use yew::prelude::*;

/// The verdict: sentence, family, findings, coverage, cases.
pub fn verdict_panel(verdict: &VerdictShown, act: &Callback<Action>) -> Html {
    let card = &verdict.card;
    let class = if card.accepted { "verdict good" } else { "verdict bad" };
    let finding = |(index, finding): (u32, &FindingRow)| {
        let name = format!("Open this run: {}", finding.case);
        let onclick = on_click_number(act, index, |index| Action::OpenFinding(index as usize));
        html! {
            <li class="bad">
                <span>{ format!("{}: {}", finding.case, finding.text) }</span>
                { named_button("btn", "Open this run", name, None, onclick) }
            </li>
        }
    };
    html! {
        <section class="judgement" aria-label="Verdict">
            <div {class} role="status">
                <h2>{ &card.sentence }</h2>
                if let Some(reason) = &card.reason { <p>{ reason }</p> }
                <p><small>{ format!("About {}. {}", verdict.code.words(), card.coverage) }</small></p>
            </div>
            if !card.findings.is_empty() {
                <ul class="cases findings" aria-label="What was found">
                    { (0..).zip(&card.findings).map(finding).collect::<Html>() }
                </ul>
            }
            { cases(card) }
        </section>
    }
}

fn cases(card: &VerdictCard) -> Html {
    let mut markup = Markup::default();
    markup.add("<details><summary>{}</summary><ul class=\"cases\">", &[&card.cases_label]);
    for case in &card.cases {
        let (class, passed) = if case.passed { ("", ", passed") } else { ("bad", ", failed") };
        markup.add(
            "<li class=\"{}\"><span>{}<span class=\"visually-hidden\">{}</span></span><span>{}</span></li>",
            &[class, &case.name, passed, &case.statements],
        );
    }
    markup.add("</ul></details>", &[]);
    markup.finish()
}
