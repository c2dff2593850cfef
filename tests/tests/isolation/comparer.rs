//! The comparer itself: what PostgreSQL gave equals itself, and every kind of change to it is found.

use crate::compare::first_difference;
use crate::{Spec, json, specs, wanted};
use serde_json::{Value as Json, json as value};

#[test]
fn what_postgresql_gave_equals_itself() {
    let specs = specs();
    assert_eq!(specs.len(), 69);
    for spec in specs {
        let wanted = wanted(&spec);
        assert_eq!(wanted["spec"], spec.name.as_str());
        assert_eq!(first_difference(&wanted, &wanted, &Json::Null), None, "{}", spec.name);
    }
}

/// Changes a result of `epq-update` and returns the difference that is found.
#[track_caller]
fn check(pointer: &str, to: Json, found: &str) {
    let wanted = json("expected/epq-update.json");
    let mut changed = wanted.clone();
    *changed.pointer_mut(pointer).expect("the place exists") = to;
    let difference = first_difference(&wanted, &changed, &Json::Null).unwrap_or_default();
    assert!(difference.contains(found), "{pointer}: {difference:?} does not say {found:?}");
}

#[test]
fn every_kind_of_change_is_found() {
    check("/permutations", value!([]), "expected 13 permutations, found 0");
    check(
        "/permutations/1/steps/2",
        value!("x"),
        "permutation 2 [brc up2 poor c1 look c2]: expected the steps",
    );
    check("/permutations/0/events/1/step", value!("x"), "event 2 (up1): step: expected \"up1\", found \"x\"");
    check("/permutations/0/events/2/status", value!("ok"), "event 3 (poor): status: expected \"waiting\"");
    check("/permutations/0/events/1/rowcount", value!(2), "rowcount: expected 1, found 2");
    check("/permutations/4/events/4/rows", value!([]), "event 5 (rel): expected the rows");
    check("/permutations/0/events/3/tag", value!("ROLLBACK"), "tag: expected \"COMMIT\", found \"ROLLBACK\"");
    check("/permutations/0/events/6", Json::Null, "event 7 (c2): step: expected \"c2\", found null");
    check(
        "/permutations/7/events/4/sqlstate",
        value!("40P01"),
        "sqlstate: expected \"40001\", found \"40P01\"",
    );
    check("/permutations/0/final/acct/0/2", value!(0), "table acct at the end: expected");
    check("/permutations/0/final", value!({}), "table acct at the end: expected");
}

#[test]
fn events_too_many_or_too_few_are_found() {
    let wanted = json("expected/epq-update.json");
    let mut changed = wanted.clone();
    let events = changed["permutations"][0]["events"].as_array_mut().expect("events");
    let last = events.pop().expect("an event");
    let difference = first_difference(&wanted, &changed, &Json::Null);
    assert!(
        difference.is_some_and(|text| text.contains("event 7: expected {") && text.contains("found nothing"))
    );
    let events = changed["permutations"][0]["events"].as_array_mut().expect("events");
    events.extend([last.clone(), last]);
    let difference = first_difference(&wanted, &changed, &Json::Null);
    assert!(difference.is_some_and(|text| text.contains("event 8: expected nothing, found")));
}

#[test]
fn rows_without_an_order_are_compared_as_a_bag_and_numbers_by_value() {
    let event = |rows: Json, unordered: bool| {
        value!({"permutations": [{"steps": ["a"], "events": [
            {"step": "a", "status": "ok", "tag": "SELECT", "rows": rows, "unordered": unordered}]}]})
    };
    let differs = |wanted: Json, found: Json, unordered: bool| {
        first_difference(&event(wanted, unordered), &event(found, unordered), &Json::Null).is_some()
    };
    assert!(!differs(value!([[1], [2]]), value!([[2], [1]]), true));
    assert!(differs(value!([[1], [2]]), value!([[2], [1]]), false));
    assert!(differs(value!([[1], [2]]), value!([[1], [1]]), true));
    assert!(!differs(value!([[1, true, 2.0]]), value!([[1.0, 1, 2]]), false));
    assert!(differs(value!([[1]]), value!([["1"]]), false));
    assert!(differs(value!([[null]]), value!([[0]]), false));
}

/// An abort that PostgreSQL did not need may be left out, in the permutations that the list names and in no
/// other.
#[test]
fn unneeded_aborts_may_be_left_out_where_the_list_says_so() {
    let unneeded = json("ssi_spurious.json");
    let spec = Spec { name: "ssi-fp-seq-scan".to_owned(), text: String::new() };
    let wanted = wanted(&spec);
    let listed = unneeded[&spec.name].as_object().expect("the spec is in the list");
    for (index, outcome) in listed {
        let mut changed = wanted.clone();
        let index: usize = index.parse().expect("an index");
        changed["permutations"][index] = outcome.clone();
        assert_eq!(first_difference(&wanted, &changed, &unneeded[&spec.name]), None);
        assert!(first_difference(&wanted, &changed, &Json::Null).is_some());
    }
}
