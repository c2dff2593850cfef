//! How functions and code are written: by where the code stands and by what the function carries along.

use super::walk::{Edge, Walk, Written};
use rustpython_vm as vm;
use vm::builtins::{PyCode, PyFunction};
use vm::{AsObject, Py, PyObject};

/// Writes a function. Its annotations and its documentation do not count.
pub(super) fn function(walk: &mut Walk<'_>, object: &PyObject, function: &Py<PyFunction>) -> Written {
    walk.tag(b'f');
    let code = function.as_object().get_attr("__code__", walk.vm).map_err(|_| "a function without code")?;
    match code.downcast_ref::<PyCode>() {
        Some(known) if is_placed(walk, known) => place(walk, known),
        _ => walk.value(&code, Edge::Part("code")),
    }
    for (name, part) in
        [("__closure__", "closure"), ("__defaults__", "defaults"), ("__kwdefaults__", "defaults")]
    {
        let value = object.get_attr(name, walk.vm).ok().filter(|value| !walk.vm.is_none(value));
        walk.optional(value.as_deref(), Edge::Part(part));
    }
    let attributes = object.dict().filter(|dict| dict.__len__() > 0);
    walk.optional(attributes.as_ref().map(|dict| dict.as_object()), Edge::Part("attributes"));
    Ok(())
}

/// Whether the text of the code cannot change: it stands in a file of the program or of the library.
fn is_placed(walk: &Walk<'_>, code: &Py<PyCode>) -> bool {
    let path = code.source_path();
    path.as_str().starts_with("<lib>/")
        || walk.program.modules.iter().any(|module| std::ptr::eq(module.code.source_path(), path))
}

fn place(walk: &mut Walk<'_>, code: &Py<PyCode>) {
    walk.text(code.source_path().as_str().as_bytes());
    walk.text(code.code.qualname.as_str().as_bytes());
    // Two lambdas on one line differ by the column.
    let start = code.code.locations.iter().map(|(start, _)| (start.line.get(), start.character_offset.get()));
    for (line, column) in start.skip(1).take(1) {
        walk.count(line);
        walk.count(column);
    }
    walk.count(code.code.locations.len());
}

/// Writes code that was made from a text at run time.
pub(super) fn code(walk: &mut Walk<'_>, code: &Py<PyCode>) {
    walk.tag(b'c');
    place(walk, code);
    if is_placed(walk, code) {
        return;
    }
    let code = &code.code;
    walk.text(&code.instructions.original_bytes());
    for names in [&code.names, &code.varnames, &code.cellvars, &code.freevars] {
        walk.count(names.len());
        for name in names.iter() {
            walk.text(name.as_str().as_bytes());
        }
    }
    walk.count(code.constants.len());
    for constant in code.constants.iter() {
        let constant: &PyObject = std::borrow::Borrow::borrow(constant);
        walk.value(constant, Edge::Part("code"));
    }
}
