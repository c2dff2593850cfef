//! Latency percentiles, and how time is counted.

use super::markup::Markup;
use unhappy_view::{HOW_TIME_IS_COUNTED, LatencyRow};
use yew::prelude::*;

/// The table of percentiles.
pub fn latency_table(rows: &[LatencyRow]) -> Html {
    let mut markup = Markup::default();
    let compared = rows.iter().any(|row| row.before.is_some());
    let titles: &[&str] = match compared {
        true => &["Percentile", "#Before", "#After", "Meaning"],
        false => &["Percentile", "#Value", "Meaning"],
    };
    markup.begin_table("groups", "Latency, simulated", titles);
    for row in rows {
        markup.add("<tr><th scope=\"row\">{}</th>", &[row.name]);
        if let Some(before) = &row.before {
            markup.add("<td class=\"n\">{}</td>", &[before]);
        }
        markup.add("<td class=\"n\">{}</td><td><small>{}</small></td></tr>", &[&row.after, row.meaning]);
    }
    markup.end_table();
    markup.finish()
}

/// How time is counted, to be opened.
pub fn how_time_is_counted() -> Html {
    let mut markup = Markup::default();
    markup.add("<details class=\"counted\"><summary>How time is counted</summary><ul>", &[]);
    for sentence in HOW_TIME_IS_COUNTED {
        markup.add("<li>{}</li>", &[sentence]);
    }
    markup.add("</ul></details>", &[]);
    markup.finish()
}
