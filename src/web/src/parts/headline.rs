//! The sentence above all evidence.

use unhappy_view::{Headline, Tone};
use yew::prelude::*;

/// Returns the class that colours a tone; empty for neither.
pub fn tone_class(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain => "",
        Tone::Good => "good",
        Tone::Bad => "bad",
    }
}

/// The verdict sentence, announced to screen readers. `about` says what is compared with what.
pub fn headline_box(headline: &Headline, about: &str) -> Html {
    html! {
        <div class={format!("verdict {}", tone_class(headline.tone))} role="status">
            <h2>{ &headline.headline }</h2>
            <span>{ &headline.detail }</span>
            if !about.is_empty() {
                <p><small class="about">{ about }</small></p>
            }
        </div>
    }
}
