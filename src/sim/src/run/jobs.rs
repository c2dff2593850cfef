//! Work that nobody requested: deliveries of queues to `@app.worker` functions, and `@app.every` jobs.
//!
//! Each topic has one consumer a server process; a delivery goes to the first process with a free one. Jobs run in
//! the first process that is up, as a scheduler runs on one machine, and not while their last run is unfinished. When
//! clients have finished, a job that changes nothing is not run again: the run is at rest then.

use super::tasks::Starting;
use super::{Moment, Run};
use crate::limits::{DELIVERIES_PER_RUN, JOBS_AT_REST};
use crate::random::Purpose;
use crate::services::queue::{MAX_RECEIVES, Message, VISIBILITY_TIMEOUT};
use crate::task::Owner;
use std::collections::BTreeSet;
use unhappy_python::Raised;
use unhappy_trace::event::{Delivered, EventKind, Hit, TextId};
use unhappy_trace::{SimDuration, SimInstant, Value, text};

/// What is registered, and what runs.
#[derive(Clone, Default)]
pub(super) struct Jobs {
    topics: Vec<Topic>,
    list: Vec<Job>,
    deliveries: u32,
    /// The earliest moment that is lined up for the queue.
    timer: Option<SimInstant>,
    /// Deliveries at work: number, topic, process.
    at_work: Vec<(u32, usize, u32)>,
}

#[derive(Clone)]
struct Topic {
    name: String,
    count: u32,
}

#[derive(Clone)]
struct Job {
    name: String,
    every: SimDuration,
    runs: u32,
    is_running: bool,
    process: u32,
    /// Changes of the run before its last run.
    changes_before: u64,
    runs_at_rest: u32,
}

impl Jobs {
    /// A process ended, with what ran in it. Returns the jobs that it cut off, each with the time to its next run.
    pub(super) fn process_ended(&mut self, process: u32) -> Vec<(u32, SimDuration)> {
        self.at_work.retain(|(_, _, at)| *at != process);
        let mut cut_off = vec![];
        for (number, job) in (0..).zip(&mut self.list) {
            if job.is_running && job.process == process {
                job.is_running = false;
                cut_off.push((number, job.every));
            }
        }
        cut_off
    }

    /// What is registered and how far it is, as text; `changes` are the run's so far.
    pub(super) fn content(&self, changes: u64) -> String {
        let counts: Vec<u32> = self.topics.iter().map(|topic| topic.count).collect();
        let jobs: Vec<_> = self
            .list
            .iter()
            .map(|job| {
                (job.runs, job.is_running, job.is_running && changes != job.changes_before, job.runs_at_rest)
            })
            .collect();
        format!("{counts:?} {} {jobs:?}", self.deliveries)
    }

    /// A delivery ended.
    pub(super) fn delivery_ended(&mut self, number: u32) {
        self.at_work.retain(|(known, _, _)| *known != number);
    }
}

impl Run {
    /// Asks the first process which topics and jobs the code registered.
    pub(super) fn ask_what_is_registered(&mut self) {
        let Some(process) = self.servers.first().and_then(|server| server.process) else { return };
        let account = self.open_account(u64::MAX);
        let actor = self.servers[0].actor;
        self.start_task(Starting {
            process,
            owner: Owner::Registry,
            account,
            name: "process.1".to_owned(),
            actor,
            function: "registered",
            data: Value::Null,
            purpose: Purpose::Code,
        });
    }

    /// Takes what is registered, and lines up the first run of each job.
    pub(super) fn registered(&mut self, result: Result<Value, Raised>) {
        let Ok(value) = result else { return };
        let list = |key: &str| value.get(key).and_then(Value::as_list).unwrap_or(&[]).to_vec();
        let name = |entry: &Value, key: &str| super::server::text_of(entry, key);
        for entry in list("topics") {
            let visibility = super::calls::micros(entry.get("visibility_timeout"));
            let visibility = visibility.unwrap_or(VISIBILITY_TIMEOUT);
            let topic = name(&entry, "topic");
            if let Err(sentence) = self.services.queue.serve(&topic, visibility, MAX_RECEIVES) {
                self.stopped = Some(format!("The server could not start: {sentence}."));
                return;
            }
            self.jobs.topics.push(Topic { name: topic, count: 0 });
        }
        for (number, entry) in (0..).zip(list("jobs")) {
            let every = super::calls::micros(entry.get("seconds")).unwrap_or(SimDuration::ZERO);
            let every = every.max(SimDuration::from_micros(1000));
            self.jobs.list.push(Job {
                name: name(&entry, "name"),
                every,
                runs: 0,
                is_running: false,
                process: 0,
                changes_before: 0,
                runs_at_rest: 0,
            });
            self.agenda.add(self.now.after(every), Moment::JobDue(number));
        }
    }

    /// A job is due: it runs, unless its last run is unfinished or no process is up.
    pub(super) fn job_due(&mut self, number: u32) {
        let up = self.servers.iter().find_map(|server| server.process);
        let job = &mut self.jobs.list[number as usize];
        let Some(process) = up.filter(|_| !job.is_running) else {
            let at = self.now.after(job.every);
            self.agenda.add(at, Moment::JobDue(number));
            return;
        };
        job.runs += 1;
        (job.is_running, job.process, job.changes_before) = (true, process, self.promises.changes);
        let (job_name, name) = (job.name.clone(), format!("every.{}.{}", job.name, job.runs));
        let ordinal = (1 << 58) | u64::from(number) << 32 | u64::from(job.runs);
        let account = self.open_account(ordinal);
        let actor = self.recorder.text(&name);
        self.start_task(Starting {
            process,
            owner: Owner::Job(number),
            account,
            name,
            actor,
            function: "run_job",
            data: Value::Map(vec![("name".into(), Value::Text(job_name))]),
            purpose: Purpose::Code,
        });
    }

    /// A job's run ended; the next one is lined up unless everybody rests.
    pub(super) fn job_ended(
        &mut self,
        number: u32,
        actor: TextId,
        result: Result<Value, Raised>,
        hits: Vec<Hit>,
    ) {
        if let Err(raised) = &result {
            self.raised(actor, raised);
        }
        self.tail(actor, hits);
        let is_resting = self.clients_have_finished();
        let changes = self.promises.changes;
        let job = &mut self.jobs.list[number as usize];
        job.is_running = false;
        job.runs_at_rest += u32::from(is_resting);
        let changed_nothing = changes == job.changes_before && result.is_ok();
        if (is_resting && changed_nothing) || job.runs_at_rest > JOBS_AT_REST {
            return;
        }
        let at = self.now.after(job.every);
        self.agenda.add(at, Moment::JobDue(number));
    }

    /// Whether no client and no request is at work or still to come.
    fn clients_have_finished(&self) -> bool {
        let is_at_work = self
            .tasks
            .values()
            .any(|task| matches!(task.owner, Owner::Request(_) | Owner::Operation(_) | Owner::Delivery(_)));
        let are_all_begun = self.operations.is_empty()
            || (self.lined_up >= self.world.inputs.requests
                && self.operations.iter().all(|operation| operation.process.is_some()));
        !is_at_work && are_all_begun && self.servers.iter().all(|server| server.process.is_some())
    }

    /// After a call of a service: lets messages that are there be delivered, and lines up the next one's moment.
    pub(super) fn look_for_deliveries(&mut self) {
        if self.jobs.topics.is_empty() {
            return;
        }
        for index in 0..self.jobs.topics.len() {
            self.deliver_topic(index);
        }
        // What is due already waits for a free consumer, not for the clock.
        let due = self.services.queue.next_due().filter(|at| *at > self.now);
        if let Some(at) = due.filter(|at| self.jobs.timer.is_none_or(|known| *at < known)) {
            self.jobs.timer = Some(at);
            self.agenda.add(at, Moment::QueueDue);
        }
    }

    /// A message becomes visible again, or a dead letter.
    pub(super) fn queue_due(&mut self) {
        self.jobs.timer = None;
        self.services.queue.settle(self.now);
        self.look_for_deliveries();
    }

    fn deliver_topic(&mut self, index: usize) {
        while self.stopped.is_none() {
            let busy: BTreeSet<u32> = self
                .jobs
                .at_work
                .iter()
                .filter(|(_, topic, _)| *topic == index)
                .map(|(_, _, process)| *process)
                .collect();
            let free = self.servers.iter().filter_map(|server| server.process).find(|it| !busy.contains(it));
            let Some(process) = free else { return };
            let name = self.jobs.topics[index].name.clone();
            let Some(message) = self.services.queue.receive(&name, self.now) else { return };
            if self.jobs.deliveries >= DELIVERIES_PER_RUN {
                let limit = text::thousands(u64::from(DELIVERIES_PER_RUN));
                self.stopped =
                    Some(format!("Queues delivered more than {limit} messages. The run was stopped."));
                return;
            }
            self.start_delivery(index, process, name, message);
        }
    }

    fn start_delivery(&mut self, index: usize, process: u32, topic: String, message: Message) {
        let number = self.jobs.deliveries;
        self.jobs.deliveries += 1;
        self.jobs.at_work.push((number, index, process));
        let of_topic = &mut self.jobs.topics[index];
        of_topic.count += 1;
        let name = format!("queue.{topic}.{}", of_topic.count);
        let account = self.open_account((1 << 59) | u64::from(number));
        let actor = self.recorder.text(&name);
        let delivered = Delivered {
            topic: self.recorder.text(&topic),
            message: self.recorder.text(&message.id),
            receive_count: message.receive_count,
        };
        self.recorder.push(self.now, actor, EventKind::Delivered(delivered));
        let text = |text: String| Value::Text(text);
        let shown = Value::Map(vec![
            ("id".into(), text(message.id)),
            ("body".into(), message.body),
            ("receive_count".into(), Value::Int(i64::from(message.receive_count))),
            ("receipt".into(), text(message.receipt)),
        ]);
        self.start_task(Starting {
            process,
            owner: Owner::Delivery(number),
            account,
            name,
            actor,
            function: "work",
            data: Value::Map(vec![("topic".into(), text(topic)), ("message".into(), shown)]),
            purpose: Purpose::Code,
        });
    }

    /// A worker's function returned or raised; without an ack the message comes again.
    pub(super) fn delivery_ended(
        &mut self,
        number: u32,
        actor: TextId,
        result: Result<Value, Raised>,
        hits: Vec<Hit>,
    ) {
        if let Err(raised) = &result {
            self.raised(actor, raised);
        }
        self.tail(actor, hits);
        self.jobs.delivery_ended(number);
        self.look_for_deliveries();
    }
}
