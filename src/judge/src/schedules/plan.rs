//! What is tried: which faults, and where in a run another actor may go first.
//!
//! In: what a lesson's bound names, and runs as they went. Out: faults and the beginnings of schedules. An
//! *operation* is everything that one client does and causes: `A.client`, its requests `A` and `A2`, their
//! tasks `A/1`. Pure: nothing here runs. Names follow rules.md ("Steps"), faults `trace`'s grammar.

use std::collections::{BTreeMap, BTreeSet};
use unhappy_trace::event::{EventKind, TransactionWhat};
use unhappy_trace::{Fault, FaultKind, How, Move, Trace};

/// Returns the operation that an actor belongs to, by its letters; none for deliveries, jobs and processes.
pub(crate) fn operation_of(actor: &str) -> Option<&str> {
    let end = actor.find(|letter: char| !letter.is_ascii_uppercase()).unwrap_or(actor.len());
    (end > 0).then(|| &actor[..end])
}

/// Returns the request that an actor belongs to: `A2` for `A2/1`; none for clients, deliveries and jobs.
pub(crate) fn request_of(actor: &str) -> Option<&str> {
    operation_of(actor)?;
    let root = actor.split_once('/').map_or(actor, |(root, _)| root);
    (!root.ends_with(".client")).then_some(root)
}

/// The actor of a move that is a step.
pub(crate) fn stepping(step: &Move) -> Option<&str> {
    match step {
        Move::Step(actor) => Some(actor),
        Move::Timer | Move::Fault(_) => None,
    }
}

/// Whether a move is a step of that operation.
pub(crate) fn is_of(step: &Move, operation: &str) -> bool {
    stepping(step).and_then(operation_of) == Some(operation)
}

/// The faults that messages and commits of a request may meet. A process may crash after every step instead.
pub(crate) fn faults_of(kinds: &[FaultKind], request: &str) -> Vec<Fault> {
    let fault = |thing: &str, how| Some(Fault { thing: format!("{request}.{thing}"), how });
    let of_kind = |kind: &FaultKind| match kind {
        FaultKind::RequestLost => fault("request", How::Lost),
        FaultKind::ResponseLost => fault("response", How::Lost),
        FaultKind::RequestTwice => fault("request", How::Twice),
        FaultKind::CommitLost => fault("commit", How::Lost),
        FaultKind::ChargeResponseLost => fault("charge.response", How::Lost),
        // A request that is delivered late is one that another actor, or the sender's timer, goes before.
        FaultKind::Crash | FaultKind::RequestLate => None,
    };
    kinds.iter().filter_map(of_kind).collect()
}

/// After how many moves of its request each chance of a fault comes by: commits and charges may be several.
pub(crate) fn chances(trace: &Trace, fault: &Fault) -> Vec<usize> {
    let (request, thing) = fault.thing.split_once('.').unwrap_or((&fault.thing, ""));
    let mut found = vec![];
    let mut moves = 0;
    for event in trace.events.iter().filter(|event| request_of(trace.text(event.actor)) == Some(request)) {
        let is_it = match &event.kind {
            EventKind::Arrived(_) => thing == "request",
            EventKind::Responded(_) => thing == "response",
            EventKind::Transaction(step) => thing == "commit" && step.what == TransactionWhat::Commit,
            EventKind::ServiceCalled(called) => {
                thing == "charge.response" && trace.text(called.name) == "payments.charge"
            }
            _ => false,
        };
        if is_it {
            found.push(moves);
        }
        // A call that waits is two moves.
        let is_move = matches!(
            event.kind,
            EventKind::Statement(_)
                | EventKind::Transaction(_)
                | EventKind::ServiceCalled(_)
                | EventKind::StatementWaits(_)
                | EventKind::PoolWaits(_)
        );
        moves += usize::from(is_move);
    }
    found
}

/// Places in a run's moves from which on the second, third … chance of a fault is the next one: half way from the
/// chance before, so that it does not matter to which move exactly an event belongs.
pub(crate) fn places_before(moves: &[Move], fault: &Fault, chances: &[usize]) -> Vec<usize> {
    let request = fault.thing.split_once('.').map_or("", |(request, _)| request);
    let own: Vec<usize> = (0..moves.len())
        .filter(|index| stepping(&moves[*index]).and_then(request_of) == Some(request))
        .collect();
    let between = chances.windows(2).map(|pair| (pair[0] + pair[1]).div_ceil(2));
    between.filter_map(|move_of_it| own.get(move_of_it).copied()).collect()
}

/// The requests of clients in a run: `A`, `A2`, not second deliveries or what handlers send.
pub(crate) fn requests(trace: &Trace) -> BTreeSet<String> {
    let arrived = trace.events.iter().filter(|event| matches!(event.kind, EventKind::Arrived(_)));
    let names = arrived.map(|event| trace.text(event.actor));
    names.filter(|name| request_of(name) == Some(name) && !name.contains('.')).map(str::to_owned).collect()
}

/// How many of the faults that a schedule chooses happened in a run.
pub(crate) fn happened(trace: &Trace) -> usize {
    trace.events.iter().filter(|event| matches!(event.kind, EventKind::FaultHappened(_))).count()
}

/// How many faults a beginning chooses.
pub(crate) fn faults_in(moves: &[Move]) -> usize {
    moves.iter().filter(|step| matches!(step, Move::Fault(_))).count()
}

/// The process of each request that ran in one, by name. One process without limit is named nowhere.
pub(crate) fn processes(trace: &Trace) -> BTreeMap<String, String> {
    let assigned = trace.events.iter().filter_map(|event| match &event.kind {
        EventKind::Assigned(assigned) => {
            Some((trace.text(event.actor).to_owned(), trace.text(assigned.process).to_owned()))
        }
        _ => None,
    });
    assigned.collect()
}

/// Returns the crash of the process in which a move was made; none for moves outside of a process.
pub(crate) fn crash_after(step: &Move, processes: &BTreeMap<String, String>) -> Option<Move> {
    let request = request_of(stepping(step)?)?;
    let process = processes.get(request).map_or("process.1", String::as_str);
    Some(Move::Fault(Fault { thing: process.to_owned(), how: How::Crash }))
}

/// Where the first operation of a run can be interrupted: how many moves come before the other one's first.
pub(crate) fn moves_before(moves: &[Move], other: &str) -> usize {
    moves.iter().position(|step| is_of(step, other)).unwrap_or(moves.len())
}

/// The first move of an operation in a run.
pub(crate) fn first_of<'a>(moves: &'a [Move], operation: &str) -> Option<&'a Move> {
    moves.iter().find(|step| is_of(step, operation))
}

/// Actors of an operation that move later on and may do so already after `made` moves, but for the one that moves
/// next: who has begun, a second delivery, a task. A retry comes with its client's timer.
pub(crate) fn others_later(moves: &[Move], made: usize, operation: &str) -> Vec<String> {
    let next = moves.get(made).and_then(stepping);
    let has_begun = |actor: &str| moves[..made].iter().any(|step| stepping(step) == Some(actor));
    let may_move = |actor: &str| actor.contains(['/', '.']) || has_begun(actor);
    let mut others: Vec<String> = vec![];
    for actor in moves[made..].iter().filter(|step| is_of(step, operation)).filter_map(stepping) {
        if Some(actor) != next && may_move(actor) && !others.iter().any(|other| other == actor) {
            others.push(actor.to_owned());
        }
    }
    others
}

/// The place from `from` on where somebody else moved although a wanted actor had moves left, and that
/// actor's next one.
pub(crate) fn overtaken(
    moves: &[Move],
    from: usize,
    wanted: &dyn Fn(&str) -> bool,
) -> Option<(usize, usize)> {
    let is_wanted = |step: &Move| stepping(step).is_some_and(wanted);
    let place = (from..moves.len()).find(|index| !is_wanted(&moves[*index]))?;
    let next = (place..moves.len()).find(|index| is_wanted(&moves[*index]))?;
    Some((place, next))
}

#[cfg(test)]
mod tests {
    use super::*;
    use unhappy_trace::Schedule;

    fn moves(text: &str) -> Vec<Move> {
        text.parse::<Schedule>().expect("the schedule reads").moves
    }

    #[test]
    fn actors_belong_to_operations_and_requests() {
        for (actor, operation, request) in [
            ("A", Some("A"), Some("A")),
            ("A2", Some("A"), Some("A2")),
            ("AB2/1/2", Some("AB"), Some("AB2")),
            ("A.client", Some("A"), None),
            ("queue.emails.1", None, None),
            ("process.1", None, None),
        ] {
            assert_eq!((operation_of(actor), request_of(actor)), (operation, request), "{actor}");
        }
    }

    #[test]
    fn every_kind_of_fault_has_its_thing() {
        let kinds = FaultKind::NAMES.map(|(kind, _)| kind);
        let shown: Vec<String> = faults_of(&kinds, "A2").iter().map(ToString::to_string).collect();
        assert_eq!(
            shown,
            [
                "A2.request!lost",
                "A2.response!lost",
                "A2.request!twice",
                "A2.commit!lost",
                "A2.charge.response!lost"
            ]
        );
    }

    #[test]
    fn a_crash_hits_the_process_of_the_request_that_moved() {
        let processes = BTreeMap::from([("B".to_owned(), "process.2".to_owned())]);
        let crash = |step: &str| {
            crash_after(&step.parse().expect("the move reads"), &processes).map(|found| found.to_string())
        };
        assert_eq!(crash("B/1").as_deref(), Some("process.2!crash"));
        assert_eq!(crash("A").as_deref(), Some("process.1!crash"));
        assert_eq!((crash("A.client"), crash("timer")), (None, None));
    }

    // A steps three times, then its second delivery once, then its retry, then B.
    #[test]
    fn a_run_is_interrupted_before_the_other_operation_begins() {
        let run = moves("A*3 A.twice timer A2 B2 B");
        assert_eq!(moves_before(&run, "B"), 6);
        assert_eq!(first_of(&run, "B").map(ToString::to_string).as_deref(), Some("B2"));
        assert_eq!(others_later(&run, 2, "A"), ["A.twice"]);
        assert_eq!(others_later(&run, 3, "A"), Vec::<String>::new());
    }

    // Commits after two and five moves of A: the second one is the next from A's fourth move on.
    #[test]
    fn a_later_chance_is_met_after_the_one_before() {
        let run = moves("A*3 B A*3 B");
        let fault: Fault = "A.commit!lost".parse().expect("the fault reads");
        assert_eq!(places_before(&run, &fault, &[2, 5]), [5]);
        assert_eq!(places_before(&run, &fault, &[2]), Vec::<usize>::new());
    }

    // After `A B` the run went on with A; B's next step stands at place 4.
    #[test]
    fn who_was_overtaken_is_found() {
        let run = moves("A B A*2 B2*2");
        let of_b = |actor: &str| operation_of(actor) == Some("B");
        assert_eq!(overtaken(&run, 2, &of_b), Some((2, 4)));
        assert_eq!(overtaken(&run, 4, &of_b), None);
    }
}
