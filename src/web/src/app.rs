//! The root: which page is shown, and what the text column says where there is no lesson.

use crate::browser::{address, document, prose, theme};
use crate::pages::{LessonPage, home};
use crate::parts::TopBar;
use crate::route::Route;
use yew::prelude::*;

/// Says that nothing is at an address. The class tells it from other texts.
const NOT_FOUND: &str = "<main class=\"page not-found\"><h1>No such page</h1><p>Nothing is at this address. All \
                         lessons are listed on the <a href=\"./\">first page</a>.</p></main>";

/// Puts the workbench into `#app`, in place of what stands there.
pub fn mount() {
    theme::show(theme::stored());
    let root = document().get_element_by_id("app").expect("every page of the site has #app");
    root.set_inner_html("");
    yew::Renderer::<App>::with_root(root).render();
}

#[component]
fn App() -> Html {
    let route = use_state_eq(|| Route::at(&address::current()));
    {
        let route = route.clone();
        use_effect_with((), move |()| {
            let moved = route.clone();
            let listeners = [
                address::on_move(move || moved.set(Route::at(&address::current()))),
                address::on_link(move |path| {
                    let next = Route::at(path);
                    let is_ours = next != Route::NotFound;
                    if is_ours {
                        address::go(path);
                        route.set(next);
                    }
                    is_ours
                }),
            ];
            move || drop(listeners)
        });
    }
    match &*route {
        Route::Lesson(slug) => html! { <LessonPage key={slug.as_str()} slug={slug.clone()} /> },
        Route::Home => html! { <Plain key="home" text={PlainText::Home} /> },
        Route::NotFound => html! { <Plain key="not-found" text={PlainText::NotFound} /> },
    }
}

/// Which text a page without workbench shows.
#[derive(Clone, Copy, PartialEq)]
pub enum PlainText {
    /// The list of lessons.
    Home,
    /// Nothing is here.
    NotFound,
}

/// Props of [`Plain`].
#[derive(Properties, PartialEq)]
pub struct PlainProps {
    /// Which text.
    pub text: PlainText,
}

/// A page without workbench: the bar, and its text in the text column.
#[component]
pub fn Plain(props: &PlainProps) -> Html {
    use_effect_with(props.text, |text| match text {
        PlainText::Home => home::show(),
        PlainText::NotFound => {
            document().set_title("No such page · Unhappy Path");
            prose::show_page(".not-found", NOT_FOUND);
        }
    });
    html! { <TopBar /> }
}
