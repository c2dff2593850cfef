//! Deadlocks: who is the victim, what is none, what a rearranged queue solves.

use super::script::check;

// As `deadlock-two-rows`: the one whose timer ends is the victim, and the other goes on at its error.
#[test]
fn two_rows_in_opposite_order() {
    let setup = "1 row a Update
                 2 row b Update
                 1 row b Update -> waits for 2
                 1 check -> nothing
                 cycle -> false
                 2 row a Update -> waits for 1
                 cycle -> true\n";
    check(&format!(
        "{setup} 2 check -> victim: 2 row a Update by 1, 1 row b Update by 2\n 2 rollback -> ready 1"
    ));
    check(&format!(
        "{setup} 1 check -> victim: 1 row b Update by 2, 2 row a Update by 1\n 1 rollback -> ready 2"
    ));
}

#[test]
fn three_in_a_ring() {
    check(
        "1 row a Update
         2 claim k
         3 advisory 5 Exclusive
         1 claim k -> waits for 2
         2 advisory 5 Exclusive -> waits for 3
         cycle -> false
         3 row a Share -> waits for 1
         cycle -> true
         2 check -> victim: 2 advisory 5 Exclusive by 3, 3 row a Share by 1, 1 key k by 2
         2 rollback -> ready 1
         cycle -> false",
    );
}

// As `deadlock-fk-parent`: two children on one parent, both delete it.
#[test]
fn two_holders_that_strengthen() {
    check(
        "1 row p KeyShare
         2 row p KeyShare
         1 row p Update -> waits for 2
         2 row p Update -> waits for 1
         2 check -> victim: 2 row p Update by 1, 1 row p Update by 2",
    );
}

// As `deadlock-bystander`: 3 waits behind 2, but is in no cycle.
#[test]
fn a_bystander_is_no_victim() {
    check(
        "1 row a Update
         2 row b Update
         1 row b Update -> waits for 2
         3 row b Update -> waits for 1
         2 row a Update -> waits for 1
         3 check -> nothing
         cycle -> true
         1 check -> victim: 1 row b Update by 2, 2 row a Update by 1
         1 rollback -> ready 2
         2 again
         2 rollback -> ready 3",
    );
}

// The first in line holds up the later ones as a lock would: the cycle goes through it.
#[test]
fn a_cycle_through_the_first_in_line_is_a_deadlock() {
    check(
        "1 row a Update
         3 row b Update
         2 row a Update -> waits for 1
         3 row a Update -> waits for 2
         2 gives-up -> nobody
         3 blockers -> 1",
    );
    check(
        "1 row a NoKeyUpdate
         2 row b Update
         2 row a Update -> waits for 1
         3 row c Update
         3 row a Update -> waits for 2
         1 row c Update -> waits for 3
         cycle -> true
         1 check -> victim: 1 row c Update by 3, 3 row a Update by 2, 2 row a Update by 1",
    );
}

// A writer waits for one sharer at a time, so the cycle with the second exists only when the first has ended.
#[test]
fn a_cycle_exists_with_the_awaited_holder_alone() {
    check(
        "1 row a Share
         2 row a Share
         3 row b Update
         3 row a Update -> waits for 1 2
         2 row b Update -> waits for 3
         cycle -> false
         2 check -> nothing
         1 commit -> nobody
         cycle -> true
         3 check -> victim: 3 row a Update by 2, 2 row b Update by 3",
    );
}

// The same with the other sharer first: the cycle exists at once.
#[test]
fn the_first_holder_is_awaited_first() {
    check(
        "2 row a Share
         1 row a Share
         3 row b Update
         3 row a Update -> waits for 1 2
         2 row b Update -> waits for 3
         3 check -> victim: 3 row a Update by 2, 2 row b Update by 3",
    );
}

// As `deadlock-soft-queue`: 2 waits behind 1's place in the queue of t, while 1's table lock waits for 3, who
// waits for 2. The order in the queue is all that is wrong, so it changes.
#[test]
fn a_cycle_through_a_queue_place_is_rearranged() {
    check(
        "3 table t AccessShare
         2 row a Update
         1 table t AccessExclusive -> waits for 3
         2 table t AccessShare -> waits for 1
         3 row a Update -> waits for 2
         cycle -> true
         3 check -> rearranged, ready 2
         cycle -> false
         2 again
         1 blockers -> 2 3",
    );
}

// The same with a session behind: only the one that must moves.
#[test]
fn rearranging_moves_no_more_than_it_must() {
    check(
        "3 table t AccessShare
         2 row a Update
         1 table t AccessExclusive -> waits for 3
         4 table t AccessShare -> waits for 1
         2 table t AccessShare -> waits for 1
         5 table t AccessShare -> waits for 1
         3 row a Update -> waits for 2
         2 check -> rearranged, ready 2
         4 blockers -> 1",
    );
}

// Either of two queues would do: the one whose place is farthest from the session that checks changes.
#[test]
fn one_of_two_queues_is_rearranged() {
    check(
        "3 table t AccessShare
         6 table u AccessShare
         1 table t AccessExclusive -> waits for 3
         4 table u AccessExclusive -> waits for 6
         6 table t AccessShare -> waits for 1
         3 table u AccessShare -> waits for 4
         cycle -> true
         3 check -> rearranged, ready 6
         cycle -> false",
    );
}

// A cycle with a queue place in it is a deadlock when the reverse order is one too.
#[test]
fn a_queue_that_cannot_be_rearranged() {
    check(
        "3 table t AccessShare
         2 row a Update
         1 row b Update
         1 table t AccessExclusive -> waits for 3
         2 table t AccessExclusive -> waits for 1 3
         3 row a Update -> waits for 2
         2 check -> victim: 2 table t AccessExclusive by 3, 3 row a Update by 2",
    );
}

// As `deadlock-savepoint`: an upgrade to a stronger advisory lock against another's.
#[test]
fn shared_advisory_locks_that_strengthen() {
    check(
        "1 advisory 1 Share session
         2 advisory 1 Share session
         1 advisory 1 Exclusive -> waits for 2
         2 advisory 1 Exclusive -> victim: 2 advisory 1 Exclusive by 1, 1 advisory 1 Exclusive by 2",
    );
}

// A turn at a row is a place in a queue too. Rearranged, 5 is first and sleeps for the holder: a new sleep, whose
// check finds what remains.
#[test]
fn a_turn_at_a_row_is_rearranged() {
    check(
        "2 row b Update
         5 row a Update
         4 row b Share -> waits for 2
         3 row b Update -> waits for 4
         2 row a Share -> waits for 5
         5 row b KeyShare -> waits for 3
         5 sleep -> Some(Turn)
         2 check -> rearranged, nobody
         5 sleep -> Some(End(SessionId(2)))
         cycle -> true
         5 check -> victim: 5 row b KeyShare by 2, 2 row a Share by 5",
    );
}

// Two places could change: the one farthest from the session that checks does.
#[test]
fn the_farthest_place_changes_first() {
    check(
        "5 advisory 1 Exclusive
         1 advisory 1 Share -> waits for 5
         2 advisory 0 Share
         4 advisory 0 Exclusive -> waits for 2
         5 advisory 0 Share -> waits for 4
         2 advisory 1 Exclusive -> waits for 1 5
         1 check -> rearranged, ready 5
         1 blockers -> 2 5",
    );
}
