//! A toy database: rows of integers under snapshot isolation, with [`Serializable`] watching.
//!
//! A transaction begins with its first statement. Refusals abort it; a COMMIT of an aborted one rolls back.

use super::super::{Predicate, Serializable, Tx, Unserializable};
use crate::answer::SessionId;
use crate::change::{Change, Row};
use crate::schema::TableId;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use unhappy_trace::Value;

/// Column and value.
pub(super) type Equals = (usize, i64);
pub(super) type Content = BTreeMap<(u32, i64), Vec<i64>>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    Unserializable(Unserializable),
    /// The row was changed since the snapshot.
    ConcurrentUpdate,
}

#[derive(Default)]
pub(super) struct Toy {
    pub(super) committed: Content,
    pub(super) serializable: Serializable<Predicate<Equals>>,
    /// Sessions whose transactions are READ ONLY.
    pub(super) read_only: BTreeSet<u32>,
    open: BTreeMap<u32, Open>,
    aborted: BTreeSet<u32>,
    commits: u64,
    /// Which commit last changed a row.
    changed: BTreeMap<(u32, i64), u64>,
    next: u64,
}

struct Open {
    tx: Tx,
    snapshot: u64,
    view: Content,
    changed: BTreeSet<(u32, i64)>,
}

impl Toy {
    pub(super) fn on(committed: Content) -> Toy {
        Toy { committed, ..Toy::default() }
    }

    pub(super) fn is_aborted(&self, session: u32) -> bool {
        self.aborted.contains(&session)
    }

    pub(super) fn tx(&mut self, session: u32) -> Tx {
        if !self.open.contains_key(&session) {
            let tx = Tx(self.next);
            self.next += 1;
            let read_only = self.read_only.contains(&session);
            self.serializable.begin(tx, SessionId(session), self.commits, read_only, false);
            let (snapshot, view) = (self.commits, self.committed.clone());
            self.open.insert(session, Open { tx, snapshot, view, changed: BTreeSet::new() });
        }
        self.open[&session].tx
    }

    /// Reads the rows of a table for which the condition holds.
    pub(super) fn read(
        &mut self,
        session: u32,
        table: u32,
        condition: Option<Equals>,
    ) -> Result<Vec<Vec<i64>>, Failure> {
        let tx = self.tx(session);
        let predicate = Predicate { table: TableId(table), condition };
        let read = self.serializable.read(tx, predicate, &mut touches);
        self.judge(session, read)?;
        let rows = self.open[&session].view.iter().filter(|((of, _), _)| *of == table);
        let holds = |row: &&Vec<i64>| condition.is_none_or(|(column, value)| row[column] == value);
        Ok(rows.map(|(_, row)| row).filter(holds).cloned().collect())
    }

    /// Inserts, updates or deletes a row. Its first column is its key.
    pub(super) fn write(
        &mut self,
        session: u32,
        table: u32,
        row: i64,
        new: Option<Vec<i64>>,
    ) -> Result<(), Failure> {
        let tx = self.tx(session);
        let at = (table, row);
        let open = &self.open[&session];
        if self.changed.get(&at).is_some_and(|commit| *commit > open.snapshot) {
            self.abort(session);
            return Err(Failure::ConcurrentUpdate);
        }
        let image = |values: &Vec<i64>| (row, values.iter().map(|value| Value::Int(*value)).collect::<Row>());
        let change = Change {
            table: TableId(table),
            old: open.view.get(&at).map(image),
            new: new.as_ref().map(image),
        };
        let written = self.serializable.write(tx, &[change], &mut touches);
        self.judge(session, written)?;
        let open = self.open.get_mut(&session).unwrap();
        open.changed.insert(at);
        match new {
            Some(values) => open.view.insert(at, values),
            None => open.view.remove(&at),
        };
        Ok(())
    }

    pub(super) fn commit(&mut self, session: u32) -> Result<(), Failure> {
        if self.aborted.remove(&session) || !self.open.contains_key(&session) {
            return Ok(());
        }
        let tx = self.open[&session].tx;
        let checked = self.serializable.before_commit(tx);
        let judged = self.judge(session, checked);
        self.aborted.remove(&session);
        judged?;
        let open = self.open.remove(&session).unwrap();
        self.commits += u64::from(!open.changed.is_empty());
        for at in &open.changed {
            self.changed.insert(*at, self.commits);
            match open.view.get(at) {
                Some(values) => self.committed.insert(*at, values.clone()),
                None => self.committed.remove(at),
            };
        }
        self.serializable.commit(tx, self.commits);
        Ok(())
    }

    pub(super) fn abort(&mut self, session: u32) {
        if let Some(open) = self.open.remove(&session) {
            self.serializable.roll_back(open.tx);
        }
        self.aborted.insert(session);
    }

    /// Whether another open transaction has changed the row.
    pub(super) fn is_locked(&self, session: u32, table: u32, row: i64) -> bool {
        self.open.iter().any(|(other, open)| *other != session && open.changed.contains(&(table, row)))
    }

    fn judge(&mut self, session: u32, result: Result<(), Unserializable>) -> Result<(), Failure> {
        result.map_err(|refusal| {
            self.abort(session);
            Failure::Unserializable(refusal)
        })
    }
}

fn touches(predicate: &Predicate<Equals>, change: &Change) -> bool {
    let holds = |image: &Option<(i64, Row)>| match (image, predicate.condition) {
        (None, _) => false,
        (Some(_), None) => true,
        (Some((_, row)), Some((column, value))) => row[column] == Value::Int(value),
    };
    predicate.table == change.table && (holds(&change.old) || holds(&change.new))
}

pub(super) type Step = Rc<dyn Fn(&mut Toy) -> Result<(), Failure>>;

/// The steps of sessions, to be played in different orders.
#[derive(Clone, Default)]
pub(super) struct Spec {
    pub(super) rows: Content,
    pub(super) read_only: BTreeSet<u32>,
    steps: Vec<(&'static str, u32, Step)>,
}

impl Spec {
    pub(super) fn rows(rows: &[(u32, &[i64])]) -> Spec {
        let rows = rows.iter().map(|(table, row)| ((*table, row[0]), row.to_vec())).collect();
        Spec { rows, ..Spec::default() }
    }

    pub(super) fn step(
        mut self,
        name: &'static str,
        session: u32,
        step: impl Fn(&mut Toy) -> Result<(), Failure> + 'static,
    ) -> Spec {
        self.steps.push((name, session, Rc::new(step)));
        self
    }

    pub(super) fn commit(self, name: &'static str, session: u32) -> Spec {
        self.step(name, session, move |toy| toy.commit(session))
    }

    /// Plays one permutation. Returns the steps that failed, with the failures.
    pub(super) fn play(&self, permutation: &str) -> Vec<(&'static str, Failure)> {
        let mut toy =
            Toy { committed: self.rows.clone(), read_only: self.read_only.clone(), ..Toy::default() };
        let mut failed = Vec::new();
        for word in permutation.split_whitespace() {
            let (name, session, step) = self.steps.iter().find(|(name, ..)| *name == word).unwrap();
            if toy.is_aborted(*session) && !name.starts_with('c') {
                continue;
            }
            if let Err(failure) = step(&mut toy) {
                failed.push((*name, failure));
            }
        }
        failed
    }

    /// Plays the listed permutations, each a line with the failing steps behind `->`.
    #[track_caller]
    pub(super) fn check(&self, permutations: &str) {
        for line in permutations.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (permutation, want) = line.split_once("->").unwrap_or((line, ""));
            assert_eq!(self.failing(permutation.trim()), want.trim(), "{permutation}");
        }
    }

    /// Plays every interleaving; those not listed must not fail.
    #[track_caller]
    pub(super) fn check_all(&self, failing: &str) {
        self.check(failing);
        let listed: Vec<_> =
            failing.lines().filter_map(|line| Some(line.split_once("->")?.0.trim())).collect();
        for permutation in self.interleavings() {
            if !listed.contains(&permutation.as_str()) {
                assert_eq!(self.failing(&permutation), "", "{permutation}");
            }
        }
    }

    pub(super) fn failing(&self, permutation: &str) -> String {
        self.play(permutation).iter().map(|(name, _)| *name).collect::<Vec<_>>().join(" ")
    }

    fn interleavings(&self) -> Vec<String> {
        let mut sessions: BTreeMap<u32, Vec<&str>> = BTreeMap::new();
        for (name, session, _) in &self.steps {
            sessions.entry(*session).or_default().push(name);
        }
        let mut all = Vec::new();
        interleave(&mut sessions.into_values().collect::<Vec<_>>(), &mut Vec::new(), &mut all);
        all
    }
}

fn interleave<'a>(left: &mut Vec<Vec<&'a str>>, done: &mut Vec<&'a str>, all: &mut Vec<String>) {
    if left.iter().all(Vec::is_empty) {
        all.push(done.join(" "));
    }
    for index in 0..left.len() {
        if left[index].is_empty() {
            continue;
        }
        let step = left[index].remove(0);
        done.push(step);
        interleave(left, done, all);
        done.pop();
        left[index].insert(0, step);
    }
}
