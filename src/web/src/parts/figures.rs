//! Four figures, the run before and the run.

use super::headline::tone_class;
use super::markup::Markup;
use unhappy_view::{Figure, Tone};
use yew::prelude::*;

/// The figures.
pub fn figures_list(figures: &[Figure]) -> Html {
    let mut markup = Markup::default();
    markup.add("<dl class=\"figures\">", &[]);
    for figure in figures {
        markup.add("<div><dt>{}</dt><dd>", &[figure.label]);
        if let Some(before) = &figure.before {
            // The value before is red where the value after is green.
            let class = if figure.tone == Tone::Good { "bad" } else { "" };
            markup.add(
                "<span class=\"visually-hidden\">before </span><span class=\"{}\">{}</span>\
                 <span aria-hidden=\"true\"> → </span><span class=\"visually-hidden\">, after </span>",
                &[class, before],
            );
        }
        markup.add("<span class=\"{}\">{}</span>", &[tone_class(figure.tone), &figure.after]);
        if let Some(note) = &figure.note {
            markup.add("<small>{}</small>", &[note]);
        }
        markup.add("</dd></div>", &[]);
    }
    markup.add("</dl>", &[]);
    markup.finish()
}
