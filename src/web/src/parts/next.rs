//! The one dark button of the text column: the next thing to do.

use super::pieces::{button, on_click};
use crate::state::{Action, LessonState};
use unhappy_trace::text::thousands;
use unhappy_view::Step;
use yew::prelude::*;

/// The next thing to do.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Next {
    /// Sends one request.
    RunOne,
    /// Sends production traffic.
    RunTraffic,
    /// Asks the judge.
    Prove,
    /// Goes to a step; with what the button says.
    Go(Step, &'static str),
    /// Leads to the home page.
    Home,
}

/// Returns the next thing to do; none while the learner has to choose or to write something first.
pub fn next_of(state: &LessonState) -> Option<Next> {
    let done = |step| state.progress.done.contains(step);
    let next = match state.step {
        Step::Brief => Next::RunOne,
        Step::HappyPath if !done(Step::HappyPath) => Next::RunOne,
        Step::HappyPath => Next::Go(Step::Predict, "Predict what traffic does"),
        Step::Predict if !done(Step::Predict) => return None,
        Step::Predict | Step::BreakIt if !done(Step::BreakIt) => Next::RunTraffic,
        Step::Predict => Next::Go(Step::BreakIt, "See what broke"),
        Step::BreakIt => Next::Go(Step::Look, "Look at the evidence"),
        Step::Look => Next::Go(Step::Fix, "Fix it"),
        Step::Fix if state.code.files().is_empty() => return None,
        Step::Fix => Next::RunTraffic,
        Step::Compare if !done(Step::Compare) => Next::RunTraffic,
        Step::Prove if state.progress.proved() => Next::Go(Step::TakeAway, "Take away"),
        Step::Compare | Step::Prove => Next::Prove,
        Step::TakeAway => Next::Home,
    };
    Some(next)
}

/// "Prove it for 0 to 10,000 orders", after the sizes of the lesson.
pub fn prove_label(state: &LessonState) -> String {
    let (lesson, sizes) = (&state.lesson, &state.lesson.sizes);
    if sizes.values.is_empty() {
        return "Prove it".to_owned();
    }
    let setting = lesson.settings.iter().find(|setting| setting.key == sizes.setting);
    let smallest = setting.map(|setting| setting.min).or(sizes.values.first().copied()).unwrap_or(0);
    let largest = sizes.values.last().copied().unwrap_or(smallest);
    let [smallest, largest] = [smallest, largest].map(|value| thousands(value.unsigned_abs()));
    format!("Prove it for {smallest} to {largest} {}", super::noun(lesson))
}

/// The dark button.
pub fn next_button(state: &LessonState, act: &Callback<Action>) -> Html {
    let Some(next) = next_of(state) else { return Html::default() };
    let (label, onclick) = match next {
        Next::RunOne => ("Run one request".to_owned(), on_click(act, || Action::RunOne)),
        Next::RunTraffic => {
            let changed = !state.code.files().is_empty();
            let label =
                if changed { "Send the same traffic to this code" } else { "Send production traffic" };
            (label.to_owned(), on_click(act, || Action::RunTraffic))
        }
        Next::Prove => (prove_label(state), on_click(act, || Action::Prove)),
        Next::Go(step, label) => (label.to_owned(), act.reform(move |_| Action::Go(step))),
        Next::Home => {
            return html! { <p class="next"><a class="btn go" href="./">{ "All lessons →" }</a></p> };
        }
    };
    html! { <p class="next">{ button("btn go", format!("{label} →"), onclick) }</p> }
}
