//! Shared modules: the caller's own Python that runs once and is used by every process.
//!
//! In: files of a package of its own, passed to [`crate::Python::share`]. They are found, run and put back like
//! the library (`library.rs`). What they define must hold nothing of a process. What code changes in their classes
//! is put back whenever a process starts. Not here: which modules these are (`sim`).

use crate::library::{self, Entry};
use crate::program::module_name;
use rustpython_vm as vm;
use std::cell::RefCell;
use std::collections::BTreeMap;
use vm::builtins::{PyDictRef, PyModule, PyStr, PyType, PyTypeRef};
use vm::{AsObject, PyObjectRef, PyResult, VirtualMachine};

thread_local! {
    static FILES: RefCell<BTreeMap<String, Entry>> = const { RefCell::new(BTreeMap::new()) };
    static CLASSES: RefCell<Vec<Class>> = const { RefCell::new(Vec::new()) };
}

/// A class of a shared module, with its attributes as they were once it was loaded.
struct Class {
    class: PyTypeRef,
    attributes: Vec<(PyObjectRef, PyObjectRef)>,
}

/// Returns the file of a shared module.
pub(crate) fn find(name: &str) -> Option<Entry> {
    FILES.with_borrow(|files| files.get(name).copied())
}

/// Runs every file as a shared module and remembers what it defines.
pub(crate) fn load(files: &[(&'static str, &'static str)], vm: &VirtualMachine) -> PyResult<()> {
    let entry = |(file, source): &(&'static str, &'static str)| {
        let is_package = file.ends_with("/__init__.py");
        (module_name(file), Entry { is_package, source })
    };
    let entries: BTreeMap<String, Entry> = files.iter().map(entry).collect();
    let names: Vec<String> = entries.keys().cloned().collect();
    FILES.set(entries);
    CLASSES.take();
    for name in names {
        let module = crate::importer::import(&name, vm)?;
        if let Ok(module) = module.downcast::<PyModule>() {
            remember_classes(&name, &module.dict(), vm);
            library::remember(&name, module.dict());
        }
    }
    Ok(())
}

/// Remembers the classes that a module defines. Learners see them without the package's underscore.
fn remember_classes(module: &str, names: &PyDictRef, vm: &VirtualMachine) {
    for (_, value) in names.items_vec() {
        let Ok(class) = value.downcast::<PyType>() else { continue };
        let is_defined_here = defining_module(&class, vm).is_some_and(|name| name == module);
        if is_defined_here {
            let shown = vm.ctx.new_str(module.trim_start_matches('_'));
            class.set_attr(vm.ctx.intern_str("__module__"), shown.into());
            let attributes = attributes(&class);
            CLASSES.with_borrow_mut(|classes| classes.push(Class { class, attributes }));
        }
    }
}

fn attributes(class: &PyTypeRef) -> Vec<(PyObjectRef, PyObjectRef)> {
    class.attributes.as_dict().map(|names| names.items_vec()).unwrap_or_default()
}

fn defining_module(class: &PyTypeRef, vm: &VirtualMachine) -> Option<String> {
    let name = class.as_object().get_attr("__module__", vm).ok()?.downcast::<PyStr>().ok()?;
    Some(name.to_string_lossy().into_owned())
}

/// Puts back what was changed in any shared class.
pub(crate) fn restore_classes(vm: &VirtualMachine) {
    CLASSES.with_borrow(|classes| classes.iter().for_each(|class| restore(class, vm)));
}

/// Returns the name of a shared class that has other attributes than once it was loaded.
pub(crate) fn changed() -> Option<String> {
    CLASSES.with_borrow(|classes| {
        classes.iter().find(|class| !is_unchanged(class)).map(|class| class.class.name().to_string())
    })
}

fn is_unchanged(remembered: &Class) -> bool {
    let Some(now) = remembered.class.attributes.as_dict() else { return true };
    let mut position = 0;
    for (name, value) in &remembered.attributes {
        match now.next_entry(position) {
            Some((next, found, current)) if found.is(name) && current.is(value) => position = next,
            _ => return false,
        }
    }
    now.next_entry(position).is_none()
}

fn restore(remembered: &Class, vm: &VirtualMachine) {
    let Class { class, attributes: before } = remembered;
    let now = attributes(class);
    let is_same = |(one, other): (&(PyObjectRef, PyObjectRef), &(PyObjectRef, PyObjectRef))| {
        one.0.is(&other.0) && one.1.is(&other.1)
    };
    if now.len() == before.len() && now.iter().zip(before).all(is_same) {
        return;
    }
    // Through the type's own slot, so that what the interpreter keeps of its attributes is forgotten.
    for (name, _) in now.iter().filter(|(name, _)| !before.iter().any(|(known, _)| known.is(name))) {
        if let Some(name) = name.downcast_ref::<PyStr>() {
            let _ = class.as_object().del_attr(name, vm);
        }
    }
    for (name, value) in before {
        let is_there = now.iter().any(|(known, current)| known.is(name) && current.is(value));
        if let Some(name) = name.downcast_ref::<PyStr>().filter(|_| !is_there) {
            let _ = class.as_object().set_attr(name, value.clone(), vm);
        }
    }
}
