//! A schedule as aligned text, for a terminal.

use super::{Row, RowKind, Schedule};

/// Width of a request's column, in characters.
const WIDTH: usize = 38;
/// Width of the columns before it: step and time.
const STEP: usize = 5;
const TIME: usize = 10;

/// Writes the table, its note and what it shows.
pub(super) fn to_text(schedule: &Schedule) -> String {
    let mut out: Vec<String> = vec![];
    let has_time = schedule.rows.iter().any(|row| row.at.is_some());
    let titles: Vec<Vec<String>> = schedule
        .columns
        .iter()
        .map(|column| {
            let detail = column.detail.as_ref().map(|detail| format!(" · {detail}")).unwrap_or_default();
            vec![format!("{}{detail}", column.title)]
        })
        .collect();
    let side_title = schedule.side_title.iter().cloned().collect();
    line(&mut out, "step", has_time.then_some("time"), &titles, side_title);
    for row in &schedule.rows {
        if row.skipped >= 5 {
            out.push(format!(
                "{:STEP$}… {} of other requests",
                "",
                unhappy_trace::text::counted(u64::from(row.skipped), "step", "steps")
            ));
        }
        add_row(&mut out, schedule, row, has_time);
    }
    out.extend(schedule.note.clone());
    for insight in &schedule.insights {
        out.push(String::new());
        out.push(format!("{}:", insight.title));
        out.extend(insight.lines.iter().map(|line| format!("  {line}")));
    }
    out.join("\n")
}

fn add_row(out: &mut Vec<String>, schedule: &Schedule, row: &Row, has_time: bool) {
    let step = row.step.map(|step| step.to_string()).unwrap_or_default();
    let time = has_time.then(|| row.at.clone().unwrap_or_default());
    let side = row.side.iter().map(|side| side.text.clone()).collect();
    let mut cells: Vec<Vec<String>> = vec![vec![]; schedule.columns.len()];
    for waiting in &row.waiting {
        cells[*waiting as usize].push("// still waits".to_owned());
    }
    match row.column {
        Some(column) => cells[column as usize] = cell(row),
        None => out.push(format!("{step:STEP$}{}", cell(row).join("  "))),
    }
    if row.column.is_some() || !row.side.is_empty() {
        let step = if row.column.is_some() { step.as_str() } else { "" };
        line(out, step, time.as_deref(), &cells, side);
    }
    for broke in &row.broke {
        out.push(format!("{:STEP$}✗ {broke}", ""));
    }
}

fn cell(row: &Row) -> Vec<String> {
    let sign = match row.kind {
        RowKind::Step => "",
        RowKind::Waits => "// ",
        RowKind::Failed | RowKind::Fault => "✗ ",
    };
    let mut lines = wrapped(&format!("{sign}{}", row.text), WIDTH - 2, "");
    for small in &row.small {
        lines.extend(wrapped(small, WIDTH - 4, "  "));
    }
    lines
}

/// Breaks a text into lines of at most `width` characters, at spaces where there are some.
fn wrapped(words: &str, width: usize, indent: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in words.split(' ') {
        let mut rest: Vec<char> = word.chars().collect();
        loop {
            let last = lines.last().map_or(0, |line| line.chars().count());
            let space = usize::from(last > 0);
            if last + space + rest.len() > width && last > 0 {
                lines.push(String::new());
                continue;
            }
            let cut = rest.len().min(width - last - space);
            if let Some(line) = lines.last_mut() {
                line.push_str(if space > 0 { " " } else { "" });
                line.extend(rest.drain(..cut));
            }
            if rest.is_empty() {
                break;
            }
        }
    }
    lines.into_iter().map(|line| format!("{indent}{line}")).collect()
}

fn line(out: &mut Vec<String>, step: &str, time: Option<&str>, cells: &[Vec<String>], side: Vec<String>) {
    let height = cells.iter().map(Vec::len).chain([side.len(), 1]).max().unwrap_or(1);
    for index in 0..height {
        let mut text = format!("{:STEP$}", if index == 0 { step } else { "" });
        if let Some(time) = time {
            text.push_str(&format!("{:TIME$}", if index == 0 { time } else { "" }));
        }
        for cell in cells {
            text.push_str(&format!("{:WIDTH$}", cell.get(index).map_or("", String::as_str)));
        }
        text.push_str(side.get(index).map_or("", String::as_str));
        out.push(text.trim_end().to_owned());
    }
}
