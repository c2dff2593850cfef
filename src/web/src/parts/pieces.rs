//! Small pieces that occur everywhere: buttons, banners, sentences in place of something.

use crate::state::Action;
use yew::prelude::*;

/// Returns what a click on something reports. Plain functions, so that all of these share their code.
pub fn on_click(act: &Callback<Action>, make: fn() -> Action) -> Callback<MouseEvent> {
    act.reform(move |_| make())
}

/// Returns what a click on the something of that number reports.
pub fn on_click_number(act: &Callback<Action>, number: u32, make: fn(u32) -> Action) -> Callback<MouseEvent> {
    act.reform(move |_| make(number))
}

/// A button.
pub fn button(class: &'static str, label: impl Into<AttrValue>, onclick: Callback<MouseEvent>) -> Html {
    let label: AttrValue = label.into();
    html! { <button type="button" {class} {onclick}>{ label }</button> }
}

/// A button whose label alone does not say what it does, or that stays pressed.
pub fn named_button(
    class: &'static str,
    label: &'static str,
    name: String,
    pressed: Option<bool>,
    onclick: Callback<MouseEvent>,
) -> Html {
    let pressed = pressed.map(|pressed| if pressed { "true" } else { "false" });
    html! {
        <button type="button" {class} aria-label={name} aria-pressed={pressed} {onclick}>{ label }</button>
    }
}

/// The page speaks of itself, with at most one button.
pub fn banner(text: &str, bad: bool, action: Option<(&'static str, Callback<MouseEvent>)>) -> Html {
    let (class, role) = if bad { ("banner bad", "alert") } else { ("banner", "status") };
    html! {
        <div {class} {role}>
            <span>{ text }</span>
            { action.map(|(label, onclick)| button("btn", label, onclick)) }
        </div>
    }
}

/// A sentence in place of something that is not there.
pub fn empty(text: &str) -> Html {
    html! { <p class="empty">{ text }</p> }
}
