//! Calling other programs, and saying so.
//!
//! In: a command. Out: its success, or an error that names it. Programs write to the terminal themselves.

use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use anyhow::{Context, Result, bail};

/// Prints the headline of a step.
pub fn step(text: impl Display) {
    println!("\n── {text}");
}

/// Prints a headline, does the work and prints how long it took.
pub fn timed(text: impl Display, work: impl FnOnce() -> Result<()>) -> Result<()> {
    step(text);
    #[expect(
        clippy::disallowed_types,
        clippy::disallowed_methods,
        reason = "tells a person how long a build took"
    )]
    let start = std::time::Instant::now();
    work()?;
    println!("   done in {} s", start.elapsed().as_secs());
    Ok(())
}

/// Runs a program to its end, its output on the terminal.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot start {}", line(command)))?;
    if !status.success() {
        bail!("failed: {}", line(command));
    }
    Ok(())
}

/// Runs a program and returns what it prints; its errors stay on the terminal.
pub fn output(command: &mut Command) -> Result<String> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot start {}", line(command)))?;
    if !output.status.success() {
        bail!("failed: {}", line(command));
    }
    String::from_utf8(output.stdout).with_context(|| format!("not UTF-8: the output of {}", line(command)))
}

/// Returns what a program prints, or nothing if it is not there or does not like its arguments.
pub fn probe(program: impl AsRef<Path>, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program.as_ref()).args(arguments).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Finds a program in a `PATH`.
pub fn find_in(path: &std::ffi::OsStr, name: &str) -> Option<PathBuf> {
    let name = format!("{name}{}", env::consts::EXE_SUFFIX);
    env::split_paths(path).map(|folder| folder.join(&name)).find(|file| file.is_file())
}

/// Finds a program in this process's `PATH`.
pub fn find(name: &str) -> Option<PathBuf> {
    find_in(&env::var_os("PATH")?, name)
}

/// Writes a script and makes it executable.
pub fn write_program(file: &Path, text: &str) -> Result<()> {
    fs::write(file, text)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(file, fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}

/// The command as a person would type it.
fn line(command: &Command) -> String {
    let name = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let words = std::iter::once(name).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
