//! One tick per statement of the first request, before above after.

use super::markup::Markup;
use unhappy_trace::text::thousands;
use unhappy_view::{Tick, TickStrip};
use yew::prelude::*;

/// The strips.
pub fn strips(before: Option<&TickStrip>, after: &TickStrip) -> Html {
    let mut markup = Markup::default();
    markup.add("<div class=\"strip\" role=\"group\" aria-label=\"Statements of one request\">", &[]);
    match before {
        Some(before) => {
            add_strip(&mut markup, "Before", "ticks", before);
            add_strip(&mut markup, "After", "ticks after", after);
        }
        None => add_strip(&mut markup, "One request", "ticks", after),
    }
    markup.add("</div>", &[]);
    markup.finish()
}

fn add_strip(markup: &mut Markup, name: &str, class: &str, strip: &TickStrip) {
    markup.add(
        "<span>{}</span><span class=\"{}\" role=\"img\" aria-label=\"{}\">",
        &[name, class, &strip.label],
    );
    for tick in &strip.ticks {
        markup.add(if *tick == Tick::Single { "<i class=\"one\"></i>" } else { "<i></i>" }, &[]);
    }
    markup.add("</span><span class=\"n\" aria-hidden=\"true\">{}</span>", &[&thousands(strip.count)]);
    if let Some(note) = &strip.note {
        markup.add("<small>{}</small>", &[note]);
    }
}
