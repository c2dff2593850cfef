//! The engine's speed on this machine: `cargo xtask bench` runs this and prints a table.
//!
//! In: `operations.rs`. Out: criterion's files, one folder per operation, times per call.

mod operations;

use criterion::{Criterion, criterion_group, criterion_main};
use operations::{Lab, Operation};
use std::time::Duration;

/// States prepared at once; some are dear to prepare.
const MOST_STATES: u64 = 64;

fn measure(criterion: &mut Criterion) {
    let lab = Lab::open();
    for operation in operations::all() {
        criterion.bench_function(operation.name, |bencher| {
            bencher.iter_custom(|calls| time(&lab, &operation, calls));
        });
    }
}

/// Times runs that make at least `calls` calls together, and returns what `calls` calls took.
fn time(lab: &Lab, operation: &Operation, calls: u64) -> Duration {
    let runs = calls.div_ceil(u64::from(operation.calls));
    let mut took = Duration::ZERO;
    let mut left = runs;
    while left > 0 {
        let count = left.min(MOST_STATES);
        let mut states: Vec<_> = (0..count).map(|_| operation.prepare(lab)).collect();
        #[expect(clippy::disallowed_types, clippy::disallowed_methods, reason = "measures real time")]
        let start = std::time::Instant::now();
        for state in &mut states {
            operation.run(lab, state);
        }
        took += start.elapsed();
        left -= count;
    }
    took.mul_f64(calls as f64 / (runs * u64::from(operation.calls)) as f64)
}

criterion_group! {
    name = operations;
    config = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_millis(1_500));
    targets = measure
}
criterion_main!(operations);
