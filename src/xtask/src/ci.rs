//! Everything that must hold before a change lands, quick checks first.
//!
//! In: a clone, clean or not. Out: success, or the first check that failed.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::command::{run as run_command, step};
use crate::project::Project;
use crate::{setup, site, sizes, test};

/// The two crates that are compiled for the browser only.
const WASM_PACKAGES: [&str; 4] = ["--package", "unhappy-web", "--package", "unhappy-worker"];

const DENY_WARNINGS: [&str; 3] = ["--", "--deny", "warnings"];

/// Runs all checks.
pub fn run(project: &Project) -> Result<()> {
    setup::for_ci(project)?;
    setup::for_wasm(project)?;
    lint(project)?;
    test::run(project, &test::Options::default())?;
    step("sizes");
    sizes::check(project)?;
    licences(project)?;
    step("all checks passed");
    Ok(())
}

fn lint(project: &Project) -> Result<()> {
    step("format");
    run_command(project.plain_cargo().args(["fmt", "--all", "--check"]))?;
    let bindgen = ["fmt", "--check", "--manifest-path", "src/xtask/bindgen/Cargo.toml"];
    run_command(project.plain_cargo().args(bindgen))?;
    step("lints, native");
    run_command(project.cargo("clippy").args(["--workspace", "--all-targets"]).args(DENY_WARNINGS))?;
    step("lints, WebAssembly");
    let mut clippy = project.cargo("clippy");
    clippy.args(WASM_PACKAGES).args(["--target", "wasm32-unknown-unknown"]).args(DENY_WARNINGS);
    run_command(clippy.envs(site::wasm_environment()?))
}

/// Licences, bans and sources always; advisories where their database can be reached.
fn licences(project: &Project) -> Result<()> {
    step("licences, bans and sources");
    run_command(cargo_deny(project)?.args([
        "check",
        "--hide-inclusion-graph",
        "licenses",
        "bans",
        "sources",
    ]))?;
    step("advisories");
    if cargo_deny(project)?.arg("fetch").arg("db").status()?.success() {
        return run_command(cargo_deny(project)?.args(["check", "advisories"]));
    }
    println!("NOT checked: the database of advisories cannot be reached from here");
    Ok(())
}

fn cargo_deny(project: &Project) -> Result<Command> {
    let installed = crate::command::find_in(&project.path()?, "cargo-deny");
    let mut deny = Command::new(installed.as_deref().unwrap_or(Path::new("cargo-deny")));
    deny.current_dir(&project.root);
    Ok(deny)
}
