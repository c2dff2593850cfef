//! The edge to the browser: everything that is neither Yew nor ours, each behind a few plain functions.
//!
//! Owns: addresses, files, storage, the clock, the theme, the text column's element, the editor's module.
//! Nothing here knows a lesson's state.

pub mod clock;
pub mod editor;
pub mod fetch;
pub mod lab;
pub mod link;
pub mod prose;
pub mod storage;
pub mod theme;
pub mod view;

use web_sys::{Document, Window};

/// Returns the window.
pub fn window() -> Window {
    web_sys::window().expect("the page runs in a window")
}

/// Returns the document.
pub fn document() -> Document {
    window().document().expect("a window has a document")
}
