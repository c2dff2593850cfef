//! The cache: one for all processes, with times to live.
//!
//! Stands for Redis (`GET`, `SET … EX`, `SET … NX`, `DEL`, `INCRBY`, `EXPIRE … NX`, `TTL` in its command reference;
//! Memcached's `add` is the same as `SET … NX`):
//! - Each call is atomic; calls take effect one after the other.
//! - `set` replaces the value and the time to live: without one, the entry stays for ever.
//! - `add` sets only if there is no entry, and says whether it did: `True` or `False`.
//! - `incr` counts from 0 when there is no entry, and returns the new value; a time to live is given to a new entry
//!   only, so a counter with one measures a fixed window. A value that is no whole number cannot be counted up.
//! - `delete` says whether there was an entry. `get` of none is `None`.
//! - An entry is gone from the instant at which its time to live is over.
//!
//! Simpler than the product: nothing is evicted for lack of memory, and nothing is lost when the cache restarts,
//! because it does not. Values are JSON, where Redis keeps bytes.

use super::limits::{Room, TTL_SECONDS, size};
use super::{Served, ServiceCall, answered, arguments, latency, map, remaining};
use crate::random::Stream;
use arguments::Given;
use std::collections::BTreeMap;
use unhappy_trace::{SimDuration, SimInstant, Value};

/// The cache's state.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Cache {
    entries: BTreeMap<String, Entry>,
    room: Room,
}

#[derive(Debug, Clone, PartialEq)]
struct Entry {
    value: Value,
    /// None is for ever.
    until: Option<SimInstant>,
}

impl Entry {
    fn is_alive(&self, now: SimInstant) -> bool {
        self.until.is_none_or(|until| until > now)
    }
}

impl Cache {
    /// Returns an empty cache.
    pub fn new() -> Cache {
        Cache::default()
    }

    /// Returns the value under a key, none when there is none or its time to live is over.
    pub fn value(&self, key: &str, now: SimInstant) -> Option<&Value> {
        self.entries.get(key).filter(|entry| entry.is_alive(now)).map(|entry| &entry.value)
    }

    /// Returns the entries that are alive, by key.
    pub fn alive(&self, now: SimInstant) -> impl Iterator<Item = (&str, &Value)> {
        let alive = self.entries.iter().filter(move |(_, entry)| entry.is_alive(now));
        alive.map(|(key, entry)| (key.as_str(), &entry.value))
    }

    pub(super) fn call(
        &mut self,
        what: &str,
        call: ServiceCall<'_>,
        draws: &mut Stream,
    ) -> Option<Result<Served, String>> {
        let result = match what {
            "get" => self.get(call),
            "set" => self.set(call),
            "add" => self.add(call),
            "delete" => self.delete(call),
            "incr" => self.incr(call),
            _ => return None,
        };
        Some(result.and_then(|value| answered(value, latency::cache(draws))))
    }

    fn get(&self, call: ServiceCall<'_>) -> Result<Value, String> {
        let given = arguments::read(call, &["key"])?;
        Ok(self.value(given.name("key")?, call.now).cloned().unwrap_or(Value::Null))
    }

    fn set(&mut self, call: ServiceCall<'_>) -> Result<Value, String> {
        let given = arguments::read(call, &["key", "value", "ttl"])?;
        self.put(call, given.name("key")?, given.any("value"), ttl(&given)?)?;
        Ok(Value::Null)
    }

    fn add(&mut self, call: ServiceCall<'_>) -> Result<Value, String> {
        let given = arguments::read(call, &["key", "value", "ttl"])?;
        let (key, ttl) = (given.name("key")?, ttl(&given)?);
        if self.value(key, call.now).is_some() {
            return Ok(Value::Bool(false));
        }
        self.put(call, key, given.any("value"), ttl)?;
        Ok(Value::Bool(true))
    }

    fn delete(&mut self, call: ServiceCall<'_>) -> Result<Value, String> {
        let given = arguments::read(call, &["key"])?;
        let taken = self.take(given.name("key")?);
        Ok(Value::Bool(taken.is_some_and(|entry| entry.is_alive(call.now))))
    }

    fn incr(&mut self, call: ServiceCall<'_>) -> Result<Value, String> {
        let given = arguments::read(call, &["key", "amount", "ttl"])?;
        let (key, ttl) = (given.name("key")?, ttl(&given)?);
        let amount = given.optional_whole("amount", "")?.unwrap_or(1);
        let Some(entry) = self.entries.get_mut(key).filter(|entry| entry.is_alive(call.now)) else {
            self.put(call, key, Value::Int(amount), ttl)?;
            return Ok(Value::Int(amount));
        };
        let Some(before) = entry.value.as_int() else {
            return Err(format!(
                "{}: the value of {key} is no whole number, so it cannot be counted up",
                call.name
            ));
        };
        let Some(after) = before.checked_add(amount) else {
            return Err(format!("{}: the value of {key} would not fit 64 bits", call.name));
        };
        entry.value = Value::Int(after);
        Ok(Value::Int(after))
    }

    fn put(
        &mut self,
        call: ServiceCall<'_>,
        key: &str,
        value: Value,
        ttl: Option<SimDuration>,
    ) -> Result<(), String> {
        let bytes = key.len() + size(&value);
        if self.room.is_full_with(bytes) {
            self.forget_expired(call.now);
        }
        let before = self.take(key);
        if let Err(sentence) = self.room.take(call.name, bytes) {
            // What was there stays, as after any refused call.
            if let Some(before) = before {
                self.room.take(call.name, key.len() + size(&before.value))?;
                self.entries.insert(key.to_owned(), before);
            }
            return Err(sentence);
        }
        self.entries.insert(key.to_owned(), Entry { value, until: ttl.map(|span| call.now.after(span)) });
        Ok(())
    }

    fn take(&mut self, key: &str) -> Option<Entry> {
        let entry = self.entries.remove(key)?;
        self.room.give_back(key.len() + size(&entry.value));
        Some(entry)
    }

    fn forget_expired(&mut self, now: SimInstant) {
        let expired = self.entries.iter().filter(|(_, entry)| !entry.is_alive(now));
        for key in expired.map(|(key, _)| key.clone()).collect::<Vec<_>>() {
            self.take(&key);
        }
    }

    /// Returns the state in one comparable form; of each entry, how much of its life remains. Microseconds.
    pub fn canonical(&self, now: SimInstant) -> Value {
        let alive = self.entries.iter().filter(|(_, entry)| entry.is_alive(now));
        let entries = alive.map(|(key, entry)| {
            let left = entry.until.map_or(Value::Null, |until| remaining(until, now));
            (key.clone(), map([("value", entry.value.clone()), ("remaining", left)]))
        });
        Value::Map(entries.collect())
    }
}

fn ttl(given: &Given<'_>) -> Result<Option<SimDuration>, String> {
    match given.optional_seconds("ttl", TTL_SECONDS)? {
        Some(SimDuration::ZERO) => Err(given.wrong("ttl", "more than 0 seconds")),
        found => Ok(found),
    }
}
