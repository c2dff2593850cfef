//! The wall between page and engine: what the page may ask and what the engine answers.
//!
//! Owns: the messages, their ids and the protocol version. Bytes are postcard's wire format. Holds no
//! engine and no browser type, so that both sides and every test can link it.
//!
//! Rules: every request is answered by exactly one reply that is no progress ([`Reply::is_progress`]); replies
//! carry the request's id; a request that is cancelled is answered by [`Reply::Cancelled`].

mod message;

pub use message::{
    Checked, Envelope, Inspection, Judged, Linked, Offered, Ran, Reply, Request, Swept, TableContent, What,
    decode, encode,
};

/// Version of the messages. The page refuses an engine of another version with a sentence.
pub const PROTOCOL_VERSION: u32 = 4;
