//! The page's state, driven as the page and the engine drive it.

use super::{
    Action, Active, Before, CodeName, EngineState, Files, Job, LessonState, Progress, Purpose, RunKind,
    Stored,
};
use crate::engine::Told;
use std::collections::BTreeMap;
use std::rc::Rc;
use unhappy_lesson::{
    Budget, Experiment, File, Formula, Lesson, Predict, PredictOption, Prose, Setting, Sizes, Text, Ticket,
    Traffic,
};
use unhappy_trace::event::{Arrived, Responded, Shape, Statement, StatementOutcome};
use unhappy_trace::{
    Digest, EventKind, Inputs, Recorder, SimDuration, SimInstant, Trace, Value, request_name,
};
use unhappy_view::{ByHandShown, Evidence, Step, VerdictCard};
use unhappy_wire::{Checked, Judged, Linked, Offered, Ran, Reply, Swept};

fn formula(text: &str) -> Formula {
    Formula::parse(text).expect("the formula reads")
}

fn experiment(key: &str, text: &str) -> Experiment {
    let files = BTreeMap::from([("server.py".to_owned(), text.to_owned())]);
    Experiment {
        key: key.into(),
        name: format!("Version {key}"),
        files,
        settings: BTreeMap::new(),
        when: vec![],
        text: String::new(),
    }
}

fn lesson() -> Lesson {
    let file = |name: &str, editable| File { name: name.into(), text: "slow\n".into(), editable };
    Lesson {
        format_version: unhappy_lesson::FORMAT_VERSION,
        id: "11111111-2222-3333-4444-555555555555".into(),
        slug: "sample".into(),
        title: "Sample".into(),
        summary: String::new(),
        track: "Queries".into(),
        level: 1,
        minutes: 10,
        prerequisites: vec![],
        aliases: vec![],
        row_noun: "order".into(),
        ticket: Ticket::default(),
        text: Text::default(),
        files: vec![file("server.py", true), file("client.py", false)],
        schema_file: "schema.sql".into(),
        tables: vec![],
        data_sql: String::new(),
        settings: vec![Setting {
            key: "orders".into(),
            label: "orders".into(),
            default: 100,
            min: 0,
            max: 10_000,
        }],
        sizes: Sizes { setting: "orders".into(), values: vec![1, 10, 100], requests: 1 },
        traffic: Traffic {
            method: "GET".into(),
            path: "/orders".into(),
            requests: 50,
            mean_gap_micros: 1_000,
            seed: 42,
            user: vec![],
        },
        variants: vec![],
        data_seeds: 1,
        budgets: vec![Budget {
            name: "few statements".into(),
            formula: formula("statements <= 3"),
            sentence: "too many".into(),
        }],
        promises: vec![],
        watches: vec![],
        bound: None,
        must_show: vec![],
        predict: Predict {
            question: "How many?".into(),
            options: vec![PredictOption { text: "2".into(), right_when: formula("broken.statements == 2") }],
        },
        hints: vec![],
        fixes: vec![experiment("join", "join\n")],
        wrong: vec![experiment("limit", "limit\n")],
        flavours: vec![],
        review_question: Prose::default(),
        fidelity: vec![],
        record: None,
    }
}

/// A run of one request with so many statements.
fn trace(statements: u64) -> Trace {
    let mut recorder = Recorder::new();
    let actor = recorder.text(&request_name(0));
    let empty = recorder.text("");
    let at = SimInstant::START;
    recorder.push(at, actor, EventKind::Arrived(Arrived { method: empty, path: empty, sent_at: at }));
    let shape =
        Shape { text: "SELECT 1".into(), plan: vec![], tables_read: vec![], in_list: false, subquery: false };
    let shape = recorder.shape(&shape);
    for _ in 0..statements {
        let outcome =
            StatementOutcome::Answered { rows: 1, changed: 0, preview: empty, digest: Digest::of(b"") };
        let statement = Statement {
            sent_at: at,
            took: SimDuration::from_micros(500),
            place: None,
            sql: empty,
            shape,
            binds: empty,
            outcome,
            rows_visited: 1,
            vm_steps: 1,
            hits: vec![],
        };
        recorder.push(at, actor, EventKind::Statement(statement));
    }
    let responded = Responded {
        status: 200,
        digest: Digest::of(b"body"),
        body_bytes: 2,
        rows: None,
        preview: empty,
        latency: SimDuration::from_micros(500 * statements),
        hits: vec![],
    };
    recorder.push(at, actor, EventKind::Responded(responded));
    recorder.finish()
}

/// A page whose engine is ready and whose text is checked.
fn page() -> LessonState {
    let mut state = LessonState::new(Rc::new(lesson()), Stored::default());
    state.apply(Action::Engine(Told::Ready { engine: "0.1.0".into() }));
    settle(&mut state);
    state
}

/// The engine answers the job under way.
fn answer(state: &mut LessonState) {
    let active = state.job.clone().expect("a job is under way");
    let reply = match &active.job {
        Job::Run { inputs, .. } => Reply::Ran(Box::new(Ran {
            run: String::new(),
            link: None,
            evidence: Evidence::of(&trace(if inputs.files.is_empty() { 101 } else { 1 }), &lesson(), inputs),
            first_answer: Some((200, Value::Null)),
            diagnostics: vec![],
        })),
        Job::Sweep { .. } => Reply::Swept(Swept::default()),
        Job::Judge { files, .. } => {
            let accepted = files.get("server.py").is_some_and(|text| text != "limit\n");
            let card = VerdictCard {
                accepted,
                sentence: String::new(),
                reason: None,
                findings: vec![],
                coverage: String::new(),
            };
            Reply::Judged(Box::new(Judged { card, proof: String::new() }))
        }
        Job::Check { .. } => Reply::Checked(Checked::default()),
        Job::Tables { .. } | Job::ReadLink { .. } | Job::Offers { .. } => Reply::Cancelled,
    };
    state.apply(Action::Engine(Told::Answered { ticket: active.ticket, reply }));
}

/// Names what is done in the background until nothing is left, in order.
fn settle(state: &mut LessonState) -> String {
    let mut done = Vec::new();
    loop {
        state.apply(Action::Background);
        let Some(active) = &state.job else { return done.join(", ") };
        done.push(match &active.job {
            Job::Run { purpose: Purpose::Before, .. } => "before",
            Job::Run { .. } => "run",
            Job::Sweep { .. } => "sweep",
            Job::Judge { .. } => "judge",
            Job::Check { .. } => "check",
            Job::Tables { .. } => "tables",
            Job::Offers { .. } => "offers",
            Job::ReadLink { .. } => "link",
        });
        answer(state);
    }
}

fn steps(progress: &Progress) -> String {
    progress.done.iter().map(|step| step.key()).collect::<Vec<_>>().join(" ")
}

#[test]
fn the_path_of_a_lesson() {
    let mut state = page();
    state.apply(Action::RunOne);
    answer(&mut state);
    assert_eq!(state.step, Step::HappyPath);
    state.apply(Action::Choose(0));
    state.apply(Action::Predict);
    state.apply(Action::RunTraffic);
    answer(&mut state);
    assert!(state.progress.broke, "101 statements break the budget of 3");
    assert_eq!(state.step, Step::BreakIt);
    assert_eq!(settle(&mut state), "sweep");
    state.apply(Action::Go(Step::Look));
    state.apply(Action::Edit { file: "server.py".into(), text: "mine\n".into() });
    state.apply(Action::Settled);
    state.apply(Action::Go(Step::Fix));
    state.apply(Action::RunTraffic);
    answer(&mut state);
    assert_eq!(state.step, Step::Compare);
    state.apply(Action::Prove);
    answer(&mut state);
    assert_eq!(steps(&state.progress), "brief happy-path predict break-it look fix compare prove",);
    assert!(state.progress.proved());
}

#[test]
fn the_question_is_not_answered_before_it_is_asked() {
    let mut state = page();
    assert!(!state.shows_record());
    state.apply(Action::RunOne);
    answer(&mut state);
    assert!(state.withholds(), "101 statements would answer it");
    state.apply(Action::Choose(0));
    state.apply(Action::Predict);
    assert!(!state.withholds());

    let mut state = page();
    state.apply(Action::RunOne);
    answer(&mut state);
    state.apply(Action::Reveal);
    assert!(!state.withholds(), "nobody is forced");

    let mut state = page();
    state.apply(Action::Edit { file: "server.py".into(), text: "mine\n".into() });
    state.apply(Action::RunOne);
    answer(&mut state);
    assert!(!state.withholds(), "code of one's own is no secret");
    state.apply(Action::Engine(Told::Unavailable { sentence: "No engine.".into() }));
    assert!(state.shows_record());
}

#[test]
fn a_run_is_compared_with_the_lessons_code_under_the_same_inputs() {
    let mut state = page();
    state.apply(Action::Edit { file: "server.py".into(), text: "mine\n".into() });
    state.apply(Action::Settled);
    state.apply(Action::SetSize(10));
    state.apply(Action::RunTraffic);
    answer(&mut state);
    assert!(matches!(state.before(), Before::Missing(_)));
    assert_eq!(settle(&mut state), "before, check, sweep, sweep");
    let Before::Run(run, name) = state.before() else { panic!("the run before is there") };
    assert_eq!(name, "the lesson's code");
    assert_eq!(run.inputs.settings, BTreeMap::from([("orders".to_owned(), 10)]));
    assert!(run.inputs.files.is_empty());
    assert_eq!(state.shown_run().map(|run| run.code.clone()), Some(CodeName::Yours));
}

#[test]
fn a_pinned_run_is_the_one_before() {
    let mut state = page();
    state.apply(Action::Edit { file: "server.py".into(), text: "first\n".into() });
    state.apply(Action::RunTraffic);
    answer(&mut state);
    let first = state.shown;
    state.apply(Action::Pin(first));
    assert_eq!(state.before(), Before::Nothing, "a run is not compared with itself");
    state.apply(Action::Edit { file: "server.py".into(), text: "second\n".into() });
    state.apply(Action::RunTraffic);
    answer(&mut state);
    let Before::Run(run, name) = state.before() else { panic!("the pinned run is there") };
    assert_eq!((Some(run.number), name.as_str()), (first, "run 1, pinned"));
}

#[test]
fn trying_a_version_keeps_the_learners_text_and_proves_nothing() {
    let mut state = page();
    state.apply(Action::Edit { file: "server.py".into(), text: "mine\n".into() });
    state.apply(Action::Try("join".into()));
    assert_eq!(state.code.text(&state.lesson, "server.py"), "join\n");
    answer(&mut state);
    assert_eq!(state.shown_run().map(|run| run.code.clone()), Some(CodeName::Version("Version join".into())));
    answer(&mut state);
    assert!(state.verdict.as_ref().is_some_and(|verdict| verdict.card.accepted));
    assert!(!state.progress.proved());
    state.apply(Action::BackToMine);
    assert_eq!(state.code.text(&state.lesson, "server.py"), "mine\n");
    state.apply(Action::Reset);
    assert!(state.code.files().is_empty());
    state.apply(Action::Undo);
    assert_eq!(state.code.text(&state.lesson, "server.py"), "mine\n");
    state.apply(Action::Undo);
    assert!(state.code.files().is_empty());
}

#[test]
fn a_background_job_gives_way_to_the_learner() {
    let mut state = LessonState::new(Rc::new(lesson()), Stored::default());
    state.apply(Action::Engine(Told::Ready { engine: "0.1.0".into() }));
    state.apply(Action::Background);
    state.apply(Action::RunOne);
    let active = state.job.clone().expect("the check is under way");
    assert!(active.stopping && state.is_busy());
    let cancelled = Told::Answered { ticket: active.ticket, reply: Reply::Cancelled };
    state.apply(Action::Engine(cancelled));
    assert!(matches!(&state.job, Some(active) if active.job.is_asked_for()));
    state.apply(Action::RunTraffic);
    assert!(state.next_jobs.is_empty(), "one thing at a time");
}

#[test]
fn what_the_engine_cannot_answer_is_told_once() {
    let mut state = page();
    state.apply(Action::RunTraffic);
    let ticket = state.job.as_ref().map_or(0, |active| active.ticket);
    state.apply(Action::Engine(Told::Lost { ticket, sentence: "It crashed.".into() }));
    assert_eq!(state.trouble.as_deref(), Some("It crashed."));
    assert!(!state.is_busy());
    state.apply(Action::Edit { file: "server.py".into(), text: "mine\n".into() });
    state.apply(Action::Settled);
    state.apply(Action::Background);
    let ticket = state.job.as_ref().map_or(0, |active| active.ticket);
    state.apply(Action::Engine(Told::Lost { ticket, sentence: "Again.".into() }));
    assert_eq!(state.trouble.as_deref(), Some("It crashed."), "a background job fails silently");
    assert_eq!(state.background_job(), None, "and is not tried again");
    state.apply(Action::Engine(Told::Unavailable { sentence: "No engine.".into() }));
    assert_eq!(state.engine, EngineState::Unavailable("No engine.".into()));
}

#[test]
fn what_is_stored_reads_back() {
    let mut state = page();
    state.apply(Action::Edit { file: "server.py".into(), text: "mine\n".into() });
    state.apply(Action::Choose(0));
    state.apply(Action::Predict);
    state.apply(Action::Go(Step::Fix));
    state.apply(Action::Try("limit".into()));
    let stored = state.stored();
    assert_eq!(Progress::read(&stored.progress.write()), stored.progress);
    let again = LessonState::new(Rc::new(lesson()), stored);
    assert_eq!(again.code.mine, Files::from([("server.py".to_owned(), "mine\n".to_owned())]));
    assert_eq!(again.code.text(&again.lesson, "server.py"), "limit\n");
    assert_eq!(again.step, Step::Fix);
    assert_eq!(steps(&again.progress), "brief predict fix");
}

#[test]
fn unknown_lines_of_stored_progress_are_left_out() {
    let progress = Progress::read("done brief\ndone flying\nbroke yes\nhints many\nnew thing\n");
    assert_eq!(steps(&progress), "brief");
    assert!(progress.broke);
    assert_eq!(progress.mark(), Some(("broke", "broken, not fixed")));
}

#[test]
fn settings_of_the_server_are_part_of_a_fix_and_others_of_the_world() {
    let mut own = lesson();
    for key in ["pool_size", "users"] {
        own.settings.push(Setting { key: key.into(), label: key.into(), default: 0, min: 0, max: 10 });
    }
    let mut state = LessonState::new(Rc::new(own), Stored::default());
    let set = |state: &mut LessonState, key: &str, text: &str| {
        state.apply(Action::Set(key.to_owned(), text.to_owned()));
    };
    set(&mut state, "pool_size", "11");
    assert_eq!(state.setting_trouble, "“pool_size” is a whole number from 0 to 10.");
    set(&mut state, "pool_size", "5");
    set(&mut state, "users", "3");
    assert_eq!((state.setting_trouble.as_str(), state.changed_settings().len()), ("", 2));
    let inputs = state.inputs(RunKind::Traffic);
    assert_eq!((inputs.settings.get("pool_size"), inputs.settings.get("users")), (Some(&5), Some(&3)));
    assert_eq!(state.code_name(&inputs.files, &inputs.settings), CodeName::Yours);
    state.apply(Action::Engine(Told::Ready { engine: "0.1.0".into() }));
    settle(&mut state);
    state.apply(Action::RunTraffic);
    answer(&mut state);
    let Before::Missing(before) = state.before() else {
        panic!("the lesson's own settings were not run yet")
    };
    assert_eq!((before.settings.get("pool_size"), before.settings.get("users")), (None, Some(&3)));
    set(&mut state, "pool_size", "0");
    assert_eq!(state.code_name(&state.inputs(RunKind::Traffic).files, &state.settings), CodeName::Lesson);
}

/// Answers a move by hand: the run so far has the schedule that was asked for.
fn answer_by_hand(state: &mut LessonState, is_broken: bool) {
    let Some(Active { ticket, job: Job::Offers { inputs, schedule, .. }, .. }) = state.job.clone() else {
        panic!("no move was asked for")
    };
    let choices = format!("by:{schedule}").parse().expect("a schedule");
    let inputs = Inputs { choices, ..inputs };
    let ran = Ran {
        run: format!("run of {schedule}"),
        link: None,
        evidence: Evidence::of(&trace(101), &lesson(), &inputs),
        first_answer: None,
        diagnostics: vec![],
    };
    let shown = ByHandShown { is_broken, ..ByHandShown::default() };
    let reply = Reply::Offered(Box::new(Offered { inputs, ran, shown }));
    state.apply(Action::Engine(Told::Answered { ticket, reply }));
}

fn play(state: &mut LessonState, schedule: &str, at: u32, is_fresh: bool) {
    state.apply(Action::Play { schedule: schedule.into(), at, is_fresh });
}

#[test]
fn a_run_by_hand_has_one_place_among_the_runs() {
    let mut state = page();
    state.apply(Action::RunOne);
    answer(&mut state);
    play(&mut state, "", 0, true);
    answer_by_hand(&mut state, false);
    assert!(state.hand.is_some() && !state.withholds(), "whoever schedules sees everything");
    for (schedule, at) in [("A", 1), ("A B", 2)] {
        play(&mut state, schedule, at, false);
        play(&mut state, "B", 1, false);
        answer_by_hand(&mut state, schedule == "A B");
    }
    assert_eq!(state.runs.all().len(), 2, "a move does not push other runs out");
    assert_eq!(state.shown_run().map(|run| run.inputs.choices.to_string()), Some("by:A B".to_owned()));
    assert_eq!(state.shown_run().map(|run| run.inputs.requests), Some(2));
    assert_eq!(state.before(), Before::Nothing);
    assert!(state.progress.broke, "a promise that was broken by hand is broken");
    state.apply(Action::RunTraffic);
    assert!(state.hand.is_none(), "traffic is another way to break it");
}

#[test]
fn a_link_stands_in_front_of_the_learners_own_text() {
    let mut state = page();
    state.apply(Action::Edit { file: "server.py".into(), text: "mine\n".into() });
    state.apply(Action::Settled);
    state.apply(Action::OpenLink("#v1.abc".into()));
    let ticket = state.job.as_ref().expect("it is read").ticket;
    let inputs = Inputs {
        files: Files::from([("server.py".to_owned(), "theirs\n".to_owned())]),
        settings: BTreeMap::from([("orders".to_owned(), 10)]),
        seed: 7,
        choices: "by:A B".parse().expect("a schedule"),
        ..state.inputs(RunKind::Traffic)
    };
    let linked = Linked { inputs, run: "run of A B".into() };
    let reply = Reply::Linked(Box::new(linked.clone()));
    state.apply(Action::Engine(Told::Answered { ticket, reply }));
    answer_by_hand(&mut state, true);
    assert_eq!(state.code.text(&state.lesson, "server.py"), "theirs\n");
    assert_eq!((state.size, state.seed, state.trouble.clone()), (10, 7, None));
    assert!(!state.progress.broke, "it is not the lesson's code that broke");
    let stored = state.stored();
    assert_eq!(stored.mine["server.py"], "mine\n");
    let again = LessonState::new(Rc::new(lesson()), stored);
    assert_eq!(again.code.text(&again.lesson, "server.py"), "theirs\n");
    state.apply(Action::BackToMine);
    assert_eq!(state.code.text(&state.lesson, "server.py"), "mine\n");

    // A run that goes another way than where the link was made says so.
    state.apply(Action::OpenLink("#v1.abc".into()));
    let ticket = state.job.as_ref().expect("it is read").ticket;
    let reply = Reply::Linked(Box::new(Linked { run: "another".into(), ..linked }));
    state.apply(Action::Engine(Told::Answered { ticket, reply }));
    answer_by_hand(&mut state, true);
    assert!(state.trouble.as_ref().is_some_and(|sentence| sentence.contains("went another way")));

    // A link that is refused changes nothing.
    state.apply(Action::BackToMine);
    state.apply(Action::OpenLink("#v1.x".into()));
    let ticket = state.job.as_ref().expect("it is read").ticket;
    let reply = Reply::Failed { sentence: "This link is damaged.".into() };
    state.apply(Action::Engine(Told::Answered { ticket, reply }));
    assert_eq!(state.trouble.as_deref(), Some("This link is damaged."));
    assert_eq!(state.code.text(&state.lesson, "server.py"), "mine\n");
}
