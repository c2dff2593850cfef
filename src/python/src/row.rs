//! `Row`: a dict whose entries are attributes too, as database rows and JSON bodies come into Python.
//!
//! A column wins over a dict method of the same name (`row.items` is the column `items` if there is one).

use crate::convert;
use rustpython_vm as vm;
use std::cell::RefCell;
use unhappy_trace::Value;
use vm::builtins::{PyBaseExceptionRef, PyDict, PyStr, PyTypeRef};
use vm::function::PySetterValue;
use vm::{AsObject, Py, PyObject, PyObjectRef, PyPayload, PyResult, VirtualMachine};

thread_local! {
    static CLASS: RefCell<Option<PyTypeRef>> = const { RefCell::new(None) };
}

/// Gives the class made by the prelude (`class Row(dict): __slots__ = ()`) its attributes.
pub(crate) fn install(class: PyTypeRef) {
    class.slots.getattro.store(Some(get_attribute));
    class.slots.setattro.store(Some(set_attribute));
    CLASS.with_borrow_mut(|installed| *installed = Some(class));
}

/// Returns whether a class is `Row` itself.
pub(crate) fn is_row(class: &PyObject) -> bool {
    CLASS.with_borrow(|row| row.as_ref().is_some_and(|row| class.is(row)))
}

/// Returns a row; of two equal names the later value stands in the place of the first.
pub(crate) fn new(entries: Vec<(String, Value)>, vm: &VirtualMachine) -> PyObjectRef {
    let dict = PyDict::default();
    for (name, value) in entries {
        let key = vm.ctx.new_str(name);
        dict.inner_setitem(key.as_object(), convert::to_object(value, vm), vm)
            .expect("a str key can always be set");
    }
    let class = CLASS.with_borrow(Clone::clone).expect("the prelude installs the class");
    dict.into_ref_with_type(vm, class).expect("Row adds nothing to the size of dict").into()
}

fn is_special(name: &Py<PyStr>) -> bool {
    name.as_wtf8().as_bytes().starts_with(b"__")
}

fn get_attribute(object: &PyObject, name: &Py<PyStr>, vm: &VirtualMachine) -> PyResult {
    if !is_special(name)
        && let Some(dict) = object.downcast_ref::<PyDict>()
        && let Some(value) = dict.inner_getitem_opt(name.as_object(), vm)?
    {
        return Ok(value);
    }
    match object.generic_getattr_opt(name, None, vm)? {
        Some(value) => Ok(value),
        None => Err(no_column(object, name, vm)),
    }
}

fn set_attribute(
    object: &PyObject,
    name: &Py<PyStr>,
    value: PySetterValue,
    vm: &VirtualMachine,
) -> PyResult<()> {
    let dict = object.downcast_ref::<PyDict>().expect("Row is a subclass of dict");
    match value {
        PySetterValue::Assign(value) => dict.inner_setitem(name.as_object(), value, vm),
        PySetterValue::Delete => vm.call_method(object, "__delitem__", (name.to_owned(),)).map(drop),
    }
}

fn no_column(object: &PyObject, name: &Py<PyStr>, vm: &VirtualMachine) -> PyBaseExceptionRef {
    let columns: Vec<String> = object
        .downcast_ref::<PyDict>()
        .map(|dict| dict.keys_vec())
        .unwrap_or_default()
        .iter()
        .filter_map(|key| key.downcast_ref::<PyStr>().map(|key| key.to_string_lossy().into_owned()))
        .collect();
    let name = name.to_string_lossy();
    let words = if columns.is_empty() {
        format!("row has no column \"{name}\"; it is empty")
    } else {
        format!("row has no column \"{name}\"; it has {}", columns.join(", "))
    };
    vm.new_attribute_error(words)
}
