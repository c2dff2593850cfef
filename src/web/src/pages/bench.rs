//! The workbench of a lesson: holds the page's state and draws the parts.

use super::evidence::evidence;
use super::follow::Follower;
use super::saved;
use super::slots::slots;
use crate::browser::link::{copy, follow_links};
use crate::browser::prose::Slots;
use crate::browser::{view, window};
use crate::engine::{Engine, Told};
use crate::parts::{
    Clicked, CodePane, RunBar, Same, Tab, Working, banner, button, by_hand, clicked, diagnostics_list, noun,
    on_click, path_bar, prove_label, run_bar, settings_panel, tab_list,
};
use crate::state::{Action, EngineState, EvidenceView, Job, LessonState};
use gloo_events::EventListener;
use gloo_timers::callback::Timeout;
use std::rc::Rc;
use unhappy_lesson::{File, Lesson};
use unhappy_trace::Diagnostic;
use unhappy_trace::text::thousands;
use yew::prelude::*;

/// How long after the editor is there the engine is started. Milliseconds.
const WARM_DELAY_MS: u32 = 100;

impl Reducible for LessonState {
    type Action = Action;

    fn reduce(self: Rc<Self>, action: Action) -> Rc<Self> {
        let mut next = Rc::unwrap_or_clone(self);
        next.apply(action);
        Rc::new(next)
    }
}

/// Props of [`Workbench`].
#[derive(Properties, PartialEq)]
pub struct WorkbenchProps {
    /// The lesson.
    pub lesson: Same<Lesson>,
    /// The same, packed, for the engine.
    pub packed: Same<[u8]>,
    /// The elements of the text column that the page fills.
    pub slots: Slots,
}

/// What the parts report to. Made once, so that a part whose props are equal is not drawn again.
#[derive(Clone)]
struct Wires {
    act: Callback<Action>,
    engine: Rc<Engine>,
    on_loaded: Callback<()>,
}

/// The workbench of a lesson.
#[component]
pub fn Workbench(props: &WorkbenchProps) -> Html {
    let lesson = props.lesson.0.clone();
    let state = use_reducer(move || {
        let stored = saved::load_all(&lesson);
        let mut state = LessonState::new(lesson, stored.clone().unwrap_or_default());
        state.storage_failed = stored.is_err();
        state
    });
    let (packed, dispatcher) = (props.packed.clone(), state.dispatcher());
    let wires = use_memo((), move |()| {
        let act = Callback::from(move |action| dispatcher.dispatch(action));
        let engine = Rc::new(Engine::new(packed.to_vec(), act.reform(|told: Told| Action::Engine(told))));
        let warm = engine.clone();
        let on_loaded = Callback::from(move |()| {
            let engine = warm.clone();
            Timeout::new(WARM_DELAY_MS, move || engine.warm()).forget();
        });
        Wires { act, engine, on_loaded }
    });
    let follower = use_mut_ref(|| Follower::new(wires.engine.clone(), wires.act.clone()));
    {
        let (follower, state) = (follower.clone(), state.clone());
        use_effect(move || follower.borrow_mut().follow(&state));
    }
    {
        let (state, act) = (state.clone(), wires.act.clone());
        use_effect_with((), move |()| {
            let links = follow_links(move |link| act.emit(Action::OpenLink(link)));
            let flush = Rc::new(move || follower.borrow().flush(&state));
            let leaving = flush.clone();
            let listener = EventListener::new(&window(), "pagehide", move |_| leaving());
            move || {
                drop((listener, links));
                flush();
            }
        });
    }
    draw(&state, &wires, &props.slots)
}

fn draw(state: &LessonState, wires: &Wires, places: &Slots) -> Html {
    let act = &wires.act;
    let by_key = act.clone();
    let onkeydown = move |event: KeyboardEvent| {
        let runs = event.key() == "Enter" && (event.ctrl_key() || event.meta_key());
        if runs && !event.default_prevented() {
            event.prevent_default();
            by_key.emit(Action::RunTraffic);
        }
    };
    let by_link = act.clone();
    let onclick = move |event: MouseEvent| match clicked(&event) {
        Some(Clicked::Line(place, tint)) => by_link.emit(Action::Jump(place, tint)),
        Some(Clicked::Schedule) => by_link.emit(Action::View(EvidenceView::Schedule)),
        Some(Clicked::Play(schedule, at, is_fresh)) => {
            view::focus(".hand");
            by_link.emit(Action::Play { schedule, at, is_fresh });
        }
        Some(Clicked::Copy(text, button)) => copy(text, button),
        None => {}
    };
    html! {
        <>
            { path_bar(state.step, &state.progress, act) }
            <main class="bench" aria-label="Workbench" {onkeydown} {onclick}>
                { banners(state, wires) }
                { files(state, wires) }
                { code_bar(state, act) }
                { run_bar(bar(state), act) }
                if let Some(hand) = &state.hand { { by_hand(hand, act) } }
                { evidence(state, act) }
            </main>
            { slots(places, state, act) }
        </>
    }
}

fn banners(state: &LessonState, wires: &Wires) -> Html {
    let trouble = match (&state.engine, &state.trouble) {
        (EngineState::Unavailable(sentence), _) => {
            let (act, engine) = (wires.act.clone(), wires.engine.clone());
            let retry = Callback::from(move |_| {
                act.emit(Action::Retry);
                engine.warm();
            });
            let text = format!("{sentence} You can go on reading and editing.");
            banner(&text, true, Some(("Try again", retry)))
        }
        (_, Some(sentence)) => {
            banner(sentence, true, Some(("Close", on_click(&wires.act, || Action::DismissTrouble))))
        }
        (_, None) => Html::default(),
    };
    let lost = "This browser does not let the page keep anything. Your text is lost when you leave.";
    html! {
        <>
            { trouble }
            if state.storage_failed { { banner(lost, false, None) } }
        </>
    }
}

fn files(state: &LessonState, wires: &Wires) -> Html {
    let diagnostics = state.diagnostics();
    let tab = |file: &File| {
        let changed = state.code.files().contains_key(&file.name);
        Tab {
            label: format!("{}{}", file.name, if changed { " ●" } else { "" }),
            class: if file.editable { "" } else { "lock" },
            count: diagnostics.iter().filter(|found| found.file == file.name).count(),
            counted: "mistakes",
        }
    };
    let mut tabs: Vec<Tab> = state.lesson.files.iter().map(tab).collect();
    let has_settings = state.settings_shown().next().is_some();
    if has_settings {
        let count = state.settings.len();
        tabs.push(Tab { label: "settings".to_owned(), class: "", count, counted: "changed settings" });
    }
    let panes = state
        .lesson
        .files
        .iter()
        .enumerate()
        .map(|(index, file)| pane(state, wires, index, file, &diagnostics));
    html! {
        <>
            { tab_list("files", "Files", tabs, state.file, wires.act.reform(Action::OpenFile)) }
            { panes.collect::<Html>() }
            if has_settings { { settings_panel(state, state.lesson.files.len(), &wires.act) } }
            { diagnostics_list(&diagnostics) }
        </>
    }
}

fn pane(state: &LessonState, wires: &Wires, index: usize, file: &File, diagnostics: &[Diagnostic]) -> Html {
    let is_here = |name: &str| name == file.name;
    let jump = state.jump.as_ref().filter(|(place, ..)| is_here(&place.file));
    let diagnostics: Vec<Diagnostic> =
        diagnostics.iter().filter(|found| is_here(&found.file)).cloned().collect();
    let awaits = state.awaits().iter().filter(|mark| is_here(&mark.file)).cloned().collect::<Vec<_>>();
    html! {
        <CodePane key={file.name.as_str()} {index} name={file.name.clone()} read_only={!file.editable}
            visible={index == state.file} text={state.code.text(&state.lesson, &file.name).to_owned()}
            version={state.replacements} marks={state.marks.get(index).cloned().map(Same)}
            {diagnostics} {awaits} jump={jump.map(|(place, tint, count)| (place.line, *tint, *count))}
            act={wires.act.clone()} on_loaded={wires.on_loaded.clone()} />
    }
}

/// Says whose text is in the editor, and leads back.
fn code_bar(state: &LessonState, act: &Callback<Action>) -> Html {
    let changed = !state.code.files().is_empty();
    let quiet = |label: &'static str, make: fn() -> Action| button("btn quiet", label, on_click(act, make));
    let trying = state.code.trying.as_ref().map(|trying| match state.lesson.experiment(&trying.key) {
        Some(version) => format!("“{}”", version.name),
        None => "the link's code".to_owned(),
    });
    let content = match trying {
        _ if state.asking_reset => html! {
            <>
                <span>{ "Replace your text with the lesson's code?" }</span>
                { quiet("Replace it", || Action::Reset) }
                { quiet("Keep my text", || Action::AskReset(false)) }
            </>
        },
        Some(name) => html! {
            <>
                <span>{ format!("In the editor: {name}. Your own text is kept.") }</span>
                { quiet("Back to my code", || Action::BackToMine) }
            </>
        },
        None if changed => html! {
            <>
                <span>{ "You changed the lesson's code." }</span>
                { quiet("Reset to the lesson's code", || Action::AskReset(true)) }
            </>
        },
        None if !state.code.can_undo() => return Html::default(),
        None => Html::default(),
    };
    html! {
        <div class="note codebar actions">
            { content }
            if state.code.can_undo() { { quiet("Undo", || Action::Undo) } }
        </div>
    }
}

fn bar(state: &LessonState) -> RunBar<'_> {
    RunBar {
        working: working(state),
        sizes: &state.lesson.sizes.values,
        size: state.size,
        noun: noun(&state.lesson),
        changed: state.changed_settings(),
        seed: state.seed,
        prove_label: prove_label(state),
        by_hand: state.lesson.bound.is_some(),
    }
}

/// What the learner has been waiting for, in words.
fn working(state: &LessonState) -> Option<Working> {
    let active = state.job.as_ref().filter(|active| state.is_busy() && state.late == Some(active.ticket))?;
    let waiting = |words: &str| Working { words: words.to_owned(), done: None };
    Some(match (&state.engine, &active.progress) {
        _ if active.stopping => waiting("Stopping …"),
        (EngineState::Off | EngineState::Starting, _) => waiting("Starting the engine …"),
        (_, Some((_, 0, words))) => waiting(words),
        (_, Some((done, of, unit))) => Working {
            words: format!("{} of {} {unit}", thousands(*done), thousands(*of)),
            done: Some((*done, *of)),
        },
        (_, None) if matches!(active.job, Job::Judge { .. }) => waiting("Judging …"),
        (_, None) => waiting("Running …"),
    })
}
