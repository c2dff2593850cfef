//! Claims on unique keys.

use super::super::Locks;
use super::script::{check, entry};
use crate::answer::SessionId;

// As `unique-delete-insert`: an insert waits for whoever has an uncommitted write of the key.
#[test]
fn one_session_claims_a_key() {
    check(
        "1 claim k
         1 claim k
         2 claim k -> waits for 1
         3 claim j
         2 sleep -> Some(End(SessionId(1)))
         1 commit -> ready 2
         2 again
         2 held -> key k",
    );
}

// As `unique-savepoint`: ROLLBACK TO gives up claims taken since, not those taken before.
#[test]
fn a_savepoint_gives_claims_back() {
    check(
        "1 claim k
         1 claim k 1
         1 claim j 1
         2 claim k -> waits for 1
         3 claim j -> waits for 1
         1 back-to 0 -> ready 3",
    );
}

// Several waiters: nothing says who is first, both are ready until one has it.
#[test]
fn waiters_for_a_key_are_all_ready() {
    check(
        "1 claim k
         2 claim k -> waits for 1
         3 claim k -> waits for 1
         1 rollback -> ready 2 3
         3 again
         2 blockers -> 3",
    );
}

#[test]
fn claimants_are_others() {
    let mut locks = Locks::default();
    locks.claim(SessionId(1), entry("k"), 0).unwrap();
    assert_eq!(locks.claimants(SessionId(1), &entry("k")), []);
    assert_eq!(locks.claimants(SessionId(2), &entry("k")), [SessionId(1)]);
    assert!(!locks.has_foreign_claims(SessionId(1)) && locks.has_foreign_claims(SessionId(2)));
}
