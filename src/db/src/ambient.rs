//! What SQL functions and SQLite's file system see of the world: virtual time and seeded randomness.
//!
//! SQLite calls functions and clocks without an argument of ours, so these two values stand beside the
//! connections, one set per thread. The engine writes them before a statement and reads them after it.

use std::cell::Cell;
use unhappy_trace::SimInstant;

/// Seconds from 1970 to the start of every run: 2026-01-01 00:00:00 UTC.
pub const EPOCH_UNIX_SECONDS: i64 = 1_767_225_600;

/// Milliseconds from SQLite's day zero (noon, 24 November 4714 BC, Gregorian) to 1970.
const JULIAN_1970_MILLIS: i64 = 210_866_760_000_000;

thread_local! {
    static NOW_MICROS: Cell<u64> = const { Cell::new(0) };
    static RANDOM: Cell<u64> = const { Cell::new(0) };
    static CALLER: Cell<Caller> = const { Cell::new(Caller::Engine) };
}

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

pub(crate) fn set_random(state: u64) {
    RANDOM.set(state);
}

pub(crate) fn random_state() -> u64 {
    RANDOM.get()
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

/// Returns `now()` as text, always with six digits, so that text order is time order:
/// `2026-01-01 00:00:00.000500+00`.
pub(crate) fn timestamp_text() -> String {
    let micros = NOW_MICROS.get();
    let seconds = EPOCH_UNIX_SECONDS + (micros / 1_000_000) as i64;
    let (year, month, day) = civil(seconds.div_euclid(86_400));
    let of_day = seconds.rem_euclid(86_400);
    format!(
        "{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02}.{:06}+00",
        of_day / 3600,
        of_day / 60 % 60,
        of_day % 60,
        micros % 1_000_000
    )
}

/// Returns year, month and day of a day counted from 1970 (Hinnant, "chrono-compatible low-level date
/// algorithms", `civil_from_days`).
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn virtual_time_as_text() {
        for (micros, shown) in [
            (0, "2026-01-01 00:00:00.000000+00"),
            (500, "2026-01-01 00:00:00.000500+00"),
            (59 * 86_400 * 1_000_000, "2026-03-01 00:00:00.000000+00"),
            ((365 + 365 + 59) * 86_400 * 1_000_000, "2028-02-29 00:00:00.000000+00"),
        ] {
            set_now(SimInstant::from_micros(micros));
            assert_eq!(timestamp_text(), shown);
        }
    }
}
