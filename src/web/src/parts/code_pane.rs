//! One file: plain text with line numbers and counts until the editor is there, then the editor.
//!
//! The editor's own element has no children of Yew. A text that the page replaces has another `version`; what
//! the learner types never comes back to the editor, so a key press cannot be lost.

use super::{Same, panel_id, tab_id};
use crate::browser::editor::{self, Editor, Options};
use std::cell::Cell;
use std::rc::Rc;
use unhappy_trace::text::thousands;
use unhappy_trace::{AwaitMark, Diagnostic};
use unhappy_view::{CodeLanguage, CodeSpan, LineMark, code_lines};
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
    pub marks: Same<[LineMark]>,
    /// Mistakes in it.
    pub diagnostics: Vec<Diagnostic>,
    /// Awaits in it.
    pub awaits: Vec<AwaitMark>,
    /// A line to bring into view, with the number of the jump.
    pub jump: Option<(u32, u32)>,
    /// The learner changed it.
    pub on_change: Callback<String>,
    /// The learner asks for a run by keyboard.
    pub on_run: Callback<()>,
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
    let with_editor = |show: fn(&Editor, &CodePaneProps)| {
        let (editor, props) = (editor.clone(), props.clone());
        move || {
            if let Some(editor) = &*editor.borrow() {
                show(editor, &props);
            }
        }
    };
    let is_loaded = *loaded;
    let run = with_editor(|editor, props| editor.show_text(&props.text));
    use_effect_with((props.version, is_loaded), move |_| run());
    let run = with_editor(|editor, props| editor.show_counts(&props.marks));
    use_effect_with((props.marks.clone(), props.version, is_loaded), move |_| run());
    let run = with_editor(|editor, props| editor.show_diagnostics(&props.diagnostics));
    use_effect_with((props.diagnostics.clone(), is_loaded), move |_| run());
    let run = with_editor(|editor, props| editor.show_awaits(&props.awaits));
    use_effect_with((props.awaits.clone(), is_loaded), move |_| run());
    let run = with_editor(|editor, props| {
        if let Some((line, _)) = props.jump {
            editor.show_line(line);
        }
    });
    use_effect_with((props.jump, is_loaded), move |_| run());

    html! {
        <div class="editor" role="tabpanel" id={panel_id("files", props.index)}
            aria-labelledby={tab_id("files", props.index)} hidden={!props.visible}>
            <div class="editor__host" ref={host} style="block-size:100%;max-block-size:inherit"></div>
            if !is_loaded { { fallback(props) } }
        </div>
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
    let (on_change, on_run) = (props.on_change.clone(), props.on_run.clone());
    Editor::create(module, element, &options, move |text| on_change.emit(text), move || on_run.emit(()))
}

fn fallback(props: &CodePaneProps) -> Html {
    html! {
        <ol tabindex="0" aria-label={&props.name}>
            for (index, line) in code_lines(&props.text, CodeLanguage::of_file(&props.name)).iter().enumerate() {
                { fallback_line(index + 1, line, &props.marks) }
            }
        </ol>
    }
}

fn fallback_line(number: usize, line: &[CodeSpan], marks: &[LineMark]) -> Html {
    let mark = marks.iter().find(|mark| mark.line as usize == number);
    html! {
        <li class={mark.is_some_and(|mark| mark.hot).then_some("hot")}>
            <b>{ number }</b>
            <i>{ mark.map(|mark| format!("{}×", thousands(mark.count))).unwrap_or_default() }</i>
            <span>
                for span in line.iter() { <span class={span.kind.class()}>{ &span.text }</span> }
            </span>
        </li>
    }
}
