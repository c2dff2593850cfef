//! The page of every address that leads nowhere.

use crate::browser::{document, prose};
use crate::parts::TopBar;
use yew::prelude::*;

const TEXT: &str = "<main class=\"page not-found\"><h1>No such page</h1><p>Nothing is at this address. All lessons \
                    are listed on the <a href=\"./\">first page</a>.</p></main>";

/// The page of every address that leads nowhere.
#[component]
pub fn NotFound() -> Html {
    use_effect_with((), |()| {
        document().set_title("No such page · Unhappy Path");
        prose::show_page(".not-found", TEXT);
    });
    html! { <TopBar /> }
}
