//! Bringing a part of the page into view, when a person asked for what it shows and cannot see it.

use super::{document, window};
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, ScrollBehavior, ScrollIntoViewOptions, ScrollLogicalPosition};

/// Scrolls to the first element that a selector fits, as little as needed to see it. Its pane and the bar that
/// lies over a phone's page count as well: the style sheets say how much room they take.
pub fn bring_into_view(selector: &str) {
    let Ok(Some(element)) = document().query_selector(selector) else { return };
    let options = ScrollIntoViewOptions::new();
    options.set_block(ScrollLogicalPosition::Nearest);
    options.set_behavior(if is_motion_unwanted() { ScrollBehavior::Instant } else { ScrollBehavior::Smooth });
    element.scroll_into_view_with_scroll_into_view_options(&options);
}

/// Moves the focus to the first element that a selector fits.
pub fn focus(selector: &str) {
    if let Some(element) = find(selector)
        && element.focus().is_err()
    {
        web_sys::console::warn_1(&"the focus could not be moved".into());
    }
}

/// Presses the first button that a selector fits.
pub fn press(selector: &str) {
    if let Some(element) = find(selector) {
        element.click();
    }
}

fn find(selector: &str) -> Option<HtmlElement> {
    document().query_selector(selector).ok()??.dyn_into().ok()
}

fn is_motion_unwanted() -> bool {
    let query = window().match_media("(prefers-reduced-motion: reduce)");
    query.ok().flatten().is_some_and(|query| query.matches())
}
