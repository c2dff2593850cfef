//! Histories whose failing steps were recorded with PostgreSQL 15, as predicate reads and writes.

use super::super::Reason;
use super::toy::{Equals, Failure, Spec, Toy};

/// Doctors by name, on call or not; everyone may leave while two are on call.
fn doctors() -> Spec {
    let on_call = |session| move |toy: &mut Toy| toy.read(session, 1, Some((1, 1))).map(drop);
    let leave = |session, name| {
        move |toy: &mut Toy| {
            toy.read(session, 1, Some((0, name)))?;
            toy.write(session, 1, name, Some(vec![name, 0]))
        }
    };
    Spec::rows(&[(1, &[1, 1]), (1, &[2, 1])])
        .step("r1", 1, on_call(1))
        .step("w1", 1, leave(1, 1))
        .commit("c1", 1)
        .step("r2", 2, on_call(2))
        .step("w2", 2, leave(2, 2))
        .commit("c2", 2)
}

// Write skew (`ssi-doctors-on-call`): the one who is last fails, at its statement if the other has committed.
#[test]
fn doctors_on_call() {
    doctors().check(
        "r1 w1 c1 r2 w2 c2
         r1 w1 r2 c1 w2 c2 -> w2
         r1 w1 r2 w2 c1 c2 -> c2
         r1 w1 r2 w2 c2 c1 -> c1
         r1 r2 w1 c1 w2 c2 -> w2
         r1 r2 w1 w2 c1 c2 -> c2
         r1 r2 w1 w2 c2 c1 -> c1
         r1 r2 w2 w1 c1 c2 -> c2
         r1 r2 w2 w1 c2 c1 -> c1
         r1 r2 w2 c2 w1 c1 -> w1
         r2 r1 w1 c1 w2 c2 -> w2
         r2 r1 w1 w2 c1 c2 -> c2
         r2 r1 w1 w2 c2 c1 -> c1
         r2 r1 w2 w1 c1 c2 -> c2
         r2 r1 w2 w1 c2 c1 -> c1
         r2 r1 w2 c2 w1 c1 -> w1
         r2 w2 r1 w1 c1 c2 -> c2
         r2 w2 r1 w1 c2 c1 -> c1
         r2 w2 r1 c2 w1 c1 -> w1
         r2 w2 c2 r1 w1 c1",
    );
}

#[test]
fn refusals_have_postgresqls_words() {
    for (permutation, reason, detail) in [
        ("r1 r2 w1 w2 c1 c2", Reason::PivotDuringCommit, "identification as a pivot, during commit attempt."),
        ("r1 r2 w1 c1 w2 c2", Reason::PivotDuringWrite, "identification as a pivot, during write."),
    ] {
        let [(_, Failure::Unserializable(refusal))] = doctors().play(permutation)[..] else {
            panic!("{permutation} has one failure")
        };
        assert_eq!(refusal.reason, reason);
        assert!(refusal.message().starts_with("could not serialize access due to read/write dependencies"));
        assert_eq!(refusal.hint(), "The transaction might succeed if retried.");
        assert_eq!(refusal.detail(), format!("Reason code: Canceled on {detail}"));
    }
}

// Predicates that cover the rows that the other inserts (`ssi-intersecting-sums`), every interleaving.
#[test]
fn intersecting_sums() {
    let sum = |session, class| move |toy: &mut Toy| toy.read(session, 1, Some((1, class))).map(drop);
    let insert = |session: u32, class: i64, key: i64| {
        move |toy: &mut Toy| {
            let rows = toy.read(session, 1, Some((1, class)))?;
            let sum = rows.iter().map(|row| row[2]).sum();
            toy.write(session, 1, key, Some(vec![key, 3 - class, sum]))
        }
    };
    Spec::rows(&[(1, &[1, 1, 10]), (1, &[2, 1, 20]), (1, &[3, 2, 100]), (1, &[4, 2, 200])])
        .step("r1", 1, sum(1, 1))
        .step("w1", 1, insert(1, 1, 5))
        .commit("c1", 1)
        .step("r2", 2, sum(2, 2))
        .step("w2", 2, insert(2, 2, 6))
        .commit("c2", 2)
        .check_all(
            "r1 w1 r2 c1 w2 c2 -> w2
         r1 w1 r2 w2 c1 c2 -> c2
         r1 w1 r2 w2 c2 c1 -> c1
         r1 r2 w1 c1 w2 c2 -> w2
         r1 r2 w1 w2 c1 c2 -> c2
         r1 r2 w1 w2 c2 c1 -> c1
         r1 r2 w2 w1 c1 c2 -> c2
         r1 r2 w2 w1 c2 c1 -> c1
         r1 r2 w2 c2 w1 c1 -> w1
         r2 r1 w1 c1 w2 c2 -> w2
         r2 r1 w1 w2 c1 c2 -> c2
         r2 r1 w1 w2 c2 c1 -> c1
         r2 r1 w2 w1 c1 c2 -> c2
         r2 r1 w2 w1 c2 c1 -> c1
         r2 r1 w2 c2 w1 c1 -> w1
         r2 w2 r1 w1 c1 c2 -> c2
         r2 w2 r1 w1 c2 c1 -> c1
         r2 w2 r1 c2 w1 c1 -> w1",
        );
}

// A ring of three (`ssi-three-way`): each reads what the next writes.
#[test]
fn three_way() {
    let read = |session, table| move |toy: &mut Toy| toy.read(session, table, Some((0, 1))).map(drop);
    let write = |session: u32, table: u32| {
        move |toy: &mut Toy| {
            toy.read(session, table, Some((0, 1)))?;
            toy.write(session, table, 1, Some(vec![1, i64::from(session)]))
        }
    };
    Spec::rows(&[(1, &[1, 0]), (2, &[1, 0]), (3, &[1, 0])])
        .step("rx1", 1, read(1, 1))
        .step("wy1", 1, write(1, 2))
        .commit("c1", 1)
        .step("ry2", 2, read(2, 2))
        .step("wz2", 2, write(2, 3))
        .commit("c2", 2)
        .step("rz3", 3, read(3, 3))
        .step("wx3", 3, write(3, 1))
        .commit("c3", 3)
        .check(
            "rx1 ry2 rz3 wy1 wz2 wx3 c1 c2 c3 -> c2
         rx1 ry2 rz3 wy1 wz2 wx3 c3 c2 c1 -> c1
         rx1 ry2 rz3 wy1 wz2 wx3 c2 c3 c1 -> c3
         rx1 ry2 rz3 wy1 c1 wz2 c2 wx3 c3 -> wz2
         rx1 ry2 rz3 wx3 c3 wz2 c2 wy1 c1 -> wy1
         rx1 ry2 rz3 wz2 c2 wy1 c1 wx3 c3 -> wx3
         rx1 wy1 ry2 wz2 rz3 wx3 c1 c2 c3 -> c2
         rx1 wy1 c1 ry2 rz3 wz2 c2 wx3 c3
         rx1 ry2 wy1 wz2 c1 c2 rz3 wx3 c3
         rx1 ry2 wy1 c1 wz2 rz3 c2 wx3 c3 -> c2",
        );
}

// One turns white black, the other black white (`ssi-black-white`).
#[test]
fn black_and_white() {
    let turn = |session: u32, from: i64| {
        move |toy: &mut Toy| {
            for row in toy.read(session, 1, Some((1, from)))? {
                toy.write(session, 1, row[0], Some(vec![row[0], 1 - from]))?;
            }
            Ok(())
        }
    };
    Spec::rows(&[(1, &[1, 0]), (1, &[2, 1]), (1, &[3, 0]), (1, &[4, 1])])
        .step("w1", 1, turn(1, 1))
        .commit("c1", 1)
        .step("w2", 2, turn(2, 0))
        .commit("c2", 2)
        .check_all(
            "w1 w2 c1 c2 -> c2
             w1 w2 c2 c1 -> c1
             w2 w1 c1 c2 -> c2
             w2 w1 c2 c1 -> c1",
        );
}

/// A receipt gets the open batch's number; the batch is closed; the report sums the last closed batch.
fn batch_report(summed: impl Fn(i64) -> Option<Equals> + 'static) -> Spec {
    let batch = |toy: &mut Toy, session| Ok(toy.read(session, 1, Some((0, 1)))?[0][1]);
    Spec::rows(&[(1, &[1, 1]), (2, &[1, 1, 5])])
        .step("new1", 1, move |toy| {
            let batch = batch(toy, 1)?;
            toy.write(1, 2, 2, Some(vec![2, batch, 7]))
        })
        .commit("c1", 1)
        .step("close2", 2, move |toy| {
            let batch = batch(toy, 2)?;
            toy.write(2, 1, 1, Some(vec![1, batch + 1]))
        })
        .commit("c2", 2)
        .step("see3", 3, move |toy| batch(toy, 3).map(drop))
        .step("sum3", 3, move |toy| {
            let batch = batch(toy, 3)?;
            toy.read(3, 2, summed(batch - 1)).map(drop)
        })
        .commit("c3", 3)
}

// All 210 interleavings as in PostgreSQL, which locks the whole of a table without an index.
#[test]
fn batch_report_over_the_whole_table() {
    batch_report(|_| None).check_all(
        "new1 close2 c2 see3 c1 sum3 c3 -> sum3
         new1 close2 c2 see3 sum3 c1 c3 -> c1
         new1 close2 c2 see3 sum3 c3 c1 -> c1
         new1 close2 see3 c2 c1 sum3 c3 -> sum3
         new1 close2 see3 c2 sum3 c1 c3 -> c1
         new1 close2 see3 c2 sum3 c3 c1 -> c1
         new1 close2 see3 sum3 c2 c1 c3 -> c1
         new1 close2 see3 sum3 c2 c3 c1 -> c1
         new1 see3 close2 c2 c1 sum3 c3 -> sum3
         new1 see3 close2 c2 sum3 c1 c3 -> c1
         new1 see3 close2 c2 sum3 c3 c1 -> c1
         new1 see3 close2 sum3 c2 c1 c3 -> c1
         new1 see3 close2 sum3 c2 c3 c1 -> c1
         new1 see3 sum3 close2 c2 c1 c3 -> c1
         new1 see3 sum3 close2 c2 c3 c1 -> c1
         close2 new1 c2 see3 c1 sum3 c3 -> sum3
         close2 new1 c2 see3 sum3 c1 c3 -> c1
         close2 new1 c2 see3 sum3 c3 c1 -> c1
         close2 new1 see3 c2 c1 sum3 c3 -> sum3
         close2 new1 see3 c2 sum3 c1 c3 -> c1
         close2 new1 see3 c2 sum3 c3 c1 -> c1
         close2 new1 see3 sum3 c2 c1 c3 -> c1
         close2 new1 see3 sum3 c2 c3 c1 -> c1
         close2 see3 new1 c2 c1 sum3 c3 -> sum3
         close2 see3 new1 c2 sum3 c1 c3 -> c1
         close2 see3 new1 c2 sum3 c3 c1 -> c1
         close2 see3 new1 sum3 c2 c1 c3 -> c1
         close2 see3 new1 sum3 c2 c3 c1 -> c1
         close2 see3 sum3 new1 c2 c1 c3 -> c1
         close2 see3 sum3 new1 c2 c3 c1 -> c1
         see3 new1 close2 c2 c1 sum3 c3 -> sum3
         see3 new1 close2 c2 sum3 c1 c3 -> c1
         see3 new1 close2 c2 sum3 c3 c1 -> c1
         see3 new1 close2 sum3 c2 c1 c3 -> c1
         see3 new1 close2 sum3 c2 c3 c1 -> c1
         see3 new1 sum3 close2 c2 c1 c3 -> c1
         see3 new1 sum3 close2 c2 c3 c1 -> c1
         see3 close2 new1 c2 c1 sum3 c3 -> sum3
         see3 close2 new1 c2 sum3 c1 c3 -> c1
         see3 close2 new1 c2 sum3 c3 c1 -> c1
         see3 close2 new1 sum3 c2 c1 c3 -> c1
         see3 close2 new1 sum3 c2 c3 c1 -> c1
         see3 close2 sum3 new1 c2 c1 c3 -> c1
         see3 close2 sum3 new1 c2 c3 c1 -> c1
         see3 sum3 new1 close2 c2 c1 c3 -> c1
         see3 sum3 new1 close2 c2 c3 c1 -> c1
         see3 sum3 close2 new1 c2 c1 c3 -> c1
         see3 sum3 close2 new1 c2 c3 c1 -> c1",
    );
}

// With the condition as the predicate the six that must fail do, and no other.
#[test]
fn batch_report_by_condition() {
    batch_report(|batch| Some((1, batch))).check_all(
        "new1 close2 c2 see3 c1 sum3 c3 -> sum3
         new1 close2 c2 see3 sum3 c1 c3 -> c1
         new1 close2 c2 see3 sum3 c3 c1 -> c1
         close2 new1 c2 see3 c1 sum3 c3 -> sum3
         close2 new1 c2 see3 sum3 c1 c3 -> c1
         close2 new1 c2 see3 sum3 c3 c1 -> c1",
    );
}

// The read-only anomaly with a report that is READ ONLY: it counts when its snapshot has the closed batch.
#[test]
fn batch_report_read_only() {
    let failing = "new1 close2 c2 see3 c1 sum3 c3 -> sum3
         new1 close2 c2 see3 sum3 c1 c3 -> c1
         new1 close2 c2 see3 sum3 c3 c1 -> c1
         close2 new1 c2 see3 c1 sum3 c3 -> sum3
         close2 new1 c2 see3 sum3 c1 c3 -> c1
         close2 new1 c2 see3 sum3 c3 c1 -> c1";
    for by_condition in [false, true] {
        let mut spec = batch_report(move |batch| by_condition.then_some((1, batch)));
        spec.read_only.insert(3);
        spec.check_all(failing);
    }
}

// The loser tries again and sees what the winner did (`ssi-retry`).
#[test]
fn a_retry_succeeds() {
    doctors().check(
        "r1 r2 w1 w2 c1 c2 r2 w2 c2 -> c2
         r1 r2 w1 c1 w2 c2 r2 w2 c2 -> w2",
    );
}

// PostgreSQL fails one of these (`ssi-fp-seq-scan`): here disjoint rows do not conflict.
#[test]
fn disjoint_rows_do_not_conflict() {
    let read =
        |session: u32| move |toy: &mut Toy| toy.read(session, 1, Some((1, i64::from(session)))).map(drop);
    let write = |session: u32| {
        move |toy: &mut Toy| {
            let owner = i64::from(session);
            toy.read(session, 1, Some((1, owner)))?;
            toy.write(session, 1, owner, Some(vec![owner, owner, 7]))
        }
    };
    Spec::rows(&[(1, &[1, 1, 0]), (1, &[2, 2, 0])])
        .step("r1", 1, read(1))
        .step("w1", 1, write(1))
        .commit("c1", 1)
        .step("r2", 2, read(2))
        .step("w2", 2, write(2))
        .commit("c2", 2)
        .check_all("");
}

// Both read the last number and insert the next (`ssi-max-plus-one`): the second fails by its read of the key.
#[test]
fn the_same_key_is_a_conflict_when_it_was_read() {
    let next = |session| {
        move |toy: &mut Toy| {
            let rows = toy.read(session, 1, None)?;
            let key = rows.len() as i64 + 1;
            toy.write(session, 1, key + 10 * i64::from(session), Some(vec![key]))
        }
    };
    Spec::rows(&[(1, &[1]), (1, &[2])])
        .step("i1", 1, next(1))
        .commit("c1", 1)
        .step("i2", 2, next(2))
        .commit("c2", 2)
        .check_all(
            "i1 i2 c1 c2 -> c2
             i1 i2 c2 c1 -> c1
             i2 i1 c1 c2 -> c2
             i2 i1 c2 c1 -> c1",
        );
}

// Recorded with PostgreSQL 15: 1 and 2 would both be pivots once 3 commits. The conflict of 2 with 3 was found
// first, so 2 is doomed, and without it 1 is harmless.
#[test]
fn dooming_one_pivot_may_spare_the_other() {
    let read = |session, table| move |toy: &mut Toy| toy.read(session, table, None).map(drop);
    let insert = |session: u32, table: u32| {
        move |toy: &mut Toy| toy.write(session, table, i64::from(session), Some(vec![i64::from(session)]))
    };
    Spec::rows(&[(10, &[0]), (11, &[0])])
        .step("b1", 2, read(2, 10))
        .step("w3", 3, insert(3, 11))
        .step("x3", 3, insert(3, 10))
        .step("a1", 1, read(1, 11))
        .step("b2", 2, insert(2, 11))
        .step("b3", 2, read(2, 11))
        .step("a2", 1, insert(1, 10))
        .commit("c3", 3)
        .step("a3", 1, read(1, 10))
        .commit("c1", 1)
        .commit("c2", 2)
        .check("b1 w3 x3 a1 b2 b3 a2 c3 c1 c2 -> c2");
}
