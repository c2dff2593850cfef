//! The settings of a lesson as a form, by group. A value out of its limits is answered with a sentence.

use super::panel_id;
use super::tabs::tab_id;
use crate::state::{Action, LessonState};
use unhappy_lesson::{Group, Setting, group_of};
use web_sys::HtmlInputElement;
use yew::prelude::*;

const GROUPS: [(Group, &str); 4] = [
    (Group::Server, "Server"),
    (Group::Traffic, "Traffic"),
    (Group::Faults, "Faults"),
    (Group::Data, "Data"),
];

/// The form, as the panel of the tab of that number among the files.
pub fn settings_panel(state: &LessonState, index: usize, act: &Callback<Action>) -> Html {
    let group = |(group, title): (Group, &'static str)| {
        let fields = state.settings_shown().filter(|setting| group_of(&setting.key) == group);
        let fields: Vec<Html> = fields.map(|setting| field(state, setting, act)).collect();
        if fields.is_empty() {
            return Html::default();
        }
        html! { <fieldset><legend>{ title }</legend>{ fields }</fieldset> }
    };
    html! {
        <form class="settings" role="tabpanel" id={panel_id("files", index)} aria-labelledby={tab_id("files", index)}
            hidden={state.file != index} onsubmit={|event: SubmitEvent| event.prevent_default()}>
            { GROUPS.into_iter().map(group).collect::<Html>() }
            <p class="note bad" role="status">{ state.setting_trouble.clone() }</p>
        </form>
    }
}

fn field(state: &LessonState, setting: &Setting, act: &Callback<Action>) -> Html {
    let (key, value, act) = (setting.key.clone(), state.setting(setting), act.clone());
    let onchange = move |event: Event| {
        let input: HtmlInputElement = event.target_unchecked_into();
        act.emit(Action::Set(key.clone(), input.value()));
        input.set_value(&value.to_string());
    };
    html! {
        <label key={setting.key.as_str()}>
            <span>
                { &setting.label }
                if value != setting.default { <small>{ format!(" · default {}", setting.default) }</small> }
            </span>
            <input type="number" min={setting.min.to_string()} max={setting.max.to_string()} value={value.to_string()} {onchange} />
        </label>
    }
}
