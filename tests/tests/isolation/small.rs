//! Small specs with the reasoning: the parts of the player that no spec of the oracle needs.

use unhappy_db::Engine;
use unhappy_sim::isolation;

const TABLE: &str =
    "setup { CREATE TABLE t (id integer PRIMARY KEY, v integer NOT NULL); INSERT INTO t VALUES (1, 10); }\n";

/// Plays a spec with the table `t` and returns its events, one a line.
#[track_caller]
fn check(spec: &str, expected: &[&str]) {
    let text = format!("{TABLE}{spec}");
    let result = isolation::play(&Engine::new(), "small", &text).expect("the spec can be played");
    let json: serde_json::Value = serde_json::from_str(&result.to_json()).expect("a result is JSON");
    let permutation = &json["permutations"][0];
    let events = permutation["events"].as_array().expect("events").iter().map(ToString::to_string);
    let ends = ["final", "invalid", "unfinished"].into_iter().filter(|key| !permutation[key].is_null());
    let found: Vec<String> = events.chain(ends.map(|key| format!("{key} {}", permutation[key]))).collect();
    assert_eq!(found, expected);
}

#[track_caller]
fn refused(spec: &str, sentence: &str) {
    let result = isolation::play(&Engine::new(), "small", &format!("{TABLE}{spec}"));
    assert_eq!(result.map_err(|error| error.to_string()), Err(sentence.to_owned()));
}

// One message is one transaction: the second insert is refused, so the first is undone.
#[test]
fn an_error_undoes_the_whole_message() {
    check(
        "session s step a { INSERT INTO t VALUES (2, 20); INSERT INTO t VALUES (1, 0); SELECT 1; }",
        &[
            r#"{"constraint":"t_pkey","message":"duplicate key value violates unique constraint \"t_pkey\"","results":[{"rowcount":1,"tag":"INSERT"}],"sqlstate":"23505","status":"error","step":"a"}"#,
            r#"final {"t":[[1,10]]}"#,
        ],
    );
}

// COMMIT in the message ends what came before it; the error after it undoes only the rest.
#[test]
fn a_commit_inside_a_message_keeps_what_came_before() {
    check(
        "session s step a { UPDATE t SET v = 11; COMMIT; UPDATE t SET v = 12; SELECT nosuch FROM t; }",
        &[
            r#"{"message":"column \"nosuch\" does not exist","results":[{"rowcount":1,"tag":"UPDATE"},{"tag":"COMMIT"},{"rowcount":1,"tag":"UPDATE"}],"sqlstate":"42703","status":"error","step":"a","warnings":["25P01"]}"#,
            r#"final {"t":[[1,11]]}"#,
        ],
    );
}

// BEGIN makes the block explicit: it is still open for the next step, with the update before BEGIN in it.
#[test]
fn a_begin_inside_a_message_opens_a_block_for_the_steps_after_it() {
    check(
        "session s step a { UPDATE t SET v = 11; BEGIN; UPDATE t SET v = v + 1; } step b { ROLLBACK; }",
        &[
            r#"{"results":[{"rowcount":1,"tag":"UPDATE"},{"tag":"BEGIN"},{"rowcount":1,"tag":"UPDATE"}],"status":"ok","step":"a"}"#,
            r#"{"status":"ok","step":"b","tag":"ROLLBACK"}"#,
            r#"final {"t":[[1,10]]}"#,
        ],
    );
}

#[test]
fn a_savepoint_needs_a_block_that_was_begun() {
    check(
        "session s step a { UPDATE t SET v = 11; SAVEPOINT x; }",
        &[
            r#"{"message":"SAVEPOINT can only be used in transaction blocks","results":[{"rowcount":1,"tag":"UPDATE"}],"sqlstate":"25P01","status":"error","step":"a"}"#,
            r#"final {"t":[[1,10]]}"#,
        ],
    );
}

#[test]
fn an_empty_step_has_no_result() {
    check(
        "session s step a { -- nothing\n }",
        &[r#"{"results":[],"status":"ok","step":"a"}"#, r#"final {"t":[[1,10]]}"#],
    );
}

// The step waits and is reported once more after the commit that it waited for.
#[test]
fn a_wait_is_reported_when_it_begins_and_when_it_ends() {
    check(
        "session s1 setup { BEGIN; } step u1 { UPDATE t SET v = 11 WHERE id = 1; } step c1 { COMMIT; }
         session s2 step u2 { UPDATE t SET v = v + 1 WHERE id = 1 RETURNING v; }
         permutation u1 u2 c1",
        &[
            r#"{"rowcount":1,"status":"ok","step":"u1","tag":"UPDATE"}"#,
            r#"{"status":"waiting","step":"u2"}"#,
            r#"{"status":"ok","step":"c1","tag":"COMMIT"}"#,
            r#"{"rows":[[12]],"status":"ok","step":"u2","tag":"UPDATE"}"#,
            r#"final {"t":[[1,12]]}"#,
        ],
    );
}

// No timer can end this wait and no other session's turn comes before: the step cannot be sent.
#[test]
fn a_step_of_a_session_that_waits_for_ever_cannot_be_sent() {
    check(
        "session s1 setup { BEGIN; } step u1 { UPDATE t SET v = 11 WHERE id = 1; }
         session s2 step u2 { UPDATE t SET v = 12 WHERE id = 1; } step r2 { SELECT 1; }
         permutation u1 u2 r2",
        &[
            r#"{"rowcount":1,"status":"ok","step":"u1","tag":"UPDATE"}"#,
            r#"{"status":"waiting","step":"u2"}"#,
            r#"invalid {"step":"r2","waiting":"u2"}"#,
        ],
    );
}

#[test]
fn a_step_that_waits_at_the_end_is_unfinished() {
    check(
        "session s1 setup { BEGIN; } step u1 { UPDATE t SET v = 11 WHERE id = 1; }
         session s2 step u2 { UPDATE t SET v = 12 WHERE id = 1; }
         permutation u1 u2",
        &[
            r#"{"rowcount":1,"status":"ok","step":"u1","tag":"UPDATE"}"#,
            r#"{"status":"waiting","step":"u2"}"#,
            r#"unfinished ["u2"]"#,
        ],
    );
}

// The circle is closed by the last update. s2's deadlock check comes first, so s2 is the victim; its event comes
// before that of s1, which its abort sets free.
#[test]
fn the_victim_of_a_deadlock_comes_before_whom_it_sets_free() {
    check(
        "setup { INSERT INTO t VALUES (2, 20); }
         session s1 setup { BEGIN; SET LOCAL deadlock_timeout = '2s'; }
         step u11 { UPDATE t SET v = 11 WHERE id = 1; } step u12 { UPDATE t SET v = 11 WHERE id = 2; }
         step c1 { COMMIT; }
         session s2 setup { BEGIN; SET LOCAL deadlock_timeout = '1s'; }
         step u22 { UPDATE t SET v = 22 WHERE id = 2; } step u21 { UPDATE t SET v = 22 WHERE id = 1; }
         step c2 { COMMIT; }
         permutation u11 u22 u12 u21 c1 c2",
        &[
            r#"{"rowcount":1,"status":"ok","step":"u11","tag":"UPDATE"}"#,
            r#"{"rowcount":1,"status":"ok","step":"u22","tag":"UPDATE"}"#,
            r#"{"status":"waiting","step":"u12"}"#,
            r#"{"status":"waiting","step":"u21"}"#,
            r#"{"message":"deadlock detected","sqlstate":"40P01","status":"error","step":"u21"}"#,
            r#"{"rowcount":1,"status":"ok","step":"u12","tag":"UPDATE"}"#,
            r#"{"status":"ok","step":"c1","tag":"COMMIT"}"#,
            r#"{"status":"ok","step":"c2","tag":"ROLLBACK"}"#,
            r#"final {"t":[[1,11],[2,11]]}"#,
        ],
    );
}

// No time passes for the wait itself. r2 cannot be sent before it has ended, so then the half second passes.
#[test]
fn time_passes_when_a_step_of_a_waiting_session_comes_next() {
    check(
        "session s1 setup { BEGIN; } step u1 { UPDATE t SET v = 11 WHERE id = 1; } step r1 { SELECT 1; }
         session s2 setup { SET lock_timeout = '500ms'; }
         step u2 { UPDATE t SET v = 12 WHERE id = 1; } step r2 { SELECT 2; }
         permutation u1 u2 r1 r2",
        &[
            r#"{"rowcount":1,"status":"ok","step":"u1","tag":"UPDATE"}"#,
            r#"{"status":"waiting","step":"u2"}"#,
            r#"{"rows":[[1]],"status":"ok","step":"r1","tag":"SELECT"}"#,
            r#"{"message":"canceling statement due to lock timeout","sqlstate":"55P03","status":"error","step":"u2"}"#,
            r#"{"rows":[[2]],"status":"ok","step":"r2","tag":"SELECT"}"#,
            r#"final {"t":[[1,10]]}"#,
        ],
    );
}

// A second passes while s1 sleeps: longer than the first lock_timeout, shorter than the second.
#[test]
fn time_passes_while_a_statement_sleeps() {
    let spec = |timeout: &str| {
        format!(
            "session s1 setup {{ BEGIN; }} step u1 {{ UPDATE t SET v = 11 WHERE id = 1; }}
             step z1 {{ SELECT pg_sleep(1); }} step c1 {{ COMMIT; }}
             session s2 setup {{ SET lock_timeout = '{timeout}'; }}
             step u2 {{ UPDATE t SET v = v + 1 WHERE id = 1; }}
             permutation u1 u2 z1 c1"
        )
    };
    let began = [
        r#"{"rowcount":1,"status":"ok","step":"u1","tag":"UPDATE"}"#,
        r#"{"status":"waiting","step":"u2"}"#,
        r#"{"rows":[[null]],"status":"ok","step":"z1","tag":"SELECT"}"#,
    ];
    let timed_out = [
        r#"{"message":"canceling statement due to lock timeout","sqlstate":"55P03","status":"error","step":"u2"}"#,
        r#"{"status":"ok","step":"c1","tag":"COMMIT"}"#,
        r#"final {"t":[[1,11]]}"#,
    ];
    let went_on = [
        r#"{"status":"ok","step":"c1","tag":"COMMIT"}"#,
        r#"{"rowcount":1,"status":"ok","step":"u2","tag":"UPDATE"}"#,
        r#"final {"t":[[1,12]]}"#,
    ];
    check(&spec("500ms"), &[began, timed_out].concat());
    check(&spec("1500ms"), &[began, went_on].concat());
}

#[test]
fn rows_whose_order_the_step_does_not_fix_are_marked() {
    check(
        "session s step a { SELECT 1 UNION ALL SELECT 2; } step b { SELECT 1 AS n UNION ALL SELECT 2 ORDER BY n; }",
        &[
            r#"{"rows":[[1],[2]],"status":"ok","step":"a","tag":"SELECT","unordered":true}"#,
            r#"{"rows":[[1],[2]],"status":"ok","step":"b","tag":"SELECT"}"#,
            r#"final {"t":[[1,10]]}"#,
        ],
    );
}

#[test]
fn a_setup_or_teardown_that_fails_or_waits_ends_the_spec() {
    refused(
        "setup { SELECT nosuch; }\nsession s step a { }",
        "the setup failed: 42703: column \"nosuch\" does not exist",
    );
    refused(
        "session s setup { SELEC; } step a { }",
        "the setup of session s failed: 42601: syntax error at or near \"SELEC\"",
    );
    refused(
        "teardown { SELECT nosuch; }\nsession s step a { }",
        "the teardown failed: 42703: column \"nosuch\" does not exist",
    );
    refused(
        "session s1 setup { BEGIN; UPDATE t SET v = 11; } session s2 setup { UPDATE t SET v = 12; } step a { }",
        "the setup of session s2 must wait for another session, so it can never end",
    );
}

// A hundred thousand rows and one, in two steps; ten thousand and one in a table; 16 permutations of a million
// characters each.
#[test]
fn results_that_grow_too_large_end_the_spec() {
    let numbers = |most: u32| {
        format!(
            "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < {most}) SELECT i FROM n"
        )
    };
    refused(
        &format!("session s step a {{ {} }} step b {{ SELECT 1 }}", numbers(100_000)),
        "result rows of a permutation: at most 100,000 are possible, found 100,001",
    );
    refused(
        &format!(
            "setup {{ CREATE TABLE big (i integer); INSERT INTO big {} }}\nsession s step a {{ }}",
            numbers(10_001)
        ),
        "rows of a table at the end: at most 10,000 are possible, found 10,001",
    );
    let long = format!("SELECT {} FROM (SELECT '{}' AS x) y", ["x"; 25].join(", "), "x".repeat(40_000));
    refused(
        &format!("session s step a {{ {long} }} {}", "permutation a ".repeat(17)),
        "bytes of a result: at most 16,000,000 are possible, found 16,002,832",
    );
}
