//! What a graph says: every number from the graph alone.

use crate::count::{Ways, total, ways};
use crate::graph::{Fate, Graph};
use crate::smallest;
use std::collections::BTreeMap;
use unhappy_trace::{Counterexample, Explored, Outcome, OutcomeLine, Schedule, Schedules, Stopped, Then};

impl Graph {
    /// Returns what was found. `promises` are the keys of the promises, by number; one without a key is called by it.
    pub fn report(&self, promises: &[String]) -> Explored {
        let ways = ways(self);
        let name =
            |number: u16| promises.get(usize::from(number)).cloned().unwrap_or_else(|| number.to_string());
        let is_broken = |node: u32| !self.nodes[node as usize].broken.is_empty();
        let schedules = total(self, &ways, |_| true);
        let mut outcomes: BTreeMap<Outcome, Schedules> = BTreeMap::new();
        for node in &ways.order {
            if let Fate::End(outcome) = &self.nodes[*node as usize].fate {
                let line = outcomes.entry(outcome.clone()).or_default();
                line.count = line.count.saturating_add(ways.to[*node as usize]);
                line.is_least = schedules.is_least;
            }
        }
        let mut broken: Vec<Counterexample> = smallest::of(self)
            .into_iter()
            .map(|(number, smallest)| Counterexample {
                promise: name(number),
                schedules: total(self, &ways, |node| self.nodes[node as usize].broken.contains(&number)),
                smallest: Schedule { moves: smallest.moves, then: Then::Finish },
                cost: smallest.cost,
            })
            .collect();
        broken.sort_by_key(|found| found.cost);
        Explored {
            states: ways.order.len() as u64,
            transitions: ways.order.iter().map(|node| self.choices(*node).len() as u64).sum(),
            schedules,
            broken_schedules: total(self, &ways, is_broken),
            outcomes: outcomes
                .into_iter()
                .map(|(outcome, schedules)| OutcomeLine { outcome, schedules })
                .collect(),
            broken,
            stopped: self.why_stopped(&ways),
            whole_history: self.whole_history.clone(),
        }
    }
    /// Which bounds stopped it, as far as they left something open. Never nothing where something is open: a part alone
    /// and a search on its way prove nothing.
    fn why_stopped(&self, ways: &Ways) -> Vec<Stopped> {
        let is_limit = |stopped: &&Stopped| matches!(stopped, Stopped::Limit(_));
        let is_open = |node: &u32| matches!(self.nodes[*node as usize].fate, Fate::Open);
        if !self.nodes.is_empty() && !ways.order.iter().any(is_open) {
            return self.stopped.iter().filter(is_limit).cloned().collect();
        }
        let mut stopped = self.stopped.clone();
        if self.stopped.iter().all(|stopped| is_limit(&stopped)) {
            stopped.push(Stopped::Unfinished);
        }
        stopped
    }
}
