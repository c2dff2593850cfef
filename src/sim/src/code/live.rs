//! A live process that was fed a known history: how one is made, found again, and asked for one more step.
//!
//! In: what was fed before. Out: a process of the interpreter that stands exactly there. Live processes are kept for a
//! while under the digest of their history: the next step that the table does not know often follows the last one.

use super::Beginning;
use super::known::{Fed, Past, fed_in_order};
use crate::machine::Machine;
use std::collections::BTreeMap;
use unhappy_python::{Ambient, Effect, Process, Program, Resume, Stepped, Stream, TaskId};
use unhappy_trace::Digest;

/// A task, whatever number a process gave it: the name of the first task of its group, and its place in the group.
pub(crate) type Member = (String, u32);

/// A process, and which of its tasks is whose.
pub(crate) struct Standing {
    pub(crate) process: Process,
    tasks: BTreeMap<Member, TaskId>,
    members: BTreeMap<String, u32>,
}

/// What every process begins with.
#[derive(Clone)]
pub(crate) struct Origin {
    pub(crate) program: Program,
    pub(crate) module: String,
    pub(crate) stream: Stream,
    pub(crate) ambient: Ambient,
}

/// Starts a task of the framework's module.
pub(crate) fn start(process: &mut Process, machine: &Machine, beginning: &Beginning) -> TaskId {
    let Beginning { name, function, data, stream } = beginning;
    let tag = Digest::of(name.as_bytes()).first_64();
    process.start(&machine.python, "backend", function, vec![data.clone()], *stream, tag)
}

impl Standing {
    /// Starts a process and imports its module.
    pub(crate) fn import(machine: &Machine, origin: &Origin) -> (Standing, Stepped) {
        let mut process = machine.python.start_process(&origin.program);
        let stepped = process.import(&machine.python, &origin.module, origin.stream, origin.ambient);
        (Standing { process, tasks: BTreeMap::new(), members: BTreeMap::new() }, stepped)
    }

    /// Feeds a new process what is past.
    pub(crate) fn replay(machine: &Machine, origin: &Origin, past: Option<&std::rc::Rc<Past>>) -> Standing {
        let (mut standing, _) = Standing::import(machine, origin);
        for fed in fed_in_order(past) {
            match fed {
                Fed::Start(beginning) => standing.start(machine, beginning),
                Fed::Resume { member, with, ambient } => {
                    standing.resume(machine, member, with.clone(), *ambient);
                }
            }
        }
        standing
    }

    pub(crate) fn start(&mut self, machine: &Machine, beginning: &Beginning) {
        let task = start(&mut self.process, machine, beginning);
        self.tasks.insert((beginning.name.clone(), 0), task);
        self.members.insert(beginning.name.clone(), 1);
    }

    /// Makes a step of a member and takes notes of the tasks that it creates.
    pub(crate) fn resume(
        &mut self,
        machine: &Machine,
        member: &Member,
        with: Resume,
        ambient: Ambient,
    ) -> Stepped {
        let task = *self.tasks.get(member).expect("a step is fed to a task that was started");
        let stepped = self.process.resume(&machine.python, task, with, ambient);
        for effect in &stepped.effects {
            if let Effect::Spawned { task, .. } = effect {
                let count = self.members.entry(member.0.clone()).or_insert(1);
                self.tasks.insert((member.0.clone(), *count), *task);
                *count += 1;
            }
        }
        stepped
    }

    /// Whose task this is.
    pub(crate) fn member(&self, task: TaskId) -> Option<&Member> {
        self.tasks.iter().find(|(_, known)| **known == task).map(|(member, _)| member)
    }
}
