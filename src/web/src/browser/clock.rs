//! The wall clock, for watching the worker. Never part of a run.

use super::window;

/// Returns milliseconds since the page was opened.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "milliseconds since the page was opened are positive and few"
)]
pub fn now_ms() -> u64 {
    window().performance().map_or(0.0, |performance| performance.now()) as u64
}
