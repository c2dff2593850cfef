//! Tabs after the ARIA Authoring Practices pattern: one stop for the Tab key, arrows inside, the tab that has
//! the focus is the chosen one.

use crate::browser::document;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use yew::prelude::*;

/// A tab.
pub struct Tab {
    /// Its text.
    pub label: String,
    /// A class, such as `lock` for what cannot be changed.
    pub class: &'static str,
    /// A number behind the label; none is shown for zero.
    pub count: usize,
    /// What the number counts.
    pub counted: &'static str,
}

/// Returns the id of a tab.
pub fn tab_id(name: &str, index: usize) -> String {
    format!("tab-{name}-{index}")
}

/// Returns the id of a tab's panel.
pub fn panel_id(name: &str, index: usize) -> String {
    format!("panel-{name}-{index}")
}

/// A row of tabs. `name` is what their ids begin with, `label` what a screen reader says.
pub fn tab_list(
    name: &'static str,
    label: &'static str,
    tabs: Vec<Tab>,
    selected: usize,
    on_select: Callback<usize>,
) -> Html {
    let count = tabs.len();
    let select = on_select.clone();
    let onkeydown = move |event: KeyboardEvent| {
        let Some(index) = target_of_key(&event.key(), selected, count) else { return };
        event.prevent_default();
        select.emit(index);
        let tab = document().get_element_by_id(&tab_id(name, index));
        if let Some(tab) = tab.and_then(|tab| tab.dyn_into::<HtmlElement>().ok()) {
            tab.focus().expect("a button can be focused");
        }
    };
    let one = |(index, tab): (usize, Tab)| {
        let is_selected = index == selected;
        html! {
            <button type="button" role="tab" id={tab_id(name, index)} class={tab.class}
                aria-selected={if is_selected { "true" } else { "false" }} aria-controls={panel_id(name, index)}
                tabindex={if is_selected { "0" } else { "-1" }}
                onclick={on_select.reform(move |_: MouseEvent| index)}>
                { tab.label }
                if tab.count > 0 {
                    <span class="count" title={tab.counted}>{ tab.count }</span>
                }
            </button>
        }
    };
    html! {
        <div class="tabs" role="tablist" aria-label={label} {onkeydown}>
            { tabs.into_iter().enumerate().map(one).collect::<Html>() }
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
