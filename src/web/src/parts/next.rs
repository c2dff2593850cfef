//! The one dark button of the text column: the next thing to do.

use crate::state::{Action, LessonState};
use unhappy_trace::text::thousands;
use unhappy_view::Step;
use yew::prelude::*;

/// The next thing to do.
#[derive(Debug, Clone, PartialEq)]
pub struct Next {
    /// What the button says.
    pub label: AttrValue,
    /// What it does.
    pub what: NextWhat,
}

/// What the button does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum NextWhat {
    /// Sends one request.
    RunOne,
    /// Sends production traffic.
    RunTraffic,
    /// Asks the judge.
    Prove,
    /// Goes to a step.
    Go(Step),
    /// Leads to the home page.
    Home,
}

impl NextWhat {
    /// Returns the action; none for what is an ordinary link.
    pub fn action(self) -> Option<Action> {
        match self {
            NextWhat::RunOne => Some(Action::RunOne),
            NextWhat::RunTraffic => Some(Action::RunTraffic),
            NextWhat::Prove => Some(Action::Prove),
            NextWhat::Go(step) => Some(Action::Go(step)),
            NextWhat::Home => None,
        }
    }
}

/// Returns the next thing to do; none while the learner has to choose or to write something first.
pub fn next_of(state: &LessonState) -> Option<Next> {
    let done = |step| state.progress.done.contains(&step);
    let next = |label: &str, what| Some(Next { label: AttrValue::from(label.to_owned()), what });
    match state.step {
        Step::Brief => next("Run one request", NextWhat::RunOne),
        Step::HappyPath if !done(Step::HappyPath) => next("Run one request", NextWhat::RunOne),
        Step::HappyPath => next("Predict what traffic does", NextWhat::Go(Step::Predict)),
        Step::Predict if !done(Step::Predict) => None,
        Step::Predict | Step::BreakIt if !done(Step::BreakIt) => {
            next("Send production traffic", NextWhat::RunTraffic)
        }
        Step::Predict => next("See what broke", NextWhat::Go(Step::BreakIt)),
        Step::BreakIt => next("Look at the evidence", NextWhat::Go(Step::Look)),
        Step::Look => next("Fix it", NextWhat::Go(Step::Fix)),
        Step::Fix if state.code.files().is_empty() => None,
        Step::Fix => next("Send the same traffic to this code", NextWhat::RunTraffic),
        Step::Compare if !done(Step::Compare) => {
            next("Send the same traffic to this code", NextWhat::RunTraffic)
        }
        Step::Compare => Some(Next { label: prove_label(state), what: NextWhat::Prove }),
        Step::Prove if state.progress.proved() => next("Take away", NextWhat::Go(Step::TakeAway)),
        Step::Prove => Some(Next { label: prove_label(state), what: NextWhat::Prove }),
        Step::TakeAway => next("All lessons", NextWhat::Home),
    }
}

/// "Prove it for 1 to 10,000 orders", after the sizes of the lesson.
pub fn prove_label(state: &LessonState) -> AttrValue {
    let (lesson, sizes) = (&state.lesson, &state.lesson.sizes);
    let setting = lesson.settings.iter().find(|setting| setting.key == sizes.setting);
    let noun = setting.map_or(sizes.setting.as_str(), |setting| setting.label.as_str());
    let smallest = setting.map(|setting| setting.min).or(sizes.values.first().copied()).unwrap_or(0);
    let largest = sizes.values.last().copied().unwrap_or(smallest);
    let [smallest, largest] = [smallest, largest].map(|value| thousands(value.unsigned_abs()));
    AttrValue::from(format!("Prove it for {smallest} to {largest} {noun}"))
}

/// Props of [`NextButton`].
#[derive(Properties, PartialEq)]
pub struct NextButtonProps {
    /// The next thing to do.
    pub next: Next,
    /// The learner does it.
    pub on_next: Callback<NextWhat>,
}

/// The dark button.
#[component]
pub fn NextButton(props: &NextButtonProps) -> Html {
    let NextButtonProps { next, on_next } = props;
    let what = next.what;
    html! {
        <p class="next">
            if what == NextWhat::Home {
                <a class="btn go" href="./">{ &next.label }{ " →" }</a>
            } else {
                <button type="button" class="btn go" onclick={on_next.reform(move |_: MouseEvent| what)}>
                    { &next.label }{ " →" }
                </button>
            }
        </p>
    }
}
