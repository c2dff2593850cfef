//! Whether a suspended task holds something changeable that the globals hold too.
//!
//! From every frame of a task's coroutines: its variables and what is on its stack (the list that a `for` goes
//! through), and everything that these reach.

use super::walk::Walk;
use crate::state::{Stage, State};
use crate::{library, stack};
use rustpython_vm as vm;
use std::collections::BTreeSet;
use vm::builtins::{PyBaseObject, PyByteArray, PyCode, PyDict, PyFunction, PyList, PyModule, PySet, PyType};
use vm::{AsObject, PyObject, PyObjectRef};

/// Returns whether any task does. `walk` has met everything that the globals reach.
pub(super) fn any(walk: &Walk<'_>, state: &State) -> bool {
    state.tasks.iter().flatten().any(|task| {
        let Stage::Coroutine(coroutine) = &task.stage else { return false };
        let mut held = stack::chain(coroutine);
        held.extend(task.context.iter().map(|context| context.as_object().to_owned()));
        holds(walk, held)
    })
}

fn holds(walk: &Walk<'_>, mut open: Vec<PyObjectRef>) -> bool {
    // The objects are kept until the end, so that no address comes twice.
    let mut met = Vec::new();
    let mut addresses = BTreeSet::new();
    while let Some(object) = open.pop() {
        if !addresses.insert(object.as_raw().addr()) {
            continue;
        }
        if walk.number_of(&object).is_some() {
            match kind(walk, &object) {
                Kind::Counts => return true,
                Kind::Ends => {}
                Kind::GoesOn => open.extend(object.gc_get_referents()),
            }
        } else if !ends(&object) {
            open.extend(parts(walk, &object));
        }
        met.push(object);
    }
    false
}

/// What an object that the globals reach means for a task that holds it.
enum Kind {
    Counts,
    Ends,
    GoesOn,
}

fn kind(walk: &Walk<'_>, object: &PyObject) -> Kind {
    // A module's dict has the module's number.
    let is_dict_of_module =
        walk.number_of(object).is_some_and(|number| walk.object(number).downcast_ref::<PyModule>().is_some());
    if is_dict_of_module || ends(object) || object.downcast_ref::<PyFunction>().is_some() {
        return Kind::Ends;
    }
    let is_container = object.downcast_ref::<PyDict>().is_some()
        || object.downcast_ref::<PyList>().is_some()
        || object.downcast_ref::<PySet>().is_some()
        || object.downcast_ref::<PyByteArray>().is_some();
    let class = object.class();
    let is_plain = object.downcast_ref::<PyBaseObject>().is_some();
    let is_shared_class = class.heaptype_ext.is_none() || library::name_of(class.as_object()).is_some();
    let is_native_container = matches!(&*class.name(), "deque" | "defaultdict" | "OrderedDict" | "cell");
    if is_container || is_native_container || !is_shared_class {
        Kind::Counts
    } else if is_plain {
        Kind::Ends
    } else {
        Kind::GoesOn
    }
}

/// Whether nothing behind the object belongs to one task.
fn ends(object: &PyObject) -> bool {
    object.downcast_ref::<PyModule>().is_some()
        || object.downcast_ref::<PyType>().is_some()
        || object.downcast_ref::<PyCode>().is_some()
        || library::name_of(object).is_some()
}

/// What an object holds. Of a function and of a frame not the globals.
fn parts(walk: &Walk<'_>, object: &PyObject) -> Vec<PyObjectRef> {
    let mut parts = object.gc_get_referents();
    if object.downcast_ref::<PyFunction>().is_some() || object.class().is(walk.vm.ctx.types.frame_type) {
        parts.retain(|part| part.downcast_ref::<PyDict>().is_none_or(|dict| !is_namespace(walk, dict)));
    }
    parts
}

/// Whether a dict is that of a module, or of builtins.
fn is_namespace(walk: &Walk<'_>, dict: &vm::Py<PyDict>) -> bool {
    dict.contains_key("__name__", walk.vm) && dict.contains_key("__doc__", walk.vm)
}
