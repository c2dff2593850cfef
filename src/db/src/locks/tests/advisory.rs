//! Advisory locks: counts, scopes, keys.

use super::script::check;

// As `advisory-session`: session locks are counted and outlast COMMIT and ROLLBACK.
#[test]
fn two_session_locks_need_two_unlocks() {
    check(
        "1 advisory 42 Exclusive session
         1 advisory 42 Exclusive session
         1 held -> advisory 42 Exclusive 2
         2 advisory 42 Exclusive session -> waits for 1
         1 unlock 42 Exclusive -> true
         ready -> nobody
         1 commit -> nobody
         1 rollback -> nobody
         1 unlock 42 Exclusive -> true
         ready -> ready 2
         1 unlock 42 Exclusive -> false",
    );
}

#[test]
fn unlocking_names_the_mode() {
    check(
        "1 advisory 42 Share session
         1 unlock 42 Exclusive -> false
         1 unlock 42 Share -> true
         1 held ->",
    );
}

// As `advisory-xact`: transaction locks cannot be unlocked, end with the transaction or the savepoint.
#[test]
fn transaction_locks_end_with_it() {
    check(
        "1 advisory 1 Exclusive
         1 advisory 2 Exclusive 1
         1 unlock 1 Exclusive -> false
         2 advisory 1 Exclusive -> waits for 1
         3 advisory 2 Share -> waits for 1
         1 back-to 0 -> ready 3
         1 commit -> ready 2 3",
    );
}

// One session's two scopes do not conflict, and each keeps others out.
#[test]
fn scopes_of_one_session_do_not_conflict() {
    check(
        "1 advisory 42 Exclusive session
         1 advisory 42 Exclusive
         1 advisory 42 Share
         2 advisory 42 Exclusive -> waits for 1
         1 unlock 42 Exclusive -> true
         ready -> nobody
         1 commit -> ready 2",
    );
    check(
        "1 advisory 42 Exclusive
         1 advisory 42 Exclusive session
         1 commit -> nobody
         2 nowait advisory 42 Share -> refused by 1",
    );
}

// The two kinds of keys never meet.
#[test]
fn one_number_and_two_are_different_keys() {
    check(
        "1 advisory 1 Exclusive session
         2 advisory 0,1 Exclusive session
         3 advisory 0,1 Exclusive session -> waits for 2",
    );
}

#[test]
fn unlock_all_spares_the_transactions_locks() {
    check(
        "1 advisory 1 Exclusive session
         1 advisory 1 Exclusive session
         1 advisory 2 Share session
         1 advisory 3 Share
         2 advisory 1 Exclusive session -> waits for 1
         1 unlocks -> ready 2
         1 held -> advisory 3 Share 1",
    );
}

#[test]
fn the_end_of_a_session_frees_all() {
    check(
        "1 advisory 1 Exclusive session
         1 row a Update
         2 advisory 1 Exclusive session -> waits for 1
         3 row a Update -> waits for 1
         1 ends -> ready 2 3",
    );
}
