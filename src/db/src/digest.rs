//! Content as one number: equal for states that no statement can tell apart.
//!
//! By content, never by pages, commit numbers or internal ids: equal rows, sequences, transactions, locks and
//! queues give equal digests however they came about. A table's part is the sum of its rows' digests, so their
//! order does not matter. Times count as what is left of them.
//!
//! Rule: an explorer merges states with equal digests, so nothing that could change an answer may be left out.

use crate::change::{Change, RowKey};
use crate::engine::{Engine, Statement};
use crate::history::Fate;
use crate::observe::Names;
use crate::rules::{self, Rule};
use crate::schema::TableDef;
use crate::state::{Pending, Read, Session, Settings, Snapshot, State, Transaction, Version};
use std::cell::RefCell;
use std::fmt::Write as _;
use std::rc::Rc;
use unhappy_trace::{Digest, SimInstant, Value};

/// Returns the digest of committed content, sessions, locks and counters at an instant.
pub(crate) fn of_state(engine: &Engine, state: &State, now: SimInstant) -> Digest {
    let digester = Digester { engine, state, now, names: Names { engine, state }, known: RefCell::default() };
    Digest::of(digester.text().as_bytes())
}

struct Digester<'a> {
    engine: &'a Engine,
    state: &'a State,
    now: SimInstant,
    names: Names<'a>,
    /// Versions that were looked at already: most sessions share one.
    known: RefCell<Vec<(Version, Digest)>>,
}

impl Digester<'_> {
    fn text(&self) -> String {
        let counters = &self.state.counters;
        let mut lines = vec![
            format!("committed {}", self.version(&self.state.committed)),
            format!("random {} sequences {:?}", counters.random, counters.sequences),
        ];
        for (id, session) in self.state.sessions.iter() {
            // A session without anything of its own is like one that was never used.
            let idle = session.transaction.is_none() && session.settings == Settings::default();
            if !idle {
                lines.push(format!("session {id} {}", self.session(session)));
            }
        }
        let names = &self.names;
        if rules::holds(Rule::LockDigest) {
            let row_name = |row| names.row(row);
            let (key_name, table_name) = (|entry: &_| names.key(entry), |table| names.table(table));
            lines.push(self.state.locks.canonical(&row_name, &key_name, &table_name));
        }
        let changed = |change: &Change| self.change(change);
        lines.push(self.state.serializable.canonical(&|read| self.read(read), &changed));
        lines.join("\n")
    }

    fn session(&self, session: &Session) -> String {
        let mut text = format!("{:?}", session.settings);
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
            " {} {flags:?} {:?} {:?} snapshot {} view {} deferred {:?}",
            it.level.name(),
            it.settings_before,
            it.settings_lasting,
            self.snapshot(it.snapshot.as_ref()),
            self.view(it),
            it.deferred
        );
        for savepoint in it.savepoints.iter() {
            let view = self.snapshot(savepoint.view.as_ref());
            push(&mut text, format_args!(" savepoint {:?} {view} {:?}", savepoint.name, savepoint.settings));
            let (deferred, written) = (savepoint.deferred, savepoint.written);
            push(&mut text, format_args!(" {:?} {deferred} {written}", savepoint.settings_lasting));
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

    fn version(&self, version: &Version) -> Digest {
        let known = self
            .known
            .borrow()
            .iter()
            .find_map(|(known, digest)| Rc::ptr_eq(&known.image, &version.image).then_some(*digest));
        known.unwrap_or_else(|| {
            let digest = of_version(self.engine, version);
            self.known.borrow_mut().push((version.clone(), digest));
            digest
        })
    }
}

fn json(row: &[Value]) -> String {
    Value::List(row.to_vec()).canonical_json()
}

fn push(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    text.write_fmt(arguments).expect("writing to a string cannot fail");
}

/// Returns the digest of a version's schema and rows.
fn of_version(engine: &Engine, version: &Version) -> Digest {
    let mut text = String::new();
    let schema = "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name";
    crate::inspect::each_row(engine, version, schema, |row| {
        push(&mut text, format_args!("{:?} {:?};", row.value(0), row.value(1)));
    });
    for table in version.catalog.tables.values() {
        let (sum, count) = rows_sum(engine, version, table);
        push(&mut text, format_args!("{:?} {sum:032x} {count};", table.name));
    }
    Digest::of(text.as_bytes())
}

fn rows_sum(engine: &Engine, version: &Version, table: &TableDef) -> (u128, u64) {
    let (mut sum, mut count) = (0_u128, 0);
    let row_digest = |statement: &Statement| {
        let row = Value::List((0..statement.column_count()).map(|column| statement.value(column)).collect());
        u128::from_str_radix(&row.digest().to_string(), 16).expect("a digest is 32 digits")
    };
    crate::inspect::each_row(engine, version, &crate::inspect::select(table), |statement| {
        sum = sum.wrapping_add(row_digest(statement));
        count += 1;
    });
    (sum, count)
}
