//! Tabs after the ARIA Authoring Practices pattern: one stop for the Tab key, arrows inside, the tab that has
//! the focus is the chosen one.

use crate::browser::document;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use yew::prelude::*;

/// A tab.
#[derive(Debug, Clone, PartialEq)]
pub struct Tab {
    /// Its text.
    pub label: AttrValue,
    /// A class, such as `lock` for what cannot be changed.
    pub class: &'static str,
    /// A small text behind the label, such as a number; may be empty.
    pub count: AttrValue,
    /// What a screen reader says of the count.
    pub count_label: AttrValue,
}

/// Props of [`TabList`].
#[derive(Properties, PartialEq)]
pub struct TabListProps {
    /// Name of the list, and what its ids begin with.
    pub name: &'static str,
    /// What a screen reader says: "Files".
    pub label: AttrValue,
    /// The tabs.
    pub tabs: Vec<Tab>,
    /// Which one is chosen.
    pub selected: usize,
    /// The learner chose one.
    pub on_select: Callback<usize>,
}

/// Returns the id of a tab.
pub fn tab_id(name: &str, index: usize) -> String {
    format!("tab-{name}-{index}")
}

/// Returns the id of a tab's panel.
pub fn panel_id(name: &str, index: usize) -> String {
    format!("panel-{name}-{index}")
}

/// A row of tabs.
#[component]
pub fn TabList(props: &TabListProps) -> Html {
    let TabListProps { name, label, tabs, selected, on_select } = props;
    let (name, selected, count) = (*name, *selected, tabs.len());
    let onkeydown = {
        let on_select = on_select.clone();
        move |event: KeyboardEvent| {
            let Some(index) = target_of_key(&event.key(), selected, count) else { return };
            event.prevent_default();
            on_select.emit(index);
            let tab = document().get_element_by_id(&tab_id(name, index));
            if let Some(tab) = tab.and_then(|tab| tab.dyn_into::<HtmlElement>().ok()) {
                tab.focus().expect("a button can be focused");
            }
        }
    };
    html! {
        <div class="tabs" role="tablist" aria-label={label} {onkeydown}>
            for (index, tab) in tabs.iter().enumerate() {
                <button type="button" role="tab" id={tab_id(name, index)} class={tab.class}
                    aria-selected={(index == selected).to_string()} aria-controls={panel_id(name, index)}
                    tabindex={if index == selected { "0" } else { "-1" }}
                    onclick={on_select.reform(move |_: MouseEvent| index)}>
                    { &tab.label }
                    if !tab.count.is_empty() {
                        <span class="count" title={&tab.count_label}>{ &tab.count }</span>
                    }
                </button>
            }
        </div>
    }
}

/// The tab to which a key leads.
fn target_of_key(key: &str, selected: usize, count: usize) -> Option<usize> {
    match key {
        "ArrowRight" => Some((selected + 1) % count.max(1)),
        "ArrowLeft" => Some((selected + count.max(1) - 1) % count.max(1)),
        "Home" => Some(0),
        "End" => Some(count.saturating_sub(1)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_go_round() {
        for (key, selected, expected) in [
            ("ArrowRight", 2, Some(0)),
            ("ArrowLeft", 0, Some(2)),
            ("End", 0, Some(2)),
            ("Home", 2, Some(0)),
            ("Enter", 1, None),
        ] {
            assert_eq!(target_of_key(key, selected, 3), expected, "{key} from {selected}");
        }
    }
}
