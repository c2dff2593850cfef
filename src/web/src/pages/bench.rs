//! The workbench of a lesson: holds the page's state, carries out what follows from it, draws the parts.

use super::saved::{self, Saver};
use super::slots::slots;
use crate::browser::prose::{self, Slots};
use crate::browser::window;
use crate::engine::{Engine, Told};
use crate::parts::{
    Banner, BeforeShown, CodePane, Diagnostics, EvidencePanel, PathBar, RunBar, RunsList, Same, Tab, TabList,
    Tables, TopBar, VerdictPanel, Working, noun, panel_id, prove_label, tab_id,
};
use crate::state::{Action, Before, EngineState, EvidenceView, Job, LessonState, Run};
use gloo_events::EventListener;
use gloo_timers::callback::Timeout;
use std::rc::Rc;
use unhappy_lesson::{File, Lesson};
use unhappy_trace::text::thousands;
use unhappy_view::{LineMark, PlaceLink, recorded_line_marks};
use yew::prelude::*;

/// How long after the last key press the text is checked. Milliseconds.
const CHECK_DELAY_MS: u32 = 400;
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
    let dispatcher = state.dispatcher();
    let engine = {
        let (packed, dispatcher) = (props.packed.clone(), dispatcher.clone());
        use_memo((), move |()| {
            let told = Callback::from(move |told: Told| dispatcher.dispatch(Action::Engine(told)));
            Engine::new(packed.to_vec(), told)
        })
    };
    use_engine(&state, &engine);
    use_saving(&state);
    use_step(&state);
    let on_loaded = {
        let engine = engine.clone();
        use_callback((), move |(), ()| {
            let engine = engine.clone();
            Timeout::new(WARM_DELAY_MS, move || engine.warm()).forget();
        })
    };
    let on_retry = {
        let (engine, dispatcher) = (engine.clone(), dispatcher.clone());
        Callback::from(move |()| {
            dispatcher.dispatch(Action::Retry);
            engine.warm();
        })
    };
    let onkeydown = {
        let dispatcher = dispatcher.clone();
        move |event: KeyboardEvent| {
            let runs = event.key() == "Enter" && (event.ctrl_key() || event.meta_key());
            if runs && !event.default_prevented() {
                event.prevent_default();
                dispatcher.dispatch(Action::RunTraffic);
            }
        }
    };
    let crumbs = (AttrValue::from(state.lesson.track.clone()), AttrValue::from(state.lesson.title.clone()));
    html! {
        <>
            <TopBar {crumbs} />
            <PathBar step={state.step} done={state.progress.done.iter().copied().collect::<Vec<_>>()}
                broke={state.progress.broke} on_go={act(&state, Action::Go)} />
            <main class="bench" aria-label="Workbench" {onkeydown}>
                { banners(&state, on_retry) }
                { files(&state, &on_loaded) }
                { code_bar(&state) }
                { run_bar(&state) }
                { evidence(&state) }
            </main>
            { slots(&props.slots, &state) }
        </>
    }
}

/// Returns a callback that dispatches an action.
fn act<T: 'static>(
    state: &UseReducerHandle<LessonState>,
    make: impl Fn(T) -> Action + 'static,
) -> Callback<T> {
    let dispatcher = state.dispatcher();
    Callback::from(move |value| dispatcher.dispatch(make(value)))
}

/// Asks and stops what the state says, one thing at a time.
#[hook]
fn use_engine(state: &UseReducerHandle<LessonState>, engine: &Rc<Engine>) {
    let asked = state.job.as_ref().map(|active| active.ticket);
    {
        let (engine, state) = (engine.clone(), state.clone());
        use_effect_with(asked, move |_| {
            if let Some(active) = &state.job {
                engine.ask(active.ticket, active.job.request());
            }
        });
    }
    let stopping = state.job.as_ref().filter(|active| active.stopping).map(|active| active.ticket);
    {
        let engine = engine.clone();
        use_effect_with(stopping, move |ticket| {
            if let Some(ticket) = ticket {
                engine.stop(*ticket);
            }
        });
    }
    {
        let dispatcher = state.dispatcher();
        use_effect_with(state.background_job(), move |job| {
            if job.is_some() {
                dispatcher.dispatch(Action::Background);
            }
        });
    }
    let dispatcher = state.dispatcher();
    use_effect_with(state.edits, move |edits| {
        let settled = move || dispatcher.dispatch(Action::Settled);
        let timer = (*edits > 0).then(|| Timeout::new(CHECK_DELAY_MS, settled));
        move || drop(timer)
    });
}

/// Keeps the text and the progress in the browser.
#[hook]
fn use_saving(state: &UseReducerHandle<LessonState>) {
    let saver = use_mut_ref(Saver::new);
    let flush = {
        let (saver, lesson, dispatcher) = (saver.clone(), state.lesson.clone(), state.dispatcher());
        Rc::new(move || {
            if saver.borrow_mut().flush(&lesson).is_err() {
                dispatcher.dispatch(Action::StorageFailed);
            }
        })
    };
    {
        let flush = flush.clone();
        use_effect_with(state.stored(), move |stored| {
            saver.borrow_mut().later(stored.clone(), move || flush());
        });
    }
    use_effect_with((), move |()| {
        let leaving = flush.clone();
        let listener = EventListener::new(&window(), "pagehide", move |_| leaving());
        move || {
            drop(listener);
            flush();
        }
    });
}

/// Shows the text of the step; the focus follows only when the learner chose it.
#[hook]
fn use_step(state: &UseReducerHandle<LessonState>) {
    use_effect_with((state.step, state.steps_chosen), |(step, chosen)| {
        prose::show_step(step.key());
        if *chosen > 0 {
            prose::focus_step(step.key());
        }
    });
}

fn banners(state: &UseReducerHandle<LessonState>, on_retry: Callback<()>) -> Html {
    let dismiss = act(state, |()| Action::DismissTrouble);
    html! {
        <>
            if let EngineState::Unavailable(sentence) = &state.engine {
                <Banner bad={true} action="Try again" on_action={on_retry}
                    text={format!("{sentence} You can go on reading and editing.")} />
            } else if let Some(sentence) = &state.trouble {
                <Banner bad={true} text={AttrValue::from(sentence.clone())} action="Close" on_action={dismiss} />
            }
            if state.storage_failed {
                <Banner text="This browser does not let the page keep anything. Your text is lost when you leave." />
            }
        </>
    }
}

fn files(state: &UseReducerHandle<LessonState>, on_loaded: &Callback<()>) -> Html {
    let diagnostics = state.diagnostics();
    let count = |file: &File| diagnostics.iter().filter(|found| found.file == file.name).count();
    let tab = |file: &File| {
        let changed = state.code.files().contains_key(&file.name);
        let label = if changed { format!("{} ●", file.name) } else { file.name.clone() };
        let found = count(file);
        Tab {
            label: label.into(),
            class: if file.editable { "" } else { "lock" },
            count: if found > 0 { found.to_string().into() } else { AttrValue::default() },
            count_label: "mistakes".into(),
        }
    };
    html! {
        <>
            <TabList name="files" label="Files" tabs={state.lesson.files.iter().map(tab).collect::<Vec<_>>()}
                selected={state.file} on_select={act(state, Action::OpenFile)} />
            for (index, file) in state.lesson.files.iter().enumerate() {
                <Pane key={file.name.clone()} {index} state={state.clone()} on_loaded={on_loaded.clone()} />
            }
            <Diagnostics {diagnostics} on_jump={act(state, Action::Jump)} />
        </>
    }
}

/// Props of [`Pane`].
#[derive(Properties, PartialEq)]
struct PaneProps {
    index: usize,
    state: UseReducerHandle<LessonState>,
    on_loaded: Callback<()>,
}

impl PartialEq for LessonState {
    /// Two states of a page are never taken for equal: comparing them costs more than drawing.
    fn eq(&self, _: &LessonState) -> bool {
        false
    }
}

/// One file with what belongs to it. Line counts are those of the text that ran: they are put in when a run
/// is shown or the text is replaced, and from then on the editor moves them with their lines.
#[component]
fn Pane(props: &PaneProps) -> Html {
    let PaneProps { index, state, on_loaded } = props;
    let Some(file) = state.lesson.files.get(*index) else { return Html::default() };
    let shown = state.shown_run().cloned().map(Same);
    let marks = {
        let (state, name) = (state.clone(), file.name.clone());
        use_memo((shown, state.replacements), move |(shown, _)| {
            Same(Rc::<[LineMark]>::from(marks(&state, shown.as_ref(), &name)))
        })
    };
    let of_file = |name: &str| name == file.name;
    let jump = state.jump.as_ref().filter(|(place, _)| of_file(&place.file));
    let name = file.name.clone();
    html! {
        <CodePane index={*index} name={file.name.clone()} read_only={!file.editable} visible={*index == state.file}
            text={state.code.text(&state.lesson, &file.name).to_owned()} version={state.replacements}
            marks={(*marks).clone()}
            diagnostics={state.diagnostics().into_iter().filter(|found| of_file(&found.file)).collect::<Vec<_>>()}
            awaits={state.awaits().iter().filter(|mark| of_file(&mark.file)).cloned().collect::<Vec<_>>()}
            jump={jump.map(|(place, count)| (place.line, *count))}
            on_change={act(state, move |text| Action::Edit { file: name.clone(), text })}
            on_run={act(state, |()| Action::RunTraffic)} on_loaded={on_loaded.clone()} />
    }
}

fn marks(state: &LessonState, shown: Option<&Same<Run>>, file: &str) -> Vec<LineMark> {
    let text = state.code.text(&state.lesson, file);
    let own = state.lesson.file(file).map(|file| file.text.as_str());
    match (shown, &state.lesson.record) {
        (Some(run), _) => {
            let ran = run.files().get(file).map(String::as_str).or(own);
            let marks = run.evidence.lines.get(file).filter(|_| ran == Some(text));
            marks.cloned().unwrap_or_default()
        }
        (None, Some(record)) if own == Some(text) => recorded_line_marks(&record.broken_lines, file, text),
        _ => Vec::new(),
    }
}

/// Says whose text is in the editor, and leads back.
fn code_bar(state: &UseReducerHandle<LessonState>) -> Html {
    html! { <CodeBar state={state.clone()} /> }
}

/// Props of [`CodeBar`].
#[derive(Properties, PartialEq)]
struct CodeBarProps {
    state: UseReducerHandle<LessonState>,
}

#[component]
fn CodeBar(props: &CodeBarProps) -> Html {
    let state = &props.state;
    let asking = use_state_eq(|| false);
    let changed = !state.code.files().is_empty();
    let button = |label: &'static str, onclick: Callback<MouseEvent>| {
        html! { <button type="button" class="btn quiet" {onclick}>{ label }</button> }
    };
    let click = |make: fn() -> Action| act(state, move |_: MouseEvent| make());
    let ask = |value: bool| {
        let asking = asking.clone();
        Callback::from(move |_: MouseEvent| asking.set(value))
    };
    let reset = {
        let (asking, dispatcher) = (asking.clone(), state.dispatcher());
        Callback::from(move |_: MouseEvent| {
            asking.set(false);
            dispatcher.dispatch(Action::Reset);
        })
    };
    if !changed && !state.code.can_undo() {
        return Html::default();
    }
    let name = state.code.trying.as_ref().and_then(|trying| state.lesson.experiment(&trying.key));
    html! {
        <div class="note codebar actions">
            if *asking {
                <span>{ "Replace your text with the lesson's code?" }</span>
                { button("Replace it", reset) }
                { button("Keep my text", ask(false)) }
            } else if let Some(version) = name {
                <span>{ format!("In the editor: “{}”. Your own text is kept.", version.name) }</span>
                { button("Back to my code", click(|| Action::BackToMine)) }
            } else if changed {
                <span>{ "You changed the lesson's code." }</span>
                { button("Reset to the lesson's code", ask(true)) }
            }
            if !*asking && state.code.can_undo() {
                { button("Undo", click(|| Action::Undo)) }
            }
        </div>
    }
}

fn run_bar(state: &UseReducerHandle<LessonState>) -> Html {
    let unit = |make: fn() -> Action| act(state, move |()| make());
    html! {
        <RunBar working={working(state)} sizes={state.lesson.sizes.values.clone()} size={state.size}
            noun={noun(&state.lesson).to_owned()} seed={state.seed} prove_label={prove_label(state)}
            on_traffic={unit(|| Action::RunTraffic)} on_one={unit(|| Action::RunOne)}
            on_prove={unit(|| Action::Prove)} on_stop={unit(|| Action::Stop)}
            on_size={act(state, Action::SetSize)} on_seed={act(state, Action::SetSeed)} />
    }
}

/// What the learner waits for, in words.
fn working(state: &LessonState) -> Option<Working> {
    let active = state.job.as_ref().filter(|_| state.is_busy())?;
    let doing = match active.job {
        Job::Judge { .. } => "Judging",
        _ => "Running",
    };
    let (words, done) = match (&state.engine, &active.progress) {
        _ if active.stopping => ("Stopping …".to_owned(), None),
        (EngineState::Off | EngineState::Starting, _) => ("Starting the engine …".to_owned(), None),
        (_, Some((done, of, unit))) => {
            (format!("{} of {} {unit}", thousands(*done), thousands(*of)), Some((*done, *of)))
        }
        (_, None) => (format!("{doing} …"), None),
    };
    Some(Working { ticket: active.ticket, words: words.into(), done })
}

fn evidence(state: &UseReducerHandle<LessonState>) -> Html {
    let selected = EvidenceView::ALL.iter().position(|view| *view == state.view).unwrap_or(0);
    let tab = |label: &'static str, count: String| Tab {
        label: label.into(),
        class: "",
        count: count.into(),
        count_label: "kept".into(),
    };
    let runs = state.runs.all().len();
    let tabs = vec![
        tab("Evidence", String::new()),
        tab("Data", String::new()),
        tab("Runs", if runs > 0 { runs.to_string() } else { String::new() }),
    ];
    let select = act(state, |index: usize| {
        Action::View(EvidenceView::ALL.get(index).copied().unwrap_or(EvidenceView::Overview))
    });
    html! {
        <>
            <TabList name="evidence" label="Evidence" {tabs} {selected} on_select={select} />
            <div class="evidence" role="tabpanel" id={panel_id("evidence", selected)}
                aria-labelledby={tab_id("evidence", selected)} tabindex="0">
                { evidence_view(state) }
            </div>
        </>
    }
}

fn evidence_view(state: &UseReducerHandle<LessonState>) -> Html {
    match state.view {
        EvidenceView::Overview => overview(state),
        EvidenceView::Tables => html! {
            <Tables tables={state.shown_tables().cloned().map(Same)} engine_is_there={state.shown.is_some()} />
        },
        EvidenceView::Runs => html! {
            <RunsList runs={state.runs.all().iter().cloned().map(Same).collect::<Vec<_>>()} shown={state.shown}
                pinned={state.pinned} setting={state.lesson.sizes.setting.clone()}
                noun={noun(&state.lesson).to_owned()}
                on_show={act(state, Action::ShowRun)} on_pin={act(state, Action::Pin)} />
        },
    }
}

fn overview(state: &UseReducerHandle<LessonState>) -> Html {
    let before = match state.before() {
        Before::Run(run, name) => Some(BeforeShown { run: Same(run), name: name.into() }),
        Before::Nothing | Before::Missing(_) => None,
    };
    let (sweep_before, sweep_after) = state.sweep_pair();
    let verdict = state.verdict.as_ref().filter(|verdict| verdict.files == *state.code.files());
    html! {
        <>
            if let Some(verdict) = verdict {
                <VerdictPanel verdict={Same(verdict.clone())} on_open={act(state, Action::OpenFinding)} />
            }
            <EvidencePanel lesson={Same(state.lesson.clone())} shown={state.shown_run().cloned().map(Same)}
                {before} sweep_before={sweep_before.cloned().map(Same)}
                sweep_after={sweep_after.cloned().map(Same)}
                on_jump={act(state, |place: PlaceLink| Action::Jump(place))} />
        </>
    }
}
