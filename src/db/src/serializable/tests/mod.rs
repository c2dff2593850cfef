//! Tests of serializable snapshot isolation, on a toy database under snapshot isolation (`toy.rs`).

mod digest;
mod histories;
mod readers;
mod recorded;
mod specs;
mod toy;
