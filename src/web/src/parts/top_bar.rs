//! The bar at the top: the mark of the site, where one is, a link to copy, the colours.

use crate::app::{AppAction, AppState};
use crate::browser::theme::{self, Theme};
use crate::browser::window;
use gloo_timers::callback::Timeout;
use wasm_bindgen_futures::JsFuture;
use yew::prelude::*;

/// How long "Copied" is shown. Milliseconds.
const COPIED_MS: u32 = 2_000;

/// The mark: the path that leaves the dashed, happy one.
const MARK: &str = "<svg viewBox=\"0 0 40 20\" aria-hidden=\"true\"><path d=\"M2 6h10c5 0 6 9 11 9h3\" fill=\"none\" \
                    stroke=\"currentColor\" stroke-width=\"2.4\" stroke-linecap=\"round\"/><path d=\"M12 6h24\" \
                    fill=\"none\" stroke=\"currentColor\" stroke-width=\"2\" stroke-dasharray=\"2 4\" \
                    stroke-linecap=\"round\" opacity=\".45\"/><rect x=\"27\" y=\"11\" width=\"8\" height=\"8\" \
                    rx=\"1.4\" transform=\"rotate(45 31 15)\" fill=\"var(--unhappy)\"/></svg>Unhappy Path";

/// The bar at the top. `crumbs` are track and title of a lesson.
pub fn top_bar(crumbs: Option<(&str, &str)>, state: &UseReducerHandle<AppState>) -> Html {
    html! {
        <header class="top">
            <a class="brand" href="./">{ Html::from_html_unchecked(AttrValue::Static(MARK)) }</a>
            if let Some((track, title)) = crumbs {
                <nav class="crumbs" aria-label="Where you are">
                    { track }{ " › " }<b aria-current="page">{ title }</b>
                </nav>
            }
            <div class="push">
                if crumbs.is_some() {
                    <button type="button" class="btn wide" onclick={copy_link(state.dispatcher())}>
                        <span role="status">{ if state.copied { "Copied" } else { "Copy link" } }</span>
                    </button>
                }
                { theme_switch(state.theme, state.dispatcher()) }
            </div>
        </header>
    }
}

fn copy_link(dispatcher: UseReducerDispatcher<AppState>) -> Callback<MouseEvent> {
    Callback::from(move |_| {
        let dispatcher = dispatcher.clone();
        wasm_bindgen_futures::spawn_local(async move {
            let Ok(address) = window().location().href() else { return };
            if JsFuture::from(window().navigator().clipboard().write_text(&address)).await.is_ok() {
                dispatcher.dispatch(AppAction::Copied(true));
                Timeout::new(COPIED_MS, move || dispatcher.dispatch(AppAction::Copied(false))).forget();
            }
        });
    })
}

fn theme_switch(chosen: Theme, dispatcher: UseReducerDispatcher<AppState>) -> Html {
    let (sign, words) = match chosen {
        Theme::System => ("◐", "Colours: as the system"),
        Theme::Light => ("☀", "Colours: light"),
        Theme::Dark => ("☾", "Colours: dark"),
    };
    let onclick = move |_: MouseEvent| {
        theme::choose(chosen.next());
        dispatcher.dispatch(AppAction::Theme(chosen.next()));
    };
    html! {
        <button type="button" class="btn quiet" aria-label={words} title={words} {onclick}>
            <span aria-hidden="true">{ sign }</span>
        </button>
    }
}
