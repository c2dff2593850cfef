//! `unhappy`: the native tool. The same engine as the page, the same bytes out.
//!
//! Owns: reading folders, arguments, printing, and the child process in which learners' code runs. Decides
//! nothing: runs come from `sim`, verdicts from `judge`, problems of a lesson's folder from `lesson`.
//!
//! Exit codes: 0 accepted or clean, 1 refused or problems, 2 usage or unreadable input. `run` and `isolation`
//! exit 0 when they ran to their end, whatever they showed.

mod arguments;
mod bench;
mod check;
mod course;
mod explore;
mod guard;
mod isolation;
mod judge;
mod output;
mod pack;
mod perfetto;
mod run;

use arguments::{Arguments, Command, LessonCommand};
use clap::Parser as _;
use std::process::ExitCode;

// Learners' memory is counted where it is taken, so that a limit is the same natively and in the page.
#[global_allocator]
static ALLOCATOR: unhappy_sim::CountingAllocator = unhappy_sim::CountingAllocator;

/// Refused, or problems found.
const EXIT_REFUSED: u8 = 1;
/// Arguments or input that cannot be read.
const EXIT_UNREADABLE: u8 = 2;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match dispatch(arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("unhappy: {error:#}");
            ExitCode::from(EXIT_UNREADABLE)
        }
    }
}

fn dispatch(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let lessons = arguments.lessons;
    match arguments.command {
        Command::Lesson { command: LessonCommand::Check(check) } => check::run(&lessons, &check),
        Command::Run(options) => guard::guarded(|| run::run(&lessons, &options)),
        Command::Judge(options) => guard::guarded(|| judge::run(&lessons, &options)),
        Command::Explore(options) => {
            guard::guarded_for(guard::EXPLORING_SECONDS, || explore::run(&lessons, &options))
        }
        Command::Isolation(options) => guard::guarded(|| isolation::run(&options)),
        Command::Pack { out } => pack::pack(&lessons, &out),
        Command::Bench(options) => bench::run(&lessons, &options),
        Command::Prerender => pack::prerender(&lessons),
    }
}
