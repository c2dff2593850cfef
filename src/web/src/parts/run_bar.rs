//! The run bar: what is sent, how much data there is, how far it is.
//!
//! Nothing changes in the first 300 ms of a run: most are over by then, and a bar that flickers is noise.

use gloo_timers::callback::Timeout;
use unhappy_trace::text::thousands;
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// How long a run may take before the bar says so. Milliseconds.
const QUIET_MS: u32 = 300;

/// A run under way.
#[derive(Debug, Clone, PartialEq)]
pub struct Working {
    /// Its number.
    pub ticket: u64,
    /// What it does: "23 of 50 requests", or "Starting the engine".
    pub words: AttrValue,
    /// Done and of how many, when known.
    pub done: Option<(u64, u64)>,
}

/// Props of [`RunBar`].
#[derive(Properties, PartialEq)]
pub struct RunBarProps {
    /// The run under way.
    pub working: Option<Working>,
    /// Values of the size control.
    pub sizes: Vec<i64>,
    /// The chosen one.
    pub size: i64,
    /// What is counted, in the plural: "orders".
    pub noun: AttrValue,
    /// Seed of the traffic.
    pub seed: u64,
    /// What "Prove" says.
    pub prove_label: AttrValue,
    /// Production traffic.
    pub on_traffic: Callback<()>,
    /// One request.
    pub on_one: Callback<()>,
    /// The judge.
    pub on_prove: Callback<()>,
    /// Stop.
    pub on_stop: Callback<()>,
    /// Another size.
    pub on_size: Callback<i64>,
    /// Another seed.
    pub on_seed: Callback<u64>,
}

/// The run bar.
#[component]
pub fn RunBar(props: &RunBarProps) -> Html {
    let late = use_is_late(props.working.as_ref().map(|working| working.ticket));
    let click = |callback: &Callback<()>| callback.reform(|_: MouseEvent| ());
    let working = props.working.as_ref().filter(|_| late);
    let disabled = working.is_some().then_some("true");
    html! {
        <div class="runbar" role="group" aria-label="Run">
            <button type="button" class="btn go" aria-disabled={disabled} onclick={click(&props.on_traffic)}>
                <span aria-hidden="true">{ "▶" }</span>{ "Send production traffic" }<kbd>{ "Ctrl ⏎" }</kbd>
            </button>
            <button type="button" class="btn" aria-disabled={disabled} onclick={click(&props.on_one)}>
                { "Run one request" }
            </button>
            <button type="button" class="btn" aria-disabled={disabled} onclick={click(&props.on_prove)}>
                { &props.prove_label }
            </button>
            { sizes(props) }
            { seed(props) }
            <div class="working" role="status">
                if let Some(working) = working {
                    <span>{ &working.words }</span>
                    if let Some((done, of)) = working.done {
                        <progress value={done.to_string()} max={of.to_string()} aria-label={&working.words}></progress>
                    }
                    <button type="button" class="btn stop" onclick={click(&props.on_stop)}>{ "Stop" }</button>
                }
            </div>
        </div>
    }
}

/// Whether the run of that ticket has been under way for a while.
#[hook]
fn use_is_late(ticket: Option<u64>) -> bool {
    let late = use_state_eq(|| None::<u64>);
    {
        let late = late.clone();
        use_effect_with(ticket, move |ticket| {
            let timer = ticket.map(|ticket| Timeout::new(QUIET_MS, move || late.set(Some(ticket))));
            move || drop(timer)
        });
    }
    ticket.is_some() && *late == ticket
}

fn sizes(props: &RunBarProps) -> Html {
    let last = props.sizes.len().saturating_sub(1);
    html! {
        <span class="seg" role="radiogroup" aria-label={format!("Number of {}", props.noun)}>
            for (index, size) in props.sizes.iter().copied().enumerate() {
                <label>
                    <input type="radio" name="size" checked={size == props.size}
                        onchange={props.on_size.reform(move |_: Event| size)} />
                    { thousands(size.unsigned_abs()) }
                    if index == last { { " " }{ &props.noun } }
                </label>
            }
        </span>
    }
}

fn seed(props: &RunBarProps) -> Html {
    let onchange = props.on_seed.clone();
    let current = props.seed;
    let onchange = move |event: Event| {
        let input: HtmlInputElement = event.target_unchecked_into();
        match input.value().trim().parse() {
            Ok(seed) => onchange.emit(seed),
            Err(_) => input.set_value(&current.to_string()),
        }
    };
    html! {
        <small class="seed">
            <label>
                { "seed " }
                <input type="text" inputmode="numeric" autocomplete="off" size="4" value={props.seed.to_string()} {onchange} />
            </label>
            { " · same seed, same run" }
        </small>
    }
}
