//! The question before the traffic. An answer is given once and kept.

use unhappy_lesson::Lesson;
use yew::prelude::*;

use super::Same;

/// Props of [`PredictForm`].
#[derive(Properties, PartialEq)]
pub struct PredictFormProps {
    /// The lesson with the question.
    pub lesson: Same<Lesson>,
    /// The answer, once there is one.
    pub answer: Option<usize>,
    /// The learner answered.
    pub on_answer: Callback<usize>,
}

/// The answers to choose from. The question itself stands in the text.
#[component]
pub fn PredictForm(props: &PredictFormProps) -> Html {
    let PredictFormProps { lesson, answer, on_answer } = props;
    let chosen = use_state_eq(|| None::<usize>);
    let shown = answer.or(*chosen);
    let onsubmit = {
        let (chosen, on_answer) = (chosen.clone(), on_answer.clone());
        move |event: SubmitEvent| {
            event.prevent_default();
            if let Some(option) = *chosen {
                on_answer.emit(option);
            }
        }
    };
    html! {
        <form {onsubmit}>
            <fieldset class="choices" aria-labelledby="predict-question">
                for (index, option) in lesson.predict.options.iter().enumerate() {
                    <label>
                        <input type="radio" name="predict" checked={shown == Some(index)} disabled={answer.is_some()}
                            onchange={let chosen = chosen.clone(); move |_: Event| chosen.set(Some(index))} />
                        { &option.text }
                    </label>
                }
            </fieldset>
            if answer.is_some() {
                <p class="note">{ "Your answer is kept. Now let the traffic answer." }</p>
            } else {
                <p><button class="btn" disabled={chosen.is_none()}>{ "Keep this answer" }</button></p>
            }
        </form>
    }
}
