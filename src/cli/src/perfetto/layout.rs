//! Numbers, order and nesting: from what is drawn to the events of the format.
//!
//! In: what is drawn, by the names of its process and thread. Out: metadata, then events sorted by time, longer ones
//! first; complete events of one thread nest, and one that would cross another stands on a thread beside it.

use super::{Arguments, CLIENTS, DATABASE};
use serde::Serialize;
use serde_json::Value as Json;
use serde_json::json;
use std::collections::BTreeMap;

/// Something to draw, by the names of its process and thread.
#[derive(Debug)]
pub struct Drawn {
    pub process: String,
    pub thread: String,
    pub name: String,
    pub category: &'static str,
    pub at: u64,
    pub shape: Shape,
    pub arguments: Arguments,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Microseconds.
    Lasting(u64),
    /// Its scope.
    Instant(&'static str),
}

/// One event of the format.
#[derive(Debug, Serialize)]
pub struct Written {
    name: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    cat: &'static str,
    ph: &'static str,
    ts: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    dur: Option<u64>,
    pid: u64,
    tid: u64,
    /// How wide an instant is drawn: `t` its thread, `p` its process, `g` everything.
    #[serde(skip_serializing_if = "Option::is_none")]
    s: Option<&'static str>,
    args: Arguments,
}

/// Gives numbers to processes and threads, puts crossing events on threads of their own, and sorts.
pub fn laid_out(mut drawn: Vec<Drawn>) -> Vec<Written> {
    drawn.sort_by_key(|drawn| (drawn.at, std::cmp::Reverse(drawn.lasts()), drawn.depth()));
    let mut numbers = Numbers::default();
    let events: Vec<Written> = drawn
        .into_iter()
        .map(|drawn| {
            let (pid, tid) = numbers.of(&drawn);
            let (ph, dur, s) = match drawn.shape {
                Shape::Lasting(micros) => ("X", Some(micros), None),
                Shape::Instant(scope) => ("i", None, Some(scope)),
            };
            Written {
                name: drawn.name,
                cat: drawn.category,
                ph,
                ts: drawn.at,
                dur,
                pid,
                tid,
                s,
                args: drawn.arguments,
            }
        })
        .collect();
    numbers.metadata().into_iter().chain(events).collect()
}

impl Drawn {
    pub fn lasts(&self) -> u64 {
        match self.shape {
            Shape::Lasting(micros) => micros,
            Shape::Instant(_) => 0,
        }
    }

    /// Which of two that lasted equally long holds the other: an operation its request, a request its statement.
    fn depth(&self) -> usize {
        const OUTER: [&str; 4] = ["operation", "http", "request", "transaction"];
        OUTER.iter().position(|category| *category == self.category).unwrap_or(OUTER.len())
    }
}

/// Numbers of processes and threads, in order of first use; each thread with the ends of what is open on it.
#[derive(Debug, Default)]
struct Numbers {
    processes: BTreeMap<String, u64>,
    threads: BTreeMap<(u64, String, usize), (u64, Vec<u64>)>,
}

impl Numbers {
    fn of(&mut self, drawn: &Drawn) -> (u64, u64) {
        let next = self.processes.len() as u64 + 1;
        let pid = *self.processes.entry(drawn.process.clone()).or_insert(next);
        let mut lane = 0;
        loop {
            let next = self.threads.len() as u64 + 1;
            let key = (pid, drawn.thread.clone(), lane);
            let (tid, ends) = self.threads.entry(key).or_insert((next, vec![]));
            let Shape::Lasting(micros) = drawn.shape else { return (pid, *tid) };
            ends.retain(|end| *end > drawn.at);
            let end = drawn.at + micros;
            if ends.iter().all(|outer| *outer >= end) {
                ends.push(end);
                return (pid, *tid);
            }
            lane += 1;
        }
    }

    /// The names of processes and threads, and the order of processes: clients, server, database.
    fn metadata(&self) -> Vec<Written> {
        let mut out = Vec::new();
        for (name, pid) in &self.processes {
            let order = match name.as_str() {
                CLIENTS => 0,
                DATABASE => u64::MAX >> 33,
                _ => *pid,
            };
            out.push(named("process_name", *pid, 0, ("name", json!(name))));
            out.push(named("process_sort_index", *pid, 0, ("sort_index", json!(order))));
        }
        for ((pid, actor, lane), (tid, _)) in &self.threads {
            let name = if *lane == 0 { actor.clone() } else { format!("{actor} ({})", lane + 1) };
            out.push(named("thread_name", *pid, *tid, ("name", json!(name))));
        }
        out
    }
}

fn named(what: &str, pid: u64, tid: u64, argument: (&'static str, Json)) -> Written {
    let args = Arguments::from([argument]);
    Written { name: what.to_owned(), cat: "", ph: "M", ts: 0, dur: None, pid, tid, s: None, args }
}
