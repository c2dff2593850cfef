//! `unhappy explore`: every schedule of a lesson's world, in one process, in several, or split over machines.
//!
//! A part (`--shard 2/8`) is written to a file; parts are merged (`--merge`) into the report that one process would have
//! given. `--jobs` does both with child processes.

use crate::arguments::ExploreOptions;
use crate::course::{changed_files, lesson_of};
use crate::output::{print, print_json};
use crate::{EXIT_REFUSED, EXIT_UNREADABLE};
use anyhow::{Context as _, bail};
use serde_json::{Value as Json, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode};
use std::rc::Rc;
use unhappy_explore::{Graph, Options, Part, Search, Worlds, run_of};
use unhappy_lesson::{Bound, Lesson};
use unhappy_sim::{Machine, World};
use unhappy_trace::{Choices, Explored, Inputs, Schedule, Schedules, Then, text};

/// Version of the JSON form.
const JSON_FORMAT: u32 = 1;

/// Choices from the start within which every part explores everything.
const SHARED_DEPTH: u32 = 3;

/// Runs the command.
pub fn run(lessons: &Path, options: &ExploreOptions) -> anyhow::Result<ExitCode> {
    let lesson = lesson_of(lessons, &options.slug, &options.code)?;
    let wanted = Wanted::read(&lesson, options)?;
    let graph = if !options.merge.is_empty() {
        wanted.merged(&options.merge)?
    } else if let Some(shard) = &options.shard {
        let Some(out) = &options.out else { bail!("--shard needs --out FILE for its part") };
        let part = wanted.part(&lesson, *shard)?;
        return fs::write(out, part.to_bytes())
            .with_context(|| format!("cannot write {}", out.display()))
            .map(|()| ExitCode::SUCCESS);
    } else if options.jobs > 1 {
        wanted.in_processes(options.jobs)?
    } else {
        wanted.explore(&lesson, None)?.0
    };
    let promises: Vec<String> = lesson.promises.iter().map(|promise| promise.key.clone()).collect();
    let explored = graph.report(&promises);
    if options.json {
        print_json(&as_json(&lesson, &wanted, &explored))?;
    } else {
        print(&as_text(&lesson, &wanted, &explored))?;
    }
    Ok(if explored.is_safe() { ExitCode::SUCCESS } else { ExitCode::from(EXIT_REFUSED) })
}

/// What is explored.
struct Wanted {
    inputs: Inputs,
    bound: Bound,
    search: Options,
}

impl Wanted {
    fn read(lesson: &Lesson, options: &ExploreOptions) -> anyhow::Result<Wanted> {
        let Some(bound) = &lesson.bound else {
            bail!(
                "the lesson {} has no interleavings to explore: it is judged over sizes and data (unhappy judge)",
                lesson.slug
            );
        };
        let mut bound = bound.clone();
        bound.operations = options.operations.unwrap_or(bound.operations);
        bound.timers = options.timers.unwrap_or(bound.timers);
        bound.faults_in_all = options.faults_in_all.unwrap_or(bound.faults_in_all);
        if bound.faults_in_all == 0 {
            bound.faults.clear();
        }
        let none = Schedule { moves: vec![], then: Then::Finish };
        let tried = options.code.fix.as_ref().or(options.code.wrong.as_ref());
        let experiment = tried.and_then(|key| lesson.experiment(key));
        let inputs = Inputs {
            files: changed_files(lesson, &options.code)?,
            settings: experiment.map(|experiment| experiment.settings.clone()).unwrap_or_default(),
            choices: Choices::Chosen(none),
            ..unhappy_judge::inputs(lesson, bound.operations)
        };
        let search = Options { states: options.states, steps: options.steps, ..Options::default() };
        Ok(Wanted { inputs, bound, search })
    }

    /// Explores all of it, or a part. Returns the graph, and what was explored in one line.
    fn explore(&self, lesson: &Rc<Lesson>, shard: Option<(u32, u32)>) -> anyhow::Result<(Graph, String)> {
        let machine = Rc::new(Machine::new());
        let world = World::build(&machine, lesson, &self.inputs)?;
        let of = format!("{} bound {:?} {:?}", world.run_string(lesson), self.bound, self.search);
        let mut worlds = Worlds::new(&machine, lesson, world, &self.bound);
        let mut search = Search::new(self.search);
        if let Some((number, count)) = shard {
            search.take_part(&mut worlds, number, count, SHARED_DEPTH);
        }
        while !search.advance(&mut worlds, 1_000).is_done {}
        let whole_history = worlds.work().whole_history.map(|reason| format!("{reason}."));
        Ok((search.into_graph(whole_history), of))
    }

    fn part(&self, lesson: &Rc<Lesson>, (number, count): (u32, u32)) -> anyhow::Result<Part> {
        let (graph, of) = self.explore(lesson, Some((number, count)))?;
        Ok(Part::new(of, number, count, graph))
    }

    fn merged(&self, files: &[PathBuf]) -> anyhow::Result<Graph> {
        let read = |file: &PathBuf| {
            let bytes = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
            Part::from_bytes(&bytes).with_context(|| file.display().to_string())
        };
        let parts = files.iter().map(read).collect::<anyhow::Result<Vec<Part>>>()?;
        Ok(Part::merge(parts)?)
    }

    /// Explores in child processes: this program again with the same arguments, each with its part.
    fn in_processes(&self, jobs: u32) -> anyhow::Result<Graph> {
        let folder = std::env::temp_dir().join(format!("unhappy-explore-{}", std::process::id()));
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let files: Vec<PathBuf> = (1..=jobs).map(|number| folder.join(format!("{number}.part"))).collect();
        let merged = self.started(jobs, &files);
        fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))?;
        merged
    }

    fn started(&self, jobs: u32, files: &[PathBuf]) -> anyhow::Result<Graph> {
        let start = |(number, file): (u32, &PathBuf)| -> anyhow::Result<Child> {
            let shard = format!("{number}/{jobs}");
            let mut child = Command::new(std::env::current_exe()?);
            child.args(std::env::args_os().skip(1)).arg("--shard").arg(shard).arg("--out").arg(file);
            child.spawn().context("cannot start a process for a part")
        };
        let children = (1..).zip(files).map(start).collect::<anyhow::Result<Vec<Child>>>()?;
        for mut child in children {
            let status = child.wait()?;
            if !status.success() {
                bail!(
                    "a part of the exploration failed (exit code {:?})",
                    status.code().unwrap_or(EXIT_UNREADABLE.into())
                );
            }
        }
        self.merged(files)
    }
}

/// Reads `2/8`.
pub fn read_shard(text: &str) -> Result<(u32, u32), String> {
    let (number, count) = text.split_once('/').ok_or("expected NUMBER/COUNT, such as 2/8")?;
    let number: u32 = number.parse().map_err(|_| "the part must be a number from 1")?;
    let count: u32 = count.parse().map_err(|_| "the count must be a number from 1")?;
    if number == 0 || number > count {
        return Err(format!("part {number} of {count}: expected a part from 1 to {count}"));
    }
    Ok((number, count))
}

fn as_text(lesson: &Lesson, wanted: &Wanted, explored: &Explored) -> String {
    let operations = text::counted(u64::from(wanted.bound.operations), "operation", "operations");
    let mut out = vec![match (explored.is_safe(), explored.broken.is_empty()) {
        (true, _) => format!("Safe in all {} schedules of {operations} — complete.", explored.schedules),
        (false, true) => {
            format!("Not proved: no promise broke in {} schedules of {operations}.", explored.schedules)
        }
        (false, false) => {
            format!(
                "Breaks in {} of {} schedules of {operations}.",
                explored.broken_schedules, explored.schedules
            )
        }
    }];
    out.extend(explored.stopped.iter().map(ToString::to_string));
    out.extend(explored.whole_history.clone());
    for found in &explored.broken {
        let sentence = lesson.promises.iter().find(|promise| promise.key == found.promise);
        let sentence =
            sentence.map_or(found.promise.as_str(), |promise| promise.sentence.trim_end_matches('.'));
        let cost = format!(
            "{}, {}, {}",
            text::counted(u64::from(found.cost.preemptions), "switch", "switches"),
            text::counted(u64::from(found.cost.faults), "fault", "faults"),
            text::counted(u64::from(found.cost.steps), "step", "steps"),
        );
        out.push(format!(
            "- {sentence}: breaks in {}. The smallest ({cost}): {}",
            found.schedules, found.smallest
        ));
    }
    out.push(format!(
        "{}, {}.",
        text::counted(explored.states, "distinct state", "distinct states"),
        text::counted(explored.transitions, "transition", "transitions"),
    ));
    for line in &explored.outcomes {
        let all =
            line.outcome.answers.iter().chain(&line.outcome.watched).cloned().collect::<Vec<_>>().join(", ");
        let broken = match line.outcome.broken.as_slice() {
            [] => String::new(),
            keys => format!(" — breaks {}", keys.join(", ")),
        };
        out.push(format!("{:>12}  {all}{broken}", line.schedules.to_string()));
    }
    out.join("\n")
}

fn as_json(lesson: &Lesson, wanted: &Wanted, explored: &Explored) -> Json {
    let count = |schedules: &Schedules| json!({ "count": schedules.count.to_string(), "at_least": schedules.is_least });
    json!({
        "format": JSON_FORMAT,
        "lesson": lesson.slug,
        "operations": wanted.bound.operations,
        "processes": wanted.bound.processes,
        "faults": wanted.bound.faults.iter().map(|kind| kind.name()).collect::<Vec<_>>(),
        "faults_in_all": wanted.bound.faults_in_all,
        "timers": wanted.bound.timers,
        "complete": explored.is_complete(),
        "safe": explored.is_safe(),
        "stopped": explored.stopped.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "whole_history": explored.whole_history,
        "states": explored.states,
        "transitions": explored.transitions,
        "schedules": count(&explored.schedules),
        "broken_schedules": count(&explored.broken_schedules),
        "broken": explored.broken.iter().map(|found| json!({
            "promise": found.promise,
            "schedules": count(&found.schedules),
            "schedule": found.smallest.to_string(),
            "preemptions": found.cost.preemptions,
            "faults": found.cost.faults,
            "steps": found.cost.steps,
            "choices": run_of(&wanted.inputs, &found.smallest).choices.to_string(),
        })).collect::<Vec<_>>(),
        "outcomes": explored.outcomes.iter().map(|line| json!({
            "answers": line.outcome.answers,
            "watched": line.outcome.watched,
            "broken": line.outcome.broken,
            "schedules": count(&line.schedules),
        })).collect::<Vec<_>>(),
    })
}
