//! Building and serving the page with Trunk.
//!
//! In: `Trunk.toml`, `static/`, `src/`, `lessons/`. Out: `dist/`. Trunk compiles the page and its engine and
//! calls back into [`crate::post_build`], which makes the pages.

use std::ffi::OsString;
use std::process::Command;

use anyhow::{Result, bail};

use crate::command::{find, run, step, timed};
use crate::project::Project;
use crate::setup::{self, WASM_CC};

pub const DEFAULT_PORT: u16 = 8080;

/// The public URL of a site that works wherever it is put: every page names its own way up.
pub const RELATIVE_URL: &str = "./";

/// The cargo profile of `serve`: as small and fast as the release, but without the whole-program pass, so
/// that a change shows in seconds.
const SERVE_PROFILE: &str = "serve";

/// Builds `dist/` as it is published.
pub fn build(project: &Project, public_url: &str) -> Result<()> {
    check_public_url(public_url)?;
    setup::for_site(project)?;
    timed(format!("building the page into dist/ for {public_url} (first time 5–10 min)"), || {
        run(trunk(project)?.args(["build", "--release", "--public-url", public_url]))
    })
}

/// Serves the page on this machine until interrupted, and rebuilds it on every change.
pub fn serve(project: &Project, port: u16) -> Result<()> {
    setup::for_site(project)?;
    step(format!("http://127.0.0.1:{port}/ once it is built (first time 5–10 min)"));
    let mut trunk = trunk(project)?;
    trunk.args(["serve", "--cargo-profile", SERVE_PROFILE, "--public-url", "/"]);
    run(trunk.args(["--address", "127.0.0.1", "--port", &port.to_string()]))
}

/// Relative, or an absolute path of folders: anything else makes links that lead nowhere.
fn check_public_url(url: &str) -> Result<()> {
    if url != RELATIVE_URL && !(url.starts_with('/') && url.ends_with('/')) {
        bail!("public URL is {url}, expected {RELATIVE_URL} or a path like /unhappy-path/");
    }
    Ok(())
}

fn trunk(project: &Project) -> Result<Command> {
    let mut trunk = Command::new("trunk");
    trunk.current_dir(&project.root).env("TRUNK_SKIP_VERSION_CHECK", "true");
    trunk.env("PATH", project.path()?).envs(wasm_environment()?);
    // Trunk refuses an ordinary value of this variable.
    trunk.env_remove("NO_COLOR");
    Ok(trunk)
}

/// What compiling for the browser needs to know: the C compiler, unless it is the one that is taken anyway.
pub fn wasm_environment() -> Result<Option<(&'static str, OsString)>> {
    let clang = setup::wasm_clang()?;
    Ok((find("clang").as_ref() != Some(&clang)).then(|| (WASM_CC, clang.into_os_string())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_urls() {
        for url in ["./", "/", "/unhappy-path/"] {
            check_public_url(url).unwrap();
        }
        for url in ["", "/lab", "lab/", "../"] {
            assert!(check_public_url(url).is_err(), "{url:?}");
        }
    }
}
