//! The address bar: where the page is below the site's root, going elsewhere, and plain links.
//!
//! The text column is plain HTML, so its links are plain too. One listener on the document takes the clicks
//! that a browser would follow in this tab, and leaves all others alone. Addresses are resolved against the
//! document's base, so the site works wherever it is put.

use super::{document, window};
use gloo_events::{EventListener, EventListenerOptions};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, Event, HtmlAnchorElement, MouseEvent, Url};

/// Returns where the page is, below the site's root.
pub fn current() -> String {
    let path = window().location().pathname().unwrap_or_default();
    below_root(&path).unwrap_or_default()
}

/// Goes to an address without loading the page again, and to its top.
pub fn go(path: &str) {
    let address = format!("{}{path}", root().map(|root| root.pathname()).unwrap_or_default());
    let history = window().history().expect("a window has a history");
    if history.push_state_with_url(&JsValue::NULL, "", Some(&address)).is_ok() {
        window().scroll_to_with_x_and_y(0.0, 0.0);
    }
}

/// Calls `moved` whenever the person goes back or forward.
pub fn on_move(moved: impl Fn() + 'static) -> EventListener {
    EventListener::new(&window(), "popstate", move |_| moved())
}

/// Calls `follow` with the path below the root for every plain click on a link inside the site; when it
/// returns true the browser does not follow the link itself.
pub fn on_link(follow: impl Fn(&str) -> bool + 'static) -> EventListener {
    let options = EventListenerOptions::enable_prevent_default();
    EventListener::new_with_options(&document(), "click", options, move |event| {
        if let Some(path) = inner_path(event)
            && follow(&path)
        {
            event.prevent_default();
        }
    })
}

fn root() -> Option<Url> {
    Url::new_with_base(".", &document().base_uri().ok()??).ok()
}

fn below_root(path: &str) -> Option<String> {
    path.strip_prefix(&root()?.pathname()).map(str::to_owned)
}

fn inner_path(event: &Event) -> Option<String> {
    let click = event.dyn_ref::<MouseEvent>()?;
    let changed = click.ctrl_key() || click.meta_key() || click.shift_key() || click.alt_key();
    if click.button() != 0 || changed || click.default_prevented() {
        return None;
    }
    let target = event.target()?.dyn_into::<Element>().ok()?;
    let anchor = target.closest("a[href]").ok()??.dyn_into::<HtmlAnchorElement>().ok()?;
    if !anchor.target().is_empty() || anchor.has_attribute("download") {
        return None;
    }
    let address = Url::new(&anchor.href()).ok()?;
    if address.origin() != root()?.origin() || !address.hash().is_empty() {
        return None;
    }
    below_root(&address.pathname())
}
