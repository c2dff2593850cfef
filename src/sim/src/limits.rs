//! Limits of a run. Each ends the run with a sentence that the learner sees; none depends on the wall clock.

/// Statements and expressions that the code of one request may start. Ticks, see `python`.
///
/// The largest lesson run needs about 60,000. This many take half a second in a browser.
pub const FUEL_PER_REQUEST: u64 = 5_000_000;

/// Memory that one step may add. Bytes. A page of a browser has about 1 GB for everything.
pub const MEMORY_PER_STEP_BYTES: u64 = 128 * 1024 * 1024;

/// Statements that one request may send. The largest size of a lesson needs 10,001.
pub const STATEMENTS_PER_REQUEST: u64 = 50_000;

/// Awaited calls of one request, statements included.
pub const CALLS_PER_REQUEST: u64 = 200_000;

/// Tasks that one request may create.
pub const TASKS_PER_REQUEST: u32 = 20_000;

/// Requests that one run may send.
pub const REQUESTS_PER_RUN: u32 = 5_000;

/// Characters of bound values, rows or a body that a trace keeps of each.
pub const PREVIEW_CHARACTERS: usize = 200;

/// Characters of one printed line that a trace keeps.
pub const PRINTED_CHARACTERS: usize = 2_000;

/// Printed lines that a trace keeps of one request. The rest is counted.
pub const PRINTED_LINES_PER_REQUEST: u64 = 200;

/// Longest sleep that code may ask for. Seconds; a day.
pub const SLEEP_SECONDS: u64 = 86_400;
