//! The home page: hero with a card of real code, then the tracks with a dot for every lesson.
//!
//! In: the list of lessons and the first of them in full. Out: the inner HTML of `#prose` on the home page.
//! Progress is painted on `li[data-lesson]` by the page; nothing here knows of it.

use crate::code::{CodeLanguage, SpanKind, code_lines};
use crate::html::{Piece, push_all, push_text};
use crate::lines::{LineMark, recorded_line_marks};
use crate::ticks::{Tick, strip_of_count};
use unhappy_lesson::{CourseEntry, Lesson};
use unhappy_trace::text;

/// The most lines of code that the card shows.
const CARD_LINES: usize = 9;

/// The lessons of one track.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Track<'a> {
    /// Name.
    pub name: &'a str,
    /// One sentence.
    pub summary: &'a str,
    /// Lessons in the order of the course.
    pub lessons: Vec<&'a CourseEntry>,
}

/// Groups lessons by track, in order of first appearance.
pub fn tracks(entries: &[CourseEntry]) -> Vec<Track<'_>> {
    let mut tracks: Vec<Track<'_>> = Vec::new();
    for entry in entries {
        match tracks.iter_mut().find(|track| track.name == entry.track) {
            Some(track) => track.lessons.push(entry),
            None => {
                tracks.push(Track { name: &entry.track, summary: &entry.track_summary, lessons: vec![entry] })
            }
        }
    }
    tracks
}

/// Writes the home page. `first` is the lesson whose code the card shows.
pub fn home_html(entries: &[CourseEntry], first: Option<&Lesson>) -> String {
    let mut out = String::new();
    out.push_str("<main class=\"home\"><section class=\"hero\"><div>");
    out.push_str("<h1>The code works. Then production traffic arrives.</h1>");
    out.push_str(
        "<p>Run plausible backend code on a real database in this page. Break it with traffic. Find out why, \
         fix it, and prove that the fix holds.</p><p class=\"hero__go\">",
    );
    if let Some(entry) = entries.first() {
        push_link(&mut out, "btn go", &entry.slug, &format!("Start with {}", entry.title));
    }
    if entries.len() > 1 {
        push_all(
            &mut out,
            &[
                Piece::Raw(" <a class=\"btn\" href=\"#tracks\">See all "),
                Piece::Text(&text::counted(entries.len() as u64, "lesson", "lessons")),
                Piece::Raw("</a>"),
            ],
        );
    }
    out.push_str("</p></div>");
    if let Some(lesson) = first {
        push_card(&mut out, lesson);
    }
    out.push_str("</section><div class=\"tracks\" id=\"tracks\">");
    for track in tracks(entries) {
        push_track(&mut out, &track);
    }
    out.push_str("</div></main>");
    out
}

fn push_link(out: &mut String, class: &str, slug: &str, label: &str) {
    push_all(
        out,
        &[
            Piece::Raw("<a class=\""),
            Piece::Raw(class),
            Piece::Raw("\" href=\"lesson/"),
            Piece::Text(slug),
            Piece::Raw("/\">"),
            Piece::Text(label),
            Piece::Raw("</a>"),
        ],
    );
}

fn push_track(out: &mut String, track: &Track<'_>) {
    push_all(
        out,
        &[
            Piece::Raw("<section class=\"track\"><h2>"),
            Piece::Text(track.name),
            Piece::Raw("</h2><p>"),
            Piece::Text(track.summary),
            Piece::Raw("</p><ol>"),
        ],
    );
    for lesson in &track.lessons {
        push_all(
            out,
            &[
                Piece::Raw("<li data-lesson=\""),
                Piece::Text(&lesson.id),
                Piece::Raw("\"><a href=\"lesson/"),
                Piece::Text(&lesson.slug),
                Piece::Raw("/\">"),
                Piece::Text(&lesson.title),
                Piece::Raw("</a><small>"),
                Piece::Text(&lesson.minutes.to_string()),
                Piece::Raw(" min</small></li>"),
            ],
        );
    }
    out.push_str("</ol></section>");
}

/// The card: the part of the handler that runs, with its recorded counts, over the strip of one request.
fn push_card(out: &mut String, lesson: &Lesson) {
    let (Some(record), Some(file)) = (&lesson.record, lesson.files.first()) else { return };
    let marks = recorded_line_marks(&record.broken_lines, &file.name, &file.text);
    let lines = code_lines(&file.text, CodeLanguage::of_file(&file.name));
    let (from, to) = window(&marks, lines.len());
    out.push_str("<div class=\"card\"><div class=\"editor\"><ol>");
    for (index, line) in lines.iter().enumerate().take(to).skip(from) {
        let number = index + 1;
        let mark = marks.iter().find(|mark| mark.line as usize == number);
        let hot = if mark.is_some_and(|mark| mark.hot) { " class=\"hot\"" } else { "" };
        let count = mark.map(|mark| format!("{}×", text::thousands(mark.count))).unwrap_or_default();
        for part in ["<li", hot, "><b>", &number.to_string(), "</b><i>", &count, "</i><span>"] {
            out.push_str(part);
        }
        for span in line {
            match span.kind {
                SpanKind::Plain => push_text(out, &span.text),
                kind => push_all(
                    out,
                    &[
                        Piece::Raw("<span class=\""),
                        Piece::Raw(kind.class()),
                        Piece::Raw("\">"),
                        Piece::Text(&span.text),
                        Piece::Raw("</span>"),
                    ],
                ),
            }
        }
        out.push_str("</span></li>");
    }
    out.push_str("</ol></div><div class=\"evidence\">");
    push_strip(out, record.broken.statements);
    out.push_str("<div class=\"moves\">");
    push_link(out, "btn", &lesson.slug, "Run it and change it");
    push_all(
        out,
        &[
            Piece::Raw(" <small>one request, recorded with engine "),
            Piece::Text(&record.engine),
            Piece::Raw("</small></div></div></div>"),
        ],
    );
}

/// The lines that the card shows, as a range from 0: from the first counted line on.
fn window(marks: &[LineMark], lines: usize) -> (usize, usize) {
    let first = marks.first().map_or(0, |mark| mark.line as usize - 1).min(lines);
    let last = marks.last().map_or(lines, |mark| mark.line as usize).min(lines);
    (first, last.min(first + CARD_LINES))
}

fn push_strip(out: &mut String, statements: u64) {
    let strip = strip_of_count(statements);
    push_all(
        out,
        &[
            Piece::Raw("<div class=\"strip\"><span class=\"ticks\" role=\"img\" aria-label=\""),
            Piece::Text(&strip.label),
            Piece::Raw("\">"),
        ],
    );
    for tick in &strip.ticks {
        out.push_str(if *tick == Tick::Single { "<i class=\"one\"></i>" } else { "<i></i>" });
    }
    push_all(
        out,
        &[
            Piece::Raw("</span><span class=\"n\" aria-hidden=\"true\">"),
            Piece::Text(&strip.label),
            Piece::Raw("</span></div>"),
        ],
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;
    use unhappy_lesson::{Record, RunRecord};
    use unhappy_trace::LineTotal;

    fn entry(slug: &str, track: &str) -> CourseEntry {
        CourseEntry {
            slug: slug.into(),
            id: format!("id-{slug}"),
            title: format!("Title of {slug}"),
            summary: String::new(),
            track: track.into(),
            track_summary: "The endpoint is correct and slow.".into(),
            level: 1,
            minutes: 10,
        }
    }

    #[test]
    fn lessons_are_grouped_by_track() {
        let entries = [entry("a", "Queries"), entry("b", "Concurrency"), entry("c", "Queries")];
        let shown: Vec<(&str, usize)> =
            tracks(&entries).iter().map(|track| (track.name, track.lessons.len())).collect();
        assert_eq!(shown, [("Queries", 2), ("Concurrency", 1)]);
    }

    #[test]
    fn only_lessons_that_exist_are_links() {
        let html = home_html(&[entry("a", "Queries")], None);
        assert!(html.contains("<li data-lesson=\"id-a\"><a href=\"lesson/a/\">Title of a</a>"), "{html}");
        assert_eq!(html.matches("href=").count(), 2, "{html}");
    }

    #[test]
    fn the_card_shows_the_lines_that_ran() {
        let mut lesson = testing::lesson();
        lesson.files[0].text = "import db\nasync def all():\n    a = await db.all()\n    return a\n".into();
        let total = |line, count| LineTotal { file: "server.py".into(), line, count };
        lesson.record = Some(Record {
            broken: RunRecord { statements: 3, ..RunRecord::default() },
            broken_lines: vec![total(3, 3), total(4, 1)],
            ..Record::default()
        });
        let html = home_html(&[entry("a", "Queries")], Some(&lesson));
        assert!(
            html.contains(
                "<li class=\"hot\"><b>3</b><i>3×</i><span>    a = <span class=\"k await\">await</span> db.all()"
            ),
            "{html}"
        );
        assert!(!html.contains("import db"), "{html}");
        assert!(html.contains("aria-label=\"3 statements\""), "{html}");
    }
}
