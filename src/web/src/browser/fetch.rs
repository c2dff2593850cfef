//! Fetching files of the site.

use super::{lab, window};
use js_sys::Uint8Array;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

/// Why a file is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FetchError {
    /// The site has no such file.
    NoSuchFile,
    /// The network or the server failed.
    Network,
}

/// Returns the bytes of a file by its plain name: `lessons/n-plus-one.lesson`.
///
/// # Errors
/// See [`FetchError`].
pub async fn bytes(key: &str) -> Result<Vec<u8>, FetchError> {
    let address = lab::file_address(key).ok_or(FetchError::NoSuchFile)?;
    let response =
        JsFuture::from(window().fetch_with_str(&address)).await.map_err(|_| FetchError::Network)?;
    let response: Response = response.dyn_into().map_err(|_| FetchError::Network)?;
    if response.status() == 404 {
        return Err(FetchError::NoSuchFile);
    }
    if !response.ok() {
        return Err(FetchError::Network);
    }
    let buffer = response.array_buffer().map_err(|_| FetchError::Network)?;
    let buffer = JsFuture::from(buffer).await.map_err(|_| FetchError::Network)?;
    Ok(Uint8Array::new(&buffer).to_vec())
}
