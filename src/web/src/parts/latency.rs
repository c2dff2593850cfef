//! Latency percentiles, and how time is counted.

use unhappy_view::{HOW_TIME_IS_COUNTED, LatencyRow};
use yew::prelude::*;

/// Props of [`Latency`].
#[derive(Properties, PartialEq)]
pub struct LatencyProps {
    /// The rows.
    pub rows: Vec<LatencyRow>,
}

/// The table of percentiles.
#[component]
pub fn Latency(props: &LatencyProps) -> Html {
    let compared = props.rows.iter().any(|row| row.before.is_some());
    html! {
        <>
            <table class="groups">
                <caption>{ "Latency, simulated" }</caption>
                <thead>
                    <tr>
                        <th scope="col">{ "Percentile" }</th>
                        if compared { <th scope="col" class="n">{ "Before" }</th> }
                        <th scope="col" class="n">{ if compared { "After" } else { "Value" } }</th>
                        <th scope="col">{ "Meaning" }</th>
                    </tr>
                </thead>
                <tbody>
                    for row in props.rows.iter() {
                        <tr>
                            <th scope="row">{ row.name }</th>
                            if compared { <td class="n">{ row.before.clone().unwrap_or_default() }</td> }
                            <td class="n">{ &row.after }</td>
                            <td><small>{ row.meaning }</small></td>
                        </tr>
                    }
                </tbody>
            </table>
            <details class="counted">
                <summary>{ "How time is counted" }</summary>
                <ul>
                    for sentence in HOW_TIME_IS_COUNTED {
                        <li>{ sentence }</li>
                    }
                </ul>
            </details>
        </>
    }
}
