//! Row locks: which statements took them, and in which order transactions did.
//!
//! In: a trace. Out: whether a SELECT locked rows, and whether two requests locked the same two rows in opposite
//! order. Names of rows are the database's words: `FOR UPDATE on accounts (id)=(1)`.

use crate::schedules::plan::request_of;
use std::collections::{BTreeMap, BTreeSet};
use unhappy_trace::event::{Locked, TextId, TransactionWhat};
use unhappy_trace::{EventKind, Trace};

/// Whether the locks of the event with that index were taken by a SELECT, so that two of them exclude each other.
pub(crate) fn is_reading_lock(trace: &Trace, index: usize, locked: &Locked) -> bool {
    let is_strong = |mode: TextId| matches!(trace.text(mode), "FOR UPDATE" | "FOR NO KEY UPDATE");
    if !locked.tables.iter().any(|(_, mode, _)| is_strong(*mode)) {
        return false;
    }
    let actor = trace.events[index].actor;
    let following = trace.events[index + 1..].iter().filter(|other| other.actor == actor);
    let statement = following.filter_map(|other| match &other.kind {
        EventKind::Statement(statement) => Some(statement),
        _ => None,
    });
    statement.take(1).any(|statement| is_select(&trace.shape(statement.shape).text))
}

fn is_select(shape: &str) -> bool {
    let word = shape.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
    word == "SELECT" || word == "WITH"
}

/// In which order the requests of a run locked rows.
#[derive(Default)]
pub(crate) struct Order<'a> {
    /// By actor: rows of its open transaction, in order.
    open: BTreeMap<&'a str, Vec<&'a str>>,
    /// Rows that were locked one before the other, by request.
    pairs: BTreeMap<(&'a str, &'a str), BTreeSet<&'a str>>,
}

impl<'a> Order<'a> {
    /// Reads the order off a trace. A row that a transaction waits for counts as one that it wanted next.
    pub(crate) fn of(trace: &'a Trace) -> Order<'a> {
        let mut order = Order::default();
        for event in &trace.events {
            let actor = trace.text(event.actor);
            match &event.kind {
                EventKind::Locked(locked) => {
                    for row in &locked.rows {
                        order.lock(actor, trace.text(*row));
                    }
                }
                EventKind::StatementWaits(waits) => {
                    if let Some(what) = waits.what {
                        order.lock(actor, trace.text(what));
                    }
                }
                EventKind::Transaction(step) => match step.what {
                    TransactionWhat::Begin { .. } | TransactionWhat::Commit | TransactionWhat::Rollback => {
                        order.open.remove(actor);
                    }
                    _ => {}
                },
                _ => {}
            }
        }
        order
    }

    /// Whether two requests locked the same two rows in opposite order.
    pub(crate) fn is_crossed(&self) -> bool {
        self.pairs.iter().any(|((first, second), requests)| {
            self.pairs.get(&(*second, *first)).is_some_and(|others| requests.union(others).count() > 1)
        })
    }

    fn lock(&mut self, actor: &'a str, words: &'a str) {
        let Some((_, row)) = words.split_once(" on ") else { return };
        let rows = self.open.entry(actor).or_default();
        if rows.contains(&row) {
            return;
        }
        let request = request_of(actor).unwrap_or(actor);
        for before in rows.iter() {
            self.pairs.entry((before, row)).or_default().insert(request);
        }
        rows.push(row);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(locks: &[(&'static str, &'static str)]) -> Order<'static> {
        let mut order = Order::default();
        for (actor, row) in locks {
            order.lock(actor, row);
        }
        order
    }

    #[test]
    fn opposite_orders_of_two_requests_cross() {
        let one = "FOR UPDATE on accounts (id)=(1)";
        let (other, update) = ("FOR UPDATE on accounts (id)=(2)", "FOR NO KEY UPDATE on accounts (id)=(1)");
        assert!(order(&[("A", one), ("B", other), ("A", other), ("B", update)]).is_crossed());
        assert!(!order(&[("A", one), ("A", other), ("A", update), ("B", one), ("B", other)]).is_crossed());
        assert!(!order(&[("A", one), ("A", other), ("A/1", other), ("A/1", one)]).is_crossed());
    }
}
