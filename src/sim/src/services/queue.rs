//! The queue: topics, at-least-once delivery, visibility time-outs, receive counts, dead letters.
//!
//! Stands for Amazon SQS, standard queues ("Visibility timeout", "Using dead-letter queues", `ReceiveMessage`,
//! `DeleteMessage` and `ChangeMessageVisibility` in its API reference):
//! - A received message stays in the queue, unseen by others for the visibility time-out, counted from when it was
//!   received. Unless it is acknowledged by then, it is delivered again, with a receive count one higher.
//! - Every delivery has a receipt of its own. An acknowledgement with an older receipt succeeds and deletes nothing.
//!   One with the newest receipt deletes the message even if its time-out has passed.
//! - Extending sets the time-out anew, counted from now. A message that is not in flight under this receipt cannot
//!   be extended.
//! - A message that was received as often as the topic allows is not delivered again: once its last time-out has
//!   passed it lies among the dead letters.
//! - A delayed message can be received only after its delay.
//!
//! Simpler than the product: messages come in the order in which they become visible, then in the order of their
//! ids, where SQS promises no order; a second copy comes only from a time-out, where SQS may now and then send one by
//! itself; nothing is thrown away after days.

use super::limits::{DELAY_SECONDS, Room, VISIBILITY_SECONDS, size};
use super::{Failure, Served, ServiceCall, answered, arguments, latency, map, number, remaining, text};
use crate::random::Stream;
use std::collections::{BTreeMap, BTreeSet};
use unhappy_trace::{SimDuration, SimInstant, Value};

/// Deliveries of one message before it becomes a dead letter.
pub const MAX_RECEIVES: u32 = 5;

/// The visibility time-out of a topic that nobody set one for: SQS's 30 seconds.
pub const VISIBILITY_TIMEOUT: SimDuration = SimDuration::from_micros(30_000_000);

/// One delivery of a message.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// `msg_1`, counted over all topics in order of publishing.
    pub id: String,
    /// What was published.
    pub body: Value,
    /// How often it was delivered, this time included.
    pub receive_count: u32,
    /// What acknowledges or extends this delivery: `msg_1#2` is the second one of `msg_1`.
    pub receipt: String,
}

/// When a topic delivers next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextDelivery {
    /// A message can be received now.
    Now,
    /// The earliest message can be received then, if nothing else happens.
    At(SimInstant),
    /// There is nothing to deliver.
    Never,
}

/// The queue's state.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Queue {
    topics: BTreeMap<String, Topic>,
    /// Topic of each message that can still be delivered or acknowledged.
    places: BTreeMap<u64, String>,
    published: u64,
    room: Room,
}

#[derive(Debug, Clone, PartialEq)]
struct Topic {
    visibility_timeout: SimDuration,
    max_receives: u32,
    /// Whether a worker receives from it.
    is_served: bool,
    messages: BTreeMap<u64, Stored>,
    /// The same messages in the order of delivery.
    order: BTreeSet<(SimInstant, u64)>,
    dead: Vec<Message>,
}

#[derive(Debug, Clone, PartialEq)]
struct Stored {
    body: Value,
    receive_count: u32,
    visible_at: SimInstant,
}

impl Queue {
    /// Returns a queue without topics. A topic comes into being with its first message or worker.
    pub fn new() -> Queue {
        Queue::default()
    }

    /// Says that a worker receives from a topic, with this visibility time-out, and after how many deliveries a
    /// message becomes a dead letter (at least 1; [`MAX_RECEIVES`] as a rule).
    ///
    /// # Errors
    /// A sentence when the time-out is longer than 12 hours.
    pub fn serve(&mut self, topic: &str, timeout: SimDuration, max_receives: u32) -> Result<(), String> {
        if timeout.micros() > VISIBILITY_SECONDS * 1_000_000 {
            return Err(format!(
                "the worker of {topic}: visibility_timeout is more than {VISIBILITY_SECONDS} seconds"
            ));
        }
        let found = self.topic(topic);
        found.visibility_timeout = timeout;
        found.max_receives = max_receives.max(1);
        found.is_served = true;
        Ok(())
    }

    /// Moves messages that have used up their deliveries, and whose last time-out has passed, to the dead letters.
    /// To be called whenever time has passed; [`Queue::receive`] does it for its own topic.
    pub fn settle(&mut self, now: SimInstant) {
        for name in self.topics.keys().cloned().collect::<Vec<_>>() {
            self.settle_topic(&name, now);
        }
    }

    /// Returns whether and when a topic delivers a message.
    pub fn next_delivery(&self, topic: &str, now: SimInstant) -> NextDelivery {
        match self.topics.get(topic).and_then(|topic| topic.first_alive()) {
            Some((at, _)) if at <= now => NextDelivery::Now,
            Some((at, _)) => NextDelivery::At(at),
            None => NextDelivery::Never,
        }
    }

    /// Returns the earliest instant at which a message of a topic with a worker becomes visible or a dead letter.
    /// It may have passed: then somebody should receive, or [`Queue::settle`].
    pub fn next_due(&self) -> Option<SimInstant> {
        let served = self.topics.values().filter(|topic| topic.is_served);
        served.filter_map(|topic| topic.order.first().map(|(at, _)| *at)).min()
    }

    /// Delivers the next message of a topic: it is unseen from now on until its time-out passes.
    pub fn receive(&mut self, topic: &str, now: SimInstant) -> Option<Message> {
        self.settle_topic(topic, now);
        let found = self.topics.get_mut(topic)?;
        let (at, id) = found.first_alive()?;
        if at > now {
            return None;
        }
        found.hide(id, now.after(found.visibility_timeout));
        let stored = found.messages.get_mut(&id)?;
        stored.receive_count += 1;
        Some(delivery(id, stored))
    }

    /// Returns the dead letters of a topic, in the order in which they died; each as its last delivery.
    pub fn dead_letters(&self, topic: &str) -> &[Message] {
        self.topics.get(topic).map_or(&[], |topic| &topic.dead)
    }

    /// Returns how many messages of a topic are not yet acknowledged or dead: waiting, delayed or in flight.
    pub fn waiting(&self, topic: &str) -> usize {
        self.topics.get(topic).map_or(0, |topic| topic.messages.len())
    }

    /// Returns the names of all topics.
    pub fn topics(&self) -> impl Iterator<Item = &str> {
        self.topics.keys().map(String::as_str)
    }

    pub(super) fn call(
        &mut self,
        what: &str,
        call: ServiceCall<'_>,
        draws: &mut Stream,
    ) -> Option<Result<Served, String>> {
        match what {
            "publish" => Some(self.publish(call, draws)),
            "ack" => Some(self.ack(call, draws)),
            "extend" => Some(self.extend(call, draws)),
            _ => None,
        }
    }

    fn publish(&mut self, call: ServiceCall<'_>, draws: &mut Stream) -> Result<Served, String> {
        let given = arguments::read(call, &["topic", "body", "delay"])?;
        let (topic, body) = (given.name("topic")?, given.any("body"));
        let delay = given.optional_seconds("delay", DELAY_SECONDS)?.unwrap_or(SimDuration::ZERO);
        self.room.take(call.name, size(&body))?;
        self.published += 1;
        let id = self.published;
        self.places.insert(id, topic.to_owned());
        let visible_at = call.now.after(delay);
        let found = self.topic(topic);
        found.order.insert((visible_at, id));
        found.messages.insert(id, Stored { body, receive_count: 0, visible_at });
        answered(Value::Text(message_id(id)), latency::queue(draws))
    }

    fn ack(&mut self, call: ServiceCall<'_>, draws: &mut Stream) -> Result<Served, String> {
        let given = arguments::read(call, &["receipt"])?;
        let receipt = given.name("receipt")?;
        let (id, count) = read_receipt(receipt).ok_or_else(|| given.wrong("receipt", RECEIPT))?;
        self.settle(call.now);
        if let Some(topic) = self.places.get(&id).and_then(|name| self.topics.get_mut(name))
            && topic.messages.get(&id).is_some_and(|stored| stored.receive_count == count)
            && let Some(stored) = topic.take(id)
        {
            self.places.remove(&id);
            self.room.give_back(size(&stored.body));
        }
        answered(Value::Null, latency::queue(draws))
    }

    fn extend(&mut self, call: ServiceCall<'_>, draws: &mut Stream) -> Result<Served, String> {
        let given = arguments::read(call, &["receipt", "seconds"])?;
        let receipt = given.name("receipt")?;
        let span = given.seconds("seconds", VISIBILITY_SECONDS)?;
        let (id, count) = read_receipt(receipt).ok_or_else(|| given.wrong("receipt", RECEIPT))?;
        self.settle(call.now);
        let topic = self.places.get(&id).and_then(|name| self.topics.get_mut(name));
        let in_flight = topic.filter(|topic| {
            topic
                .messages
                .get(&id)
                .is_some_and(|stored| stored.receive_count == count && stored.visible_at > call.now)
        });
        let work = latency::queue(draws);
        let Some(topic) = in_flight else {
            let message = format!(
                "the delivery {receipt} is not in flight any more: its visibility time-out has passed"
            );
            let result = Err(Failure::with_status("QueueError", 400, message));
            return Ok(Served { result, work, money_cents: 0 });
        };
        topic.hide(id, call.now.after(span));
        answered(Value::Null, work)
    }

    fn topic(&mut self, name: &str) -> &mut Topic {
        self.topics.entry(name.to_owned()).or_insert_with(|| Topic {
            visibility_timeout: VISIBILITY_TIMEOUT,
            max_receives: MAX_RECEIVES,
            is_served: false,
            messages: BTreeMap::new(),
            order: BTreeSet::new(),
            dead: vec![],
        })
    }

    fn settle_topic(&mut self, name: &str, now: SimInstant) {
        let Some(topic) = self.topics.get_mut(name) else { return };
        for id in topic.dying(now) {
            if let Some(stored) = topic.take(id) {
                topic.dead.push(delivery(id, &stored));
                self.places.remove(&id);
            }
        }
    }

    /// Returns the state in one comparable form; of each message, how long until it becomes visible. Microseconds.
    pub fn canonical(&self, now: SimInstant) -> Value {
        let topics = self.topics.iter().map(|(name, topic)| (name.clone(), topic.canonical(now))).collect();
        map([("published", number(self.published)), ("topics", Value::Map(topics))])
    }
}

impl Topic {
    /// The next message that may still be delivered. Only those before it in the order are out of deliveries.
    fn first_alive(&self) -> Option<(SimInstant, u64)> {
        self.order.iter().copied().find(|(_, id)| !self.is_exhausted(*id))
    }

    fn is_exhausted(&self, id: u64) -> bool {
        self.messages.get(&id).is_some_and(|stored| stored.receive_count >= self.max_receives)
    }

    fn dying(&self, now: SimInstant) -> Vec<u64> {
        let due = self.order.iter().take_while(|(at, _)| *at <= now);
        due.map(|(_, id)| *id).filter(|id| self.is_exhausted(*id)).collect()
    }

    /// Makes a message unseen until then.
    fn hide(&mut self, id: u64, until: SimInstant) {
        if let Some(stored) = self.messages.get_mut(&id) {
            self.order.remove(&(stored.visible_at, id));
            stored.visible_at = until;
            self.order.insert((until, id));
        }
    }

    fn take(&mut self, id: u64) -> Option<Stored> {
        let stored = self.messages.remove(&id)?;
        self.order.remove(&(stored.visible_at, id));
        Some(stored)
    }

    fn canonical(&self, now: SimInstant) -> Value {
        let ordered = self.order.iter().filter_map(|(at, id)| Some((at, id, self.messages.get(id)?)));
        let waiting = ordered.map(|(at, id, stored)| {
            map([
                ("id", number(*id)),
                ("body", stored.body.clone()),
                ("receive_count", number(stored.receive_count.into())),
                ("remaining", remaining(*at, now)),
            ])
        });
        map([
            ("waiting", Value::List(waiting.collect())),
            ("dead", Value::List(self.dead.iter().map(|message| text(&message.receipt)).collect())),
            ("visibility_timeout", number(self.visibility_timeout.micros())),
            ("max_receives", number(self.max_receives.into())),
            ("is_served", Value::Bool(self.is_served)),
        ])
    }
}

/// What a receipt is, for the sentence about one that is none.
const RECEIPT: &str = "the receipt of a delivery";

fn message_id(id: u64) -> String {
    format!("msg_{id}")
}

fn delivery(id: u64, stored: &Stored) -> Message {
    Message {
        id: message_id(id),
        body: stored.body.clone(),
        receive_count: stored.receive_count,
        receipt: format!("{}#{}", message_id(id), stored.receive_count),
    }
}

/// The message's number and the delivery's count.
fn read_receipt(receipt: &str) -> Option<(u64, u32)> {
    let (id, count) = receipt.strip_prefix("msg_")?.split_once('#')?;
    Some((id.parse().ok()?, count.parse().ok()?))
}
