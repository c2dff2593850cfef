//! `text.md`: eight sections under `#` headings, in the order of the path.

use super::markdown::{Numbers, Origin, Renderer, events};
use super::problem::{Source, alternatives};
use crate::{Prose, Text};
use pulldown_cmark::{Event, HeadingLevel, Tag, TagEnd};
use std::collections::BTreeMap;

/// The sections in order, and whether numbers of runs may be typed in them.
const SECTIONS: [(&str, Numbers); 8] = [
    ("Brief", Numbers::Typed),
    ("Happy path", Numbers::Recorded),
    ("Break it", Numbers::Recorded),
    ("Look", Numbers::Recorded),
    ("Fix", Numbers::Recorded),
    ("Prove", Numbers::Recorded),
    ("Take away", Numbers::Typed),
    ("In your framework", Numbers::Typed),
];

/// A section as it stands in the file.
#[derive(Debug)]
struct Section {
    title: String,
    /// Where its heading starts.
    start: usize,
    /// Where its body starts.
    body_start: usize,
    /// Where its body ends.
    end: usize,
}

/// Reads the file, reporting missing, unknown, empty and misplaced sections.
pub(super) fn read(renderer: &Renderer) -> Text {
    let source = renderer.source;
    let sections = split(source);
    check_order(source, &sections);
    let mut prose: BTreeMap<&str, Prose> = BTreeMap::new();
    for section in &sections {
        let Some((name, numbers)) = SECTIONS.iter().find(|(name, _)| *name == section.title) else {
            continue;
        };
        let body = &source.text[section.body_start..section.end];
        if body.trim().is_empty() {
            source.refuse(section.start, format!("section \"{name}\" is empty"));
        }
        prose.insert(name, renderer.render(body, Origin::Verbatim(section.body_start), *numbers));
    }
    let mut take = |name: &str| prose.remove(name).unwrap_or_default();
    Text {
        brief: take("Brief"),
        happy_path: take("Happy path"),
        break_it: take("Break it"),
        look: take("Look"),
        fix: take("Fix"),
        prove: take("Prove"),
        take_away: take("Take away"),
        in_your_framework: take("In your framework"),
    }
}

/// Finds the `#` headings; one inside a code block is none.
fn split(source: &Source) -> Vec<Section> {
    let mut sections: Vec<Section> = vec![];
    let mut title: Option<String> = None;
    for (event, range) in events(source.text) {
        match event {
            Event::Start(Tag::Heading { level: HeadingLevel::H1, .. }) => {
                if let Some(last) = sections.last_mut() {
                    last.end = range.start;
                }
                let (start, body_start, end) = (range.start, range.end, source.text.len());
                sections.push(Section { title: String::new(), start, body_start, end });
                title = Some(String::new());
            }
            Event::End(TagEnd::Heading(HeadingLevel::H1)) => {
                if let (Some(section), Some(title)) = (sections.last_mut(), title.take()) {
                    section.title = title;
                }
            }
            Event::Text(text) => match &mut title {
                Some(title) => title.push_str(&text),
                None if sections.is_empty() => {
                    source.refuse(range.start, "text before the first section, expected \"# Brief\" first");
                }
                None => {}
            },
            _ => {}
        }
    }
    sections
}

fn check_order(source: &Source, sections: &[Section]) {
    let names: Vec<&str> = SECTIONS.iter().map(|(name, _)| *name).collect();
    let mut seen: Vec<usize> = vec![];
    for section in sections {
        let Some(position) = names.iter().position(|name| *name == section.title) else {
            let hint = format!("sections are {}; use ## inside them", alternatives(&names));
            source.refuse_with_hint(section.start, format!("unknown section {:?}", section.title), hint);
            continue;
        };
        if seen.contains(&position) {
            source.refuse(section.start, format!("section \"{}\" is there twice", section.title));
        } else if let Some(before) = seen.iter().max().filter(|before| **before > position) {
            let message = format!("section \"{}\" stands after \"{}\"", section.title, names[*before]);
            source.refuse_with_hint(section.start, message, format!("the order is {}", names.join(", ")));
        }
        seen.push(position);
    }
    for name in names.iter().filter(|name| sections.iter().all(|section| section.title != **name)) {
        source.refuse(source.text.len(), format!("section \"{name}\" is missing"));
    }
}
