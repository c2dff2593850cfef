//! What the page shows can be computed for every run: all lessons, many seeds, each version of the code, faults.

use std::rc::Rc;
use unhappy_lesson::author::read_course;
use unhappy_sim::{Machine, Run, World};
use unhappy_tests::{lesson, root};
use unhappy_trace::{Choices, Inputs};
use unhappy_view::Evidence;

fn slugs() -> Vec<String> {
    let course = std::fs::read(root().join("lessons/course.toml")).expect("there is a course");
    read_course(&course).expect("the course is sound").lessons
}

/// Computes the evidence of a run; bounded, whatever happened.
fn look(machine: &Rc<Machine>, lesson: &Rc<unhappy_lesson::Lesson>, inputs: &Inputs) {
    let world = World::build(machine, lesson, inputs).expect("the world can be built");
    let finished = Run::start(machine, lesson, world).finish();
    let evidence = Evidence::of(&finished.trace, lesson, inputs);
    assert!(evidence.schedule.rows.len() <= 100, "{} {}", lesson.slug, inputs.seed);
    assert!(!evidence.schedule.to_text().is_empty() || lesson.promises.is_empty());
}

#[test]
fn the_traffic_of_many_seeds_can_be_shown() {
    let machine = Rc::new(Machine::new());
    for slug in slugs() {
        let lesson = lesson(&slug);
        let requests = if lesson.promises.is_empty() { 3 } else { lesson.traffic.requests };
        for seed in 1..=30 {
            look(&machine, &lesson, &Inputs { seed, ..unhappy_judge::inputs(&lesson, requests) });
        }
    }
}

#[test]
fn every_version_can_be_shown_in_any_order() {
    let machine = Rc::new(Machine::new());
    for slug in slugs() {
        let lesson = lesson(&slug);
        for version in lesson.fixes.iter().chain(&lesson.wrong) {
            let files = version.files.clone();
            let base = Inputs { files, ..unhappy_judge::inputs(&lesson, 2) };
            look(&machine, &lesson, &base);
            for seed in 1..=10 {
                look(&machine, &lesson, &Inputs { seed, choices: Choices::Random, ..base.clone() });
            }
            for fault in
                ["A.request!lost", "A.response!lost", "A.request!twice", "A.commit!lost", "process.1!crash"]
            {
                let faults = vec![fault.parse().expect("a fault")];
                look(&machine, &lesson, &Inputs { faults, ..base.clone() });
            }
        }
    }
}
