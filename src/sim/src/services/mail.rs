//! The mail server: it takes letters over, and then they are on their way.
//!
//! Stands for message submission (RFC 6409) over SMTP (RFC 5321): the answer 250 means that the server has taken the
//! letter over, not that anybody read it. Nothing recognises a second copy of a letter, and no letter can be taken
//! back: that is what lessons use it for.
//!
//! Simpler than the product: one recipient, every address that looks like one exists, nothing bounces.

use super::limits::Room;
use super::{Served, ServiceCall, answered, arguments, latency, map, text};
use crate::random::Stream;
use unhappy_trace::{SimInstant, Value};

/// A letter that the server took over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Address of the recipient.
    pub to: String,
    /// Subject.
    pub subject: String,
    /// Text.
    pub body: String,
    /// When it was taken over.
    pub at: SimInstant,
}

/// The mail server's state.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mail {
    /// Every letter, in order.
    pub letters: Vec<Letter>,
    room: Room,
}

impl Mail {
    /// Returns a mail server that has taken over nothing.
    pub fn new() -> Mail {
        Mail::default()
    }

    pub(super) fn call(
        &mut self,
        what: &str,
        call: ServiceCall<'_>,
        draws: &mut Stream,
    ) -> Option<Result<Served, String>> {
        (what == "send").then(|| self.send(call, draws))
    }

    fn send(&mut self, call: ServiceCall<'_>, draws: &mut Stream) -> Result<Served, String> {
        let given = arguments::read(call, &["to", "subject", "body"])?;
        let (to, subject, body) = (given.name("to")?, given.text("subject")?, given.text("body")?);
        if !is_address(to) {
            return Err(given.wrong("to", "an address such as anna@example.com"));
        }
        self.room.take(call.name, to.len() + subject.len() + body.len())?;
        let [to, subject, body] = [to, subject, body].map(str::to_owned);
        self.letters.push(Letter { to, subject, body, at: call.now });
        answered(Value::Null, latency::mail(draws))
    }

    /// Returns the letters in one comparable form. When they were sent is left out.
    pub fn canonical(&self, _now: SimInstant) -> Value {
        let letters = self.letters.iter().map(|letter| {
            map([("to", text(&letter.to)), ("subject", text(&letter.subject)), ("body", text(&letter.body))])
        });
        Value::List(letters.collect())
    }
}

/// Something, an at sign, something, and no space.
fn is_address(address: &str) -> bool {
    let parts = address.split_once('@');
    parts.is_some_and(|(name, host)| !name.is_empty() && !host.is_empty())
        && !address.contains(char::is_whitespace)
}
