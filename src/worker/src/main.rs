//! The Web Worker that serves the page.
//!
//! Owns: requests in, replies out, work in slices so that progress shows and a cancel is heard. Not here: any
//! rule of the world (`sim`), any verdict (`judge`), anything about how it looks.

#[cfg(any(target_arch = "wasm32", test))]
mod by_hand;
#[cfg(any(target_arch = "wasm32", test))]
mod job;
#[cfg(any(target_arch = "wasm32", test))]
mod server;
#[cfg(target_arch = "wasm32")]
mod shell;
#[cfg(any(target_arch = "wasm32", test))]
mod smallest;
#[cfg(test)]
mod testing;

// Learners' memory is counted where it is taken, so that a limit is the same natively and in the page.
#[global_allocator]
static ALLOCATOR: unhappy_sim::CountingAllocator = unhappy_sim::CountingAllocator;

fn main() {
    #[cfg(target_arch = "wasm32")]
    shell::start();
    #[cfg(not(target_arch = "wasm32"))]
    eprintln!("this program runs inside a browser's worker; use `unhappy` on the command line");
}
