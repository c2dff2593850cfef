//! The root: what the page is, and what is put into it.
//!
//! Every address of the site is a document of its own whose text is there before any script runs, and links
//! between them are ordinary links. So there is no router: `data-slug` of the text column says what the page
//! is. (A router and the writing of texts would cost a tenth of what the page may weigh, to save a load from
//! the browser's own cache.)

use crate::browser::{document, prose, theme};
use crate::pages::{LessonPage, saved_progress};
use crate::parts::TopBar;
use yew::prelude::*;

/// Puts the workbench into `#app`, in place of what stands there.
pub fn mount() {
    theme::show(theme::stored());
    let root = document().get_element_by_id("app").expect("every page of the site has #app");
    root.set_inner_html("");
    yew::Renderer::<App>::with_root(root).render();
}

/// The page: a lesson with its workbench, or a text under the bar.
#[component]
fn App() -> Html {
    match prose::slug() {
        Some(slug) => html! { <LessonPage {slug} /> },
        None => {
            prose::mark_lessons(|id| saved_progress(id).mark());
            html! { <TopBar /> }
        }
    }
}
