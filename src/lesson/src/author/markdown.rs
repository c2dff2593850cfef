//! Markdown to HTML that is safe to insert: no raw HTML, no pictures, no address outside the site.
//!
//! CommonMark as pulldown-cmark reads it, with typographic quotes. Placeholders in prose are filled;
//! numbers of runs that somebody typed by hand are refused, inside code neither is looked at.

use super::placeholder::Placeholders;
use super::problem::Source;
use super::words::{OTHER, Words};
use crate::Prose;
use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, TextMergeWithOffset, html};
use std::ops::Range;

/// Whether numbers of runs may be typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Numbers {
    /// Anything may be typed.
    Typed,
    /// A number with a unit of runs is refused.
    Recorded,
}

/// Turns the Markdown of one file into HTML.
#[derive(Debug)]
pub(super) struct Renderer<'a> {
    pub(super) source: &'a Source<'a>,
    pub(super) placeholders: &'a Placeholders<'a>,
}

/// Where a piece of Markdown stands in its file.
#[derive(Debug, Clone, Copy)]
pub(super) enum Origin {
    /// It begins at this byte and is written there as it is.
    Verbatim(usize),
    /// It is a TOML text that begins at this byte; places inside it are not known.
    Toml(usize),
}

impl Origin {
    fn place(self, offset: usize) -> usize {
        match self {
            Origin::Verbatim(start) => start + offset,
            Origin::Toml(start) => start,
        }
    }
}

/// Returns the parser's events with their places, neighbouring texts joined.
pub(super) fn events(markdown: &str) -> impl Iterator<Item = (Event<'_>, Range<usize>)> {
    let parser = Parser::new_ext(markdown, Options::ENABLE_SMART_PUNCTUATION);
    TextMergeWithOffset::new(parser.into_offset_iter())
}

impl Renderer<'_> {
    /// Turns a piece of Markdown into HTML, reporting what may not be in it.
    pub(super) fn render(&self, markdown: &str, origin: Origin, numbers: Numbers) -> Prose {
        let mut piece =
            Piece { renderer: self, markdown, origin, numbers, out: vec![], words: Words::default() };
        let mut code_depth = 0;
        for (event, range) in events(markdown) {
            match event {
                Event::Start(Tag::CodeBlock(_)) => code_depth += 1,
                Event::End(TagEnd::CodeBlock) => code_depth -= 1,
                _ => {}
            }
            if code_depth > 0 {
                piece.out.push(event);
            } else {
                piece.event(event, &range);
            }
        }
        piece.end_block();
        let mut html = String::new();
        html::push_html(&mut html, piece.out.into_iter());
        Prose { html }
    }
}

/// A piece of Markdown on its way to HTML.
struct Piece<'a, 'e> {
    renderer: &'a Renderer<'a>,
    markdown: &'e str,
    origin: Origin,
    numbers: Numbers,
    out: Vec<Event<'e>>,
    words: Words,
}

impl<'e> Piece<'_, 'e> {
    fn refuse(&self, offset: usize, message: impl Into<String>, hint: &str) {
        self.renderer.source.refuse_with_hint(self.origin.place(offset), message, hint);
    }

    fn event(&mut self, event: Event<'e>, range: &Range<usize>) {
        match &event {
            Event::Start(tag) => self.start(tag, range),
            Event::End(tag) if !is_inline(*tag) => self.end_block(),
            Event::Text(text) => {
                let text = text.clone();
                return self.text(&text, range);
            }
            // A block of HTML was looked at as a whole where it started.
            Event::Html(_) => return,
            Event::InlineHtml(html) => return self.raw_html(html, range),
            Event::Code(_) => self.words.push(OTHER, range.start),
            Event::SoftBreak | Event::HardBreak => self.words.push(' ', range.start),
            _ => {}
        }
        self.out.push(one_level_down(event));
    }

    fn start(&mut self, tag: &Tag, range: &Range<usize>) {
        match tag {
            Tag::Emphasis | Tag::Strong => {}
            Tag::Link { dest_url, .. } => {
                if !is_local(dest_url) {
                    let hint = "lessons work without the network: name the source in words";
                    self.refuse(range.start, format!("link to \"{dest_url}\" leads outside the site"), hint);
                }
            }
            Tag::HtmlBlock => self.raw_html(&self.markdown[range.clone()], range),
            Tag::Image { .. } => {
                self.refuse(range.start, "pictures are not allowed", "the page draws its pictures from runs");
            }
            _ => self.end_block(),
        }
    }

    /// Drops a comment, refuses anything else.
    fn raw_html(&self, html: &str, range: &Range<usize>) {
        if !is_comment(html) {
            self.refuse(range.start, "raw HTML is not allowed", "write it in Markdown or as code");
        }
    }

    /// Passes text on, with placeholders filled.
    fn text(&mut self, text: &str, range: &Range<usize>) {
        if text.contains("http://") || text.contains("https://") {
            let hint = "lessons work without the network: name the source in words";
            self.refuse(range.start, "external addresses are not allowed", hint);
        }
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            let at = range.start + (text.len() - rest.len()) + open;
            self.plain(&rest[..open], at - open);
            let after = &rest[open + 1..];
            let close = after.find('}').unwrap_or(after.len());
            self.placeholder(&after[..close], at);
            rest = after.get(close + 1..).unwrap_or_default();
        }
        self.plain(rest, range.start + text.len() - rest.len());
    }

    fn plain(&mut self, text: &str, offset: usize) {
        for (index, letter) in text.char_indices() {
            self.words.push(letter, offset + index);
        }
        if !text.is_empty() {
            self.out.push(Event::Text(CowStr::from(text.to_owned())));
        }
    }

    fn placeholder(&mut self, name: &str, offset: usize) {
        match self.renderer.placeholders.fill(name) {
            Ok(html) => self.out.push(Event::InlineHtml(CowStr::from(html))),
            Err(unknown) => self.refuse(offset, format!("unknown placeholder {{{name}}}"), &unknown.hint),
        }
        self.words.push(OTHER, offset);
    }

    /// Looks at the words of the block that ends here.
    fn end_block(&mut self) {
        let words = std::mem::take(&mut self.words);
        if self.numbers == Numbers::Typed {
            return;
        }
        for (number, measure, offset) in words.measured() {
            let hint = "write a placeholder such as {broken.statements}, or the number as a word";
            self.refuse(offset, format!("\"{number} {measure}\" is typed, but comes from a run"), hint);
        }
    }
}

/// A section's own name is the page's second heading, so `##` in the file is the third.
fn one_level_down(event: Event) -> Event {
    let down = |level| HeadingLevel::try_from(level as usize + 1).unwrap_or(HeadingLevel::H6);
    match event {
        Event::Start(Tag::Heading { level, id, classes, attrs }) => {
            Event::Start(Tag::Heading { level: down(level), id, classes, attrs })
        }
        Event::End(TagEnd::Heading(level)) => Event::End(TagEnd::Heading(down(level))),
        other => other,
    }
}

fn is_inline(tag: TagEnd) -> bool {
    matches!(tag, TagEnd::Emphasis | TagEnd::Strong | TagEnd::Link | TagEnd::Image)
}

fn is_comment(html: &str) -> bool {
    let html = html.trim();
    html.starts_with("<!--") && html.ends_with("-->") && html.matches("-->").count() == 1
}

/// Whether an address stays inside the site: a part of this page or a relative path.
fn is_local(address: &str) -> bool {
    let first_part = address.split(['/', '#', '?']).next().unwrap_or_default();
    !address.is_empty() && !address.starts_with('/') && !first_part.contains([':', '\\'])
}

#[cfg(test)]
mod tests {
    use super::super::problem::Report;
    use super::*;

    #[track_caller]
    fn check(markdown: &str, expected: &str) {
        let report = Report::default();
        let source = Source { name: "text.md".into(), text: markdown, report: &report };
        let placeholders = Placeholders { settings: &[], codes: vec!["broken".to_owned()], record: None };
        let renderer = Renderer { source: &source, placeholders: &placeholders };
        let html = renderer.render(markdown, Origin::Verbatim(0), Numbers::Recorded).html;
        let problems = report.finish();
        let shown: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(if shown.is_empty() { html } else { shown.join("\n") }, expected);
    }

    #[test]
    fn markdown_becomes_html() {
        check("It's *one* `a < b`.", "<p>It’s <em>one</em> <code>a &lt; b</code>.</p>\n");
        check(
            "```py\nx = {101: 'rows'}\n```",
            "<pre><code class=\"language-py\">x = {101: 'rows'}\n</code></pre>\n",
        );
        check("a <!-- note --> b\n\n<!-- a\nlong note -->\n", "<p>a  b</p>\n");
        check("## Why\n", "<h3>Why</h3>\n");
        check("[Look](#look)", "<p><a href=\"#look\">Look</a></p>\n");
        let dots = "<data class=\"recorded\" value=\"\">…</data>";
        check("{broken.statements} in all", &format!("<p>{dots} in all</p>\n"));
    }

    #[test]
    fn numbers_of_runs_are_refused_and_other_numbers_are_not() {
        check("one\ntwo **101** statements", "text.md:2: \"101 statements\" is typed, but comes from a run");
        check("- 1,000 rows.", "text.md:1: \"1,000 rows\" is typed, but comes from a run");
        check("some 2 charges", "text.md:1: \"2 charges\" is typed, but comes from a run");
        check("a 48.3-ms answer", "text.md:1: \"48.3 ms\" is typed, but comes from a run");
        check(
            "N+1 queries, 100 orders, `101 rows`.",
            "<p>N+1 queries, 100 orders, <code>101 rows</code>.</p>\n",
        );
    }

    #[test]
    fn what_is_not_safe_is_refused() {
        check("a <b>c</b>", "text.md:1: raw HTML is not allowed");
        check("![x](y.png)", "text.md:1: pictures are not allowed");
        for address in ["https://a.example", "//a.example", "/\\a", "mailto:a", "javascript:a", "\\\\a"] {
            let markdown = format!("[x](<{}>)", address.replace('\\', "\\\\"));
            check(&markdown, &format!("text.md:1: link to \"{address}\" leads outside the site"));
        }
        check("see https://a.example", "text.md:1: external addresses are not allowed");
        check("a {brocken.p95} b", "text.md:1: unknown placeholder {brocken.p95}");
    }
}
