//! Importing: which file a module's name stands for, and whose module table is in `sys.modules`.
//!
//! Modules of the program belong to a process; modules of the library are shared. `sys.modules` is one dict,
//! so the modules of the process that runs are put into it when another process ran before.

use crate::library;
use crate::program::Loaded;
use crate::state;
use rustpython_vm as vm;
use std::cell::RefCell;
use std::rc::{Rc, Weak};
use vm::builtins::{PyDict, PyDictRef, PyModule};
use vm::scope::Scope;
use vm::{PyObjectRef, PyRef, PyResult, VirtualMachine};

thread_local! {
    static ACTIVE: RefCell<Weak<Table>> = const { RefCell::new(Weak::new()) };
    static ACTIVE_NAMES: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// The modules of one process.
pub(crate) struct Table {
    program: Rc<Loaded>,
    modules: RefCell<Vec<(String, PyObjectRef)>>,
}

impl Table {
    /// Returns an empty table.
    pub(crate) fn new(program: Rc<Loaded>) -> Rc<Table> {
        Rc::new(Table { program, modules: RefCell::new(Vec::new()) })
    }

    /// Puts this table's modules into `sys.modules`.
    pub(crate) fn activate(self: &Rc<Table>, vm: &VirtualMachine) {
        if ACTIVE.with_borrow(|active| std::ptr::eq(active.as_ptr(), Rc::as_ptr(self))) {
            return;
        }
        let modules = module_dict(vm);
        let leaving = ACTIVE.with_borrow(Weak::upgrade);
        let names = ACTIVE_NAMES.take();
        let taken = take(&modules, names.iter().map(String::as_str), vm);
        if let Some(leaving) = leaving {
            *leaving.modules.borrow_mut() = taken;
        }
        for (name, module) in self.modules.borrow_mut().drain(..) {
            modules.set_item(name.as_str(), module, vm).expect("a str key can always be set");
        }
        ACTIVE.set(Rc::downgrade(self));
        ACTIVE_NAMES.set(self.program.modules.iter().map(|module| module.name.clone()).collect());
    }

    /// Empties every module of this table, so that nothing of the process stays alive in a cycle.
    pub(crate) fn clear(self: &Rc<Table>, vm: &VirtualMachine) {
        self.activate(vm);
        let names = ACTIVE_NAMES.take();
        for (_, module) in take(&module_dict(vm), names.iter().map(String::as_str), vm) {
            if let Ok(module) = module.downcast::<PyModule>() {
                module.dict().clear();
            }
        }
        ACTIVE.set(Weak::new());
    }
}

/// Returns `sys.modules`.
pub(crate) fn module_dict(vm: &VirtualMachine) -> PyDictRef {
    let modules = vm.sys_module.get_attr("modules", vm).expect("sys has modules");
    modules.downcast::<PyDict>().unwrap_or_else(|_| vm.ctx.new_dict())
}

fn take<'a>(
    modules: &PyRef<PyDict>,
    names: impl Iterator<Item = &'a str>,
    vm: &VirtualMachine,
) -> Vec<(String, PyObjectRef)> {
    names
        .filter_map(|name| {
            let module = modules.get_item_opt(name, vm).ok().flatten()?;
            modules.del_item(name, vm).ok()?;
            Some((name.to_owned(), module))
        })
        .collect()
}

/// Returns whether a module is a package, and its file; `None` for one that is not ours.
pub(crate) fn find(name: &str) -> Option<(bool, String)> {
    let own = state::with(|state| {
        let module = state.program.modules.iter().find(|module| module.name == name)?;
        Some((module.is_package, module.code.source_path().as_str().to_owned()))
    });
    own.flatten().or_else(|| library::find(name).map(|entry| (entry.is_package, format!("<lib>/{name}"))))
}

/// Runs the code of a module in its namespace.
pub(crate) fn execute(name: &str, names: &PyDictRef, vm: &VirtualMachine) -> PyResult<()> {
    let code = state::with(|state| {
        state.program.modules.iter().find(|module| module.name == name).map(|module| module.code.clone())
    });
    match code.flatten() {
        Some(code) => vm.run_code_obj(code, Scope::with_builtins(None, names.clone(), vm)).map(drop),
        None => library::execute(name, names, vm),
    }
}

/// Imports a module by its dotted name and returns it.
pub(crate) fn import(name: &str, vm: &VirtualMachine) -> PyResult {
    vm.import(vm.ctx.intern_str(name), 0)?;
    module_dict(vm).get_item(name, vm)
}
