//! The engine as the page sees it: one worker at a time, asked one thing at a time.
//!
//! [`line`] decides (natively tested, no browser in it), [`bridge`] does what it says.

mod bridge;
mod line;

pub use bridge::Engine;
pub use line::Told;
