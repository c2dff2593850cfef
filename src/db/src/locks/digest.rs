//! Lock content as a text: equal exactly when the locks, strengths, levels and queues are.
//!
//! In: names for rows, keys and tables. Out: one line for each locked or awaited thing, sorted. Internal numbers
//! never show, so that states that came about in different ways can be merged. Not here: hashing.

use super::Locks;
use super::queue::{Line, Waiter};
use super::rows::RowHold;
use super::types::{KeyEntry, Lockable, Wait};
use crate::answer::SessionId;
use crate::change::RowKey;
use crate::schema::TableId;
use std::collections::BTreeSet;
use std::rc::Rc;

/// How sessions are called.
type WhoName<'a> = &'a dyn Fn(SessionId) -> Rc<str>;

impl Locks {
    /// Returns the content. Names are the caller's: equal things must have equal names, and names no line breaks.
    pub(crate) fn canonical(
        &self,
        who_name: WhoName<'_>,
        row_name: &dyn Fn(RowKey) -> String,
        key_name: &dyn Fn(&KeyEntry) -> String,
        table_name: &dyn Fn(TableId) -> String,
    ) -> String {
        let mut lines = self.row_lines(who_name, row_name);
        lines.extend(self.key_lines(who_name, key_name));
        lines.extend(self.heavy_lines(who_name, table_name));
        lines.extend(self.snapshot_lines(who_name));
        lines.sort_unstable();
        lines.join("\n")
    }

    fn row_lines(&self, who: WhoName<'_>, name: &dyn Fn(RowKey) -> String) -> Vec<String> {
        let held = self.rows.iter().map(|(row, _)| *row);
        let awaited = self.lines.keys().filter_map(|line| match line {
            Line::Row(row) => Some(*row),
            Line::Heavy(_) => None,
        });
        let rows: BTreeSet<_> = held.chain(awaited).collect();
        rows.into_iter().map(|row| format!("row {}: {}", name(row), self.row_content(who, row))).collect()
    }

    /// Holders stay in the order of their locks: whoever conflicts with several sleeps for the first.
    fn row_content(&self, name: WhoName<'_>, row: RowKey) -> String {
        let holds = self.rows.of(&row);
        let counting = holds.iter().filter(|hold| !is_covered(hold, holds));
        let held: Vec<_> = counting.map(|hold| (name(hold.who), hold.level, hold.mode)).collect();
        let awaited = self.line(Line::Row(row)).iter().filter_map(|who| {
            let Waiter { wait: Wait::Row { mode, .. }, outdated, left, .. } = self.waiters.get(who)? else {
                return None;
            };
            let left = left.as_ref().map(|left| sorted_names(name, left));
            Some((name(*who), *mode, if *outdated { "outdated" } else { "current" }, left))
        });
        format!("{held:?} awaited by {:?}", awaited.collect::<Vec<_>>())
    }

    fn key_lines(&self, who: WhoName<'_>, name: &dyn Fn(&KeyEntry) -> String) -> Vec<String> {
        let held = self.claims.iter().map(|(entry, _)| entry);
        let awaited = self.waiters.values().filter_map(|waiter| match &waiter.wait {
            Wait::Key(entry) => Some(entry),
            _ => None,
        });
        let entries: BTreeSet<_> = held.chain(awaited).collect();
        let line = |entry| format!("key {}: {}", name(entry), self.key_content(who, entry));
        entries.into_iter().map(line).collect()
    }

    fn key_content(&self, name: WhoName<'_>, entry: &KeyEntry) -> String {
        let claims: Vec<_> =
            self.claims.of(entry).iter().map(|claim| (name(claim.who), claim.level)).collect();
        let waiters = self.by_age().into_iter();
        let waiters =
            waiters.filter(|(_, waiter)| matches!(&waiter.wait, Wait::Key(awaited) if awaited == entry));
        format!("{claims:?} awaited by {:?}", waiters.map(|(who, _)| name(who)).collect::<Vec<_>>())
    }

    fn heavy_lines(&self, who: WhoName<'_>, name: &dyn Fn(TableId) -> String) -> Vec<String> {
        let held = self.heavy.iter().map(|(what, _)| *what);
        let awaited = self.lines.keys().filter_map(|line| match line {
            Line::Heavy(what) => Some(*what),
            Line::Row(_) => None,
        });
        let line = |what| {
            let name = match what {
                Lockable::Table(table) => format!("table {}", name(table)),
                Lockable::Advisory(key) => format!("advisory {key:?}"),
            };
            format!("{name}: {}", self.heavy_content(who, what))
        };
        held.chain(awaited).collect::<BTreeSet<_>>().into_iter().map(line).collect()
    }

    fn heavy_content(&self, name: WhoName<'_>, what: Lockable) -> String {
        let holds = self.heavy.of(&what).iter();
        let mut held: Vec<_> =
            holds.map(|hold| (name(hold.who), hold.scope, hold.mode, hold.count)).collect();
        held.sort_unstable();
        let awaited = self.line(Line::Heavy(what)).iter().filter_map(|who| match self.waiting(*who)? {
            Wait::Heavy { mode, scope, .. } => Some((name(*who), *mode, *scope)),
            _ => None,
        });
        format!("{held:?} awaited by {:?}", awaited.collect::<Vec<_>>())
    }

    fn snapshot_lines(&self, name: WhoName<'_>) -> Vec<String> {
        let waiters = self.waiters.iter().filter_map(|(who, waiter)| match &waiter.wait {
            Wait::Snapshot(on) => {
                Some(format!("snapshot of {:?} after {:?}", name(*who), sorted_names(name, on)))
            }
            _ => None,
        });
        waiters.collect()
    }
}

fn sorted_names(name: WhoName<'_>, sessions: &[SessionId]) -> Vec<Rc<str>> {
    let mut names: Vec<_> = sessions.iter().map(|who| name(*who)).collect();
    names.sort_unstable();
    names
}

/// Whether the session has a lock at least as strong that lasts at least as long.
fn is_covered(hold: &RowHold, holds: &[RowHold]) -> bool {
    let covers = |other: &RowHold| {
        other.who == hold.who
            && other.level <= hold.level
            && other.mode >= hold.mode
            && (other.level, other.mode) != (hold.level, hold.mode)
    };
    holds.iter().any(covers)
}
