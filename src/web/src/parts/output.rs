//! What the code said, and what was said about it.

use super::Same;
use super::link::LineLink;
use crate::state::Run;
use unhappy_trace::Diagnostic;
use unhappy_trace::text::thousands;
use unhappy_view::{Output, PlaceLink, RaisedGroup, Remark, SqlErrorGroup};
use yew::prelude::*;

/// Props of [`Mistakes`] and [`Printed`].
#[derive(Properties, PartialEq)]
pub struct OutputProps {
    /// The run.
    pub run: Same<Run>,
    /// The learner follows a link to a line.
    pub on_jump: Callback<PlaceLink>,
}

/// Exceptions, refused statements, limits and notes of a run.
#[component]
pub fn Mistakes(props: &OutputProps) -> Html {
    let OutputProps { run, on_jump } = props;
    let output: &Output = &run.evidence.output;
    html! {
        <>
            for raised in output.raised.iter() { { raised_box(raised, on_jump) } }
            for error in output.sql_errors.iter() { { sql_box(error, on_jump) } }
            if !output.notes.is_empty() {
                <ul class="remarks" aria-label="Notes">
                    for note in output.notes.iter() { <li>{ remark(note, on_jump) }</li> }
                </ul>
            }
        </>
    }
}

/// What the code printed.
#[component]
pub fn Printed(props: &OutputProps) -> Html {
    let OutputProps { run, on_jump } = props;
    let output: &Output = &run.evidence.output;
    if output.printed.is_empty() {
        return Html::default();
    }
    html! {
        <section aria-label="Printed">
            <h3>{ "Printed by the code" }</h3>
            <ol class="output">
                for line in output.printed.iter() {
                    <li>
                        <b>{ format!("request {}", line.request) }</b>
                        if let Some(place) = &line.place { <LineLink place={place.clone()} {on_jump} /> }
                        <span>{ &line.text }</span>
                    </li>
                }
            </ol>
            if let Some(note) = &output.printed_note { <p class="empty">{ note }</p> }
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
    html! {
        <div class="error">
            <b>{ &raised.text }</b>{ times(raised.count) }
            if !raised.frames.is_empty() {
                <p>
                    { "Raised in " }
                    for (index, place) in raised.frames.iter().rev().enumerate() {
                        if index > 0 { { ", called from " } }
                        <LineLink place={place.clone()} {on_jump} />
                    }
                </p>
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
                <span class="code">{ format!("SQLSTATE {}", error.sqlstate) }</span>
                if let Some(place) = &error.place { { " · " }<LineLink place={place.clone()} {on_jump} /> }
            </p>
        </div>
    }
}

fn remark(remark: &Remark, on_jump: &Callback<PlaceLink>) -> Html {
    html! {
        <>
            { &remark.text }{ times(remark.count) }
            if let Some(place) = &remark.place { { " " }<LineLink place={place.clone()} {on_jump} /> }
        </>
    }
}

/// Props of [`Diagnostics`].
#[derive(Properties, PartialEq)]
pub struct DiagnosticsProps {
    /// Mistakes in the text as it is in the editor.
    pub diagnostics: Vec<Diagnostic>,
    /// The learner follows a link to a line.
    pub on_jump: Callback<PlaceLink>,
}

/// Mistakes in the text, each with its place.
#[component]
pub fn Diagnostics(props: &DiagnosticsProps) -> Html {
    if props.diagnostics.is_empty() {
        return Html::default();
    }
    html! {
        <ul class="remarks diagnostics" role="status" aria-label="Mistakes in the code">
            for found in props.diagnostics.iter() {
                <li>
                    <LineLink place={PlaceLink { file: found.file.clone(), line: found.line }} on_jump={&props.on_jump} />
                    { format!(", column {}: {}.", found.column, found.message.trim_end_matches('.')) }
                    if let Some(hint) = &found.hint { <br /><small>{ hint }</small> }
                </li>
            }
        </ul>
    }
}
