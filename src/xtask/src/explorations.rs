//! What exploring two transfers takes, beside the same model in the crates `shuttle` and `loom`.
//!
//! In: what `unhappy bench` printed, and the benchmark's package (`src/explore/benches`). Out: one table, under a heading
//! that says what can be compared in it and what cannot.

use anyhow::Result;
use serde::Deserialize;

use crate::bench::target;
use crate::command::{output, step};
use crate::project::Project;

/// The benchmark's own package.
const MANIFEST: &str = "src/explore/benches/Cargo.toml";

/// The lesson with the same two transfers.
const LESSON: &str = "deadlock";

const HEADING: &str = "\
two transfers between two accounts, in opposite directions; each locks the account that it takes from, then the other
   unhappy: every step runs Python and SQL; `broken` is explored to its end, as well
   shuttle, loom: a step is a lock or an unlock in memory; `broken` only until the deadlock is found
   executions are whole schedules, for loom classes of them; transitions are single steps, between states that are merged";

/// What `unhappy bench` prints, as far as it is used here.
#[derive(Deserialize)]
struct Printed {
    explorations: Vec<Exploration>,
}

#[derive(Deserialize)]
struct Exploration {
    of: Of,
    found: Found,
}

#[derive(Deserialize)]
struct Of {
    lesson: String,
    code: String,
}

#[derive(Deserialize)]
struct Found {
    states: u64,
    transitions: u64,
    schedules: String,
    python_steps_made: u64,
    ms: f64,
}

/// A line that the benchmark's package prints.
#[derive(Deserialize)]
struct Executions {
    library: String,
    version: String,
    world: String,
    until: String,
    executions: u64,
    micros: u64,
}

/// Measures the other crates and prints them beside the tool's explorations of the same world.
pub fn compare(project: &Project, printed: &str) -> Result<()> {
    let ours: Printed = serde_json::from_str(printed)?;
    let mut run = project.cargo("run");
    run.args(["--release", "--manifest-path", MANIFEST]).env("CARGO_TARGET_DIR", target(project));
    let lines = output(&mut run)?;
    let theirs = lines.lines().map(serde_json::from_str).collect::<Result<Vec<Executions>, _>>()?;
    step(HEADING);
    print!("{}", table(&ours.explorations, &theirs));
    Ok(())
}

fn table(ours: &[Exploration], theirs: &[Executions]) -> String {
    let mut table = format!(
        "{:<48} {:>10} {:>11} {:>7} {:>16} {:>8} {:>9}\n",
        "", "executions", "transitions", "states", "schedules", "Python", "ms"
    );
    for Exploration { of, found } in ours.iter().filter(|exploration| exploration.of.lesson == LESSON) {
        let Found { states, transitions, schedules, python_steps_made, ms } = found;
        let name = format!("unhappy, {}, until the end", of.code);
        let counts = format!("{transitions:>11} {states:>7} {schedules:>16} {python_steps_made:>8}");
        table.push_str(&format!("{name:<48} {:>10} {counts} {ms:>9.2}\n", ""));
    }
    for Executions { library, version, world, until, executions, micros } in theirs {
        let name = format!("{library} {version}, {world}, until {until}");
        let ms = *micros as f64 / 1_000.0;
        table.push_str(&format!("{name:<48} {executions:>10} {:>45} {ms:>9.2}\n", ""));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    // The shape of both programs' output; other lessons are left out.
    #[test]
    fn both_are_in_one_table() {
        let ours = r#"{"start_ms": 1.0, "explorations": [
            {"of": {"lesson": "oversell", "code": "broken", "operations": 2}, "found": {
                "states": 1, "transitions": 1, "schedules": "1", "python_steps_made": 1, "ms": 1.0}},
            {"of": {"lesson": "deadlock", "code": "broken", "operations": 2}, "found": {
                "states": 90, "transitions": 120, "schedules": "at least 1,234", "python_steps_made": 17, "ms": 12.5}}]}"#;
        let ours: Printed = serde_json::from_str(ours).unwrap();
        let theirs = r#"{"library":"loom","version":"0.7.3","world":"broken","until":"the deadlock","executions":10,"micros":420}"#;
        let table = table(&ours.explorations, &[serde_json::from_str(theirs).unwrap()]);
        let words: Vec<Vec<&str>> = table.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(words.len(), 3, "{table}");
        assert_eq!(words[1][5..], ["120", "90", "at", "least", "1,234", "17", "12.50"], "{table}");
        assert_eq!(words[2][..2], ["loom", "0.7.3,"], "{table}");
        assert_eq!(words[2][6..], ["10", "0.42"], "{table}");
        assert!(table.lines().all(|line| line.len() == 115), "{table}");
    }
}
