//! Row locks: strengthening, lines, who is ready.

use super::super::{Locks, RowMode};
use super::modes::ROW_MODES;
use super::script::{check, row};
use crate::answer::SessionId;

// As `lock-matrix-rows`: every held mode against every wanted mode, by requests.
#[test]
fn requests_follow_the_conflict_table() {
    for held in ROW_MODES {
        for wanted in ROW_MODES {
            let mut locks = Locks::default();
            locks.lock_row(SessionId(1), row("a"), held, 0).unwrap();
            let refused = locks.lock_row(SessionId(2), row("a"), wanted, 0).is_err();
            assert_eq!(refused, held.conflicts(wanted), "{held:?} held, {wanted:?} wanted");
        }
    }
}

// As `lock-upgrade`: alone on the row, a session strengthens freely; a weaker request changes nothing.
#[test]
fn a_lone_holder_strengthens() {
    check(
        "1 row a KeyShare
         2 nowait row a NoKeyUpdate
         2 rollback -> nobody
         1 row a Share
         2 nowait row a NoKeyUpdate -> refused by 1
         2 nowait row a Share
         2 rollback -> nobody
         1 row a NoKeyUpdate
         2 nowait row a Share -> refused by 1
         1 row a Update
         2 nowait row a KeyShare -> refused by 1
         1 row a KeyShare
         1 held -> row a Update",
    );
}

// As `lock-multiple-sharers`: row locks are not fair. A sharer gets in though a writer waits, and the writer
// waits for the last of them.
#[test]
fn sharers_pass_a_waiting_writer() {
    check(
        "1 row a Share
         3 row a NoKeyUpdate -> waits for 1
         2 row a Share
         3 blockers -> 1 2
         1 commit -> nobody
         3 blockers -> 2
         2 commit -> ready 3
         3 again",
    );
}

// As `lock-queue-order`: the holder only locked, so the first to come is next, and the second then waits for it.
#[test]
fn first_come_first_served_after_a_mere_lock() {
    check(
        "1 row a Update
         2 row a Update -> waits for 1
         3 row a Update -> waits for 2
         1 commit -> ready 2
         2 again
         ready -> nobody
         3 blockers -> 2
         2 commit -> ready 3",
    );
}

// The same order after a rollback, whatever was written.
#[test]
fn first_come_first_served_after_a_rollback() {
    check(
        "1 row a Update
         3 row a Update -> waits for 1
         2 row a Share -> waits for 3
         1 rollback -> ready 3",
    );
}

// The row has a new version: its line is of the past, whoever is first wins. The others queue for the new
// version, and its rollback wakes the first of them alone.
#[test]
fn everyone_runs_on_after_a_change() {
    check(
        "1 row a NoKeyUpdate
         2 row a NoKeyUpdate -> waits for 1
         3 row a NoKeyUpdate -> waits for 2
         4 row a NoKeyUpdate -> waits for 2 3
         1 commit a -> ready 2 3 4
         3 again
         ready -> nobody
         2 again -> waits for 3
         4 again -> waits for 2
         3 rollback -> ready 2",
    );
}

// Another row's change does not touch this row's line.
#[test]
fn only_the_changed_rows_line_dissolves() {
    check(
        "1 row a Update
         1 row b Update
         2 row a Update -> waits for 1
         3 row a Update -> waits for 2
         4 row b Update -> waits for 1
         5 row b Update -> waits for 4
         1 commit b -> ready 2 4 5",
    );
}

// The first in line still waits for the key share, so it still keeps the second from seeing the new version.
#[test]
fn a_line_dissolves_when_its_first_can_go() {
    check(
        "1 row a KeyShare
         2 row a NoKeyUpdate
         3 row a Update -> waits for 1 2
         4 row a NoKeyUpdate -> waits for 3
         2 commit a -> nobody
         1 commit -> ready 3 4",
    );
}

// Compatible waiters are first in line together.
#[test]
fn compatible_waiters_go_together() {
    check(
        "1 row a Update
         2 row a Share -> waits for 1
         3 row a KeyShare -> waits for 1
         4 row a Update -> waits for 2 3
         5 row a Share -> waits for 4
         1 rollback -> ready 2 3",
    );
}

// As `lock-upgrade-ahead-of-queue`: who has a lock on the row does not stand in line.
#[test]
fn an_upgrade_skips_the_line() {
    check(
        "1 row a KeyShare
         2 row a KeyShare
         3 row a Update -> waits for 1 2
         1 row a NoKeyUpdate
         2 commit -> nobody
         1 row a Update
         1 commit -> ready 3",
    );
}

// The upgrade itself waits for the other holder alone, and goes first.
#[test]
fn an_upgrade_waits_for_holders_alone() {
    check(
        "1 row a Share
         2 row a Share
         3 row a NoKeyUpdate -> waits for 1 2
         1 row a NoKeyUpdate -> waits for 2
         4 row a NoKeyUpdate -> waits for 3
         3 gives-up -> nobody
         4 blockers -> 1 2
         2 commit -> ready 1",
    );
}

// A sharer that waits behind a writer stays behind it, though the holder who remains would let it in.
#[test]
fn a_waiter_stays_behind_the_first_in_line() {
    check(
        "1 row a KeyShare
         2 row a NoKeyUpdate
         3 row a Update -> waits for 1 2
         4 row a Share -> waits for 3
         2 rollback -> nobody
         5 nowait row a Share",
    );
}

// A newcomer may go before the one who was woken.
#[test]
fn a_newcomer_may_pass_the_ready() {
    check(
        "1 row a Update
         2 row a Update -> waits for 1
         1 commit -> ready 2
         2 sleep -> None
         3 row a Update
         2 sleep -> Some(End(SessionId(3)))
         2 again -> waits for 3
         3 rollback -> ready 2",
    );
}

// What a session sleeps for tells the caller when its timers start again: one holder after the other.
#[test]
fn a_sleep_is_for_one_thing() {
    check(
        "1 row a Share
         2 row a Share
         3 row a Update -> waits for 1 2
         4 row a Update -> waits for 3
         3 sleep -> Some(End(SessionId(1)))
         4 sleep -> Some(Turn)
         1 commit -> nobody
         3 sleep -> Some(End(SessionId(2)))
         2 commit -> ready 3
         3 sleep -> None
         3 again
         4 sleep -> Some(End(SessionId(3)))",
    );
}

// The one it sleeps for stays the same when another holder comes, whatever its number.
#[test]
fn a_later_holder_does_not_change_the_sleep() {
    check(
        "2 row a Share
         3 row a Update -> waits for 2
         1 row a Share
         3 sleep -> Some(End(SessionId(2)))
         2 commit -> nobody
         3 sleep -> Some(End(SessionId(1)))",
    );
}

// Giving up (lock_timeout) makes room in the line.
#[test]
fn giving_up_leaves_the_line() {
    check(
        "1 row a Share
         2 row a Update -> waits for 1
         3 row a Share
         4 row a NoKeyUpdate -> waits for 2
         2 gives-up -> nobody
         4 blockers -> 1 3",
    );
}

// The guard for the fast path: own locks do not count.
#[test]
fn foreign_row_locks_are_others() {
    let (one, two) = (SessionId(1), SessionId(2));
    let mut locks = Locks::default();
    locks.lock_row(one, row("a"), RowMode::Update, 0).unwrap();
    assert_eq!((locks.has_foreign_row_locks(one), locks.has_foreign_row_locks(two)), (false, true));
    locks.lock_row(two, row("b"), RowMode::Update, 0).unwrap();
    locks.end_transaction(one, &|_| true);
    assert_eq!((locks.has_foreign_row_locks(one), locks.has_foreign_row_locks(two)), (true, false));
}

// Those who ran on after a change are not in the new version's line.
#[test]
fn a_newcomer_queues_for_the_new_version() {
    check(
        "1 row a NoKeyUpdate
         2 row a NoKeyUpdate -> waits for 1
         1 commit a -> ready 2
         3 row a KeyShare
         4 row a Update -> waits for 3
         ready -> ready 2",
    );
}

// The default order is that of the waits, not of sessions or rows.
#[test]
fn the_longest_wait_is_first() {
    check(
        "1 row a Update
         1 row b Update
         3 row a Update -> waits for 1
         2 row b Update -> waits for 1
         1 rollback -> ready 3 2",
    );
}
