//! One tick per statement of the first request, before above after.

use unhappy_trace::text::thousands;
use unhappy_view::{Tick, TickStrip};
use yew::prelude::*;

/// Props of [`Strips`].
#[derive(Properties, PartialEq)]
pub struct StripsProps {
    /// The run before.
    pub before: Option<TickStrip>,
    /// The run.
    pub after: TickStrip,
}

/// The strips.
#[component]
pub fn Strips(props: &StripsProps) -> Html {
    html! {
        <div class="strip" role="group" aria-label="Statements of one request">
            if let Some(before) = &props.before {
                { strip("Before", None, before) }
                { strip("After", Some("after"), &props.after) }
            } else {
                { strip("One request", None, &props.after) }
            }
        </div>
    }
}

fn strip(name: &'static str, class: Option<&'static str>, strip: &TickStrip) -> Html {
    html! {
        <>
            <span>{ name }</span>
            <span class={classes!("ticks", class)} role="img" aria-label={strip.label.clone()}>
                for tick in strip.ticks.iter() {
                    <i class={(*tick == Tick::Single).then_some("one")}></i>
                }
            </span>
            <span class="n" aria-hidden="true">{ thousands(strip.count) }</span>
            if let Some(note) = &strip.note { <small>{ note }</small> }
        </>
    }
}
