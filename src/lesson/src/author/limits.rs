//! Limits of a lesson's folder. Each is refused with file and line when passed.

use std::ops::RangeInclusive;

/// Largest `lesson.toml` and `text.md`, in bytes: what one person reads in one sitting.
pub const PROSE_BYTES: usize = 64 * 1024;

/// Largest file of code or SQL, in bytes. A lesson's code is read on one screen.
pub const CODE_BYTES: usize = 32 * 1024;

/// Largest `expected.json`, in bytes. It is part of the packed lesson.
pub const RECORD_BYTES: usize = 256 * 1024;

/// Most files in a folder.
pub const FOLDER_FILES: usize = 64;

/// Levels: 1 = first contact, 3 = capstone.
pub const LEVELS: RangeInclusive<i64> = 1..=3;

/// Minutes that a lesson may take.
pub const MINUTES: RangeInclusive<i64> = 1..=120;

/// Longest title and name, in characters: they stand in one line of a phone.
pub const TITLE_CHARACTERS: usize = 80;

/// Longest summary, in characters: link previews cut longer ones.
pub const SUMMARY_CHARACTERS: usize = 200;

/// Fewest hints: one vague, one nearer, one plain.
pub const HINTS_AT_LEAST: usize = 3;

/// Fewest answers to the question before the traffic.
pub const PREDICT_OPTIONS_AT_LEAST: usize = 2;

/// Most rows that a table gets, and the largest value of a setting that counts rows. Filling more would
/// keep the page waiting.
pub const TABLE_ROWS: RangeInclusive<i64> = 0..=100_000;

/// Values of a setting.
pub const SETTING_VALUES: RangeInclusive<i64> = -1_000_000_000..=1_000_000_000;

/// Requests of a run; the simulator sends no more either.
pub const REQUESTS: RangeInclusive<i64> = 1..=5_000;

/// Mean time between two requests, in microseconds: at most a minute.
pub const MEAN_GAP_MICROS: RangeInclusive<i64> = 0..=60_000_000;

/// Data seeds that the judge tries.
pub const DATA_SEEDS: RangeInclusive<i64> = 1..=1_000;

/// Seconds between two timestamps: at most ten years.
pub const STEP_SECONDS: RangeInclusive<i64> = 0..=315_360_000;

/// Operations at a time that schedules are judged with. More would make more schedules than anyone waits for.
pub const BOUND_OPERATIONS: RangeInclusive<i64> = 1..=4;

/// Server processes that schedules are judged with.
pub const BOUND_PROCESSES: RangeInclusive<i64> = 2..=4;

/// Timers that may fire in one judged run.
pub const BOUND_TIMERS: RangeInclusive<i64> = 0..=20;

/// Faults that one schedule of an exploration may have.
pub const BOUND_FAULTS_IN_ALL: RangeInclusive<i64> = 1..=7;
