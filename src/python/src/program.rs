//! A program: compiled framework and learner files, and what is known of the learner's lines.
//!
//! Shared by every process that runs it; holds nothing that a run changes.

use crate::Module;
use crate::check;
use crate::compile::{self, Compiled};
use crate::instrument::{Region, SiteLines, Ticks};
use crate::library;
use ruff_source_file::LineIndex;
use rustpython_compiler_core::Mode;
use rustpython_vm as vm;
use std::cell::RefCell;
use std::rc::Rc;
use unhappy_trace::{Diagnostic, Digest, Within};
use vm::builtins::{PyCode, PyStrInterned};
use vm::{PyRef, VirtualMachine};

/// Compiled framework and learner files, ready to be run again in any number of processes.
#[derive(Clone)]
pub struct Program {
    pub(crate) inner: Rc<Loaded>,
}

/// What a [`Program`] holds.
pub(crate) struct Loaded {
    pub(crate) modules: Vec<CompiledModule>,
    pub(crate) files: Vec<LearnerFile>,
    /// Per site of all learners' files: the slots of the lines it counts for.
    pub(crate) sites: Vec<SiteSlots>,
    /// Number of line slots: one per line of each learner's file, in the order of loading.
    pub(crate) slot_count: usize,
    /// What the globals of one of its processes amounted to last: most steps change nothing.
    last_globals: RefCell<(Vec<u8>, Option<Digest>)>,
    /// Whether the learner's files ask a `functools` cache how often it was used.
    pub(crate) asks_caches: bool,
}

/// A module that `import` finds.
pub(crate) struct CompiledModule {
    pub(crate) name: String,
    pub(crate) is_package: bool,
    pub(crate) code: PyRef<PyCode>,
}

/// What is known of one learner's file.
pub(crate) struct LearnerFile {
    pub(crate) name: String,
    /// The name as it stands in code objects; compared by address.
    pub(crate) path: &'static PyStrInterned,
    /// The slot of its line 1.
    pub(crate) first_slot: u32,
    source: String,
    line_starts: Vec<usize>,
    regions: Vec<(Span, Region)>,
    statements: Vec<Position>,
    awaits: Vec<(Position, Position)>,
}

/// Line and column in characters, both from 1.
pub(crate) type Position = (u32, u32);

/// From the first character to the one after the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: Position,
    pub(crate) end: Position,
}

/// The line slots that one site counts for, [`NO_SLOT`] for none.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SiteSlots {
    pub(crate) line: u32,
    pub(crate) header: u32,
}

/// The slot of a site that counts no line.
pub(crate) const NO_SLOT: u32 = u32::MAX;

impl LearnerFile {
    /// Returns a position that counts characters for one of the compiler's, which counts bytes.
    pub(crate) fn in_characters(&self, (line, column): Position) -> Position {
        let line_start = self.line_starts.get(line as usize - 1).copied().unwrap_or(self.source.len());
        let before = self.source.as_bytes().iter().skip(line_start).take(column as usize - 1);
        let continuations = before.filter(|byte| **byte & 0xc0 == 0x80).count();
        (line, column - continuations as u32)
    }

    /// Returns where a call stands: what is awaited, not the word `await` before it.
    pub(crate) fn call_position(&self, position: Position) -> Position {
        let awaited = self.awaits.iter().find(|(word, _)| *word == position);
        awaited.map_or(position, |(_, value)| *value)
    }

    /// Returns what a call at `position` stands in: the innermost comprehension step or lambda around it.
    pub(crate) fn within(&self, position: Position) -> Within {
        let around = |span: &Span| span.start <= position && position < span.end;
        match self.regions.iter().rfind(|(span, _)| around(span)) {
            Some((_, Region::Step)) => Within::Comprehension,
            _ => Within::Statements,
        }
    }

    /// Returns the column of the first statement on a line, 1 when none begins there.
    pub(crate) fn column_of_line(&self, line: u32) -> u32 {
        self.statements.iter().filter(|(at, _)| *at == line).map(|(_, column)| *column).min().unwrap_or(1)
    }
}

impl Loaded {
    /// Returns the digest of what the globals of a process amount to.
    pub(crate) fn digest_of_globals(&self, bytes: Vec<u8>) -> Digest {
        let mut last = self.last_globals.borrow_mut();
        match last.1 {
            Some(digest) if last.0 == bytes => digest,
            _ => {
                let digest = Digest::of(&bytes);
                *last = (bytes, Some(digest));
                digest
            }
        }
    }

    /// Returns the learner's file of a code object by its interned path.
    pub(crate) fn file_of(&self, path: &'static PyStrInterned) -> Option<&LearnerFile> {
        self.files.iter().find(|file| std::ptr::eq(file.path, path))
    }

    /// Returns file and line of a slot.
    pub(crate) fn line_of_slot(&self, slot: u32) -> (&str, u32) {
        let after = self.files.partition_point(|file| file.first_slot <= slot);
        let file = &self.files[after - 1];
        (&file.name, slot - file.first_slot + 1)
    }
}

/// The framework's modules that were compiled before: they are the same in every program.
pub(crate) type Cache = RefCell<Vec<(Module, PyRef<PyCode>)>>;

/// Compiles a program.
pub(crate) fn load(
    vm: &VirtualMachine,
    framework: &[Module],
    learner: &[Module],
    cache: &Cache,
) -> Result<Program, Diagnostic> {
    let mut loaded = Loaded {
        modules: Vec::new(),
        files: Vec::new(),
        sites: Vec::new(),
        slot_count: 0,
        last_globals: RefCell::default(),
        asks_caches: learner.iter().any(|module| module.source.contains("cache_info")),
    };
    for module in framework {
        loaded.add_module(module, compile_framework(vm, module, cache)?);
    }
    for module in learner {
        refuse_library_names(module)?;
        let first_site = loaded.sites.len() as u32;
        let compiled = compile_file(vm, module, &module.file, Ticks::Statements, first_site)?;
        loaded.add_file(vm, module, &compiled);
        loaded.add_module(module, compiled.code);
    }
    loaded.mark_packages();
    Ok(Program { inner: Rc::new(loaded) })
}

fn compile_framework(
    vm: &VirtualMachine,
    module: &Module,
    cache: &Cache,
) -> Result<PyRef<PyCode>, Diagnostic> {
    let known = |(known, _): &&(Module, PyRef<PyCode>)| known == module;
    if let Some((_, code)) = cache.borrow().iter().find(known) {
        return Ok(code.clone());
    }
    let path = format!("<framework>/{}", module.file);
    let code = compile_file(vm, module, &path, Ticks::FunctionsAndLoops, 0)?.code;
    cache.borrow_mut().push((module.clone(), code.clone()));
    Ok(code)
}

fn compile_file(
    vm: &VirtualMachine,
    module: &Module,
    path: &str,
    ticks: Ticks,
    first_site: u32,
) -> Result<Compiled, Diagnostic> {
    compile::compile(vm, &module.source, path, Mode::Exec, ticks, first_site)
        .map_err(|failure| failure.place(&module.source, &module.file))
}

fn refuse_library_names(module: &Module) -> Result<(), Diagnostic> {
    let name = module_name(&module.file);
    if !library::has(&name) {
        return Ok(());
    }
    Err(Diagnostic {
        file: module.file.clone(),
        line: 1,
        column: 1,
        end_line: 1,
        end_column: 2,
        message: format!("a file cannot be called {}: Python's library has a module {name}", module.file),
        hint: Some("give the file another name".to_owned()),
    })
}

/// `backend/orm.py` → `backend.orm`, `backend/__init__.py` → `backend`.
pub(crate) fn module_name(file: &str) -> String {
    let stem = file.strip_suffix(".py").unwrap_or(file);
    stem.strip_suffix("/__init__").unwrap_or(stem).replace('/', ".")
}

impl Loaded {
    fn add_module(&mut self, module: &Module, code: PyRef<PyCode>) {
        let is_package = module.file.ends_with("/__init__.py");
        self.modules.push(CompiledModule { name: module_name(&module.file), is_package, code });
    }

    /// A module with modules below it is a package, whatever its file is called.
    fn mark_packages(&mut self) {
        let names: Vec<String> = self.modules.iter().map(|module| module.name.clone()).collect();
        for module in &mut self.modules {
            let below = format!("{}.", module.name);
            module.is_package |= names.iter().any(|name| name.starts_with(&below));
        }
    }

    fn add_file(&mut self, vm: &VirtualMachine, module: &Module, compiled: &Compiled) {
        let index = LineIndex::from_source_text(&module.source);
        let position = |offset| check::position(&index, &module.source, offset);
        let first_slot = self.slot_count as u32;
        let slot = |line: u32| if line == 0 { NO_SLOT } else { first_slot + line - 1 };
        let plan = &compiled.plan;
        self.sites.extend(
            plan.sites
                .iter()
                .map(|SiteLines { line, header }| SiteSlots { line: slot(*line), header: slot(*header) }),
        );
        self.files.push(LearnerFile {
            name: module.file.clone(),
            path: vm.ctx.intern_str(module.file.as_str()),
            first_slot,
            source: module.source.clone(),
            line_starts: index.line_starts().iter().map(|start| start.to_usize()).collect(),
            awaits: plan.awaits.iter().map(|(word, value)| (position(*word), position(*value))).collect(),
            regions: plan
                .regions
                .iter()
                .map(|(range, region)| {
                    (Span { start: position(range.start()), end: position(range.end()) }, *region)
                })
                .collect(),
            statements: plan.statements.iter().map(|offset| position(*offset)).collect(),
        });
        self.slot_count += index.line_count();
    }
}
