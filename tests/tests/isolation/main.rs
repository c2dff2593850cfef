//! Isolation specs: this engine gives what PostgreSQL gave, event by event, and the same bytes every time.

mod compare;
mod comparer;
mod small;

use compare::first_difference;
use serde_json::Value as Json;
use std::fs;
use std::path::PathBuf;
use unhappy_db::Engine;
use unhappy_sim::isolation;
use unhappy_tests::root;

/// A spec of `tests/oracle`.
struct Spec {
    name: String,
    text: String,
}

fn oracle() -> PathBuf {
    root().join("tests/oracle")
}

fn specs() -> Vec<Spec> {
    specs_of("specs")
}

fn specs_of(folder: &str) -> Vec<Spec> {
    let folder = fs::read_dir(oracle().join(folder)).expect("there are specs");
    let mut paths: Vec<PathBuf> = folder.map(|entry| entry.expect("it can be listed").path()).collect();
    paths.sort();
    let read = |path: PathBuf| Spec {
        name: path.file_stem().expect("a name").to_string_lossy().into_owned(),
        text: fs::read_to_string(&path).expect("it can be read"),
    };
    paths.into_iter().map(read).collect()
}

fn json(path: &str) -> Json {
    let text = fs::read_to_string(oracle().join(path)).expect("the file can be read");
    serde_json::from_str(&text).expect("it is JSON")
}

fn wanted(spec: &Spec) -> Json {
    json(&format!("expected/{}.json", spec.name))
}

/// Plays a spec and returns its JSON text.
fn played(engine: &Engine, spec: &Spec) -> Result<String, String> {
    let result = isolation::play(engine, &spec.name, &spec.text);
    result.map(|result| result.to_json()).map_err(|error| error.to_string())
}

fn difference(engine: &Engine, spec: &Spec, unneeded: &Json) -> Option<String> {
    match played(engine, spec) {
        Err(sentence) => Some(sentence),
        Ok(text) => {
            let found = serde_json::from_str(&text).expect("a result is JSON");
            first_difference(&wanted(spec), &found, &unneeded[&spec.name])
        }
    }
}

#[test]
fn every_spec_gives_what_postgresql_gave() {
    let (engine, unneeded) = (Engine::new(), json("ssi_spurious.json"));
    let specs = specs();
    let failures: Vec<String> = specs
        .iter()
        .filter_map(|spec| Some(format!("{}: {}", spec.name, difference(&engine, spec, &unneeded)?)))
        .collect();
    assert!(
        failures.is_empty(),
        "{} of {} specs differ\n{}",
        failures.len(),
        specs.len(),
        failures.join("\n")
    );
}

/// More specs, with a list of the permutations that are known to differ: no longer, and no shorter.
#[test]
fn more_specs_differ_where_they_are_known_to() {
    let engine = Engine::new();
    let mut found = Vec::new();
    for spec in specs_of("more/specs") {
        let wanted = json(&format!("more/expected/{}.json", spec.name));
        let played = played(&engine, &spec).expect("the spec can be played");
        let played = serde_json::from_str(&played).expect("a result is JSON");
        let numbers = compare::differing_permutations(&wanted, &played);
        found.extend(numbers.into_iter().map(|number| format!("{} {number}", spec.name)));
    }
    let text = fs::read_to_string(oracle().join("more/differences.txt")).expect("the list can be read");
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let known: Vec<String> =
        lines.map(|line| line.split_whitespace().take(2).collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(found, known);
}

/// Equal on a new engine and on one that has played everything else before.
#[test]
fn every_spec_gives_the_same_bytes_twice() {
    let used = Engine::new();
    let first: Vec<_> = specs().iter().map(|spec| played(&used, spec)).collect();
    for (spec, first) in specs().iter().zip(first).rev() {
        assert_eq!(played(&used, spec), first, "{}", spec.name);
        assert_eq!(played(&Engine::new(), spec), first, "{}", spec.name);
    }
}
