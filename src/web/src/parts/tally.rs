//! The report of a run: promises, kept or broken, and counts beside those of the run before.

use super::markup::Markup;
use unhappy_view::Tally;
use yew::prelude::*;

/// The report.
pub fn tally_table(before: Option<&Tally>, tally: &Tally) -> Html {
    let mut markup = Markup::default();
    if tally.is_plain() {
        return Html::default();
    }
    if !tally.promises.is_empty() {
        add_promises(&mut markup, before, tally);
    }
    let titles: &[&str] = if before.is_some() { &["", "#Before", "#Now"] } else { &["", "#Now"] };
    markup.begin_table("groups tally", "Report", titles);
    for (title, lines) in tally.beside(before) {
        let span = titles.len().to_string();
        markup.add("<tr><th scope=\"rowgroup\" colspan=\"{}\">{}</th></tr>", &[&span, &title]);
        for line in lines {
            markup.add("<tr><td>{}</td>", &[&line.label]);
            if let Some(before) = &line.before {
                markup.add("<td class=\"n\">{}</td>", &[before]);
            }
            markup.add("<td class=\"n\">{}</td></tr>", &[&line.after]);
        }
    }
    markup.end_table();
    markup.finish()
}

fn add_promises(markup: &mut Markup, before: Option<&Tally>, tally: &Tally) {
    markup.add("<h3>Promises</h3><ul class=\"cases\" aria-label=\"Promises\">", &[]);
    for promise in &tally.promises {
        let class = if promise.broke.is_some() { "bad" } else { "" };
        markup.add("<li class=\"{}\"><span>{}", &[class, &promise.sentence]);
        let was = before.and_then(|before| before.promises.iter().find(|other| other.key == promise.key));
        if was.is_some_and(|was| was.broke.is_some() != promise.broke.is_some()) {
            let was = if promise.broke.is_some() { "kept before" } else { "broken before" };
            markup.add(" <small>({})</small>", &[was]);
        }
        match &promise.broke {
            Some(broke) => markup.add(
                "<br><small>{}</small></span><span><button type=\"button\" class=\"link\" data-schedule>broken {}</button></span></li>",
                &[&broke.evidence, &broke.at],
            ),
            None => markup.add("</span><span>kept</span></li>", &[]),
        }
    }
    markup.add("</ul>", &[]);
}
