//! Imports go one way: the edges of ARCHITECTURE.md are the only ones.

use std::collections::BTreeMap;
use std::process::Command;
use unhappy_tests::root;

/// Which of our crates each crate may use. The same table stands in ARCHITECTURE.md.
const ALLOWED: &[(&str, &[&str])] = &[
    ("trace", &[]),
    ("lesson", &["trace"]),
    ("python", &["trace"]),
    ("db", &["trace"]),
    ("sim", &["trace", "lesson", "python", "db"]),
    ("explore", &["trace", "lesson", "sim"]),
    ("judge", &["trace", "lesson", "sim", "explore"]),
    ("wire", &["trace", "lesson", "view"]),
    ("worker", &["wire", "explore", "judge", "sim", "lesson", "trace", "view"]),
    ("view", &["trace", "lesson"]),
    ("web", &["view", "wire", "lesson", "trace"]),
    ("cli", &["trace", "lesson", "python", "db", "sim", "explore", "judge", "wire", "view"]),
    ("xtask", &[]),
    ("tests", &["trace", "lesson", "python", "db", "sim", "explore", "judge", "wire", "view"]),
];

/// Crates that engine crates and the page must not use, and why.
const FORBIDDEN: &[(&str, &[&str], &str)] = &[
    ("trace", &["rusqlite", "rustpython-vm", "yew", "web-sys"], "trace is vocabulary"),
    ("lesson", &["rusqlite", "rustpython-vm", "yew", "web-sys"], "a lesson is data"),
    ("view", &["yew", "web-sys", "wasm-bindgen", "rusqlite", "rustpython-vm"], "view is plain structs"),
    ("wire", &["web-sys", "wasm-bindgen", "rusqlite", "rustpython-vm"], "both sides and every test link it"),
    (
        "web",
        &["rusqlite", "libsqlite3-sys", "rustpython-vm", "toml", "pulldown-cmark"],
        "the first download stays small",
    ),
    ("sim", &["web-sys", "js-sys", "yew"], "the engine knows no page"),
    ("judge", &["web-sys", "js-sys", "yew"], "the engine knows no page"),
    ("worker", &["yew"], "the engine knows no page"),
];

#[derive(Default)]
struct Graph {
    /// Name → names of its normal dependencies that are built.
    edges: BTreeMap<String, Vec<String>>,
}

/// Reads what one package links, so that features which only another package asks for do not count.
fn graph(package: &str) -> Graph {
    let package = format!("unhappy-{package}");
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--package",
            &package,
            "--edges",
            "normal",
            "--prefix",
            "depth",
            "--format",
            "|{p}",
            "--target",
            "all",
        ])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut graph = Graph::default();
    let mut path: Vec<String> = vec![];
    for line in String::from_utf8_lossy(&output.stdout).lines().filter(|line| !line.is_empty()) {
        let (depth, rest) = line.split_once('|').expect("depth|name");
        let depth: usize = depth.parse().expect("a depth");
        let name = rest.split_whitespace().next().expect("a name").to_owned();
        path.truncate(depth);
        if let Some(parent) = path.last() {
            let uses = graph.edges.entry(parent.clone()).or_default();
            if !uses.contains(&name) {
                uses.push(name.clone());
            }
        }
        path.push(name);
    }
    graph
}

impl Graph {
    /// Returns a path from one crate to another, if there is one.
    fn path(&self, from: &str, to: &str) -> Option<Vec<String>> {
        let mut waiting = vec![vec![from.to_owned()]];
        let mut seen = std::collections::BTreeSet::new();
        while let Some(path) = waiting.pop() {
            let last = path.last().expect("a path has a start").clone();
            if last == to {
                return Some(path);
            }
            if seen.insert(last.clone()) {
                for next in self.edges.get(&last).into_iter().flatten() {
                    waiting.push([path.clone(), vec![next.clone()]].concat());
                }
            }
        }
        None
    }
}

fn ours(name: &str) -> Option<&str> {
    name.strip_prefix("unhappy-").filter(|name| ALLOWED.iter().any(|(known, _)| known == name))
}

#[test]
fn our_crates_use_only_what_they_may() {
    let mut wrong = vec![];
    for (name, allowed) in ALLOWED {
        let graph = graph(name);
        let uses = graph.edges.get(&format!("unhappy-{name}")).cloned().unwrap_or_default();
        wrong.extend(
            uses.iter()
                .filter_map(|used| ours(used))
                .filter(|used| !allowed.contains(used))
                .map(|used| format!("{name} uses {used}")),
        );
    }
    assert_eq!(wrong, Vec::<String>::new(), "edges that ARCHITECTURE.md does not allow");
}

#[test]
fn heavy_crates_stay_where_they_belong() {
    let mut wrong = vec![];
    for (name, forbidden, why) in FORBIDDEN {
        let graph = graph(name);
        for crate_name in *forbidden {
            if let Some(path) = graph.path(&format!("unhappy-{name}"), crate_name) {
                wrong.push(format!("{} ({why})", path.join(" → ")));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn the_table_of_edges_is_the_one_in_architecture_md() {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).expect("it is there");
    for (name, uses) in ALLOWED {
        let listed = if uses.is_empty() { "–".to_owned() } else { uses.join(", ") };
        let row = format!("| {name} | {listed} |");
        assert!(text.contains(&row), "ARCHITECTURE.md lacks the row {row:?}");
    }
}

#[test]
fn every_path_in_architecture_md_exists() {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).expect("it is there");
    let mut missing = vec![];
    for part in text.split('`').skip(1).step_by(2) {
        let is_path =
            part.contains('/') && !part.contains([' ', '<', '*', '{', ':', '(']) && !part.starts_with('/');
        if is_path && !part.starts_with("target/") && !part.starts_with("dist") && !root().join(part).exists()
        {
            missing.push(part.to_owned());
        }
    }
    assert_eq!(missing, Vec::<String>::new(), "paths named in ARCHITECTURE.md that do not exist");
}
