//! Tests of the Python engine through its public interface, on a tiny framework and a tiny scheduler.

mod asyncio;
mod check;
mod determinism;
mod errors;
mod forgotten;
mod globals;
mod harness;
mod library;
mod limits;
mod places;
mod processes;
mod values;
