//! Runs learners' code in a child process under a memory cap and a time guard.
//!
//! Fuel ends nearly every runaway, deterministically. What it cannot see is work inside one call of C-like
//! code: `sum(range(10**12))`, a huge power. Then the child ends, and the tool says so. The guard is no part
//! of any result: a run that stays inside it never notices it.

use crate::EXIT_UNREADABLE;
use std::process::{Command, ExitCode};
use std::time::Duration;
use wait_timeout::ChildExt as _;

/// Set for the child, so that it does not start another one.
const CHILD: &str = "UNHAPPY_CHILD";

/// Address space of the child. Bytes.
const MEMORY_BYTES: u64 = 4 * 1024 * 1024 * 1024;

/// Another time for the guard, in seconds.
const GUARD_SECONDS: &str = "UNHAPPY_GUARD_SECONDS";

/// How long a command may take, unless [`GUARD_SECONDS`] says otherwise. Seconds.
const TIME_SECONDS: u64 = 300;

/// The same for checking lessons: every version of their code is explored, up to half a minute each.
pub const CHECKING_SECONDS: u64 = 3_600;

/// The same for exploring, whose bound is the number of states.
pub const EXPLORING_SECONDS: u64 = 24 * 3_600;

/// Runs `work` in a child process that is this program again with the same arguments.
pub fn guarded(work: impl FnOnce() -> anyhow::Result<ExitCode>) -> anyhow::Result<ExitCode> {
    guarded_for(TIME_SECONDS, work)
}

/// The same with another time, in seconds.
pub fn guarded_for(
    seconds: u64,
    work: impl FnOnce() -> anyhow::Result<ExitCode>,
) -> anyhow::Result<ExitCode> {
    if std::env::var_os(CHILD).is_some() {
        cap_memory();
        return work();
    }
    let mut child =
        Command::new(std::env::current_exe()?).args(std::env::args_os().skip(1)).env(CHILD, "1").spawn()?;
    let time = time(seconds);
    let Some(status) = child.wait_timeout(time)? else {
        child.kill()?;
        child.wait()?;
        eprintln!(
            "unhappy: the code did not come to its end within {} seconds and was stopped. Is there one call \
             that works for ever, such as sum() over an endless range?",
            time.as_secs()
        );
        return Ok(ExitCode::from(EXIT_UNREADABLE));
    };
    match status.code() {
        Some(code) => Ok(ExitCode::from(u8::try_from(code).unwrap_or(EXIT_UNREADABLE))),
        None => {
            eprintln!(
                "unhappy: the code ended its process: it took more than {} GB of memory, or nested too deeply.",
                MEMORY_BYTES >> 30
            );
            Ok(ExitCode::from(EXIT_UNREADABLE))
        }
    }
}

fn time(seconds: u64) -> Duration {
    let other = std::env::var(GUARD_SECONDS).ok().and_then(|text| text.parse().ok());
    Duration::from_secs(other.unwrap_or(seconds))
}

fn cap_memory() {
    // A system that has no such limit runs without one; fuel and the soft limit still hold.
    if rlimit::Resource::AS.set(MEMORY_BYTES, MEMORY_BYTES).is_err() {
        eprintln!("unhappy: this system sets no memory limit; going on without one");
    }
}
