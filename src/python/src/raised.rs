//! Exceptions as data: class, message, the learner's frames, causes, plain attributes, and a hint.

use crate::convert::{self, Purpose};
use crate::program::Loaded;
use crate::{Raised, Stopped, TraceFrame, limits, places, tick};
use rustpython_vm as vm;
use unhappy_trace::Value;
use vm::builtins::{PyBaseExceptionRef, PyDict};
use vm::{AsObject, VirtualMachine};

/// Returns an exception as data. Its `__str__` may run learner's code, on a little fuel of its own.
pub(crate) fn describe(exception: &PyBaseExceptionRef, program: &Loaded, vm: &VirtualMachine) -> Raised {
    let stopped = if tick::is_stop(exception) {
        tick::stopped().or(Some(Stopped::Fuel))
    } else {
        exception.fast_isinstance(vm.ctx.exceptions.recursion_error).then_some(Stopped::Recursion)
    };
    let mut raised = tick::apart(limits::REPR_FUEL, || chain(exception, program, vm, 0));
    raised.stopped = stopped;
    raised.hint = raised.hint.or_else(|| stopped.map(|stopped| stop_hint(stopped).to_owned()));
    raised
}

fn chain(exception: &PyBaseExceptionRef, program: &Loaded, vm: &VirtualMachine, depth: usize) -> Raised {
    let class = exception.class().name().to_owned();
    let words = exception.as_object().str(vm).map(|text| text.to_string_lossy().into_owned());
    let (message, hint) = reworded(words.unwrap_or_default());
    Raised {
        class,
        message,
        frames: frames(exception, program),
        cause: cause(exception, vm)
            .filter(|_| depth < limits::CAUSES)
            .map(|cause| Box::new(chain(&cause, program, vm, depth + 1))),
        stopped: None,
        fields: fields(exception, vm),
        hint,
    }
}

/// `raise … from …`, else what was being handled, unless suppressed by `from None`.
fn cause(exception: &PyBaseExceptionRef, vm: &VirtualMachine) -> Option<PyBaseExceptionRef> {
    let is_suppressed = || {
        let flag = exception.as_object().get_attr("__suppress_context__", vm);
        flag.is_ok_and(|flag| flag.is(&vm.ctx.true_value))
    };
    exception.__cause__().or_else(|| exception.__context__().filter(|_| !is_suppressed()))
}

/// Says of a coroutine used without `await` what it is, in place of Python's words.
fn reworded(message: String) -> (String, Option<String>) {
    const HINT: &str = "put `await` before the call";
    let about_coroutine = [
        "'coroutine' object has no attribute",
        "'coroutine' object is not",
        "'coroutine' object does not support",
        "object of type 'coroutine' has no len()",
        "'coroutine' and '",
        "and 'coroutine'",
        "Object of type coroutine is not JSON serializable",
    ];
    if about_coroutine.iter().any(|words| message.contains(words)) {
        let words =
            format!("an `async def` was called but not awaited: put `await` before the call ({message})");
        return (words, Some(HINT.to_owned()));
    }
    let about_call = message.contains("'unawaited call'") || message.contains("was created but not awaited");
    (message, about_call.then(|| HINT.to_owned()))
}

fn stop_hint(stopped: Stopped) -> &'static str {
    match stopped {
        Stopped::Fuel => "a loop that never ends? Each step may run a limited number of statements",
        Stopped::Memory => "something grows without end? Each step may take a limited amount of memory",
        Stopped::Recursion => "a function that calls itself without end?",
    }
}

fn frames(exception: &PyBaseExceptionRef, program: &Loaded) -> Vec<TraceFrame> {
    let mut frames = Vec::new();
    let mut next = exception.__traceback__();
    while let Some(traceback) = next {
        let code = traceback.frame.iframe().code();
        if let Some(file) = program.file_of(code.source_path()) {
            let span = places::span_at(code, usize::try_from(traceback.lasti / 2).unwrap_or_default());
            let line = traceback.lineno.get() as u32;
            let (start, end) = if span.start.0 <= line && line <= span.end.0 {
                (file.in_characters(span.start), file.in_characters(span.end))
            } else {
                ((line, 1), (line, 2))
            };
            frames.push(TraceFrame {
                file: file.name.clone(),
                function: places::function_name(code),
                line: start.0,
                column: start.1,
                end_line: end.0,
                end_column: end.1,
            });
        }
        next = traceback.next.lock().clone();
    }
    without_middle(frames)
}

/// Keeps both ends of an endless recursion.
fn without_middle(mut frames: Vec<TraceFrame>) -> Vec<TraceFrame> {
    if frames.len() > limits::TRACE_FRAMES {
        let half = limits::TRACE_FRAMES / 2;
        frames.drain(half..frames.len() - half);
    }
    frames
}

fn fields(exception: &PyBaseExceptionRef, vm: &VirtualMachine) -> Vec<(String, Value)> {
    let Some(dict) = exception.as_object().dict() else { return Vec::new() };
    let dict: &PyDict = &dict;
    dict.items_vec()
        .into_iter()
        .filter_map(|(name, value)| {
            let name = name.str(vm).ok()?.to_string_lossy().into_owned();
            let value = convert::to_value(&value, Purpose::Answer, vm).ok()?;
            (!name.starts_with('_')).then_some((name, value))
        })
        .collect()
}
