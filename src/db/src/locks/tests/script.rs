//! The language of the tests: requests by session number, each with the expected answer behind `->`.
//!
//! `1 row a Update` asks and waits when it must; `2 again` asks for what session 2 waits for; `1 commit a` commits
//! a change of row a. Answers: `granted`, `waits for 1 2`, `refused`, who is `ready`, what a check found.

use super::super::types::{Asked, Checked, Cycle, HeldLock, KeyEntry, Lockable, Scope, Wait};
use super::super::{AdvisoryKey, Locks, RowMode, TableMode};
use crate::answer::SessionId;
use crate::change::RowKey;
use crate::schema::{KeyId, TableId};
use std::fmt::Write;

/// Plays a script and compares every answer.
#[track_caller]
pub(super) fn check(script: &str) {
    assert_eq!(transcript(&mut Locks::default(), script), tidy(script));
}

/// Plays a script and returns the locks at its end.
#[track_caller]
pub(super) fn played(script: &str) -> Locks {
    let mut locks = Locks::default();
    assert_eq!(transcript(&mut locks, script), tidy(script));
    locks
}

pub(super) fn row(name: &str) -> RowKey {
    RowKey { table: TableId(1), row: i64::from(name.as_bytes()[0]) }
}

pub(super) fn entry(name: &str) -> KeyEntry {
    KeyEntry { key: KeyId(1), values: name.as_bytes().into() }
}

fn tidy(script: &str) -> String {
    let mut text = String::new();
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (request, answer) = line.split_once("->").unwrap_or((line, "granted"));
        writeln!(text, "{} -> {}", request.trim(), answer.trim()).unwrap();
    }
    text
}

fn transcript(locks: &mut Locks, script: &str) -> String {
    let mut text = String::new();
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let request = line.split("->").next().unwrap().trim();
        let words: Vec<_> = request.split_whitespace().collect();
        writeln!(text, "{request} -> {}", step(locks, &words)).unwrap();
    }
    text
}

fn step(locks: &mut Locks, words: &[&str]) -> String {
    let Some(who) = words[0].parse().ok().map(SessionId) else { return look(locks, words) };
    match words[1] {
        "again" => {
            let wait = locks.waiting(who).expect("the session waits").clone();
            ask(locks, who, wait, 0)
        }
        "nowait" => match request(&words[2..]) {
            (Wait::Row { row, mode }, level) => said(locks.lock_row(who, row, mode, level)),
            (Wait::Heavy { what, mode, scope }, _) => said(locks.try_lock(who, what, mode, scope)),
            (wait, _) => panic!("nobody asks for {wait:?} without a wait"),
        },
        "row" | "claim" | "table" | "advisory" => {
            let (wait, level) = request(&words[1..]);
            ask(locks, who, wait, level)
        }
        "snapshot" => {
            locks.wait(who, Wait::Snapshot(sessions(&words[2..])));
            format!("waits for {}", list(&locks.blockers(who)))
        }
        "check" => match locks.check_deadlock(who) {
            Checked::None => "nothing".to_owned(),
            Checked::Rearranged => format!("rearranged, {}", ready(locks)),
            Checked::Victim(cycle) => format!("victim: {}", told(&cycle)),
        },
        "unlock" => locks.unlock_advisory(who, number(words[2]), table_mode(words[3])).to_string(),
        "sleep" => format!("{:?}", locks.sleep(who)),
        "blockers" => list(&locks.blockers(who)),
        "held" => held(locks, who),
        _ => end(locks, who, words),
    }
}

fn end(locks: &mut Locks, who: SessionId, words: &[&str]) -> String {
    let level = || words[2].parse().unwrap();
    match words[1] {
        "commit" => {
            let changed: Vec<_> = words[2..].iter().map(|name| row(name)).collect();
            locks.end_transaction(who, &|row| changed.contains(&row));
        }
        "rollback" => locks.end_transaction(who, &|_| false),
        "ends" => locks.end_session(who),
        "unlocks" => locks.unlock_all_advisory(who),
        "gives-up" => locks.end_wait(who),
        "back-to" => locks.roll_back_to(who, level()),
        "release" => locks.release_savepoint(who, level()),
        other => panic!("no such request: {other}"),
    }
    ready(locks)
}

fn look(locks: &Locks, words: &[&str]) -> String {
    match words {
        ["ready"] => ready(locks),
        ["cycle"] => locks.has_cycle().to_string(),
        ["strong"] => locks.has_strong_locks().to_string(),
        _ => panic!("no such question: {words:?}"),
    }
}

fn ask(locks: &mut Locks, who: SessionId, wait: Wait, level: u32) -> String {
    let result = match wait.clone() {
        Wait::Row { row, mode } => locks.lock_row(who, row, mode, level),
        Wait::Key(entry) => locks.claim(who, entry, level),
        Wait::Heavy { what, mode, scope } => match locks.lock(who, what, mode, scope) {
            Asked::Granted => Ok(()),
            Asked::Wait(blockers) => Err(blockers),
            Asked::Deadlock(cycle) => return format!("victim: {}", told(&cycle)),
        },
        Wait::Snapshot(on) => Err(on),
    };
    let Err(blockers) = result else { return "granted".to_owned() };
    locks.wait(who, wait);
    assert_eq!(locks.blockers(who), blockers, "the wait has the blockers that the request named");
    format!("waits for {}", list(&blockers))
}

fn request(words: &[&str]) -> (Wait, u32) {
    let level = |at: usize| words.get(at).map_or(0, |level| level.parse().unwrap());
    match words[0] {
        "row" => (Wait::Row { row: row(words[1]), mode: row_mode(words[2]) }, level(3)),
        "claim" => (Wait::Key(entry(words[1])), level(2)),
        "table" => {
            let what = Lockable::Table(TableId(u32::from(words[1].as_bytes()[0])));
            let scope = Scope::Transaction(level(3));
            (Wait::Heavy { what, mode: table_mode(words[2]), scope }, 0)
        }
        "advisory" => {
            let scope =
                if words.get(3) == Some(&"session") { Scope::Session } else { Scope::Transaction(level(3)) };
            let what = Lockable::Advisory(number(words[1]));
            (Wait::Heavy { what, mode: table_mode(words[2]), scope }, 0)
        }
        other => panic!("no such lock: {other}"),
    }
}

fn number(word: &str) -> AdvisoryKey {
    match word.split_once(',') {
        Some((first, second)) => AdvisoryKey::Two(first.parse().unwrap(), second.parse().unwrap()),
        None => AdvisoryKey::One(word.parse().unwrap()),
    }
}

pub(super) fn row_mode(word: &str) -> RowMode {
    let modes = [RowMode::KeyShare, RowMode::Share, RowMode::NoKeyUpdate, RowMode::Update];
    modes.into_iter().find(|mode| format!("{mode:?}") == word).unwrap()
}

fn table_mode(word: &str) -> TableMode {
    super::modes::TABLE_MODES.into_iter().find(|mode| format!("{mode:?}") == word).unwrap()
}

fn sessions(words: &[&str]) -> Vec<SessionId> {
    words.iter().map(|word| SessionId(word.parse().unwrap())).collect()
}

fn said(result: Result<(), Vec<SessionId>>) -> String {
    result.map_or_else(|blockers| format!("refused by {}", list(&blockers)), |()| "granted".to_owned())
}

fn ready(locks: &Locks) -> String {
    let ready = locks.ready();
    if ready.is_empty() { "nobody".to_owned() } else { format!("ready {}", list(&ready)) }
}

fn list(sessions: &[SessionId]) -> String {
    sessions.iter().map(SessionId::to_string).collect::<Vec<_>>().join(" ")
}

fn told(cycle: &Cycle) -> String {
    let steps =
        cycle.steps.iter().map(|(who, wait, blocker)| format!("{who} {} by {blocker}", wait_name(wait)));
    steps.collect::<Vec<_>>().join(", ")
}

fn wait_name(wait: &Wait) -> String {
    match wait {
        Wait::Row { row, mode } => format!("row {} {mode:?}", row_name(*row)),
        Wait::Key(entry) => format!("key {}", key_name(entry)),
        Wait::Heavy { what, mode, .. } => format!("{} {mode:?}", heavy_name(*what)),
        Wait::Snapshot(_) => "snapshot".to_owned(),
    }
}

fn held(locks: &Locks, who: SessionId) -> String {
    let mine = locks.held().into_iter().filter(|held| held.who == who);
    let names = mine.map(|held| match held.what {
        HeldLock::Row { row, mode } => format!("row {} {mode:?}", row_name(row)),
        HeldLock::Key(entry) => format!("key {}", key_name(&entry)),
        HeldLock::Heavy { what, mode, count, .. } => format!("{} {mode:?} {count}", heavy_name(what)),
    });
    names.collect::<Vec<_>>().join(", ")
}

pub(super) fn row_name(row: RowKey) -> String {
    char::from(u8::try_from(row.row).unwrap()).to_string()
}

pub(super) fn key_name(entry: &KeyEntry) -> String {
    String::from_utf8(entry.values.to_vec()).unwrap()
}

pub(super) fn table_name(table: TableId) -> String {
    char::from(u8::try_from(table.0).unwrap()).to_string()
}

fn heavy_name(what: Lockable) -> String {
    match what {
        Lockable::Table(table) => format!("table {}", table_name(table)),
        Lockable::Advisory(AdvisoryKey::One(key)) => format!("advisory {key}"),
        Lockable::Advisory(AdvisoryKey::Two(first, second)) => format!("advisory {first},{second}"),
    }
}
