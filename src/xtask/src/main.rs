//! `cargo xtask`: sets up, serves, builds, tests and measures the project.
//!
//! In: a command line. Out: other programs called in the right order with the right environment, and files
//! under `target/` and `dist/`. What the programs are told is in one module per command; nothing of the
//! lessons or the engine is known here (the native tool `unhappy` packs and prerenders).

mod assets;
mod bench;
mod ci;
mod command;
mod explorations;
mod page;
mod post_build;
mod project;
mod setup;
mod site;
mod sizes;
mod test;

use std::process::ExitCode;

use anyhow::{Result, bail};
use lexopt::{Arg, Parser, ValueExt};

use crate::project::Project;
use crate::test::Part;

const HELP: &str = "\
cargo xtask COMMAND

  setup                        installs what the other commands need (they call it themselves)
  serve [--port 8080]          builds the page, serves it on this machine and rebuilds on every change
  build [--public-url ./]      builds dist/ for any static host; ./ works under every path
  test  [--only PART]...       native, lessons, browser; everything without --only
        [--no-build]           browser: test the dist/ that is there
  bench [--browser]            how fast database, traffic and exploring are; --browser in Chromium as well
  sizes                        bytes of every delivered file, and the budgets
  ci                           everything that must hold: fmt, clippy, test, sizes, licences
";

/// One command line, understood.
#[derive(Debug, PartialEq, Eq)]
enum Task {
    Help,
    Setup,
    Serve { port: u16 },
    Build { public_url: String },
    Test(test::Options),
    Bench(bench::Places),
    Sizes,
    Ci,
    PostBuild,
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let task = parse(Parser::from_env())?;
    let project = Project::find()?;
    match task {
        Task::Help => {
            print!("{HELP}");
            Ok(())
        }
        Task::Setup => setup::everything(&project),
        Task::Serve { port } => site::serve(&project, port),
        Task::Build { public_url } => site::build(&project, &public_url),
        Task::Test(options) => test::run(&project, &options),
        Task::Bench(places) => bench::run(&project, places),
        Task::Sizes => sizes::check(&project),
        Task::Ci => ci::run(&project),
        Task::PostBuild => post_build::run(&project),
    }
}

fn parse(mut parser: Parser) -> Result<Task> {
    let mut task = match parser.next()? {
        None | Some(Arg::Short('h') | Arg::Long("help")) => return Ok(Task::Help),
        Some(Arg::Value(name)) => match name.string()?.as_str() {
            "help" => Task::Help,
            "setup" => Task::Setup,
            "serve" => Task::Serve { port: site::DEFAULT_PORT },
            "build" => Task::Build { public_url: site::RELATIVE_URL.to_owned() },
            "test" => Task::Test(test::Options::default()),
            "bench" => Task::Bench(bench::Places::default()),
            "sizes" => Task::Sizes,
            "ci" => Task::Ci,
            "post-build" => Task::PostBuild,
            other => bail!("no command {other}\n\n{HELP}"),
        },
        Some(other) => return Err(other.unexpected().into()),
    };
    while let Some(argument) = parser.next()? {
        match (&mut task, argument) {
            (_, Arg::Short('h') | Arg::Long("help")) => return Ok(Task::Help),
            (Task::Serve { port }, Arg::Long("port")) => *port = parser.value()?.parse()?,
            (Task::Build { public_url }, Arg::Long("public-url")) => {
                *public_url = parser.value()?.string()?
            }
            (Task::Test(options), Arg::Long("only")) => {
                options.only.push(Part::from_name(&parser.value()?.string()?)?);
            }
            (Task::Bench(places), Arg::Long("browser")) => *places = bench::Places::NativeAndBrowser,
            (Task::Test(options), Arg::Long("no-build")) => options.build = test::Build::Keep,
            (_, other) => return Err(other.unexpected().into()),
        }
    }
    Ok(task)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: Task) {
        let words = line.split(' ').filter(|word| !word.is_empty());
        assert_eq!(parse(Parser::from_args(words)).unwrap(), expected, "{line}");
    }

    #[test]
    fn command_lines() {
        check("", Task::Help);
        check("serve --port 9000", Task::Serve { port: 9000 });
        check("bench", Task::Bench(bench::Places::Native));
        check("bench --browser", Task::Bench(bench::Places::NativeAndBrowser));
        check("build", Task::Build { public_url: "./".into() });
        check("build --public-url /lab/", Task::Build { public_url: "/lab/".into() });
        check(
            "test --only native --only browser --no-build",
            Task::Test(test::Options { only: vec![Part::Native, Part::Browser], build: test::Build::Keep }),
        );
    }

    #[test]
    fn a_word_too_many_is_refused() {
        for line in ["sevre", "ci --fast", "test --only everything", "serve --port many"] {
            assert!(parse(Parser::from_args(line.split(' '))).is_err(), "{line}");
        }
    }
}
