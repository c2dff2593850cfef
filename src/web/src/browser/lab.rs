//! What boot.js offers: files by their plain names, the editor's module, workers with the engine.

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// The address of a file by its plain name. Throws when the site has no such file.
    #[wasm_bindgen(js_namespace = lab, catch)]
    pub fn asset(key: &str) -> Result<String, JsValue>;

    /// Imports a script by its plain name.
    #[wasm_bindgen(js_namespace = lab, js_name = importModule, catch)]
    pub async fn import_module(key: &str) -> Result<JsValue, JsValue>;

    /// A new worker that runs the engine.
    #[wasm_bindgen(js_namespace = lab, js_name = spawnEngine, catch)]
    pub async fn spawn_engine() -> Result<JsValue, JsValue>;
}
