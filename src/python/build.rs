//! Packs the standard library: the files of `lib/cpython.txt` from `rustpython-pylib` (CPython's own, PSF
//! licence) and our own small modules from `lib/*.py`, without comments, docstrings and blank lines.
//!
//! Out: `$OUT_DIR/lib.pack`, entries separated by NUL, each `name`, `m` or `p` (package) and source separated
//! by U+0001. Our own file wins over CPython's. `lib/NAME.patch.py` is appended to CPython's `NAME`.

use ruff_python_ast::token::TokenKind;
use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{Expr, Stmt};
use ruff_text_size::{Ranged, TextRange};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=lib");
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    for name in include_str!("lib/cpython.txt").lines() {
        files
            .insert(name.to_owned(), read(&Path::new(rustpython_pylib::LIB_PATH).join(format!("{name}.py"))));
    }
    for entry in fs::read_dir("lib").expect("src/python/lib exists") {
        add_own(&mut files, &entry.expect("a readable folder entry").path());
    }
    let packed: Vec<String> = files.iter().map(|(name, source)| entry(name, source)).collect();
    let out = std::env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    fs::write(Path::new(&out).join("lib.pack"), packed.join("\0")).expect("OUT_DIR is writable");
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn add_own(files: &mut BTreeMap<String, String>, path: &Path) {
    let Some(name) =
        path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(".py"))
    else {
        return;
    };
    match name.strip_suffix(".patch") {
        Some(patched) => files
            .get_mut(patched)
            .unwrap_or_else(|| panic!("{patched} is not in cpython.txt"))
            .push_str(&format!("\n{}", read(path))),
        None => {
            files.insert(name.to_owned(), read(path));
        }
    }
}

fn entry(name: &str, source: &str) -> String {
    let stripped = strip(source).unwrap_or_else(|error| panic!("{name}: {error}"));
    if let Err(error) = ruff_python_parser::parse_module(&stripped) {
        panic!("{name} does not parse once stripped: {error}");
    }
    let dotted = name.replace('/', ".");
    match dotted.strip_suffix(".__init__") {
        Some(package) => format!("{package}\u{1}p\u{1}{stripped}"),
        None => format!("{dotted}\u{1}m\u{1}{stripped}"),
    }
}

/// Removes comments, docstrings and blank lines. A docstring that is the whole body becomes `0`.
fn strip(source: &str) -> Result<String, String> {
    let parsed = ruff_python_parser::parse_module(source).map_err(|error| error.to_string())?;
    let mut docstrings = Docstrings::default();
    docstrings.body(&parsed.syntax().body);
    docstrings.visit_body(&parsed.syntax().body);
    let mut cuts = docstrings.cuts;
    let mut strings: Vec<TextRange> = Vec::new();
    for token in parsed.tokens().iter() {
        match token.kind() {
            TokenKind::Comment => cuts.push((token.range(), "")),
            TokenKind::String | TokenKind::FStringMiddle => strings.push(token.range()),
            _ => {}
        }
    }
    cuts.sort_by_key(|(range, _)| range.start());
    Ok(without_blank_lines(&Text { source, cuts, strings }))
}

/// Finds the docstrings of modules, classes and functions.
#[derive(Default)]
struct Docstrings {
    cuts: Vec<(TextRange, &'static str)>,
}

impl Docstrings {
    fn body(&mut self, body: &[Stmt]) {
        if let Some(Stmt::Expr(first)) = body.first()
            && let Expr::StringLiteral(_) = &*first.value
        {
            self.cuts.push((first.range(), if body.len() == 1 { "0" } else { "" }));
        }
    }
}

impl<'a> Visitor<'a> for Docstrings {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::FunctionDef(function) => self.body(&function.body),
            Stmt::ClassDef(class) => self.body(&class.body),
            _ => {}
        }
        visitor::walk_stmt(self, statement);
    }
}

struct Text<'a> {
    source: &'a str,
    cuts: Vec<(TextRange, &'static str)>,
    strings: Vec<TextRange>,
}

/// Applies the cuts line by line. Lines that begin or end inside a string are kept as they are.
fn without_blank_lines(text: &Text<'_>) -> String {
    let inside_string = |at: usize| {
        let after = text.strings.partition_point(|range| usize::from(range.start()) < at);
        after > 0 && at < usize::from(text.strings[after - 1].end())
    };
    let (mut out, mut at, mut next_cut) = (String::new(), 0, 0);
    for line in text.source.split_inclusive('\n') {
        let (start, end) = (at, at + line.len());
        at = end;
        let kept = cut_line(text, start, end, &mut next_cut);
        if inside_string(start) || inside_string(end) {
            out.push_str(&kept);
        } else if !matches!(kept.trim(), "" | ";") {
            out.push_str(kept.trim_end());
            out.push('\n');
        }
    }
    out
}

fn cut_line(text: &Text<'_>, start: usize, end: usize, next_cut: &mut usize) -> String {
    let (mut kept, mut at) = (String::new(), start);
    while let Some((range, with)) = text.cuts.get(*next_cut) {
        let (from, to) = (usize::from(range.start()), usize::from(range.end()));
        if from >= end {
            break;
        }
        if from >= start {
            kept.push_str(&text.source[at..from]);
            kept.push_str(with);
        }
        at = to.min(end);
        if to >= end {
            break;
        }
        *next_cut += 1;
    }
    kept.push_str(&text.source[at..end]);
    kept
}
