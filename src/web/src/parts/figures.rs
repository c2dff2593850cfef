//! Four figures, the run before and the run.

use super::headline::tone_class;
use unhappy_view::{Figure, Tone};
use yew::prelude::*;

/// The figures.
pub fn figures_list(figures: &[Figure]) -> Html {
    let one = |figure: &Figure| {
        html! {
            <div>
                <dt>{ figure.label }</dt>
                <dd>
                    { figure.before.as_ref().map(|before| before_value(before, figure.tone)) }
                    <span class={tone_class(figure.tone)}>{ &figure.after }</span>
                    if let Some(note) = &figure.note { <small>{ note }</small> }
                </dd>
            </div>
        }
    };
    html! { <dl class="figures">{ figures.iter().map(one).collect::<Html>() }</dl> }
}

/// The value before is red where the value after is green.
fn before_value(before: &str, tone: Tone) -> Html {
    html! {
        <>
            <span class="visually-hidden">{ "before " }</span>
            <span class={(tone == Tone::Good).then_some("bad")}>{ before }</span>
            <span aria-hidden="true">{ " → " }</span>
            <span class="visually-hidden">{ ", after " }</span>
        </>
    }
}
