//! Statements by shape.

use super::pieces::{empty, line_link, number_cell, numbers, table, words};
use unhappy_trace::text::counted;
use unhappy_view::{Evidence, PlaceLink, PlanLine, ShapeRow};
use yew::prelude::*;

/// The most rows that are shown.
const MOST_ROWS: usize = 40;

/// The table of statements by shape. `which` stands behind the title: ", before", ", after" or nothing.
pub fn shapes_table(evidence: &Evidence, which: &str, on_jump: &Callback<PlaceLink>) -> Html {
    let rows = &evidence.shapes;
    if rows.is_empty() {
        return empty(&format!("No SQL statement{which}."));
    }
    let requests = counted(evidence.report.requests.len() as u64, "request", "requests");
    let columns = vec![
        words("Per request"),
        words("Statement"),
        numbers(format!("In {requests}")),
        numbers("Rows"),
        numbers("Time"),
        words("Plan"),
    ];
    let body = rows.iter().take(MOST_ROWS).map(|row| shape_row(row, on_jump)).collect();
    let more = rows.len().saturating_sub(MOST_ROWS);
    html! {
        <>
            { table("groups", &format!("Statements by shape{which}"), columns, body) }
            if more > 0 { { empty(&format!("And {more} more shapes.")) } }
        </>
    }
}

fn shape_row(row: &ShapeRow, on_jump: &Callback<PlaceLink>) -> Html {
    let plan = |line: &PlanLine| {
        let indent = format!("padding-inline-start:{}ch", line.depth * 2);
        html! { <code class="plan" style={indent}>{ &line.text }</code> }
    };
    let place = |place: &PlaceLink| html! { <><br />{ line_link(place, on_jump) }</> };
    html! {
        <tr class={row.repeated.then_some("bad")}>
            <td>{ &row.times }</td>
            <td>
                <code>{ &row.statement }</code>
                { row.places.iter().map(place).collect::<Html>() }
                if let Some(refused) = &row.refused { <br /><small class="bad">{ refused }</small> }
            </td>
            { number_cell(&row.in_all) }
            { number_cell(&row.rows) }
            { number_cell(&row.time) }
            <td>{ row.plan.iter().map(plan).collect::<Html>() }</td>
        </tr>
    }
}
