//! Which rows are locked, by whom, since which line: told by the trace, statement after statement.

use super::words::target;
use unhappy_trace::Trace;
use unhappy_trace::event::{Locked, Place, StatementWaits, TextId, TransactionStep, TransactionWhat};

/// A row lock that is held.
#[derive(Debug, Clone, Copy)]
pub(super) struct Held {
    /// Column of the holder, in the survey.
    pub(super) column: usize,
    /// Whose transaction holds it.
    actor: TextId,
    /// The lock in words: `FOR UPDATE on accounts (id)=(1)`.
    lock: TextId,
    /// The line whose statement took it.
    pub(super) place: Option<Place>,
}

/// A statement that waits.
#[derive(Debug, Clone)]
pub(super) struct Waiting {
    /// Column of who waits.
    pub(super) column: usize,
    /// What it waits for, in the database's words.
    pub(super) what: Option<TextId>,
    /// Columns that it waits for.
    pub(super) on: Vec<usize>,
    /// Its line.
    pub(super) place: Option<Place>,
    /// The step in which it began to wait.
    pub(super) step: u32,
}

/// Locks and waits at one moment.
#[derive(Debug, Default)]
pub(super) struct Locks {
    held: Vec<Held>,
    taken: Option<(TextId, Vec<TextId>)>,
    savepoints: Vec<TextId>,
    waiting: Vec<Waiting>,
}

impl Locks {
    /// Keeps the locks of the statement that comes next.
    pub(super) fn take(&mut self, actor: TextId, locked: &Locked) {
        self.taken = Some((actor, locked.rows.clone()));
    }

    /// A statement of `actor` has ended: its locks are held from now on, or the transaction is broken.
    pub(super) fn statement(
        &mut self,
        trace: &Trace,
        column: usize,
        actor: TextId,
        place: Option<Place>,
        refused: bool,
    ) {
        let taken = self.taken.take().filter(|(owner, _)| *owner == actor);
        if refused {
            // PostgreSQL lets go of everything when a transaction is aborted, back to the last savepoint.
            if !self.savepoints.contains(&actor) {
                self.held.retain(|held| held.actor != actor);
            }
            return;
        }
        for lock in taken.map(|(_, rows)| rows).unwrap_or_default() {
            let known = self
                .held
                .iter()
                .any(|held| held.actor == actor && target(trace.text(held.lock)) == target(trace.text(lock)));
            if !known {
                self.held.push(Held { column, actor, lock, place });
            }
        }
    }

    /// A transaction of `actor` began or ended.
    pub(super) fn transaction(&mut self, actor: TextId, step: &TransactionStep) {
        match step.what {
            TransactionWhat::Commit | TransactionWhat::Rollback => {
                self.held.retain(|held| held.actor != actor);
                self.savepoints.retain(|known| *known != actor);
            }
            TransactionWhat::Savepoint => self.savepoints.push(actor),
            TransactionWhat::Release | TransactionWhat::RollbackTo => {
                let last = self.savepoints.iter().rposition(|known| *known == actor);
                last.map(|index| self.savepoints.remove(index));
            }
            TransactionWhat::Begin { .. } => {}
        }
    }

    /// A request is over, or its process is.
    pub(super) fn end(&mut self, column: usize) {
        self.held.retain(|held| held.column != column);
        self.waiting.retain(|waiting| waiting.column != column);
    }

    /// A statement begins to wait, or waits for somebody else. Returns whether it waited already.
    pub(super) fn wait(&mut self, column: usize, waits: &StatementWaits, on: Vec<usize>, step: u32) -> bool {
        let known = self.waiting.iter_mut().find(|waiting| waiting.column == column);
        if let Some(known) = known {
            (known.what, known.on) = (waits.what, on);
            return true;
        }
        self.waiting.push(Waiting { column, what: waits.what, on, place: waits.place, step });
        false
    }

    /// Takes away the wait of a column, when it had one.
    pub(super) fn go_on(&mut self, column: usize) -> Option<Waiting> {
        let index = self.waiting.iter().position(|waiting| waiting.column == column)?;
        Some(self.waiting.remove(index))
    }

    /// Returns the wait of a column.
    pub(super) fn wait_of(&self, column: usize) -> Option<&Waiting> {
        self.waiting.iter().find(|waiting| waiting.column == column)
    }

    /// Returns whether a column waits.
    pub(super) fn is_waiting(&self, column: usize) -> bool {
        self.wait_of(column).is_some()
    }

    /// Returns who holds the row that somebody waits for, among those whom it waits for.
    pub(super) fn holders(&self, trace: &Trace, what: Option<TextId>, on: &[usize]) -> Vec<Held> {
        let Some(what) = what.map(|what| target(trace.text(what))) else { return vec![] };
        let holds = |held: &&Held| on.contains(&held.column) && target(trace.text(held.lock)) == what;
        self.held.iter().filter(holds).copied().collect()
    }

    /// Returns the locks that columns hold, each once, as row and column.
    pub(super) fn rows<'a>(&self, trace: &'a Trace) -> Vec<(&'a str, usize)> {
        let mut rows: Vec<(&str, usize)> = vec![];
        for held in &self.held {
            let row = (target(trace.text(held.lock)), held.column);
            if !rows.contains(&row) {
                rows.push(row);
            }
        }
        rows
    }
}
