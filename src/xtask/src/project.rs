//! Where things are, and the Rust they are built with.
//!
//! In: the environment that cargo gives a program it runs. Out: folders, and the version of `rustc`.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::command;

/// The oldest minor version of Rust 1 that builds the project.
const OLDEST_RUST: u32 = 95;

/// The minor version that some dependencies declare as their oldest. They build with [`OLDEST_RUST`] as well,
/// when cargo is told not to look at the declaration.
const DECLARED_RUST: u32 = 96;

/// The folders of this clone.
pub struct Project {
    pub root: PathBuf,
    rust: u32,
}

impl Project {
    /// Finds the clone that `cargo xtask` was called in, and checks its Rust.
    pub fn find() -> Result<Self> {
        let manifest = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let root = Path::new(&manifest).ancestors().nth(2).context("src/xtask has no workspace above it")?;
        let version = command::output(Command::new("rustc").arg("--version"))?;
        let rust =
            minor_version(&version).with_context(|| format!("cannot read the version in {version:?}"))?;
        if rust < OLDEST_RUST {
            bail!("Rust 1.{rust} is too old, 1.{OLDEST_RUST} or newer is needed: run `rustup update`");
        }
        Ok(Self { root: root.to_owned(), rust })
    }

    /// What the page is built into.
    pub fn dist(&self) -> PathBuf {
        self.root.join("dist")
    }

    /// The CodeMirror bundle and its npm packages.
    pub fn editor(&self) -> PathBuf {
        self.root.join("static/editor")
    }

    /// The browser tests and their npm packages.
    pub fn browser_tests(&self) -> PathBuf {
        self.root.join("tests/browser")
    }

    /// Programs that the setup compiles for this clone.
    pub fn tools(&self) -> PathBuf {
        self.root.join("target/tools")
    }

    /// The option for cargo's building commands that lets an older Rust try.
    pub fn cargo_options(&self) -> &'static [&'static str] {
        if self.rust < DECLARED_RUST { &["--ignore-rust-version"] } else { &[] }
    }

    /// Returns `cargo COMMAND` for a command that builds, in the workspace's root.
    pub fn cargo(&self, command: &str) -> Command {
        let mut cargo = self.plain_cargo();
        cargo.arg(command).args(self.cargo_options());
        cargo
    }

    /// Returns `cargo` for commands that build nothing of ours, in the workspace's root.
    pub fn plain_cargo(&self) -> Command {
        let mut cargo = Command::new(cargo_program());
        cargo.current_dir(&self.root);
        cargo
    }

    /// Builds the project's native tool `unhappy` and returns it, ready for its arguments.
    ///
    /// Built as a part of the whole workspace, because cargo chooses the features of dependencies by what is
    /// built together: alone, the interpreter would be compiled a second time.
    pub fn unhappy(&self) -> Result<Command> {
        command::run(self.cargo("build").args(["--workspace", "--bin", "unhappy"]))?;
        let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| self.root.join("target"), PathBuf::from);
        let mut unhappy = Command::new(self.root.join(target).join("debug").join("unhappy"));
        unhappy.current_dir(&self.root);
        Ok(unhappy)
    }

    /// Returns the `PATH` with the clone's own tools first.
    pub fn path(&self) -> Result<OsString> {
        let path = env::var_os("PATH").unwrap_or_default();
        let own = [self.tools().join("wrapper"), self.tools().join("bin")];
        Ok(env::join_paths(own.into_iter().chain(env::split_paths(&path)))?)
    }

    /// Puts a `cargo` into the tools' folder that adds [`Self::cargo_options`], for programs that call cargo
    /// themselves. Nothing is there when the options are empty.
    pub fn write_cargo_wrapper(&self) -> Result<()> {
        let folder = self.tools().join("wrapper");
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        if self.cargo_options().is_empty() {
            return Ok(());
        }
        if cfg!(windows) {
            bail!("on Windows Rust 1.{DECLARED_RUST} or newer is needed: run `rustup update`");
        }
        std::fs::create_dir_all(&folder)?;
        let script = CARGO_WRAPPER
            .replace("@CARGO@", &Path::new(&cargo_program()).display().to_string())
            .replace("@OPTIONS@", &self.cargo_options().join(" "));
        command::write_program(&folder.join("cargo"), &script)
    }
}

/// `@CARGO@` and `@OPTIONS@` are filled in.
const CARGO_WRAPPER: &str = r#"#!/bin/sh
case "$1" in
build | check | clippy | run | rustc | test)
    command=$1
    shift
    exec "@CARGO@" "$command" @OPTIONS@ "$@"
    ;;
*) exec "@CARGO@" "$@" ;;
esac
"#;

/// The cargo that runs this program, so that one toolchain does everything.
fn cargo_program() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// Reads `95` out of `rustc 1.95.0 (…)`.
fn minor_version(text: &str) -> Option<u32> {
    text.split_whitespace().nth(1)?.split('.').nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_rustc() {
        assert_eq!(minor_version("rustc 1.95.0 (59807616e 2026-04-14)"), Some(95));
        assert_eq!(minor_version("rustc 1.100.0-nightly (0 2026-01-01)"), Some(100));
        assert_eq!(minor_version("error: no toolchain"), None);
    }
}
