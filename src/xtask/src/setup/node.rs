//! Node.js packages: the code editor of the page, the browser tests.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::assets::content_hash;
use crate::command::{find, probe, run, step};
use crate::setup::system;

/// The oldest major version of Node.js that the packages run on.
const OLDEST_NODE: u32 = 20;

/// Installs the packages of one folder exactly as its lock file says.
pub fn packages(folder: &Path, why: &str) -> Result<()> {
    node()?;
    let lock = fs::read(folder.join("package-lock.json"))
        .with_context(|| format!("cannot read the lock file of {}", folder.display()))?;
    let stamp = folder.join("node_modules/.lock-hash");
    let hash = content_hash(&lock);
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == hash) {
        return Ok(());
    }
    step(format!("installing npm packages for {why} (5 s)"));
    run(npm().args(["ci", "--no-audit", "--no-fund"]).current_dir(folder))?;
    fs::write(stamp, hash)?;
    Ok(())
}

fn npm() -> Command {
    Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" })
}

fn node() -> Result<()> {
    if find("node").is_none() || (find("npm").is_none() && !cfg!(windows)) {
        step("installing Node.js: it bundles the code editor and drives the browser tests (1 min)");
        system::install(&["nodejs", "npm"])
            .with_context(|| format!("Node.js {OLDEST_NODE} or newer with npm is needed: install it"))?;
    }
    let version = probe("node", &["--version"]).context("node does not tell its version")?;
    let major = version.trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    match major {
        Some(major) if major >= OLDEST_NODE => Ok(()),
        _ => bail!("Node.js is {version}, {OLDEST_NODE} or newer is needed"),
    }
}
