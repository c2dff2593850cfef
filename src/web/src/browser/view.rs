//! Bringing a part of the page into view, when a person asked for what it shows and cannot see it.

use super::{document, window};
use web_sys::{ScrollBehavior, ScrollIntoViewOptions, ScrollLogicalPosition};

/// Scrolls to the first element that a selector fits, as little as needed to see it. Its pane and the bar that
/// lies over a phone's page count as well: the style sheets say how much room they take.
pub fn bring_into_view(selector: &str) {
    let Ok(Some(element)) = document().query_selector(selector) else { return };
    let options = ScrollIntoViewOptions::new();
    options.set_block(ScrollLogicalPosition::Nearest);
    options.set_behavior(if is_motion_unwanted() { ScrollBehavior::Instant } else { ScrollBehavior::Smooth });
    element.scroll_into_view_with_scroll_into_view_options(&options);
}

fn is_motion_unwanted() -> bool {
    let query = window().match_media("(prefers-reduced-motion: reduce)");
    query.ok().flatten().is_some_and(|query| query.matches())
}
