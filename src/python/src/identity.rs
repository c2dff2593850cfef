//! Identity without addresses: `id`, `hash` and `repr` give the same on every target and in every run.
//!
//! An address depends on the allocator, so nothing that a learner sees may show one. Objects whose `id` or
//! identity hash is asked are numbered by first question and kept until the process ends.

use crate::state;
use rustpython_vm as vm;
use vm::builtins::{PyStr, PyType};
use vm::common::hash::PyHash;
use vm::{AsObject, PyObject, PyRef, PyResult, VirtualMachine};

/// The first number; looks like an address without being one.
const FIRST: u64 = 0x7f00_0000_1000;
/// The distance of two numbers.
const STRIDE: u64 = 0x10;

/// Returns the number of an object in the running process.
pub(crate) fn number(object: &PyObject) -> u64 {
    state::with(|state| {
        let known = state.identities.iter().rposition(|known| known.is(object));
        let index = known.unwrap_or_else(|| {
            state.identities.push(object.to_owned());
            state.identities.len() - 1
        });
        FIRST + index as u64 * STRIDE
    })
    .unwrap_or(FIRST)
}

/// `hash(object)`: by identity where the class has no hash of its own.
pub(crate) fn hash(object: &PyObject, vm: &VirtualMachine) -> PyResult<PyHash> {
    let by_identity = vm.ctx.types.object_type.slots.hash.load().map(|slot| slot as usize);
    if object.class().slots.hash.load().map(|slot| slot as usize) == by_identity {
        return Ok((number(object) >> 4) as PyHash);
    }
    object.hash(vm)
}

/// `<server.Cart object>`.
pub(crate) fn object_repr(object: &PyObject, vm: &VirtualMachine) -> PyResult<PyRef<PyStr>> {
    let class = object.class();
    let module = class
        .as_object()
        .get_attr("__module__", vm)
        .ok()
        .and_then(|module| module.downcast::<PyStr>().ok())
        .map(|module| module.to_string_lossy().into_owned())
        .filter(|module| module != "builtins");
    let name = class.as_object().get_attr("__qualname__", vm)?.str(vm)?;
    let name = name.to_string_lossy();
    Ok(vm.ctx.new_str(match module {
        Some(module) => format!("<{module}.{name} object>"),
        None => format!("<{name} object>"),
    }))
}

fn function_repr(object: &PyObject, vm: &VirtualMachine) -> PyResult<PyRef<PyStr>> {
    named_repr("function", object, vm)
}

fn coroutine_repr(object: &PyObject, vm: &VirtualMachine) -> PyResult<PyRef<PyStr>> {
    let kind = format!("{} object", &*object.class().name());
    named_repr(&kind, object, vm)
}

fn code_repr(object: &PyObject, vm: &VirtualMachine) -> PyResult<PyRef<PyStr>> {
    let name = object.get_attr("co_name", vm)?.str(vm)?;
    Ok(vm.ctx.new_str(format!("<code object {}>", name.to_string_lossy())))
}

fn named_repr(kind: &str, object: &PyObject, vm: &VirtualMachine) -> PyResult<PyRef<PyStr>> {
    let name = object.get_attr("__qualname__", vm)?.str(vm)?;
    Ok(vm.ctx.new_str(format!("<{kind} {}>", name.to_string_lossy())))
}

/// `<built-in method append of list object>`.
fn builtin_repr(object: &PyObject, vm: &VirtualMachine) -> PyResult<PyRef<PyStr>> {
    let name = object.get_attr("__name__", vm)?.str(vm)?;
    let name = name.to_string_lossy().into_owned();
    let owner = object.get_attr("__self__", vm).ok().filter(|owner| !vm.is_none(owner));
    Ok(vm.ctx.new_str(match owner.filter(|owner| !owner.class().is(vm.ctx.types.module_type)) {
        Some(owner) => format!("<built-in method {name} of {} object>", &*owner.class().name()),
        None => format!("<built-in function {name}>"),
    }))
}

/// Puts our functions in the place of those that show addresses. `dunder_repr` becomes `object.__repr__`.
pub(crate) fn install(dunder_repr: vm::PyObjectRef, vm: &VirtualMachine) {
    let types = &vm.ctx.types;
    let stock = types.object_type.slots.repr.load().map(|slot| slot as usize);
    replace_inherited(types.object_type, stock);
    types.function_type.slots.repr.store(Some(function_repr));
    types.code_type.slots.repr.store(Some(code_repr));
    types.builtin_function_or_method_type.slots.repr.store(Some(builtin_repr));
    for class in [types.coroutine_type, types.generator_type, types.async_generator] {
        class.slots.repr.store(Some(coroutine_repr));
    }
    types.object_type.set_attr(vm.ctx.intern_str("__repr__"), dunder_repr);
}

fn replace_inherited(class: &PyType, stock: Option<usize>) {
    if class.slots.repr.load().map(|slot| slot as usize) == stock {
        class.slots.repr.store(Some(object_repr));
    }
    for below in class.subclasses.read().iter() {
        if let Some(below) = below.upgrade().and_then(|below| below.downcast::<PyType>().ok()) {
            replace_inherited(&below, stock);
        }
    }
}
