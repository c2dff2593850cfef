//! A Chromium for the browser tests.

use std::env;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::command::{find, step};
use crate::setup::system;

/// The names under which a Chromium may be installed.
const CHROMIUMS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Returns the Chromium that the tests drive, and installs one if need be.
pub fn chromium() -> Result<PathBuf> {
    if let Some(named) = env::var_os("CHROMIUM").map(PathBuf::from) {
        if !named.is_file() {
            bail!("CHROMIUM names {}, which is no file", named.display());
        }
        return Ok(named);
    }
    if let Some(installed) = installed() {
        return Ok(installed);
    }
    step("installing Chromium for the browser tests (120 MB, 20 s)");
    system::install(&["chromium"]).context(
        "a Chromium or Chrome is needed for the browser tests: install one, or name its program in CHROMIUM",
    )?;
    installed().context("the Chromium that was just installed is not on the PATH")
}

fn installed() -> Option<PathBuf> {
    let mac = PathBuf::from("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome");
    CHROMIUMS.iter().find_map(|name| find(name)).or_else(|| mac.is_file().then_some(mac))
}
