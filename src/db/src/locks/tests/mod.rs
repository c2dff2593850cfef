//! Tests of the lock manager: modes, queues, deadlocks, releases, the digest.
//!
//! Most are scripts in a small language, one request a line, with what the lock manager says to it (`script.rs`).

mod advisory;
mod claims;
mod deadlocks;
mod digest;
mod modes;
mod releases;
mod rows;
mod script;
mod tables;
