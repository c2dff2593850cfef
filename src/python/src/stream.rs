//! A task's random stream: SplitMix64 (Steele, Lea, Flood 2014, "Fast splittable pseudorandom number
//! generators"), because it is seeded by any number, has eight bytes of state and splits.

/// The state of one stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StreamState {
    state: u64,
}

impl StreamState {
    /// Returns the stream of `seed`.
    pub(crate) const fn new(seed: u64) -> StreamState {
        StreamState { state: seed }
    }

    /// Returns the seed of a child stream; independent of how much was drawn from this task's stream when
    /// `seed` is the parent's seed.
    pub(crate) fn child_seed(seed: u64, ordinal: u64) -> u64 {
        let mut mixed = StreamState::new(seed ^ mix(ordinal.wrapping_add(0x5EED)));
        mixed.next()
    }

    /// Draws 64 bits.
    pub(crate) fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.state)
    }

    /// Draws `count` bytes.
    pub(crate) fn bytes(&mut self, count: usize) -> Vec<u8> {
        let mut out = Vec::with_capacity(count + 8);
        while out.len() < count {
            out.extend_from_slice(&self.next().to_le_bytes());
        }
        out.truncate(count);
        out
    }
}

fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}
