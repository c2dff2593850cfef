//! The kept runs: look at one again, or pin one as "before".

use super::Same;
use crate::state::{Run, RunKind};
use unhappy_trace::text::{counted, thousands};
use yew::prelude::*;

/// Props of [`RunsList`].
#[derive(Properties, PartialEq)]
pub struct RunsListProps {
    /// The runs, oldest first.
    pub runs: Vec<Same<Run>>,
    /// Which one is shown.
    pub shown: Option<u32>,
    /// Which one is pinned.
    pub pinned: Option<u32>,
    /// Key of the setting that the size control changes.
    pub setting: AttrValue,
    /// What it counts, in the plural.
    pub noun: AttrValue,
    /// The learner looks at one again.
    pub on_show: Callback<u32>,
    /// The learner pins one or unpins it.
    pub on_pin: Callback<Option<u32>>,
}

/// The list of runs, newest first.
#[component]
pub fn RunsList(props: &RunsListProps) -> Html {
    if props.runs.is_empty() {
        return html! { <p class="empty">{ "No run yet." }</p> };
    }
    html! {
        <>
            <p class="empty">
                { "A run is compared with the lesson's code under the same inputs. Pin another run to compare with \
                   its code instead." }
            </p>
            <ul class="runs">
                for run in props.runs.iter().rev() { { entry(props, run) } }
            </ul>
        </>
    }
}

fn entry(props: &RunsListProps, run: &Run) -> Html {
    let number = run.number;
    let (is_shown, is_pinned) = (props.shown == Some(number), props.pinned == Some(number));
    let pin = (!is_pinned).then_some(number);
    html! {
        <li key={number}>
            <span class="n">{ number }</span>
            <span>{ run_words(run, &props.setting, &props.noun) }</span>
            <span class="actions push">
                <button type="button" class="btn quiet" aria-pressed={is_shown.to_string()}
                    aria-label={format!("Show run {number}")}
                    onclick={props.on_show.reform(move |_: MouseEvent| number)}>{ "Show" }</button>
                <button type="button" class="btn quiet" aria-pressed={is_pinned.to_string()}
                    aria-label={format!("Pin run {number} as before")}
                    onclick={props.on_pin.reform(move |_: MouseEvent| pin)}>
                    { if is_pinned { "Pinned as before" } else { "Pin as before" } }
                </button>
            </span>
        </li>
    }
}

/// Words a run: `your code · 50 requests · 100 orders · seed 42 · 101 statements per request`.
pub fn run_words(run: &Run, setting: &str, noun: &str) -> String {
    let requests = match run.kind {
        RunKind::One => "one request".to_owned(),
        RunKind::Traffic => counted(u64::from(run.inputs.requests), "request", "requests"),
    };
    let mut words = vec![run.code.words(), requests];
    if let Some(size) = run.inputs.settings.get(setting) {
        words.push(format!("{} {noun}", thousands(size.unsigned_abs())));
    }
    words.extend(run.inputs.variant.clone());
    words.push(format!("seed {}", run.inputs.seed));
    let statements = counted(run.evidence.report.most_statements(), "statement", "statements");
    words.push(format!("{statements} per request"));
    words.join(" · ")
}
