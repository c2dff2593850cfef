//! The page speaks of itself: recorded numbers, no engine, no storage.

use yew::prelude::*;

/// Props of [`Banner`].
#[derive(Properties, PartialEq)]
pub struct BannerProps {
    /// Sentences.
    pub text: AttrValue,
    /// Whether something failed.
    #[prop_or_default]
    pub bad: bool,
    /// What a button says; no button when empty.
    #[prop_or_default]
    pub action: AttrValue,
    /// The button was pressed.
    #[prop_or_default]
    pub on_action: Callback<()>,
}

/// A sentence about the page itself, with at most one button.
#[component]
pub fn Banner(props: &BannerProps) -> Html {
    let onclick = props.on_action.reform(|_: MouseEvent| ());
    html! {
        <div class={classes!("banner", props.bad.then_some("bad"))} role={if props.bad { "alert" } else { "status" }}>
            <span>{ &props.text }</span>
            if !props.action.is_empty() {
                <button type="button" class="btn" {onclick}>{ &props.action }</button>
            }
        </div>
    }
}
