//! Versions to try: right and wrong ones mixed, not labelled until they were run.

use unhappy_lesson::{Experiment, Lesson};
use yew::prelude::*;

use super::Same;

/// Props of [`Versions`].
#[derive(Properties, PartialEq)]
pub struct VersionsProps {
    /// The lesson with the versions.
    pub lesson: Same<Lesson>,
    /// Key of the version in the editor.
    pub trying: Option<AttrValue>,
    /// Whether the engine is at work for the learner.
    pub busy: bool,
    /// The learner tries one.
    pub on_try: Callback<String>,
    /// The learner goes back to their own code.
    pub on_back: Callback<()>,
}

/// The list of versions.
#[component]
pub fn Versions(props: &VersionsProps) -> Html {
    let VersionsProps { lesson, trying, busy, on_try, on_back } = props;
    html! {
        <details class="hint versions" open={trying.is_some()}>
            <summary>{ "Try another version" }</summary>
            <div>
                <p>{ "Some of these hold, some only look right. Each replaces the code in the editor, is run and \
                      judged. Your own text is kept." }</p>
                <ul class="versions__list">
                    for version in mixed(lesson) {
                        { entry(version, trying.as_deref(), *busy, on_try) }
                    }
                </ul>
                if trying.is_some() {
                    <button type="button" class="btn" onclick={on_back.reform(|_: MouseEvent| ())}>
                        { "Back to my code" }
                    </button>
                }
            </div>
        </details>
    }
}

fn entry(version: &Experiment, trying: Option<&str>, busy: bool, on_try: &Callback<String>) -> Html {
    let key = version.key.clone();
    let is_tried = trying == Some(version.key.as_str());
    html! {
        <li key={version.key.clone()} class="hint">
            <span>{ &version.name }</span>
            <button type="button" class="btn" disabled={busy} aria-pressed={is_tried.to_string()}
                aria-label={format!("Try: {}", version.name)}
                onclick={on_try.reform(move |_: MouseEvent| key.clone())}>
                { if is_tried { "In the editor" } else { "Try" } }
            </button>
        </li>
    }
}

/// Fixes and wrong fixes in an order that says nothing: by name.
fn mixed(lesson: &Lesson) -> Vec<&Experiment> {
    let mut all: Vec<&Experiment> = lesson.fixes.iter().chain(&lesson.wrong).collect();
    all.sort_by(|left, right| left.name.cmp(&right.name));
    all
}
