//! What rustup adds to a plain Rust: the browser's target, the formatter, the linter.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::command::{output, probe, run, step};
use crate::project::Project;

const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// Adds the browser's target.
pub fn wasm_target(project: &Project) -> Result<()> {
    let sysroot = output(Command::new("rustc").args(["--print", "sysroot"]).current_dir(&project.root))?;
    if Path::new(sysroot.trim()).join("lib/rustlib").join(WASM_TARGET).exists() {
        return Ok(());
    }
    step(format!("adding Rust's target {WASM_TARGET}: the page and its engine run as WebAssembly (20 s)"));
    run(Command::new("rustup").args(["target", "add", WASM_TARGET]).current_dir(&project.root))
        .with_context(|| format!("without rustup, install {WASM_TARGET} as your Rust was installed"))
}

/// Adds the formatter and the linter.
pub fn components(project: &Project) -> Result<()> {
    for (program, component) in [("cargo-fmt", "rustfmt"), ("cargo-clippy", "clippy")] {
        if probe(program, &["--version"]).is_none() {
            step(format!("adding {component} (10 s)"));
            run(Command::new("rustup").args(["component", "add", component]).current_dir(&project.root))?;
        }
    }
    Ok(())
}
