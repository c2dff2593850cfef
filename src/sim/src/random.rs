//! Seeded streams. Each purpose and request has its own, so one draw more in one shifts nothing in another.
//!
//! The generator is PCG XSL 64/32 (O'Neill 2014, "PCG: A Family of Simple Fast Space-Efficient Statistically
//! Good Algorithms"), whose output is the same on every target.

use rand_core::{Rng as _, SeedableRng as _};
use rand_pcg::Pcg32;

/// What a stream is for. Append-only: the number is part of the seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// When requests are sent.
    Arrivals = 1,
    /// Round trips of one request.
    RoundTrips = 2,
    /// What the learner's code draws.
    Code = 3,
    /// Made-up rows.
    Data = 4,
    /// `random()` of the database.
    Database = 5,
    /// Which faults a seeded plan draws.
    Faults = 6,
    /// Made-up data of clients.
    Users = 7,
    /// What the clients' code draws.
    ClientCode = 8,
    /// What services draw: latencies, declined cards.
    Services = 9,
    /// How long clients think.
    Thinking = 10,
    /// Choices of a run whose order is random.
    Choices = 11,
}

/// A seeded stream of numbers.
#[derive(Debug, Clone)]
pub struct Stream {
    generator: Pcg32,
}

impl Stream {
    /// Returns the stream for a purpose and an ordinal (a request's or a table's number) under a seed.
    pub fn new(seed: u64, purpose: Purpose, ordinal: u64) -> Stream {
        Stream { generator: Pcg32::seed_from_u64(mixed(seed, purpose, ordinal)) }
    }

    /// Draws a number below `bound`, evenly up to a bias of `bound` / 2⁶⁴. Returns 0 for a bound of 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        let wide = u128::from(self.generator.next_u64()) * u128::from(bound);
        u64::try_from(wide >> 64).expect("the upper half of a product fits 64 bits")
    }

    /// Draws from an inverse table of 17 evenly spaced quantiles, linear in between.
    pub fn quantile(&mut self, table: &[u64; 17]) -> u64 {
        let point = self.below(16_000);
        let index = usize::try_from(point / 1000).expect("an index below 16");
        let (low, high) = (table[index], table[index + 1]);
        low + (high - low) * (point % 1000) / 1000
    }
}

/// Returns a seed that differs for every purpose and ordinal (SplitMix64's finaliser, Steele et al. 2014).
pub fn mixed(seed: u64, purpose: Purpose, ordinal: u64) -> u64 {
    let mut z = seed
        .wrapping_add((purpose as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15))
        .wrapping_add(ordinal.wrapping_mul(0xD1B5_4A32_D192_ED03));
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    // Fixed values: a change here changes every recorded run.
    #[test]
    fn streams_are_fixed_and_apart() {
        let draw = |purpose, ordinal| Stream::new(42, purpose, ordinal).below(1_000_000);
        assert_eq!(draw(Purpose::Arrivals, 0), draw(Purpose::Arrivals, 0));
        assert_ne!(draw(Purpose::Arrivals, 0), draw(Purpose::Arrivals, 1));
        assert_ne!(draw(Purpose::Arrivals, 0), draw(Purpose::Code, 0));
    }

    #[test]
    fn quantiles_stay_inside_the_table() {
        let table: [u64; 17] = std::array::from_fn(|index| 10 + index as u64);
        let mut stream = Stream::new(1, Purpose::RoundTrips, 0);
        let drawn: Vec<u64> = (0..2000).map(|_| stream.quantile(&table)).collect();
        assert_eq!((drawn.iter().min(), drawn.iter().max()), (Some(&10), Some(&25)));
    }
}
