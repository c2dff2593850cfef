//! Entropy: what the interpreter's own parts get when they ask the platform for random bytes.
//!
//! The build sets `getrandom_backend="custom"` on every target, so `getrandom` calls the function below. It
//! answers with a constant: nothing that a learner can see draws from it (see `stream.rs`).
#![expect(unsafe_code, reason = "getrandom asks for a function by its exported name")]

/// The byte that fills every request.
const FILL: u8 = 7;

/// Fills `destination` with a constant.
///
/// # Safety
/// `destination` must be valid for writing `length` bytes, which `getrandom` promises.
#[unsafe(no_mangle)]
unsafe extern "Rust" fn __getrandom_v03_custom(
    destination: *mut u8,
    length: usize,
) -> Result<(), getrandom::Error> {
    // SAFETY: the caller's promise.
    unsafe { destination.write_bytes(FILL, length) };
    Ok(())
}
