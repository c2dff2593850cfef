//! `_host`: the native module through which the framework, `asyncio`, `time` and the prelude reach the engine.
//!
//! | Python | what |
//! |---|---|
//! | `call(name, args, fields, place=None, written=None)` | an awaitable call; suspends the task when awaited; `written` is the call as the learner wrote it, where that differs |
//! | `tell(name, args, fields)` | a call without answer, as an effect; what cannot be sent becomes its repr |
//! | `place()` | where the learner's code is, to be handed to `call` or `warn` later |
//! | `warn(text, place)` | what the learner is told about that place when the task ends |
//! | `plain(object)` | whether an object can be sent |
//! | `Row` | see `row.rs` |
//! | `spawn(coroutine, handle)`, `cancel(task)`, `wake(key)`, `new_key()` | tasks, as effects |
//! | `running()`, `handle()`, `set_handle(object)`, `context()` | the task that runs |
//! | `hand_over(call)` | counts a call as awaited |
//! | `note(text)`, `write(text)` | what the learner is told, what was printed |
//! | `wall_micros()`, `run_micros()`, `sleep_micros(n)` | the virtual clock |
//! | `urandom(n)` | bytes of the running task's stream |

use crate::call::{HostCall, Origin};
use crate::convert::{self, Purpose};
use crate::stream::StreamState;
use crate::{Call, Effect, Note, TaskId, places, state};
use rustpython_vm as vm;
use unhappy_trace::{SimDuration, Site, Within};
use vm::builtins::{PyBaseExceptionRef, PyCoroutine, PyDict};
use vm::{PyObject, PyObjectRef, VirtualMachine};

/// Where the virtual clock starts: 2026-01-05T09:00:00Z, a Monday morning. Unit: microseconds since 1970.
pub(crate) const EPOCH_MICROS: u64 = 1_767_603_600_000_000;

pub(crate) use native::module_def;

fn outside(vm: &VirtualMachine) -> PyBaseExceptionRef {
    vm.new_runtime_error("no running event loop: tasks are made inside of an `async def` that is running")
}

/// Keeps a child's tag apart from its parent's park keys, which derive from the same number.
const CHILD: u64 = 0xC41D_C41D_C41D_C41D;

/// Registers a task and returns its number.
fn spawn(coroutine: PyObjectRef, handle: PyObjectRef) -> Option<TaskId> {
    state::with(|state| {
        let parent = state.step.running?;
        let task = state.task(parent)?;
        task.children += 1;
        let seed = StreamState::child_seed(task.seed, task.children);
        let tag = StreamState::child_seed(task.tag ^ CHILD, task.children);
        let context = task.context.clone();
        let task = state.add_task(state::Task {
            stage: state::Stage::Coroutine(coroutine),
            stream: StreamState::new(seed),
            seed,
            children: 0,
            tag,
            keys: 0,
            handle: Some(handle),
            context: context.map(|context| copy(&context)),
            notes: Vec::new(),
        });
        state.step.effects.push(Effect::Spawned { task, parent });
        Some(task)
    })
    .flatten()
}

fn copy(dict: &vm::builtins::PyDictRef) -> vm::builtins::PyDictRef {
    use vm::PyPayload;
    let ctx = vm::Context::genesis();
    PyDict::copy(dict).into_ref(ctx)
}

/// Notes a coroutine that is dropped without having run.
fn forgotten(coroutine: &PyObject, file: &str, line: u32) {
    let Some(coroutine) = coroutine.downcast_ref::<PyCoroutine>() else { return };
    let name = coroutine.as_coro().qualname().to_string_lossy().into_owned();
    // `outer.<locals>.inner` is called `inner` where it is written.
    let name = name.rsplit("<locals>.").next().unwrap_or(&name).to_owned();
    state::with(|state| {
        let site = state.program.files.iter().find(|known| known.name == file).map(|known| {
            let column = known.column_of_line(line);
            places::site(known, (line, column))
        });
        let on_line = site.as_ref().map(|site| format!(" on line {}", site.line)).unwrap_or_default();
        let message = format!("`{name}(…)`{on_line} was created but never awaited: nothing of it ran");
        state.note_at_end(Note { site, message });
    });
}

fn sleep(micros: u64) {
    state::with(|state| state.step.slept = state.step.slept.plus(SimDuration::from_micros(micros)));
}

fn run_micros() -> u64 {
    state::with(|state| {
        state.step.read_clock = true;
        state.step.now.after(state.step.slept).micros()
    })
    .unwrap_or_default()
}

fn write(text: &str) {
    // The place is looked up first, because the look-up borrows the state too.
    let site = if text.contains('\n') { places::innermost_site() } else { None };
    state::with(|state| state.step.output.write(text, &|| site.clone()));
}

fn hand_over(call: &PyObject) {
    if let Some(call) = call.downcast_ref::<HostCall>() {
        call.hand_over();
    }
}

fn call(
    name: String,
    args: &PyObject,
    fields: &PyObject,
    place: Option<Place>,
    written: Option<String>,
    vm: &VirtualMachine,
) -> vm::PyResult<HostCall> {
    let args = convert::to_value(args, Purpose::Send, vm)?;
    let fields = convert::to_value(fields, Purpose::Send, vm)?;
    let site = places::innermost_site().or_else(|| place.map(to_site));
    Ok(HostCall::create(Origin { name, written, site }, args, fields))
}

fn tell(name: String, args: &PyObject, fields: &PyObject, vm: &VirtualMachine) -> vm::PyResult<()> {
    let args = convert::to_value(args, Purpose::Tell, vm)?;
    let fields = convert::to_value(fields, Purpose::Tell, vm)?;
    let site = places::innermost_site();
    state::with(|state| state.step.effects.push(Effect::Told(Call { name, args, fields, site })));
    Ok(())
}

/// A site as Python holds it: file, line, column, and whether it is a step of a comprehension.
type Place = (String, u32, u32, bool);

fn place(vm: &VirtualMachine) -> PyObjectRef {
    let Some(site) = places::innermost_site() else { return vm.ctx.none() };
    let is_comprehension = site.within == Within::Comprehension;
    vm.new_tuple((site.file, site.line, site.column, is_comprehension)).into()
}

fn read_place(place: Option<PyObjectRef>, vm: &VirtualMachine) -> vm::PyResult<Option<Place>> {
    let Some(place) = place.filter(|place| !vm.is_none(place)) else { return Ok(None) };
    let parts: Vec<PyObjectRef> = place.try_to_value(vm)?;
    let [file, line, column, is_comprehension] = parts.as_slice() else {
        return Err(vm.new_type_error("a place has four parts"));
    };
    Ok(Some((
        file.try_to_value(vm)?,
        line.try_to_value(vm)?,
        column.try_to_value(vm)?,
        is_comprehension.try_to_value(vm)?,
    )))
}

fn to_site((file, line, column, is_comprehension): Place) -> Site {
    let within = if is_comprehension { Within::Comprehension } else { Within::Statements };
    Site { file, line, column, within }
}

#[vm::pymodule(name = "_host")]
mod native {
    use super::{EPOCH_MICROS, Effect, HostCall, Note, Purpose, TaskId, convert, outside, places, state};
    use crate::ParkKey;
    use crate::absent;
    use crate::compile;
    use crate::identity;
    use crate::importer;
    use crate::instrument::Ticks;
    use rustpython_compiler_core::Mode;
    use rustpython_vm as vm;
    use vm::builtins::{PyCode, PyDictRef, PyStrRef, PyTupleRef};
    use vm::function::OptionalArg;
    use vm::{PyObjectRef, PyRef, PyResult, VirtualMachine};

    #[pyfunction]
    fn call(
        name: PyStrRef,
        args: PyTupleRef,
        fields: PyDictRef,
        place: OptionalArg<PyObjectRef>,
        written: OptionalArg<PyStrRef>,
        vm: &VirtualMachine,
    ) -> PyResult<HostCall> {
        let place = super::read_place(place.into_option(), vm)?;
        let written = written.into_option().map(|written| written.to_string_lossy().into_owned());
        let name = name.to_string_lossy().into_owned();
        super::call(name, args.as_ref(), fields.as_ref(), place, written, vm)
    }

    #[pyfunction]
    fn tell(name: PyStrRef, args: PyTupleRef, fields: PyDictRef, vm: &VirtualMachine) -> PyResult<()> {
        super::tell(name.to_string_lossy().into_owned(), args.as_ref(), fields.as_ref(), vm)
    }

    #[pyfunction]
    fn place(vm: &VirtualMachine) -> PyObjectRef {
        super::place(vm)
    }

    #[pyfunction]
    fn warn(text: PyStrRef, place: PyObjectRef, vm: &VirtualMachine) -> PyResult<()> {
        let site = super::read_place(Some(place), vm)?.map(super::to_site);
        let message = text.to_string_lossy().into_owned();
        state::with(|state| state.note_at_end(Note { site, message }));
        Ok(())
    }

    #[pyfunction]
    fn plain(object: PyObjectRef, vm: &VirtualMachine) -> bool {
        convert::to_value(&object, Purpose::Send, vm).is_ok()
    }

    #[pyfunction]
    fn is_call(object: PyObjectRef) -> bool {
        object.downcast_ref::<HostCall>().is_some()
    }

    #[pyfunction]
    fn hand_over(call: PyObjectRef) {
        super::hand_over(&call);
    }

    #[pyfunction]
    fn spawn(coroutine: PyObjectRef, handle: PyObjectRef, vm: &VirtualMachine) -> PyResult<u32> {
        super::spawn(coroutine, handle).map(|task| task.0).ok_or_else(|| outside(vm))
    }

    #[pyfunction]
    fn cancel(task: u32) {
        state::with(|state| state.step.effects.push(Effect::Cancelled(TaskId(task))));
    }

    #[pyfunction]
    fn wake(key: u64) {
        state::with(|state| state.step.effects.push(Effect::Woken(ParkKey(key))));
    }

    #[pyfunction]
    fn new_key(vm: &VirtualMachine) -> PyResult<u64> {
        state::with(|state| state.new_key().0).ok_or_else(|| outside(vm))
    }

    #[pyfunction]
    fn running() -> Option<u32> {
        state::with(|state| state.step.running).flatten().map(|task| task.0)
    }

    #[pyfunction]
    fn handle() -> Option<PyObjectRef> {
        state::with(|state| state.running_task().and_then(|task| task.handle.clone())).flatten()
    }

    #[pyfunction]
    fn set_handle(handle: PyObjectRef) {
        state::with(|state| {
            if let Some(task) = state.running_task() {
                task.handle = Some(handle);
            }
        });
    }

    #[pyfunction]
    fn context(vm: &VirtualMachine) -> PyDictRef {
        let fresh = vm.ctx.new_dict();
        state::with(|state| {
            let task = state.running_task()?;
            Some(task.context.get_or_insert_with(|| fresh.clone()).clone())
        })
        .flatten()
        .unwrap_or(fresh)
    }

    #[pyfunction]
    fn note(text: PyStrRef) {
        let site = places::innermost_site();
        let message = text.to_string_lossy().into_owned();
        state::with(|state| state.step.notes.push(Note { site, message }));
    }

    #[pyfunction]
    fn forgotten(coroutine: PyObjectRef, file: PyStrRef, line: u32) {
        super::forgotten(&coroutine, &file.to_string_lossy(), line);
    }

    #[pyfunction]
    fn write(text: PyStrRef) {
        super::write(&text.to_string_lossy());
    }

    #[pyfunction]
    fn wall_micros() -> u64 {
        EPOCH_MICROS + super::run_micros()
    }

    #[pyfunction]
    fn run_micros() -> u64 {
        super::run_micros()
    }

    #[pyfunction]
    fn sleep_micros(micros: u64) {
        super::sleep(micros);
    }

    #[pyfunction]
    fn urandom(count: usize) -> Vec<u8> {
        state::with(|state| state.stream().bytes(count)).unwrap_or_else(|| vec![0; count])
    }

    /// Returns `None` for a module that is not ours, else whether it is a package and its file.
    #[pyfunction]
    fn find(name: PyStrRef) -> Option<(bool, String)> {
        importer::find(&name.to_string_lossy())
    }

    #[pyfunction]
    fn execute(name: PyStrRef, names: PyDictRef, vm: &VirtualMachine) -> PyResult<()> {
        importer::execute(&name.to_string_lossy(), &names, vm)
    }

    #[pyfunction]
    fn absent(name: PyStrRef) -> String {
        absent::message(&name.to_string_lossy())
    }

    #[pyfunction]
    fn is_hidden(name: PyStrRef) -> bool {
        absent::is_hidden(&name.to_string_lossy())
    }

    /// `compile` for `exec`, `eval` and `compile`: ticked, but counted on no line.
    #[pyfunction]
    fn compile_source(
        source: PyStrRef,
        file: PyStrRef,
        mode: PyStrRef,
        vm: &VirtualMachine,
    ) -> PyResult<PyRef<PyCode>> {
        let (source, file) = (source.to_string_lossy(), file.to_string_lossy());
        let mode = match &*mode.to_string_lossy() {
            "eval" => Mode::Eval,
            "single" => Mode::Single,
            _ => Mode::Exec,
        };
        compile::compile(vm, &source, &file, mode, Ticks::FunctionsAndLoops, 0)
            .map(|compiled| compiled.code)
            .map_err(|failure| failure.to_exception(vm, &source, &file))
    }

    #[pyfunction]
    fn identity(object: PyObjectRef) -> u64 {
        identity::number(&object)
    }

    #[pyfunction]
    fn hash(object: PyObjectRef, vm: &VirtualMachine) -> PyResult<vm::common::hash::PyHash> {
        identity::hash(&object, vm)
    }

    #[pyfunction]
    fn object_repr(object: PyObjectRef, vm: &VirtualMachine) -> PyResult<PyRef<vm::builtins::PyStr>> {
        identity::object_repr(&object, vm)
    }

    #[pyfunction]
    fn float_bits(number: f64, is_double: bool) -> u64 {
        if is_double { number.to_bits() } else { u64::from((number as f32).to_bits()) }
    }

    #[pyfunction]
    fn bits_float(bits: u64, is_double: bool) -> f64 {
        if is_double { f64::from_bits(bits) } else { f64::from(f32::from_bits(bits as u32)) }
    }
}
