//! "You are the scheduler": what the engine wrote, and the keys that press its buttons.

use super::pieces::{button, on_click};
use crate::browser::view;
use crate::state::{Action, Hand};
use wasm_bindgen::JsCast;
use web_sys::Element;
use yew::prelude::*;

/// The run that the learner schedules by hand.
pub fn by_hand(hand: &Hand, act: &Callback<Action>) -> Html {
    let class = if hand.shown.is_broken { "verdict bad" } else { "verdict" };
    html! {
        <section class="hand" tabindex="-1" aria-label="You are the scheduler" onkeydown={Callback::from(press)}>
            <h2>{ "You are the scheduler" }{ button("btn quiet", "Close", on_click(act, || Action::LeaveHand)) }</h2>
            <p {class} role="status">{ &hand.shown.said }</p>
            { Html::from_html_unchecked(AttrValue::from(hand.shown.html.clone())) }
        </section>
    }
}

/// A key presses the button that names it, but not while a schedule is being typed.
fn press(event: KeyboardEvent) {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    if target.is_none_or(|target| target.tag_name() == "TEXTAREA") || event.alt_key() {
        return;
    }
    let key = event.key().to_ascii_lowercase();
    let key = match (event.ctrl_key() || event.meta_key(), key.as_str()) {
        (true, "z") if event.shift_key() => "redo",
        (true, "z") => "undo",
        (false, key) if key.len() == 1 && key.as_bytes()[0].is_ascii_alphanumeric() => key,
        _ => return,
    };
    event.prevent_default();
    view::press(&format!(".hand [data-key=\"{key}\"]"));
}
