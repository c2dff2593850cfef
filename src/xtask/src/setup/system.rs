//! What the operating system's packages bring: a C compiler for WebAssembly, and a way to install packages.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::command::{find, probe, run, step};

/// The names under which a clang may be installed, best first.
const CLANGS: [&str; 10] = [
    "clang", "clang-22", "clang-21", "clang-20", "clang-19", "clang-18", "clang-17", "clang-16", "clang-15",
    "clang-14",
];

/// The variable by which the `cc` crate is told the compiler for the browser's target.
pub const WASM_CC: &str = "CC_wasm32_unknown_unknown";

/// Returns the C compiler that builds SQLite for the browser, and installs one if need be.
pub fn wasm_clang() -> Result<PathBuf> {
    if let Some(clang) = installed_clang() {
        return Ok(clang);
    }
    step("installing clang: it compiles SQLite for the browser (100 MB, 20 s)");
    install(&["clang"]).context(
        "a clang that compiles for WebAssembly is needed: install your system's package `clang` (on a Mac \
         `brew install llvm`; Apple's own cannot), or name one in CC_wasm32_unknown_unknown",
    )?;
    installed_clang().context("the clang that was just installed does not compile for WebAssembly")
}

fn installed_clang() -> Option<PathBuf> {
    let named = env::var_os(WASM_CC).map(PathBuf::from);
    let clangs = named.into_iter().chain(CLANGS.iter().filter_map(|name| find(name)));
    clangs
        .into_iter()
        .find(|clang| probe(clang, &["--print-targets"]).is_some_and(|targets| targets.contains("wasm32")))
}

/// Installs packages where that is possible without asking: Debian's kind of system, as root.
pub fn install(packages: &[&str]) -> Result<()> {
    let is_root = cfg!(target_os = "linux") && probe("id", &["-u"]).as_deref() == Some("0");
    if find("apt-get").is_none() || !is_root {
        bail!("{} cannot be installed from here", packages.join(", "));
    }
    run(apt().args(["update", "--quiet=2"]))?;
    run(apt().args(["install", "--yes", "--no-install-recommends", "--quiet=2"]).args(packages))
}

/// `apt-get` without questions, waiting for another one to end.
fn apt() -> Command {
    let mut apt = Command::new("apt-get");
    apt.env("DEBIAN_FRONTEND", "noninteractive").args(["-o", "DPkg::Lock::Timeout=300"]);
    apt
}
