//! Limits of a run and of a spec. Each ends it with a sentence that the learner sees; none depends on the wall
//! clock.

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

/// Longest isolation spec. Bytes; the longest of PostgreSQL's own has 7,000. Beyond it the spec is refused.
pub const SPEC_BYTES: usize = 100_000;

/// Sessions of an isolation spec. PostgreSQL's own use up to 9. Beyond it the spec is refused.
pub const SESSIONS_PER_SPEC: usize = 16;

/// Steps of an isolation spec, and of one permutation. Beyond it the spec is refused.
pub const STEPS_PER_SPEC: usize = 200;

/// Statements of one step, setup or teardown. Beyond it the spec is refused.
pub const STATEMENTS_PER_STEP: usize = 100;

/// Permutations of an isolation spec. More given ones are refused; of all interleavings the first are played.
pub const PERMUTATIONS_PER_SPEC: usize = 500;

/// Calls to the database in one permutation, its setups included. An engine whose sessions never come to rest
/// is ended by it; 200 steps of 100 statements stay below.
pub const CALLS_PER_PERMUTATION: u32 = 50_000;

/// Result rows that one permutation may give. Beyond it the spec is ended.
pub const RESULT_ROWS_PER_PERMUTATION: usize = 100_000;

/// Rows of one table at the end of a permutation. Beyond it the spec is ended.
pub const ROWS_PER_TABLE: usize = 10_000;

/// JSON that the permutations of one spec may give together. Bytes; PostgreSQL's largest here gave 126,000. Beyond
/// it the spec is ended.
pub const RESULT_BYTES_PER_SPEC: usize = 16_000_000;

/// Moves of one run whose order is chosen. Two requests of a hundred steps each need a few hundred.
pub const MOVES_PER_RUN: usize = 20_000;

/// Requests that one operation may send; a client that floods is stopped there.
pub const ATTEMPTS_PER_OPERATION: u32 = 100;

/// Requests of one run, attempts and nested ones included.
pub const ALL_REQUESTS_PER_RUN: usize = 20_000;

/// How often a recurring job may run after everybody else has finished, before the run counts as at rest.
pub const JOBS_AT_REST: u32 = 20;

/// Deliveries of queues in one run.
pub const DELIVERIES_PER_RUN: u32 = 10_000;

/// Rows that the locks of one statement name in a trace.
pub const LOCKED_ROWS: usize = 20;
