//! `unhappy isolation` as its users call it: text, JSON, files, exit codes.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const SMALL: &str =
    "setup { CREATE TABLE t (id integer PRIMARY KEY, v integer); INSERT INTO t VALUES (1, 10); }
session s1
setup { BEGIN; }
step put { UPDATE t SET v = 11 WHERE id = 1; }
step done { COMMIT; }
session s2
step add { UPDATE t SET v = v + 1 WHERE id = 1 RETURNING v; }
step look { SELECT nosuch FROM t; }
permutation put add done look
permutation put add look
";

const SMALL_AS_TEXT: &str = r#"small
  put add done look
    put   UPDATE 1
    add   waits
    done  COMMIT
    add   UPDATE: (12)
    look  error 42703: column "nosuch" does not exist
    table t: (1, 12)
  put add look
    put   UPDATE 1
    add   waits
    look could not be sent: its session still waits in add
"#;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("isolation")
}

/// Writes a spec and returns its path.
fn spec(name: &str, text: &str) -> String {
    std::fs::create_dir_all(folder()).expect("a folder can be made");
    let path = folder().join(format!("{name}.spec"));
    std::fs::write(&path, text).expect("the spec can be written");
    path.display().to_string()
}

fn isolation(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_unhappy"));
    command.arg("isolation").args(arguments).output().expect("the tool starts")
}

fn printed(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_spec_is_shown_as_text() {
    let output = isolation(&[&spec("small", SMALL)]);
    assert_eq!(printed(&output), SMALL_AS_TEXT);
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn json_is_one_object_a_line_and_the_same_in_files() {
    let (small, other) = (spec("small", SMALL), spec("other", "session s step a { SELECT 1 }"));
    let lines = printed(&isolation(&["--json", &small, &other]));
    assert_eq!(lines.lines().count(), 2);
    let last = r#"{"spec":"other","tags":[],"permutations":[{"steps":["a"],"events":[{"step":"a","status":"ok","tag":"SELECT","rows":[[1]]}],"final":{}}]}"#;
    assert_eq!(lines.lines().last(), Some(last));
    let out = folder().join("out");
    let output = isolation(&["--out", &out.display().to_string(), &small, &other]);
    assert_eq!((printed(&output), output.status.code()), (String::new(), Some(0)));
    let read = |name: &str| std::fs::read_to_string(out.join(name)).expect("the file was written");
    assert_eq!(read("small.json") + &read("other.json"), lines);
}

#[test]
fn a_spec_that_cannot_be_played_is_reported_and_the_others_are_played() {
    let (bad, small) = (spec("bad", "session s\nstep a SELECT"), spec("small", SMALL));
    let output = isolation(&[&bad, "/nowhere.spec", &small]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(printed(&output), SMALL_AS_TEXT);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let wanted = "bad.spec: line 2, column 8: expected an SQL block, found the name \"SELECT\"";
    assert!(said.contains(wanted) && said.contains("/nowhere.spec: "), "{said}");
}
