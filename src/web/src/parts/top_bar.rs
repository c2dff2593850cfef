//! The bar at the top: the mark of the site, where one is, a link to copy, the colours.

use crate::browser::theme::{self, Theme};
use crate::browser::window;
use gloo_timers::callback::Timeout;
use wasm_bindgen_futures::JsFuture;
use yew::prelude::*;

/// How long "Copied" is shown. Milliseconds.
const COPIED_MS: u32 = 2_000;

/// Props of [`TopBar`].
#[derive(Properties, PartialEq)]
pub struct TopBarProps {
    /// Track and title of the lesson; none elsewhere.
    #[prop_or_default]
    pub crumbs: Option<(AttrValue, AttrValue)>,
}

/// The bar at the top.
#[component]
pub fn TopBar(props: &TopBarProps) -> Html {
    let copied = use_state_eq(|| false);
    let theme = use_state_eq(theme::stored);
    html! {
        <header class="top">
            <a class="brand" href="./">{ mark() }{ "Unhappy Path" }</a>
            if let Some((track, title)) = &props.crumbs {
                <nav class="crumbs" aria-label="Where you are">
                    { track }{ " › " }<b aria-current="page">{ title }</b>
                </nav>
            }
            <div class="push">
                if props.crumbs.is_some() {
                    <button type="button" class="btn wide" onclick={copy_link(copied.clone())}>
                        <span role="status">{ if *copied { "Copied" } else { "Copy link" } }</span>
                    </button>
                }
                { theme_switch(theme) }
            </div>
        </header>
    }
}

fn copy_link(copied: UseStateHandle<bool>) -> Callback<MouseEvent> {
    Callback::from(move |_| {
        let copied = copied.clone();
        wasm_bindgen_futures::spawn_local(async move {
            let Ok(address) = window().location().href() else { return };
            if JsFuture::from(window().navigator().clipboard().write_text(&address)).await.is_ok() {
                copied.set(true);
                Timeout::new(COPIED_MS, move || copied.set(false)).forget();
            }
        });
    })
}

fn theme_switch(chosen: UseStateHandle<Theme>) -> Html {
    let (sign, words) = match *chosen {
        Theme::System => ("◐", "Colours: as the system"),
        Theme::Light => ("☀", "Colours: light"),
        Theme::Dark => ("☾", "Colours: dark"),
    };
    let onclick = move |_: MouseEvent| {
        let next = chosen.next();
        theme::choose(next);
        chosen.set(next);
    };
    html! {
        <button type="button" class="btn quiet" aria-label={words} title={words} {onclick}>
            <span aria-hidden="true">{ sign }</span>
        </button>
    }
}

/// The mark: the path that leaves the dashed, happy one.
fn mark() -> Html {
    html! {
        <svg viewBox="0 0 40 20" aria-hidden="true">
            <path d="M2 6h10c5 0 6 9 11 9h3" fill="none" stroke="currentColor" stroke-width="2.4" stroke-linecap="round" />
            <path d="M12 6h24" fill="none" stroke="currentColor" stroke-width="2" stroke-dasharray="2 4"
                stroke-linecap="round" opacity=".45" />
            <rect x="27" y="11" width="8" height="8" rx="1.4" transform="rotate(45 31 15)" fill="var(--unhappy)" />
        </svg>
    }
}
