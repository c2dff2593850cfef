//! What the code said, and what was said about it.

use super::pieces::{empty, line_link};
use unhappy_trace::Diagnostic;
use unhappy_trace::text::thousands;
use unhappy_view::{Output, PlaceLink, PrintedLine, RaisedGroup, Remark, SqlErrorGroup};
use yew::prelude::*;

/// Exceptions, refused statements and notes of a run.
pub fn mistakes(output: &Output, on_jump: &Callback<PlaceLink>) -> Html {
    let note = |note: &Remark| html! { <li>{ remark(note, on_jump) }</li> };
    html! {
        <>
            { output.raised.iter().map(|raised| raised_box(raised, on_jump)).collect::<Html>() }
            { output.sql_errors.iter().map(|error| sql_box(error, on_jump)).collect::<Html>() }
            if !output.notes.is_empty() {
                <ul class="remarks" aria-label="Notes">{ output.notes.iter().map(note).collect::<Html>() }</ul>
            }
        </>
    }
}

/// What the code printed.
pub fn printed(output: &Output, on_jump: &Callback<PlaceLink>) -> Html {
    if output.printed.is_empty() {
        return Html::default();
    }
    let line = |line: &PrintedLine| {
        html! {
            <li>
                <b>{ format!("request {}", line.request) }</b>
                { line.place.as_ref().map(|place| line_link(place, on_jump)) }
                <span>{ &line.text }</span>
            </li>
        }
    };
    html! {
        <section aria-label="Printed by the code">
            <h3>{ "Printed by the code" }</h3>
            <ol class="output" tabindex="0">{ output.printed.iter().map(line).collect::<Html>() }</ol>
            { output.printed_note.as_deref().map(empty) }
        </section>
    }
}

fn times(count: u64) -> Html {
    if count == 1 {
        return Html::default();
    }
    html! { <small>{ format!(" · {} times", thousands(count)) }</small> }
}

fn raised_box(raised: &RaisedGroup, on_jump: &Callback<PlaceLink>) -> Html {
    let frame = |(index, place): (usize, &PlaceLink)| {
        let before = if index == 0 { "Raised in " } else { ", called from " };
        html! { <>{ before }{ line_link(place, on_jump) }</> }
    };
    html! {
        <div class="error">
            <b>{ &raised.text }</b>{ times(raised.count) }
            if !raised.frames.is_empty() {
                <p>{ raised.frames.iter().rev().enumerate().map(frame).collect::<Html>() }</p>
            }
            if let Some(hint) = &raised.hint { <p>{ hint }</p> }
        </div>
    }
}

fn sql_box(error: &SqlErrorGroup, on_jump: &Callback<PlaceLink>) -> Html {
    html! {
        <div class="error">
            <b>{ &error.message }</b>{ times(error.count) }
            <pre><code>
                { &error.before }
                if !error.marked.is_empty() { <mark class="caret">{ &error.marked }</mark> }
                { &error.after }
            </code></pre>
            <p>
                <span class="code">{ format!("SQLSTATE {} ", error.sqlstate) }</span>
                { error.place.as_ref().map(|place| line_link(place, on_jump)) }
            </p>
        </div>
    }
}

fn remark(remark: &Remark, on_jump: &Callback<PlaceLink>) -> Html {
    html! {
        <>
            { &remark.text }{ times(remark.count) }{ " " }
            { remark.place.as_ref().map(|place| line_link(place, on_jump)) }
        </>
    }
}

/// Mistakes in the text as it is in the editor, each with its place.
pub fn diagnostics_list(diagnostics: &[Diagnostic], on_jump: &Callback<PlaceLink>) -> Html {
    if diagnostics.is_empty() {
        return Html::default();
    }
    let one = |found: &Diagnostic| {
        let place = PlaceLink { file: found.file.clone(), line: found.line };
        html! {
            <li>
                { line_link(&place, on_jump) }
                { format!(", column {}: {}.", found.column, found.message.trim_end_matches('.')) }
                if let Some(hint) = &found.hint { <br /><small>{ hint }</small> }
            </li>
        }
    };
    html! {
        <ul class="remarks diagnostics" role="status" aria-label="Mistakes in the code">
            { diagnostics.iter().map(one).collect::<Html>() }
        </ul>
    }
}
