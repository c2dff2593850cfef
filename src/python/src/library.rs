//! The library: files of CPython's standard library and our own small modules, compiled when they are
//! imported and shared by all processes.
//!
//! A learner can assign to a shared module (`json.dumps = …`). So every module's names are remembered when it
//! is loaded and put back when a process starts. The files come packed from `build.rs`; CPython's are under
//! the PSF licence.

use crate::compile;
use crate::instrument::Ticks;
use crate::{limits, memory, shared, tick};
use rustpython_vm as vm;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::OnceLock;
use vm::builtins::{PyDictRef, PyModule};
use vm::scope::Scope;
use vm::{AsObject, PyObjectRef, PyResult, VirtualMachine};

const PACK: &str = include_str!(concat!(env!("OUT_DIR"), "/lib.pack"));

thread_local! {
    static REMEMBERED: RefCell<Vec<Remembered>> = const { RefCell::new(Vec::new()) };
}

/// The names of one shared module as they were once it was loaded.
struct Remembered {
    module: String,
    names: PyDictRef,
    values: Vec<(PyObjectRef, PyObjectRef)>,
}

/// One packed file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    pub(crate) is_package: bool,
    pub(crate) source: &'static str,
}

/// Returns the file of a packed or shared module.
pub(crate) fn find(name: &str) -> Option<Entry> {
    static INDEX: OnceLock<BTreeMap<&'static str, Entry>> = OnceLock::new();
    let packed = INDEX.get_or_init(|| PACK.split('\0').filter_map(entry).collect()).get(name).copied();
    packed.or_else(|| shared::find(name))
}

fn entry(packed: &'static str) -> Option<(&'static str, Entry)> {
    let (module, rest) = packed.split_once('\u{1}')?;
    let (kind, source) = rest.split_once('\u{1}')?;
    Some((module, Entry { is_package: kind == "p", source }))
}

/// Returns whether the library or the interpreter has a module of this name.
pub(crate) fn has(name: &str) -> bool {
    const NATIVE: [&str; 6] = ["builtins", "sys", "math", "itertools", "errno", "binascii"];
    NATIVE.contains(&name) || find(name).is_some()
}

/// Runs a packed file in the namespace of its module. Costs the learner neither fuel nor memory, because it
/// happens once for all processes.
pub(crate) fn execute(name: &str, names: &PyDictRef, vm: &VirtualMachine) -> PyResult<()> {
    let Some(entry) = find(name) else {
        return Err(vm.new_import_error(format!("no packed module {name}"), vm.ctx.new_utf8_str(name)));
    };
    let suspended = memory::suspend();
    let result =
        tick::apart(limits::SETUP_FUEL, || run(name, entry.source, Ticks::FunctionsAndLoops, names, vm));
    memory::restore(suspended);
    result?;
    remember(name, names.clone());
    Ok(())
}

/// Runs source that is the engine's own in a namespace.
pub(crate) fn run(
    name: &str,
    source: &str,
    ticks: Ticks,
    names: &PyDictRef,
    vm: &VirtualMachine,
) -> PyResult<()> {
    let file = format!("<lib>/{name}");
    let code = compile::compile_library(vm, source, &file, ticks)
        .map_err(|failure| failure.to_exception(vm, source, &file))?;
    vm.run_code_obj(code, Scope::with_builtins(None, names.clone(), vm))?;
    Ok(())
}

/// Remembers the names of a module.
pub(crate) fn remember(module: &str, names: PyDictRef) {
    let values = names.items_vec();
    let remembered = Remembered { module: module.to_owned(), names, values };
    REMEMBERED.with_borrow_mut(|all| {
        all.retain(|other| other.module != remembered.module);
        all.push(remembered);
    });
}

/// Puts back what was changed in any remembered module.
pub(crate) fn restore_all(vm: &VirtualMachine) {
    REMEMBERED.with_borrow_mut(|all| all.iter_mut().for_each(|remembered| restore(remembered, vm)));
}

fn restore(remembered: &mut Remembered, vm: &VirtualMachine) {
    if is_unchanged(remembered) {
        return;
    }
    let names = &remembered.names;
    let now = names.items_vec();
    names.clear();
    for (key, value) in &remembered.values {
        names.set_item(key.as_object(), value.clone(), vm).expect("the key was in this dict before");
    }
    // A package knows the modules below it that were imported meanwhile.
    for (key, value) in now.iter().filter(|(_, value)| value.downcast_ref::<PyModule>().is_some()) {
        if !names.contains_key(key.as_object(), vm) {
            names.set_item(key.as_object(), value.clone(), vm).expect("the key was in this dict before");
        }
    }
    remembered.values = names.items_vec();
}

fn is_unchanged(remembered: &Remembered) -> bool {
    let mut position = 0;
    for (key, value) in &remembered.values {
        match remembered.names.next_entry(position) {
            Some((next, found, current)) if found.is(key) && current.is(value) => position = next,
            _ => return false,
        }
    }
    remembered.names.next_entry(position).is_none()
}
