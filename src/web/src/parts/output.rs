//! What the code said, and what was said about it.

use super::markup::Markup;
use unhappy_trace::Diagnostic;
use unhappy_trace::text::thousands;
use unhappy_view::{Output, PlaceLink, RaisedGroup, SqlErrorGroup};
use yew::prelude::*;

/// Where a limit ended the run; exceptions, refused statements and notes.
pub fn mistakes(output: &Output) -> Html {
    let mut markup = Markup::default();
    if let Some(place) = output.limit.as_ref().and_then(|limit| limit.place.as_ref()) {
        markup.add("<p class=\"note bad\">Stopped at ", &[]);
        markup.link(place);
        markup.add(".</p>", &[]);
    }
    for raised in &output.raised {
        add_raised(&mut markup, raised);
    }
    for error in &output.sql_errors {
        add_sql_error(&mut markup, error);
    }
    if !output.notes.is_empty() {
        markup.add("<ul class=\"remarks\" aria-label=\"Notes\">", &[]);
        for note in &output.notes {
            markup.add("<li>{}", &[&note.text]);
            add_times(&mut markup, note.count);
            markup.add(" ", &[]);
            add_link(&mut markup, note.place.as_ref());
            markup.add("</li>", &[]);
        }
        markup.add("</ul>", &[]);
    }
    markup.finish()
}

/// What the code printed.
pub fn printed(output: &Output) -> Html {
    let mut markup = Markup::default();
    if output.printed.is_empty() {
        return Html::default();
    }
    markup.add(
        "<section aria-label=\"Printed by the code\"><h3>Printed by the code</h3><ol class=\"output\" tabindex=\"0\">",
        &[],
    );
    for line in &output.printed {
        markup.add("<li><b>request {}</b>", &[&line.request]);
        add_link(&mut markup, line.place.as_ref());
        markup.add("<span>{}</span></li>", &[&line.text]);
    }
    markup.add("</ol>", &[]);
    if let Some(note) = &output.printed_note {
        markup.add("<p class=\"empty\">{}</p>", &[note]);
    }
    markup.add("</section>", &[]);
    markup.finish()
}

fn add_times(markup: &mut Markup, count: u64) {
    if count > 1 {
        markup.add("<small> · {} times</small>", &[&thousands(count)]);
    }
}

fn add_link(markup: &mut Markup, place: Option<&PlaceLink>) {
    if let Some(place) = place {
        markup.link(place);
    }
}

fn add_raised(markup: &mut Markup, raised: &RaisedGroup) {
    markup.add("<div class=\"error\"><b>{}</b>", &[&raised.text]);
    add_times(markup, raised.count);
    for (index, place) in raised.frames.iter().rev().enumerate() {
        markup.add(if index == 0 { "<p>Raised in " } else { ", called from " }, &[]);
        markup.link(place);
    }
    if !raised.frames.is_empty() {
        markup.add("</p>", &[]);
    }
    if let Some(hint) = &raised.hint {
        markup.add("<p>{}</p>", &[hint]);
    }
    markup.add("</div>", &[]);
}

fn add_sql_error(markup: &mut Markup, error: &SqlErrorGroup) {
    markup.add("<div class=\"error\"><b>{}</b>", &[&error.message]);
    add_times(markup, error.count);
    markup.add("<pre><code>{}", &[&error.before]);
    if !error.marked.is_empty() {
        markup.add("<mark class=\"caret\">{}</mark>", &[&error.marked]);
    }
    markup
        .add("{}</code></pre><p><span class=\"code\">SQLSTATE {} </span>", &[&error.after, &error.sqlstate]);
    add_link(markup, error.place.as_ref());
    markup.add("</p></div>", &[]);
}

/// Mistakes in the text as it is in the editor, each with its place.
pub fn diagnostics_list(diagnostics: &[Diagnostic]) -> Html {
    if diagnostics.is_empty() {
        return Html::default();
    }
    let mut markup = Markup::default();
    for found in diagnostics {
        markup.add("<li>", &[]);
        markup.link(&PlaceLink { file: found.file.clone(), line: found.line });
        let message = found.message.trim_end_matches('.');
        markup.add(", column {}: {}.", &[&found.column.to_string(), message]);
        if let Some(hint) = &found.hint {
            markup.add("<br><small>{}</small>", &[hint]);
        }
        markup.add("</li>", &[]);
    }
    html! {
        <ul class="remarks diagnostics" aria-live="polite" aria-label="Mistakes in the code">{ markup.finish() }</ul>
    }
}
