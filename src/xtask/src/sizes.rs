//! What a visitor downloads, and how much that may be.
//!
//! In: `dist/`. Out: a table of bytes, raw and as servers compress them, and a failure above a budget.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context, Result, bail};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::project::Project;

/// Everything until a lesson's code can be edited, in bytes after brotli: about two seconds on a slow phone
/// connection (1.6 Mbit/s and a round trip or three), which is as long as one waits for a page. The goal is 300,000:
/// the first lesson kept it; the schedule, the settings form and longer lessons cost 9,000 more, minified scripts
/// brought 2,000 back, and scheduling by hand, links and proofs cost 4,200.
const EDITABLE_BUDGET: usize = 309_000;

/// The engine, in bytes after brotli, with PostgreSQL's grammar and concurrency. It loads while the lesson is read:
/// a quarter of a minute on the same connection.
const ENGINE_BUDGET: usize = 2_900_000;

/// Quality and window (as a power of two) of the brotli that hosts precompute with.
const BROTLI: (u32, u32) = (11, 24);

/// What a file is loaded for, in the order of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    Editable,
    Engine,
    OtherLessons,
    Later,
}

impl Group {
    const ALL: [Self; 4] = [Self::Editable, Self::Engine, Self::OtherLessons, Self::Later];

    fn title(self) -> &'static str {
        match self {
            Self::Editable => "until the code is editable (the largest lesson)",
            Self::Engine => "engine",
            Self::OtherLessons => "the other pages and lessons",
            Self::Later => "only when needed",
        }
    }

    fn budget(self) -> Option<usize> {
        match self {
            Self::Editable => Some(EDITABLE_BUDGET),
            Self::Engine => Some(ENGINE_BUDGET),
            Self::OtherLessons | Self::Later => None,
        }
    }
}

/// One file of the site, in bytes.
struct Delivered {
    name: String,
    group: Group,
    raw: usize,
    gzip: usize,
    brotli: usize,
}

/// Prints the table and fails above a budget.
pub fn check(project: &Project) -> Result<()> {
    let dist = project.dist();
    let names = names_below(&dist, "").context("there is no dist/: run `cargo xtask build`")?;
    let start = editor_start(&dist, &names)?;
    let mut files = Vec::new();
    for name in names {
        files.push(measure(&dist, name, &start)?);
    }
    only_the_largest_lesson(&mut files);
    print(&files);
    let over: Vec<_> = Group::ALL.into_iter().filter(|group| is_over(*group, &files)).collect();
    match over.first() {
        None => Ok(()),
        Some(group) => bail!("over budget: {}", group.title()),
    }
}

/// Names of all files below a folder, with slashes, sorted.
fn names_below(root: &Path, folder: &str) -> Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(root.join(folder))? {
        let entry = entry?;
        let name = format!("{folder}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            names.extend(names_below(root, &format!("{name}/"))?);
        } else {
            names.insert(name);
        }
    }
    Ok(names)
}

/// The editor's entry point and all that it imports before it runs.
fn editor_start(dist: &Path, names: &BTreeSet<String>) -> Result<BTreeSet<String>> {
    let entry = names.iter().find(|name| name.starts_with("editor-") && name.ends_with(".js"));
    let mut waiting: Vec<String> = entry.into_iter().cloned().collect();
    let mut start = BTreeSet::new();
    while let Some(name) = waiting.pop() {
        let script = fs::read_to_string(dist.join(&name))?;
        waiting.extend(static_imports(&script).into_iter().filter(|import| names.contains(import)));
        start.insert(name);
        waiting.retain(|name| !start.contains(name));
    }
    Ok(start)
}

/// The files that a bundled script imports at its start: `from"./x.js"` or `import"./x.js"`, while
/// `import("./x.js")` is loaded later.
fn static_imports(script: &str) -> Vec<String> {
    let mut imports = Vec::new();
    let mut rest = script;
    while let Some(at) = rest.find("\"./") {
        let before = rest[..at].trim_end();
        rest = &rest[at + 3..];
        if (before.ends_with("from") || before.ends_with("import"))
            && let Some((name, _)) = rest.split_once('"')
        {
            imports.push(name.to_owned());
        }
    }
    imports
}

fn measure(dist: &Path, name: String, editor_start: &BTreeSet<String>) -> Result<Delivered> {
    let content = fs::read(dist.join(&name))?;
    Ok(Delivered {
        group: group_of(&name, editor_start),
        raw: content.len(),
        gzip: gzip(&content)?,
        brotli: brotli(&content)?,
        name,
    })
}

fn group_of(name: &str, editor_start: &BTreeSet<String>) -> Group {
    let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| name.starts_with(prefix));
    match name {
        _ if editor_start.contains(name) => Group::Editable,
        _ if starts(&["engine-"]) => Group::Engine,
        _ if starts(&["boot-", "web-"]) || (name.ends_with(".css") && !name.contains('/')) => Group::Editable,
        // Of these one is loaded first; see `only_the_largest_lesson`.
        _ if starts(&["lesson/", "lessons/"]) => Group::OtherLessons,
        "index.html" | "404.html" => Group::OtherLessons,
        _ if starts(&["course-"]) => Group::OtherLessons,
        _ => Group::Later,
    }
}

/// Counts the largest lesson page and the largest lesson's data as part of the start.
fn only_the_largest_lesson(files: &mut [Delivered]) {
    for prefix in ["lesson/", "lessons/"] {
        let largest =
            files.iter_mut().filter(|file| file.name.starts_with(prefix)).max_by_key(|file| file.brotli);
        if let Some(largest) = largest {
            largest.group = Group::Editable;
        }
    }
}

fn gzip(content: &[u8]) -> Result<usize> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content)?;
    Ok(encoder.finish()?.len())
}

fn brotli(content: &[u8]) -> Result<usize> {
    let (quality, window) = BROTLI;
    let mut encoder = brotli::CompressorWriter::new(Vec::new(), 1 << 16, quality, window);
    encoder.write_all(content)?;
    encoder.flush()?;
    Ok(encoder.into_inner().len())
}

fn print(files: &[Delivered]) {
    println!("\n{:>10} {:>10} {:>10}  bytes: raw, gzip -9, brotli -11", "raw", "gzip", "brotli");
    for group in Group::ALL {
        let members: Vec<_> = files.iter().filter(|file| file.group == group).collect();
        println!("\n{}", group.title());
        for file in &members {
            println!("{:>10} {:>10} {:>10}  {}", file.raw, file.gzip, file.brotli, file.name);
        }
        let sum = |size: fn(&Delivered) -> usize| members.iter().map(|file| size(file)).sum::<usize>();
        let budget = group.budget().map(|budget| format!(", budget {budget}")).unwrap_or_default();
        println!(
            "{:>10} {:>10} {:>10}  together{budget}",
            sum(|f| f.raw),
            sum(|f| f.gzip),
            sum(|f| f.brotli)
        );
    }
}

fn is_over(group: Group, files: &[Delivered]) -> bool {
    let brotli: usize = files.iter().filter(|file| file.group == group).map(|file| file.brotli).sum();
    group.budget().is_some_and(|budget| brotli > budget)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, group: Group, brotli: usize) -> Delivered {
        Delivered { name: name.to_owned(), group, raw: 0, gzip: 0, brotli }
    }

    #[test]
    fn scripts_name_what_they_import_at_once() {
        let script =
            r#"import{a}from"./chunk-A.js";import"./chunk-B.js";let m=()=>import("./chunk-C.js");f("./x")"#;
        assert_eq!(static_imports(script), ["chunk-A.js", "chunk-B.js"]);
    }

    #[test]
    fn groups() {
        let start = BTreeSet::from(["editor-1.js".to_owned()]);
        for (name, group) in [
            ("web-1.wasm", Group::Editable),
            ("editor-1.js", Group::Editable),
            ("editor-2.js", Group::Later),
            ("engine-boot-1.js", Group::Engine),
            ("lesson/a/index.html", Group::OtherLessons),
            ("icons/icon.svg", Group::Later),
        ] {
            assert_eq!(group_of(name, &start), group, "{name}");
        }
    }

    #[test]
    fn one_lesson_counts_and_a_budget_can_be_broken() {
        let mut files = vec![
            file("lesson/a/index.html", Group::OtherLessons, EDITABLE_BUDGET),
            file("lesson/b/index.html", Group::OtherLessons, 1),
        ];
        only_the_largest_lesson(&mut files);
        assert_eq!([files[0].group, files[1].group], [Group::Editable, Group::OtherLessons]);
        assert!(!is_over(Group::Editable, &files));
        files.push(file("web-1.wasm", Group::Editable, 1));
        assert!(is_over(Group::Editable, &files));
    }
}
