//! Setup: everything that the other commands need and a Rust installation does not bring.
//!
//! Each step looks first and does nothing when its thing is there, so every command calls the steps it needs.
//! Out: programs under `target/tools`, npm packages, and a sentence for what cannot be installed here.

mod browser;
mod node;
mod rust;
mod system;
mod tools;

use anyhow::Result;

use crate::command::step;
use crate::project::Project;

pub use browser::chromium;
pub use system::{WASM_CC, wasm_clang};

/// What `cargo xtask setup` does: all that serving, building and testing need.
pub fn everything(project: &Project) -> Result<()> {
    for_site(project)?;
    for_browser_tests(project)?;
    step("everything is there: `cargo xtask serve` shows the page, `cargo xtask test` tests it");
    Ok(())
}

/// What building the page needs.
pub fn for_site(project: &Project) -> Result<()> {
    for_wasm(project)?;
    tools::wasm_bindgen(project)?;
    tools::trunk(project)?;
    node::packages(&project.editor(), "the code editor of the page")
}

/// What compiling for the browser needs.
pub fn for_wasm(project: &Project) -> Result<()> {
    project.write_cargo_wrapper()?;
    rust::wasm_target(project)?;
    wasm_clang().map(drop)
}

/// What the browser tests need besides the page.
pub fn for_browser_tests(project: &Project) -> Result<()> {
    node::packages(&project.browser_tests(), "the browser tests")?;
    chromium().map(drop)
}

/// What `ci` needs besides all the others.
pub fn for_ci(project: &Project) -> Result<()> {
    rust::components(project)?;
    tools::cargo_deny(project)
}
