//! The text column `#prose`: prerendered on the first page, written here after client navigation.
//!
//! It stands outside of Yew's root, so that it is there before any script runs and nothing moves.

use super::document;
use std::rc::Rc;
use unhappy_view::SLOTS;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// The elements in which Yew adds its own, in the order of [`SLOTS`].
pub type Slots = Rc<[(&'static str, Element)]>;

fn element() -> Element {
    document().get_element_by_id("prose").expect("every page of the site has #prose")
}

/// Shows the text of a lesson, unless it is there already, and returns its slots.
pub fn show_lesson(slug: &str, html: impl FnOnce() -> String) -> Slots {
    let element = element();
    if element.get_attribute("data-slug").as_deref() != Some(slug) || find_slots(&element).is_empty() {
        element.set_inner_html(&html());
        set(&element, "data-slug", slug);
    }
    element.set_class_name("task");
    set(&element, "aria-label", "Task");
    find_slots(&element)
}

/// Returns whether the text column holds what a selector fits.
pub fn has(selector: &str) -> bool {
    matches!(element().query_selector(selector), Ok(Some(_)))
}

/// Shows another page's text, unless what `is_there` fits is there already.
pub fn show_page(is_there: &str, html: &str) {
    let element = element();
    if !has(is_there) {
        element.set_inner_html(html);
    }
    element.set_class_name("cover");
    set(&element, "data-slug", "");
    for name in ["data-step", "aria-label"] {
        element.remove_attribute(name).expect("the name of the attribute is valid");
    }
}

/// Says which step's text is to be seen.
pub fn show_step(step: &str) {
    set(&element(), "data-step", step);
}

/// Moves the focus to the heading of a step, so that keyboard and screen reader follow the eye.
pub fn focus_step(step: &str) {
    let heading = document().get_element_by_id(&format!("step-{step}"));
    if let Some(heading) = heading.and_then(|heading| heading.dyn_into::<HtmlElement>().ok()) {
        heading.focus().expect("a heading with tabindex can be focused");
    }
}

/// Marks the lessons of the home page: `mark` returns class and words for a lesson's id.
pub fn mark_lessons(mark: impl Fn(&str) -> Option<(&'static str, &'static str)>) {
    let Ok(items) = element().query_selector_all("li[data-lesson]") else { return };
    for index in 0..items.length() {
        let Some(item) = items.item(index).and_then(|item| item.dyn_into::<Element>().ok()) else { continue };
        let Some((class, words)) = item.get_attribute("data-lesson").and_then(|id| mark(&id)) else {
            continue;
        };
        item.set_class_name(class);
        if let Ok(Some(small)) = item.query_selector("small") {
            small.set_text_content(Some(words));
        }
    }
}

fn set(element: &Element, name: &str, value: &str) {
    element.set_attribute(name, value).expect("the name of the attribute is valid");
}

fn find_slots(prose: &Element) -> Slots {
    let find = |name: &&'static str| {
        let found = prose.query_selector(&format!("[data-slot=\"{name}\"]"));
        found.ok().flatten().map(|element| (*name, element))
    };
    SLOTS.iter().filter_map(find).collect()
}
