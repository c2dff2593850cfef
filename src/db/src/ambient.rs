//! What SQL functions and SQLite's file system see of the world: virtual time and seeded randomness.
//!
//! SQLite calls functions and clocks without an argument of ours, so these two values stand beside the
//! connections, one set per thread. The engine writes them before a statement and reads them after it.

use crate::sql::instant::Instant;
use crate::sql::kind::Kind;
use crate::sql::setting::Standing;
use crate::state::Counters;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use unhappy_trace::SimInstant;

/// Seconds from 1970 to the start of every run: 2026-01-01 00:00:00 UTC.
pub const EPOCH_UNIX_SECONDS: i64 = 1_767_225_600;

/// Milliseconds from SQLite's day zero (noon, 24 November 4714 BC, Gregorian) to 1970.
const JULIAN_1970_MILLIS: i64 = 210_866_760_000_000;

thread_local! {
    static NOW_MICROS: Cell<u64> = const { Cell::new(0) };
    static RANDOM: Cell<u64> = const { Cell::new(0) };
    static SEQUENCES: RefCell<Sequences> = RefCell::default();
    static LAST_ROW_ID: Cell<i64> = const { Cell::new(0) };
    static STANDING: Cell<Standing> = Cell::default();
    static CALLER: Cell<Caller> = const { Cell::new(Caller::Engine) };
}

/// The last number that each sequence gave, by the sequence's name.
pub(crate) type Sequences = Rc<BTreeMap<Rc<str>, i64>>;

/// On whose behalf SQL is being compiled. Decides what the authorizer lets through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Caller {
    /// This crate's own statements: everything is allowed.
    Engine,
    /// A learner's or an author's statement.
    Client,
}

pub(crate) fn caller() -> Caller {
    CALLER.get()
}

/// Runs `work` with statements compiled on behalf of `caller`.
pub(crate) fn compiling_for<T>(caller: Caller, work: impl FnOnce() -> T) -> T {
    let before = CALLER.replace(caller);
    let result = work();
    CALLER.set(before);
    result
}

/// Sets the instant that `now()` returns.
pub(crate) fn set_now(now: SimInstant) {
    NOW_MICROS.set(now.micros());
}

/// Sets what `current_setting` shows.
pub(crate) fn set_standing(standing: Standing) {
    STANDING.set(standing);
}

pub(crate) fn standing() -> Standing {
    STANDING.get()
}

/// Sets what random draws, sequences and row numbers go on from. They belong to no version of the database:
/// what a statement took stays taken, whatever becomes of it.
pub(crate) fn set_counters(counters: &Counters) {
    RANDOM.set(counters.random);
    SEQUENCES.set(Rc::clone(&counters.sequences));
    LAST_ROW_ID.set(counters.rows);
}

/// Takes the counters back after a statement that began with `start`. When others have drawn meanwhile, nothing
/// goes back below what they have.
pub(crate) fn take_counters(start: &Counters, now: &mut Counters) {
    let drawn = SEQUENCES.take();
    now.rows = now.rows.max(LAST_ROW_ID.get());
    if Rc::ptr_eq(&start.sequences, &now.sequences) {
        now.random = RANDOM.get();
        now.sequences = drawn;
        return;
    }
    for (name, value) in drawn.iter().filter(|(name, value)| start.sequences.get(*name) != Some(*value)) {
        if now.sequences.get(name).is_none_or(|known| known < value) {
            Rc::make_mut(&mut now.sequences).insert(Rc::clone(name), *value);
        }
    }
}

/// Returns a sequence's next number.
pub(crate) fn next_of(sequence: &str) -> i64 {
    SEQUENCES.with_borrow_mut(|all| {
        let next = all.get(sequence).map_or(1, |last| last.saturating_add(1));
        Rc::make_mut(all).insert(Rc::from(sequence), next);
        next
    })
}

/// Sets the last number that a sequence gave.
pub(crate) fn set_sequence(sequence: &str, last: i64) {
    SEQUENCES.with_borrow_mut(|all| Rc::make_mut(all).insert(Rc::from(sequence), last));
}

/// Forgets a sequence: its next number is 1.
pub(crate) fn forget_sequence(sequence: &str) {
    SEQUENCES.with_borrow_mut(|all| {
        if all.contains_key(sequence) {
            Rc::make_mut(all).remove(sequence);
        }
    });
}

/// Returns a row number that no row of any table has had.
pub(crate) fn next_row_id() -> i64 {
    LAST_ROW_ID.set(LAST_ROW_ID.get() + 1);
    LAST_ROW_ID.get()
}

/// Returns the next 64 random bits (SplitMix64, Steele et al. 2014).
pub(crate) fn next_random() -> u64 {
    let state = RANDOM.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
    RANDOM.set(state);
    let mut mixed = state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// Returns virtual time as SQLite counts it: milliseconds of the Julian day.
pub(crate) fn julian_millis() -> i64 {
    JULIAN_1970_MILLIS + EPOCH_UNIX_SECONDS * 1000 + (NOW_MICROS.get() / 1000) as i64
}

/// Returns `now()` as PostgreSQL prints it in UTC: `2026-01-01 00:00:00.0005+00`.
pub(crate) fn timestamp_text() -> String {
    instant().spelled(Kind::Timestamptz)
}

/// Returns `now()`.
pub(crate) fn instant() -> Instant {
    Instant(EPOCH_UNIX_SECONDS * 1_000_000 + NOW_MICROS.get() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn virtual_time_as_text() {
        for (micros, shown) in [
            (0, "2026-01-01 00:00:00+00"),
            (500, "2026-01-01 00:00:00.0005+00"),
            (59 * 86_400 * 1_000_000, "2026-03-01 00:00:00+00"),
            ((365 + 365 + 59) * 86_400 * 1_000_000, "2028-02-29 00:00:00+00"),
        ] {
            set_now(SimInstant::from_micros(micros));
            assert_eq!(timestamp_text(), shown);
        }
    }
}
