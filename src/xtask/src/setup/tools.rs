//! Programs that are compiled here because no registry we may use offers them built: Trunk, `wasm-bindgen`,
//! `cargo-deny`. An installed one of the right version is taken as it is.
//!
//! They are built with little optimisation, because they are built on every clean clone and spend their time
//! waiting for cargo, and without the workspace's rustflags, because they use the system's entropy.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::command::{find_in, probe, run, timed};
use crate::project::Project;

/// The last Trunk that builds with the oldest Rust we take.
const TRUNK: &str = "0.21.14";

const CARGO_DENY: &str = "0.20.2";

/// Provides the `wasm-bindgen` of exactly the version in `Cargo.lock`: Trunk would download another one.
pub fn wasm_bindgen(project: &Project) -> Result<()> {
    let locked = locked_version(&fs::read_to_string(project.root.join("Cargo.lock"))?, "wasm-bindgen")
        .context("Cargo.lock has no wasm-bindgen")?;
    if version(project, "wasm-bindgen").is_some_and(|found| found == locked) {
        return Ok(());
    }
    let manifest = project.root.join("src/xtask/bindgen/Cargo.toml");
    let build = project.tools().join("build");
    timed(
        format!("compiling wasm-bindgen {locked}: it joins WebAssembly and JavaScript (1–2 min)"),
        || {
            let mut cargo = tool_cargo(project);
            cargo.args(["build", "--release", "--locked", "--manifest-path"]).arg(manifest);
            run(cargo.arg("--target-dir").arg(&build))?;
            let name = format!("wasm-bindgen{}", std::env::consts::EXE_SUFFIX);
            fs::create_dir_all(project.tools().join("bin"))?;
            fs::copy(build.join("release").join(&name), project.tools().join("bin").join(&name))?;
            Ok(fs::remove_dir_all(&build)?)
        },
    )?;
    match version(project, "wasm-bindgen") {
        Some(found) if found == locked => Ok(()),
        found => bail!(
            "wasm-bindgen is {}, expected {locked}: set it in Cargo.toml and in src/xtask/bindgen/Cargo.toml",
            found.as_deref().unwrap_or("not there")
        ),
    }
}

/// Provides Trunk, which builds and serves the page.
pub fn trunk(project: &Project) -> Result<()> {
    if version(project, "trunk").is_some_and(|found| found == TRUNK || found.starts_with("0.22.")) {
        return Ok(());
    }
    timed(format!("compiling Trunk {TRUNK}: it builds and serves the page (3–5 min)"), || {
        install(project, "trunk", TRUNK, &["rustls"])
    })
}

/// Provides cargo-deny, which checks licences, sources and advisories.
pub fn cargo_deny(project: &Project) -> Result<()> {
    if version(project, "cargo-deny").is_some() {
        return Ok(());
    }
    timed(format!("compiling cargo-deny {CARGO_DENY}: it checks licences and sources (2 min)"), || {
        install(project, "cargo-deny", CARGO_DENY, &[])
    })
}

fn install(project: &Project, name: &str, version: &str, features: &[&str]) -> Result<()> {
    let build = project.tools().join("build");
    let mut cargo = tool_cargo(project);
    cargo.args(["install", name, "--version", version, "--locked", "--debug", "--no-default-features"]);
    if !features.is_empty() {
        cargo.arg("--features").arg(features.join(","));
    }
    // The list that cargo would keep outlives a removed program.
    cargo.args(["--no-track", "--force"]).arg("--root").arg(project.tools());
    run(cargo.env("CARGO_PROFILE_DEV_DEBUG", "0").env("CARGO_TARGET_DIR", &build))?;
    Ok(fs::remove_dir_all(build)?)
}

/// Cargo for a program that is not part of the workspace: an empty list of rustflags overrides the
/// workspace's.
fn tool_cargo(project: &Project) -> Command {
    let mut cargo = project.plain_cargo();
    cargo.env("CARGO_ENCODED_RUSTFLAGS", "");
    cargo
}

/// The version of an installed program: the last word that it prints.
fn version(project: &Project, name: &str) -> Option<String> {
    let program = find_in(&project.path().ok()?, name)?;
    probe(program, &["--version"])?.split_whitespace().nth(1).map(str::to_owned)
}

/// The version of a package in the text of a `Cargo.lock`.
fn locked_version(lock: &str, package: &str) -> Option<String> {
    let (_, after) = lock.split_once(&format!("name = \"{package}\"\nversion = \""))?;
    after.split('"').next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_in_a_lock_file() {
        let lock = "[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"1\"\n\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
        assert_eq!(locked_version(lock, "wasm-bindgen").as_deref(), Some("0.2.130"));
        assert_eq!(locked_version(lock, "wasm"), None);
    }
}
