//! How time is counted: every constant of virtual time, in one place, with its source.
//!
//! A statement costs one round trip to the database plus what the database does. Code between two calls
//! costs nothing. The page shows these figures under "how time is counted".

use crate::random::Stream;
use unhappy_trace::SimDuration;

/// Round trips between two machines of one data centre, in microseconds, at 16 evenly spaced quantiles.
///
/// Shape: about half a millisecond with a tail of twice that, as measured inside one region of the large
/// clouds. An inverse table, so that drawing from it needs no float.
const DATABASE_ROUND_TRIP_MICROS: [u64; 17] =
    [380, 400, 415, 428, 440, 450, 460, 470, 480, 492, 505, 520, 540, 570, 620, 740, 1_100];

/// Round trips between a client and the server, in microseconds, at 16 evenly spaced quantiles: a client in
/// the same country on a wired line.
const CLIENT_ROUND_TRIP_MICROS: [u64; 17] = [
    2_400, 2_600, 2_750, 2_900, 3_000, 3_100, 3_200, 3_300, 3_400, 3_550, 3_700, 3_900, 4_200, 4_600, 5_300,
    6_800, 9_500,
];

/// Waiting time until the next arrival in thousandths of its mean, at 16 evenly spaced quantiles: the inverse
/// of the exponential distribution, −ln(1 − u), cut at its 99.8th percentile.
const GAP_THOUSANDTHS: [u64; 17] =
    [0, 65, 134, 208, 288, 375, 470, 575, 693, 827, 981, 1_163, 1_386, 1_674, 2_079, 2_773, 6_200];

/// How long a process takes to start again after it crashed: a supervisor notices, the code is loaded. Microseconds.
pub const RESTART: SimDuration = SimDuration::from_micros(1_000_000);

/// How much later a late message comes: a lost packet is sent again after 1, 2, 4 … seconds (RFC 6298). Microseconds.
pub const LATE: SimDuration = SimDuration::from_micros(3_000_000);

/// After how long a sender without a time-out notices that a message was lost: the order of keep-alive probes of
/// HTTP clients. Microseconds.
pub const LOST_IS_NOTICED: SimDuration = SimDuration::from_micros(30_000_000);

/// One instruction of SQLite's virtual machine. Nanoseconds; a core of a server runs about 50 million a second.
const NANOS_PER_VM_STEP: u64 = 20;

/// One row that a plan's loop goes through. Nanoseconds; PostgreSQL reads about ten million rows of a cached
/// table a second.
const NANOS_PER_ROW_VISITED: u64 = 100;

/// Draws a round trip between server and database.
pub fn database_round_trip(stream: &mut Stream) -> SimDuration {
    SimDuration::from_micros(stream.quantile(&DATABASE_ROUND_TRIP_MICROS))
}

/// Draws a round trip between a client and the server.
pub fn client_round_trip(stream: &mut Stream) -> SimDuration {
    SimDuration::from_micros(stream.quantile(&CLIENT_ROUND_TRIP_MICROS))
}

/// Draws the time until the next request arrives.
pub fn arrival_gap(stream: &mut Stream, mean_micros: u64) -> SimDuration {
    SimDuration::from_micros(stream.quantile(&GAP_THOUSANDTHS).saturating_mul(mean_micros) / 1000)
}

/// Returns what the database's own work on a statement takes.
pub fn database_work(vm_steps: u64, rows_visited: u64) -> SimDuration {
    SimDuration::from_micros(
        (vm_steps * NANOS_PER_VM_STEP + rows_visited * NANOS_PER_ROW_VISITED).div_ceil(1000),
    )
}

/// Returns half of a span: one way of a round trip.
pub fn half(span: SimDuration) -> SimDuration {
    SimDuration::from_micros(span.micros() / 2)
}
