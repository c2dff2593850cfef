//! `lesson.toml`: everything of a lesson but its texts and its code.
//!
//! In: the parsed file. Out: a [`Manifest`] with a stand-in for whatever was refused. The parts stand in
//! files of their own: the world in `world.rs`, what is judged in `judging.rs`.

use super::course::Course;
use super::judging::Judging;
use super::limits;
use super::names::{is_kebab, is_uuid};
use super::node::Spot;
use super::problem::Source;
use super::table::{Table, parse};
use super::world::World;
use crate::{FORMAT_VERSION, Ticket};
use std::collections::BTreeMap;
use unhappy_trace::text::counted;

/// What `lesson.toml` says.
#[derive(Debug)]
pub(super) struct Manifest {
    pub(super) head: Head,
    pub(super) world: World,
    pub(super) judging: Judging,
    pub(super) prose: ProseSources,
    /// Where things stand: `fixes.join` → line.
    pub(super) lines: BTreeMap<String, u32>,
}

/// What lists and links show.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) summary: String,
    /// The track's title.
    pub(super) track: String,
    pub(super) level: u8,
    pub(super) minutes: u32,
    pub(super) prerequisites: Vec<String>,
    pub(super) aliases: Vec<String>,
    pub(super) row_noun: String,
    pub(super) ticket: Ticket,
}

/// Markdown that stands in `lesson.toml`, still unread.
#[derive(Debug)]
pub(super) struct ProseSources {
    /// Title and text of each hint.
    pub(super) hints: Vec<(String, Spot<String>)>,
    pub(super) review_question: Spot<String>,
    pub(super) fidelity: Vec<Spot<String>>,
}

/// Reads the file. None when it is no TOML or of another format version: nothing else can be said then.
/// `has_client` says whether the folder has client code.
pub(super) fn read<'a>(
    source: &'a Source<'a>,
    slug: &str,
    course: &Course,
    has_client: bool,
) -> Option<Manifest> {
    let document = parse(source)?;
    let mut table = Table::new(source, 0, &document);
    let version = table.whole("format_version", 0..=i64::from(u32::MAX));
    if version.value != i64::from(FORMAT_VERSION) {
        if version.start > 0 || version.value > 0 {
            let message = format!("`format_version` is {}, expected {FORMAT_VERSION}", version.value);
            source.refuse(version.start, message);
        }
        return None;
    }
    let mut lines = BTreeMap::new();
    let head = read_head(source, &mut table, slug, course);
    let world = World::read(source, &mut table, has_client, &mut lines);
    let judging = Judging::read(source, &mut table, &world, &mut lines);
    let prose = read_prose(source, &mut table);
    table.finish();
    Some(Manifest { head, world, judging, prose, lines })
}

fn read_head(source: &Source, table: &mut Table, slug: &str, course: &Course) -> Head {
    let id = table.text("id");
    if !id.value.is_empty() && !is_uuid(&id.value) {
        let hint = "for example \"0b9a7c52-5d0e-4f4b-9a51-3f0c6f1d2e77\"; it never changes";
        source.refuse_with_hint(id.start, format!("`id` is {:?}, expected a UUID", id.value), hint);
    }
    let title = short(source, table.text("title"), "title", limits::TITLE_CHARACTERS);
    let summary = short(source, table.text("summary"), "summary", limits::SUMMARY_CHARACTERS);
    let level = table.whole("level", limits::LEVELS).value;
    let minutes = table.whole("minutes", limits::MINUTES).value;
    Head {
        id: id.value,
        title,
        summary,
        track: read_track(source, table, course),
        level: u8::try_from(level).unwrap_or_default(),
        minutes: u32::try_from(minutes).unwrap_or_default(),
        prerequisites: read_prerequisites(source, table, slug, course),
        aliases: read_aliases(source, table, course),
        row_noun: table.text("row_noun").value,
        ticket: read_ticket(table),
    }
}

/// Refuses a text that is longer than one line of a page can show.
pub(super) fn short(source: &Source, text: Spot<String>, key: &str, limit: usize) -> String {
    let count = text.value.chars().count();
    if count > limit {
        source.refuse(text.start, format!("`{key}` has {count} characters, expected at most {limit}"));
    }
    text.value
}

fn read_track(source: &Source, table: &mut Table, course: &Course) -> String {
    let key = table.text("track");
    match course.track(&key.value) {
        Some(track) => track.title.clone(),
        None => {
            if !key.value.is_empty() {
                let hint = format!("tracks of course.toml: {}", course.track_keys().join(", "));
                source.refuse_with_hint(key.start, format!("there is no track {:?}", key.value), hint);
            }
            String::new()
        }
    }
}

fn read_prerequisites(source: &Source, table: &mut Table, slug: &str, course: &Course) -> Vec<String> {
    let slugs = table.texts("prerequisites");
    for other in &slugs {
        if other.value == slug {
            source.refuse(other.start, "a lesson cannot be its own prerequisite");
        } else if !course.lessons.contains(&other.value) {
            let message = format!("prerequisite {:?} is no lesson of course.toml", other.value);
            source.refuse(other.start, message);
        }
    }
    slugs.into_iter().map(|other| other.value).collect()
}

fn read_aliases(source: &Source, table: &mut Table, course: &Course) -> Vec<String> {
    let aliases = table.texts("aliases");
    for alias in &aliases {
        if !is_kebab(&alias.value) {
            let message =
                format!("alias {:?} is not in kebab-case, expected like \"n-plus-one\"", alias.value);
            source.refuse(alias.start, message);
        } else if course.lessons.contains(&alias.value) {
            source.refuse(alias.start, format!("alias {:?} is the name of a lesson", alias.value));
        }
    }
    aliases.into_iter().map(|alias| alias.value).collect()
}

fn read_ticket(table: &mut Table) -> Ticket {
    let Some(mut ticket) = table.table("ticket") else { return Ticket::default() };
    let read = Ticket {
        key: ticket.text("key").value,
        state: ticket.text("state").value,
        text: ticket.text("text").value,
    };
    ticket.finish();
    read
}

fn read_prose(source: &Source, table: &mut Table) -> ProseSources {
    let hints: Vec<_> = table
        .tables("hints")
        .into_iter()
        .map(|mut hint| {
            let title = short(source, hint.text("title"), "title", limits::TITLE_CHARACTERS);
            let text = hint.source_text("text");
            hint.finish();
            (title, text)
        })
        .collect();
    if hints.len() < limits::HINTS_AT_LEAST {
        let (found, least) = (counted(hints.len() as u64, "hint", "hints"), limits::HINTS_AT_LEAST);
        let message = format!("the lesson has {found}, expected at least {least}");
        source.refuse_with_hint(0, message, "from vague to plain, each a [[hints]] with title and text");
    }
    let review_question = table.source_text("review_question");
    let fidelity = table.filled_list("fidelity", "a list of Markdown texts");
    let fidelity = fidelity.iter().filter_map(|node| node.filled_text()).collect();
    ProseSources { hints, review_question, fidelity }
}
