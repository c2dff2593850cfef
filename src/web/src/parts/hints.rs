//! Hints, opened one by one. Opening one is not held against anybody.

use unhappy_lesson::Lesson;
use yew::prelude::*;

use super::Same;

/// Props of [`Hints`].
#[derive(Properties, PartialEq)]
pub struct HintsProps {
    /// The lesson with the hints.
    pub lesson: Same<Lesson>,
    /// How many are open.
    pub opened: usize,
    /// The learner opens the next one.
    pub on_open: Callback<()>,
}

/// The hints of a lesson.
#[component]
pub fn Hints(props: &HintsProps) -> Html {
    let HintsProps { lesson, opened, on_open } = props;
    let count = lesson.hints.len();
    html! {
        <div class="hints">
            for (index, hint) in lesson.hints.iter().enumerate() {
                if index < *opened {
                    <details class="hint" open={index + 1 == *opened}>
                        <summary>{ format!("Hint {} of {count}: {}", index + 1, hint.title) }</summary>
                        <div>{ Html::from_html_unchecked(AttrValue::from(hint.text.html.clone())) }</div>
                    </details>
                } else if index == *opened {
                    <div class="hint">
                        <span>{ format!("Hint {} of {count}: {}", index + 1, hint.title) }</span>
                        <button type="button" class="btn quiet" onclick={on_open.reform(|_: MouseEvent| ())}
                            aria-label={format!("Open hint {} of {count}", index + 1)}>{ "Open" }</button>
                    </div>
                }
            }
        </div>
    }
}
