//! Fetching files of the site.

use super::{lab, window};
use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

/// Returns the bytes of a file by its plain name: `lessons/n-plus-one.lesson`.
///
/// # Errors
/// When the site has no such file, or network or server fail.
pub async fn bytes(key: &str) -> Result<Vec<u8>, JsValue> {
    let address = lab::asset(key)?;
    let response: Response = JsFuture::from(window().fetch_with_str(&address)).await?.dyn_into()?;
    if !response.ok() {
        return Err(JsValue::from_str("the server has no such file"));
    }
    Ok(Uint8Array::new(&JsFuture::from(response.array_buffer()?).await?).to_vec())
}
