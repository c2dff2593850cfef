//! One file: plain text with line numbers and counts until the editor is there, then the editor.
//!
//! The editor's own element has no children of Yew. A text that the page replaces has another `version`; what
//! the learner types never comes back to the editor, so a key press cannot be lost.

use super::{Same, panel_id, tab_id};
use crate::browser::editor::{self, Editor, Options};
use crate::state::Action;
use std::cell::Cell;
use std::rc::Rc;
use unhappy_trace::text::thousands;
use unhappy_trace::{AwaitMark, Diagnostic};
use unhappy_view::{CodeLanguage, CodeSpan, LineMark, PlaceLink, code_lines};
use web_sys::Element;
use yew::prelude::*;

/// Props of [`CodePane`].
#[derive(Properties, Clone, PartialEq)]
pub struct CodePaneProps {
    /// Place among the files.
    pub index: usize,
    /// Name of the file.
    pub name: AttrValue,
    /// Its text.
    pub text: AttrValue,
    /// Changes when the page replaces the text.
    pub version: u32,
    /// Whether it cannot be changed.
    pub read_only: bool,
    /// Whether it is the open one.
    pub visible: bool,
    /// Line counts, for the text that ran.
    pub marks: Option<Same<[LineMark]>>,
    /// Mistakes in it.
    pub diagnostics: Vec<Diagnostic>,
    /// Awaits in it.
    pub awaits: Vec<AwaitMark>,
    /// A line to bring into view, with its colour and the number of the jump.
    pub jump: Option<(u32, u8, u32)>,
    /// The learner changed it, or asks for a run by keyboard.
    pub act: Callback<Action>,
    /// The editor is there.
    pub on_loaded: Callback<()>,
}

/// One file.
#[component]
pub fn CodePane(props: &CodePaneProps) -> Html {
    let host = use_node_ref();
    let editor = use_mut_ref(|| None::<Editor>);
    let loaded = use_state_eq(|| false);
    let latest = use_mut_ref(|| props.clone());
    *latest.borrow_mut() = props.clone();
    {
        let (host, editor, loaded) = (host.clone(), editor.clone(), loaded.clone());
        use_effect_with((), move |()| {
            let alive = Rc::new(Cell::new(true));
            let still_alive = alive.clone();
            let slot = editor.clone();
            wasm_bindgen_futures::spawn_local(async move {
                match editor::load().await {
                    Ok(module) => {
                        let element = host.cast::<Element>().filter(|_| still_alive.get());
                        let Some(element) = element else { return };
                        let props = latest.borrow().clone();
                        *slot.borrow_mut() = Some(create(&module, &element, &props));
                        loaded.set(true);
                        props.on_loaded.emit(());
                    }
                    Err(error) => web_sys::console::warn_2(&"the editor could not be loaded".into(), &error),
                }
            });
            move || {
                alive.set(false);
                editor.borrow_mut().take();
            }
        });
    }
    {
        let (editor, shown) = (editor.clone(), use_mut_ref(|| None::<CodePaneProps>));
        let (props, is_loaded) = (props.clone(), *loaded);
        use_effect(move || {
            if let (true, Some(editor)) = (is_loaded, &*editor.borrow()) {
                update(editor, shown.borrow().as_ref(), &props);
                *shown.borrow_mut() = Some(props);
            }
        });
    }
    let is_loaded = *loaded;
    html! {
        <div class="editor" role="tabpanel" id={panel_id("files", props.index)}
            aria-labelledby={tab_id("files", props.index)} hidden={!props.visible}>
            <div class="editor__host" ref={host} style="block-size:100%;max-block-size:inherit"></div>
            if !is_loaded { { fallback(props) } }
        </div>
    }
}

/// Hands on what changed since `before`; everything when nothing was handed on yet.
fn update(editor: &Editor, before: Option<&CodePaneProps>, now: &CodePaneProps) {
    let changed = |differs: fn(&CodePaneProps, &CodePaneProps) -> bool| {
        before.is_none_or(|before| differs(before, now))
    };
    let replaced = changed(|before, now| before.version != now.version);
    if replaced {
        editor.show_text(&now.text);
    }
    if replaced || changed(|before, now| before.marks != now.marks) {
        editor.show_counts(now.marks.as_deref().unwrap_or_default());
    }
    if changed(|before, now| before.diagnostics != now.diagnostics) {
        editor.show_diagnostics(&now.diagnostics);
    }
    if changed(|before, now| before.awaits != now.awaits) {
        editor.show_awaits(&now.awaits);
    }
    if let (true, Some((line, tint, _))) = (changed(|before, now| before.jump != now.jump), now.jump) {
        editor.show_line(line, tint);
    }
}

fn create(module: &editor::EditorModule, element: &Element, props: &CodePaneProps) -> Editor {
    let language = CodeLanguage::of_file(&props.name);
    let options = Options {
        text: &props.text,
        language: language.key(),
        read_only: props.read_only,
        label: &props.name,
    };
    let (name, act) = (props.name.to_string(), props.act.clone());
    let on_change = move |text| act.emit(Action::Edit { file: name.clone(), text });
    let act = props.act.clone();
    let (file, at) = (props.name.to_string(), props.act.clone());
    let on_line = move |line| at.emit(Action::Caret(PlaceLink { file: file.clone(), line }));
    Editor::create(module, element, &options, on_change, move || act.emit(Action::RunTraffic), on_line)
}

fn fallback(props: &CodePaneProps) -> Html {
    let marks = props.marks.as_deref().unwrap_or_default();
    let lines = code_lines(&props.text, CodeLanguage::of_file(&props.name));
    let lines = lines.iter().enumerate().map(|(index, line)| fallback_line(index + 1, line, marks));
    html! { <ol tabindex="0" aria-label={&props.name}>{ lines.collect::<Html>() }</ol> }
}

fn fallback_line(number: usize, line: &[CodeSpan], marks: &[LineMark]) -> Html {
    let mark = marks.iter().find(|mark| mark.line as usize == number);
    let span = |span: &CodeSpan| html! { <span class={span.kind.class()}>{ &span.text }</span> };
    html! {
        <li class={mark.is_some_and(|mark| mark.hot).then_some("hot")}>
            <b>{ number }</b>
            <i>{ mark.map(|mark| format!("{}×", thousands(mark.count))).unwrap_or_default() }</i>
            <span>{ line.iter().map(span).collect::<Html>() }</span>
        </li>
    }
}
