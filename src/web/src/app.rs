//! The root: which page is shown, and links between them.

use crate::browser::{document, links, theme, window};
use crate::pages::{Home, LessonPage, NotFound};
use crate::route::Route;
use yew::prelude::*;
use yew_router::prelude::*;

/// Puts the workbench into `#app`, in place of what stands there.
pub fn mount() {
    theme::show(theme::stored());
    let root = document().get_element_by_id("app").expect("every page of the site has #app");
    root.set_inner_html("");
    yew::Renderer::<App>::with_root(root).render();
}

#[component]
fn App() -> Html {
    html! { <BrowserRouter><Pages /></BrowserRouter> }
}

/// The page of the address.
#[component]
fn Pages() -> Html {
    let navigator = use_navigator().expect("the component is inside the router");
    use_effect_with((), move |()| {
        let listener = links::listen(move |path| {
            let route = Route::at(path);
            if let Some(route) = &route {
                navigator.push(route);
                window().scroll_to_with_x_and_y(0.0, 0.0);
            }
            route.is_some()
        });
        move || drop(listener)
    });
    html! { <Switch<Route> render={page} /> }
}

fn page(route: Route) -> Html {
    match route {
        Route::Home => html! { <Home /> },
        Route::Lesson { slug } => html! { <LessonPage key={slug.as_str()} slug={slug.clone()} /> },
        Route::NotFound => html! { <NotFound /> },
    }
}
