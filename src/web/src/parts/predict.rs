//! The question before the traffic. An answer is given once and kept.

use crate::state::{Action, LessonState};
use yew::prelude::*;

/// The answers to choose from. The question itself stands in the text.
pub fn predict_form(state: &LessonState, act: &Callback<Action>) -> Html {
    let answer = state.progress.prediction;
    let shown = answer.or(state.choice);
    let give = act.reform(|event: SubmitEvent| {
        event.prevent_default();
        Action::Predict
    });
    let option = |(index, option): (usize, &unhappy_lesson::PredictOption)| {
        html! {
            <label>
                <input type="radio" name="predict" checked={shown == Some(index)} disabled={answer.is_some()}
                    onchange={act.reform(move |_: Event| Action::Choose(index))} />
                <span>{ &option.text }</span>
            </label>
        }
    };
    html! {
        <form onsubmit={give}>
            <fieldset class="choices" aria-labelledby="predict-question">
                { state.lesson.predict.options.iter().enumerate().map(option).collect::<Html>() }
            </fieldset>
            if answer.is_some() {
                <p class="note">{ "Your answer is kept. Now let the traffic answer." }</p>
            } else {
                <p class="next"><button class="btn go" disabled={shown.is_none()}>{ "Keep this answer" }</button></p>
            }
        </form>
    }
}
