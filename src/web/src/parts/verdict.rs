//! The verdict of the judge.

use super::pieces::named_button;
use crate::state::{Action, VerdictShown};
use unhappy_view::{CaseRow, FindingRow};
use yew::prelude::*;

/// The verdict: sentence, family, findings, coverage, cases.
pub fn verdict_panel(verdict: &VerdictShown, act: &Callback<Action>) -> Html {
    let card = &verdict.card;
    let (class, title) =
        if card.accepted { ("verdict good", "Accepted") } else { ("verdict bad", "Refused") };
    let finding = |(index, finding): (usize, &FindingRow)| {
        let name = format!("Open this run: {}", finding.case);
        let onclick = act.reform(move |_| Action::OpenFinding(index));
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
                <h2>{ title }</h2>
                <span>{ &card.sentence }</span>
                if let Some(family) = &card.family { <p><b>{ family }</b></p> }
                if let Some((title, text)) = &card.reason { <p>{ format!("{title}: {text}") }</p> }
                <p><small>{ format!("About {}. {}", verdict.code.words(), card.coverage) }</small></p>
            </div>
            if !card.findings.is_empty() {
                <ul class="cases findings" aria-label="What was found">
                    { card.findings.iter().enumerate().map(finding).collect::<Html>() }
                </ul>
            }
            if !card.cases.is_empty() {
                <details>
                    <summary>{ &card.cases_label }</summary>
                    <ul class="cases">{ card.cases.iter().map(case_entry).collect::<Html>() }</ul>
                </details>
            }
        </section>
    }
}

fn case_entry(case: &CaseRow) -> Html {
    let passed = if case.passed { ", passed" } else { ", failed" };
    html! {
        <li class={(!case.passed).then_some("bad")}>
            <span>{ &case.name }<span class="visually-hidden">{ passed }</span></span>
            <span>{ format!("{} statements", case.statements) }</span>
        </li>
    }
}
