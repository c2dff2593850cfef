//! The text of the home page. It is prerendered; after client navigation it is made from `course.bin` and the
//! first lesson. The learner's progress is painted on it.

use super::saved;
use crate::browser::{document, fetch, prose};
use unhappy_lesson::{CourseEntry, Lesson};

/// Fits only the home page's text.
const MARK: &str = ".hero";

/// Shows the home page's text.
pub fn show() {
    document().set_title("Unhappy Path");
    if prose::has(MARK) {
        show_text("");
    } else {
        wasm_bindgen_futures::spawn_local(async { show_text(&text().await) });
    }
}

fn show_text(html: &str) {
    prose::show_page(MARK, html);
    prose::mark_lessons(|id| saved::load(id).progress.mark());
}

async fn text() -> String {
    let course = fetch::bytes("course.bin").await.ok();
    let entries: Option<Vec<CourseEntry>> = course.and_then(|bytes| postcard::from_bytes(&bytes).ok());
    let Some(entries) = entries else {
        return "<main class=\"page\"><h1>The list of lessons could not be loaded</h1><p>Check the connection, \
                then <a href=\"./\">try again</a>.</p></main>"
            .to_owned();
    };
    let first = match entries.first() {
        Some(entry) => fetch::bytes(&format!("lessons/{}.lesson", entry.slug)).await.ok(),
        None => None,
    };
    let first = first.and_then(|bytes| Lesson::unpack(&bytes).ok());
    unhappy_view::home_html(&entries, first.as_ref())
}
