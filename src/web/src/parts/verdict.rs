//! The verdict of the judge.

use super::Same;
use crate::state::VerdictShown;
use unhappy_view::{CaseRow, FindingRow};
use yew::prelude::*;

/// Props of [`VerdictPanel`].
#[derive(Properties, PartialEq)]
pub struct VerdictPanelProps {
    /// The verdict.
    pub verdict: Same<VerdictShown>,
    /// The learner opens the run of a finding.
    pub on_open: Callback<usize>,
}

/// The verdict: sentence, family, findings, coverage, cases.
#[component]
pub fn VerdictPanel(props: &VerdictPanelProps) -> Html {
    let card = &props.verdict.card;
    html! {
        <section class="judgement" aria-label="Verdict">
            <div class={classes!("verdict", if card.accepted { "good" } else { "bad" })} role="status">
                <h2>{ if card.accepted { "Accepted" } else { "Refused" } }</h2>
                <span>{ &card.sentence }</span>
                if let Some(family) = &card.family {
                    <p><b>{ family }</b></p>
                }
                if let Some((title, text)) = &card.reason {
                    <p>{ format!("{title}: ") }{ text }</p>
                }
                <p><small>{ format!("About {}. {}", props.verdict.code.words(), card.coverage) }</small></p>
            </div>
            if !card.findings.is_empty() {
                <ul class="cases findings" aria-label="What was found">
                    for (index, finding) in card.findings.iter().enumerate() {
                        { finding_entry(index, finding, &props.on_open) }
                    }
                </ul>
            }
            if !card.cases.is_empty() {
                <details>
                    <summary>{ &card.cases_label }</summary>
                    <ul class="cases">
                        for case in card.cases.iter() { { case_entry(case) } }
                    </ul>
                </details>
            }
        </section>
    }
}

fn finding_entry(index: usize, finding: &FindingRow, on_open: &Callback<usize>) -> Html {
    html! {
        <li class="bad">
            <span>{ format!("{}: {}", finding.case, finding.text) }</span>
            <button type="button" class="btn" aria-label={format!("Open this run: {}", finding.case)}
                onclick={on_open.reform(move |_: MouseEvent| index)}>{ "Open this run" }</button>
        </li>
    }
}

fn case_entry(case: &CaseRow) -> Html {
    html! {
        <li class={(!case.passed).then_some("bad")}>
            <span>{ &case.name }<span class="visually-hidden">{ if case.passed { ", passed" } else { ", failed" } }</span></span>
            <span>{ format!("{} statements", case.statements) }</span>
        </li>
    }
}
