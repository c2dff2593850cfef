//! Memory: a global allocator that counts, so that a step can have a soft limit.
//!
//! A program installs [`CountingAllocator`] with `#[global_allocator]`; without it every limit is unlimited.
//! Above the limit nothing is refused: the step's fuel is taken away and the next tick ends the step. One
//! thread runs one interpreter, so the counters are per program and relaxed.
#![expect(unsafe_code, reason = "GlobalAlloc is an unsafe trait; every call goes on to the system allocator")]

use crate::tick;
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

static IN_USE: AtomicUsize = AtomicUsize::new(0);
static LIMIT: AtomicUsize = AtomicUsize::new(usize::MAX);

/// The system allocator with a count of the bytes in use.
#[derive(Debug, Clone, Copy, Default)]
pub struct CountingAllocator;

/// Returns the bytes in use by the whole program, 0 without [`CountingAllocator`].
pub fn bytes_in_use() -> usize {
    IN_USE.load(Relaxed)
}

/// Takes the step's fuel away once `more` bytes on top of what is in use are passed.
pub(crate) fn limit_to(more: u64) {
    let more = usize::try_from(more).unwrap_or(usize::MAX);
    LIMIT.store(bytes_in_use().saturating_add(more), Relaxed);
}

/// Returns the limit in force, to be given back to [`restore`].
pub(crate) fn suspend() -> Suspended {
    Suspended { limit: LIMIT.swap(usize::MAX, Relaxed), in_use: bytes_in_use() }
}

/// Puts a limit in force again, moved by what was taken meanwhile.
pub(crate) fn restore(suspended: Suspended) {
    let taken = bytes_in_use().saturating_sub(suspended.in_use);
    LIMIT.store(suspended.limit.saturating_add(taken), Relaxed);
}

/// A limit that is out of force while the interpreter's own modules are loaded.
pub(crate) struct Suspended {
    limit: usize,
    in_use: usize,
}

fn grow(bytes: usize) {
    let now = IN_USE.fetch_add(bytes, Relaxed).wrapping_add(bytes);
    if now > LIMIT.load(Relaxed) {
        LIMIT.store(usize::MAX, Relaxed);
        tick::memory_passed();
    }
}

fn shrink(bytes: usize) {
    IN_USE.fetch_sub(bytes, Relaxed);
}

// SAFETY: every method passes its arguments on to `System` and returns what it returns; counting touches two
// atomics and a thread-local cell without destructor, none of which allocates.
unsafe impl GlobalAlloc for CountingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        grow(layout.size());
        // SAFETY: the caller's promise is the one that `System` asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        grow(layout.size());
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        shrink(layout.size());
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if size > layout.size() {
            grow(size - layout.size());
        } else {
            shrink(layout.size() - size);
        }
        // SAFETY: as above.
        unsafe { System.realloc(pointer, layout, size) }
    }
}
