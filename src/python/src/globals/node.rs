//! How one object that has a number is written: what kind it is and what it refers to.
//!
//! The order of the kinds below is from the common to the rare. What is not listed has no value: a wrong equality would
//! merge states that differ, so in doubt there is none.

use super::function;
use super::walk::{Edge, Walk, Written};
use crate::{call::HostCall, library, limits, random, row, tick, tick::Tick};
use rustpython_vm as vm;
use vm::builtins::{
    PyBaseObject, PyByteArray, PyCode, PyComplex, PyDict, PyFrozenSet, PyFunction, PyList, PyModule,
    PyNamespace, PyRange, PySet, PySlice, PyStr, PyTuple, PyType, PyWeak,
};
use vm::protocol::{PyIter, PyIterReturn};
use vm::{AsObject, Py, PyObject, PyObjectRef, VirtualMachine};

/// Writes one object. The error is what it is, with its article.
pub(super) fn write(walk: &mut Walk<'_>, object: &PyObject) -> Written {
    if let Some(module) = object.downcast_ref::<PyModule>() {
        return module_(walk, module);
    }
    if let Some(class) = object.downcast_ref::<PyType>() {
        return class_(walk, class);
    }
    if let Some(function) = object.downcast_ref::<PyFunction>() {
        return function::function(walk, object, function);
    }
    if let Some(code) = object.downcast_ref::<PyCode>() {
        function::code(walk, code);
        return Ok(());
    }
    if let Some(name) = named(object) {
        walk.tag(b'K');
        walk.text(name.as_bytes());
        return Ok(());
    }
    let native = native_class(object.class(), walk.vm);
    let native = &*native;
    walk.tag(b'O');
    walk.value(object.class().as_object(), Edge::Part("class"));
    payload(walk, object, native)?;
    if !object.class().is(native) || native.is(walk.vm.ctx.types.namespace_type) || object.dict().is_some() {
        attributes(walk, object);
    }
    Ok(())
}

/// The name of an object that is one of the library's or of a shared module's own. Its containers count by content.
fn named(object: &PyObject) -> Option<std::rc::Rc<str>> {
    let is_container = object.downcast_ref::<PyDict>().is_some()
        || object.downcast_ref::<PyList>().is_some()
        || object.downcast_ref::<PySet>().is_some()
        || object.downcast_ref::<PyByteArray>().is_some();
    if is_container { None } else { library::name_of(object) }
}

/// The innermost class above that is not written in Python: it decides what an object holds.
fn native_class(class: &Py<PyType>, vm: &VirtualMachine) -> vm::PyRef<PyType> {
    let mut class = class.to_owned();
    while class.heaptype_ext.is_some() {
        let base = class.base.deref().map(ToOwned::to_owned);
        class = base.unwrap_or_else(|| vm.ctx.types.object_type.to_owned());
    }
    class
}

fn module_(walk: &mut Walk<'_>, module: &Py<PyModule>) -> Written {
    walk.tag(b'M');
    let names = module.dict();
    if walk.own_name(module.as_object()).is_none() {
        let name = names.get_item_opt("__name__", walk.vm).ok().flatten();
        walk.optional(name.as_deref(), Edge::Part("name"));
        return Ok(());
    }
    let mut entries: Vec<_> = names
        .items_vec()
        .into_iter()
        .filter_map(|(key, value)| {
            let name = key.downcast_ref::<PyStr>()?.to_string_lossy().into_owned();
            counts(&name).then_some((name, key, value))
        })
        .collect();
    // Which function assigned to a global first shows in no program that anybody writes.
    entries.sort_by(|one, other| one.0.cmp(&other.0));
    walk.count(entries.len());
    for (name, key, value) in entries {
        walk.text(name.as_bytes());
        walk.value(&value, Edge::Attribute(key));
    }
    Ok(())
}

/// Whether a name of a module or class says something that a program can change and see.
fn counts(name: &str) -> bool {
    const WITHOUT: [&str; 9] = [
        "__builtins__",
        "__spec__",
        "__loader__",
        "__path__",
        "__dict__",
        "__weakref__",
        "__static_attributes__",
        "__conditional_annotations__",
        "_abc_impl",
    ];
    !WITHOUT.contains(&name) && !name.starts_with("__annot")
}

fn class_(walk: &mut Walk<'_>, class: &Py<PyType>) -> Written {
    let vm = walk.vm;
    let Some(made) = &class.heaptype_ext else {
        walk.tag(b'S');
        walk.text(class.slot_name().as_bytes());
        return Ok(());
    };
    let is_known = library::name_of(class.as_object()).is_some() || row::is_row(class.as_object());
    walk.tag(if is_known { b'K' } else { b'C' });
    walk.text(made.qualname.read().as_wtf8().as_bytes());
    let module = class.attributes.get(vm.ctx.intern_str("__module__"));
    walk.optional(module.as_deref(), Edge::Part("module"));
    if is_known {
        return Ok(());
    }
    walk.value(class.as_object().class().as_object(), Edge::Part("class"));
    let bases = class.bases.read().clone();
    for base in bases.iter() {
        walk.value(base.as_object(), Edge::Part("base"));
    }
    for (key, value) in class.attributes.entries() {
        let Some(name) = key.downcast_ref::<PyStr>() else { continue };
        let name = name.to_string_lossy();
        if counts(&name) {
            walk.text(name.as_bytes());
            walk.value(&value, Edge::Attribute(key.clone()));
        }
    }
    walk.tag(b'.');
    Ok(())
}

/// Writes what an object holds besides its attributes.
fn payload(walk: &mut Walk<'_>, object: &PyObject, native: &Py<PyType>) -> Written {
    if object.downcast_ref::<PyBaseObject>().is_some() || object.downcast_ref::<PyNamespace>().is_some() {
        return Ok(());
    }
    if let Some(dict) = object.downcast_ref::<PyDict>().filter(|_| native.is(walk.vm.ctx.types.dict_type)) {
        return entries(walk, dict.items_vec());
    }
    if let Some(list) = object.downcast_ref::<PyList>() {
        let items = list.borrow_vec().to_vec();
        return items_(walk, &items);
    }
    if let Some(tuple) = object.downcast_ref::<PyTuple>() {
        return items_(walk, tuple.as_slice());
    }
    if let Some(set) = object.downcast_ref::<PySet>() {
        return items_(walk, &set.elements());
    }
    if let Some(set) = object.downcast_ref::<PyFrozenSet>() {
        return items_(walk, &set.elements());
    }
    if let Some(bytes) = object.downcast_ref::<PyByteArray>() {
        walk.text(&bytes.borrow_buf());
        return Ok(());
    }
    if walk.payload(object) {
        return Ok(());
    }
    number_or_part(walk, object, native)
}

fn number_or_part(walk: &mut Walk<'_>, object: &PyObject, native: &Py<PyType>) -> Written {
    if let Some(number) = object.downcast_ref::<PyComplex>() {
        let number = number.to_complex64();
        walk.bytes().extend_from_slice(&number.re.to_bits().to_le_bytes());
        walk.bytes().extend_from_slice(&number.im.to_bits().to_le_bytes());
    } else if let Some(range) = object.downcast_ref::<PyRange>() {
        for number in [&range.start, &range.stop, &range.step] {
            walk.value(number.as_object(), Edge::Part("end"));
        }
    } else if let Some(slice) = object.downcast_ref::<PySlice>() {
        for number in [slice.start.as_ref(), Some(&slice.stop), slice.step.as_ref()] {
            walk.optional(number.map(|number| &**number), Edge::Part("end"));
        }
    } else if let Some(weak) = object.downcast_ref::<PyWeak>() {
        walk.optional(weak.upgrade().as_deref(), Edge::Part("target"));
    } else if native.fast_issubclass(walk.vm.ctx.exceptions.base_exception_type) {
        exception(walk, object);
    } else if object.downcast_ref::<Tick>().is_none() && !random::write_to(object, walk.bytes()) {
        return by_name(walk, object, native);
    }
    Ok(())
}

/// Kinds whose Rust types are the interpreter's own: read through their own methods, which run no Python.
fn by_name(walk: &mut Walk<'_>, object: &PyObject, native: &Py<PyType>) -> Written {
    let name = native.slot_name().to_owned();
    let parts: &[&'static str] = match name.rsplit('.').next().unwrap_or_default() {
        "cell" => return items_(walk, &object.gc_get_referents()),
        "method" => &["__self__", "__func__"],
        "staticmethod" | "classmethod" => &["__func__"],
        "property" => &["fget", "fset", "fdel"],
        "builtin_function_or_method" | "method-wrapper" => &["__name__", "__self__"],
        "method_descriptor"
        | "wrapper_descriptor"
        | "member_descriptor"
        | "getset_descriptor"
        | "classmethod_descriptor" => &["__name__", "__objclass__"],
        "partial" => &["func", "args", "keywords"],
        "Pattern" => &["pattern", "flags"],
        "GenericAlias" | "Union" => &["__origin__", "__args__"],
        "TypeVar" | "ParamSpec" | "TypeVarTuple" => &["__name__"],
        "mappingproxy" | "_lru_list_elem" => return items_(walk, &object.gc_get_referents()),
        "_tuplegetter" => return Ok(()),
        "deque" => {
            let items = elements(
                native.slots.iter.load().and_then(|iter| iter(object.to_owned(), walk.vm).ok()),
                walk.vm,
            );
            items_(walk, &items)?;
            &["maxlen"]
        }
        "defaultdict" | "OrderedDict" => {
            let pairs = call(native, "items", object, walk.vm).and_then(|view| view.get_iter(walk.vm).ok());
            let pairs = elements(pairs.map(Into::into), walk.vm);
            items_of_pairs(walk, &pairs)?;
            if name.ends_with("defaultdict") { &["default_factory"] } else { &[] }
        }
        "_lru_cache_wrapper" => return cache(walk, object, native),
        _ => return Err(what(object)),
    };
    for part in parts {
        let value = member(native, part, object, walk.vm);
        walk.optional(value.as_deref(), Edge::Part(part));
    }
    Ok(())
}

/// What an object without a value is, in words.
fn what(object: &PyObject) -> String {
    if object.downcast_ref::<HostCall>().is_some() {
        return "a call that was not awaited".to_owned();
    }
    let name = object.class().name().to_string();
    let article = if name.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {name}")
}

/// A `functools` cache. How often it was used counts only where the learner's files ask for it.
fn cache(walk: &mut Walk<'_>, object: &PyObject, native: &Py<PyType>) -> Written {
    let held = object.gc_get_referents();
    let Some(entries) = held.last().filter(|last| last.downcast_ref::<PyDict>().is_some()) else {
        return Err(what(object));
    };
    walk.value(entries, Edge::Part("entries"));
    if let Some(function) = held.len().checked_sub(4).and_then(|index| held.get(index)) {
        walk.value(function, Edge::Part("function"));
    }
    if walk.program.asks_caches {
        // Its answer is a named tuple of the library's.
        let vm = walk.vm;
        let counted = tick::apart(limits::SETUP_FUEL, || call(native, "cache_info", object, vm));
        let counted = counted.ok_or_else(|| what(object))?;
        if let Some(numbers) = counted.downcast_ref::<PyTuple>() {
            for number in numbers.as_slice() {
                walk.value(number, Edge::Part("count"));
            }
        }
    }
    Ok(())
}

fn exception(walk: &mut Walk<'_>, object: &PyObject) {
    let base = walk.vm.ctx.exceptions.base_exception_type;
    for part in ["args", "__cause__", "__context__"] {
        let value = member(base, part, object, walk.vm);
        walk.optional(value.as_deref(), Edge::Part(part));
    }
    // Of the frames that it came through, where they were.
    let mut trace = member(base, "__traceback__", object, walk.vm);
    while let Some(place) = trace {
        walk.tag(b't');
        let Some(entry) = place.downcast_ref::<vm::builtins::PyTraceback>() else { break };
        let code = entry.frame.iframe().code();
        walk.text(code.source_path().as_str().as_bytes());
        walk.text(code.code.qualname.as_str().as_bytes());
        walk.count(entry.lineno.get());
        let next = entry.next.lock().clone();
        trace = next.map(Into::into);
    }
    walk.tag(b'.');
}

/// Writes `__dict__` and `__slots__`.
fn attributes(walk: &mut Walk<'_>, object: &PyObject) {
    let dict = object.dict().filter(|dict| dict.__len__() > 0);
    walk.tag(b'{');
    if let Some(dict) = dict {
        let items = dict.items_vec();
        walk.count(items.len());
        for (key, value) in items {
            walk.value(&key, Edge::Part("name"));
            walk.value(&value, Edge::Attribute(key));
        }
    }
    let class = object.class().to_owned();
    for class in class.iter_base_chain().filter(|class| has_slots(class)) {
        for (key, slot) in class.attributes.entries() {
            if slot.class().is(walk.vm.ctx.types.member_descriptor_type) {
                let value = walk.vm.call_get_descriptor(&slot, object).and_then(Result::ok);
                walk.optional(value.as_deref(), Edge::Attribute(key));
            }
        }
    }
}

fn has_slots(class: &PyType) -> bool {
    class.heaptype_ext.as_ref().is_some_and(|made| made.slots.is_some())
}

fn items_(walk: &mut Walk<'_>, items: &[PyObjectRef]) -> Written {
    walk.count(items.len());
    for (index, item) in items.iter().enumerate() {
        walk.value(item, Edge::Index(index));
    }
    Ok(())
}

fn entries(walk: &mut Walk<'_>, entries: Vec<(PyObjectRef, PyObjectRef)>) -> Written {
    walk.count(entries.len());
    for (key, value) in entries {
        walk.value(&key, Edge::Part("key"));
        walk.value(&value, Edge::Key(key));
    }
    Ok(())
}

fn items_of_pairs(walk: &mut Walk<'_>, pairs: &[PyObjectRef]) -> Written {
    let pair = |pair: &PyObjectRef| match pair.downcast_ref::<PyTuple>()?.as_slice() {
        [key, value] => Some((key.clone(), value.clone())),
        _ => None,
    };
    entries(walk, pairs.iter().filter_map(pair).collect())
}

/// Everything that a native iterator gives.
fn elements(iterator: Option<PyObjectRef>, vm: &VirtualMachine) -> Vec<PyObjectRef> {
    let Some(iterator) = iterator else { return Vec::new() };
    let iterator = PyIter::new(iterator);
    let mut items = Vec::new();
    while let Ok(PyIterReturn::Return(item)) = iterator.next(vm) {
        items.push(item);
    }
    items
}

/// An attribute as the native class gives it, whatever a learner's subclass makes of it.
fn member(native: &Py<PyType>, name: &str, object: &PyObject, vm: &VirtualMachine) -> Option<PyObjectRef> {
    let attribute = native.get_attr(vm.ctx.intern_str(name))?;
    vm.call_get_descriptor(&attribute, object)?.ok().filter(|value| !vm.is_none(value))
}

fn call(native: &Py<PyType>, name: &str, object: &PyObject, vm: &VirtualMachine) -> Option<PyObjectRef> {
    native.get_attr(vm.ctx.intern_str(name))?.call((object.to_owned(),), vm).ok()
}
