//! Stand-in for `unicode_names2` 1.x without its tables: `\N{…}` in a string finds no character.

use core::fmt;

/// The name of a character. No value of it is ever made.
pub struct Name {
    absent: core::convert::Infallible,
}

impl fmt::Display for Name {
    fn fmt(&self, _out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.absent {}
    }
}

/// Returns no name, whatever the character.
pub fn name(_character: char) -> Option<Name> {
    None
}

/// Returns no character, whatever the name.
pub fn character(_name: &str) -> Option<char> {
    None
}
