//! The code editor's module: loaded once, when the first editor is shown.

use super::lab;
use js_sys::{Array, Function, Object, Reflect};
use std::cell::RefCell;
use unhappy_trace::{AwaitMark, Diagnostic};
use unhappy_view::LineMark;
use wasm_bindgen::prelude::*;
use web_sys::Element;

#[wasm_bindgen]
extern "C" {
    /// The module.
    #[derive(Clone)]
    pub type EditorModule;

    #[wasm_bindgen(method, js_name = createEditor)]
    fn create_editor(this: &EditorModule, parent: &Element, options: &Object) -> EditorHandle;

    /// An editor.
    pub type EditorHandle;

    #[wasm_bindgen(method, js_name = setDoc)]
    fn set_doc(this: &EditorHandle, text: &str);
    #[wasm_bindgen(method, js_name = getDoc)]
    fn get_doc(this: &EditorHandle) -> String;
    #[wasm_bindgen(method, js_name = setCounts)]
    fn set_counts(this: &EditorHandle, counts: &Array);
    #[wasm_bindgen(method, js_name = setDiagnostics)]
    fn set_diagnostics(this: &EditorHandle, diagnostics: &Array);
    #[wasm_bindgen(method, js_name = setAwaits)]
    fn set_awaits(this: &EditorHandle, awaits: &Array);
    #[wasm_bindgen(method, js_name = highlightLine)]
    fn highlight_line(this: &EditorHandle, line: u32, class_name: &str);
    #[wasm_bindgen(method)]
    fn focus(this: &EditorHandle);
    #[wasm_bindgen(method)]
    fn destroy(this: &EditorHandle);
}

thread_local! {
    /// Loading takes a moment and the module never changes.
    static MODULE: RefCell<Option<EditorModule>> = const { RefCell::new(None) };
}

/// Loads the module, once.
///
/// # Errors
/// The browser's error when it cannot be loaded.
pub async fn load() -> Result<EditorModule, JsValue> {
    if let Some(module) = MODULE.with_borrow(Clone::clone) {
        return Ok(module);
    }
    let module: EditorModule = lab::import_module("editor.js").await?.unchecked_into();
    MODULE.set(Some(module.clone()));
    Ok(module)
}

/// What an editor is created with.
pub struct Options<'a> {
    /// The text to begin with.
    pub text: &'a str,
    /// `python` or `sql`.
    pub language: &'a str,
    /// Whether the text cannot be changed.
    pub read_only: bool,
    /// Accessible name.
    pub label: &'a str,
}

/// A live editor. Dropping it takes it out of the page.
pub struct Editor {
    handle: EditorHandle,
    _on_change: Closure<dyn FnMut(String)>,
    _on_run: Closure<dyn FnMut()>,
    _on_line: Closure<dyn FnMut(u32)>,
}

impl Drop for Editor {
    fn drop(&mut self) {
        self.handle.destroy();
    }
}

impl Editor {
    /// Creates an editor in an element that Yew leaves empty.
    pub fn create(
        module: &EditorModule,
        parent: &Element,
        options: &Options<'_>,
        on_change: impl FnMut(String) + 'static,
        on_run: impl FnMut() + 'static,
        on_line: impl FnMut(u32) + 'static,
    ) -> Editor {
        let (on_change, on_run, on_line) =
            (Closure::new(on_change), Closure::new(on_run), Closure::new(on_line));
        let change: &Function = Closure::as_ref(&on_change).unchecked_ref();
        let run: &Function = Closure::as_ref(&on_run).unchecked_ref();
        let line: &Function = Closure::as_ref(&on_line).unchecked_ref();
        let fields = object(&[
            ("doc", options.text.into()),
            ("language", options.language.into()),
            ("readOnly", options.read_only.into()),
            ("label", options.label.into()),
            ("onChange", change.into()),
            ("onRun", run.into()),
            ("onLine", line.into()),
        ]);
        let handle = module.create_editor(parent, &fields);
        Editor { handle, _on_change: on_change, _on_run: on_run, _on_line: on_line }
    }

    /// Replaces the text unless it is the same.
    pub fn show_text(&self, text: &str) {
        if self.handle.get_doc() != text {
            self.handle.set_doc(text);
        }
    }

    /// Shows how often each line ran.
    pub fn show_counts(&self, marks: &[LineMark]) {
        #[expect(clippy::cast_precision_loss, reason = "a count above 2^53 is not reached in a browser")]
        let count = |mark: &LineMark| {
            object(&[
                ("line", mark.line.into()),
                ("count", (mark.count as f64).into()),
                ("hot", mark.hot.into()),
            ])
        };
        self.handle.set_counts(&marks.iter().map(count).collect::<Array>());
    }

    /// Shows mistakes.
    pub fn show_diagnostics(&self, diagnostics: &[Diagnostic]) {
        let one = |found: &Diagnostic| {
            let message = match &found.hint {
                Some(hint) => format!("{}\n{hint}", found.message),
                None => found.message.clone(),
            };
            object(&[
                ("line", found.line.into()),
                ("column", found.column.into()),
                ("endLine", found.end_line.into()),
                ("endColumn", found.end_column.into()),
                ("message", message.into()),
            ])
        };
        self.handle.set_diagnostics(&diagnostics.iter().map(one).collect::<Array>());
    }

    /// Shows where other requests may run.
    pub fn show_awaits(&self, awaits: &[AwaitMark]) {
        let one = |mark: &AwaitMark| object(&[("line", mark.line.into()), ("column", mark.column.into())]);
        self.handle.set_awaits(&awaits.iter().map(one).collect::<Array>());
    }

    /// Marks a line in the colour of a request (0, 1, or 2 for neither) and brings it into view.
    pub fn show_line(&self, line: u32, tint: u8) {
        self.handle.highlight_line(line, ["cm-sel", "cm-selb", "cm-selo"][usize::from(tint.min(2))]);
        self.handle.focus();
    }
}

fn object(fields: &[(&str, JsValue)]) -> Object {
    let object = Object::new();
    for (name, value) in fields {
        Reflect::set(&object, &(*name).into(), value).expect("a fresh object takes every field");
    }
    object
}
