//! The evidence of a run: words first, then four figures, then the picture, then tables.

use super::Same;
use super::figures::figures_list;
use super::headline::headline_box;
use super::latency::{how_time_is_counted, latency_table};
use super::markup::Markup;
use super::output::{mistakes, printed};
use super::pieces::empty;
use super::plot::add_plot;
use super::runs::run_words;
use super::schedule::schedule_table;
use super::shapes::shapes_table;
use super::strips::strips;
use super::tally::tally_table;
use crate::state::Run;
use unhappy_lesson::Lesson;
use unhappy_trace::SweepPoint;
use unhappy_view::{
    Headline, Measure, PlaceLink, figures, figures_of_answer, headline_of_answer, headline_of_comparison,
    headline_of_run, latency_rows, plot, recorded_figures, recorded_headline, strip_of_count,
};
use yew::prelude::*;

/// The run that the shown one is compared with.
#[derive(Debug, Clone, PartialEq)]
pub struct BeforeShown {
    /// The run.
    pub run: Same<Run>,
    /// What it is called: "the lesson's code", "run 2, pinned".
    pub name: AttrValue,
}

const NOTHING_YET: &str = "Run one request. What it does will be shown here.";

/// What is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Everything; before the first run, the recorded numbers.
    All,
    /// The sentence and the schedule.
    Schedule,
    /// Nothing that would answer the question which is still to be asked.
    AnswerOnly,
}

/// Props of [`EvidencePanel`].
#[derive(Properties, PartialEq)]
pub struct EvidenceProps {
    /// The lesson.
    pub lesson: Same<Lesson>,
    /// The run; none before the first.
    pub shown: Option<Same<Run>>,
    /// What of it is shown.
    pub extent: Extent,
    /// Whether it is being scheduled by hand: then the sentence stands beside its moves.
    pub by_hand: bool,
    /// The run before.
    pub before: Option<BeforeShown>,
    /// Whether the run before is on its way.
    pub is_awaited: bool,
    /// The line whose rows of the schedule are marked.
    pub line: Option<PlaceLink>,
    /// Sizes of the run before.
    pub sweep_before: Option<Same<[SweepPoint]>>,
    /// Sizes of the run.
    pub sweep_after: Option<Same<[SweepPoint]>>,
}

/// The evidence.
#[component]
pub fn EvidencePanel(props: &EvidenceProps) -> Html {
    match (&props.shown, props.extent) {
        (Some(run), Extent::All) => shown(props, run),
        (Some(run), Extent::Schedule) => html! {
            <>
                { headline_of(props, run) }
                { mistakes(&run.evidence.output) }
                { schedule_table(&run.evidence.schedule, props.line.as_ref()) }
            </>
        },
        (Some(run), Extent::AnswerOnly) => answer(props, run),
        (None, Extent::Schedule | Extent::All) => recorded(&props.lesson),
        (None, Extent::AnswerOnly) => empty(NOTHING_YET),
    }
}

/// Before the first run: the recorded numbers, marked as such.
fn recorded(lesson: &Lesson) -> Html {
    let Some(record) = &lesson.record else {
        return empty(NOTHING_YET);
    };
    html! {
        <>
            { headline_box(&recorded_headline(&record.broken, &record.engine), "") }
            { figures_list(&recorded_figures(&record.broken)) }
            { strips(None, &strip_of_count(record.broken.statements)) }
            { plots(lesson, None, Some(&record.sweep)) }
        </>
    }
}

/// The happy path: what a test sees.
fn answer(props: &EvidenceProps, run: &Run) -> Html {
    let noun = &props.lesson.row_noun;
    html! {
        <>
            { headline_box(&headline_of_answer(run.side(), noun), "") }
            { figures_list(&figures_of_answer(run.side(), noun)) }
        </>
    }
}

fn shown(props: &EvidenceProps, run: &Run) -> Html {
    let lesson: &Lesson = &props.lesson;
    let before: Option<&Run> = props.before.as_ref().map(|before| &*before.run);
    let evidence = &run.evidence;
    let latency_before = before.map(|before| before.evidence.summary.latency);
    let which = if before.is_some() { ", after" } else { "" };
    html! {
        <>
            { headline_of(props, run) }
            { mistakes(&evidence.output) }
            { figures_list(&figures(before.map(Run::side), run.side(), lesson)) }
            { tally_table(before.map(|before| &before.evidence.tally), &evidence.tally) }
            { strips(before.map(|before| &before.evidence.strip), &evidence.strip) }
            { before.map(|before| shapes_table(&before.evidence, ", before")) }
            { shapes_table(evidence, which) }
            { latency_table(&latency_rows(latency_before, evidence.summary.latency)) }
            { how_time_is_counted() }
            { plots(lesson, props.sweep_before.as_deref(), props.sweep_after.as_deref()) }
            { printed(&evidence.output) }
        </>
    }
}

fn headline_of(props: &EvidenceProps, run: &Run) -> Html {
    if props.by_hand {
        return Html::default();
    }
    headline_box(&headline(props, run), &about(props, run))
}

fn headline(props: &EvidenceProps, run: &Run) -> Headline {
    let lesson: &Lesson = &props.lesson;
    let Some(before) = &props.before else {
        return headline_of_run(lesson, run.side());
    };
    let sweeps = props.sweep_before.as_deref().zip(props.sweep_after.as_deref());
    headline_of_comparison(lesson, before.run.side(), run.side(), sweeps)
}

/// Says what is compared with what, so that "before" is never a riddle.
fn about(props: &EvidenceProps, run: &Run) -> String {
    let lesson: &Lesson = &props.lesson;
    let words = run_words(run, lesson);
    match &props.before {
        Some(before) => format!("Run {}: {words}. Before: {}, same inputs.", run.number, before.name),
        None if props.is_awaited => {
            format!("Run {}: {words}. The same is being run on the code before, to compare.", run.number)
        }
        None => format!("Run {}: {words}.", run.number),
    }
}

/// Returns the word for what the size control counts.
pub fn noun(lesson: &Lesson) -> &str {
    let setting = lesson.settings.iter().find(|setting| setting.key == lesson.sizes.setting);
    setting.map_or(lesson.sizes.setting.as_str(), |setting| setting.label.as_str())
}

fn plots(lesson: &Lesson, before: Option<&[SweepPoint]>, after: Option<&[SweepPoint]>) -> Html {
    let noun = noun(lesson);
    let found = [Measure::Statements, Measure::Latency].map(|measure| plot(measure, noun, before, after));
    if found.iter().all(Option::is_none) {
        return Html::default();
    }
    let mut markup = Markup::default();
    markup.add("<div class=\"plots\">", &[]);
    for plot in found.iter().flatten() {
        add_plot(&mut markup, plot, noun);
    }
    markup.add("</div>", &[]);
    markup.finish()
}
