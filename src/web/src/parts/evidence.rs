//! The evidence of a run: words first, then four figures, then the picture, then tables.

use super::Same;
use super::figures::Figures;
use super::headline::HeadlineBox;
use super::latency::Latency;
use super::output::{Mistakes, Printed};
use super::plot::PlotFigure;
use super::runs::run_words;
use super::shapes::Shapes;
use super::strips::Strips;
use crate::state::Run;
use unhappy_lesson::Lesson;
use unhappy_trace::SweepPoint;
use unhappy_view::{
    Headline, Measure, PlaceLink, figures, headline_of_comparison, headline_of_run, latency_rows, plot,
    recorded_figures, recorded_headline, strip_of_count,
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

/// Props of [`EvidencePanel`].
#[derive(Properties, PartialEq)]
pub struct EvidenceProps {
    /// The lesson.
    pub lesson: Same<Lesson>,
    /// The run; none before the first.
    pub shown: Option<Same<Run>>,
    /// The run before.
    pub before: Option<BeforeShown>,
    /// Sizes of the run before.
    pub sweep_before: Option<Same<[SweepPoint]>>,
    /// Sizes of the run.
    pub sweep_after: Option<Same<[SweepPoint]>>,
    /// The learner follows a link to a line.
    pub on_jump: Callback<PlaceLink>,
}

/// The evidence.
#[component]
pub fn EvidencePanel(props: &EvidenceProps) -> Html {
    match &props.shown {
        Some(run) => shown(props, run),
        None => recorded(&props.lesson),
    }
}

/// Before the first run: the recorded numbers, marked as such.
fn recorded(lesson: &Lesson) -> Html {
    let Some(record) = &lesson.record else {
        return html! { <p class="empty">{ "Run one request. What it does will be shown here." }</p> };
    };
    html! {
        <>
            <HeadlineBox headline={recorded_headline(&record.broken, &record.engine)} about="" />
            <Figures figures={recorded_figures(&record.broken).to_vec()} />
            <Strips before={None} after={strip_of_count(record.broken.statements)} />
            { plots(lesson, None, Some(&record.sweep)) }
        </>
    }
}

fn shown(props: &EvidenceProps, run: &Same<Run>) -> Html {
    let lesson: &Lesson = &props.lesson;
    let before = props.before.as_ref();
    let before_side = before.map(|before| before.run.side());
    let latency_before = before.map(|before| before.run.evidence.report.latency);
    let on_jump = &props.on_jump;
    html! {
        <>
            <HeadlineBox headline={headline(props, run)} about={about(lesson, run, before)} />
            <Mistakes run={run.clone()} {on_jump} />
            <Figures figures={figures(before_side, run.side(), &lesson.row_noun).to_vec()} />
            <Strips before={before.map(|before| before.run.evidence.strip.clone())}
                after={run.evidence.strip.clone()} />
            if let Some(before) = before {
                <Shapes run={before.run.clone()} which=", before" {on_jump} />
            }
            <Shapes run={run.clone()} which={if before.is_some() { ", after" } else { "" }} {on_jump} />
            <Latency rows={latency_rows(latency_before, run.evidence.report.latency).to_vec()} />
            { plots(lesson, props.sweep_before.as_deref(), props.sweep_after.as_deref()) }
            <Printed run={run.clone()} {on_jump} />
        </>
    }
}

fn headline(props: &EvidenceProps, run: &Run) -> Headline {
    let lesson: &Lesson = &props.lesson;
    let Some(before) = &props.before else {
        return headline_of_run(lesson, &run.inputs, run.side(), &run.diagnostics);
    };
    let sweeps = props.sweep_before.as_deref().zip(props.sweep_after.as_deref());
    headline_of_comparison(lesson, &run.inputs, before.run.side(), run.side(), sweeps)
}

/// Says what is compared with what, so that "before" is never a riddle.
fn about(lesson: &Lesson, run: &Run, before: Option<&BeforeShown>) -> String {
    let words = run_words(run, &lesson.sizes.setting, noun(lesson));
    match before {
        Some(before) => format!("Run {}: {words}. Before: {}, same inputs.", run.number, before.name),
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
    html! {
        <div class="plots">
            for plot in found.into_iter().flatten() {
                <PlotFigure {plot} noun={noun.to_owned()} />
            }
        </div>
    }
}
