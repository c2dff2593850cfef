//! What a backend calls beside its database: a payment provider, a queue, a cache, a mail server.
//!
//! Owns: the state of each, and what a call does to it. In: a call as data, the present instant, a seeded stream.
//! Out: an answer or a failure, how long the service worked, money moved. Each is a plain state machine that can be
//! cloned and compared: no clock, no waiting, nothing happens between two calls but the passing of time. A call
//! takes effect as a whole at the instant it is given.
//!
//! Not here: who calls when, what gets lost on the way and time-outs (`run`), how exceptions look in Python
//! (`framework`). Each file names the product that its service stands for, and where that product's rules are
//! written down.

mod arguments;
pub mod cache;
pub mod latency;
pub mod limits;
pub mod mail;
pub mod payments;
pub mod queue;

pub use cache::Cache;
pub use mail::Mail;
pub use payments::Payments;
pub use queue::Queue;

use crate::random::Stream;
use unhappy_trace::{SimDuration, SimInstant, Value};

/// One call of a service, as code made it.
#[derive(Debug, Clone, Copy)]
pub struct ServiceCall<'a> {
    /// Name: `payments.charge`.
    pub name: &'a str,
    /// Arguments by position.
    pub args: &'a [Value],
    /// Arguments by name: a map. `None` counts as not given.
    pub fields: &'a Value,
    /// When it takes effect.
    pub now: SimInstant,
}

/// What a service makes of a call.
#[derive(Debug, Clone, PartialEq)]
pub struct Served {
    /// The answer, or the refusal that becomes an exception.
    pub result: Result<Value, Failure>,
    /// How long the service itself works, without the way there and back (see [`latency::round_trip`]).
    pub work: SimDuration,
    /// Cents that the call moved: charges are positive, refunds negative.
    pub money_cents: i64,
}

/// A refusal of a service, as the exception that code gets.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    /// Class in the module `backend`: `CardDeclined`.
    pub class: &'static str,
    /// What happened, in words.
    pub message: String,
    /// Attributes of the exception.
    pub fields: Vec<(String, Value)>,
}

impl Failure {
    fn with_status(class: &'static str, status: i64, message: String) -> Failure {
        Failure { class, message, fields: vec![("status".into(), Value::Int(status))] }
    }
}

/// The services of one world.
#[derive(Debug, Clone, PartialEq)]
pub struct Services {
    /// The payment provider.
    pub payments: Payments,
    /// The queue.
    pub queue: Queue,
    /// The cache, one for all processes.
    pub cache: Cache,
    /// The mail server.
    pub mail: Mail,
}

impl Services {
    /// Returns empty services. Of 1,000 cards the provider declines `declined_per_mille`; the seed decides which.
    pub fn new(declined_per_mille: u64, seed: u64) -> Services {
        Services {
            payments: Payments::new(declined_per_mille, seed),
            queue: Queue::new(),
            cache: Cache::new(),
            mail: Mail::new(),
        }
    }

    /// Makes a call. Returns none when its name is no service's.
    ///
    /// # Errors
    /// A sentence for the learner when the arguments do not fit; nothing happened then, and nothing was drawn.
    /// Every other call draws exactly once.
    pub fn call(&mut self, call: ServiceCall<'_>, draws: &mut Stream) -> Option<Result<Served, String>> {
        let (service, what) = call.name.split_once('.')?;
        match service {
            "payments" => self.payments.call(what, call, draws),
            "queue" => self.queue.call(what, call, draws),
            "cache" => self.cache.call(what, call, draws),
            "mail" => self.mail.call(what, call, draws),
            _ => None,
        }
    }

    /// Returns the state in one comparable form. Times are what remains of them, so that two states that differ
    /// only in when they were reached are equal.
    pub fn canonical(&self, now: SimInstant) -> Value {
        map([
            ("payments", self.payments.canonical(now)),
            ("queue", self.queue.canonical(now)),
            ("cache", self.cache.canonical(now)),
            ("mail", self.mail.canonical(now)),
        ])
    }
}

/// An answer that moved no money.
fn answered(result: Value, work: SimDuration) -> Result<Served, String> {
    Ok(Served { result: Ok(result), work, money_cents: 0 })
}

fn map<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Map(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// A count as a value; the largest one when it does not fit.
fn number(count: u64) -> Value {
    Value::Int(i64::try_from(count).unwrap_or(i64::MAX))
}

/// What remains until an instant, in microseconds.
fn remaining(until: SimInstant, now: SimInstant) -> Value {
    number(until.since(now).micros())
}

#[cfg(test)]
mod tests;
