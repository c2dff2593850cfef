//! Light, dark, or as the system says. Kept in storage, set on the root element as `data-theme`.

use super::{document, storage};

/// A choice of colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// As the system says.
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

const KEY: &str = "theme";

impl Theme {
    /// Returns the choice after this one.
    pub fn next(self) -> Theme {
        match self {
            Theme::System => Theme::Light,
            Theme::Light => Theme::Dark,
            Theme::Dark => Theme::System,
        }
    }

    /// Returns the word in storage and on the root element.
    pub fn key(self) -> &'static str {
        match self {
            Theme::System => "system",
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }
}

/// Returns the stored choice.
pub fn stored() -> Theme {
    match storage::read(KEY).ok().flatten().as_deref() {
        Some("light") => Theme::Light,
        Some("dark") => Theme::Dark,
        _ => Theme::System,
    }
}

/// Shows a choice and stores it. Without storage it holds until the page is left.
pub fn choose(theme: Theme) {
    show(theme);
    let stored = (theme != Theme::System).then(|| theme.key());
    if storage::write(KEY, stored).is_err() {
        web_sys::console::warn_1(&"the choice of colours could not be stored".into());
    }
}

/// Shows a choice.
pub fn show(theme: Theme) {
    let Some(root) = document().document_element() else { return };
    let shown = match theme {
        Theme::System => root.remove_attribute("data-theme"),
        other => root.set_attribute("data-theme", other.key()),
    };
    shown.expect("data-theme is a valid attribute");
}
