//! Two transfers between two accounts, from A to B and from B to A, under the crates `shuttle` (depth first) and `loom`.
//!
//! Each transfer locks the account that it takes from, then the other one, moves the money, and unlocks both. So they can
//! deadlock; when both lock A first, they cannot. Printed, one JSON object a line: how many executions, and how many
//! microseconds, until the deadlock was found, and until the world without it was seen to its end.
//!
//! Both crates end a deadlock by a panic in the middle of everything, so each measurement has a process of its own: this
//! program again, with the crate and the world as its arguments. It explores the world without the deadlock once before,
//! so that the machine is warm. The fastest of several processes counts.

#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "a benchmark measures by the wall clock"
)]

use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Processes for each measurement.
const ROUNDS: u32 = 5;

/// Executions of the measurement.
static EXECUTIONS: AtomicU64 = AtomicU64::new(0);
/// When the measurement began.
static STARTED: OnceLock<Instant> = OnceLock::new();

/// The world, for one of the two crates: they have the same interface.
macro_rules! transfers {
    ($library:ident, $explore:expr) => {
        mod $library {
            use $library::sync::{Arc, Mutex};
            use $library::thread::spawn;

            pub fn explore(is_ordered: bool) {
                $explore(move || transfers(is_ordered));
            }

            fn transfers(is_ordered: bool) {
                super::EXECUTIONS.fetch_add(1, super::Ordering::Relaxed);
                let bank = Arc::new([Mutex::new(100), Mutex::new(100)]);
                let transfer = |from: usize| {
                    let bank = bank.clone();
                    spawn(move || {
                        let first = if is_ordered { 0 } else { from };
                        let mut one = bank[first].lock().expect("nothing panics while it is locked");
                        let mut other = bank[1 - first].lock().expect("nothing panics while it is locked");
                        let amount = if first == from { 10 } else { -10 };
                        (*one, *other) = (*one - amount, *other + amount);
                    })
                };
                for transfer in [0, 1].map(transfer) {
                    transfer.join().expect("a transfer ends");
                }
            }
        }
    };
}

transfers!(shuttle, |world| ::shuttle::check_dfs(world, None));
transfers!(loom, ::loom::model);

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [library, world] = &arguments[..] {
        return measure(library, world);
    }
    for (world, until) in [("broken", "the deadlock"), ("ordered", "the end")] {
        for library in ["shuttle", "loom"] {
            let (executions, nanos) = fastest(library, world);
            let version = version(library);
            let micros = nanos / 1_000;
            println!(
                r#"{{"library":"{library}","version":"{version}","world":"{world}","until":"{until}","executions":{executions},"micros":{micros}}}"#
            );
        }
    }
}

/// Returns executions and nanoseconds of the fastest of several processes.
fn fastest(library: &str, world: &str) -> (u64, u64) {
    let program = std::env::current_exe().expect("this program has a path");
    let measured = (0..ROUNDS).map(|_| {
        let output = Command::new(&program).args([library, world]).output().expect("this program runs");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let mut numbers = text.split_whitespace().filter_map(|number| number.parse().ok());
        match (numbers.next(), numbers.next()) {
            (Some(executions), Some(nanos)) => (executions, nanos),
            _ => panic!("{library}, {world}: {}", String::from_utf8_lossy(&output.stderr)),
        }
    });
    measured.min_by_key(|(_, nanos)| *nanos).expect("several rounds")
}

/// Explores one world, and prints executions and nanoseconds: at its end, or when it panics.
fn measure(library: &str, world: &str) {
    let explore = if library == "loom" { loom::explore } else { shuttle::explore };
    let is_ordered = world == "ordered";
    std::panic::set_hook(Box::new(move |info| {
        if is_ordered || !info.to_string().contains("deadlock") {
            eprintln!("{info}");
            std::process::exit(1);
        }
        print();
        std::process::exit(0);
    }));
    explore(true);
    EXECUTIONS.store(0, Ordering::Relaxed);
    STARTED.get_or_init(Instant::now);
    explore(is_ordered);
    if !is_ordered {
        eprintln!("it was seen to its end");
        std::process::exit(1);
    }
    print();
}

fn print() {
    let took = STARTED.get().expect("the measurement began").elapsed();
    println!("{} {}", EXECUTIONS.load(Ordering::Relaxed), took.as_nanos());
}

/// Returns the version of a crate that was measured.
fn version(library: &str) -> &'static str {
    let lock = include_str!("Cargo.lock");
    let after = lock.split_once(&format!("name = \"{library}\"\nversion = \"")).map(|(_, after)| after);
    after.and_then(|after| after.split_once('"')).map_or("", |(version, _)| version)
}
