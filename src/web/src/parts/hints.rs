//! Hints, opened one by one. Opening one is not held against anybody.

use super::pieces::{named_button, on_click};
use crate::state::{Action, LessonState};
use unhappy_lesson::Hint;
use yew::prelude::*;

/// The hints of a lesson: the open ones, and the next one by its title.
pub fn hints(state: &LessonState, act: &Callback<Action>) -> Html {
    let (opened, count) = (state.progress.hints, state.lesson.hints.len());
    let one = |(index, hint): (usize, &Hint)| {
        let title = format!("Hint {} of {count}: {}", index + 1, hint.title);
        if index < opened {
            return html! {
                <details class="hint" open={index + 1 == opened}>
                    <summary>{ title }</summary>
                    <div>{ Html::from_html_unchecked(AttrValue::from(hint.text.html.clone())) }</div>
                </details>
            };
        }
        let name = format!("Open hint {} of {count}", index + 1);
        html! {
            <div class="hint">
                <span>{ title }</span>
                { named_button("btn quiet", "Open", name, None, on_click(act, || Action::OpenHint)) }
            </div>
        }
    };
    state.lesson.hints.iter().enumerate().take(opened + 1).map(one).collect()
}
