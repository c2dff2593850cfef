//! The data after a run.

use super::pieces::{empty, table, words};
use unhappy_trace::Value;
use unhappy_trace::text::{counted, thousands};
use unhappy_view::cell_text;
use unhappy_wire::TableContent;
use yew::prelude::*;

/// The tables of the database; none while they are on their way.
pub fn tables(tables: Option<&[TableContent]>, has_run: bool) -> Html {
    match tables {
        Some(tables) => tables.iter().map(one_table).collect(),
        None if has_run => empty("Reading the tables …"),
        None => empty("Run something first. Then the tables are shown as the run left them."),
    }
}

fn one_table(content: &TableContent) -> Html {
    let shown = content.rows.len() as u64;
    let size = counted(content.row_count, "row", "rows");
    let caption = if shown < content.row_count {
        format!("{} ({size}, the first {})", content.name, thousands(shown))
    } else {
        format!("{} ({size})", content.name)
    };
    let cell = |value: &Value| html! { <td>{ cell_text(value) }</td> };
    let row = |row: &Vec<Value>| html! { <tr>{ row.iter().map(cell).collect::<Html>() }</tr> };
    let columns = content.columns.iter().map(|name| words(name.clone())).collect();
    table("groups data", &caption, columns, content.rows.iter().map(row).collect())
}
