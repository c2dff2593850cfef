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
use std::rc::Rc;
use std::sync::OnceLock;
use vm::builtins::{PyDictRef, PyModule};
use vm::scope::Scope;
use vm::{AsObject, PyObject, PyObjectRef, PyResult, VirtualMachine};

const PACK: &str = include_str!(concat!(env!("OUT_DIR"), "/lib.pack"));

thread_local! {
    static KNOWN: RefCell<Option<BTreeMap<usize, Rc<str>>>> = const { RefCell::new(None) };
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
    KNOWN.set(None);
    REMEMBERED.with_borrow_mut(|all| {
        all.retain(|other| other.module != remembered.module);
        all.push(remembered);
    });
}

/// Returns a name of a module that does not stand for what it stood for once the module was loaded.
pub(crate) fn changed() -> Option<String> {
    REMEMBERED.with_borrow(|all| all.iter().find_map(changed_name))
}

fn changed_name(remembered: &Remembered) -> Option<String> {
    if is_unchanged(remembered) {
        return None;
    }
    let now = remembered.names.items_vec();
    let is_in = |all: &[(PyObjectRef, PyObjectRef)], key: &PyObjectRef, value: &PyObjectRef| {
        all.iter().any(|(known, current)| known.is(key) && current.is(value))
    };
    let gone = remembered.values.iter().find(|(key, value)| !is_in(&now, key, value));
    // A package knows the modules below it that were imported meanwhile.
    let is_new = |(key, value): &&(PyObjectRef, PyObjectRef)| {
        value.downcast_ref::<PyModule>().is_none() && !is_in(&remembered.values, key, value)
    };
    let (key, _) = gone.or_else(|| now.iter().find(is_new))?;
    let name = key.downcast_ref::<vm::builtins::PyStr>().map(|name| name.to_string_lossy().into_owned());
    Some(format!("{}.{}", remembered.module, name.unwrap_or_default()))
}

/// Returns the name of an object that a module of the library, or a shared one, defines.
pub(crate) fn name_of(object: &PyObject) -> Option<Rc<str>> {
    KNOWN.with_borrow_mut(|known| known.get_or_insert_with(index).get(&object.as_raw().addr()).cloned())
}

/// What the modules define, by address: what is remembered stays alive. Of several names the first by the alphabet.
fn index() -> BTreeMap<usize, Rc<str>> {
    let mut known = BTreeMap::<usize, Rc<str>>::new();
    REMEMBERED.with_borrow(|all| {
        for remembered in all {
            for (key, value) in &remembered.values {
                let Some(key) = key.downcast_ref::<vm::builtins::PyStr>() else { continue };
                let name: Rc<str> = format!("{}.{}", remembered.module, key.to_string_lossy()).into();
                let first = known.entry(value.as_raw().addr()).or_insert_with(|| Rc::clone(&name));
                if name < *first {
                    *first = name;
                }
            }
        }
    });
    known
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
    KNOWN.set(None);
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
