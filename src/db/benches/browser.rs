#![cfg(target_family = "wasm")]
#![expect(unsafe_code, reason = "JavaScript calls exported symbols")]
//! The engine's speed in a browser: what JavaScript calls between two looks at its clock.
//!
//! In: numbers of operations and runs from `tests/browser/bench.mjs`. Out: nothing but the time it takes.

mod operations;

use operations::{Lab, Operation};
use std::cell::RefCell;
use unhappy_db::State;

thread_local! {
    static LAB: Lab = Lab::open();
    static OPERATIONS: Vec<Operation> = operations::all();
    static STATES: RefCell<Vec<State>> = RefCell::default();
}

/// Returns how many operations there are.
#[unsafe(no_mangle)]
extern "C" fn operation_count() -> usize {
    OPERATIONS.with(Vec::len)
}

/// Returns where an operation's name stands in memory.
#[unsafe(no_mangle)]
extern "C" fn name_start(operation: usize) -> *const u8 {
    OPERATIONS.with(|all| all[operation].name.as_ptr())
}

/// Returns the length of an operation's name in bytes.
#[unsafe(no_mangle)]
extern "C" fn name_bytes(operation: usize) -> usize {
    OPERATIONS.with(|all| all[operation].name.len())
}

/// Returns how often one run does an operation.
#[unsafe(no_mangle)]
extern "C" fn calls(operation: usize) -> u32 {
    OPERATIONS.with(|all| all[operation].calls)
}

/// Prepares the states of the next runs, in place of those of the last.
#[unsafe(no_mangle)]
extern "C" fn prepare(operation: usize, runs: usize) {
    let prepared =
        |lab: &Lab| OPERATIONS.with(|all| (0..runs).map(|_| all[operation].prepare(lab)).collect());
    STATES.set(LAB.with(prepared));
}

/// Runs an operation on every prepared state. This is what is timed.
#[unsafe(no_mangle)]
extern "C" fn run(operation: usize) {
    LAB.with(|lab| {
        OPERATIONS.with(|all| {
            STATES
                .with_borrow_mut(|states| states.iter_mut().for_each(|state| all[operation].run(lab, state)));
        });
    });
}
