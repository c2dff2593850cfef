//! The browser's local storage as a map of texts. Every failure is one value, told once by the page.
//!
//! Keys begin with `unhappy/1/`: the number is the version of what is stored, and nothing of other sites on
//! the same host is touched.

use super::window;
use web_sys::Storage;

/// Storage is not there or full: private mode, quota, switched off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unavailable;

fn local() -> Result<Storage, Unavailable> {
    window().local_storage().ok().flatten().ok_or(Unavailable)
}

fn full_key(key: &str) -> String {
    format!("unhappy/1/{key}")
}

/// Returns the text under a key.
///
/// # Errors
/// When storage cannot be read.
pub fn read(key: &str) -> Result<Option<String>, Unavailable> {
    local()?.get_item(&full_key(key)).map_err(|_| Unavailable)
}

/// Stores a text, or takes it away.
///
/// # Errors
/// When storage cannot be written.
pub fn write(key: &str, text: Option<&str>) -> Result<(), Unavailable> {
    let (storage, key) = (local()?, full_key(key));
    match text {
        Some(text) => storage.set_item(&key, text),
        None => storage.remove_item(&key),
    }
    .map_err(|_| Unavailable)
}
