//! Latency percentiles, and how time is counted.

use super::pieces::{number_cell, numbers, table, words};
use unhappy_view::{HOW_TIME_IS_COUNTED, LatencyRow};
use yew::prelude::*;

/// The table of percentiles.
pub fn latency_table(rows: &[LatencyRow]) -> Html {
    let compared = rows.iter().any(|row| row.before.is_some());
    let mut columns = vec![words("Percentile")];
    if compared {
        columns.push(numbers("Before"));
    }
    columns.push(numbers(if compared { "After" } else { "Value" }));
    columns.push(words("Meaning"));
    let one = |row: &LatencyRow| {
        html! {
            <tr>
                <th scope="row">{ row.name }</th>
                { row.before.as_deref().map(number_cell) }
                { number_cell(&row.after) }
                <td><small>{ row.meaning }</small></td>
            </tr>
        }
    };
    let sentence = |sentence: &&'static str| html! { <li>{ *sentence }</li> };
    html! {
        <>
            { table("groups", "Latency, simulated", columns, rows.iter().map(one).collect()) }
            <details class="counted">
                <summary>{ "How time is counted" }</summary>
                <ul>{ HOW_TIME_IS_COUNTED.iter().map(sentence).collect::<Html>() }</ul>
            </details>
        </>
    }
}
