//! The lower half of the workbench: what the shown run did, the data after it, the kept runs.

use crate::parts::{
    BeforeShown, EvidencePanel, Extent, Same, Tab, button, on_click, panel_id, runs_list, tab_id, tab_list,
    tables, verdict_panel,
};
use crate::state::{Action, Before, EvidenceView, LessonState};
use yew::prelude::*;

/// The evidence with its tabs.
pub fn evidence(state: &LessonState, act: &Callback<Action>) -> Html {
    let views = state.views();
    let selected = views.iter().position(|view| *view == state.view).unwrap_or(0);
    let tab = |view: &EvidenceView| {
        let (label, count) = match view {
            EvidenceView::Schedule => ("Schedule", 0),
            EvidenceView::Overview => ("Evidence", 0),
            EvidenceView::Tables => ("Data", 0),
            EvidenceView::Runs => ("Runs", state.runs.all().len()),
        };
        Tab { label: label.to_owned(), class: "", count, counted: "kept runs" }
    };
    let tabs = views.iter().map(tab).collect();
    let select = act.reform(move |index: usize| {
        Action::View(views.get(index).copied().unwrap_or(EvidenceView::Overview))
    });
    let content = match state.view {
        EvidenceView::Overview | EvidenceView::Schedule => overview(state, act),
        EvidenceView::Tables => tables(state.shown_tables().map(|tables| &**tables), state.shown.is_some()),
        EvidenceView::Runs => runs_list(state, act),
    };
    html! {
        <>
            { tab_list("evidence", "Evidence", tabs, selected, select) }
            <div class="evidence" role="tabpanel" id={panel_id("evidence", selected)}
                aria-labelledby={tab_id("evidence", selected)} tabindex="0">
                { content }
            </div>
        </>
    }
}

fn overview(state: &LessonState, act: &Callback<Action>) -> Html {
    let (before, is_awaited) = match state.before() {
        Before::Run(run, name) => (Some(BeforeShown { run: Same(run), name: name.into() }), false),
        Before::Missing(_) => (None, state.job.is_some()),
        Before::Nothing => (None, false),
    };
    let shown = state.shown_run();
    let sweep_before = before.as_ref().and_then(|before| state.sweep(before.run.files())).cloned().map(Same);
    let sweep_after = shown.and_then(|run| state.sweep(run.files())).cloned().map(Same);
    let withholds = state.withholds();
    let extent = match shown {
        Some(_) if withholds => Extent::AnswerOnly,
        None if !state.shows_record() => Extent::AnswerOnly,
        Some(_) if state.view == EvidenceView::Schedule => Extent::Schedule,
        _ => Extent::All,
    };
    let verdict = state.verdict.as_ref().filter(|verdict| state.is_about_this(verdict));
    let verdict = verdict.filter(|_| state.view == EvidenceView::Overview);
    let by_hand = state.hand.as_ref().is_some_and(|hand| Some(hand.run) == state.shown);
    let line = state.caret.clone().filter(|_| extent == Extent::Schedule);
    html! {
        <>
            { verdict.map(|verdict| verdict_panel(verdict, act)) }
            <EvidencePanel lesson={Same(state.lesson.clone())} shown={shown.cloned().map(Same)} {extent} {by_hand} {before} {is_awaited} {line}
                {sweep_before} {sweep_after} />
            if withholds {
                <p class="note">
                    { "How the answer was made is shown after your prediction. " }
                    { button("link", "Show it now", on_click(act, || Action::Reveal)) }
                </p>
            }
        </>
    }
}
