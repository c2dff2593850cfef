//! The same inputs give the same trace, whatever ran before; another seed gives another.

use std::collections::BTreeMap;
use std::rc::Rc;
use unhappy_sim::Machine;
use unhappy_tests::{lesson, root, run};
use unhappy_trace::event::EventKind;
use unhappy_trace::{Inputs, first_difference, trace_hash};

#[test]
fn every_version_repeats_whatever_ran_before() {
    let lesson = lesson("n-plus-one");
    let (fresh, used) = (Rc::new(Machine::new()), Rc::new(Machine::new()));
    // The used machine runs everything once in another order before it is compared.
    for experiment in lesson.wrong.iter().chain(&lesson.fixes).rev() {
        run(&used, &lesson, &experiment.files, 3);
    }
    for experiment in lesson.fixes.iter().chain(&lesson.wrong) {
        let left = run(&fresh, &lesson, &experiment.files, 20);
        let right = run(&used, &lesson, &experiment.files, 20);
        assert_eq!(first_difference(&left.trace, &right.trace), None, "{}", experiment.key);
        assert_eq!(left, right, "{}", experiment.key);
    }
}

/// The recorded hashes are golden: a change of the engine that changes a run shows here.
#[test]
fn recorded_hashes_are_what_runs_give() {
    let (machine, lesson) = (Rc::new(Machine::new()), lesson("n-plus-one"));
    let record = lesson.record.clone().expect("it is recorded");
    let hash = |files: &BTreeMap<String, String>| {
        trace_hash(&run(&machine, &lesson, files, lesson.traffic.requests).trace).to_string()
    };
    assert_eq!(hash(&BTreeMap::new()), record.broken.trace);
    for experiment in lesson.fixes.iter().chain(&lesson.wrong) {
        assert_eq!(hash(&experiment.files), record.experiments[&experiment.key].trace, "{}", experiment.key);
    }
}

#[test]
fn another_seed_is_another_run() {
    let (machine, lesson) = (Rc::new(Machine::new()), lesson("n-plus-one"));
    let hash = |seed: u64, data_seed: u64| {
        let inputs = Inputs { seed, data_seed, ..unhappy_judge::inputs(&lesson, 5) };
        let world = unhappy_sim::World::build(&machine, &lesson, &inputs).expect("the world can be built");
        trace_hash(&unhappy_sim::Run::start(&machine, &lesson, world).finish().trace)
    };
    assert_eq!(hash(1, 1), hash(1, 1));
    assert_ne!(hash(1, 1), hash(2, 1));
    assert_ne!(hash(1, 1), hash(1, 2));
}

/// Random draws come from streams per request: a draw more in the first request leaves the second alone.
#[test]
fn a_draw_more_in_one_request_shifts_nothing_in_another() {
    let (machine, lesson) = (Rc::new(Machine::new()), lesson("n-plus-one"));
    let printed = |draws: &str| {
        let code = unhappy_tests::server(&format!(
            "import random\nfrom backend import app\n\n\n@app.get('/orders')\nasync def f(request):\n    \
             if request.id == 'A':\n        {draws}\n    print(request.id, random.random())\n    return []\n"
        ));
        let finished = run(&machine, &lesson, &code, 2);
        let trace = &finished.trace;
        let lines: Vec<String> = trace
            .events
            .iter()
            .filter_map(|event| match &event.kind {
                EventKind::Printed(said) => Some(trace.text(said.text).to_owned()),
                _ => None,
            })
            .collect();
        lines
    };
    let (one, two) = (printed("pass"), printed("random.random()"));
    let of = |lines: &[String], name: &str| lines.iter().find(|line| line.starts_with(name)).cloned();
    assert_ne!(of(&one, "A"), of(&two, "A"));
    assert_eq!(of(&one, "B"), of(&two, "B"));
    assert!(of(&one, "B").is_some());
}

/// The whole trace of the smallest run, event by event: what a reader of traces may rely on.
#[test]
fn the_events_of_one_small_run() {
    let (machine, lesson) = (Rc::new(Machine::new()), lesson("n-plus-one"));
    let inputs =
        Inputs { settings: BTreeMap::from([("orders".to_owned(), 2)]), ..unhappy_judge::inputs(&lesson, 1) };
    let world = unhappy_sim::World::build(&machine, &lesson, &inputs).expect("the world can be built");
    let trace = unhappy_sim::Run::start(&machine, &lesson, world).finish().trace;
    let text = serde_json::to_string_pretty(&trace).expect("a trace can be written");
    expect_test::expect_file![root().join("tests/golden/two-orders.json")].assert_eq(&text);
}
