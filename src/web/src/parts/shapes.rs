//! Statements by shape.

use super::Same;
use super::link::LineLink;
use crate::state::Run;
use unhappy_trace::text::counted;
use unhappy_view::{PlaceLink, ShapeRow};
use yew::prelude::*;

/// The most rows that are shown.
const MOST_ROWS: usize = 40;

/// Props of [`Shapes`].
#[derive(Properties, PartialEq)]
pub struct ShapesProps {
    /// The run.
    pub run: Same<Run>,
    /// Behind the title: "before", "after" or nothing.
    pub which: &'static str,
    /// The learner follows a link to a line.
    pub on_jump: Callback<PlaceLink>,
}

/// The table of statements by shape.
#[component]
pub fn Shapes(props: &ShapesProps) -> Html {
    let rows = &props.run.evidence.shapes;
    let requests = counted(props.run.evidence.report.requests.len() as u64, "request", "requests");
    if rows.is_empty() {
        return html! { <p class="empty">{ format!("No SQL statement {}.", props.which) }</p> };
    }
    html! {
        <div class="scroll" tabindex="0" role="region" aria-label={format!("Statements by shape{}", props.which)}>
            <table class="groups">
                <caption>{ format!("Statements by shape{}", props.which) }</caption>
                <thead>
                    <tr>
                        <th scope="col">{ "Per request" }</th>
                        <th scope="col">{ "Statement" }</th>
                        <th scope="col" class="n">{ format!("In {requests}") }</th>
                        <th scope="col" class="n">{ "Rows" }</th>
                        <th scope="col" class="n">{ "Time" }</th>
                        <th scope="col">{ "Plan" }</th>
                    </tr>
                </thead>
                <tbody>
                    for row in rows.iter().take(MOST_ROWS) {
                        { shape_row(row, &props.on_jump) }
                    }
                </tbody>
            </table>
            if rows.len() > MOST_ROWS {
                <p class="empty">{ format!("And {} more shapes.", rows.len() - MOST_ROWS) }</p>
            }
        </div>
    }
}

fn shape_row(row: &ShapeRow, on_jump: &Callback<PlaceLink>) -> Html {
    html! {
        <tr class={row.repeated.then_some("bad")}>
            <td>{ &row.times }</td>
            <td>
                <code>{ &row.statement }</code>
                for place in row.places.iter() {
                    <br /><LineLink place={place.clone()} {on_jump} />
                }
                if let Some(refused) = &row.refused { <br /><small class="bad">{ refused }</small> }
            </td>
            <td class="n">{ &row.in_all }</td>
            <td class="n">{ &row.rows }</td>
            <td class="n">{ &row.time }</td>
            <td>
                for line in row.plan.iter() {
                    <code class="plan" style={format!("padding-inline-start:{}ch", line.depth * 2)}>{ &line.text }</code>
                }
            </td>
        </tr>
    }
}
