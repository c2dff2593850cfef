//! The verdict of the judge.

use super::pieces::{named_button, on_click_number};
use crate::state::{Action, VerdictShown};
use unhappy_trace::Choices;
use unhappy_view::FindingRow;
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
                <span class="actions">
                    { named_button("btn", "Open this run", name, None, onclick) }
                    if matches!(finding.run.choices, Choices::Chosen(_)) {
                        { named_button("btn quiet", "Step through it", format!("Step through it: {}", finding.case), None,
                            on_click_number(act, index, |index| Action::StepThrough(index as usize))) }
                    }
                </span>
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
            { Html::from_html_unchecked(AttrValue::from(verdict.proof.clone())) }
        </section>
    }
}
