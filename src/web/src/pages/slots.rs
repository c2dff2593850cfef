//! What the page adds to the text column: the question, hints, versions, outcomes, the next thing to do.

use crate::browser::prose::Slots;
use crate::parts::{button, hints, next_button, on_click, predict_form, versions};
use crate::state::{Action, CodeName, LessonState, Run, RunKind};
use std::rc::Rc;
use yew::prelude::*;

/// Draws every slot, each into its own element of the text column.
pub fn slots(slots: &Slots, state: &LessonState, act: &Callback<Action>) -> Html {
    slots.iter().map(|(name, element)| create_portal(slot(name, state, act), element.clone())).collect()
}

fn slot(name: &str, state: &LessonState, act: &Callback<Action>) -> Html {
    match name {
        "happy-path" => note(happy_path(state)),
        "predict" => predict_form(state, act),
        "outcome" => html! { <>{ note(outcome(state)) }{ by_hand(state, act) }</> },
        "hints" => hints(state, act),
        "experiments" => versions(state, act),
        "compare" => note(Some(compare(state))),
        "prove" => note(prove(state)),
        "next" => next_button(state, act),
        _ => Html::default(),
    }
}

/// The other way to break it.
fn by_hand(state: &LessonState, act: &Callback<Action>) -> Html {
    if state.lesson.bound.is_none() {
        return Html::default();
    }
    let play = on_click(act, || Action::Play { schedule: String::new(), at: 0, is_fresh: true });
    html! { <p>{ "Or be the scheduler: choose who moves, step by step. " }{ button("btn", "Schedule by hand", play) }</p> }
}

/// A class and a sentence.
type Note = (&'static str, String);

fn note(text: Option<Note>) -> Html {
    match text {
        Some((class, text)) => html! { <p {class}>{ text }</p> },
        None => Html::default(),
    }
}

fn happy_path(state: &LessonState) -> Option<Note> {
    let (status, _) = latest(state, RunKind::One)?.answer.as_ref()?;
    let class = if (200..300).contains(status) { "note good" } else { "note bad" };
    Some((class, format!("Your request was answered with {status}.")))
}

/// The last kept run of that kind of the lesson's own code.
fn latest(state: &LessonState, kind: RunKind) -> Option<&Rc<Run>> {
    state.runs.all().iter().rev().find(|run| run.kind == kind && run.code == CodeName::Lesson)
}

/// What was predicted, against what happened.
fn outcome(state: &LessonState) -> Option<Note> {
    let run = latest(state, RunKind::Traffic)?;
    let sentence = run.evidence.predictions.get(state.progress.prediction?)?;
    Some(("note", sentence.clone()))
}

fn compare(state: &LessonState) -> Note {
    let changed = !state.code.files().is_empty();
    let text = match (changed, state.shown_run()) {
        (false, _) => "Change the code first. Then send the same traffic to both versions.",
        (true, Some(run)) if run.files() == state.code.files() && run.kind == RunKind::Traffic => {
            "Read the sentence above the figures: what fell, and is the answer still the same?"
        }
        (true, _) => "Your code has not been sent this traffic yet.",
    };
    ("note", text.to_owned())
}

fn prove(state: &LessonState) -> Option<Note> {
    let verdict = state.verdict.as_ref()?;
    if !state.is_about_this(verdict) {
        return Some(("note", "The code changed since the last verdict. Prove it again.".to_owned()));
    }
    let class = if verdict.card.accepted { "note good" } else { "note bad" };
    let more = if verdict.card.accepted && state.code.trying.is_some() {
        " This was a version of the lesson: to finish the step, prove your own."
    } else {
        ""
    };
    Some((class, format!("{}{more}", verdict.card.sentence)))
}
