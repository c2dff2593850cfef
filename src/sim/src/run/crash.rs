//! Crashes: a server process ends at once and starts again later.
//!
//! Nothing of the learner's code runs (no `finally`, no `__aexit__`). The database sees its connections close and
//! rolls open transactions back. Senders of its requests see their connection close, as the kernel of the machine
//! closes the sockets of a process that ended.

use super::{Moment, Run};
use crate::cost;
use crate::task::{Owner, TaskKey};
use std::collections::BTreeSet;
use unhappy_trace::event::{EventKind, FaultHappened, ProcessChanged};
use unhappy_trace::{Fault, How};

impl Run {
    /// Ends the process that a fault names; nothing happens when there is none, or it is down.
    pub(super) fn crash_named(&mut self, fault: &Fault) {
        let index = self.servers.iter().position(|server| server.name == fault.thing);
        if let Some(index) = index.filter(|index| self.servers[*index].process.is_some()) {
            self.crash(index);
        }
    }

    /// The processes that are up and have a request or a task at work.
    pub(super) fn busy_processes(&self) -> Vec<String> {
        let is_busy = |server: &&super::Server| {
            !server.line.is_empty() || self.tasks.keys().any(|key| Some(key.process) == server.process)
        };
        self.servers.iter().filter(is_busy).map(|server| server.name.clone()).collect()
    }

    /// After a call of a task took effect: ends its process when the plan says so.
    pub(super) fn crash_if_planned(&mut self, key: TaskKey) {
        let Some(account) = self.account_of(key) else { return };
        let is_due = account.crash_after.is_some_and(|after| account.calls >= after);
        if !is_due {
            return;
        }
        account.crash_after = None;
        if let Some(index) = self.server_of(key.process) {
            self.crash(index);
        }
    }

    fn crash(&mut self, index: usize) {
        let server = &mut self.servers[index];
        let (actor, name) = (server.actor, server.name.clone());
        let Some(process) = server.process.take() else { return };
        let line: Vec<u32> = server.line.drain(..).collect();
        server.active = 0;
        let fault = Fault { thing: name, how: How::Crash };
        let fault = self.recorder.text(&fault.to_string());
        self.recorder.push(self.now, actor, EventKind::FaultHappened(FaultHappened { fault }));
        self.recorder.push(self.now, actor, EventKind::ProcessChanged(ProcessChanged::Crashed));
        let gone: BTreeSet<TaskKey> =
            self.tasks.keys().filter(|key| key.process == process).copied().collect();
        self.drop_tasks(index, &gone);
        self.processes.remove(&process);
        let lost: Vec<u32> = (0..)
            .zip(&self.requests)
            .filter(|(_, request)| {
                request.status.is_none() && request.handler.is_some_and(|key| key.process == process)
            })
            .map(|(number, _)| number)
            .chain(line)
            .collect();
        for number in lost {
            self.requests[number as usize].is_touched = true;
            self.requests[number as usize].handler = None;
            self.sender_gives_up(number, "ConnectionLost");
        }
        for (job, every) in self.jobs.process_ended(process) {
            self.agenda.add(self.now.after(every), Moment::JobDue(job));
        }
        self.agenda.add(self.now.after(cost::RESTART), Moment::Restart(index));
    }

    fn drop_tasks(&mut self, index: usize, gone: &BTreeSet<TaskKey>) {
        for key in gone {
            let Some(task) = self.tasks.remove(key) else { continue };
            if let Some(session) = task.session {
                self.close_session(session);
            }
            if let Owner::Delivery(number) = task.owner {
                self.jobs.delivery_ended(number);
            }
        }
        self.pools[index].clear();
        self.agenda.drop_where(|moment| match moment {
            Moment::Continue(wait, _)
            | Moment::Wake(wait)
            | Moment::ParkEnds(wait)
            | Moment::PoolTimeout(wait) => gone.contains(&wait.task),
            Moment::Acquire(pending, _) | Moment::Reach(pending, _) | Moment::Serve(pending, _) => {
                gone.contains(&pending.wait.task)
            }
            _ => false,
        });
    }
}
