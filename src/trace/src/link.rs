//! Links: a run as the part of an address after `#`, with the code that it ran.
//!
//! `#v1.` and the base64url form (RFC 4648, section 5, without padding) of a raw deflate stream (RFC 1951) of a run
//! string and the files that differ from the lesson's, in postcard's wire format. Bytes behind them are left alone, and
//! so are keys of the run string that are not known: a newer page may add to either, and this one still reads it. What
//! cannot be added that way is another version beside this one; version 1 is read for ever.
//!
//! A link is anybody's input: it is bounded before it is unfolded, and refused with a sentence.

use crate::{Inputs, RunString, RunStringError};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::decompress_to_vec_with_limit;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What every link of this version begins with.
const PREFIX: &str = "#v1.";
/// The most characters that a link may have. Browsers take far more; a lesson's files need far less.
const LINK_CHARACTERS: usize = 200_000;
/// The most bytes that a link may unfold to.
const LINK_BYTES: usize = 200_000;
/// How hard deflate tries: a link is made once and read often.
const DEFLATE_LEVEL: u8 = 9;

/// A run with the code that it ran.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Its name.
    pub run: RunString,
    /// Files that differ from the lesson's, by name.
    pub files: BTreeMap<String, String>,
}

/// What version 1 holds. Fields are only ever added at the end.
#[derive(Serialize, Deserialize)]
struct Content {
    run: String,
    files: BTreeMap<String, String>,
}

/// Why a link was refused. Each is a whole sentence for the page.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// It is no link of ours, or parts of it are missing.
    #[error(
        "This link is damaged: a part of it is missing or was changed. Ask for it again, or copy it whole."
    )]
    Damaged,
    /// A newer page made it.
    #[error("This link was made by a newer version of this page. Reload the page, and open the link again.")]
    Newer,
    /// It is longer than any link that this page makes.
    #[error("This link is too large: it holds more code than this page reads.")]
    Large,
}

impl Link {
    /// Writes the link, with `#` in front; none when it would be refused for its size.
    pub fn write(&self) -> Option<String> {
        let content = Content { run: self.run.to_string(), files: self.files.clone() };
        let bytes = postcard::to_allocvec(&content).expect("texts can always be written");
        if bytes.len() > LINK_BYTES {
            return None;
        }
        let packed = compress_to_vec(&bytes, DEFLATE_LEVEL);
        let link = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(packed));
        (link.len() <= LINK_CHARACTERS).then_some(link)
    }

    /// Reads a link, with `#` in front.
    ///
    /// # Errors
    /// When it is damaged, newer or too large.
    pub fn read(link: &str) -> Result<Link, LinkError> {
        let link = link.trim();
        if link.len() > LINK_CHARACTERS {
            return Err(LinkError::Large);
        }
        let Some(payload) = link.strip_prefix(PREFIX) else { return Err(other_version(link)) };
        let packed = URL_SAFE_NO_PAD.decode(payload).map_err(|_| LinkError::Damaged)?;
        let bytes = decompress_to_vec_with_limit(&packed, LINK_BYTES).map_err(|error| {
            let is_large = error.status == miniz_oxide::inflate::TINFLStatus::HasMoreOutput;
            if is_large { LinkError::Large } else { LinkError::Damaged }
        })?;
        let content: Content = postcard::from_bytes(&bytes).map_err(|_| LinkError::Damaged)?;
        let run = content.run.parse().map_err(|error| match error {
            RunStringError::Version { .. } => LinkError::Newer,
            RunStringError::Missing { .. } | RunStringError::Unreadable { .. } => LinkError::Damaged,
        })?;
        Ok(Link { run, files: content.files })
    }

    /// Returns what fixes the run.
    pub fn inputs(&self) -> Inputs {
        let run = self.run.clone();
        Inputs {
            files: self.files.clone(),
            settings: run.settings,
            variant: run.variant,
            data_seed: run.data_seed,
            seed: run.seed,
            requests: run.requests,
            faults: run.faults,
            choices: run.choices,
        }
    }
}

/// `#v2.` and above are newer; everything else is nothing of ours.
fn other_version(link: &str) -> LinkError {
    let number = link.strip_prefix("#v").and_then(|rest| rest.split_once('.'));
    match number.and_then(|(number, _)| number.parse::<u32>().ok()) {
        Some(2..) => LinkError::Newer,
        Some(0 | 1) | None => LinkError::Damaged,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Digest;

    fn sample() -> Link {
        let run = RunString {
            engine: "0.1.0".into(),
            lesson: "b3b1".into(),
            files: BTreeMap::from([("server.py".into(), Digest::of(b"code"))]),
            settings: BTreeMap::from([("orders".into(), 100)]),
            variant: None,
            data_seed: 1,
            seed: 42,
            requests: 2,
            faults: vec![],
            choices: "by:A B A B".parse().expect("the choices read"),
            trace: Some(Digest::of(b"trace")),
        };
        let code = "async def order(request):\n    return \"ünïcode & <b>\"\n".repeat(20);
        Link { run, files: BTreeMap::from([("server.py".into(), code)]) }
    }

    fn pack(bytes: &[u8]) -> String {
        format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(compress_to_vec(bytes, 1)))
    }

    #[test]
    fn a_link_reads_back_and_fits_an_address() {
        let link = sample().write().expect("it is small");
        assert!(link.len() < 700, "{} characters", link.len());
        assert!(link[1..].chars().all(|letter| letter.is_ascii_alphanumeric() || "._-".contains(letter)));
        assert_eq!(Link::read(&link), Ok(sample()));
        assert_eq!(sample().inputs().choices.to_string(), "by:A B A B");
    }

    /// What a page of today wrote must be read by every later one.
    #[test]
    fn the_first_link_of_version_1_is_read_for_ever() {
        let golden = "#v1.PYy7DoJAFAVjY6JfQeM2JGQfPItb4J_s46AkZMG9YLTy18XGYqqZzCdtkZRAvI0RJAtVSDGBeY7kjFMi2NXunoFApRYJjw28MmkxjBOIkZ5IxfK-mF5KpbQ2piyrqq6bpm27zlrnvA8BGAbh7_PoweR-dZ9f853D6b84vjLK1PkL";
        let link = Link::read(golden).expect("version 1 is read for ever");
        assert_eq!(link.files["server.py"], "x = 1\n");
        assert_eq!(link.run.lesson, "b3b1");
    }

    #[test]
    fn what_a_newer_page_adds_is_left_alone() {
        let content = Content { run: format!("{}&view=schedule", sample().run), files: sample().files };
        let mut bytes = postcard::to_allocvec(&content).expect("it can be written");
        bytes.extend_from_slice(b"a field of a later page");
        assert_eq!(Link::read(&pack(&bytes)), Ok(sample()));
    }

    #[test]
    fn a_link_that_cannot_be_read_says_why() {
        let whole = sample().write().expect("it is small");
        let bomb = pack(&vec![b'a'; 3_000_000]);
        let version =
            Content { run: sample().run.to_string().replace("run=1", "run=2"), files: BTreeMap::new() };
        let version = pack(&postcard::to_allocvec(&version).expect("it can be written"));
        assert!(bomb.len() < 40_000, "{} characters stand for three megabytes", bomb.len());
        for (link, expected) in [
            ("", LinkError::Damaged),
            ("#step-fix", LinkError::Damaged),
            ("#v1.", LinkError::Damaged),
            ("#v1.a%b", LinkError::Damaged),
            ("#v1.AAAA", LinkError::Damaged),
            (&whole[..whole.len() - 7], LinkError::Damaged),
            ("#v2.abc", LinkError::Newer),
            ("#v1000.abc", LinkError::Newer),
            (&version, LinkError::Newer),
            (&bomb, LinkError::Large),
            (&"#v1.".repeat(60_000), LinkError::Large),
        ] {
            assert_eq!(Link::read(link), Err(expected), "{}", &link[..link.len().min(40)]);
        }
    }

    #[test]
    fn code_that_is_too_large_gets_no_link() {
        let mut link = sample();
        link.files.insert("server.py".into(), "#".repeat(LINK_BYTES));
        assert_eq!(link.write(), None);
    }

    /// Every byte of a link changed, and bytes drawn by a small generator: none may panic or unfold without end.
    #[test]
    fn damaged_links_never_panic() {
        let whole = sample().write().expect("it is small");
        let letters = b"AZaz09-_.%# ";
        for index in 0..whole.len() {
            for letter in letters {
                let mut bytes = whole.clone().into_bytes();
                bytes[index] = *letter;
                let text = String::from_utf8(bytes).expect("letters are ASCII");
                drop(Link::read(&text));
                drop(Link::read(&whole[..index]));
            }
        }
        let mut state = 1_u64;
        for length in 0..2_000_usize {
            let bytes: Vec<u8> = (0..length % 97)
                .map(|_| {
                    state =
                        state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    (state >> 56) as u8
                })
                .collect();
            drop(Link::read(&format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(&bytes))));
            drop(Link::read(&pack(&bytes)));
        }
    }
}
