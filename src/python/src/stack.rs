//! The stack of a suspended task: its learner's frames with their local variables.
//!
//! A coroutine that waits for another holds it as the target of its `await`; the chain of these is the stack.

use crate::program::Loaded;
use crate::{Frame, limits, places, tick};
use rustpython_vm as vm;
use vm::builtins::{PyCoroutine, PyDict, PyGenerator, PyStr};
use vm::frame::FrameObjectRef;
use vm::{PyObject, PyObjectRef, VirtualMachine};

/// Returns the learner's frames below `coroutine`, outermost first.
pub(crate) fn of(coroutine: &PyObject, program: &Loaded, vm: &VirtualMachine) -> Vec<Frame> {
    tick::apart(limits::REPR_FUEL, || {
        chain(coroutine)
            .iter()
            .filter_map(|object| frame(frame_of(object)?, program, vm))
            .take(limits::TRACE_FRAMES)
            .collect()
    })
}

/// Returns `coroutine` and every coroutine or generator that it waits for, outermost first.
pub(crate) fn chain(coroutine: &PyObject) -> Vec<PyObjectRef> {
    let mut chain = vec![coroutine.to_owned()];
    while let Some(target) = chain.last().and_then(|last| frame_of(last)?.yield_from_target()) {
        chain.push(target);
    }
    chain
}

/// Returns the frame of a coroutine or generator that has not ended.
fn frame_of(object: &PyObject) -> Option<FrameObjectRef> {
    if let Some(coroutine) = object.downcast_ref::<PyCoroutine>() {
        return coroutine.as_coro().frame_opt();
    }
    object.downcast_ref::<PyGenerator>()?.as_coro().frame_opt()
}

/// Marks a coroutine or generator as ended, so that dropping it runs nothing.
pub(crate) fn close(object: &PyObject) {
    if let Some(coroutine) = object.downcast_ref::<PyCoroutine>() {
        coroutine.as_coro().closed.store(true);
    } else if let Some(generator) = object.downcast_ref::<PyGenerator>() {
        generator.as_coro().closed.store(true);
    }
}

fn frame(frame: FrameObjectRef, program: &Loaded, vm: &VirtualMachine) -> Option<Frame> {
    let code = frame.iframe().code();
    let file = program.file_of(code.source_path())?;
    Some(Frame {
        file: file.name.clone(),
        function: places::function_name(code),
        line: places::span_before(code, frame.lasti() as usize).start.0,
        locals: locals(&frame, vm),
    })
}

fn locals(frame: &FrameObjectRef, vm: &VirtualMachine) -> Vec<(String, String)> {
    let Ok(locals) = frame.locals(vm) else { return Vec::new() };
    let locals: PyObjectRef = locals.into();
    let Some(locals) = locals.downcast_ref::<PyDict>() else { return Vec::new() };
    locals
        .items_vec()
        .into_iter()
        .take(limits::LOCALS_PER_FRAME)
        .filter_map(|(name, value)| {
            let name = name.downcast_ref::<PyStr>()?.to_string_lossy().into_owned();
            Some((name, text(&value, vm)))
        })
        .collect()
}

fn text(value: &PyObject, vm: &VirtualMachine) -> String {
    match value.repr(vm) {
        Ok(text) => unhappy_trace::text::cut(&text.to_string_lossy(), limits::REPR_CHARACTERS),
        Err(_) => format!("<{} object>", &*value.class().name()),
    }
}
