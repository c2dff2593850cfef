//! Small pieces that occur everywhere: buttons, links to lines, banners, tables.

use unhappy_view::PlaceLink;
use yew::prelude::*;

/// A button.
pub fn button(class: &'static str, label: impl Into<AttrValue>, onclick: Callback<MouseEvent>) -> Html {
    let label: AttrValue = label.into();
    html! { <button type="button" {class} {onclick}>{ label }</button> }
}

/// A button whose label alone does not say what it does, or that stays pressed.
pub fn named_button(
    class: &'static str,
    label: impl Into<AttrValue>,
    name: String,
    pressed: Option<bool>,
    onclick: Callback<MouseEvent>,
) -> Html {
    let label: AttrValue = label.into();
    let pressed = pressed.map(|pressed| if pressed { "true" } else { "false" });
    html! {
        <button type="button" {class} aria-label={name} aria-pressed={pressed} {onclick}>{ label }</button>
    }
}

/// A link to a line of a file: a button that moves the editor.
pub fn line_link(place: &PlaceLink, on_jump: &Callback<PlaceLink>) -> Html {
    let target = place.clone();
    button("link", place.label(), on_jump.reform(move |_: MouseEvent| target.clone()))
}

/// The page speaks of itself, with at most one button.
pub fn banner(text: &str, bad: bool, action: Option<(&'static str, Callback<MouseEvent>)>) -> Html {
    let (class, role) = if bad { ("banner bad", "alert") } else { ("banner", "status") };
    html! {
        <div {class} {role}>
            <span>{ text }</span>
            { action.map(|(label, onclick)| button("btn", label, onclick)) }
        </div>
    }
}

/// A column of a table.
pub struct Column {
    /// Its title.
    pub title: AttrValue,
    /// Whether it holds numbers.
    pub numbers: bool,
}

/// Returns a column of words.
pub fn words(title: impl Into<AttrValue>) -> Column {
    Column { title: title.into(), numbers: false }
}

/// Returns a column of numbers.
pub fn numbers(title: impl Into<AttrValue>) -> Column {
    Column { title: title.into(), numbers: true }
}

/// A table with its caption, in a box that scrolls when it is wider than the column.
pub fn table(class: &'static str, caption: &str, columns: Vec<Column>, rows: Html) -> Html {
    let head =
        |column: Column| html! { <th scope="col" class={number_class(column.numbers)}>{ column.title }</th> };
    html! {
        <div class="scroll" tabindex="0" role="region" aria-label={caption.to_owned()}>
            <table {class}>
                <caption>{ caption }</caption>
                <thead><tr>{ columns.into_iter().map(head).collect::<Html>() }</tr></thead>
                <tbody>{ rows }</tbody>
            </table>
        </div>
    }
}

/// A cell with a number.
pub fn number_cell(text: &str) -> Html {
    html! { <td class="n">{ text }</td> }
}

fn number_class(numbers: bool) -> Option<&'static str> {
    numbers.then_some("n")
}

/// A sentence in place of something that is not there.
pub fn empty(text: &str) -> Html {
    html! { <p class="empty">{ text }</p> }
}
