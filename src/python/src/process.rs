//! A process of the simulated server: its own module table and globals, and its tasks.

use crate::call::{self, HostCall};
use crate::convert::{self, Purpose};
use crate::garbage;
use crate::importer::{self, Table};
use crate::program::{Loaded, Program};
use crate::state::{self, Stage, State, Task};
use crate::stream::StreamState;
use crate::{
    Ambient, Frame, Note, Outcome, Python, Resume, Stepped, Stream, TaskId, limits, memory, raised, stack,
    tick,
};
use rustpython_vm as vm;
use std::cell::RefCell;
use std::rc::Rc;
use unhappy_trace::{SimDuration, Value};
use vm::builtins::{PyBaseException, PyBaseExceptionRef, PyCoroutine};
use vm::function::{FuncArgs, KwArgs};
use vm::protocol::PyIterReturn;
use vm::{AsObject, Interpreter, PyObjectRef, PyResult, VirtualMachine};

/// One process. Its modules' globals live and die with it and are shared by its tasks. One step of one of its
/// tasks runs at a time.
pub struct Process {
    interpreter: Rc<Interpreter>,
    program: Program,
    table: Rc<Table>,
    state: RefCell<Option<Box<State>>>,
}

/// How the Python code of a step came back.
enum Ended {
    Suspended(PyObjectRef),
    Returned(PyObjectRef),
    Raised(PyBaseExceptionRef),
}

impl Process {
    /// Returns a process that has imported nothing.
    pub(crate) fn new(interpreter: Rc<Interpreter>, program: &Program) -> Process {
        let table = Table::new(Rc::clone(&program.inner));
        let state = Box::new(State::new(Rc::clone(&program.inner)));
        Process { interpreter, program: program.clone(), table, state: RefCell::new(Some(state)) }
    }

    /// Imports `module`, running its top level. The outcome is `Returned(Null)` or `Raised`. Random numbers at
    /// the top level come from `stream`. Nothing can be awaited here.
    pub fn import(&mut self, _py: &Python, module: &str, stream: Stream, ambient: Ambient) -> Stepped {
        self.step(None, ambient, |vm| {
            state::with(|state| state.step.import_stream = StreamState::new(stream.seed));
            match importer::import(module, vm) {
                Ok(_) => Ended::Returned(vm.ctx.none()),
                Err(exception) => Ended::Raised(exception),
            }
        })
    }

    /// Creates a task that will call `function` of `module` with plain data. Takes no step yet: whatever is
    /// wrong with the function is the outcome of the first step. `tag` stands for the task in the keys that it
    /// parks on: derived from its actor's name, keys are the same in whatever order tasks are started.
    pub fn start(
        &mut self,
        _py: &Python,
        module: &str,
        function: &str,
        args: Vec<Value>,
        stream: Stream,
        tag: u64,
    ) -> TaskId {
        let stage = Stage::Planned { module: module.to_owned(), function: function.to_owned(), args };
        self.state_mut().add_task(Task {
            stage,
            stream: StreamState::new(stream.seed),
            seed: stream.seed,
            children: 0,
            tag,
            keys: 0,
            handle: None,
            context: None,
            notes: Vec::new(),
        })
    }

    /// Runs a task to its next call, its return or its exception.
    ///
    /// # Panics
    /// When the task has ended: the caller keeps track of that.
    pub fn resume(&mut self, _py: &Python, task: TaskId, with: Resume, ambient: Ambient) -> Stepped {
        let planned = self.state_mut().task(task).expect("a task that has not ended");
        let stage = std::mem::replace(&mut planned.stage, Stage::Beginning);
        self.step(Some(task), ambient, move |vm| match coroutine(stage, vm) {
            Ok(coroutine) => {
                state::with(|state| {
                    if let Some(task) = state.task(task) {
                        task.stage = Stage::Coroutine(coroutine.clone());
                    }
                });
                drive(&coroutine, with, vm)
            }
            Err(exception) => Ended::Raised(exception),
        })
    }

    /// Returns the learner's frames of a suspended task, outermost first; none for a task that has not begun
    /// or has ended.
    pub fn stack(&self, _py: &Python, task: TaskId) -> Vec<Frame> {
        let coroutine =
            self.state.borrow_mut().as_deref_mut().and_then(|state| match &state.task(task)?.stage {
                Stage::Coroutine(coroutine) => Some(coroutine.clone()),
                Stage::Planned { .. } | Stage::Beginning => None,
            });
        let Some(coroutine) = coroutine else { return Vec::new() };
        self.interpreter.enter(|vm| {
            self.table.activate(vm);
            state::enter(Box::new(State::new(Rc::clone(&self.program.inner))));
            let frames = stack::of(&coroutine, &self.program.inner, vm);
            tick::take_counts(|_, _| {});
            state::leave();
            frames
        })
    }

    /// Ends a task silently: no `finally`, no `__aexit__`, nothing of the learner's runs.
    pub fn abandon(&mut self, _py: &Python, task: TaskId) {
        let taken = self.state_mut().tasks.get_mut(task.0 as usize).and_then(Option::take);
        self.state_mut().take_outstanding(Some(task));
        self.interpreter.enter(|_| taken.map(|task| bury(*task)));
    }

    /// Looks at the process between two steps, with its modules in place.
    pub(crate) fn looking<T>(&self, look: impl FnOnce(&State, &VirtualMachine) -> T) -> T {
        let state = self.state.borrow();
        let state = state.as_deref().expect("the state is in place between steps");
        self.interpreter.enter(|vm| {
            self.table.activate(vm);
            look(state, vm)
        })
    }

    pub(crate) fn loaded(&self) -> &Loaded {
        &self.program.inner
    }

    fn state_mut(&mut self) -> &mut State {
        self.state.get_mut().as_deref_mut().expect("the state is in place between steps")
    }

    /// Runs `body` as a step of `task` (or of an import) and gathers what it did.
    fn step(
        &mut self,
        task: Option<TaskId>,
        ambient: Ambient,
        body: impl FnOnce(&VirtualMachine) -> Ended,
    ) -> Stepped {
        let mut state = self.state.get_mut().take().expect("the state is in place between steps");
        state.begin(task, ambient);
        let program = &self.program.inner;
        let (stepped, state) = self.interpreter.enter(|vm| {
            self.table.activate(vm);
            state::enter(state);
            tick::reserve_sites(program.sites.len());
            tick::grant(ambient.fuel);
            memory::limit_to(ambient.memory_bytes);
            let ended = body(vm);
            memory::limit_to(u64::MAX);
            let fuel_used = tick::used();
            let outcome = outcome(task, ended, program, vm);
            let is_over = !matches!(outcome, Outcome::Suspended(_));
            let mut stepped = finish(outcome, fuel_used);
            if is_over {
                garbage::ended(vm);
            }
            let mut state = state::leave();
            stepped.counts = state.totals.take_step(program);
            (stepped, state)
        });
        *self.state.get_mut() = Some(state);
        stepped
    }
}

fn outcome(task: Option<TaskId>, ended: Ended, program: &Loaded, vm: &VirtualMachine) -> Outcome {
    let (outcome, result) = match ended {
        Ended::Suspended(object) => match object.downcast_ref::<HostCall>().and_then(|call| call.take()) {
            Some(call) => return Outcome::Suspended(call),
            None => {
                let words = format!("'{}' object can't be awaited here", &*object.class().name());
                failed(vm.new_type_error(words), program, vm)
            }
        },
        Ended::Returned(object) => match convert::to_value(&object, Purpose::Answer, vm) {
            Ok(value) => (Outcome::Returned(value), Ok(object)),
            Err(_) if is_spawned(task) => (Outcome::Returned(Value::Null), Ok(object)),
            Err(exception) => failed(exception, program, vm),
        },
        Ended::Raised(exception) => failed(exception, program, vm),
    };
    end_task(task, result, vm);
    outcome
}

fn failed(
    exception: PyBaseExceptionRef,
    program: &Loaded,
    vm: &VirtualMachine,
) -> (Outcome, Result<PyObjectRef, PyBaseExceptionRef>) {
    (Outcome::Raised(raised::describe(&exception, program, vm)), Err(exception))
}

impl Drop for Process {
    /// Nothing of the learner's runs, and nothing stays alive in a cycle.
    fn drop(&mut self) {
        let Some(mut state) = self.state.get_mut().take() else { return };
        self.interpreter.enter(|vm| {
            for task in state.tasks.drain(..).flatten() {
                bury(*task);
            }
            tick::forbid();
            self.table.clear(vm);
            drop(state);
        });
    }
}

/// A spawned task may return anything: its result goes to the one who awaits it.
fn is_spawned(task: Option<TaskId>) -> bool {
    state::with(|state| task.and_then(|task| state.task(task)).is_some_and(|task| task.handle.is_some()))
        .unwrap_or(false)
}

/// Calls the function of a task that has not begun.
fn coroutine(stage: Stage, vm: &VirtualMachine) -> PyResult {
    let (module, function, args) = match stage {
        Stage::Coroutine(coroutine) => return Ok(coroutine),
        Stage::Beginning => return Err(vm.new_runtime_error("this task's step is already running")),
        Stage::Planned { module, function, args } => (module, function, args),
    };
    let module = importer::import(&module, vm)?;
    let function = module.get_attr(vm.ctx.intern_str(function), vm)?;
    let args: Vec<PyObjectRef> = args.into_iter().map(|value| convert::to_object(value, vm)).collect();
    function.call(args, vm)
}

fn drive(coroutine: &PyObjectRef, with: Resume, vm: &VirtualMachine) -> Ended {
    let Some(running) = coroutine.downcast_ref::<PyCoroutine>() else {
        // A plain function has already returned.
        return Ended::Returned(coroutine.clone());
    };
    let coro = running.as_coro();
    let result = match with {
        Resume::Start => coro.send(coroutine, vm.ctx.none(), vm),
        Resume::Value(value) => coro.send(coroutine, convert::to_object(value, vm), vm),
        Resume::Raise { module, class, fields } => {
            let exception = match exception(&module, &class, fields, vm) {
                Ok(exception) | Err(exception) => exception,
            };
            coro.throw(coroutine, exception.into(), vm.ctx.none(), vm.ctx.none(), vm)
        }
    };
    match result {
        Ok(PyIterReturn::Return(object)) => Ended::Suspended(object),
        Ok(PyIterReturn::StopIteration(value)) => Ended::Returned(vm.unwrap_or_none(value)),
        Err(exception) => Ended::Raised(exception),
    }
}

/// Makes an exception of a class that the framework or the library defines.
fn exception(
    module: &str,
    class: &str,
    fields: Vec<(String, Value)>,
    vm: &VirtualMachine,
) -> PyResult<PyBaseExceptionRef> {
    let module = importer::import(module, vm)?;
    let class = module.get_attr(vm.ctx.intern_str(class), vm)?;
    let (mut positional, mut keywords) = (Vec::new(), Vec::new());
    for (name, value) in fields {
        let value = convert::to_object(value, vm);
        if name.is_empty() {
            positional.push(value);
        } else {
            keywords.push((name, value));
        }
    }
    let made = class.call(FuncArgs::new(positional, keywords.into_iter().collect::<KwArgs>()), vm)?;
    made.downcast::<PyBaseException>()
        .map_err(|made| vm.new_type_error(format!("{} is not an exception", &*made.class().name())))
}

/// Tells the task's handle how it ended, takes its forgotten calls and lets go of it.
fn end_task(task: Option<TaskId>, result: Result<PyObjectRef, PyBaseExceptionRef>, vm: &VirtualMachine) {
    let handle = state::with(|state| task.and_then(|task| state.task(task)?.handle.clone())).flatten();
    if let Some(handle) = handle {
        let none = vm.ctx.none();
        let (value, error) = match &result {
            Ok(value) => (value.clone(), none),
            Err(exception) => (none, exception.clone().into()),
        };
        // `_finish` is our own and cannot fail; were it to, the waiting task would be told by its own limit.
        let _ = tick::apart(limits::SETUP_FUEL, || vm.call_method(&handle, "_finish", (value, error)));
    }
    if tick::stopped().is_some() {
        tick::forbid();
    }
    // The frames of an exception hold what the task held; they go before its notes are gathered.
    drop(result);
    let ended = state::with(|state| {
        for forgotten in state.take_outstanding(task) {
            let site = forgotten.origin.site.clone();
            let message = call::forgotten_words(&forgotten.origin);
            state.note_at_end(Note { site, message });
        }
        task.and_then(|task| state.tasks.get_mut(task.0 as usize).and_then(Option::take))
    })
    .flatten();
    if let Some(mut ended) = ended {
        let notes = std::mem::take(&mut ended.notes);
        state::with(|state| state.step.notes.extend(notes));
        drop(ended);
    }
}

/// Moves what the step gathered out of the state.
fn finish(outcome: Outcome, fuel_used: u64) -> Stepped {
    tick::forbid();
    state::with(|state| Stepped {
        outcome,
        effects: std::mem::take(&mut state.step.effects),
        printed: state.step.output.take(),
        counts: Vec::new(),
        notes: std::mem::take(&mut state.step.notes),
        fuel_used,
        slept: std::mem::replace(&mut state.step.slept, SimDuration::ZERO),
        read_clock: std::mem::take(&mut state.step.read_clock),
    })
    .expect("the state is in place during a step")
}

/// Closes every coroutine of a task without running it, then drops it.
fn bury(task: Task) {
    tick::forbid();
    if let Stage::Coroutine(coroutine) = &task.stage {
        for object in stack::chain(coroutine) {
            stack::close(&object);
        }
    }
    drop(task);
}
