//! The root: the bar, and under it the workbench where the page is a lesson.
//!
//! Every address of the site is a document of its own whose text is there before any script runs, and links
//! between them are ordinary links. So there is no router: `data-slug` of the text column says what the page
//! is. (A router and the writing of texts would cost a tenth of what the page may weigh, to save a load from
//! the browser's own cache.)

use crate::browser::theme::{self, Theme};
use crate::browser::{document, fetch, prose, window};
use crate::pages::{Workbench, saved_progress};
use crate::parts::{Same, banner, top_bar};
use std::rc::Rc;
use unhappy_lesson::Lesson;
use yew::prelude::*;

/// Puts the workbench into `#app`, in place of what stands there.
pub fn mount() {
    theme::show(theme::stored());
    let root = document().get_element_by_id("app").expect("every page of the site has #app");
    root.set_inner_html("");
    yew::Renderer::<App>::with_root(root).render();
}

/// What the root knows.
#[derive(Clone)]
pub struct AppState {
    /// The choice of colours.
    pub theme: Theme,
    /// Whether the link was just copied.
    pub copied: bool,
    /// What the page is.
    page: Page,
}

/// What can happen to the root.
pub enum AppAction {
    /// Other colours were chosen.
    Theme(Theme),
    /// The link was copied, or that was long enough ago.
    Copied(bool),
    /// The lesson is on its way, or there, or not.
    Page(Page),
}

impl Reducible for AppState {
    type Action = AppAction;

    fn reduce(self: Rc<Self>, action: AppAction) -> Rc<Self> {
        let mut next = Rc::unwrap_or_clone(self);
        match action {
            AppAction::Theme(theme) => next.theme = theme,
            AppAction::Copied(copied) => next.copied = copied,
            AppAction::Page(page) => next.page = page,
        }
        Rc::new(next)
    }
}

/// What the page is.
#[derive(Clone)]
pub enum Page {
    /// A text under the bar.
    Text,
    /// A lesson that is on its way.
    Fetching,
    /// A lesson that did not come, in a sentence.
    Failed(AttrValue),
    /// A lesson, read and as the engine takes it, with the elements of the text column that the page fills.
    Lesson { lesson: Same<Lesson>, packed: Same<[u8]>, slots: prose::Slots },
}

#[component]
fn App() -> Html {
    let state = use_reducer(|| AppState { theme: theme::stored(), copied: false, page: Page::Text });
    {
        let dispatcher = state.dispatcher();
        use_effect_with((), move |()| match prose::slug() {
            None => prose::mark_lessons(|id| saved_progress(id).mark()),
            Some(slug) => {
                dispatcher.dispatch(AppAction::Page(Page::Fetching));
                wasm_bindgen_futures::spawn_local(async move {
                    dispatcher.dispatch(AppAction::Page(fetch_lesson(&slug).await));
                });
            }
        });
    }
    let crumbs = match &state.page {
        Page::Lesson { lesson, .. } => Some((lesson.track.as_str(), lesson.title.as_str())),
        Page::Text | Page::Fetching | Page::Failed(_) => None,
    };
    html! {
        <>
            { top_bar(crumbs, &state) }
            { content(&state.page) }
        </>
    }
}

fn content(page: &Page) -> Html {
    let waiting = match page {
        Page::Text => return Html::default(),
        Page::Lesson { lesson, packed, slots } => {
            return html! {
                <Workbench lesson={lesson.clone()} packed={packed.clone()} slots={slots.clone()} />
            };
        }
        Page::Fetching => banner("Loading the lesson …", false, None),
        Page::Failed(sentence) => {
            let reload = Callback::from(|_| {
                if window().location().reload().is_err() {
                    web_sys::console::warn_1(&"the page could not be loaded again".into());
                }
            });
            banner(sentence, true, Some(("Try again", reload)))
        }
    };
    html! { <main class="bench" aria-label="Workbench">{ waiting }</main> }
}

async fn fetch_lesson(slug: &str) -> Page {
    let Ok(packed) = fetch::bytes(&format!("lessons/{slug}.lesson")).await else {
        return Page::Failed("The lesson could not be loaded. Check the connection.".into());
    };
    match Lesson::unpack(&packed) {
        Err(error) => Page::Failed(AttrValue::from(format!("The lesson could not be read: {error}."))),
        Ok(lesson) => {
            Page::Lesson { lesson: Same(Rc::new(lesson)), packed: Same(packed.into()), slots: prose::slots() }
        }
    }
}
