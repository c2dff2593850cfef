//! A link to a line of a file: a button that moves the editor.

use unhappy_view::PlaceLink;
use yew::prelude::*;

/// Props of [`LineLink`].
#[derive(Properties, PartialEq)]
pub struct LineLinkProps {
    /// Where it leads.
    pub place: PlaceLink,
    /// The learner followed it.
    pub on_jump: Callback<PlaceLink>,
}

/// A link to a line of a file.
#[component]
pub fn LineLink(props: &LineLinkProps) -> Html {
    let LineLinkProps { place, on_jump } = props;
    let target = place.clone();
    let onclick = on_jump.reform(move |_: MouseEvent| target.clone());
    html! { <button type="button" class="link" {onclick}>{ place.label() }</button> }
}
