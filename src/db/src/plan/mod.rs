//! How a statement is carried out under concurrency: which texts SQLite runs, on what, in which order.
//!
//! In: a lowered statement. Out: a [`Plan`]: the ordinary text, and the further texts that waiting, locking and
//! re-checking need. Every text is made from the syntax tree, once, and only when it is first needed.
//!
//! A text may read two databases: `main`, what the session sees now, and `snap`, what its statement began
//! with. After a wait, PostgreSQL re-reads the rows that were waited for and nothing else (manual, 13.2.1;
//! `src/backend/executor/README`, "EvalPlanQual"): the changed table is then read from `main`, restricted to
//! those rows, and every other table from `snap`.
//!
//! Not here: running anything (`session/`), types and names (`sql/`).

mod advisory;
mod dml;
mod edit;
mod locking;
mod predicate;
mod variant;

pub(crate) use advisory::{AdvisoryCall, Verb};
pub(crate) use dml::{Change, Insert, OnConflict};
pub(crate) use edit::has_locks;
pub(crate) use locking::{LockingSelect, OnLocked, Relation};
pub(crate) use predicate::{Condition, Reads};
pub(crate) use variant::{Variant, Wording};

use crate::schema::{Catalog, TableId};
use crate::sql::lowered::Lowered;
use edit::{Body, body};
use sqlparser::ast::{Query, Statement};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// How one statement is carried out.
pub(crate) struct Plan {
    /// The statement as SQLite runs it when nobody stands in the way.
    pub(crate) main: Variant,
    pub(crate) action: Action,
    /// Sub-selects with a locking clause, in order: they run before the statement, and their rows take
    /// their place ([`Plan::with_rows`]).
    pub(crate) locking_parts: Vec<Rc<Plan>>,
    /// Tables that the statement reads, the changed one left out.
    pub(crate) reads: Vec<String>,
    /// What SERIALIZABLE remembers of its reads.
    pub(crate) predicates: Reads,
    source: Statement,
    params: usize,
    filled: RefCell<BTreeMap<Vec<usize>, Rc<Plan>>>,
}

/// What kind of work a statement is.
pub(crate) enum Action {
    /// A query without a locking clause of its own.
    Query,
    /// SELECT … FOR UPDATE and its relatives.
    Lock(LockingSelect),
    /// UPDATE or DELETE.
    Change(Change),
    Insert(Insert),
    /// Only calls of advisory lock functions.
    Advisory(Vec<AdvisoryCall>),
}

/// Makes a plan. `params` is the number of the statement's parameters: values that the engine adds are
/// numbered after them.
pub(crate) fn plan(lowered: &Lowered, params: usize, catalog: &Rc<Catalog>) -> Plan {
    build(lowered.statement.clone(), params, lowered.columns.len(), catalog)
}

fn build(mut source: Statement, params: usize, width: usize, catalog: &Rc<Catalog>) -> Plan {
    edit::push_locks_down(&mut source);
    let locking_parts = edit::locking_parts(&source)
        .into_iter()
        .map(|query| {
            let width = edit::width(&query);
            Rc::new(build(Statement::Query(Box::new(query)), params, width, catalog))
        })
        .collect();
    let reads = edit::tables_read(&source, catalog);
    let mut bare = source.clone();
    edit::cut_locks(&mut bare);
    Plan {
        action: action(&source, params, width, catalog),
        main: Variant::new(&bare, Wording::Learners),
        locking_parts,
        predicates: predicate::reads(&bare, params, catalog),
        reads,
        source,
        params,
        filled: RefCell::default(),
    }
}

fn action(source: &Statement, params: usize, width: usize, catalog: &Rc<Catalog>) -> Action {
    match body(source) {
        Body::Update(_) | Body::Delete(_) => Action::Change(Change::new(source, params, catalog)),
        Body::Insert(_) => Action::Insert(Insert::new(source, catalog)),
        Body::Query(query) => query_action(query, params, width, catalog),
    }
}

fn query_action(query: &Query, params: usize, width: usize, catalog: &Rc<Catalog>) -> Action {
    if let Some(calls) = advisory::calls(query) {
        return Action::Advisory(calls);
    }
    match query.locks.is_empty() {
        true => Action::Query,
        false => Action::Lock(LockingSelect::new(query, params, width, catalog)),
    }
}

impl Plan {
    /// Whether this is a query without any locking clause or lock function.
    pub(crate) fn is_plain_query(&self) -> bool {
        matches!(self.action, Action::Query) && self.locking_parts.is_empty()
    }

    /// Whether the statement or one of its sub-selects locks rows of a table.
    pub(crate) fn locks_rows_of(&self, table: TableId) -> bool {
        let own = match &self.action {
            Action::Lock(select) => {
                select.relations.iter().any(|known| known.table == table && known.lock.is_some())
            }
            _ => false,
        };
        own || self.locking_parts.iter().any(|part| part.locks_rows_of(table))
    }

    /// Returns the plan with the locking sub-selects replaced by the rows they gave: `counts` says how many
    /// each gave. Their values are parameters after the statement's own, part by part, row by row.
    pub(crate) fn with_rows(&self, counts: &[usize], width: usize, catalog: &Rc<Catalog>) -> Rc<Plan> {
        if let Some(plan) = self.filled.borrow().get(counts) {
            return Rc::clone(plan);
        }
        let (filled, params) = edit::fill_parts(&self.source, counts, self.params);
        let plan = Rc::new(build(filled, params, width, catalog));
        self.filled.borrow_mut().insert(counts.to_vec(), Rc::clone(&plan));
        plan
    }
}
