//! Conversion between Python objects and [`Value`]s.
//!
//! Out of Python: None, bool, int, float, str, bytes, lists, tuples, dicts (subclasses too); Decimal, UUID and
//! the dates become their text; an object whose class has `__plain__()` becomes what that returns. Anything
//! else is a `TypeError` in the learner's words, or its `repr` where nothing may fail. Into Python: a map becomes
//! a `Row`.

use crate::limits;
use crate::row;
use malachite_bigint::BigInt;
use num_traits::ToPrimitive;
use rustpython_vm as vm;
use unhappy_trace::Value;
use vm::builtins::{
    PyBaseExceptionRef, PyByteArray, PyBytes, PyDict, PyFloat, PyInt, PyList, PyStr, PyTuple,
};
use vm::{AsObject, PyObject, PyObjectRef, PyResult, VirtualMachine};

/// What a value is converted for; decides the words of a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// An argument of a call.
    Send,
    /// A task's result.
    Answer,
    /// An argument of a call that nobody awaits: nothing is refused.
    Tell,
}

/// Returns an object as plain data.
pub(crate) fn to_value(object: &PyObject, purpose: Purpose, vm: &VirtualMachine) -> PyResult<Value> {
    Conversion { purpose, vm }.value(object, 0)
}

struct Conversion<'a> {
    purpose: Purpose,
    vm: &'a VirtualMachine,
}

impl Conversion<'_> {
    fn value(&self, object: &PyObject, depth: usize) -> PyResult<Value> {
        let vm = self.vm;
        if vm.is_none(object) {
            return Ok(Value::Null);
        }
        if let Some(text) = object.downcast_ref::<PyStr>() {
            return Ok(Value::Text(text.to_string_lossy().into_owned()));
        }
        if let Some(number) = object.downcast_ref::<PyInt>() {
            let is_bool = object.class().is(vm.ctx.types.bool_type);
            return Ok(if is_bool { Value::Bool(object.is(&vm.ctx.true_value)) } else { integer(number) });
        }
        if let Some(number) = object.downcast_ref::<PyFloat>() {
            return Ok(Value::Float(number.to_f64()));
        }
        if depth > limits::DATA_DEPTH {
            if self.purpose == Purpose::Tell {
                return Ok(self.shown(object));
            }
            return Err(vm.new_value_error("Circular reference detected, or data nested too deep"));
        }
        self.container(object, depth)
    }

    fn container(&self, object: &PyObject, depth: usize) -> PyResult<Value> {
        if let Some(dict) = object.downcast_ref::<PyDict>() {
            return self.map(dict, depth);
        }
        if let Some(list) = object.downcast_ref::<PyList>() {
            let items = list.borrow_vec().to_vec();
            return self.list(&items, depth);
        }
        if let Some(tuple) = object.downcast_ref::<PyTuple>() {
            return self.list(tuple.as_slice(), depth);
        }
        if let Some(bytes) = object.downcast_ref::<PyBytes>() {
            return Ok(Value::Bytes(bytes.as_bytes().to_vec()));
        }
        if let Some(bytes) = object.downcast_ref::<PyByteArray>() {
            return Ok(Value::Bytes(bytes.borrow_buf().to_vec()));
        }
        if object.class().has_attr(self.vm.ctx.intern_str("__plain__")) {
            let plain = self.vm.call_method(object, "__plain__", ())?;
            return self.value(&plain, depth + 1);
        }
        self.text_form(object)
    }

    fn list(&self, items: &[PyObjectRef], depth: usize) -> PyResult<Value> {
        items.iter().map(|item| self.value(item, depth + 1)).collect::<PyResult<_>>().map(Value::List)
    }

    fn map(&self, dict: &PyDict, depth: usize) -> PyResult<Value> {
        let mut entries = Vec::with_capacity(dict.__len__());
        for (key, value) in dict.items_vec() {
            entries.push((self.key(&key)?, self.value(&value, depth + 1)?));
        }
        Ok(Value::Map(entries))
    }

    /// Keys follow JSON as Python writes it.
    fn key(&self, key: &PyObject) -> PyResult<String> {
        let vm = self.vm;
        if let Some(text) = key.downcast_ref::<PyStr>() {
            return Ok(text.to_string_lossy().into_owned());
        }
        if vm.is_none(key) {
            return Ok("null".to_owned());
        }
        if key.class().is(vm.ctx.types.bool_type) {
            return Ok(if key.is(&vm.ctx.true_value) { "true" } else { "false" }.to_owned());
        }
        if key.downcast_ref::<PyInt>().is_some() || key.downcast_ref::<PyFloat>().is_some() {
            return Ok(key.repr(vm)?.to_string_lossy().into_owned());
        }
        if self.purpose == Purpose::Tell {
            return Ok(self.repr(key));
        }
        let class = key.class();
        Err(vm.new_type_error(format!("keys must be str, int, float, bool or None, not {}", class.name())))
    }

    fn text_form(&self, object: &PyObject) -> PyResult<Value> {
        let vm = self.vm;
        for class in object.class().mro_collect() {
            let Some(module) = class.get_attr(vm.ctx.intern_str("__module__")) else { continue };
            let Some(module) = module.downcast_ref::<PyStr>() else { continue };
            let text = match (module.to_str(), &*class.name()) {
                (Some("decimal" | "_pydecimal"), "Decimal") | (Some("uuid"), "UUID") => {
                    object.str(vm)?.into()
                }
                (Some("datetime" | "_pydatetime"), "date" | "time") => {
                    vm.call_method(object, "isoformat", ())?
                }
                _ => continue,
            };
            return self.value(&text, limits::DATA_DEPTH);
        }
        if self.purpose == Purpose::Tell {
            return Ok(self.shown(object));
        }
        Err(self.refusal(object))
    }

    fn shown(&self, object: &PyObject) -> Value {
        Value::Text(self.repr(object))
    }

    fn repr(&self, object: &PyObject) -> String {
        object.repr(self.vm).map_or_else(
            |_| format!("<{} object>", &*object.class().name()),
            |text| text.to_string_lossy().into_owned(),
        )
    }

    fn refusal(&self, object: &PyObject) -> PyBaseExceptionRef {
        let class = object.class();
        let name = class.name();
        let unawaited = object.downcast_ref::<crate::call::HostCall>().map(|call| call.words());
        let words = match (self.purpose, unawaited) {
            (_, Some(words)) => words,
            (Purpose::Send, None) => format!(
                "a value of type {name} cannot be sent: only None, bool, int, float, str, bytes, list, tuple, \
                 dict, Decimal, UUID and dates can"
            ),
            (Purpose::Answer | Purpose::Tell, None) => {
                format!("Object of type {name} is not JSON serializable")
            }
        };
        self.vm.new_type_error(words)
    }
}

fn integer(number: &PyInt) -> Value {
    let number = number.as_bigint();
    number.to_i64().map_or_else(|| Value::BigInt(number.to_string()), Value::Int)
}

/// Returns a value as a Python object.
pub(crate) fn to_object(value: Value, vm: &VirtualMachine) -> PyObjectRef {
    match value {
        Value::Null => vm.ctx.none(),
        Value::Bool(truth) => vm.ctx.new_bool(truth).into(),
        Value::Int(number) => vm.ctx.new_int(number).into(),
        Value::BigInt(digits) => match digits.parse::<BigInt>() {
            Ok(number) => vm.ctx.new_bigint(&number).into(),
            Err(_) => vm.ctx.new_str(digits).into(),
        },
        Value::Float(number) => vm.ctx.new_float(number).into(),
        Value::Text(text) => vm.ctx.new_str(text).into(),
        Value::Bytes(bytes) => vm.ctx.new_bytes(bytes).into(),
        Value::List(items) => {
            vm.ctx.new_list(items.into_iter().map(|item| to_object(item, vm)).collect()).into()
        }
        Value::Map(entries) => row::new(entries, vm),
    }
}
