//! The data after a run.

use super::Same;
use unhappy_trace::text::{counted, thousands};
use unhappy_view::cell_text;
use unhappy_wire::TableContent;
use yew::prelude::*;

/// Props of [`Tables`].
#[derive(Properties, PartialEq)]
pub struct TablesProps {
    /// The tables; none while they are on their way.
    pub tables: Option<Same<[TableContent]>>,
    /// Whether the engine can be asked for them.
    pub engine_is_there: bool,
}

/// The tables of the database.
#[component]
pub fn Tables(props: &TablesProps) -> Html {
    let Some(tables) = &props.tables else {
        let words = if props.engine_is_there { "Reading the tables …" } else { "Run something first." };
        return html! { <p class="empty" role="status">{ words }</p> };
    };
    html! { <>for table in tables.iter() { { one_table(table) } }</> }
}

fn one_table(table: &TableContent) -> Html {
    let shown = table.rows.len() as u64;
    let size = counted(table.row_count, "row", "rows");
    let size = match shown < table.row_count {
        true => format!("{size}, the first {}", thousands(shown)),
        false => size,
    };
    html! {
        <div class="scroll" tabindex="0" role="region" aria-label={format!("Table {}", table.name)}>
            <table class="groups data">
                <caption>{ format!("{} ({size})", table.name) }</caption>
                <thead>
                    <tr>for column in table.columns.iter() { <th scope="col">{ column }</th> }</tr>
                </thead>
                <tbody>
                    for row in table.rows.iter() {
                        <tr>for value in row.iter() { <td>{ cell_text(value) }</td> }</tr>
                    }
                </tbody>
            </table>
        </div>
    }
}
