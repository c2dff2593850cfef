//! One tick per statement of the first request, before above after.

use unhappy_trace::text::thousands;
use unhappy_view::{Tick, TickStrip};
use yew::prelude::*;

/// The strips.
pub fn strips(before: Option<&TickStrip>, after: &TickStrip) -> Html {
    html! {
        <div class="strip" role="group" aria-label="Statements of one request">
            if let Some(before) = before {
                { strip("Before", "ticks", before) }
                { strip("After", "ticks after", after) }
            } else {
                { strip("One request", "ticks", after) }
            }
        </div>
    }
}

fn strip(name: &'static str, class: &'static str, strip: &TickStrip) -> Html {
    // A strip has up to 200 ticks and never changes a tick: as one piece of HTML it costs one node to compare.
    let ticks: String = strip
        .ticks
        .iter()
        .map(|tick| if *tick == Tick::Single { "<i class=\"one\"></i>" } else { "<i></i>" })
        .collect();
    html! {
        <>
            <span>{ name }</span>
            <span {class} role="img" aria-label={strip.label.clone()}>
                { Html::from_html_unchecked(AttrValue::from(ticks)) }
            </span>
            <span class="n" aria-hidden="true">{ thousands(strip.count) }</span>
            if let Some(note) = &strip.note { <small>{ note }</small> }
        </>
    }
}
