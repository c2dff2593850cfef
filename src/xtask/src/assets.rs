//! Files with their content's hash in the name, so that browsers may keep them for ever.
//!
//! In: files of a built site under their plain names. Out: the same files renamed, and the table from plain
//! to hashed names that each page carries in `#assets`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

/// Characters of a hash in a file's name: 64 bits.
const HASH_CHARS: usize = 16;

/// Plain name → name in the built site, both relative to its root.
pub type Assets = BTreeMap<String, String>;

/// Returns the start of the content's SHA-256, in hex.
pub fn content_hash(content: &[u8]) -> String {
    let digest = Sha256::digest(content);
    digest.iter().flat_map(|byte| [byte >> 4, byte & 15]).take(HASH_CHARS).map(hex_digit).collect()
}

fn hex_digit(value: u8) -> char {
    char::from_digit(u32::from(value), 16).expect("four bits are a hex digit")
}

/// Renames `site/file` by its content and notes the new name under `key`.
pub fn publish(site: &Path, file: &str, key: &str, assets: &mut Assets) -> Result<()> {
    let content = fs::read(site.join(file)).with_context(|| format!("the build made no {file}"))?;
    let hashed = hashed_name(file, key, &content_hash(&content));
    fs::rename(site.join(file), site.join(&hashed))?;
    assets.insert(key.to_owned(), hashed);
    Ok(())
}

/// The folder of `file`, the stem and ending of `key`, the hash between.
fn hashed_name(file: &str, key: &str, hash: &str) -> String {
    let folder = file.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
    let name = key.rsplit('/').next().unwrap_or(key);
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    format!("{folder}{stem}-{hash}.{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert_eq!(content_hash(b""), "e3b0c44298fc1c14");
        assert_eq!(hashed_name("unhappy-web_bg.wasm", "web.wasm", "12"), "web-12.wasm");
        assert_eq!(hashed_name("lessons/a.lesson", "lessons/a.lesson", "12"), "lessons/a-12.lesson");
    }
}
