//! Ordinary links inside the site, followed without loading the page again.
//!
//! The text column is plain HTML, so its links are plain too. One listener on the document takes the clicks
//! that a browser would follow in this tab, and leaves all others alone.

use super::document;
use gloo_events::{EventListener, EventListenerOptions};
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlAnchorElement, MouseEvent, Url};

/// Calls `follow` with the path below the site's root for every plain click on a link inside the site; when
/// it returns true the browser does not follow the link itself.
pub fn listen(follow: impl Fn(&str) -> bool + 'static) -> EventListener {
    let options = EventListenerOptions::enable_prevent_default();
    EventListener::new_with_options(&document(), "click", options, move |event| {
        if let Some(path) = inner_path(event)
            && follow(&path)
        {
            event.prevent_default();
        }
    })
}

fn inner_path(event: &Event) -> Option<String> {
    let click = event.dyn_ref::<MouseEvent>()?;
    let plain = click.button() == 0
        && !(click.ctrl_key() || click.meta_key() || click.shift_key() || click.alt_key())
        && !click.default_prevented();
    let target = event.target()?.dyn_into::<Element>().ok()?;
    let anchor = target.closest("a[href]").ok()??.dyn_into::<HtmlAnchorElement>().ok()?;
    if !plain || !anchor.target().is_empty() || anchor.has_attribute("download") {
        return None;
    }
    let base = document().base_uri().ok()??;
    let root = Url::new_with_base(".", &base).ok()?;
    let address = Url::new(&anchor.href()).ok()?;
    if address.origin() != root.origin() || !address.hash().is_empty() {
        return None;
    }
    address.pathname().strip_prefix(&root.pathname()).map(|path| format!("/{path}"))
}
