//! The path: eight dots, solid behind the learner, dashed ahead, the broken one a diamond.

use super::pieces::on_click_number;
use crate::state::{Action, Progress};
use unhappy_view::Step;
use yew::prelude::*;

/// The path of a lesson.
pub fn path_bar(now: Step, progress: &Progress, act: &Callback<Action>) -> Html {
    let dot = |step: Step| {
        let is_done = progress.done.contains(step);
        let is_broken = step == Step::BreakIt && progress.broke;
        let class = [(is_done, "done "), (is_broken, "broke "), (step == now, "now")];
        let class: String = class.iter().filter(|(holds, _)| *holds).map(|(_, name)| *name).collect();
        let state = match (is_done, is_broken) {
            (_, true) => ", broken",
            (true, false) => ", done",
            (false, false) => "",
        };
        html! {
            <li {class}>
                <button type="button" aria-current={(step == now).then_some("step")} data-step={step.key()}
                    onclick={on_click_number(act, step as u32, go)}>
                    <i aria-hidden="true"></i>
                    <span>{ step.label() }</span>
                    <span class="visually-hidden">{ state }</span>
                </button>
            </li>
        }
    };
    html! {
        <nav class="path-nav" aria-label="Steps of this lesson">
            <ol class="path">{ Step::PATH.into_iter().map(dot).collect::<Html>() }</ol>
        </nav>
    }
}

/// Goes to a step by its place on the path.
fn go(index: u32) -> Action {
    Action::Go(Step::PATH.get(index as usize).copied().unwrap_or(Step::TakeAway))
}
