//! A first look at a trace: which columns there are, what went wrong first, who waited for whom.

use super::actor::{Kind, Who, who};
use std::collections::BTreeMap;
use unhappy_trace::event::{ServiceOutcome, StatementOutcome, TextId};
use unhappy_trace::{EventKind, Trace};

/// A column as the trace has it.
pub(super) struct Seen {
    /// Whose it is.
    pub(super) who: Who,
    /// Index of its first event.
    pub(super) first: usize,
    /// Index of its last event.
    pub(super) last: usize,
    /// The process that it ran in.
    pub(super) process: Option<TextId>,
}

/// A wait: the event, who waits, for whom.
pub(super) struct Wait {
    pub(super) event: usize,
    pub(super) column: usize,
    pub(super) on: Vec<usize>,
}

/// What a first look found. Columns are named by their index in `columns`.
pub(super) struct Survey {
    pub(super) columns: Vec<Seen>,
    by_actor: Vec<Option<usize>>,
    by_name: BTreeMap<String, usize>,
    /// Operations whose client has something to tell: it sent again, or got no response.
    pub(super) telling_clients: BTreeMap<String, bool>,
    pub(super) waits: Vec<Wait>,
    /// The first deadlock: its event and its victim.
    pub(super) deadlock: Option<(usize, usize)>,
    /// The first broken promise: its event, and the column of the step before it.
    pub(super) broke: Option<(usize, Option<usize>)>,
    /// The event of the first fault.
    pub(super) fault: Option<usize>,
    /// The first request that failed.
    pub(super) failed: Option<usize>,
    /// Whether simulated time passes.
    pub(super) is_timed: bool,
}

impl Survey {
    pub(super) fn of(trace: &Trace) -> Survey {
        let mut survey = Survey {
            columns: vec![],
            by_actor: vec![None; trace.texts.len()],
            by_name: BTreeMap::new(),
            telling_clients: BTreeMap::new(),
            waits: vec![],
            deadlock: None,
            broke: None,
            fault: None,
            failed: None,
            is_timed: false,
        };
        let mut sends: BTreeMap<TextId, u32> = BTreeMap::new();
        let mut before = None;
        for (index, event) in trace.events.iter().enumerate() {
            let column = survey.column(trace, event.actor, index);
            survey.is_timed |= event.at.micros() > 0;
            survey.look(trace, index, column, before, &mut sends);
            let is_step = matches!(
                event.kind,
                EventKind::Statement(_)
                    | EventKind::Transaction(_)
                    | EventKind::ServiceCalled(_)
                    | EventKind::Called(_)
            );
            before = if is_step { Some(column) } else { before };
        }
        survey
    }

    fn look(
        &mut self,
        trace: &Trace,
        index: usize,
        column: usize,
        before: Option<usize>,
        sends: &mut BTreeMap<TextId, u32>,
    ) {
        let event = &trace.events[index];
        match &event.kind {
            EventKind::Assigned(assigned) => self.columns[column].process = Some(assigned.process),
            EventKind::RequestSent(sent) => {
                self.column(trace, sent.request, index);
                let count = sends.entry(event.actor).or_default();
                *count += 1;
                let tells = *count > 1;
                self.tell(column, tells);
            }
            EventKind::ResponseReceived(received) => self.tell(column, received.error.is_some()),
            EventKind::StatementWaits(waits) => {
                let on = waits.on.iter().map(|actor| self.column(trace, *actor, index)).collect();
                self.waits.push(Wait { event: index, column, on });
            }
            EventKind::Statement(statement) => {
                if let StatementOutcome::Refused { sqlstate, .. } = &statement.outcome
                    && trace.text(*sqlstate) == "40P01"
                {
                    self.deadlock = self.deadlock.or(Some((index, column)));
                }
            }
            EventKind::PromiseBroke(_) => self.broke = self.broke.or(Some((index, before))),
            EventKind::FaultHappened(_) => self.fault = self.fault.or(Some(index)),
            EventKind::Responded(responded) if responded.status >= 500 => {
                self.failed = self.failed.or(Some(column));
            }
            EventKind::ServiceCalled(called) if matches!(called.outcome, ServiceOutcome::Failed { .. }) => {
                self.failed = self.failed.or(Some(column));
            }
            _ => {}
        }
    }

    fn tell(&mut self, column: usize, tells: bool) {
        let who = &self.columns[column].who;
        if who.kind == Kind::Client {
            *self.telling_clients.entry(who.operation.clone()).or_default() |= tells;
        }
    }

    /// Returns the column of an actor, and notes that it has this event.
    fn column(&mut self, trace: &Trace, actor: TextId, index: usize) -> usize {
        let found = self.by_actor[actor.0 as usize].unwrap_or_else(|| self.new_column(trace, actor, index));
        self.columns[found].last = index;
        found
    }

    fn new_column(&mut self, trace: &Trace, actor: TextId, index: usize) -> usize {
        let who = who(trace.text(actor));
        let next = self.columns.len();
        let found = *self.by_name.entry(who.column.clone()).or_insert(next);
        if found == next {
            let who = Who { task: None, ..who };
            self.columns.push(Seen { who, first: index, last: index, process: None });
        }
        self.by_actor[actor.0 as usize] = Some(found);
        found
    }

    /// Returns the column of an actor of this trace.
    pub(super) fn column_of(&self, actor: TextId) -> Option<usize> {
        self.by_actor.get(actor.0 as usize).copied().flatten()
    }

    /// Returns whether the client of an operation has a column of its own.
    pub(super) fn client_tells(&self, operation: &str) -> bool {
        self.telling_clients.get(operation).copied().unwrap_or(false)
    }

    /// Returns the columns of an operation that are drawn, its client first.
    pub(super) fn columns_of(&self, operation: &str) -> Vec<usize> {
        let mut found: Vec<usize> = (0..self.columns.len())
            .filter(|index| self.columns[*index].who.operation == operation)
            .filter(|index| match self.columns[*index].who.kind {
                Kind::Client => self.client_tells(operation),
                Kind::Request | Kind::Background => true,
                Kind::World => false,
            })
            .collect();
        found.sort_by_key(|index| (self.columns[*index].who.kind, self.columns[*index].first));
        found
    }
}
