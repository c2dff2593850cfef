//! The deadlock check: fail the session, or change the order of queues.
//!
//! In: the session whose timer ended. Out: nothing to do, queues rearranged, or the victim with its cycle. Rules
//! followed: deadlock.c's `DeadLockCheck`: the session that checks is the victim; a cycle through places in
//! queues is no deadlock if some order of the queues breaks it and makes no other. Not here: timers, and cycles
//! that two requests for one lock make at once (`heavy.rs`).

use super::Locks;
use super::graph::{Edge, Orders};
use super::queue::Line;
use super::types::Checked;
use crate::answer::SessionId;
use std::collections::BTreeSet;
use std::rc::Rc;

/// In this queue the waiter must come before the one that it waited for.
type Constraint = (Line, SessionId, SessionId);

impl Locks {
    /// Checks for a deadlock when the session's timer ended. It may change queues.
    pub(crate) fn check_deadlock(&mut self, who: SessionId) -> Checked {
        let Some(cycle) = self.find_cycle(&Orders::new(), who) else { return Checked::None };
        let Some(orders) = self.rearranged(who, &mut Vec::new()) else {
            return Checked::Victim(self.describe(&cycle));
        };
        Rc::make_mut(&mut self.lines).extend(orders);
        Checked::Rearranged
    }

    /// Orders of queues without a cycle through the session or through what was moved; none if there are none.
    fn rearranged(&self, who: SessionId, constraints: &mut Vec<Constraint>) -> Option<Orders> {
        let orders = self.ordered(constraints)?;
        let moved = constraints.iter().flat_map(|(_, waiter, blocker)| [*waiter, *blocker]);
        let cycles: Vec<_> = moved.chain([who]).filter_map(|one| self.find_cycle(&orders, one)).collect();
        if cycles.iter().any(|cycle| cycle.iter().all(|edge| edge.soft.is_none())) {
            return None;
        }
        let Some(cycle) = cycles.last() else { return Some(orders) };
        if constraints.len() >= self.waiters.len() {
            return None;
        }
        cycle.iter().rev().filter_map(reversed).find_map(|constraint| {
            constraints.push(constraint);
            let orders = self.rearranged(who, constraints);
            constraints.pop();
            orders
        })
    }

    /// The queues that constraints speak of, in an order that keeps them; none when they contradict each other.
    fn ordered(&self, constraints: &[Constraint]) -> Option<Orders> {
        let lines: BTreeSet<_> = constraints.iter().map(|(line, ..)| *line).collect();
        lines.into_iter().map(|line| Some((line, sorted(line, self.line(line), constraints)?))).collect()
    }
}

fn reversed(edge: &Edge) -> Option<Constraint> {
    edge.soft.map(|line| (line, edge.waiter, edge.blocker))
}

/// Fills the places from the last, each with the last session that need not come before one that has no place
/// yet: everyone else stays as near to the end as before.
fn sorted(line: Line, old: &[SessionId], constraints: &[Constraint]) -> Option<Vec<SessionId>> {
    let mut rest = old.to_vec();
    let mut new = Vec::new();
    while !rest.is_empty() {
        let must_precede = |who: SessionId| {
            constraints.iter().any(|(at, first, later)| *at == line && *first == who && rest.contains(later))
        };
        let last = rest.iter().rposition(|who| !must_precede(*who))?;
        new.push(rest.remove(last));
    }
    new.reverse();
    Some(new)
}
