//! The sentence above all evidence.

use unhappy_view::{Headline, Tone};
use yew::prelude::*;

/// Props of [`HeadlineBox`].
#[derive(Properties, PartialEq)]
pub struct HeadlineBoxProps {
    /// What it says.
    pub headline: Headline,
    /// What is compared: "run 3, your code, compared with the lesson's code".
    pub about: AttrValue,
}

/// Returns the class that colours a tone; empty for neither.
pub fn tone_class(tone: Tone) -> Option<&'static str> {
    match tone {
        Tone::Plain => None,
        Tone::Good => Some("good"),
        Tone::Bad => Some("bad"),
    }
}

/// The verdict sentence, announced to screen readers.
#[component]
pub fn HeadlineBox(props: &HeadlineBoxProps) -> Html {
    let HeadlineBoxProps { headline, about } = props;
    html! {
        <div class={classes!("verdict", tone_class(headline.tone))} role="status">
            <h2>{ &headline.headline }</h2>
            <span>{ &headline.detail }</span>
            if !about.is_empty() { <p><small class="about">{ about }</small></p> }
        </div>
    }
}
