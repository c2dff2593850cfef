//! Which step of a run an event belongs to, numbered as the schedule shows its rows.
//!
//! In: a trace. Out: numbers from 1. A row is an awaited call that took effect, a call that begins to wait, a fault,
//! or the answer of a request without calls (rules.md, "Steps"). What a client sends is a row only when it sent again
//! or got no response; otherwise the arrival says it.

use std::collections::{BTreeMap, BTreeSet};
use unhappy_trace::event::TextId;
use unhappy_trace::{EventKind, Trace};

/// Returns how many steps the events before `end` have.
pub(crate) fn steps_until(trace: &Trace, end: usize) -> usize {
    let telling = telling_clients(trace);
    let (mut waiting, mut stepped) = (BTreeSet::new(), BTreeSet::new());
    let mut count = 0;
    for event in &trace.events[..end] {
        let is_step = match &event.kind {
            EventKind::Statement(_)
            | EventKind::Transaction(_)
            | EventKind::ServiceCalled(_)
            | EventKind::Called(_) => {
                waiting.remove(&event.actor);
                true
            }
            EventKind::StatementWaits(_) => waiting.insert(event.actor),
            EventKind::PoolWaits(_) | EventKind::FaultHappened(_) | EventKind::LimitReached(_) => true,
            EventKind::RequestSent(_) => tells(trace, &telling, event.actor),
            EventKind::ResponseReceived(received) => {
                received.status.is_none() && tells(trace, &telling, event.actor)
            }
            EventKind::Responded(_) => !stepped.contains(&event.actor),
            _ => false,
        };
        if is_step {
            stepped.insert(event.actor);
            count += 1;
        }
    }
    count
}

/// Clients that sent again, or got no response.
fn telling_clients(trace: &Trace) -> BTreeSet<TextId> {
    let mut sent: BTreeMap<TextId, u32> = BTreeMap::new();
    let mut telling = BTreeSet::new();
    for event in &trace.events {
        let tells = match &event.kind {
            EventKind::RequestSent(_) => {
                let count = sent.entry(event.actor).or_default();
                *count += 1;
                *count > 1
            }
            EventKind::ResponseReceived(received) => received.status.is_none(),
            _ => false,
        };
        if tells {
            telling.insert(event.actor);
        }
    }
    telling
}

fn tells(trace: &Trace, telling: &BTreeSet<TextId>, actor: TextId) -> bool {
    !trace.text(actor).ends_with(".client") || telling.contains(&actor)
}
