//! The kept runs: look at one again, or pin one as "before".

use super::noun;
use super::pieces::{empty, named_button, on_click_number};
use crate::state::{Action, LessonState, Run, RunKind};
use std::rc::Rc;
use unhappy_lesson::Lesson;
use unhappy_trace::Choices;
use unhappy_trace::text::{counted, thousands};
use yew::prelude::*;

/// The list of runs, newest first.
pub fn runs_list(state: &LessonState, act: &Callback<Action>) -> Html {
    if state.runs.all().is_empty() {
        return empty("No run yet.");
    }
    let one = |run: &Rc<Run>| {
        let number = run.number;
        let (is_shown, is_pinned) = (state.shown == Some(number), state.pinned == Some(number));
        let show = on_click_number(act, number, Action::ShowRun);
        let pin: fn(u32) -> Action =
            if is_pinned { |_| Action::Pin(None) } else { |number| Action::Pin(Some(number)) };
        let pin = on_click_number(act, number, pin);
        let pin_label = if is_pinned { "Pinned as before" } else { "Pin as before" };
        html! {
            <li key={number}>
                <span class="n">{ number }</span>
                <span>{ run_words(run, &state.lesson) }</span>
                <span class="actions push">
                    { named_button("btn quiet", "Show", format!("Show run {number}"), Some(is_shown), show) }
                    { named_button("btn quiet", pin_label, format!("Pin run {number} as before"), Some(is_pinned), pin) }
                </span>
                if let Some(link) = &run.link {
                    <button type="button" class="btn quiet" data-copy={link.clone()}>{ "Copy link" }</button>
                }
                <details class="run-string">
                    <summary>{ "Run string" }</summary>
                    <code>{ run.string.clone() }</code>
                </details>
            </li>
        }
    };
    html! {
        <>
            { empty("A run is compared with the lesson's code under the same inputs. Pin another run to compare \
                     with its code instead.") }
            <ul class="runs">{ state.runs.all().iter().rev().map(one).collect::<Html>() }</ul>
        </>
    }
}

/// Words a run: `your code · 50 requests · 100 orders · seed 42 · 101 statements per request`.
pub fn run_words(run: &Run, lesson: &Lesson) -> String {
    let requests = match run.kind {
        RunKind::One => "one request".to_owned(),
        RunKind::Traffic => counted(u64::from(run.inputs.requests), "request", "requests"),
    };
    let mut words = vec![run.code.words(), requests];
    if let Some(size) = run.inputs.settings.get(&lesson.sizes.setting) {
        words.push(format!("{} {}", thousands(size.unsigned_abs()), noun(lesson)));
    }
    for setting in lesson.settings.iter().filter(|setting| setting.key != lesson.sizes.setting) {
        let changed = run.inputs.settings.get(&setting.key).filter(|value| **value != setting.default);
        words.extend(changed.map(|value| format!("{} {value}", setting.label)));
    }
    words.extend(run.inputs.variant.clone());
    words.extend(run.inputs.faults.iter().map(ToString::to_string));
    if run.inputs.choices != Choices::Timed {
        words.push(format!("order {}", run.inputs.choices.to_string().trim_start_matches("by:")));
    }
    words.push(format!("seed {}", run.inputs.seed));
    let statements = counted(run.evidence.summary.most_statements, "statement", "statements");
    words.push(format!("{statements} per request"));
    words.join(" · ")
}
