//! How fast the database is, natively and in Chromium, beside what it should be; then traffic and explorations.
//!
//! In: criterion's files (`src/db/benches`), the browser's figures (`tests/browser/bench.mjs`), what `unhappy bench` prints.
//! Out: one table, and figures as they were printed; `explorations.rs` goes on from there. A goal that is missed fails nothing, because machines are shared; ratios within one run say more than times.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::command::{output, run as run_command, step};
use crate::project::Project;
use crate::{explorations, setup, site};

/// The benchmarks' own package.
const MANIFEST: &str = "src/db/benches/Cargo.toml";

/// Where the operations are measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Places {
    #[default]
    Native,
    NativeAndBrowser,
}

/// What is asked of an operation.
enum Goal {
    /// At most so many microseconds, natively and in Chromium; none where nothing is asked.
    Micros(Option<f64>, Option<f64>),
    /// At least so many statements per second, natively and in Chromium.
    PerSecond(f64, f64),
    /// At most so many times what SQLite alone takes.
    Times(f64),
    /// Measured to compare with.
    None,
}

/// An operation of `src/db/benches/operations.rs`.
struct Row {
    /// Its name there.
    key: &'static str,
    title: &'static str,
    /// The operation of SQLite alone that it is compared with.
    raw: Option<&'static str>,
    goal: Goal,
}

const SELECT: Option<&str> = Some("raw-select");
const UPDATE: Option<&str> = Some("raw-update");

#[rustfmt::skip]
const ROWS: [Row; 21] = [
    row("raw-select", "SQLite alone: SELECT by key", None, Goal::None),
    row("select", "SELECT by key, autocommit", SELECT, Goal::Times(2.0)),
    row("raw-update", "SQLite alone: UPDATE by key", None, Goal::None),
    row("update", "UPDATE by key, autocommit", UPDATE, Goal::None),
    row("select-after-1", "SELECT in a transaction after 1 write", SELECT, Goal::Micros(Some(1.0), None)),
    row("select-after-10", "SELECT in a transaction after 10 writes", SELECT, Goal::Micros(Some(1.0), None)),
    row("select-after-100", "SELECT in a transaction after 100 writes", SELECT, Goal::Micros(Some(1.0), None)),
    row("update-after-1", "UPDATE in a transaction after 1 write", UPDATE, Goal::Micros(Some(7.0), None)),
    row("update-after-10", "UPDATE in a transaction after 10 writes", UPDATE, Goal::Micros(Some(7.0), None)),
    row("update-after-100", "UPDATE in a transaction after 100 writes", UPDATE, Goal::Micros(Some(7.0), None)),
    row("commit-alone", "COMMIT, nobody else committed", None, Goal::None),
    row("commit-overtaken-1", "COMMIT after another's, 1 write", None, Goal::None),
    row("commit-overtaken-10", "COMMIT after another's, 10 writes", None, Goal::Micros(Some(30.0), None)),
    row("commit-overtaken-100", "COMMIT after another's, 100 writes", None, Goal::None),
    row("repeatable-read-select", "REPEATABLE READ SELECT, 100 later commits", SELECT, Goal::None),
    row("blocked-update", "UPDATE: block, commit, resume, re-check", None, Goal::None),
    row("fork-50-kb", "copy of a database of 50 kB", None, Goal::Micros(Some(1.0), Some(1.0))),
    row("fork-1-mb", "copy of a database of 1 MB", None, Goal::Micros(Some(1.0), Some(1.0))),
    row("digest", "content digest of 100 rows", None, Goal::None),
    row("interleaving", "32 sessions, random: one statement", None, Goal::PerSecond(100_000.0, 60_000.0)),
    row("interleaving-crowded", "the same, most of them waiting", None, Goal::None),
];

const fn row(key: &'static str, title: &'static str, raw: Option<&'static str>, goal: Goal) -> Row {
    Row { key, title, raw, goal }
}

/// Microseconds per call, by operation.
type Figures = BTreeMap<String, f64>;

/// Measures and prints.
pub fn run(project: &Project, places: Places) -> Result<()> {
    let native = native(project)?;
    let browser = match places {
        Places::Native => None,
        Places::NativeAndBrowser => Some(browser(project)?),
    };
    step("microseconds per call, the fastest of several; × is what SQLite alone takes in the same run");
    print!("{}", table("native", &native, |goal| goal.native()));
    let in_browser = browser.is_some();
    if let Some(browser) = browser {
        print!("\n{}", table("Chromium", &browser, |goal| goal.browser()));
    }
    let printed = tool(project)?;
    if in_browser {
        page(project, "traffic.mjs", "5,000 requests: run_ms of 2,000")?;
        page(project, "explore.mjs", "oversell: prove_ms of 3,000, double-charge: 1,000")?;
    }
    explorations::compare(project, &printed)
}

/// Traffic of 500 and 5,000 requests with eleven statements each, part by part, and explorations, as JSON. The goal for
/// 5,000: 1 second natively, 2 in Chromium, 200 MB for page and worker, and ten times what 500 take.
fn tool(project: &Project) -> Result<String> {
    step("traffic of 500 and 5,000 requests, and explorations, natively (goal for 5,000: run_ms of 1,000)");
    run_command(project.cargo("build").args(["--release", "--workspace", "--bin", "unhappy"]))?;
    let tool = project.root.join("target/release/unhappy");
    let printed = output(Command::new(tool).arg("bench").current_dir(&project.root))?;
    print!("{printed}");
    Ok(printed)
}

/// Runs a script that measures in the page that `dist` holds.
fn page(project: &Project, script: &str, goal: &str) -> Result<()> {
    step(format!("in the page that `dist` holds, in Chromium (goal for {goal})"));
    let mut node = Command::new("node");
    node.arg(script).current_dir(project.browser_tests());
    run_command(node.env("CHROMIUM", setup::chromium()?).env("UNHAPPY_DIST", project.dist()))
}

fn native(project: &Project) -> Result<Figures> {
    step("the database's operations, natively");
    let folder = target(project).join("criterion");
    let mut bench = project.cargo("bench");
    bench.args(["--manifest-path", MANIFEST, "--bench", "engine"]);
    bench.env("CARGO_TARGET_DIR", target(project)).env("CRITERION_HOME", &folder);
    run_command(&mut bench)?;
    let figure =
        |row: &Row| Ok((row.key.to_owned(), fastest(&folder.join(row.key).join("new/sample.json"))?));
    ROWS.iter().map(figure).collect()
}

/// Criterion's samples of one operation: nanoseconds that a number of calls took.
#[derive(Deserialize)]
struct Samples {
    iters: Vec<f64>,
    times: Vec<f64>,
}

/// Returns the microseconds per call of the fastest sample.
fn fastest(file: &Path) -> Result<f64> {
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let samples: Samples = serde_json::from_str(&text)?;
    let calls = samples.times.iter().zip(&samples.iters).map(|(nanos, calls)| nanos / calls / 1_000.0);
    Ok(calls.fold(f64::INFINITY, f64::min))
}

fn browser(project: &Project) -> Result<Figures> {
    setup::for_wasm(project)?;
    setup::for_browser_tests(project)?;
    step("the database's operations, in Chromium");
    let mut build = project.cargo("build");
    build.args(["--manifest-path", MANIFEST, "--lib", "--release", "--target", "wasm32-unknown-unknown"]);
    build.env("CARGO_TARGET_DIR", target(project)).envs(site::wasm_environment()?);
    run_command(&mut build)?;
    let module = target(project).join("wasm32-unknown-unknown/release/browser.wasm");
    let mut node = Command::new("node");
    node.arg("bench.mjs").arg(module).current_dir(project.browser_tests());
    let printed = output(node.env("CHROMIUM", setup::chromium()?))?;
    Ok(serde_json::from_str(printed.trim())?)
}

/// Returns the folder that benchmarks are compiled into.
pub fn target(project: &Project) -> PathBuf {
    let named = std::env::var_os("CARGO_TARGET_DIR");
    project.root.join(named.map_or_else(|| PathBuf::from("target"), PathBuf::from)).join("bench")
}

/// What an operation is held against in one place.
enum Asked {
    Micros(f64),
    PerSecond(f64),
    Times(f64),
    Nothing,
}

impl Goal {
    fn native(&self) -> Asked {
        match self {
            Self::Micros(micros, _) => micros.map_or(Asked::Nothing, Asked::Micros),
            Self::PerSecond(count, _) => Asked::PerSecond(*count),
            Self::Times(times) => Asked::Times(*times),
            Self::None => Asked::Nothing,
        }
    }

    fn browser(&self) -> Asked {
        match self {
            Self::Micros(_, micros) => micros.map_or(Asked::Nothing, Asked::Micros),
            Self::PerSecond(_, count) => Asked::PerSecond(*count),
            Self::Times(times) => Asked::Times(*times),
            Self::None => Asked::Nothing,
        }
    }
}

/// Returns the table of one place, a line per operation.
fn table(place: &str, figures: &Figures, asked: impl Fn(&Goal) -> Asked) -> String {
    let mut table = format!("{place:<42} {:>10} {:>6} {:>16}\n", "µs", "×", "goal");
    for row in &ROWS {
        let Some(micros) = figures.get(row.key) else { continue };
        let ratio = row.raw.and_then(|raw| figures.get(raw)).map(|raw| micros / raw);
        let shown = ratio.map(|ratio| format!("{ratio:.1}")).unwrap_or_default();
        let (goal, met) = judged(&asked(&row.goal), *micros, ratio);
        let line = format!("{:<42} {micros:>10.2} {shown:>6} {goal:>16}  {met}", row.title);
        table.push_str(line.trim_end());
        table.push('\n');
    }
    table
}

/// Returns a goal in words, and whether it is met.
fn judged(asked: &Asked, micros: f64, ratio: Option<f64>) -> (String, &'static str) {
    let (goal, met) = match asked {
        Asked::Micros(most) => (format!("≤ {most} µs"), micros <= *most),
        Asked::PerSecond(least) => (format!("≥ {least}/s"), 1_000_000.0 / micros >= *least),
        Asked::Times(most) => (format!("≤ {most} ×"), ratio.is_some_and(|ratio| ratio <= *most)),
        Asked::Nothing => return (String::new(), ""),
    };
    (goal, if met { "met" } else { "missed" })
}

#[cfg(test)]
mod tests {
    use super::*;

    // 0.5 µs is 2.5 times 0.2 µs; 8 µs a statement are 125,000 a second.
    #[test]
    fn goals_are_judged() {
        let figures = [("raw-select", 0.2), ("select", 0.5), ("select-after-1", 0.9), ("interleaving", 8.0)];
        let figures = figures.map(|(key, micros)| (key.to_owned(), micros)).into();
        let table = table("native", &figures, Goal::native);
        let verdicts: Vec<_> = table.lines().map(|line| line.split(' ').next_back().unwrap_or("")).collect();
        assert_eq!(verdicts, ["goal", "0.20", "missed", "met", "met"], "{table}");
    }
}
