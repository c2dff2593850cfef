//! Our own small native modules in the place of the interpreter's large ones: the same bits on every target.

mod binascii;
mod hashes;
mod json;
mod json_write;
mod math;
mod math_exact;

use rustpython_vm as vm;
use vm::builtins::PyModuleDef;

/// Returns every module of this folder.
pub(crate) fn definitions(context: &vm::Context) -> [&'static PyModuleDef; 4] {
    [
        math::module_def(context),
        hashes::module_def(context),
        binascii::module_def(context),
        json::module_def(context),
    ]
}
