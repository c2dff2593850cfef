//! The tests: native, lessons, browser.
//!
//! In: which parts. Out: success, or the first part that failed; the runners print their own counts.

use anyhow::{Result, bail};
use std::path::PathBuf;
use std::process::Command;

use crate::command::{run as run_command, step};
use crate::project::Project;
use crate::{setup, site};

/// A part of the tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Native,
    Lessons,
    Browser,
}

impl Part {
    const ALL: [Self; 3] = [Self::Native, Self::Lessons, Self::Browser];

    /// Returns the part of that name on the command line.
    pub fn from_name(name: &str) -> Result<Self> {
        match name {
            "native" => Ok(Self::Native),
            "lessons" => Ok(Self::Lessons),
            "browser" => Ok(Self::Browser),
            other => bail!("no part {other}, expected native, lessons or browser"),
        }
    }
}

/// Whether the browser tests build the page first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Build {
    #[default]
    Fresh,
    Keep,
}

/// What `cargo xtask test` was asked for.
#[derive(Debug, PartialEq, Eq, Default)]
pub struct Options {
    /// Empty for everything.
    pub only: Vec<Part>,
    pub build: Build,
}

/// Runs the parts in the order in which they fail fastest.
pub fn run(project: &Project, options: &Options) -> Result<()> {
    for part in Part::ALL {
        if !options.only.is_empty() && !options.only.contains(&part) {
            continue;
        }
        match part {
            Part::Native => native(project)?,
            Part::Lessons => lessons(project)?,
            Part::Browser => browser(project, options.build)?,
        }
    }
    Ok(())
}

fn native(project: &Project) -> Result<()> {
    step("native tests");
    run_command(project.cargo("test").arg("--workspace"))
}

fn lessons(project: &Project) -> Result<()> {
    step("every lesson breaks as declared, and every fix holds");
    run_command(project.unhappy()?.args(["lesson", "check"]))
}

fn browser(project: &Project, build: Build) -> Result<()> {
    setup::for_browser_tests(project)?;
    if build == Build::Fresh {
        site::build(project, site::RELATIVE_URL)?;
    }
    let isolation = play_isolation_specs(project)?;
    step("browser tests");
    let folder = project.browser_tests();
    let mut playwright = Command::new("node");
    playwright.arg("node_modules/@playwright/test/cli.js").arg("test").current_dir(&folder);
    playwright.env("CHROMIUM", setup::chromium()?).env("UNHAPPY_DIST", project.dist());
    playwright.env("UNHAPPY_ISOLATION", isolation);
    run_command(&mut playwright)
}

/// Lets the native tool play every isolation spec, for the page's engine to be compared with. Returns the folder.
fn play_isolation_specs(project: &Project) -> Result<PathBuf> {
    step("isolation specs in the native tool");
    let out = project.root.join("target/isolation");
    let mut specs: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(project.root.join("tests/oracle/specs"))? {
        specs.push(entry?.path());
    }
    specs.sort();
    run_command(project.unhappy()?.arg("isolation").args(specs).arg("--out").arg(&out))?;
    Ok(out)
}
