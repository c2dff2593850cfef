//! Waiting: who stands in which line, who holds up whom, who is ready.
//!
//! In: a session and what it waits for. Out: its direct blockers, and the sessions that could go on. Rules
//! followed: a row's line is the queue for its heavyweight tuple lock (heapam.c's `heap_acquire_tuplock`): whoever
//! is first of the conflicting ones sleeps until the holders' transactions end, the others until it is their
//! turn. When the holder changed the row and committed, the row is a new version with a new line: everyone runs
//! on at once, and who gets it is open. Not here: cycles (`deadlock.rs`).

use super::heavy::is_strong;
use super::types::{Lockable, Sleep, Wait};
use super::{Locks, RowMode};
use crate::answer::SessionId;
use crate::change::RowKey;
use std::rc::Rc;

/// What sessions stand in line for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Line {
    Row(RowKey),
    Heavy(Lockable),
}

/// A session that waits.
#[derive(Debug, Clone)]
pub(super) struct Waiter {
    pub(super) wait: Wait,
    /// When the wait began: a count.
    pub(super) began: u64,
    /// The row that it waits for has a newer version: it stands in a line of the past.
    pub(super) outdated: bool,
    /// Since that version: those who held up the session at the old one, apart from its maker.
    pub(super) left: Option<Rc<[SessionId]>>,
}

impl Locks {
    /// Puts a session in line. The wait that it is already in keeps its place.
    pub(crate) fn wait(&mut self, who: SessionId, wait: Wait) {
        if self.waiting(who).is_some_and(|old| same_place(old, &wait)) {
            if let Some(waiter) = Rc::make_mut(&mut self.waiters).get_mut(&who) {
                waiter.wait = wait;
            }
            return;
        }
        self.end_wait(who);
        self.stand_in_line(who, &wait);
        self.strong += strength(&wait);
        let waiter = Waiter { wait, began: self.next_place, outdated: false, left: None };
        self.next_place += 1;
        Rc::make_mut(&mut self.waiters).insert(who, waiter);
    }

    /// Takes a session out of its line: it got what it wanted, or gave up.
    pub(crate) fn end_wait(&mut self, who: SessionId) {
        if !self.waiters.contains_key(&who) {
            return;
        }
        let Some(waiter) = Rc::make_mut(&mut self.waiters).remove(&who) else { return };
        self.strong -= strength(&waiter.wait);
        if let Some(line) = line_of(&waiter.wait) {
            let lines = Rc::make_mut(&mut self.lines);
            let empty = lines.get_mut(&line).is_some_and(|members| {
                members.retain(|member| *member != who);
                members.is_empty()
            });
            if empty {
                lines.remove(&line);
            }
        }
    }

    /// Returns what the session waits for.
    pub(crate) fn waiting(&self, who: SessionId) -> Option<&Wait> {
        self.waiters.get(&who).map(|waiter| &waiter.wait)
    }

    /// Returns the sessions that would get what they wait for if they asked now, longest wait first. When one of
    /// them was granted something, the others may no longer be ready.
    pub(crate) fn ready(&self) -> Vec<SessionId> {
        let ready = self.by_age().into_iter();
        ready.filter(|(who, waiter)| self.is_ready(*who, waiter)).map(|(who, _)| who).collect()
    }

    /// Returns the sessions that wait for a row of which a commit has made a newer version since they began to, and
    /// whom nobody holds up at the old one any more; longest wait first.
    pub(crate) fn overtaken(&self) -> Vec<SessionId> {
        let waiters = self.by_age().into_iter();
        let over = waiters.filter(|(who, waiter)| {
            let Wait::Row { row, mode } = waiter.wait else { return false };
            let holds = |left: &Rc<[SessionId]>| {
                self.row_conflicts(*who, row, mode).any(|holder| left.contains(&holder))
            };
            waiter.left.as_ref().is_some_and(|left| !holds(left))
        });
        over.map(|(who, _)| who).collect()
    }

    /// Returns whom the session waits for directly, ascending: the conflicting holders and, in a fair queue, the
    /// conflicting sessions ahead; at a row, whoever is first in line, or else the holders.
    pub(crate) fn blockers(&self, who: SessionId) -> Vec<SessionId> {
        match self.waiting(who) {
            None => Vec::new(),
            Some(Wait::Row { row, mode }) => self.row_blockers(who, *row, *mode),
            Some(Wait::Key(entry)) => self.claimants(who, entry),
            Some(Wait::Heavy { what, mode, .. }) => {
                let line = self.line(Line::Heavy(*what));
                self.heavy_blockers(who, *what, *mode, ahead(line, who))
            }
            Some(Wait::Snapshot(sessions)) => sessions.clone(),
        }
    }

    /// Whether anybody waits: a cheap guard.
    pub(crate) fn has_waiters(&self) -> bool {
        !self.waiters.is_empty()
    }

    /// Returns who waits, longest wait first.
    pub(crate) fn waiting_sessions(&self) -> Vec<SessionId> {
        self.by_age().into_iter().map(|(who, _)| who).collect()
    }

    /// Returns what the session sleeps for; none when it does not wait or is ready. The caller starts the
    /// session's deadlock and lock timers again whenever this changed.
    pub(crate) fn sleep(&self, who: SessionId) -> Option<Sleep> {
        let waiter = self.waiters.get(&who)?;
        if self.is_ready(who, waiter) {
            return None;
        }
        Some(match &waiter.wait {
            Wait::Row { row, mode } if self.is_first(who, *row, *mode) => {
                self.awaited_holder(who, *row, *mode).map_or(Sleep::Turn, Sleep::End)
            }
            Wait::Row { .. } => Sleep::Turn,
            Wait::Key(entry) => {
                self.claimants(who, entry).first().map_or(Sleep::Turn, |one| Sleep::End(*one))
            }
            Wait::Heavy { .. } | Wait::Snapshot(_) => Sleep::Grant,
        })
    }

    /// Whom a request for a row would wait for, ascending.
    pub(super) fn row_blockers(&self, who: SessionId, row: RowKey, mode: RowMode) -> Vec<SessionId> {
        let mut blockers: Vec<_> = self.in_turn(who, row, mode, self.line(Line::Row(row))).collect();
        if blockers.is_empty() {
            blockers.extend(self.row_conflicts(who, row, mode));
        }
        blockers.sort_unstable();
        blockers.dedup();
        blockers
    }

    /// The sessions of a row's line whose turn comes before this one's: ahead, conflicting, and waiting for the
    /// same version. A session that has a lock on the row does not stand in line.
    pub(super) fn in_turn(
        &self,
        who: SessionId,
        row: RowKey,
        mode: RowMode,
        line: &[SessionId],
    ) -> impl Iterator<Item = SessionId> {
        let mine = self.waiters.get(&who).is_some_and(|waiter| waiter.outdated);
        let line = if self.holds_row(who, row).is_some() { &[] } else { ahead(line, who) };
        let stands = move |other: &SessionId| {
            let Some(waiter) = self.waiters.get(other) else { return false };
            let Wait::Row { mode: awaited, .. } = waiter.wait else { return false };
            let gone = waiter.outdated && self.row_conflicts(*other, row, awaited).next().is_none();
            waiter.outdated == mine
                && !gone
                && awaited.conflicts(mode)
                && self.holds_row(*other, row).is_none()
        };
        line.iter().copied().filter(stands)
    }

    pub(super) fn line(&self, line: Line) -> &[SessionId] {
        self.lines.get(&line).map_or(&[], Vec::as_slice)
    }

    /// All waiters, longest wait first.
    pub(super) fn by_age(&self) -> Vec<(SessionId, &Waiter)> {
        let mut waiters: Vec<_> = self.waiters.iter().map(|(who, waiter)| (*who, waiter)).collect();
        waiters.sort_by_key(|(_, waiter)| waiter.began);
        waiters
    }

    /// Marks the waiters for a row that the committing session `maker` changed.
    pub(super) fn outdate(&mut self, maker: SessionId, changed: impl Fn(RowKey) -> bool) {
        let of = |wait: &Wait| matches!(wait, Wait::Row { row, .. } if changed(*row));
        let marked: Vec<_> =
            self.waiters.iter().filter(|(_, waiter)| of(&waiter.wait)).map(|(who, _)| *who).collect();
        for who in marked {
            let Some(Wait::Row { row, mode }) = self.waiting(who).cloned() else { continue };
            let left = self.row_conflicts(who, row, mode).filter(|holder| *holder != maker).collect();
            if let Some(waiter) = Rc::make_mut(&mut self.waiters).get_mut(&who) {
                waiter.outdated = true;
                waiter.left = Some(left);
            }
        }
    }

    /// A session is about to lock a row's new version: those who had run on and conflict now queue there.
    pub(super) fn join_new_line(&mut self, row: RowKey, who: SessionId, mode: RowMode) {
        let line = self.line(Line::Row(row)).to_vec();
        for other in line.into_iter().filter(|other| *other != who) {
            let Some(waiter) = self.waiters.get(&other) else { continue };
            let Wait::Row { mode: awaited, .. } = waiter.wait else { continue };
            if !(waiter.outdated && awaited.conflicts(mode) && self.is_ready(other, waiter)) {
                continue;
            }
            if let Some(waiter) = Rc::make_mut(&mut self.waiters).get_mut(&other) {
                waiter.outdated = false;
            }
        }
    }

    /// Whose end the session sleeps for when it is first in line: of the conflicting holders, the one that locked
    /// the row first (PostgreSQL: the one with the lowest transaction number).
    pub(super) fn awaited_holder(&self, who: SessionId, row: RowKey, mode: RowMode) -> Option<SessionId> {
        self.row_conflicts(who, row, mode).next()
    }

    /// Whether nobody's turn at the row comes before the session's own: it has the tuple lock.
    pub(super) fn is_first(&self, who: SessionId, row: RowKey, mode: RowMode) -> bool {
        self.in_turn(who, row, mode, self.line(Line::Row(row))).next().is_none()
    }

    fn is_ready(&self, who: SessionId, waiter: &Waiter) -> bool {
        match &waiter.wait {
            Wait::Row { row, mode } => {
                self.awaited_holder(who, *row, *mode).is_none() && self.is_first(who, *row, *mode)
            }
            _ => self.blockers(who).is_empty(),
        }
    }

    fn stand_in_line(&mut self, who: SessionId, wait: &Wait) {
        let Some(line) = line_of(wait) else { return };
        let end = self.line(line).len();
        let place = match *wait {
            Wait::Heavy { what, mode, .. } => self.place(who, what, mode).unwrap_or(end),
            _ => end,
        };
        Rc::make_mut(&mut self.lines).entry(line).or_default().insert(place, who);
    }
}

/// The part of a line before a session; all of it when the session does not stand there.
pub(super) fn ahead(line: &[SessionId], who: SessionId) -> &[SessionId] {
    let place = line.iter().position(|other| *other == who);
    &line[..place.unwrap_or(line.len())]
}

/// Where a wait queues.
pub(super) fn line_of(wait: &Wait) -> Option<Line> {
    match wait {
        Wait::Row { row, .. } => Some(Line::Row(*row)),
        Wait::Heavy { what, .. } => Some(Line::Heavy(*what)),
        Wait::Key(_) | Wait::Snapshot(_) => None,
    }
}

fn same_place(old: &Wait, new: &Wait) -> bool {
    old == new || matches!((old, new), (Wait::Snapshot(_), Wait::Snapshot(_)))
}

fn strength(wait: &Wait) -> u32 {
    match *wait {
        Wait::Heavy { what, mode, .. } => u32::from(is_strong(what, mode)),
        _ => 0,
    }
}
