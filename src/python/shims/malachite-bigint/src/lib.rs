//! Stand-in for `malachite-bigint`, which copies the interface of `num-bigint`: so this is `num-bigint`.

pub use num_bigint::*;
