//! The text column `#prose`: prerendered, outside of Yew's root, so that it is there before any script runs
//! and nothing moves.

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

/// Returns the name of the lesson that the page is about; none on all other pages.
pub fn slug() -> Option<String> {
    element().get_attribute("data-slug").filter(|slug| !slug.is_empty())
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

/// Returns the elements in which Yew adds its own.
pub fn slots() -> Slots {
    let prose = element();
    let find = |name: &&'static str| {
        let found = prose.query_selector(&format!("[data-slot=\"{name}\"]"));
        found.ok().flatten().map(|element| (*name, element))
    };
    SLOTS.iter().filter_map(find).collect()
}
