//! Table locks: fair queues and who goes ahead in them.

use super::super::types::{Asked, Lockable, Scope};
use super::super::{Locks, RowMode};
use super::modes::TABLE_MODES;
use super::script::{check, row};
use crate::answer::SessionId;
use crate::schema::TableId;

#[test]
fn requests_follow_the_conflict_table() {
    let table = Lockable::Table(TableId(1));
    for held in TABLE_MODES {
        for wanted in TABLE_MODES {
            let mut locks = Locks::default();
            locks.lock(SessionId(1), table, held, Scope::Transaction(0));
            let granted = locks.lock(SessionId(2), table, wanted, Scope::Transaction(0)) == Asked::Granted;
            assert_eq!(granted, !held.conflicts(wanted), "{held:?} held, {wanted:?} wanted");
        }
    }
}

// As `lock-table-queue`: a waiting ACCESS EXCLUSIVE holds up later readers; they then go together.
#[test]
fn table_locks_are_fair() {
    check(
        "1 table t AccessShare
         2 table t AccessExclusive -> waits for 1
         3 table t AccessShare -> waits for 2
         4 table t AccessShare -> waits for 2
         5 table u AccessShare
         1 commit -> ready 2
         3 again -> waits for 2
         2 again
         2 commit -> ready 3 4",
    );
}

// A request that conflicts with nobody passes a line that does not concern it.
#[test]
fn a_harmless_request_passes_the_line() {
    check(
        "1 table t Share
         2 table t RowExclusive -> waits for 1
         3 table t AccessShare
         4 table t Share -> waits for 2",
    );
}

// As `lock-table-own-stronger`: the holder's further locks are granted at once though others wait.
#[test]
fn a_holder_goes_ahead_of_those_who_wait_for_it() {
    check(
        "1 table t AccessExclusive
         2 table t Exclusive -> waits for 1
         1 table t ShareRowExclusive
         1 table t RowExclusive
         1 commit -> ready 2",
    );
    check(
        "1 table t AccessShare
         2 table t AccessExclusive -> waits for 1
         1 table t AccessShare
         1 table t RowExclusive
         1 commit -> ready 2",
    );
}

// It goes ahead in the queue too when somebody else's lock keeps it waiting.
#[test]
fn an_upgrade_queues_ahead_of_those_who_wait_for_it() {
    check(
        "1 table t RowShare
         2 table t RowShare
         3 table t AccessExclusive -> waits for 1 2
         1 table t Exclusive -> waits for 2
         2 commit -> ready 1
         1 again
         1 commit -> ready 3",
    );
}

// PostgreSQL 15 refuses NOWAIT to a holder whose request conflicts with a waiter (`lock-nowait`).
#[test]
fn nowait_does_not_go_ahead() {
    check(
        "1 table t AccessExclusive
         2 table t Exclusive -> waits for 1
         1 nowait table t ShareRowExclusive -> refused by 2
         1 nowait table t AccessExclusive
         1 nowait table t AccessShare",
    );
}

// As `deadlock-table-locks`: the second upgrade would wait for a session that waits for it.
#[test]
fn the_second_upgrade_fails_at_once() {
    check(
        "1 table t Share
         2 table t Share
         1 table t RowExclusive -> waits for 2
         2 table t RowExclusive -> victim: 2 table t RowExclusive by 1, 1 table t RowExclusive by 2
         2 rollback -> ready 1",
    );
}

#[test]
fn strong_locks_are_counted_while_they_are_there() {
    check(
        "1 table t RowExclusive
         1 advisory 5 Exclusive
         strong -> false
         2 table t AccessExclusive -> waits for 1
         strong -> true
         2 gives-up -> nobody
         strong -> false
         3 table u Exclusive 1
         strong -> true
         3 back-to 0 -> nobody
         strong -> false
         3 table u Exclusive
         2 table u Share -> waits for 3
         3 commit -> ready 2
         2 again
         strong -> true
         2 ends -> nobody
         strong -> false",
    );
}

// A copy of the locks is its own: what happens later does not reach it.
#[test]
fn a_copy_is_a_snapshot() {
    let mut locks = Locks::default();
    locks.lock_row(SessionId(1), row("a"), RowMode::Update, 0).unwrap();
    let copy = locks.clone();
    locks.end_transaction(SessionId(1), &|_| false);
    assert_eq!((copy.held().len(), locks.held().len()), (1, 0));
}
