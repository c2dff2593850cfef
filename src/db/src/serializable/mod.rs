//! Serializable snapshot isolation: which transactions must fail so that the rest is as if run one by one.
//!
//! In: snapshots, predicate reads, changes and ends of SERIALIZABLE transactions, and a closure that says whether
//! a change touches what a predicate covers. Out: a refusal, at once or for a transaction that is doomed to meet
//! it later. Pure bookkeeping: nothing is read or written here, and nothing waits.
//!
//! Rules followed: PostgreSQL 15's predicate.c (Ports and Grittner 2012, "Serializable Snapshot Isolation in
//! PostgreSQL"). A transaction that did not see another's write has a conflict out to it. Two in a row (in, pivot,
//! out) are dangerous when "out" commits first. PostgreSQL locks rows, pages and tables for reading; predicates
//! are finer, so fewer transactions fail. Not here: write conflicts and their 40001 (`locks`, `session`), what a
//! predicate is (the caller's type).

mod conflict;
mod digest;
mod finish;
mod refusal;
#[cfg(test)]
mod tests;
mod transaction;

pub(crate) use finish::Safety;
pub(crate) use refusal::{Reason, Unserializable};

use crate::answer::SessionId;
use crate::change::Change;
use crate::schema::TableId;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use transaction::{Phase, Transaction};

/// Names a transaction: numbers in the order of their snapshots, never given out twice.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Tx(pub(crate) u64);

/// What a statement read of one table: the rows for which a condition holds, there or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Predicate<C> {
    pub(crate) table: TableId,
    /// None: the whole table.
    pub(crate) condition: Option<C>,
}

/// The SERIALIZABLE transactions that run, and the finished ones that were concurrent with one of them. A copy is
/// three references.
#[derive(Clone)]
pub(crate) struct Serializable<P> {
    transactions: Rc<BTreeMap<Tx, Rc<Transaction<P>>>>,
    /// Reader and writer: the reader did not see what the writer wrote. In the order in which they were found.
    conflicts: Rc<Vec<(Tx, Tx)>>,
    /// A READ ONLY transaction, and a writable one that may still make its snapshot unsafe.
    unsettled: Rc<BTreeSet<(Tx, Tx)>>,
    /// Counts commits, twice each: when it can no longer fail, and when it is done.
    clock: u64,
}

impl<P: Clone> Serializable<P> {
    /// Registers a transaction at the moment when it takes its snapshot: its first query, not its BEGIN.
    ///
    /// `snapshot` is the sequence of the last commit that it sees. A READ ONLY transaction that no writable one
    /// is concurrent with is safe and never tracked; nothing is refused to it. DEFERRABLE changes nothing here:
    /// the caller waits while [`Serializable::safety`] is unsettled.
    pub(crate) fn begin(
        &mut self,
        tx: Tx,
        session: SessionId,
        snapshot: u64,
        read_only: bool,
        _deferrable: bool,
    ) {
        if read_only {
            let writable = |other: &&Transaction<P>| other.is_active() && !other.read_only && !other.doomed;
            let writers: Vec<_> =
                self.iter().filter(|(_, other)| writable(other)).map(|(tx, _)| tx).collect();
            if writers.is_empty() {
                return;
            }
            Rc::make_mut(&mut self.unsettled).extend(writers.into_iter().map(|writer| (tx, writer)));
        }
        let transaction = Transaction::new(session, snapshot, self.clock, read_only);
        Rc::make_mut(&mut self.transactions).insert(tx, Rc::new(transaction));
    }

    /// Records a read and checks it against what concurrent transactions wrote. Err: `tx` must fail.
    pub(crate) fn read(
        &mut self,
        tx: Tx,
        read: P,
        conflicts: &mut dyn FnMut(&P, &Change) -> bool,
    ) -> Result<(), Unserializable> {
        let Some(reader) = self.edit(tx) else { return Ok(()) };
        if reader.doomed {
            return Err(Unserializable::new(Reason::PivotDuringConflictOut));
        }
        reader.reads.push(read.clone());
        for writer in self.others(tx) {
            let touches = self.may_conflict_out(tx, writer)
                && self.get(writer).is_some_and(|it| it.writes.iter().any(|change| conflicts(&read, change)));
            if touches {
                self.flag(tx, writer, tx)?;
            }
        }
        Ok(())
    }

    /// Records changes and checks them against what concurrent transactions read. Err: `tx` must fail.
    ///
    /// A statement reads first. Called for the rows of a duplicate key too, before 23505 is reported: 40001 comes
    /// first when the key was read.
    pub(crate) fn write(
        &mut self,
        tx: Tx,
        changes: &[Change],
        conflicts: &mut dyn FnMut(&P, &Change) -> bool,
    ) -> Result<(), Unserializable> {
        let Some(writer) = self.edit(tx) else { return Ok(()) };
        if writer.doomed {
            return Err(Unserializable::new(Reason::PivotDuringConflictIn));
        }
        writer.wrote = true;
        writer.writes.extend_from_slice(changes);
        for reader in self.others(tx) {
            let touches = self.may_conflict_in(reader, tx)
                && self.get(reader).is_some_and(|it| {
                    it.reads.iter().any(|read| changes.iter().any(|change| conflicts(read, change)))
                });
            if touches {
                self.flag(reader, tx, tx)?;
            }
        }
        Ok(())
    }

    /// Checks a statement that wrote nothing. Err: another decided that `tx` must fail.
    pub(crate) fn check_doomed(&self, tx: Tx) -> Result<(), Unserializable> {
        if self.is_doomed(tx) { Err(Unserializable::new(Reason::PivotDuringConflictOut)) } else { Ok(()) }
    }

    /// Returns how many changes the transaction has recorded, for [`Serializable::roll_back_to`].
    pub(crate) fn written(&self, tx: Tx) -> usize {
        self.get(tx).map_or(0, |transaction| transaction.writes.len())
    }

    /// Forgets the changes after the first `written`, at ROLLBACK TO a savepoint. Reads since then still count,
    /// and so do conflicts that were already found.
    pub(crate) fn roll_back_to(&mut self, tx: Tx, written: usize) {
        if let Some(transaction) = self.edit(tx) {
            transaction.writes.truncate(written);
        }
    }

    /// Returns whether another transaction's statement or commit decided that this one must fail: its next
    /// statement on a table or its commit does.
    pub(crate) fn is_doomed(&self, tx: Tx) -> bool {
        self.get(tx).is_some_and(|transaction| transaction.doomed)
    }

    fn get(&self, tx: Tx) -> Option<&Transaction<P>> {
        self.transactions.get(&tx).map(Rc::as_ref)
    }

    fn edit(&mut self, tx: Tx) -> Option<&mut Transaction<P>> {
        if !self.transactions.contains_key(&tx) {
            return None;
        }
        Rc::make_mut(&mut self.transactions).get_mut(&tx).map(Rc::make_mut)
    }

    fn iter(&self) -> impl Iterator<Item = (Tx, &Transaction<P>)> {
        self.transactions.iter().map(|(tx, transaction)| (*tx, transaction.as_ref()))
    }

    fn others(&self, tx: Tx) -> Vec<Tx> {
        self.transactions.keys().copied().filter(|other| *other != tx).collect()
    }
}

impl<P> Default for Serializable<P> {
    fn default() -> Self {
        Serializable {
            transactions: Rc::default(),
            conflicts: Rc::default(),
            unsettled: Rc::default(),
            clock: 0,
        }
    }
}
