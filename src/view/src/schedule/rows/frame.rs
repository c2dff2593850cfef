//! What stands around the rows: columns, the heading of the side, and what is left out.

use super::super::actor::{Kind, title};
use super::super::choose::Choice;
use super::super::survey::{Seen, Survey};
use super::super::{Column, Row};
use unhappy_trace::{Trace, text};

pub(super) fn columns(trace: &Trace, survey: &Survey, choice: &Choice) -> Vec<Column> {
    let mut next = 0;
    let column = |index: &usize| {
        let seen = &survey.columns[*index];
        let tint = if seen.who.kind == Kind::Client { 2 } else { next };
        next = if seen.who.kind == Kind::Client { next } else { (next + 1).min(2) };
        Column {
            name: seen.who.column.clone(),
            title: title(&seen.who),
            detail: seen.process.map(|process| trace.text(process).replace('.', " ")),
            tint,
        }
    };
    choice.columns.iter().map(column).collect()
}

pub(super) fn side_title(rows: &[Row], watches: bool) -> Option<String> {
    let locks = rows.iter().flat_map(|row| &row.side).any(|side| side.text.contains(" held by "));
    let title = match (watches, locks) {
        (true, true) => "Committed, locked",
        (true, false) => "Committed",
        (false, true) => "Locked",
        (false, false) => return None,
    };
    Some(title.to_owned())
}

/// `3 of 200 requests; 12 of 2,200 steps.`
pub(super) fn note(survey: &Survey, columns: &[Column], rows: &[Row], steps: u32) -> Option<String> {
    let rows = rows.iter().filter(|row| row.step.is_some()).count();
    let is_request = |seen: &&Seen| matches!(seen.who.kind, Kind::Request | Kind::Background);
    let all = survey.columns.iter().filter(is_request).count() as u64;
    let shown = columns.iter().filter(|column| !column.name.ends_with(".client")).count() as u64;
    if shown >= all && rows as u64 >= u64::from(steps) {
        return None;
    }
    let thousands = text::thousands;
    Some(format!(
        "Shown: {} of {}, {} of {}.",
        thousands(shown),
        text::counted(all, "request", "requests"),
        thousands(rows as u64),
        text::counted(u64::from(steps), "step", "steps"),
    ))
}
