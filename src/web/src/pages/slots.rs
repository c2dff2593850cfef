//! What the page adds to the text column: the question, hints, versions, outcomes, the next thing to do.

use crate::browser::prose::Slots;
use crate::parts::{Hints, NextButton, NextWhat, PredictForm, Same, Versions, next_of};
use crate::state::{Action, CodeName, LessonState, Run, RunKind};
use std::rc::Rc;
use unhappy_view::{prediction_sentence, run_facts};
use yew::prelude::*;

/// Draws every slot, each into its own element of the text column.
pub fn slots(slots: &Slots, state: &UseReducerHandle<LessonState>) -> Html {
    html! {
        <>
            for (name, element) in slots.iter() {
                { create_portal(slot(name, state), element.clone()) }
            }
        </>
    }
}

fn slot(name: &str, state: &UseReducerHandle<LessonState>) -> Html {
    let lesson = Same(state.lesson.clone());
    let dispatcher = state.dispatcher();
    let act = move |make: fn() -> Action| {
        let dispatcher = dispatcher.clone();
        Callback::from(move |()| dispatcher.dispatch(make()))
    };
    let dispatcher = state.dispatcher();
    match name {
        "happy-path" => happy_path(state),
        "predict" => html! {
            <PredictForm {lesson} answer={state.progress.prediction}
                on_answer={Callback::from(move |option| dispatcher.dispatch(Action::Predict(option)))} />
        },
        "outcome" => note(outcome(state)),
        "hints" => html! {
            <Hints {lesson} opened={state.progress.hints} on_open={act(|| Action::OpenHint)} />
        },
        "experiments" => html! {
            <Versions {lesson} trying={state.code.trying.as_ref().map(|trying| AttrValue::from(trying.key.clone()))}
                busy={state.is_busy()}
                on_try={Callback::from(move |key| dispatcher.dispatch(Action::Try(key)))}
                on_back={act(|| Action::BackToMine)} />
        },
        "compare" => note(compare(state)),
        "prove" => note(prove(state)),
        "next" => match next_of(state) {
            None => Html::default(),
            Some(next) => html! {
                <NextButton {next} on_next={Callback::from(move |what: NextWhat| {
                    if let Some(action) = what.action() {
                        dispatcher.dispatch(action);
                    }
                })} />
            },
        },
        _ => Html::default(),
    }
}

fn note(text: Option<(&'static str, String)>) -> Html {
    match text {
        Some((class, text)) => html! { <p class={classes!("note", class)}>{ text }</p> },
        None => Html::default(),
    }
}

fn happy_path(state: &LessonState) -> Html {
    let run = latest(state, RunKind::One, &CodeName::Lesson);
    let text = run.and_then(|run| run.answer.as_ref()).map(|(status, _)| match status {
        200..=299 => ("good", format!("Your request was answered with {status}.")),
        _ => ("bad", format!("Your request was answered with {status}.")),
    });
    note(text)
}

/// The last kept run of that kind and code.
fn latest<'a>(state: &'a LessonState, kind: RunKind, code: &CodeName) -> Option<&'a Rc<Run>> {
    state.runs.all().iter().rev().find(|run| run.kind == kind && run.code == *code)
}

/// What was predicted, against what happened.
fn outcome(state: &LessonState) -> Option<(&'static str, String)> {
    let run = latest(state, RunKind::Traffic, &CodeName::Lesson)?;
    let option = state.lesson.predict.options.get(state.progress.prediction?)?;
    let facts = run_facts(&state.lesson, &run.inputs, &run.evidence.report, "broken.");
    Some(("", prediction_sentence(option, &facts)))
}

fn compare(state: &LessonState) -> Option<(&'static str, String)> {
    let changed = !state.code.files().is_empty();
    let text = match (changed, state.shown_run()) {
        (false, _) => "Change the code first. Then send the same traffic to both versions.",
        (true, Some(run)) if run.files() == state.code.files() && run.kind == RunKind::Traffic => {
            "Read the sentence above the figures: what fell, and is the answer still the same?"
        }
        (true, _) => "Your code has not been sent this traffic yet.",
    };
    Some(("", text.to_owned()))
}

fn prove(state: &LessonState) -> Option<(&'static str, String)> {
    let verdict = state.verdict.as_ref()?;
    if verdict.files != *state.code.files() {
        return Some(("", "The code changed since the last verdict. Prove it again.".to_owned()));
    }
    let class = if verdict.card.accepted { "good" } else { "bad" };
    let more = match (&verdict.card.accepted, &state.code.trying) {
        (true, Some(_)) => " This was a version of the lesson: to finish the step, prove your own.",
        _ => "",
    };
    Some((class, format!("{}{more}", verdict.card.sentence)))
}
