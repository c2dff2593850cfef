//! The command line.

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Runs, judges and checks the lessons of Unhappy Path: the same engine as the page.
#[derive(Debug, Parser)]
#[command(name = "unhappy", version)]
pub struct Arguments {
    /// Folder that holds course.toml and the lessons
    #[arg(long, global = true, default_value = "lessons")]
    pub lessons: PathBuf,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Work on lessons
    Lesson {
        #[command(subcommand)]
        command: LessonCommand,
    },
    /// Run a lesson under its traffic and show what happened
    Run(RunOptions),
    /// Judge code by execution, over sizes, data and hidden variants
    Judge(JudgeOptions),
    /// Look at every schedule of a lesson's code within a bound
    Explore(ExploreOptions),
    /// Play SQL scripts of several sessions, in isolationtester's grammar, and show what each step gave
    Isolation(IsolationOptions),
    /// Write the lessons as the page reads them
    Pack {
        /// Folder to write to
        #[arg(long)]
        out: PathBuf,
    },
    /// Measure how long traffic takes, part by part, and how long exploring takes, as JSON
    #[command(hide = true)]
    Bench(BenchOptions),
    /// Print the pages that need no script, as JSON
    Prerender,
}

#[derive(Debug, Subcommand)]
pub enum LessonCommand {
    /// Check lessons: files, texts, and by running them; lists every problem with file and line
    Check(CheckOptions),
}

#[derive(Debug, Args)]
pub struct CheckOptions {
    /// Slugs of the lessons to check; all when there is none
    pub slugs: Vec<String>,
    /// Print problems as JSON
    #[arg(long)]
    pub json: bool,
    /// Write the numbers of these runs to expected.json, after showing what changes
    #[arg(long)]
    pub bless: bool,
}

/// Which code: nothing is the lesson's own.
#[derive(Debug, Args)]
pub struct Code {
    /// An accepted fix of the lesson, by its key
    #[arg(long, conflicts_with = "wrong")]
    pub fix: Option<String>,
    /// A wrong fix of the lesson, by its key
    #[arg(long)]
    pub wrong: Option<String>,
    /// The lesson in another style of code, by its key, such as orm
    #[arg(long)]
    pub flavour: Option<String>,
    /// A file of your own in place of the lesson's, as NAME=PATH
    #[arg(long = "file", value_name = "NAME=PATH")]
    pub files: Vec<String>,
}

#[derive(Debug, Args)]
pub struct RunOptions {
    /// The lesson
    pub slug: String,
    #[command(flatten)]
    pub code: Code,
    /// Seed of traffic and latencies; the lesson's when there is none
    #[arg(long)]
    pub seed: Option<u64>,
    /// Seed of the made-up data
    #[arg(long, default_value_t = 1)]
    pub data_seed: u64,
    /// How many requests; the lesson's when there is none
    #[arg(long)]
    pub requests: Option<u32>,
    /// A setting, as KEY=NUMBER
    #[arg(long = "set", value_name = "KEY=NUMBER")]
    pub settings: Vec<String>,
    /// A data variant of the lesson, by its name
    #[arg(long)]
    pub variant: Option<String>,
    /// A fault that happens at the first chance of its thing, such as A.response!lost or A.request!twice
    #[arg(long = "fault", value_name = "FAULT")]
    pub faults: Vec<unhappy_trace::Fault>,
    /// Who moves when, in place of virtual time: "A B*2 timer A ..."; "..." at the end goes on to the end
    #[arg(long, value_name = "SCHEDULE")]
    pub schedule: Option<unhappy_trace::Schedule>,
    /// Print the result as JSON
    #[arg(long, conflicts_with = "text")]
    pub json: bool,
    /// Print the result as text (the default), with the schedule: a column for each request, time downwards
    #[arg(long)]
    pub text: bool,
    /// Print the trace as JSON for ui.perfetto.dev
    #[arg(long, conflicts_with_all = ["json", "text"])]
    pub perfetto: bool,
    /// With --json: print every event as well
    #[arg(long, requires = "json")]
    pub events: bool,
}

#[derive(Debug, Args)]
pub struct JudgeOptions {
    /// The lesson
    pub slug: String,
    #[command(flatten)]
    pub code: Code,
    /// Print the verdict as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct ExploreOptions {
    /// The lesson
    pub slug: String,
    #[command(flatten)]
    pub code: Code,
    /// Operations at a time; the lesson's bound when there is none
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=8))]
    pub operations: Option<u32>,
    /// Timers that may fire while somebody could go on; the lesson's bound when there is none
    #[arg(long)]
    pub timers: Option<u32>,
    /// Faults in one schedule, of the kinds that the lesson names; the lesson's bound when there is none
    #[arg(long)]
    pub faults_in_all: Option<u32>,
    /// Distinct states after which exploring stops
    #[arg(long, default_value_t = 1_000_000)]
    pub states: u64,
    /// Moves after which a schedule is not followed further
    #[arg(long, default_value_t = 5_000)]
    pub steps: u32,
    /// Explore in so many processes
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=64))]
    pub jobs: u32,
    /// Explore one part of several and write it to --out
    #[arg(long, value_name = "NUMBER/COUNT", value_parser = crate::explore::read_shard)]
    pub shard: Option<(u32, u32)>,
    /// File for the part
    #[arg(long, value_name = "FILE", requires = "shard")]
    pub out: Option<PathBuf>,
    /// Merge these parts instead of exploring
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with_all = ["shard", "jobs"])]
    pub merge: Vec<PathBuf>,
    /// Print the report as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct BenchOptions {
    /// Numbers of requests, each measured apart
    #[arg(default_values_t = [500, 5_000])]
    pub requests: Vec<u32>,
}

#[derive(Debug, Args)]
pub struct IsolationOptions {
    /// The specs
    #[arg(required = true, value_name = "FILE.spec")]
    pub files: Vec<PathBuf>,
    /// Print each result as JSON, one object a line
    #[arg(long, conflicts_with = "out")]
    pub json: bool,
    /// Write each result as JSON to DIR/NAME.json
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}
