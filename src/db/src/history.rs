//! What commits have done to rows, for as long as somebody reads an older state.
//!
//! In: the changes of each commit. Out: what has become of a row since. A row is followed through changes of
//! its key; a row that is deleted and inserted again under the same number is another row.
//!
//! Rule: PostgreSQL manual 13.2.1 and 13.2.2: what an UPDATE finds when the row has changed since its snapshot.

use crate::change::RowKey;
use std::collections::BTreeMap;

/// Changes of rows by commit number, ascending.
#[derive(Debug, Clone, Default)]
pub(crate) struct History {
    rows: BTreeMap<RowKey, Vec<(u64, Event)>>,
}

/// What a commit did to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    /// New values under the same number. Whether the value of a column of a unique index changed.
    Changed {
        key: bool,
    },
    /// The row has another number now.
    Moved(i64),
    Deleted,
}

/// What has become of a row since some commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Same,
    /// It has newer values, maybe under another number.
    Newer {
        row: RowKey,
        key: bool,
    },
    Gone,
}

impl History {
    pub(crate) fn note(&mut self, commit: u64, row: RowKey, event: Event) {
        self.rows.entry(row).or_default().push((commit, event));
    }

    pub(crate) fn clear(&mut self) {
        self.rows.clear();
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Forgets what commits up to `commit` did.
    pub(crate) fn forget(&mut self, commit: u64) {
        self.rows.retain(|_, events| {
            events.retain(|(number, _)| *number > commit);
            !events.is_empty()
        });
    }

    /// Returns what has become of a row that was there after `commit`.
    pub(crate) fn fate(&self, row: RowKey, commit: u64) -> Fate {
        let (mut at, mut since) = (row, commit);
        let mut fate = Fate::Same;
        let mut key_changed = false;
        while let Some((number, event)) = self.first_after(at, since) {
            since = number;
            match event {
                Event::Deleted => return Fate::Gone,
                Event::Moved(to) => {
                    at = RowKey { table: at.table, row: to };
                    key_changed = true;
                }
                Event::Changed { key } => key_changed |= key,
            }
            fate = Fate::Newer { row: at, key: key_changed };
        }
        fate
    }

    /// Returns the rows that commits after `commit` changed, by the numbers they had then.
    pub(crate) fn changed_since(&self, commit: u64) -> impl Iterator<Item = RowKey> {
        let later = move |events: &[(u64, Event)]| events.iter().any(|(number, _)| *number > commit);
        self.rows.iter().filter(move |(_, events)| later(events)).map(|(row, _)| *row)
    }

    fn first_after(&self, row: RowKey, commit: u64) -> Option<(u64, Event)> {
        self.rows.get(&row)?.iter().find(|(number, _)| *number > commit).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::TableId;

    fn row(number: i64) -> RowKey {
        RowKey { table: TableId(1), row: number }
    }

    #[test]
    fn rows_are_followed() {
        let mut history = History::default();
        history.note(1, row(1), Event::Changed { key: false });
        history.note(2, row(1), Event::Moved(5));
        history.note(3, row(5), Event::Changed { key: false });
        history.note(4, row(1), Event::Changed { key: false });
        history.note(5, row(5), Event::Deleted);
        history.note(6, row(5), Event::Changed { key: false });
        let newer = |number, key| Fate::Newer { row: row(number), key };
        assert_eq!(history.fate(row(1), 0), Fate::Gone);
        assert_eq!(history.fate(row(1), 3), newer(1, false));
        assert_eq!(history.fate(row(5), 2), Fate::Gone);
        assert_eq!(history.fate(row(5), 5), newer(5, false));
        assert_eq!(history.fate(row(9), 0), Fate::Same);
        history.forget(3);
        assert_eq!(history.fate(row(5), 3), Fate::Gone);
        assert_eq!(history.fate(row(1), 4), Fate::Same);
    }
}
