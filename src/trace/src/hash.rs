//! The trace hash, and where two traces part.
//!
//! Canonical encoding, version 1: the bytes `unhappy-trace/1\n`, then the trace in postcard's wire format
//! (<https://postcard.jamesmunns.com/wire-format>), whose order is the order in which fields and kinds are
//! declared in `event.rs`. The hash is the first 128 bits of SHA-256 over those bytes.

use crate::{Digest, Trace};
use sha2::{Digest as _, Sha256};

const HEADER: &[u8] = b"unhappy-trace/1\n";

/// Returns the hash of a trace. Equal inputs give equal hashes, natively and in wasm.
pub fn trace_hash(trace: &Trace) -> Digest {
    let mut hasher = Sha256::new_with_prefix(HEADER);
    hasher.update(postcard::to_allocvec(trace).expect("a trace has no value that postcard cannot write"));
    Digest::from_hasher(hasher)
}

/// Names the first event in which two traces differ, in a sentence; none when they are equal.
pub fn first_difference(left: &Trace, right: &Trace) -> Option<String> {
    if left == right {
        return None;
    }
    let shared = left.events.len().min(right.events.len());
    for index in 0..shared {
        let (one, two) = (resolved(left, index), resolved(right, index));
        if one != two {
            return Some(format!("event {index} differs:\n  {one}\n  {two}"));
        }
    }
    if left.events.len() != right.events.len() {
        return Some(format!("one trace has {} events, the other {}", left.events.len(), right.events.len()));
    }
    Some("the events are equal, their tables of texts or shapes are not".to_owned())
}

/// An event with the texts it refers to written out, so that two traces can be compared.
fn resolved(trace: &Trace, index: usize) -> String {
    let event = &trace.events[index];
    let mut out = format!("{:?}", event);
    // Ids are written as `TextId(3)`: replace each by its text.
    for (open, lookup) in [("TextId(", true), ("ShapeId(", false)] {
        let mut rest = out.as_str();
        let mut replaced = String::with_capacity(out.len());
        while let Some(start) = rest.find(open) {
            let digits = &rest[start + open.len()..];
            let end = digits.find(')').expect("a derived Debug closes its parentheses");
            let id: usize = digits[..end].parse().expect("an id is a number");
            replaced.push_str(&rest[..start]);
            let text = if lookup { &trace.texts[id] } else { &trace.shapes[id].text };
            replaced.push_str(&format!("{text:?}"));
            rest = &digits[end + 1..];
        }
        replaced.push_str(rest);
        out = replaced;
    }
    out
}
