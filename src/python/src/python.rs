//! The interpreter: started once, shared by every process of its thread.

use crate::instrument::Ticks;
use crate::program::{self, Program};
use crate::{
    Checked, Module, Process, call, check, floats, garbage, host, identity, library, limits, natives, random,
    row, shared, tick,
};
use rustpython_vm as vm;
use std::rc::Rc;
use unhappy_trace::Diagnostic;
use vm::builtins::{PyDict, PyModule, PyType};
use vm::{AsObject, Interpreter, PyResult, Settings, VirtualMachine};

/// One interpreter. Expensive to start (11 ms natively) and it leaks about 1 MB when dropped: one per
/// thread, kept. Not `Send`. A second one on the same thread works once the first is no longer used.
pub struct Python {
    // Dropped before the interpreter that its code belongs to.
    compiled: program::Cache,
    interpreter: Rc<Interpreter>,
}

impl Python {
    /// Starts an interpreter.
    ///
    /// # Panics
    /// When our own prelude fails, which is a bug.
    pub fn new() -> Python {
        let builder = Interpreter::builder(settings());
        let mut modules = vec![
            tick::native::module_def(&builder.ctx),
            call::native::module_def(&builder.ctx),
            host::module_def(&builder.ctx),
            random::module_def(&builder.ctx),
        ];
        modules.extend(natives::definitions(&builder.ctx));
        let interpreter = builder.add_native_modules(&modules).build();
        interpreter.enter(|vm| {
            if let Err(exception) = boot(vm) {
                let mut text = String::new();
                let _ = vm.write_exception(&mut text, &exception);
                panic!("the prelude failed: {text}");
            }
        });
        Python { compiled: program::Cache::default(), interpreter: Rc::new(interpreter) }
    }

    /// Returns every mistake that can be seen without running a file, and where it suspends.
    pub fn check(&self, file: &str, source: &str) -> Checked {
        check::check(file, source)
    }

    /// Compiles a program: `framework` is hidden from places, tracebacks and counts, `learner` is counted.
    /// `server.py` becomes the module `server`. The first mistake of the first file that has one is the error.
    pub fn load(&self, framework: &[Module], learner: &[Module]) -> Result<Program, Diagnostic> {
        self.interpreter.enter(|vm| program::load(vm, framework, learner, &self.compiled))
    }

    /// Runs files, by name with their text, as modules that every process uses: `_backend/web.py` is imported as
    /// `_backend.web`. They are hidden as a framework is. Their classes cannot be changed, and what a process
    /// changes in their globals is put back when the next one starts. Once, before the first process.
    ///
    /// # Panics
    /// When a file cannot be run, which is a bug of the caller.
    pub fn share(&self, files: &[(&'static str, &'static str)]) {
        self.interpreter.enter(|vm| {
            if let Err(exception) = shared::load(files, vm) {
                let mut text = String::new();
                let _ = vm.write_exception(&mut text, &exception);
                panic!("a shared module failed: {text}");
            }
            garbage::leave_out(vm);
            tick::forbid();
        });
    }

    /// Starts a process: fresh module globals; nothing is imported yet. What an earlier process changed in
    /// shared library modules is put back.
    pub fn start_process(&self, program: &Program) -> Process {
        self.interpreter.enter(|vm| {
            library::restore_all(vm);
            shared::restore_classes(vm);
            tick::forbid();
            garbage::ended(vm);
        });
        Process::new(Rc::clone(&self.interpreter), program)
    }
}

impl Default for Python {
    fn default() -> Python {
        Python::new()
    }
}

fn settings() -> Settings {
    let mut settings = Settings::default();
    settings.hash_seed = Some(0);
    settings.import_site = false;
    settings.install_signal_handlers = false;
    settings.isolated = true;
    settings
}

/// The native modules whose names are remembered from the start.
const NATIVE: [&str; 12] = [
    "builtins",
    "sys",
    "math",
    "itertools",
    "_functools",
    "_collections",
    "_operator",
    "_random",
    "binascii",
    "errno",
    "_json",
    "_hash",
];

fn boot(vm: &VirtualMachine) -> PyResult<()> {
    let base = vm.ctx.exceptions.base_exception_type.to_owned();
    tick::install(vm.ctx.new_exception_type("engine", "BudgetExceeded", Some(vec![base])));
    tick::grant(limits::SETUP_FUEL);
    floats::install(vm);
    // Their classes exist once they are imported, and compiling needs the tick.
    for name in ["_tick", "_call"] {
        vm.import(vm.ctx.intern_str(name), 0)?;
    }
    let names = vm.ctx.new_dict();
    names.set_item("__name__", vm.ctx.new_str("engine").into(), vm)?;
    library::run("engine", include_str!("prelude.py"), Ticks::None, &names, vm)?;
    let row = names.get_item("Row", vm)?.downcast::<PyType>().expect("the prelude defines a class Row");
    row::install(row);
    identity::install(names.get_item("__repr__", vm)?, vm);
    // Loaded up front: they are part of every start, and what a process changes in them is put back.
    for name in ["warnings", "asyncio", "time", "json", "random"] {
        vm.import(vm.ctx.intern_str(name), 0)?;
    }
    for name in NATIVE {
        remember(name, vm)?;
    }
    vm.recursion_limit.set(limits::RECURSION_FRAMES);
    garbage::install(vm);
    tick::forbid();
    Ok(())
}

fn remember(name: &str, vm: &VirtualMachine) -> PyResult<()> {
    let module = vm.import(vm.ctx.intern_str(name), 0)?;
    if let Ok(module) = module.downcast::<PyModule>() {
        let names: vm::PyRef<PyDict> = module.dict();
        debug_assert!(!names.as_object().is(&vm.ctx.none));
        library::remember(name, names);
    }
    Ok(())
}
