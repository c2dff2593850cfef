//! Content as one number: equal for states that no statement can tell apart.
//!
//! By content, never by pages, commit numbers or internal ids: equal rows, sequences, transactions, locks and
//! queues give equal digests however they came about. A table's part is the sum of its rows' digests, so their
//! order does not matter. Times count as what is left of them.
//!
//! Rule: an explorer merges states with equal digests, so nothing that could change an answer may be left out.

use crate::answer::SessionId;
use crate::change::{Change, RowKey};
use crate::engine::Engine;
use crate::history::Fate;
use crate::observe::Names;
use crate::rules::{self, Rule};
use crate::state::{Pending, Read, Session, Settings, Snapshot, State, Transaction, Version};
use std::fmt::Write as _;
use std::rc::Rc;
use unhappy_trace::{Digest, SimInstant, Value};

/// Returns the digest of committed content, sessions, locks and counters at an instant. Sessions are called what
/// `name` says. `afresh` reads every row again, whatever is known of the versions.
pub(crate) fn of_state(
    engine: &Engine,
    state: &State,
    now: SimInstant,
    name: &dyn Fn(SessionId) -> String,
    afresh: bool,
) -> Digest {
    let mut sessions: Vec<(Rc<str>, SessionId, &Session)> =
        state.sessions.iter().map(|(id, session)| (Rc::from(name(*id)), *id, &**session)).collect();
    sessions.sort_unstable_by(|(one, ..), (other, ..)| one.cmp(other));
    let names = Names::of(engine, state, sessions.iter().map(|(_, _, session)| *session));
    let digester = Digester { engine, state, now, name, sessions, names, afresh };
    Digest::of(digester.text().as_bytes())
}

struct Digester<'a> {
    engine: &'a Engine,
    state: &'a State,
    now: SimInstant,
    name: &'a dyn Fn(SessionId) -> String,
    /// In the order of their names.
    sessions: Vec<(Rc<str>, SessionId, &'a Session)>,
    names: Names<'a>,
    afresh: bool,
}

impl Digester<'_> {
    fn text(&self) -> String {
        let counters = &self.state.counters;
        let mut lines = vec![
            format!("committed {}", self.version(&self.state.committed)),
            format!("random {} sequences {:?}", counters.random, counters.sequences),
        ];
        for (name, _, session) in &self.sessions {
            // A session without anything of its own is like one that was never used.
            let idle = session.transaction.is_none() && session.settings == Settings::default();
            if !idle {
                lines.push(format!("session {name:?} {}", self.session(session)));
            }
        }
        let names = &self.names;
        if rules::holds(Rule::LockDigest) {
            let row_name = |row| names.row(row);
            let (key_name, table_name) = (|entry: &_| names.key(entry), |table| names.table(table));
            let who_name = |who| self.who(who);
            lines.push(self.state.locks.canonical(&who_name, &row_name, &key_name, &table_name));
            // Who waits longest is served first, and of timers that end at once its timer is.
            let waiting = self.state.locks.waiting_sessions();
            lines.push(format!("waiting {:?}", waiting.into_iter().map(who_name).collect::<Vec<_>>()));
        }
        let changed = |change: &Change| self.change(change);
        lines.push(self.state.serializable.canonical(
            &|who| self.who(who),
            &|read| self.read(read),
            &changed,
        ));
        lines.join("\n")
    }

    fn who(&self, session: SessionId) -> Rc<str> {
        let known = self.sessions.iter().find(|(_, id, _)| *id == session);
        // A closed session's transaction may still be remembered.
        known.map_or_else(|| Rc::from((self.name)(session)), |(name, ..)| Rc::clone(name))
    }

    fn session(&self, session: &Session) -> String {
        let mut text = settings(&session.settings);
        if let Some(transaction) = &session.transaction {
            text.push_str(&self.transaction(transaction));
        }
        if let Some(pending) = &session.pending {
            text.push_str(&self.pending(pending));
        }
        text
    }

    fn transaction(&self, it: &Transaction) -> String {
        let flags = [it.implicit, it.read_only, it.deferrable, it.failed, it.queried];
        let mut text = format!(
            " {} {flags:?} {} {} snapshot {} view {} deferred {:?}",
            it.level.name(),
            settings(&it.settings_before),
            settings(&it.settings_lasting),
            self.snapshot(it.snapshot.as_ref()),
            self.view(it),
            it.deferred
        );
        for savepoint in it.savepoints.iter() {
            let view = self.snapshot(savepoint.view.as_ref());
            push(
                &mut text,
                format_args!(" savepoint {:?} {view} {}", savepoint.name, settings(&savepoint.settings)),
            );
            let (deferred, written) = (savepoint.deferred, savepoint.written);
            push(&mut text, format_args!(" {} {deferred} {written}", settings(&savepoint.settings_lasting)));
        }
        text
    }

    /// A transaction's own changes by content, whatever they are based on.
    fn view(&self, it: &Transaction) -> String {
        let changes = crate::change::Net::of(it.log.iter().filter_map(|entry| match entry {
            crate::state::Entry::Rows(change) => Some(change),
            crate::state::Entry::Schema(_) => None,
        }));
        let removed = changes.removed.iter().map(|(key, row)| (self.names.table(key.table), "-", row));
        let live = changes.live.iter().map(|(key, (_, row))| (self.names.table(key.table), "+", row));
        let mut lines: Vec<String> =
            removed.chain(live).map(|(table, sign, row)| format!("{table}{sign}{}", json(row))).collect();
        lines.sort_unstable();
        lines.extend(it.log.iter().filter_map(|entry| match entry {
            crate::state::Entry::Schema(sql) => Some(sql.to_string()),
            crate::state::Entry::Rows(_) => None,
        }));
        // Above READ COMMITTED the view is more than the snapshot with these: a re-used key hides the old row.
        let kept = it.view.as_ref().filter(|_| it.keeps_snapshot());
        format!("{lines:?} {:?}", kept.map(|view| self.version(&view.version)))
    }

    fn pending(&self, it: &Pending) -> String {
        let left = |at: Option<SimInstant>| at.map(|at| at.since(self.now));
        let commits = it.snapshot.as_ref().map_or(self.state.commits, |snapshot| snapshot.commits);
        let candidates: Vec<String> = it
            .candidates
            .iter()
            .flat_map(|rows| rows.iter())
            .map(|row| format!("{} {}", self.names.row(*row), self.fate(*row, commits)))
            .collect();
        let child = it.child.map(|(row, commits)| self.fate(row, commits));
        let noted = (it.reads_noted, it.seen.waits > 0, child);
        format!(
            " pending {:?} {:?} {noted:?} snapshot {} rows {candidates:?} parts {:?} drawn {} {:?} timers {:?}",
            it.sql,
            it.binds,
            self.snapshot(it.snapshot.as_ref()),
            it.parts,
            it.counters.random,
            it.counters.sequences,
            [left(it.timers.deadlock), left(it.timers.lock), left(it.timers.statement)]
        )
    }

    fn snapshot(&self, snapshot: Option<&Snapshot>) -> String {
        let Some(snapshot) = snapshot else { return "-".to_owned() };
        // A commit that wrote equal values again leaves its mark too.
        let changed: Vec<String> =
            self.state.history.changed_since(snapshot.commits).map(|row| self.names.row(row)).collect();
        format!("{} changed {changed:?}", self.version(&snapshot.version))
    }

    fn fate(&self, row: RowKey, commits: u64) -> String {
        match self.state.history.fate(row, commits) {
            Fate::Same => "same".to_owned(),
            Fate::Gone => "gone".to_owned(),
            Fate::Newer { row, key } => format!("{} {key}", self.names.row(row)),
        }
    }

    fn read(&self, read: &Read) -> String {
        let table = self.names.table(read.table);
        match &read.condition {
            None => table,
            Some((condition, values)) => format!("{table} {:?} {}", condition.written, json(values)),
        }
    }

    fn change(&self, change: &Change) -> String {
        let side = |side: &Option<(i64, crate::change::Row)>| side.as_ref().map(|(_, row)| json(row));
        format!("{} {:?} {:?}", self.names.table(change.table), side(&change.old), side(&change.new))
    }

    fn version(&self, version: &Version) -> String {
        let digest =
            if self.afresh { version.digest_afresh(self.engine) } else { version.digest(self.engine) };
        format!("{digest:032x}")
    }
}

/// Few sessions change them.
fn settings(it: &Settings) -> String {
    if *it == Settings::default() { "usual".to_owned() } else { format!("{it:?}") }
}

fn json(row: &[Value]) -> String {
    Value::List(row.to_vec()).canonical_json()
}

fn push(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    text.write_fmt(arguments).expect("writing to a string cannot fail");
}
