//! Reading a lesson's folder, and every check that needs no run.
//!
//! In: a map of path to bytes. Out: a [`Lesson`] with the lines that later checks point at, or every
//! problem at once with file and line. Not here: whether the broken code breaks, a fix holds or a wrong fix
//! is refused for its reason; that takes runs. Nothing here opens a file.
//!
//! `lessons/n-plus-one` is an example with nearly every key. The words that formulas and placeholders may use
//! are in [`vocabulary`], the limits in [`limits`].

mod code;
mod course;
mod experiment;
mod facts;
mod files;
mod fill;
mod judging;
pub mod limits;
mod manifest;
mod markdown;
mod names;
mod node;
mod placeholder;
mod problem;
mod promise;
mod record;
mod setting;
mod table;
mod text;
mod traffic;
mod variant;
pub mod vocabulary;
mod words;
mod world;

pub use course::{COURSE_FILE, Course, Track, check_together, course_entries, read_course};
pub use problem::Problem;
pub use record::{RECORD_FILE, record_from_json, record_to_json};

use crate::{Experiment, FORMAT_VERSION, Flavour, Hint, Lesson, Prose, Record, Text};
use files::Files;
use manifest::{Manifest, ProseSources};
use markdown::{Numbers, Origin, Renderer};
use placeholder::Placeholders;
use problem::{Report, Source};
use std::collections::BTreeMap;

/// A lesson's folder: relative path with `/` (`lesson.toml`, `fixes/join.py`) → content.
pub type Folder = BTreeMap<String, Vec<u8>>;

/// A lesson that was read, with what its author's tool needs besides.
#[derive(Debug, Clone, PartialEq)]
pub struct Authored {
    /// The lesson.
    pub lesson: Lesson,
    /// Lines of lesson.toml, counted from 1: `fixes.join`, `wrong.limit`, `must_show.0`, `budgets.0`,
    /// `predict`, `predict.0`, `variants.a guest order`, `settings.orders`, `tables`, `tables.orders`, `files`,
    /// `sizes`, `traffic`, `promises.never_oversold`, `watches.0`, `bound`, `flavours.orm`,
    /// `flavours.orm.fixes.join`, `flavours.orm.must_show.0`.
    pub lines: BTreeMap<String, u32>,
    /// Problems of the recorded numbers, which a blessing repairs: missing, unreadable or of other files.
    pub unblessed: Vec<Problem>,
}

/// Reads a folder and checks everything that needs no run.
///
/// # Errors
/// Every problem, by file and line, each once. Problems of the record alone are no error: see
/// [`Authored::unblessed`].
pub fn read_lesson(slug: &str, folder: &Folder, course: &Course) -> Result<Authored, Vec<Problem>> {
    let (report, unblessed) = (Report::default(), Report::default());
    let read = read_folder(slug, folder, course, &report, &unblessed);
    let problems = report.finish();
    let read = read.filter(|_| problems.is_empty()).ok_or(problems)?;
    Ok(Authored { unblessed: unblessed.finish(), ..read })
}

fn read_folder(
    slug: &str,
    folder: &Folder,
    course: &Course,
    report: &Report,
    unblessed: &Report,
) -> Option<Authored> {
    let files = Files::new(slug, folder, report);
    check_slug(&files, slug, course);
    let toml = files.required("lesson.toml", limits::PROSE_BYTES)?;
    let source = Source { name: files.shown_name("lesson.toml"), text: &toml, report };
    let Manifest { head, world, judging, prose, lines } =
        manifest::read(&source, slug, course, files.has(traffic::CLIENT_FILE))?;
    let starter = code::read_files(&files, world.files);
    let experiment = |entry| code::read_experiment(&files, entry, &starter);
    let fixes: Vec<Experiment> = judging.fixes.into_iter().map(experiment).collect();
    let wrong: Vec<Experiment> = judging.wrong.into_iter().map(experiment).collect();
    let flavours = judging.flavours.into_iter();
    let flavours: Vec<Flavour> = flavours.map(|entry| code::read_flavour(&files, entry, &starter)).collect();
    let record = read_record(&files, &Files::new(slug, folder, unblessed));
    let codes = codes(&fixes, &wrong, &flavours);
    let placeholders = Placeholders { settings: &world.settings, codes, record: record.as_ref() };
    let text = read_text(&files, report, &placeholders);
    let prose = render(&Renderer { source: &source, placeholders: &placeholders }, prose);
    let lesson = Lesson {
        format_version: FORMAT_VERSION,
        id: head.id,
        slug: slug.to_owned(),
        title: head.title,
        summary: head.summary,
        track: head.track,
        level: head.level,
        minutes: head.minutes,
        prerequisites: head.prerequisites,
        aliases: head.aliases,
        row_noun: head.row_noun,
        ticket: head.ticket,
        text,
        files: starter,
        schema_file: code::SCHEMA_FILE.to_owned(),
        data_sql: files.text("data.sql", limits::CODE_BYTES).unwrap_or_default(),
        tables: world.tables,
        settings: world.settings,
        sizes: world.sizes,
        traffic: world.traffic,
        variants: world.variants,
        data_seeds: world.data_seeds,
        budgets: judging.budgets,
        promises: world.promised.promises,
        watches: world.promised.watches,
        bound: world.promised.bound,
        must_show: judging.must_show,
        predict: judging.predict,
        hints: prose.hints,
        fixes,
        wrong,
        flavours,
        review_question: prose.review_question,
        fidelity: prose.fidelity,
        record,
    };
    files.finish();
    check_record(&Files::new(slug, folder, unblessed), &lesson);
    Some(Authored { lesson, lines, unblessed: vec![] })
}

/// Returns what is recorded, as placeholders name it.
fn codes(fixes: &[Experiment], wrong: &[Experiment], flavours: &[Flavour]) -> Vec<String> {
    let of = |place: &str, fixes: &[Experiment], wrong: &[Experiment]| {
        let fixes = fixes.iter().map(|one| format!("{place}fixes.{}", one.key));
        let wrong = wrong.iter().map(|one| format!("{place}wrong.{}", one.key));
        let codes = std::iter::once(format!("{place}broken")).chain(fixes).chain(wrong);
        codes.collect::<Vec<_>>()
    };
    let mut codes = of("", fixes, wrong);
    for flavour in flavours {
        codes.extend(of(&format!("flavours.{}.", flavour.key), &flavour.fixes, &flavour.wrong));
    }
    codes
}

fn check_slug(files: &Files, slug: &str, course: &Course) {
    if !names::is_kebab(slug) {
        let message = format!("folder {slug:?} is not in kebab-case, expected like \"n-plus-one\"");
        files.refuse("lesson.toml", 1, message, None);
    } else if !course.lessons.iter().any(|listed| listed == slug) {
        let hint = "add it to `lessons` in course.toml";
        files.refuse("lesson.toml", 1, format!("{COURSE_FILE} does not list {slug:?}"), Some(hint));
    }
}

fn read_text(files: &Files, report: &Report, placeholders: &Placeholders) -> Text {
    let Some(markdown) = files.required("text.md", limits::PROSE_BYTES) else { return Text::default() };
    let source = Source { name: files.shown_name("text.md"), text: &markdown, report };
    text::read(&Renderer { source: &source, placeholders })
}

/// The Markdown of lesson.toml as HTML.
struct RenderedProse {
    hints: Vec<Hint>,
    review_question: Prose,
    fidelity: Vec<Prose>,
}

fn render(renderer: &Renderer, prose: ProseSources) -> RenderedProse {
    let html =
        |text: &node::Spot<String>, numbers| renderer.render(&text.value, Origin::Toml(text.start), numbers);
    let hint = |(title, text)| Hint { title, text: html(&text, Numbers::Recorded) };
    RenderedProse {
        review_question: html(&prose.review_question, Numbers::Typed),
        fidelity: prose.fidelity.iter().map(|text| html(text, Numbers::Typed)).collect(),
        hints: prose.hints.into_iter().map(hint).collect(),
    }
}

const BLESS: &str = "run `unhappy lesson check --bless`";

/// Reads the record. Whatever is wrong with it, a blessing repairs.
fn read_record(files: &Files, unblessed: &Files) -> Option<Record> {
    if !files.has(RECORD_FILE) {
        unblessed.refuse(RECORD_FILE, 1, "the recorded numbers are missing", Some(BLESS));
        return None;
    }
    let json = files.text(RECORD_FILE, limits::RECORD_BYTES)?;
    match record_from_json(&json) {
        Ok(record) => Some(record),
        Err((line, message)) => {
            unblessed.refuse(RECORD_FILE, line, format!("does not read: {message}"), Some(BLESS));
            None
        }
    }
}

/// Reports where the record was made of other experiments, flavours or sizes than the lesson has now.
fn check_record(unblessed: &Files, lesson: &Lesson) {
    let Some(record) = &lesson.record else { return };
    let keys = |one: &[Experiment], two: &[Experiment]| -> Vec<String> {
        one.iter().chain(two).map(|experiment| experiment.key.clone()).collect()
    };
    check_keys(unblessed, "", &keys(&lesson.fixes, &lesson.wrong), &record.experiments);
    let flavours: Vec<String> = lesson.flavours.iter().map(|flavour| flavour.key.clone()).collect();
    check_keys(unblessed, "flavour ", &flavours, &record.flavours);
    for flavour in &lesson.flavours {
        if let Some(record) = record.flavours.get(&flavour.key) {
            let what = format!("flavour {:?} with ", flavour.key);
            check_keys(unblessed, &what, &keys(&flavour.fixes, &flavour.wrong), &record.experiments);
        }
    }
    if !record.sweep.iter().map(|point| point.size).eq(lesson.sizes.values.iter().copied()) {
        unblessed.refuse(RECORD_FILE, 1, "was made with other sizes", Some(BLESS));
    }
}

/// Reports keys that the lesson has and the record lacks, and the other way round.
fn check_keys<T>(unblessed: &Files, what: &str, keys: &[String], recorded: &BTreeMap<String, T>) {
    for key in keys.iter().filter(|key| !recorded.contains_key(*key)) {
        unblessed.refuse(RECORD_FILE, 1, format!("holds no numbers of {what}{key:?}"), Some(BLESS));
    }
    for key in recorded.keys().filter(|key| !keys.contains(key)) {
        let message = format!("holds numbers of {what}{key:?}, which the lesson lacks");
        unblessed.refuse(RECORD_FILE, 1, message, Some(BLESS));
    }
}
