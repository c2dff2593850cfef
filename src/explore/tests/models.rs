//! The search on small models: counts, smallest schedules, slices, parts, cycles and bounds, against brute force.
//!
//! In: programs of a toy machine, the two buyers among them, and 1,000 drawn from seeds. Not here: real worlds
//! (`tests/tests/exploring.rs`).

mod toy;

use std::collections::BTreeMap;
use toy::{Numbers, Op, Toy, brute_force, replay};
use unhappy_explore::{Graph, MergeError, Model, Options, Part, Search};
use unhappy_trace::{Explored, Stopped};

const PROMISES: [&str; 2] = ["first", "second"];

fn promises() -> Vec<String> {
    PROMISES.iter().map(|promise| (*promise).to_owned()).collect()
}

fn explored(model: &mut impl Model, options: Options, slice: u64) -> Explored {
    let mut search = Search::new(options);
    while !search.advance(model, slice).is_done {}
    search.into_graph(None).report(&promises())
}

fn unmerged() -> Options {
    Options { states: u64::MAX, merges: false, ..Options::default() }
}

// Each buyer reads, writes the stock and orders; one who reads 0 is refused after one step. Both read before either
// writes: A and B first in any order (2), then two steps of each in any order (6): 12 schedules, and both order.
// Otherwise the second reads 0: after the first one's write or after its order, and the same with the other first:
// 4 more. States: nobody has moved, one has read (2); both have read, then up to two steps of each (3 * 3); A has
// written alone, B refused or not yet, A has ordered or not yet (2 * 2), and the same for B (4): 3 + 9 + 8 = 20.
#[test]
fn two_buyers() {
    let mut toy = Toy::two_buyers();
    let found = explored(&mut toy, Options::default(), u64::MAX);
    assert_eq!((found.schedules.count, found.schedules.is_least), (16, false));
    assert_eq!((found.broken_schedules.count, found.broken_schedules.is_least), (12, false));
    assert_eq!(found.states, 20);
    assert!(found.is_complete() && !found.is_safe());
    let smallest = &found.broken[0];
    assert_eq!(smallest.smallest.to_string(), "A B*3 A*2 ...");
    assert_eq!((smallest.cost.preemptions, smallest.cost.faults, smallest.cost.steps), (1, 0, 6));
    // Ends: both order (12 schedules); A or B orders and the other is refused (2 each).
    let counts: Vec<u128> = found.outcomes.iter().map(|line| line.schedules.count).collect();
    assert_eq!(counts, [12, 2, 2]);
}

/// What must not depend on whether equal states are merged.
fn numbers(found: &Explored) -> impl PartialEq + std::fmt::Debug {
    let broken: Vec<_> =
        found.broken.iter().map(|broken| (broken.promise.clone(), broken.schedules, broken.cost)).collect();
    (found.schedules, found.broken_schedules, found.outcomes.clone(), broken, found.stopped.clone())
}

#[test]
fn merging_changes_no_number_on_a_thousand_models() {
    let (mut merged, mut broken, mut faults, mut preemptions) = (0, 0, 0, 0);
    for seed in 0..1000 {
        let mut toy = Toy::drawn(seed);
        let found = explored(&mut toy, Options::default(), u64::MAX);
        let alone = explored(&mut toy, unmerged(), u64::MAX);
        assert_eq!(numbers(&found), numbers(&alone), "seed {seed}: {toy:?}");
        let brute = brute_force(&mut toy);
        assert_eq!(found.schedules.count, brute.schedules, "seed {seed}");
        assert_eq!(found.broken_schedules.count, brute.broken_schedules, "seed {seed}");
        let costs: BTreeMap<String, _> =
            found.broken.iter().map(|broken| (broken.promise.clone(), broken.cost)).collect();
        let expected: BTreeMap<String, _> = brute
            .smallest
            .iter()
            .map(|(number, cost)| (PROMISES[usize::from(*number)].to_owned(), *cost))
            .collect();
        assert_eq!(costs, expected, "seed {seed}: {toy:?}");
        for counterexample in &found.broken {
            let replayed = replay(&mut toy, &counterexample.smallest.moves).expect("it fits the model");
            let number = PROMISES.iter().position(|key| *key == counterexample.promise).expect("a promise");
            let breaks: Vec<bool> = replayed
                .broken
                .iter()
                .map(|broken| broken.iter().any(|it| usize::from(*it) == number))
                .collect();
            let only_last = breaks.iter().rev().skip(1).all(|broke| !broke) && breaks.last() == Some(&true);
            assert!(only_last, "seed {seed}: {} {breaks:?}", counterexample.smallest);
            assert_eq!(replayed.cost, counterexample.cost, "seed {seed}");
            faults += u32::from(counterexample.cost.faults > 0);
            preemptions += u32::from(counterexample.cost.preemptions > 0);
        }
        merged += u32::from(found.states < alone.states);
        broken += u32::from(!found.broken.is_empty());
    }
    // The models are worth something: most merge, many break, by switches and by faults.
    assert!(merged > 900 && (100..900).contains(&broken), "{merged} {broken}");
    assert!(faults > 30 && preemptions > 30, "{faults} {preemptions}");
}

#[test]
fn slices_change_nothing() {
    for seed in 0..300 {
        let mut toy = Toy::drawn(seed);
        let whole = explored(&mut toy, Options::default(), u64::MAX);
        assert_eq!(explored(&mut toy, Options::default(), 1), whole, "seed {seed}");
        assert_eq!(explored(&mut toy, Options::default(), 7), whole, "seed {seed}");
    }
}

fn parts(model: &mut impl Model, count: u32, depth: u32) -> Vec<Part> {
    let part = |number| {
        let mut search = Search::new(Options::default());
        search.take_part(model, number, count, depth);
        while !search.advance(model, 7).is_done {}
        let part = Part::new("buyers".into(), number, count, search.into_graph(None));
        let read = Part::from_bytes(&part.to_bytes()).expect("it was written as one");
        assert_eq!(read, part);
        read
    };
    (1..=count).map(part).collect()
}

#[test]
fn parts_make_one_report() {
    for seed in 0..60 {
        let mut toy = Toy::drawn(seed);
        let whole = explored(&mut toy, Options::default(), u64::MAX);
        for count in [1, 2, 3, 5] {
            for depth in [0, 1, 3] {
                let mut parts = parts(&mut toy, count, depth);
                parts.reverse();
                let merged = Part::merge(parts).expect("each part is there");
                assert_eq!(merged.report(&promises()), whole, "seed {seed}: {count} parts, depth {depth}");
            }
        }
    }
}

// A part that stopped at a bound, or has a reason, passes it on.
#[test]
fn a_merged_report_says_what_stopped_a_part() {
    let mut toy = Toy::two_buyers();
    let part = |toy: &mut Toy, number, states, reason: Option<&str>| {
        let mut search = Search::new(Options { states, ..Options::default() });
        search.take_part(toy, number, 2, 1);
        search.advance(toy, u64::MAX);
        Part::new("buyers".into(), number, 2, search.into_graph(reason.map(str::to_owned)))
    };
    let merged = Part::merge(vec![part(&mut toy, 1, 5, None), part(&mut toy, 2, 100, Some("Why."))]);
    let found = merged.expect("each part is there").report(&promises());
    assert_eq!(found.stopped, [Stopped::States(5)]);
    assert!(found.schedules.is_least && !found.is_complete());
    assert_eq!(found.whole_history.as_deref(), Some("Why."));
}

#[test]
fn parts_that_are_not_whole_are_refused() {
    let mut toy = Toy::two_buyers();
    let all = parts(&mut toy, 3, 1);
    let missing = Part::merge(vec![all[2].clone(), all[0].clone()]).expect_err("one is missing");
    assert_eq!(missing.to_string(), "Expected each of the parts 1 to 3 once. Found: 1 of 3, 3 of 3.");
    let twice = [0, 1, 1, 2].map(|index: usize| all[index].clone()).to_vec();
    let twice = Part::merge(twice).expect_err("one is there twice");
    assert_eq!(
        twice.to_string(),
        "Expected each of the parts 1 to 3 once. Found: 1 of 3, 2 of 3, 2 of 3, 3 of 3."
    );
    let of_two = parts(&mut toy, 2, 1);
    let mixed = Part::merge(vec![all[0].clone(), of_two[1].clone(), all[2].clone()]);
    assert!(matches!(mixed, Err(MergeError::Parts { count: 3, .. })), "{mixed:?}");
    let mut other = all.clone();
    other[1].of = "sellers".into();
    let other = Part::merge(other).expect_err("one is of another exploration");
    assert_eq!(other.to_string(), "Part 2 is of another exploration: sellers. Expected parts of buyers.");
    assert_eq!(Part::merge(vec![]), Err(MergeError::NoPart));
}

// Whatever the bytes are: a part or a refusal, and what is read can be merged and reported.
#[test]
fn bytes_that_are_no_part_are_refused() {
    let mut toy = Toy::two_buyers();
    let bytes = parts(&mut toy, 1, 0)[0].to_bytes();
    for garbage in [&b""[..], b"\0", b"not a part at all", &[0xff; 100]] {
        assert_eq!(Part::from_bytes(garbage), Err(MergeError::NoPart), "{garbage:?}");
    }
    for length in 0..bytes.len() {
        assert_eq!(Part::from_bytes(&bytes[..length]), Err(MergeError::NoPart), "the first {length} bytes");
    }
    let empty = Part::new("buyers".into(), 1, 1, Graph::default());
    assert_eq!(Part::from_bytes(&empty.to_bytes()), Err(MergeError::NoPart));
    let mut read = 0;
    for place in 0..bytes.len() {
        for change in (0..8).map(|bit| 1 << bit) {
            let mut changed = bytes.clone();
            changed[place] ^= change;
            let Ok(part) = Part::from_bytes(&changed) else { continue };
            read += 1;
            if let Ok(graph) = Part::merge(vec![part]) {
                graph.report(&promises());
            }
        }
    }
    assert!(read > 0);
}

// From 0 to 1; from 1 back to 0, to itself, or to the end 2: without going round there is one schedule.
#[test]
fn a_cycle_makes_every_count_the_least() {
    let ways = |at: u64| match at {
        0 => vec![1],
        1 => vec![0, 1, 2],
        _ => vec![],
    };
    let found = explored(&mut Numbers::new(ways).breaks_at(2), Options::default(), u64::MAX);
    assert!(found.is_complete());
    assert_eq!(found.schedules.to_string(), "at least 1");
    assert_eq!(found.broken_schedules.to_string(), "at least 1");
    assert_eq!(found.outcomes[0].schedules.to_string(), "at least 1");
    assert_eq!(found.broken[0].schedules.to_string(), "at least 1");
    assert_eq!((found.states, found.transitions, found.broken[0].cost.steps), (3, 4, 2));
}

// A state that only leads to itself: no schedule ends, and that is said by "at least".
#[test]
fn a_loop_without_an_end() {
    let found = explored(&mut Numbers::new(|at| vec![at]), Options::default(), u64::MAX);
    assert_eq!((found.states, found.transitions, found.schedules.to_string()), (1, 1, "at least 0".into()));
}

#[test]
fn an_endless_world_ends_at_a_bound_and_is_not_called_safe() {
    let mut endless = Numbers::new(|at| vec![at + 1]);
    let options = Options { states: 1000, ..Options::default() };
    let found = explored(&mut endless, options, 7);
    assert_eq!(found.stopped, [Stopped::States(1000)]);
    assert_eq!((found.states, found.is_complete(), found.is_safe()), (1000, false, false));
    assert_eq!(found.schedules.to_string(), "at least 1");
    let options = Options { steps: 10, ..Options::default() };
    let found = explored(&mut endless, options, 7);
    assert_eq!((found.stopped, found.states), (vec![Stopped::Steps(10)], 11));
}

#[test]
fn bounds_of_zero_are_named() {
    let mut toy = Toy::two_buyers();
    let found = explored(&mut toy, Options { states: 0, ..Options::default() }, u64::MAX);
    assert_eq!(found.stopped, [Stopped::States(0)]);
    assert_eq!((found.schedules.to_string(), found.is_safe()), ("at least 1".into(), false));
    let found = explored(&mut toy, Options { steps: 0, ..Options::default() }, u64::MAX);
    assert_eq!(found.stopped, [Stopped::Steps(0)]);
    assert_eq!((found.schedules.to_string(), found.is_safe()), ("at least 1".into(), false));
    let mut search = Search::new(Options::default());
    let progress = search.advance(&mut toy, 0);
    assert_eq!((progress.states, progress.frontier, progress.is_done), (1, 1, false));
}

// A bound that is just large enough stops nothing: the longest schedule of two buyers has six moves, and there are 20
// states.
#[test]
fn a_bound_that_is_just_reached_stops_nothing() {
    let mut toy = Toy::two_buyers();
    assert!(explored(&mut toy, Options { steps: 6, ..Options::default() }, u64::MAX).is_complete());
    assert!(!explored(&mut toy, Options { steps: 5, ..Options::default() }, u64::MAX).is_complete());
    assert!(explored(&mut toy, Options { states: 20, ..Options::default() }, u64::MAX).is_complete());
    assert!(!explored(&mut toy, Options { states: 19, ..Options::default() }, u64::MAX).is_complete());
}

// 5 is found first by five steps of A. The way by 10 has three, but B takes its second: that costs a switch, so 10 is
// looked at later. Behind 5 lie 6 and 7, so that five choices lead everywhere and four do not lead to 7.
#[test]
fn how_far_a_state_is_counts_on_the_shortest_way() {
    let ways = |at| match at {
        1 => vec![2, 10],
        10 => vec![5],
        0..7 => vec![at + 1],
        _ => vec![],
    };
    for (steps, states, stopped) in [(5, 9, vec![]), (4, 8, vec![Stopped::Steps(4)])] {
        let found = explored(&mut Numbers::new(ways), Options { steps, ..Options::default() }, 1);
        assert_eq!((found.states, found.stopped), (states, stopped));
    }
    for (count, depth) in [(2, 1), (2, 3), (3, 2)] {
        let part = |number| {
            let mut search = Search::new(Options { steps: 4, ..Options::default() });
            search.take_part(&mut Numbers::new(ways), number, count, depth);
            while !search.advance(&mut Numbers::new(ways), 1).is_done {}
            Part::new("ways".into(), number, count, search.into_graph(None))
        };
        let merged = Part::merge((1..=count).map(part).collect()).expect("each part is there");
        let whole = explored(&mut Numbers::new(ways), Options { steps: 4, ..Options::default() }, u64::MAX);
        assert_eq!(merged.report(&promises()), whole, "{count} parts, depth {depth}");
    }
}

// Two buyers: before the last slice, and in each of two parts, states are left. What is found there is not all.
#[test]
fn a_part_and_a_search_on_its_way_prove_nothing() {
    let mut toy = Toy::two_buyers();
    let mut search = Search::new(Options::default());
    while !search.advance(&mut toy, 1).is_done {
        assert_eq!(search.graph().report(&promises()).stopped, [Stopped::Unfinished]);
    }
    assert!(search.graph().report(&promises()).is_complete());
    for part in parts(&mut toy, 2, 1) {
        assert_eq!(part.graph.report(&promises()).stopped, [Stopped::Unfinished]);
    }
    let nothing: Search<u64> = Search::new(Options::default());
    let found = nothing.graph().report(&promises());
    assert_eq!(
        (found.stopped, found.schedules.to_string()),
        (vec![Stopped::Unfinished], "at least 0".into())
    );
}

// The bound stops the first part after its 20 states, and the second sees the rest of them: nothing is open.
#[test]
fn a_bound_that_left_nothing_open_is_not_told() {
    let ways = |at| if at < 30 { vec![at + 1] } else { vec![] };
    let part = |number, states| {
        let mut search = Search::new(Options { states, ..Options::default() });
        search.take_part(&mut Numbers::new(ways), number, 1, 0);
        search.advance(&mut Numbers::new(ways), u64::MAX);
        search.into_graph(None)
    };
    let (short, whole) = (part(1, 20), part(1, 40));
    assert_eq!(short.report(&promises()).stopped, [Stopped::States(20)]);
    let parts = [(1, short), (2, whole)].map(|(number, graph)| Part::new("chain".into(), number, 2, graph));
    let merged = Part::merge(parts.into()).expect("each part is there");
    assert!(merged.report(&promises()).is_complete());
}

#[test]
fn parts_of_different_engines_are_refused() {
    let part = |number, last, breaks_at| {
        let chain = Numbers::new(move |at| if at < last { vec![at + 1] } else { vec![] });
        let mut chain = chain.breaks_at(breaks_at);
        let mut search = Search::new(Options::default());
        while !search.advance(&mut chain, u64::MAX).is_done {}
        Part::new("chain".into(), number, 2, search.into_graph(None))
    };
    assert_eq!(Part::merge(vec![part(1, 5, 3), part(2, 6, 3)]), Err(MergeError::Differ));
    assert_eq!(Part::merge(vec![part(1, 5, 3), part(2, 5, 4)]), Err(MergeError::Differ));
    assert!(Part::merge(vec![part(1, 5, 3), part(2, 5, 3)]).is_ok());
}

#[test]
fn a_search_that_was_cancelled_says_so() {
    let mut toy = Toy::two_buyers();
    let mut search = Search::new(Options::default());
    search.advance(&mut toy, 3);
    search.cancel();
    assert!(search.progress().is_done);
    assert_eq!(search.into_graph(None).report(&promises()).stopped, [Stopped::Cancelled]);
}

// Deep enough for a stack to end if any of it called itself for each state.
#[test]
fn a_long_chain_needs_no_stack() {
    const LENGTH: u64 = 100_000;
    let mut chain = Numbers::new(|at| if at < LENGTH { vec![at + 1] } else { vec![] }).breaks_at(LENGTH);
    let options = Options { states: 200_000, steps: 200_000, merges: true };
    let found = explored(&mut chain, options, u64::MAX);
    assert_eq!(
        (found.states, found.schedules.to_string(), found.is_complete()),
        (LENGTH + 1, "1".into(), true)
    );
    assert_eq!(found.broken[0].smallest.moves.len() as u64, LENGTH);
}

// Each of 200 states leads to the next by two moves: 2 to the 200th schedules do not fit.
#[test]
fn too_many_schedules_are_at_least_so_many() {
    let mut many = Numbers::new(|at| if at < 200 { vec![at + 1, at + 1] } else { vec![] });
    let found = explored(&mut many, Options::default(), u64::MAX);
    assert_eq!((found.schedules.count, found.schedules.is_least), (u128::MAX, true));
    assert_eq!(found.schedules.to_string(), "at least 18,446,744,073,709,551,615");
}

#[test]
fn a_limit_is_reported_and_its_schedule_is_not_called_safe() {
    let ways = |at: u64| if at == 0 { vec![1, 2] } else { vec![] };
    let found = explored(&mut Numbers::new(ways).limit_at(2), Options::default(), u64::MAX);
    assert_eq!(found.stopped, [Stopped::Limit("Number 2 is too much.".into())]);
    assert_eq!((found.is_safe(), found.schedules.to_string()), (false, "at least 2".into()));
    assert_eq!(found.outcomes.len(), 1);
}

// One who is at work when it locks what another holds waits: a switch that is forced is no preemption.
#[test]
fn a_forced_switch_costs_nothing() {
    let holds = vec![Op::Lock(0), Op::Add(0), Op::Unlock(0)];
    let mut toy = Toy::of(vec![holds.clone(), holds], 1);
    let found = explored(&mut toy, Options::default(), u64::MAX);
    assert_eq!(found.broken[0].smallest.to_string(), "A*3 B*2 ...");
    assert_eq!(found.broken[0].cost.preemptions, 0);
}
