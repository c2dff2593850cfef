//! HTML as text, for what is drawn once per run and never changed: tables, figures, plots.
//!
//! A template has `{}` for each text, and every text is escaped. This is a third of the code that the same
//! makes as nodes, and one node to compare instead of hundreds. Links to lines carry their place as data; the
//! page listens for all of them at once (see [`clicked`]).

use unhappy_view::PlaceLink;
use wasm_bindgen::JsCast;
use web_sys::Element;
use yew::prelude::*;

/// HTML under construction.
#[derive(Default)]
pub struct Markup {
    html: String,
}

impl Markup {
    /// Appends a template, its `{}` filled with texts in turn. It has no other braces.
    pub fn add(&mut self, template: &str, texts: &[&str]) {
        let mut texts = texts.iter();
        for (index, part) in template.split('{').enumerate() {
            if index > 0 {
                self.text(texts.next().copied().unwrap_or_default());
            }
            self.html.push_str(part.strip_prefix('}').unwrap_or(part));
        }
    }

    /// Appends a link to a line.
    pub fn link(&mut self, place: &PlaceLink) {
        let line = place.line.to_string();
        self.add(
            "<button type=\"button\" class=\"link\" data-file=\"{}\" data-line=\"{}\">{}</button>",
            &[&place.file, &line, &place.label()],
        );
    }

    /// Begins a table with its caption and column titles, in a box that scrolls when it is wider than the
    /// column. Titles of columns of numbers begin with `#`.
    pub fn begin_table(&mut self, class: &str, caption: &str, titles: &[&str]) {
        self.add(
            "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{}\"><table class=\"{}\">\
             <caption>{}</caption><thead><tr>",
            &[caption, class, caption],
        );
        for title in titles {
            match title.strip_prefix('#') {
                Some(title) => self.add("<th scope=\"col\" class=\"n\">{}</th>", &[title]),
                None => self.add("<th scope=\"col\">{}</th>", &[title]),
            }
        }
        self.add("</tr></thead><tbody>", &[]);
    }

    /// Ends a table.
    pub fn end_table(&mut self) {
        self.add("</tbody></table></div>", &[]);
    }

    /// Returns what was built, as one node.
    pub fn finish(self) -> Html {
        Html::from_html_unchecked(AttrValue::from(self.html))
    }

    fn text(&mut self, text: &str) {
        for character in text.chars() {
            match character {
                '&' => self.html.push_str("&amp;"),
                '<' => self.html.push_str("&lt;"),
                '>' => self.html.push_str("&gt;"),
                '"' => self.html.push_str("&quot;"),
                other => self.html.push(other),
            }
        }
    }
}

/// What a click was on.
pub enum Clicked {
    /// A link to a place in a schedule: the schedule, how many of its moves, whether it is outside of the run that is
    /// scheduled by hand.
    Play(String, u32, bool),
    /// Something to copy, and what was pressed.
    Copy(String, Element),
    /// A link to a line, with the colour of its request.
    Line(PlaceLink, u8),
    /// A link to the schedule.
    Schedule,
}

/// Returns what a click was on, when it was on a link that stands in markup.
pub fn clicked(event: &MouseEvent) -> Option<Clicked> {
    let target = event.target()?.dyn_into::<Element>().ok()?;
    let link = target.closest("[data-line], [data-schedule], [data-at], [data-copy]").ok()??;
    let number = |name: &str| link.get_attribute(name)?.parse::<u32>().ok();
    if let Some(text) = link.get_attribute("data-copy") {
        return Some(Clicked::Copy(text, link));
    }
    if let Some(at) = number("data-at") {
        let hand = link.closest(".hand").ok()?;
        let schedule = match link.closest("[data-play]").ok()? {
            Some(play) => play.get_attribute("data-play"),
            None => hand.as_ref().and_then(typed),
        };
        return Some(Clicked::Play(schedule?, at, hand.is_none()));
    }
    let Some(file) = link.get_attribute("data-file") else { return Some(Clicked::Schedule) };
    let tint = number("data-tint").map_or(0, |tint| tint.min(2) as u8);
    Some(Clicked::Line(PlaceLink { file, line: number("data-line")? }, tint))
}

/// What stands in the text field of an element.
fn typed(element: &Element) -> Option<String> {
    let field = element.query_selector("textarea").ok()??;
    js_sys::Reflect::get(&field, &"value".into()).ok()?.as_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped_and_templates_are_not() {
        let mut markup = Markup::default();
        markup.add("<b title=\"{}\">{}</b>", &["\"a\"", "{} <i>&"]);
        markup.link(&PlaceLink { file: "a<b.py".into(), line: 7 });
        assert_eq!(
            markup.html,
            "<b title=\"&quot;a&quot;\">{} &lt;i&gt;&amp;</b>\
             <button type=\"button\" class=\"link\" data-file=\"a&lt;b.py\" data-line=\"7\">a&lt;b.py line 7</button>"
        );
    }

    #[test]
    fn tables() {
        let mut markup = Markup::default();
        markup.begin_table("groups", "Rows & more", &["Name", "#Rows"]);
        markup.end_table();
        assert_eq!(
            markup.html,
            "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Rows &amp; more\">\
             <table class=\"groups\"><caption>Rows &amp; more</caption><thead><tr><th scope=\"col\">Name</th>\
             <th scope=\"col\" class=\"n\">Rows</th></tr></thead><tbody></tbody></table></div>"
        );
    }
}
