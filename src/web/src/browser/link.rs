//! Links to runs: the part of the address after `#`, and the clipboard.

use super::window;
use gloo_events::EventListener;
use wasm_bindgen_futures::JsFuture;
use web_sys::Element;

/// Calls `open` with the link that the page was opened with, and with each that is put into the address bar. The
/// address is then left without it: what the learner changes next is not the link's any more.
pub fn follow_links(open: impl Fn(String) + 'static) -> EventListener {
    let look = move || {
        let location = window().location();
        let link = location.hash().unwrap_or_default();
        if link.starts_with("#v") && location.set_hash("").is_ok() {
            open(link);
        }
    };
    look();
    EventListener::new(&window(), "hashchange", move |_| look())
}

/// Copies a text, or the address of this page with a link, and says so on the button that was pressed.
pub fn copy(text: String, button: Element) {
    wasm_bindgen_futures::spawn_local(async move {
        let address = window().location().href().unwrap_or_default();
        let page = address.split('#').next().unwrap_or_default();
        let text = if text.starts_with('#') { format!("{page}{text}") } else { text };
        let copied = JsFuture::from(window().navigator().clipboard().write_text(&text)).await;
        button.set_text_content(Some(if copied.is_ok() { "Copied" } else { "The browser refused to copy" }));
    });
}
