//! Garbage in cycles: collected between steps, at places that do not depend on how much was allocated.
//!
//! The interpreter would collect by allocation counts, in the middle of a step. So that is switched off; what
//! exists once the interpreter has started is left out of every collection. Nothing of the learner's runs
//! during one, because there is no fuel.

use crate::{limits, tick};
use rustpython_vm::VirtualMachine;
use std::cell::Cell;

thread_local! {
    static SINCE: Cell<u32> = const { Cell::new(0) };
}

/// Switches the interpreter's own collections off and leaves out what exists.
pub(crate) fn install(vm: &VirtualMachine) {
    vm.state.gc.disable();
    leave_out(vm);
}

/// Leaves what exists out of every collection to come.
pub(crate) fn leave_out(vm: &VirtualMachine) {
    vm.state.gc.collect_force(2);
    vm.state.gc.freeze();
}

/// Notes that a task or a process ended, and collects when enough have.
pub(crate) fn ended(vm: &VirtualMachine) {
    SINCE.set(SINCE.get() + 1);
    if SINCE.get() >= limits::ENDINGS_PER_COLLECTION {
        SINCE.set(0);
        tick::forbid();
        vm.state.gc.collect_force(2);
    }
}
