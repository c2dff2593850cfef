//! Versions to try: right and wrong ones mixed, not labelled until they were run.

use super::pieces::{button, named_button, on_click};
use crate::state::{Action, LessonState};
use unhappy_lesson::Experiment;
use yew::prelude::*;

/// The list of versions.
pub fn versions(state: &LessonState, act: &Callback<Action>) -> Html {
    let trying = state.code.trying.as_ref().map(|trying| trying.key.as_str());
    let one = |version: &Experiment| {
        let (key, is_tried) = (version.key.clone(), trying == Some(version.key.as_str()));
        let label = if is_tried { "In the editor" } else { "Try" };
        let onclick = act.reform(move |_| Action::Try(key.clone()));
        html! {
            <li key={version.key.as_str()} class="hint">
                <span>{ &version.name }</span>
                { named_button("btn", label, format!("Try: {}", version.name), Some(is_tried), onclick) }
            </li>
        }
    };
    html! {
        <details class="hint versions" open={trying.is_some()}>
            <summary>{ "Try another version" }</summary>
            <div>
                <p>{ "Some of these hold, some only look right. Each replaces the code in the editor, is run and \
                      judged. Your own text is kept." }</p>
                <ul class="versions__list">{ mixed(state).into_iter().map(one).collect::<Html>() }</ul>
                if trying.is_some() {
                    { button("btn", "Back to my code", on_click(act, || Action::BackToMine)) }
                }
            </div>
        </details>
    }
}

/// Fixes and wrong fixes in an order that says nothing: by name.
fn mixed(state: &LessonState) -> Vec<&Experiment> {
    let mut versions: Vec<&Experiment> = Vec::new();
    for version in state.lesson.fixes.iter().chain(&state.lesson.wrong) {
        let place = versions.partition_point(|other| other.name < version.name);
        versions.insert(place, version);
    }
    versions
}
