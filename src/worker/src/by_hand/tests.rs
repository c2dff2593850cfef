//! Runs that are scheduled by hand, asked for as the page asks for them.

use super::*;
use crate::testing::lesson;
use std::collections::BTreeMap;
use unhappy_lesson::Setting;
use unhappy_view::ByHandShown;

struct Bench {
    machine: Rc<Machine>,
    lesson: Rc<Lesson>,
}

impl Bench {
    fn new(slug: &str) -> Bench {
        Bench { machine: Rc::new(Machine::new()), lesson: Rc::new(lesson(slug)) }
    }

    fn offered(&self, schedule: &str, at: u32) -> Offered {
        let inputs = Inputs {
            files: BTreeMap::new(),
            settings: BTreeMap::new(),
            variant: None,
            data_seed: 1,
            seed: 42,
            requests: 2,
            faults: vec![],
            choices: Choices::Timed,
        };
        let job = start(&self.machine, &self.lesson, inputs, schedule, at);
        let Ok(Job::ByHand(mut job)) = job else { panic!("{schedule} is not begun") };
        loop {
            match job.slice(&self.machine).expect("the world stays as it is") {
                Slice::Progress(_) => {}
                Slice::Done(Reply::Offered(offered)) => return *offered,
                Slice::Done(other) => panic!("{schedule}: {other:?}"),
            }
        }
    }

    fn shown(&self, schedule: &str, at: u32) -> ByHandShown {
        self.offered(schedule, at).shown
    }
}

fn made(offered: &Offered) -> String {
    offered.inputs.choices.to_string()
}

#[test]
fn two_buyers_are_scheduled_until_the_promise_breaks() {
    let bench = Bench::new("oversell");
    let start = bench.shown("", 0);
    assert_eq!(start.said, "Nobody has moved yet. Choose who moves first: A or B.");
    for key in
        ["data-play=\"A\" data-at=\"1\" data-key=\"a\"", "data-play=\"B\" data-at=\"1\" data-key=\"b\""]
    {
        assert!(start.html.contains(key), "{}", start.html);
    }
    // The stock that both have read is written by both.
    let read = bench.shown("A B", 2);
    assert!(read.html.contains("<b>A</b> UPDATE items SET stock = 0 WHERE id ="), "{}", read.html);
    for (schedule, at, is_broken) in
        [("A B A B A B", 5, false), ("A B A B A B", 6, true), ("A*3 B", 4, false)]
    {
        assert_eq!(bench.shown(schedule, at).is_broken, is_broken, "{schedule} {at}");
    }
    let rest = bench.offered("A ...", u32::MAX);
    assert_eq!(made(&rest), "by:A*3 B");
    assert!(
        rest.shown.said.starts_with("At rest after 4 moves: every promise was kept."),
        "{}",
        rest.shown.said
    );
    // The bound of the lesson allows a third buyer; the schedule brings it in.
    assert_eq!(bench.offered("A B C", 3).inputs.requests, 3);
}

#[test]
fn a_schedule_that_does_not_fit_says_from_which_move() {
    let bench = Bench::new("oversell");
    let found = bench.offered("A*2 A*9 B", u32::MAX);
    assert!(
        found.shown.said.starts_with(
            "Move 4 of the schedule is A, but it is not possible there. Possible: B. The schedule belongs to other code"
        ),
        "{}",
        found.shown.said
    );
    assert_eq!(made(&found), "by:A*3");
    assert!(found.shown.html.contains(">A*2 A*9 B</textarea>"), "{}", found.shown.html);
    let unreadable = bench.shown("A !", 1);
    assert!(
        unreadable.said.starts_with("The schedule cannot be read: move 2 is \"!\", expected"),
        "{}",
        unreadable.said
    );
}

#[test]
fn who_waits_says_for_what_and_who_holds_it() {
    let bench = Bench::new("deadlock");
    let found = bench.shown("A*2 B*2 A B", u32::MAX);
    for words in ["waits for accounts (id)=(2), held by B", "waits for accounts (id)=(1), held by A"] {
        assert!(found.html.contains(words), "{words}\n{}", found.html);
    }
    assert!(found.html.contains("data-key=\"t\""), "{}", found.html);
    assert!(found.said.ends_with("Next: timer. A waits. B waits."), "{}", found.said);
}

#[test]
fn a_pool_that_is_empty_names_who_has_its_connections() {
    let mut bench = Bench::new("deadlock");
    let lesson = Rc::make_mut(&mut bench.lesson);
    lesson.settings.retain(|setting| setting.key != "pool_size" && setting.key != "processes");
    for key in ["pool_size", "processes"] {
        lesson.settings.push(Setting { key: key.into(), label: key.into(), default: 1, min: 1, max: 1 });
    }
    lesson.bound.as_mut().expect("it has a bound").processes = 1;
    let found = bench.shown("A B", 2);
    assert!(found.html.contains("<small>waits for a connection, held by A</small>"), "{}", found.html);
}

#[test]
fn faults_are_offered_once_and_where_they_find_their_thing() {
    let bench = Bench::new("double-charge");
    let start = bench.shown("", 0);
    for words in ["A.request!lost", "B.request!twice"] {
        assert!(start.html.contains(&format!("data-play=\"{words}\"")), "{words}\n{}", start.html);
    }
    assert!(!start.html.contains("response!lost"), "{}", start.html);
    let lost = bench.shown("A.request!lost", 1);
    assert!(
        !lost.html.contains("request!lost B.request!lost") && lost.html.contains("stops waiting"),
        "{}",
        lost.html
    );
    let arrived = bench.shown("A", 1);
    assert!(arrived.html.contains("A.response!lost") && arrived.html.contains("!crash"), "{}", arrived.html);
}

#[test]
fn a_link_leads_to_the_same_run() {
    let bench = Bench::new("oversell");
    let found = bench.offered("A B A B A B", u32::MAX);
    let link = found.ran.link.clone().expect("it is small");
    let Ok(Reply::Linked(linked)) = read_link(&bench.lesson, &link) else { panic!("it is refused") };
    assert_eq!((linked.inputs.clone(), &linked.run), (found.inputs, &found.ran.run));
    let Choices::Chosen(schedule) = &linked.inputs.choices else { panic!("a schedule") };
    assert_eq!(bench.offered(&schedule.to_string(), u32::MAX).ran.run, found.ran.run);

    let other = Bench::new("deadlock");
    assert_eq!(
        read_link(&other.lesson, &link),
        Err("This link belongs to another lesson. Open it there.".to_owned())
    );
    let mut foreign = Link::read(&link).expect("it reads");
    foreign.files.insert("../evil.py".into(), String::new());
    let foreign = foreign.write().expect("it is small");
    assert!(read_link(&bench.lesson, &foreign).is_err_and(|sentence| sentence.contains("does not have")));
    assert!(
        read_link(&bench.lesson, "#v1.x").is_err_and(|sentence| sentence.starts_with("This link is damaged"))
    );
}

/// Anybody's text may come as a schedule: none may end the engine.
#[test]
fn drawn_schedules_never_panic() {
    let words = [
        "A",
        "B",
        "C",
        "A2",
        "A.client",
        "timer",
        "A*3",
        "B*2",
        "A.request!lost",
        "B.request!twice",
        "A.response!lost",
        "A.commit!lost",
        "A.charge.response!lost",
        "process.1!crash",
        "process.99!crash",
        "B.request!late",
        "AA",
        "...",
    ];
    let mut state = 7_u64;
    for slug in ["oversell", "deadlock", "double-charge"] {
        let bench = Bench::new(slug);
        for length in 0..40_usize {
            let chosen: Vec<&str> = (0..length % 9)
                .map(|_| {
                    state =
                        state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    words[(state >> 33) as usize % words.len()]
                })
                .collect();
            let found = bench.offered(&chosen.join(" "), u32::try_from(length % 5).expect("small") + 2);
            assert!(!found.shown.said.is_empty(), "{chosen:?}");
        }
    }
}
