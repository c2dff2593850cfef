//! The interpreter: started once, shared by every process of its thread.

use crate::{Checked, Module, Process};
use unhappy_trace::Diagnostic;

/// One interpreter. Expensive to start (11 ms natively) and it leaks about 1 MB when dropped: one per
/// thread, kept. Not `Send`.
pub struct Python {
    _private: std::marker::PhantomData<*const ()>,
}

/// Compiled framework and learner files, ready to be run again in any number of processes.
pub struct Program {
    _private: std::marker::PhantomData<*const ()>,
}

impl Python {
    /// Starts an interpreter.
    pub fn new() -> Python {
        unreachable!("written next")
    }

    /// Returns every mistake that can be seen without running a file, and its `await`s.
    pub fn check(&self, _file: &str, _source: &str) -> Checked {
        unreachable!("written next")
    }

    /// Compiles a program: `framework` is hidden from places, tracebacks and counts, `learner` is counted.
    pub fn load(&self, _framework: &[Module], _learner: &[Module]) -> Result<Program, Diagnostic> {
        unreachable!("written next")
    }

    /// Starts a process: fresh module globals; nothing is imported yet.
    pub fn start_process(&self, _program: &Program) -> Process {
        unreachable!("written next")
    }
}

impl Default for Python {
    fn default() -> Python {
        Python::new()
    }
}
