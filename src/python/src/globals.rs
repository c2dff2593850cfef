//! The value of a process's module state: what its modules' globals reach, written in one canonical way.
//!
//! In: the process's own modules (the learner's and those of the framework that each process runs). Out: a digest
//! that is equal for equal values, however and in whatever order they came about, or what has no value and where.
//! Modules, functions and classes of the library and shared modules count by name, as long as nobody changed them.
//! Nothing of the learner's runs, no fuel is used, nothing is counted. How one object is written: `globals/node.rs`;
//! who else holds what the globals hold: `globals/entangled.rs`. Rule: rules.md (Exploration), python.md (Fork by
//! replay).

mod entangled;
mod function;
mod node;
mod walk;

use crate::program::Loaded;
use crate::state::State;
use crate::{Process, Python, library, shared};
use rustpython_vm as vm;
use unhappy_trace::Digest;
use vm::VirtualMachine;
use vm::builtins::PyModule;
use walk::Walk;

/// What the globals of a process amount to between two steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Globals {
    /// They have a value, and this is its digest: equal for equal values in any process of the same program.
    Value(Digest),
    /// Something that they hold has no value that could be compared.
    NoValue {
        /// What and where, a sentence without full stop: `server.POOL[0] is a generator`.
        reason: String,
    },
}

impl Process {
    /// Returns the value of what this process's modules hold. Between steps only.
    pub fn globals(&self, _py: &Python) -> Globals {
        self.looking(|state, vm| {
            let program = self.loaded();
            match value(program, state, vm) {
                Ok(bytes) => Globals::Value(program.digest_of_globals(bytes)),
                Err(reason) => Globals::NoValue { reason },
            }
        })
    }

    /// Returns whether a task that has not ended holds something changeable that the modules' globals hold too: a
    /// list, dict, set, deque, bytearray or an instance of a learner's class. Then the task is no function of its
    /// results and of the value of the globals alone. `true` when the globals have no value. Modules, functions,
    /// classes and objects of the framework and of `asyncio` do not count. Between steps only.
    pub fn entangled(&self, _py: &Python) -> bool {
        self.looking(|state, vm| {
            let mut walk = Walk::new(self.loaded(), own_modules(self.loaded(), vm), vm);
            walk.run(state).is_err() || entangled::any(&walk, state)
        })
    }
}

/// Returns the canonical bytes, or what has no value.
fn value(program: &Loaded, state: &State, vm: &VirtualMachine) -> Result<Vec<u8>, String> {
    if let Some(changed) = library::changed().or_else(shared::changed) {
        return Err(format!("{changed} was changed by the code"));
    }
    let mut walk = Walk::new(program, own_modules(program, vm), vm);
    walk.run(state)?;
    Ok(walk.into_bytes())
}

/// The modules of the active process that were imported, by name.
fn own_modules(program: &Loaded, vm: &VirtualMachine) -> Vec<(String, vm::PyRef<PyModule>)> {
    let loaded = crate::importer::module_dict(vm);
    let mut own: Vec<_> = program
        .modules
        .iter()
        .filter_map(|module| {
            let object = loaded.get_item_opt(module.name.as_str(), vm).ok().flatten()?;
            Some((module.name.clone(), object.downcast::<PyModule>().ok()?))
        })
        .collect();
    own.sort_by(|one, other| one.0.cmp(&other.0));
    own
}
