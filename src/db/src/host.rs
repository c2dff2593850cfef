#![expect(unsafe_code, reason = "sqlite-wasm-rs links these C symbols")]
//! What SQLite's build for wasm asks of its host: nothing that could differ between two runs.
//!
//! These serve `sqlite-wasm-rs`'s own in-memory file system, which is registered first and never used, and
//! its C library. Ours answers the rest (`vfs.rs`). Rule: `sqlite_wasm_rs::host`.

use sqlite_wasm_rs::host;

#[unsafe(no_mangle)]
extern "C" fn rust_sqlite_wasm_host_sleep(_seconds: u64, _nanoseconds: u32) {}

/// # Safety
/// `buffer` has room for `size` bytes.
#[unsafe(no_mangle)]
unsafe extern "C" fn rust_sqlite_wasm_host_random(buffer: *mut u8, size: usize) -> usize {
    // SAFETY: promised by the caller.
    unsafe { buffer.write_bytes(0x5a, size) };
    size
}

/// # Safety
/// `out` can be written to.
#[unsafe(no_mangle)]
unsafe extern "C" fn rust_sqlite_wasm_host_epoch_timestamp_in_ms(out: *mut i64) -> i32 {
    // SAFETY: promised by the caller.
    unsafe { *out = crate::ambient::EPOCH_UNIX_SECONDS * 1000 };
    host::OK
}

#[unsafe(no_mangle)]
extern "C" fn rust_sqlite_wasm_host_fill_entropy(_buffer: *mut u8, _size: usize) -> i32 {
    host::Error::Unsupported as i32
}

#[unsafe(no_mangle)]
extern "C" fn rust_sqlite_wasm_host_localtime(_unix_seconds: i64, _out: *mut host::LocalTime) -> i32 {
    host::Error::Unsupported as i32
}
