//! The state of a run as text: equal for states from which the same can happen.
//!
//! In: a run that stands before a choice. Out: its content, without anything that only says how it came about: tasks,
//! sessions and requests by name, times as what is left of them, Python by histories and globals. Rule followed: design
//! rules, "Exploration": two states with equal content are merged, so nothing that could change what follows may be left
//! out. Not here: what is left of an exploration's bounds (`exploring.rs`), the database's part (`db`).

use super::{Moment, Run};
use crate::task::{Owner, Pending, Request, Sender, Task, Wait};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use unhappy_db::SessionId;
use unhappy_trace::SimInstant;

/// Writes to a string, which cannot fail.
macro_rules! line {
    ($text:expr, $($arguments:tt)*) => {
        let _ = writeln!($text, $($arguments)*);
    };
}

impl Run {
    /// Returns the content of this state.
    pub(super) fn content(&self) -> String {
        let mut text = String::with_capacity(1024);
        let sessions = self.session_names();
        let name = |session: SessionId| sessions.get(&session).copied().unwrap_or("-").to_owned();
        line!(text, "database {}", self.machine.database.canonical(&self.state, self.now, &name));
        let services = postcard::to_allocvec(&self.services.canonical(self.now));
        line!(text, "services {}", unhappy_trace::Digest::of(&services.unwrap_or_default()));
        self.write_servers(&mut text);
        self.write_tasks(&mut text);
        self.write_requests(&mut text);
        self.write_agenda(&mut text);
        self.write_waits(&mut text, &sessions);
        self.write_jobs(&mut text);
        self.write_rest(&mut text);
        text
    }

    fn session_names(&self) -> BTreeMap<SessionId, &str> {
        let named = self.tasks.values().filter_map(|task| Some((task.session?, task.name.as_str())));
        named.collect()
    }

    fn left(&self, at: SimInstant) -> u64 {
        at.since(self.now).micros()
    }

    fn globals_of(&self, process: Option<u32>) -> String {
        let code = process.and_then(|process| self.processes.get(&process));
        code.and_then(|code| code.globals()).map_or_else(|| "-".to_owned(), |globals| globals.to_string())
    }

    fn process_name(&self, process: u32) -> String {
        if let Some(index) = self.server_of(process) {
            return self.servers[index].name.clone();
        }
        let client = self.operations.iter().find(|operation| operation.process == Some(process));
        client.map_or_else(|| "gone".to_owned(), |client| format!("{}.client", client.name))
    }

    fn write_servers(&self, text: &mut String) {
        for (server, pool) in self.servers.iter().zip(&self.pools) {
            let line: Vec<&str> = server.line.iter().map(|number| self.request_name(*number)).collect();
            let globals = self.globals_of(server.process);
            line!(text, "{} {globals} active {} line {line:?}", server.name, server.active);
            pool.write(self, text);
        }
        for operation in &self.operations {
            line!(
                text,
                "operation {} {} {} {:?} {}",
                operation.name,
                operation.attempts,
                operation.is_confirmed,
                operation.outcome,
                self.globals_of(operation.process)
            );
        }
    }

    fn write_tasks(&self, text: &mut String) {
        let mut lines: Vec<String> =
            self.tasks.iter().map(|(key, task)| self.task_line(*key, task)).collect();
        lines.sort_unstable();
        for line in lines {
            line!(text, "{line}");
        }
    }

    fn task_line(&self, key: crate::task::TaskKey, task: &Task) -> String {
        let history = self.processes.get(&key.process).and_then(|code| code.history(key.task));
        let account = &self.accounts[task.account as usize];
        format!(
            "task {} in {} {history:?} children {} session {} keeps {} depth {} parked {:?} calls {} requests {} {}",
            task.name,
            self.process_name(key.process),
            task.children,
            task.session.is_some(),
            task.keeps_connection,
            task.transactions.len(),
            task.parked,
            account.calls,
            account.requests,
            task.is_main,
        )
    }

    fn write_requests(&self, text: &mut String) {
        let mut lines: Vec<String> = self.requests.iter().map(|request| self.request_line(request)).collect();
        lines.sort_unstable();
        for line in lines {
            line!(text, "{line}");
        }
    }

    fn request_line(&self, request: &Request) -> String {
        let sender = match request.sender {
            Sender::Traffic => "traffic".to_owned(),
            Sender::Nobody => "nobody".to_owned(),
            Sender::Task(wait) => self.wait_name(wait),
        };
        let has_begun = request.handler.is_some() || request.status.is_some();
        let data = (!has_begun).then(|| request.data.digest());
        format!(
            "request {} from {sender} {:?} over {} touched {} uncaught {} server {:?} begun {has_begun} {data:?}",
            request.name,
            request.status,
            request.is_over,
            request.is_touched,
            request.is_uncaught,
            request.server,
        )
    }

    fn write_agenda(&self, text: &mut String) {
        let mut steps: Vec<String> =
            self.agenda.steps().iter().map(|moment| self.moment_line(moment)).collect();
        // Of one actor the first comes first; between actors the order means nothing.
        steps.sort_by(|left, right| actor_of(left).cmp(actor_of(right)));
        for step in steps {
            line!(text, "step {step}");
        }
        for (at, moment) in self.agenda.timers().filter(|(_, moment)| !self.is_stale(moment)) {
            line!(text, "timer {} {}", self.left(at), self.moment_line(moment));
        }
    }

    fn moment_line(&self, moment: &Moment) -> String {
        match moment {
            Moment::Begin(number) => format!("{number} begins"),
            Moment::Arrive(number) => format!("{} arrives", self.request_name(*number)),
            Moment::Acquire(pending, wanted) => format!("{} acquires {wanted:?}", self.pending_name(pending)),
            Moment::Reach(pending, wanted) => format!("{} reaches {wanted:?}", self.pending_name(pending)),
            Moment::Serve(pending, call) => {
                let (args, fields) = (call.args.canonical_json(), call.fields.canonical_json());
                format!("{} calls {} {args} {fields}", self.pending_name(pending), call.name)
            }
            Moment::Unblock(session) => {
                let name = self.task_of(*session).map_or("-", |task| task.name.as_str());
                format!("{name} goes on")
            }
            Moment::Wake(wait) => format!("{} wakes", self.wait_name(*wait)),
            Moment::ParkEnds(wait) => format!("{} parks no longer", self.wait_name(*wait)),
            Moment::PoolTimeout(wait) => format!("{} leaves the line", self.wait_name(*wait)),
            Moment::SenderGivesUp(number, class) => {
                format!("{} given up {class}", self.request_name(*number))
            }
            Moment::RequestTimeout(number) => format!("{} timed out", self.request_name(*number)),
            Moment::DatabaseTimer => "database".to_owned(),
            Moment::Restart(index) => format!("restart {index}"),
            Moment::QueueDue => "queue".to_owned(),
            Moment::JobDue(number) => format!("job {number}"),
            Moment::Continue(wait, resume) => format!("{} continues {resume:?}", self.wait_name(*wait)),
            Moment::GiveBack(session) => {
                let name = self.task_of(*session).map_or("-", |task| task.name.as_str());
                format!("{name} gives back")
            }
            Moment::Deliver(number, status, body) => {
                format!("{} delivered {status} {}", self.request_name(*number), body.canonical_json())
            }
        }
    }

    fn request_name(&self, number: u32) -> &str {
        self.requests.get(number as usize).map_or("-", |request| request.name.as_str())
    }

    pub(super) fn pending_name(&self, pending: &Pending) -> String {
        self.wait_name(pending.wait)
    }

    /// A wait by its task; one that is over is told apart.
    fn wait_name(&self, wait: Wait) -> String {
        match self.tasks.get(&wait.task) {
            Some(task) if task.turn == wait.turn => task.name.clone(),
            Some(task) => format!("{} late", task.name),
            None => "gone".to_owned(),
        }
    }

    fn write_waits(&self, text: &mut String, sessions: &BTreeMap<SessionId, &str>) {
        let mut lines: Vec<String> = self
            .waits
            .lines(
                |session| sessions.get(&session).copied().unwrap_or("-").to_owned(),
                |pending| self.pending_name(pending),
            )
            .collect();
        lines.sort_unstable();
        line!(text, "waits {lines:?}");
    }

    fn write_jobs(&self, text: &mut String) {
        let mut at_work: Vec<String> = self
            .tasks
            .iter()
            .filter(|(_, task)| matches!(task.owner, Owner::Delivery(_) | Owner::Job(_)))
            .map(|(key, task)| format!("{} in {}", task.name, self.process_name(key.process)))
            .collect();
        at_work.sort_unstable();
        line!(text, "work {at_work:?} {}", self.jobs.content(self.promises.changes));
    }

    fn write_rest(&self, text: &mut String) {
        let armed = self.plan.armed_names();
        let probe = (self.probe.request.is_some(), self.probe.answer.as_ref().map(|(status, _)| *status));
        let seen = &self.promises.seen;
        line!(text, "rest {} {:?} {armed:?} {probe:?} {seen:?}", self.is_at_rest, self.promises.broken);
        line!(text, "stopped {:?}", self.stopped);
    }
}

/// The name that a line of a step begins with.
fn actor_of(line: &str) -> &str {
    line.split(' ').next().unwrap_or("")
}
