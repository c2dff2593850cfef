//! The path: eight dots, solid behind the learner, dashed ahead, the broken one a diamond.

use unhappy_view::Step;
use yew::prelude::*;

/// Props of [`PathBar`].
#[derive(Properties, PartialEq)]
pub struct PathBarProps {
    /// The step whose text is shown.
    pub step: Step,
    /// The steps that are done.
    pub done: Vec<Step>,
    /// Whether production traffic broke the lesson's code.
    pub broke: bool,
    /// The learner chose a step.
    pub on_go: Callback<Step>,
}

/// The path of a lesson.
#[component]
pub fn PathBar(props: &PathBarProps) -> Html {
    html! {
        <nav class="path-nav" aria-label="Steps of this lesson">
            <ol class="path">
                for step in Step::PATH {
                    { dot(props, step) }
                }
            </ol>
        </nav>
    }
}

fn dot(props: &PathBarProps, step: Step) -> Html {
    let is_now = props.step == step;
    let is_done = props.done.contains(&step);
    let is_broken = step == Step::BreakIt && props.broke;
    let class = classes!(is_done.then_some("done"), is_broken.then_some("broke"), is_now.then_some("now"));
    let state = match (is_done, is_broken) {
        (_, true) => ", broken",
        (true, false) => ", done",
        (false, false) => "",
    };
    html! {
        <li {class}>
            <button type="button" aria-current={is_now.then_some("step")} data-step={step.key()}
                onclick={props.on_go.reform(move |_: MouseEvent| step)}>
                <i aria-hidden="true"></i>
                <span>{ step.label() }</span>
                if !state.is_empty() {
                    <span class="visually-hidden">{ state }</span>
                }
            </button>
        </li>
    }
}
