//! READ ONLY transactions, savepoints, transactions that are not tracked.

use super::super::{Predicate, Reason, Safety, Serializable, Tx};
use crate::answer::SessionId;
use crate::change::Change;
use crate::schema::TableId;

type Tables = Serializable<Predicate<()>>;

fn table(number: u32) -> Predicate<()> {
    Predicate { table: TableId(number), condition: None }
}

fn change(number: u32) -> Change {
    Change { table: TableId(number), old: None, new: None }
}

fn touches(predicate: &Predicate<()>, change: &Change) -> bool {
    predicate.table == change.table
}

fn begin(all: &mut Tables, number: u64, snapshot: u64, read_only: bool) -> Tx {
    let session = SessionId(u32::try_from(number).unwrap());
    all.begin(Tx(number), session, snapshot, read_only, read_only);
    Tx(number)
}

fn commit(all: &mut Tables, tx: Tx, sequence: u64) {
    all.before_commit(tx).unwrap();
    all.commit(tx, sequence);
}

// Nobody else writes: the snapshot is safe at once.
#[test]
fn a_lone_read_only_transaction_is_safe() {
    let mut all = Tables::default();
    let reader = begin(&mut all, 1, 0, true);
    assert_eq!(all.safety(reader), Safety::Safe);
}

// It is safe when the last writer that was there at its snapshot ends without a conflict out.
#[test]
fn a_snapshot_is_safe_when_its_writers_ended_well() {
    let mut all = Tables::default();
    let (one, two) = (begin(&mut all, 1, 0, false), begin(&mut all, 2, 0, false));
    let reader = begin(&mut all, 3, 0, true);
    begin(&mut all, 4, 0, false);
    assert_eq!(all.safety(reader), Safety::Unsettled(vec![SessionId(1), SessionId(2)]));
    all.write(one, &[change(1)], &mut touches).unwrap();
    commit(&mut all, one, 1);
    assert_eq!(all.safety(reader), Safety::Unsettled(vec![SessionId(2)]));
    all.roll_back(two);
    assert_eq!(all.safety(reader), Safety::Safe);
}

// The pivot commits after its "out", which the snapshot already sees: no serial order shows that (`ssi-deferrable`).
#[test]
fn a_snapshot_is_unsafe_after_a_pivot() {
    let mut all = Tables::default();
    let pivot = begin(&mut all, 1, 0, false);
    all.read(pivot, table(1), &mut touches).unwrap();
    let out = begin(&mut all, 2, 0, false);
    all.write(out, &[change(1)], &mut touches).unwrap();
    commit(&mut all, out, 1);
    let reader = begin(&mut all, 3, 1, true);
    all.write(pivot, &[change(2)], &mut touches).unwrap();
    commit(&mut all, pivot, 2);
    assert_eq!(all.safety(reader), Safety::Unsafe);
}

// The same with a snapshot from before "out": the reader simply comes first.
#[test]
fn a_snapshot_before_the_out_is_safe() {
    let mut all = Tables::default();
    let pivot = begin(&mut all, 1, 0, false);
    let reader = begin(&mut all, 3, 0, true);
    all.read(pivot, table(1), &mut touches).unwrap();
    let out = begin(&mut all, 4, 0, false);
    all.write(out, &[change(1)], &mut touches).unwrap();
    commit(&mut all, out, 1);
    all.write(pivot, &[change(2)], &mut touches).unwrap();
    commit(&mut all, pivot, 2);
    assert_eq!(all.safety(reader), Safety::Safe);
}

// Even a read can fail: it goes around the write of a pivot that has committed.
#[test]
fn a_read_around_a_committed_pivot_fails() {
    let mut all = Tables::default();
    let pivot = begin(&mut all, 1, 0, false);
    all.read(pivot, table(1), &mut touches).unwrap();
    let out = begin(&mut all, 2, 0, false);
    all.write(out, &[change(1)], &mut touches).unwrap();
    commit(&mut all, out, 1);
    let reader = begin(&mut all, 3, 1, false);
    all.write(pivot, &[change(2)], &mut touches).unwrap();
    commit(&mut all, pivot, 2);
    let refusal = all.read(reader, table(2), &mut touches).unwrap_err();
    assert_eq!(refusal.reason, Reason::ConflictOutToPivot(pivot));
    assert_eq!(refusal.detail(), "Reason code: Canceled on conflict out to pivot 1, during read.");
}

// A doomed transaction learns of it at its next read, write or commit.
#[test]
fn a_doomed_transaction_fails_next() {
    let mut all = Tables::default();
    let (one, two) = (begin(&mut all, 1, 0, false), begin(&mut all, 2, 0, false));
    for (tx, read, written) in [(one, 1, 2), (two, 2, 1)] {
        all.read(tx, table(read), &mut touches).unwrap();
        all.write(tx, &[change(written)], &mut touches).unwrap();
    }
    assert!(!all.is_doomed(two));
    commit(&mut all, one, 1);
    assert!(all.is_doomed(two) && !all.is_doomed(one));
    let reasons = [
        all.clone().read(two, table(9), &mut touches).unwrap_err().reason,
        all.clone().write(two, &[change(9)], &mut touches).unwrap_err().reason,
        all.before_commit(two).unwrap_err().reason,
    ];
    let want = [Reason::PivotDuringConflictOut, Reason::PivotDuringConflictIn, Reason::PivotDuringCommit];
    assert_eq!(reasons, want);
}

// As `ssi-savepoint-read` and `ssi-fp-savepoint-write`: what was found before ROLLBACK TO counts; a change that
// was taken back is not found afterwards.
#[test]
fn savepoints_take_back_changes_alone() {
    for (read_first, conflicts) in [(true, true), (false, false)] {
        let mut all = Tables::default();
        let (one, two) = (begin(&mut all, 1, 0, false), begin(&mut all, 2, 0, false));
        all.read(one, table(2), &mut touches).unwrap();
        if read_first {
            all.read(two, table(1), &mut touches).unwrap();
        }
        let written = all.written(one);
        all.write(one, &[change(1)], &mut touches).unwrap();
        all.roll_back_to(one, written);
        if !read_first {
            all.read(two, table(1), &mut touches).unwrap();
        }
        all.write(two, &[change(2)], &mut touches).unwrap();
        commit(&mut all, one, 0);
        assert_eq!(all.is_doomed(two), conflicts, "read first: {read_first}");
    }
}

// Transactions of other levels are never registered: nothing is refused to them (`ssi-mixed-levels`).
#[test]
fn only_registered_transactions_take_part() {
    let mut all = Tables::default();
    let stranger = Tx(9);
    all.read(stranger, table(1), &mut touches).unwrap();
    all.write(stranger, &[change(1)], &mut touches).unwrap();
    all.before_commit(stranger).unwrap();
    all.commit(stranger, 1);
    assert!(!all.is_doomed(stranger));
}

// Nothing is kept once no transaction runs that was concurrent.
#[test]
fn finished_transactions_are_forgotten() {
    let mut all = Tables::default();
    let one = begin(&mut all, 1, 0, false);
    let two = begin(&mut all, 2, 0, false);
    all.read(one, table(1), &mut touches).unwrap();
    all.write(one, &[change(2)], &mut touches).unwrap();
    commit(&mut all, one, 1);
    let three = begin(&mut all, 3, 1, false);
    assert_eq!(all.transactions.len(), 3);
    all.roll_back(two);
    assert_eq!(all.transactions.keys().collect::<Vec<_>>(), [&three]);
    all.roll_back(three);
    assert!(all.transactions.is_empty() && all.conflicts.is_empty() && all.unsettled.is_empty());
}
