//! The data after a run.

use super::markup::Markup;
use super::pieces::empty;
use unhappy_trace::text::{counted, thousands};
use unhappy_view::cell_text;
use unhappy_wire::TableContent;
use yew::prelude::*;

/// The tables of the database; none while they are on their way.
pub fn tables(tables: Option<&[TableContent]>, has_run: bool) -> Html {
    let Some(tables) = tables else {
        return empty(match has_run {
            true => "Reading the tables …",
            false => "Run something first. Then the tables are shown as the run left them.",
        });
    };
    let mut markup = Markup::default();
    for content in tables {
        add_table(&mut markup, content);
    }
    markup.finish()
}

fn add_table(markup: &mut Markup, content: &TableContent) {
    let shown = content.rows.len() as u64;
    let size = counted(content.row_count, "row", "rows");
    let caption = if shown < content.row_count {
        format!("{} ({size}, the first {})", content.name, thousands(shown))
    } else {
        format!("{} ({size})", content.name)
    };
    let titles: Vec<&str> = content.columns.iter().map(String::as_str).collect();
    markup.begin_table("groups data", &caption, &titles);
    for row in &content.rows {
        markup.add("<tr>", &[]);
        for value in row {
            markup.add("<td>{}</td>", &[&cell_text(value)]);
        }
        markup.add("</tr>", &[]);
    }
    markup.end_table();
}
