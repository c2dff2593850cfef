//! How long services take: inverse tables in microseconds, each with its reasoning.
//!
//! As in `cost.rs`: 17 evenly spaced quantiles, so that a draw needs no float. The page shows these figures under
//! "how time is counted".

use crate::random::Stream;
use unhappy_trace::SimDuration;

/// A payment provider's work on a charge or refund.
///
/// It asks a card network, which asks a bank: a tenth of a second as a rule, and one call in sixteen waits for a slow
/// bank, up to seconds. Median 120 ms, 95th percentile 0.9 s, 99th 2.6 s. That is why clients need a time-out that
/// is longer than they would like, and why a time-out does not mean that nothing was charged.
const PAYMENT_MICROS: [u64; 17] = [
    62_000, 74_000, 83_000, 90_000, 96_000, 102_000, 108_000, 114_000, 120_000, 127_000, 136_000, 147_000,
    162_000, 185_000, 240_000, 420_000, 3_000_000,
];

/// A payment provider's work on a search, or on a call whose answer it has stored: a lookup in its own database.
const PAYMENT_LOOKUP_MICROS: [u64; 17] = [
    8_000, 9_000, 10_000, 11_000, 12_000, 13_000, 14_000, 14_500, 15_000, 16_000, 17_000, 18_500, 20_000,
    23_000, 28_000, 40_000, 90_000,
];

/// A queue's work: the message is on several disks before the answer.
const QUEUE_MICROS: [u64; 17] = [
    3_000, 3_500, 4_000, 4_300, 4_600, 5_000, 5_300, 5_600, 6_000, 6_400, 7_000, 7_600, 8_500, 10_000,
    13_000, 20_000, 60_000,
];

/// A cache's work: a few microseconds in memory, one thread for everybody.
const CACHE_MICROS: [u64; 17] = [4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 17, 20, 25, 40, 90, 300];

/// A mail server's work until it has taken a letter over: it looks up the sender, scans, and writes to its spool.
const MAIL_MICROS: [u64; 17] = [
    30_000, 38_000, 45_000, 52_000, 58_000, 64_000, 70_000, 76_000, 82_000, 90_000, 100_000, 112_000,
    130_000, 160_000, 220_000, 400_000, 1_500_000,
];

/// Round trips inside one data centre: to the queue and the cache. The shape of those to the database.
const NEAR_MICROS: [u64; 17] =
    [380, 400, 415, 428, 440, 450, 460, 470, 480, 492, 505, 520, 540, 570, 620, 740, 1_100];

/// Round trips to another company's servers over the internet: to the payment provider and the mail server.
const FAR_MICROS: [u64; 17] = [
    14_000, 15_000, 15_600, 16_100, 16_600, 17_000, 17_400, 17_700, 18_000, 18_500, 19_200, 20_000, 21_500,
    24_000, 28_000, 36_000, 80_000,
];

/// Draws the round trip to the service of a call: `payments.charge`, `queue.publish`.
pub fn round_trip(call: &str, stream: &mut Stream) -> SimDuration {
    let is_far = call.starts_with("payments.") || call.starts_with("mail.");
    drawn(stream, if is_far { &FAR_MICROS } else { &NEAR_MICROS })
}

/// Draws how long the payment provider works on a charge or refund.
pub fn payment(stream: &mut Stream) -> SimDuration {
    drawn(stream, &PAYMENT_MICROS)
}

/// Draws how long the payment provider takes to look something up.
pub fn payment_lookup(stream: &mut Stream) -> SimDuration {
    drawn(stream, &PAYMENT_LOOKUP_MICROS)
}

/// Draws how long the queue works.
pub fn queue(stream: &mut Stream) -> SimDuration {
    drawn(stream, &QUEUE_MICROS)
}

/// Draws how long the cache works.
pub fn cache(stream: &mut Stream) -> SimDuration {
    drawn(stream, &CACHE_MICROS)
}

/// Draws how long the mail server works.
pub fn mail(stream: &mut Stream) -> SimDuration {
    drawn(stream, &MAIL_MICROS)
}

fn drawn(stream: &mut Stream, table: &[u64; 17]) -> SimDuration {
    SimDuration::from_micros(stream.quantile(table))
}
