//! Calls of advisory lock functions and of `pg_sleep`.
//!
//! Rule: PostgreSQL manual 13.3.5 and 9.27.10.

use super::work::{Halt, Work};
use crate::answer::{Done, SqlError, StatementKind};
use crate::locks::{AdvisoryKey, Lockable, Scope, TableMode};
use crate::plan::{AdvisoryCall, Verb};
use std::rc::Rc;
use unhappy_trace::{SimDuration, Value};

impl Work<'_> {
    pub(super) fn call_advisory(&mut self, calls: &[AdvisoryCall]) -> Result<Done, Halt> {
        let mut row = Vec::with_capacity(calls.len());
        let (mut slept, mut notices) = (SimDuration::ZERO, Vec::new());
        // Calls before one that waited have been made: their values are kept.
        let made: Vec<Value> =
            self.pending.parts.iter().flat_map(|rows| rows.iter().flatten().cloned()).collect();
        for (index, call) in calls.iter().enumerate() {
            if let Some(value) = made.get(index) {
                row.push(value.clone());
                continue;
            }
            let value = self.call(call, &mut slept)?;
            if call.verb == Verb::Unlock && value == Value::Bool(false) {
                let kind = if call.mode == TableMode::Share { "ShareLock" } else { "ExclusiveLock" };
                notices.push(SqlError::new("01000", format!("you don't own a lock of type {kind}")));
            }
            self.pending.parts.push(Rc::new(vec![vec![value.clone()]]));
            row.push(value);
        }
        let mut done = self.control_done(StatementKind::Query);
        done.columns = self.text.column_names();
        done.rows = vec![row];
        done.observed.slept = slept;
        done.notices = notices;
        Ok(done)
    }

    fn call(&mut self, call: &AdvisoryCall, slept: &mut SimDuration) -> Result<Value, Halt> {
        let arguments = self.arguments(call)?;
        match call.verb {
            Verb::UnlockAll => {
                self.state.locks.unlock_all_advisory(self.session);
                return Ok(Value::Null);
            }
            Verb::Sleep => {
                *slept = slept.plus(seconds(arguments.first())?);
                return Ok(Value::Null);
            }
            _ => {}
        }
        let Some(key) = key(&arguments) else { return Ok(Value::Null) };
        let scope = match call.transaction {
            true => Scope::Transaction(self.transaction().depth()),
            false => Scope::Session,
        };
        match call.verb {
            Verb::Lock => {
                self.lock_heavy(Lockable::Advisory(key), call.mode, scope)?;
                Ok(Value::Null)
            }
            Verb::TryLock => {
                let what = Lockable::Advisory(key);
                Ok(Value::Bool(self.state.locks.try_lock(self.session, what, call.mode, scope).is_ok()))
            }
            _ => Ok(Value::Bool(self.state.locks.unlock_advisory(self.session, key, call.mode))),
        }
    }

    fn arguments(&mut self, call: &AdvisoryCall) -> Result<Vec<Value>, Halt> {
        let Some(variant) = &call.arguments else { return Ok(Vec::new()) };
        let version = self.view()?.version;
        let parts = std::mem::take(&mut self.pending.parts);
        let ran = self.run(variant, &version, None);
        self.pending.parts = parts;
        Ok(ran?.rows.into_iter().next().unwrap_or_default())
    }
}

/// A NULL argument gives NULL and takes no lock.
fn key(arguments: &[Value]) -> Option<AdvisoryKey> {
    match arguments {
        [Value::Int(key)] => Some(AdvisoryKey::One(*key)),
        [Value::Int(first), Value::Int(second)] => {
            Some(AdvisoryKey::Two(i32::try_from(*first).ok()?, i32::try_from(*second).ok()?))
        }
        _ => None,
    }
}

fn seconds(argument: Option<&Value>) -> Result<SimDuration, SqlError> {
    let micros = match argument {
        Some(Value::Int(seconds)) => seconds.max(&0).unsigned_abs().saturating_mul(1_000_000),
        // A learner's float: rounded once, to whole microseconds.
        Some(Value::Float(seconds)) if *seconds > 0.0 => (seconds * 1_000_000.0).round() as u64,
        _ => 0,
    };
    match micros {
        0..=86_400_000_000 => Ok(SimDuration::from_micros(micros)),
        _ => Err(SqlError::new("0A000", "a sleep of more than a day is not available here")),
    }
}
