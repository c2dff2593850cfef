//! Statements by shape.

use super::markup::Markup;
use unhappy_trace::text::counted;
use unhappy_view::{Evidence, ShapeRow};
use yew::prelude::*;

/// The most rows that are shown.
const MOST_ROWS: usize = 40;

/// The table of statements by shape. `which` stands behind the title: ", before", ", after" or nothing.
pub fn shapes_table(evidence: &Evidence, which: &str) -> Html {
    let mut markup = Markup::default();
    let rows = &evidence.shapes;
    if rows.is_empty() {
        markup.add("<p class=\"empty\">No SQL statement{}.</p>", &[which]);
        return markup.finish();
    }
    let requests = counted(evidence.summary.requests, "request", "requests");
    let in_all = format!("#In {requests}");
    let titles = ["Per request", "Statement", &in_all, "#Rows", "#Time", "Plan"];
    markup.begin_table("groups", &format!("Statements by shape{which}"), &titles);
    for row in rows.iter().take(MOST_ROWS) {
        add_row(&mut markup, row);
    }
    markup.end_table();
    if rows.len() > MOST_ROWS {
        markup.add("<p class=\"empty\">And {} more shapes.</p>", &[&(rows.len() - MOST_ROWS).to_string()]);
    }
    markup.finish()
}

fn add_row(markup: &mut Markup, row: &ShapeRow) {
    let class = if row.repeated { "bad" } else { "" };
    markup.add("<tr class=\"{}\"><td>{}</td><td><code>{}</code>", &[class, &row.times, &row.statement]);
    for place in &row.places {
        markup.add("<br>", &[]);
        markup.link(place);
    }
    if let Some(refused) = &row.refused {
        markup.add("<br><small class=\"bad\">{}</small>", &[refused]);
    }
    markup.add(
        "</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td>",
        &[&row.in_all, &row.rows, &row.time],
    );
    for line in &row.plan {
        let indent = (line.depth * 2).to_string();
        markup.add(
            "<code class=\"plan\" style=\"padding-inline-start:{}ch\">{}</code>",
            &[&indent, &line.text],
        );
    }
    markup.add("</td></tr>", &[]);
}
