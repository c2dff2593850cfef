//! Stand-in for `unicode_names2` 3.x without its tables: only the ideographs that are named by their number,
//! because the build script of `rustpython-unicode` asks for these.

use core::fmt;

/// The name of an ideograph or of a Hangul syllable.
pub struct Name {
    character: char,
}

impl fmt::Display for Name {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "CJK UNIFIED IDEOGRAPH-{:04X}", self.character as u32)
    }
}

/// Returns a name for characters in the three large algorithmically named blocks.
pub fn name(character: char) -> Option<Name> {
    let named = matches!(character as u32, 0x3400..=0x9FFF | 0xAC00..=0xD7A3 | 0x2_0000..=0x3_FFFF);
    named.then_some(Name { character })
}

/// Returns no character, whatever the name.
pub fn character(_name: &str) -> Option<char> {
    None
}
