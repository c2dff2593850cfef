//! Savepoints and snapshots.

use super::script::check;

// As `savepoint-locks`: a strengthened lock goes back to its old strength.
#[test]
fn rolling_back_restores_the_strength() {
    check(
        "1 row a KeyShare
         1 row a Update 1
         1 row b Update 1
         2 row a NoKeyUpdate -> waits for 1
         3 row a Update -> waits for 2
         4 row b KeyShare -> waits for 1
         1 back-to 0 -> ready 2 4
         1 held -> row a KeyShare",
    );
}

// After RELEASE the locks belong to the outer level, so that ROLLBACK TO an inner one keeps them.
#[test]
fn releasing_moves_locks_outwards() {
    check(
        "1 row a Share 1
         1 row a Update 3
         1 claim k 3
         1 table t Exclusive 3
         1 release 2 -> nobody
         1 back-to 2 -> nobody
         1 held -> row a Update, key k, table t Exclusive 1
         1 back-to 1 -> nobody
         1 held -> row a Share
         1 back-to 0 -> nobody
         1 held ->",
    );
}

// A lock of the outer level asked for again inside stays.
#[test]
fn rolling_back_keeps_what_was_there_before() {
    check(
        "1 row a Update
         1 row a Update 1
         1 table t Exclusive
         1 table t Exclusive 1
         1 back-to 0 -> nobody
         1 held -> row a Update, table t Exclusive 1",
    );
}

// READ ONLY DEFERRABLE: ready when the last of the transactions has ended.
#[test]
fn a_snapshot_waits_for_all_its_transactions() {
    check(
        "1 row a Update
         3 snapshot 1 2 -> waits for 1 2
         3 sleep -> Some(Grant)
         1 commit -> nobody
         3 blockers -> 2
         2 rollback -> ready 3
         cycle -> false",
    );
}
