//! The waits-for graph: edges from waiters to whoever stands in their way, and cycles through a session.
//!
//! In: a lock table and orders of queues to pretend. Out: cycles. Rules followed: deadlock.c's `FindLockCycle`: an
//! edge to a holder is hard, an edge to a session that is merely ahead in a queue is soft. The first in line for a
//! row holds the tuple lock, so the edge to it is hard. Not here: what to do about a cycle (`deadlock.rs`).

use super::queue::{Line, ahead, line_of};
use super::types::{Cycle, Wait};
use super::{Locks, RowMode};
use crate::answer::SessionId;
use crate::change::RowKey;
use std::collections::{BTreeMap, BTreeSet};

/// Orders of queues that differ from the real ones.
pub(super) type Orders = BTreeMap<Line, Vec<SessionId>>;

/// One session that waits for another.
#[derive(Debug, Clone, Copy)]
pub(super) struct Edge {
    pub(super) waiter: SessionId,
    pub(super) blocker: SessionId,
    /// The queue, when nothing but the order in it stands in the way.
    pub(super) soft: Option<Line>,
}

impl Locks {
    /// Returns whether any sessions wait for each other, places in queues included.
    #[cfg(test)]
    pub(crate) fn has_cycle(&self) -> bool {
        let orders = Orders::new();
        self.waiters.keys().any(|who| self.find_cycle(&orders, *who).is_some())
    }

    /// Returns the edges of a cycle through the session, starting with its own.
    pub(super) fn find_cycle(&self, orders: &Orders, start: SessionId) -> Option<Vec<Edge>> {
        let mut path = Vec::new();
        self.walk(orders, start, start, &mut BTreeSet::new(), &mut path).then_some(path)
    }

    /// Names what each session of a cycle waits for.
    pub(super) fn describe(&self, edges: &[Edge]) -> Cycle {
        let step = |edge: &Edge| {
            let wait = self.waiting(edge.waiter)?.clone();
            Some((edge.waiter, wait, edge.blocker))
        };
        Cycle { steps: edges.iter().filter_map(step).collect() }
    }

    fn walk(
        &self,
        orders: &Orders,
        at: SessionId,
        goal: SessionId,
        seen: &mut BTreeSet<SessionId>,
        path: &mut Vec<Edge>,
    ) -> bool {
        for edge in self.edges(orders, at) {
            path.push(edge);
            let next = edge.blocker;
            if next == goal || (seen.insert(next) && self.walk(orders, next, goal, seen, path)) {
                return true;
            }
            path.pop();
        }
        false
    }

    /// Hard edges first.
    fn edges(&self, orders: &Orders, waiter: SessionId) -> Vec<Edge> {
        let Some(wait) = self.waiting(waiter) else { return Vec::new() };
        let line = line_of(wait);
        let order =
            line.map_or(&[][..], |line| orders.get(&line).map_or_else(|| self.line(line), Vec::as_slice));
        let (hard, soft) = match *wait {
            Wait::Row { row, mode } => self.row_edges(waiter, row, mode, order),
            Wait::Key(ref entry) => (self.claimants(waiter, entry), Vec::new()),
            Wait::Heavy { what, mode, .. } => (
                self.heavy_conflicts(waiter, what, mode).collect(),
                self.heavy_waiters(waiter, mode, ahead(order, waiter)).collect(),
            ),
            Wait::Snapshot(_) => (Vec::new(), Vec::new()),
        };
        let hard = hard.into_iter().map(|blocker| Edge { waiter, blocker, soft: None });
        let soft = soft.into_iter().map(|blocker| Edge { waiter, blocker, soft: line });
        hard.chain(soft).collect()
    }

    /// With another order a session may be first: then it gets the tuple lock, and what it sleeps for next is
    /// found by its next check.
    fn row_edges(
        &self,
        waiter: SessionId,
        row: RowKey,
        mode: RowMode,
        order: &[SessionId],
    ) -> (Vec<SessionId>, Vec<SessionId>) {
        if self.is_first(waiter, row, mode) {
            return (self.awaited_holder(waiter, row, mode).into_iter().collect(), Vec::new());
        }
        let has_tuple_lock = |mate: &SessionId| match self.waiting(*mate) {
            Some(Wait::Row { mode, .. }) => self.is_first(*mate, row, *mode),
            _ => false,
        };
        self.in_turn(waiter, row, mode, order).partition(has_tuple_lock)
    }
}
