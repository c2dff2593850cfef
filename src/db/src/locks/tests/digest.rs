//! The digest: what must be equal and what must not.

use super::super::Locks;
use super::script::{key_name, played, row_name, table_name};
use crate::answer::SessionId;

fn text(locks: &Locks) -> String {
    let name = |who: SessionId| who.to_string().into();
    locks.canonical(&name, &row_name, &key_name, &table_name)
}

const BASE: &str = "1 row a Share
                    2 row a Share
                    1 claim k
                    1 table t AccessShare
                    2 table t AccessShare
                    3 row a Update -> waits for 1 2
                    4 row a Update -> waits for 3
                    5 table t AccessExclusive -> waits for 1 2
                    6 claim k -> waits for 1";

#[test]
fn shows_everything() {
    let want = "\
key k: [(\"1\", 0)] awaited by [\"6\"]
row a: [(\"1\", 0, Share), (\"2\", 0, Share)] awaited by [(\"3\", Update, \"current\", None), (\"4\", Update, \"current\", None)]
table t: [(\"1\", Transaction(0), AccessShare, 1), (\"2\", Transaction(0), AccessShare, 1)] awaited by [(\"5\", AccessExclusive, Transaction(0))]";
    assert_eq!(text(&played(BASE)), want);
}

// Another history with the same outcome: other orders, a wait given up, a savepoint released.
#[test]
fn does_not_tell_how_it_came_about() {
    let other = "2 table t AccessShare
                 1 table t AccessShare
                 1 row a KeyShare
                 1 row a Share 2
                 1 release 0 -> nobody
                 2 row a Share
                 7 row a Update -> waits for 1 2
                 7 gives-up -> nobody
                 1 claim k 1
                 1 release 0 -> nobody
                 5 table t AccessExclusive -> waits for 1 2
                 6 claim k -> waits for 1
                 3 row a Update -> waits for 1 2
                 4 row a Update -> waits for 3";
    assert_eq!(text(&played(other)), text(&played(BASE)));
}

// One difference each.
#[test]
fn tells_what_matters() {
    let others = [
        ("strength", BASE.replace("2 row a Share", "2 row a KeyShare")),
        ("level", BASE.replace("1 claim k", "1 claim k 1")),
        ("holder", BASE.replace("6 claim", "7 claim")),
        (
            "order of holders",
            BASE.replacen("1 row a Share", "2 row a Share", 1).replacen(
                "2 row a Share\n                    2",
                "2 row a Share\n                    1",
                1,
            ),
        ),
        ("table mode", BASE.replace("1 table t AccessShare", "1 table t RowShare")),
        (
            "order in line",
            BASE.replace("3 row a Update -> waits for 1 2", "4 row a Update -> waits for 1 2")
                .replace("4 row a Update -> waits for 3", "3 row a Update -> waits for 4"),
        ),
        ("new version", BASE.replace("6 claim k", "7 row a KeyShare\n 7 commit a -> nobody\n 6 claim k")),
        ("count", format!("{BASE}\n 1 advisory 1 Share session\n 1 advisory 1 Share session")),
        ("one", format!("{BASE}\n 1 advisory 1 Share session")),
        ("scope", format!("{BASE}\n 1 advisory 1 Share")),
        ("snapshot", format!("{BASE}\n 8 snapshot 1 -> waits for 1")),
    ];
    let mut texts: Vec<_> = others.iter().map(|(_, script)| text(&played(script))).collect();
    texts.push(text(&played(BASE)));
    for (index, (name, _)) in others.iter().enumerate() {
        assert_eq!(texts.iter().filter(|text| **text == texts[index]).count(), 1, "{name}");
    }
}
