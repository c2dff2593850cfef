//! Four figures, the run before struck out.

use super::headline::tone_class;
use unhappy_view::{Figure, Tone};
use yew::prelude::*;

/// Props of [`Figures`].
#[derive(Properties, PartialEq)]
pub struct FiguresProps {
    /// The figures.
    pub figures: Vec<Figure>,
}

/// The figures.
#[component]
pub fn Figures(props: &FiguresProps) -> Html {
    html! {
        <dl class="figures">
            for figure in props.figures.iter() {
                <div>
                    <dt>{ figure.label }</dt>
                    <dd>
                        { value(figure) }
                        if let Some(note) = &figure.note { <small>{ note }</small> }
                    </dd>
                </div>
            }
        </dl>
    }
}

fn value(figure: &Figure) -> Html {
    let Some(before) = &figure.before else {
        return html! { <span class={classes!(tone_class(figure.tone))}>{ &figure.after }</span> };
    };
    html! {
        <>
            <span class="visually-hidden">{ "before " }</span>
            <span class={(figure.tone == Tone::Good).then_some("bad")}>{ before }</span>
            <span aria-hidden="true">{ " → " }</span>
            <span class="visually-hidden">{ ", after " }</span>
            <span class={classes!(tone_class(figure.tone))}>{ &figure.after }</span>
        </>
    }
}
