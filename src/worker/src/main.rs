//! The Web Worker that serves the page. Placeholder: says that it is ready.

use wasm_bindgen::JsCast as _;
use web_sys::DedicatedWorkerGlobalScope;

fn main() {
    let scope: DedicatedWorkerGlobalScope = web_sys::js_sys::global().unchecked_into();
    scope.post_message(&"ready".into()).expect("a string can be posted");
}
