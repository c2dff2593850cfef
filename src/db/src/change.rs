//! What a statement did to rows: the unit that locks, unique keys, foreign keys and commits work with.
//!
//! Plain data. A list of changes is in the order in which SQLite made them.

use crate::schema::{KeyPart, TableDef, TableId};
use std::collections::BTreeMap;
use std::rc::Rc;
use unhappy_trace::Value;

/// A row of a table: its SQLite rowid. The same number can name another row after a delete and an insert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct RowKey {
    pub(crate) table: TableId,
    pub(crate) row: i64,
}

/// A row's values, in the order of the table's columns.
pub(crate) type Row = Rc<[Value]>;

/// One inserted, updated or deleted row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Change {
    pub(crate) table: TableId,
    /// The row before; none when it was inserted.
    pub(crate) old: Option<(i64, Row)>,
    /// The row after; none when it was deleted. An update may change the rowid.
    pub(crate) new: Option<(i64, Row)>,
}

impl Change {
    pub(crate) fn old_key(&self) -> Option<RowKey> {
        self.old.as_ref().map(|(row, _)| RowKey { table: self.table, row: *row })
    }

    pub(crate) fn new_key(&self) -> Option<RowKey> {
        self.new.as_ref().map(|(row, _)| RowKey { table: self.table, row: *row })
    }
}

/// Whether two versions of a row differ in a column of a unique index, as PostgreSQL decides which lock an
/// UPDATE takes: indexes on expressions and partial ones do not count (`RelationGetIndexAttrBitmap`).
pub(crate) fn key_differs(table: &TableDef, old: &[Value], new: &[Value]) -> bool {
    table.keys.iter().filter(|key| key.predicate.is_none()).any(|key| {
        let plain = key.parts.iter().all(|part| matches!(part, KeyPart::Column(_)));
        plain
            && key.parts.iter().any(|part| match part {
                KeyPart::Column(index) => old.get(*index) != new.get(*index),
                KeyPart::Expression(_) => false,
            })
    })
}

/// Many changes taken together: what is gone and what is there.
#[derive(Debug, Clone, Default)]
pub(crate) struct Net {
    /// Rows of the state before that are gone or changed, with their values then.
    pub(crate) removed: BTreeMap<RowKey, Row>,
    /// Rows that are new or changed, with the row they were before.
    pub(crate) live: BTreeMap<RowKey, (Option<RowKey>, Row)>,
}

impl Net {
    pub(crate) fn of<'a>(changes: impl Iterator<Item = &'a Change>) -> Net {
        let mut net = Net::default();
        for change in changes {
            net.add(change);
        }
        net
    }

    fn add(&mut self, change: &Change) {
        let mut origin = None;
        if let (Some(key), Some((_, old))) = (change.old_key(), &change.old) {
            origin = match self.live.remove(&key) {
                Some((origin, _)) => origin,
                None => {
                    self.removed.insert(key, Rc::clone(old));
                    Some(key)
                }
            };
        }
        if let (Some(key), Some((_, new))) = (change.new_key(), &change.new) {
            self.live.insert(key, (origin, Rc::clone(new)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(old: Option<i64>, new: Option<i64>) -> Change {
        let row = |key: i64| (key, Rc::from([Value::Int(key)]));
        Change { table: TableId(1), old: old.map(row), new: new.map(row) }
    }

    fn keys<T>(map: &BTreeMap<RowKey, T>) -> Vec<i64> {
        map.keys().map(|key| key.row).collect()
    }

    #[test]
    fn changes_of_one_row_are_taken_together() {
        let net = Net::of([change(Some(1), Some(2)), change(Some(2), Some(3))].iter());
        assert_eq!((keys(&net.removed), keys(&net.live)), (vec![1], vec![3]));
        assert_eq!(net.live.values().next().unwrap().0.map(|key| key.row), Some(1));
        let net = Net::of([change(None, Some(7)), change(Some(7), None)].iter());
        assert_eq!((keys(&net.removed), keys(&net.live)), (vec![], vec![]));
        // A deleted and inserted key is another row.
        let net = Net::of([change(Some(4), None), change(None, Some(4))].iter());
        assert_eq!((keys(&net.removed), keys(&net.live)), (vec![4], vec![4]));
        assert_eq!(net.live.values().next().unwrap().0, None);
    }
}
