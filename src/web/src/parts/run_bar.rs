//! The run bar: what is sent, how much data there is, how far it is.
//!
//! Nothing changes in the first moment of a run: most are over by then, and a bar that flickers is noise.

use super::pieces::{button, on_click};
use crate::state::Action;
use unhappy_trace::text::thousands;
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// A run under way.
pub struct Working {
    /// What it does: "23 of 50 requests", or "Starting the engine".
    pub words: String,
    /// Done and of how many, when known.
    pub done: Option<(u64, u64)>,
}

/// What the run bar shows.
pub struct RunBar<'a> {
    /// The run that the learner has been waiting for.
    pub working: Option<Working>,
    /// Values of the size control.
    pub sizes: &'a [i64],
    /// The chosen one.
    pub size: i64,
    /// What is counted, in the plural: "orders".
    pub noun: &'a str,
    /// Settings that differ from the lesson's: `processes 4`.
    pub changed: Vec<String>,
    /// Seed of the traffic.
    pub seed: u64,
    /// What "Prove" says.
    pub prove_label: String,
    /// Whether there is something to schedule by hand.
    pub by_hand: bool,
}

/// The run bar.
pub fn run_bar(bar: RunBar<'_>, act: &Callback<Action>) -> Html {
    let disabled = bar.working.is_some().then_some("true");
    html! {
        <div class="runbar" role="group" aria-label="Run">
            <button type="button" class="btn go" aria-disabled={disabled}
                onclick={on_click(act, || Action::RunTraffic)}>
                <span aria-hidden="true">{ "▶" }</span>{ "Send production traffic" }<kbd>{ "Ctrl ⏎" }</kbd>
            </button>
            <button type="button" class="btn" aria-disabled={disabled}
                onclick={on_click(act, || Action::RunOne)}>{ "Run one request" }</button>
            <button type="button" class="btn" aria-disabled={disabled}
                onclick={on_click(act, || Action::Prove)}>{ bar.prove_label }</button>
            if bar.by_hand {
                <button type="button" class="btn" aria-disabled={disabled} data-play="" data-at="0">{ "Schedule by hand" }</button>
            }
            if !bar.sizes.is_empty() { { sizes(bar.sizes, bar.size, bar.noun, act) } }
            if !bar.changed.is_empty() {
                { button("btn quiet changed", bar.changed.join(" · "), on_click(act, || Action::OpenFile(usize::MAX))) }
            }
            { seed(bar.seed, act) }
            <div class="working" role="status">{ bar.working.map(|working| under_way(working, act)) }</div>
        </div>
    }
}

fn under_way(working: Working, act: &Callback<Action>) -> Html {
    html! {
        <>
            <span>{ &working.words }</span>
            if let Some((done, of)) = working.done {
                <progress value={done.to_string()} max={of.to_string()} aria-label={working.words}></progress>
            }
            { button("btn stop", "Stop", on_click(act, || Action::Stop)) }
        </>
    }
}

fn sizes(values: &[i64], chosen: i64, noun: &str, act: &Callback<Action>) -> Html {
    let last = values.last().copied();
    let one = |size: i64| {
        let mut label = thousands(size.unsigned_abs());
        if Some(size) == last {
            label.push(' ');
            label.push_str(noun);
        }
        html! {
            <label>
                <input type="radio" name="size" checked={size == chosen}
                    onchange={act.reform(move |_: Event| Action::SetSize(size))} />
                <span>{ label }</span>
            </label>
        }
    };
    html! {
        <span class="seg" role="radiogroup" aria-label={format!("Number of {noun}")}>
            { values.iter().copied().map(one).collect::<Html>() }
        </span>
    }
}

/// A seed that is no number is put back.
fn seed(current: u64, act: &Callback<Action>) -> Html {
    let act = act.clone();
    let onchange = move |event: Event| {
        let input: HtmlInputElement = event.target_unchecked_into();
        match input.value().trim().parse() {
            Ok(seed) => act.emit(Action::SetSeed(seed)),
            Err(_) => input.set_value(&current.to_string()),
        }
    };
    html! {
        <small class="seed">
            <label>
                { "seed " }
                <input type="text" inputmode="numeric" autocomplete="off" size="4" value={current.to_string()} {onchange} />
            </label>
            { " · same seed, same run" }
        </small>
    }
}
