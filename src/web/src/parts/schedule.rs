//! The schedule of a run: a table whose rows lead to lines of code, and what it shows in sentences.
//!
//! The roles stand in the markup because on a narrow column the rows are laid out as grids, which takes a table's
//! own roles away.

use super::markup::Markup;
use unhappy_view::{PlaceLink, Row, RowKind, Schedule};
use yew::prelude::*;

/// From how many steps of other requests on a row says so; fewer are seen by the numbers.
const GAP: u32 = 5;
/// Classes of the colours of columns.
const TINTS: [&str; 3] = ["a", "b", "o"];

/// The schedule. Rows of the line `chosen` are marked.
pub fn schedule_table(schedule: &Schedule, chosen: Option<&PlaceLink>) -> Html {
    let mut markup = Markup::default();
    for insight in &schedule.insights {
        markup.add("<section class=\"insight\"><h3>{}</h3><ul class=\"remarks\">", &[&insight.title]);
        for line in &insight.lines {
            markup.add("<li>{}</li>", &[line]);
        }
        markup.add("</ul></section>", &[]);
    }
    if schedule.rows.is_empty() {
        markup.add("<p class=\"empty\">No step was taken in this run.</p>", &[]);
        return markup.finish();
    }
    add_head(&mut markup, schedule);
    for row in &schedule.rows {
        add_row(&mut markup, schedule, row, chosen);
    }
    markup.add("</tbody></table></div>", &[]);
    if let Some(note) = &schedule.note {
        markup.add("<p class=\"empty\">{}</p>", &[note]);
    }
    markup.finish()
}

fn add_head(markup: &mut Markup, schedule: &Schedule) {
    let width = (schedule.columns.len() * 150 + 230).to_string();
    markup.add(
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Schedule\"><table class=\"sched\" role=\"table\" style=\"min-inline-size:{}px\">\
         <caption class=\"visually-hidden\">Schedule: one row for each step, from the first to the last</caption>\
         <thead role=\"rowgroup\"><tr role=\"row\"><th role=\"columnheader\" scope=\"col\" class=\"t\">Step</th>",
        &[&width],
    );
    for column in &schedule.columns {
        let tint = TINTS[usize::from(column.tint.min(2))];
        markup.add("<th role=\"columnheader\" scope=\"col\" class=\"h{}\">{}", &[tint, &column.title]);
        if let Some(detail) = &column.detail {
            markup.add(" <small>{}</small>", &[detail]);
        }
        markup.add("</th>", &[]);
    }
    let side = schedule.side_title.as_deref().unwrap_or("Promises");
    markup.add(
        "<th role=\"columnheader\" scope=\"col\" class=\"w\">{}</th></tr></thead><tbody role=\"rowgroup\">",
        &[side],
    );
}

fn add_row(markup: &mut Markup, schedule: &Schedule, row: &Row, chosen: Option<&PlaceLink>) {
    let count = (schedule.columns.len() + 2).to_string();
    if row.skipped >= GAP {
        let steps = unhappy_trace::text::counted(u64::from(row.skipped), "step", "steps");
        markup.add(
            "<tr role=\"row\" class=\"gap\"><td role=\"cell\" colspan=\"{}\">… {} of other requests</td></tr>",
            &[&count, &steps],
        );
    }
    let is_chosen = row.place.is_some() && row.place.as_ref() == chosen;
    let broke = if row.broke.is_empty() { "" } else { " broke" };
    let class = format!("{}{broke}", if is_chosen { "on" } else { "" });
    let tint =
        row.column.and_then(|column| schedule.columns.get(column as usize)).map_or(2, |column| column.tint);
    add_begin(markup, row, class.trim_start(), tint.min(2));
    if row.column.is_none() {
        let count = schedule.columns.len().to_string();
        markup.add("<td role=\"cell\" colspan=\"{}\" class=\"all\">", &[&count]);
        add_cell(markup, row, 2);
        markup.add("</td>", &[]);
    } else {
        for (index, column) in (0..).zip(&schedule.columns) {
            if row.column == Some(index) {
                markup.add("<td role=\"cell\" data-name=\"{}\">", &[&column.name]);
                add_cell(markup, row, column.tint);
                markup.add("</td>", &[]);
            } else if row.waiting.contains(&index) {
                markup.add(
                    "<td role=\"cell\" class=\"still\"><span class=\"visually-hidden\">still waits</span></td>",
                    &[],
                );
            } else {
                markup.add("<td role=\"cell\"></td>", &[]);
            }
        }
    }
    add_side(markup, row);
}

/// The row's beginning: its number is a button that leads to the line; so does a click anywhere on the row.
fn add_begin(markup: &mut Markup, row: &Row, class: &str, tint: u8) {
    let step = row.step.map(|step| step.to_string()).unwrap_or_default();
    match &row.place {
        Some(place) => {
            let (line, tint) = (place.line.to_string(), tint.to_string());
            markup.add(
                "<tr role=\"row\" class=\"{}\" data-file=\"{}\" data-line=\"{}\" data-tint=\"{}\"><th role=\"rowheader\" \
                 scope=\"row\" class=\"t\"><button type=\"button\" aria-label=\"Step {}: {}\">{}</button>",
                &[class, &place.file, &line, &tint, &step, &place.label(), &step],
            );
        }
        None => markup.add(
            "<tr role=\"row\" class=\"{}\"><th role=\"rowheader\" scope=\"row\" class=\"t\">{}",
            &[class, &step],
        ),
    }
    if let Some(at) = &row.at {
        markup.add("<small>{}</small>", &[at]);
    }
    markup.add("</th>", &[]);
}

fn add_cell(markup: &mut Markup, row: &Row, tint: u8) {
    let (kind, sign) = match row.kind {
        RowKind::Step => ("", ""),
        RowKind::Waits => (" waits", ""),
        RowKind::Failed => (" failed", "✗ "),
        RowKind::Fault => (" fault", "✗ "),
    };
    markup.add("<span class=\"cell {}{}\">{}{}", &[TINTS[usize::from(tint.min(2))], kind, sign, &row.text]);
    for line in &row.small {
        markup.add("<small>{}</small>", &[line]);
    }
    markup.add("</span>", &[]);
}

fn add_side(markup: &mut Markup, row: &Row) {
    markup.add("<td role=\"cell\" class=\"w\">", &[]);
    for (index, broke) in row.broke.iter().enumerate() {
        let template = if index == 0 { "<b>✗ {}</b>" } else { "<small>{}</small>" };
        markup.add(template, &[broke]);
    }
    for value in &row.side {
        let template = if value.is_new { "<span class=\"new\">{}</span>" } else { "<span>{}</span>" };
        markup.add(template, &[&value.text]);
    }
    markup.add("</td></tr>", &[]);
}
