//! The search: takes the cheapest open state, makes every choice there, merges what is equal.
//!
//! Order: by preemptions, faults and steps of the first way that was found, so that small counterexamples turn up early.
//! No number of a report depends on it, unless the bound of states is reached. How far a state is from the start counts on
//! the shortest way to it, which the cheapest need not be: states that seem too far wait until all others are looked at.

use crate::graph::{Edge, Fate, Graph, Node};
use crate::model::{Arrived, Model, Successor};
use std::collections::{BTreeMap, BTreeSet};
use unhappy_trace::{Cost, Schedules, Stopped};

/// States whose content debug builds keep, to notice two contents with one key.
const CONTENTS: u32 = 2_000;

/// Bounds of a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Distinct states that a graph may have; the first one is always there.
    pub states: u64,
    /// Choices after which a schedule is not followed further, on the shortest way to a state.
    pub steps: u32,
    /// Whether equal states are taken for one. Without it every schedule is walked alone: for tests of small worlds.
    pub merges: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options { states: 100_000, steps: 5_000, merges: true }
    }
}

/// How far a search is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Distinct states so far.
    pub states: u64,
    /// Of these, states that nobody has looked at.
    pub frontier: u64,
    /// Moves so far.
    pub transitions: u64,
    /// Promises that can break, as far as is known, by number.
    pub broken: Vec<u16>,
    /// Whether the search is over.
    pub is_done: bool,
}

/// A state that nobody has looked at.
pub(crate) struct Waiting<S> {
    pub(crate) node: u32,
    state: S,
    cost: Cost,
    last: Option<String>,
    /// Choices since the start, on the shortest way that is known.
    distance: u32,
    /// Whether it is at the bound of steps: what is left is whether schedules end there.
    is_last: bool,
}

/// A search on its way.
pub struct Search<S> {
    pub(crate) options: Options,
    pub(crate) graph: Graph,
    known: BTreeMap<u128, u32>,
    contents: BTreeMap<u32, Vec<u8>>,
    pub(crate) frontier: BTreeMap<(Cost, u32), Waiting<S>>,
    /// States that wait although nothing is followed so far, as far as is known.
    far: Vec<Waiting<S>>,
    transitions: u64,
    broken: BTreeSet<u16>,
    has_begun: bool,
}

impl<S> Search<S> {
    /// Returns a search that has not begun.
    pub fn new(options: Options) -> Search<S> {
        Search {
            options,
            graph: Graph::default(),
            known: BTreeMap::new(),
            contents: BTreeMap::new(),
            frontier: BTreeMap::new(),
            far: vec![],
            transitions: 0,
            broken: BTreeSet::new(),
            has_begun: false,
        }
    }

    /// Looks at up to `states` states.
    pub fn advance(&mut self, model: &mut impl Model<State = S>, states: u64) -> Progress {
        self.begin(model);
        let mut left = states;
        while left > 0 && self.waiting() > 0 {
            match self.frontier.pop_first() {
                Some((_, waiting)) if waiting.is_last || waiting.distance < self.options.steps => {
                    left -= 1;
                    self.expand(model, waiting);
                }
                Some((_, waiting)) => self.far.push(waiting),
                None => self.look_how_far(),
            }
        }
        self.progress()
    }

    /// Ends the search; what was found stays.
    pub fn cancel(&mut self) {
        if self.waiting() > 0 || !self.has_begun {
            self.has_begun = true;
            self.stop(Stopped::Cancelled);
        }
    }

    /// Returns how far it is.
    pub fn progress(&self) -> Progress {
        Progress {
            states: self.graph.nodes.len() as u64,
            frontier: self.waiting() as u64,
            transitions: self.transitions,
            broken: self.broken.iter().copied().collect(),
            is_done: self.has_begun && self.waiting() == 0,
        }
    }

    /// Returns how many schedules the states so far stand for. Walks the whole graph.
    pub fn schedules(&self) -> Schedules {
        crate::count::schedules(&self.graph)
    }

    /// Returns what was found so far.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Returns what was found, with why states were told apart by a whole history, if they were.
    pub fn into_graph(mut self, whole_history: Option<String>) -> Graph {
        self.graph.whole_history = whole_history;
        self.graph
    }

    pub(crate) fn begin(&mut self, model: &mut impl Model<State = S>) {
        if !std::mem::replace(&mut self.has_begun, true) {
            let start = model.start();
            self.arrive(model, start, Cost::default(), None, 0);
        }
    }

    fn waiting(&self) -> usize {
        self.frontier.len() + self.far.len()
    }

    /// Ends the search; what is left stays open.
    fn stop(&mut self, why: Stopped) {
        self.graph.stop(why);
        self.frontier.clear();
        self.far.clear();
    }

    /// Looks how far the states that seemed too far really are. Those that are near enough wait like others; when there
    /// are none, what is left is whether schedules end there.
    fn look_how_far(&mut self) {
        let distances = self.graph.distances();
        for mut waiting in std::mem::take(&mut self.far) {
            waiting.distance = distances[waiting.node as usize].min(waiting.distance);
            if waiting.distance < self.options.steps {
                self.frontier.insert((waiting.cost, waiting.node), waiting);
            } else {
                self.far.push(waiting);
            }
        }
        if self.frontier.is_empty() {
            for waiting in std::mem::take(&mut self.far) {
                let waiting = Waiting { is_last: true, ..waiting };
                self.frontier.insert((waiting.cost, waiting.node), waiting);
            }
        }
    }

    /// Makes every choice in a state. Returns whether the search goes on.
    pub(crate) fn expand(&mut self, model: &mut impl Model<State = S>, waiting: Waiting<S>) -> bool {
        let Waiting { node, state, cost, last, distance, is_last } = waiting;
        let successors = model.successors(&state);
        if successors.is_empty() {
            self.graph.nodes[node as usize].fate = Fate::End(model.outcome(&state));
            return true;
        }
        if is_last {
            self.graph.stop(Stopped::Steps(self.options.steps));
            return true;
        }
        if !self.has_room_for(&successors) {
            self.stop(Stopped::States(self.options.states));
            return false;
        }
        let mut edges: Vec<Edge> = vec![];
        let mut arrived = vec![];
        for successor in successors {
            edges.push(Edge { moves: successor.moves, actor: successor.actor, to: 0 });
            arrived.push(successor.to);
        }
        for (index, to) in arrived.into_iter().enumerate() {
            let edge = &edges[index];
            let (faults, steps) = edge.faults_and_steps();
            let preempts = edge.preempts(last.as_deref(), &edges);
            let cost = Cost {
                preemptions: cost.preemptions + u32::from(preempts),
                faults: cost.faults + faults,
                steps: cost.steps + steps,
            };
            let last = edge.last_after(last.as_deref()).map(str::to_owned);
            edges[index].to = self.arrive(model, to, cost, last, distance.saturating_add(1));
        }
        self.transitions += edges.len() as u64;
        self.graph.nodes[node as usize].fate = Fate::Choices(edges);
        true
    }

    /// Whether the bound of states allows these.
    fn has_room_for(&self, successors: &[Successor<S>]) -> bool {
        let room = self.options.states.max(1).saturating_sub(self.graph.nodes.len() as u64);
        if successors.len() as u64 <= room {
            return true;
        }
        let is_new = |key: &u128| !self.options.merges || !self.known.contains_key(key);
        let keys = successors.iter().map(|successor| successor.to.key).filter(is_new);
        let new = if self.options.merges { keys.collect::<BTreeSet<u128>>().len() } else { keys.count() };
        new as u64 <= room
    }

    /// Takes a state for one that is known, or adds it.
    fn arrive(
        &mut self,
        model: &impl Model<State = S>,
        arrived: Arrived<S>,
        cost: Cost,
        last: Option<String>,
        distance: u32,
    ) -> u32 {
        let Arrived { state, key, broken, limit } = arrived;
        if let Some(known) = self.known.get(&key).copied().filter(|_| self.options.merges) {
            debug_assert!(
                self.contents
                    .get(&known)
                    .is_none_or(|content| model.content(&state).as_ref() == Some(content)),
                "two contents have one key"
            );
            return known;
        }
        let node = u32::try_from(self.graph.nodes.len()).expect("states of a search fit 32 bits");
        self.known.insert(key, node);
        if cfg!(debug_assertions)
            && node < CONTENTS
            && let Some(content) = model.content(&state)
        {
            self.contents.insert(node, content);
        }
        self.broken.extend(&broken);
        let fate = match limit {
            Some(sentence) => {
                self.graph.stop(Stopped::Limit(sentence.clone()));
                Fate::Limit(sentence)
            }
            None => {
                self.frontier
                    .insert((cost, node), Waiting { node, state, cost, last, distance, is_last: false });
                Fate::Open
            }
        };
        self.graph.nodes.push(Node { key, broken, fate });
        node
    }
}
