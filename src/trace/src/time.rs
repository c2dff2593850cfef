//! Simulated time. Integer microseconds, moved by the kernel alone; never the wall clock.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A point in simulated time, counted from the start of the run.
///
/// Unit: microseconds. Moves only when the kernel steps, so equal seeds and schedules give equal
/// instants. Never converted from or to the wall clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct SimInstant {
    micros: u64,
}

impl SimInstant {
    /// The start of every run.
    pub const START: SimInstant = SimInstant { micros: 0 };

    /// Returns the instant `micros` microseconds after the start.
    pub const fn from_micros(micros: u64) -> SimInstant {
        SimInstant { micros }
    }

    /// Returns the microseconds since the start.
    pub const fn micros(self) -> u64 {
        self.micros
    }

    /// Returns the instant `span` later; the largest instant when that would overflow.
    pub const fn after(self, span: SimDuration) -> SimInstant {
        SimInstant { micros: self.micros.saturating_add(span.micros) }
    }

    /// Returns the time since `earlier`, zero when that lies in the future.
    pub const fn since(self, earlier: SimInstant) -> SimDuration {
        SimDuration { micros: self.micros.saturating_sub(earlier.micros) }
    }
}

/// A span of simulated time. Unit: microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct SimDuration {
    micros: u64,
}

impl SimDuration {
    /// No time at all.
    pub const ZERO: SimDuration = SimDuration { micros: 0 };

    /// Returns a span of `micros` microseconds.
    pub const fn from_micros(micros: u64) -> SimDuration {
        SimDuration { micros }
    }

    /// Returns the span in microseconds.
    pub const fn micros(self) -> u64 {
        self.micros
    }

    /// Returns both spans together; the largest span when that would overflow.
    pub const fn plus(self, other: SimDuration) -> SimDuration {
        SimDuration { micros: self.micros.saturating_add(other.micros) }
    }
}

/// Shows milliseconds with one decimal below 100 ms: `0.5 ms`, `48.3 ms`, `412 ms`, `2,310 ms`.
impl fmt::Display for SimDuration {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = (self.micros + 50) / 100;
        if tenths < 1000 {
            return write!(out, "{}.{} ms", tenths / 10, tenths % 10);
        }
        write!(out, "{} ms", crate::text::thousands((self.micros + 500) / 1000))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_as_milliseconds() {
        for (micros, shown) in [
            (0, "0.0 ms"),
            (449, "0.4 ms"),
            (48_260, "48.3 ms"),
            (411_600, "412 ms"),
            (2_310_000, "2,310 ms"),
        ] {
            assert_eq!(SimDuration::from_micros(micros).to_string(), shown);
        }
    }
}
