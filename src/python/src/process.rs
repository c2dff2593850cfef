//! A process of the simulated server: its own module table and globals, and its tasks.

use crate::{Ambient, Frame, Python, Resume, Stepped, Stream, TaskId};
use unhappy_trace::Value;

/// One process. Its modules' globals live and die with it and are shared by its tasks.
pub struct Process {
    _private: std::marker::PhantomData<*const ()>,
}

impl Process {
    /// Imports `module`, running its top level. The outcome is `Returned(Null)` or `Raised`.
    pub fn import(&mut self, _py: &Python, _module: &str, _stream: Stream, _ambient: Ambient) -> Stepped {
        unreachable!("written next")
    }

    /// Creates a task that will call `function` of the imported or importable `module` with plain data.
    /// Takes no step yet; a missing function is the outcome of the first step.
    pub fn start(
        &mut self,
        _py: &Python,
        _module: &str,
        _function: &str,
        _args: Vec<Value>,
        _stream: Stream,
    ) -> TaskId {
        unreachable!("written next")
    }

    /// Runs a task to its next call, its return or its exception.
    pub fn resume(&mut self, _py: &Python, _task: TaskId, _with: Resume, _ambient: Ambient) -> Stepped {
        unreachable!("written next")
    }

    /// Returns the learner's frames of a suspended task, outermost first.
    pub fn stack(&self, _py: &Python, _task: TaskId) -> Vec<Frame> {
        unreachable!("written next")
    }

    /// Ends a task silently: no `finally`, no `__aexit__`, nothing of the learner's runs.
    pub fn abandon(&mut self, _py: &Python, _task: TaskId) {
        unreachable!("written next")
    }
}
