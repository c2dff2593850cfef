//! A statement prepared for SQLite, with everything about it that does not change between executions.
//!
//! In: text, list lengths, a connection. Out: column names, plan, loops to read counters from. Not here:
//! running it (`run.rs`).

use super::authorizer;
use super::link::Link;
use super::statement::{PlanElement, RawError, Statement};
use crate::ambient::{Caller, compiling_for};
use crate::answer::{PlanNode, SqlError, StatementKind};
use crate::limits::CACHED_FORMS;
use crate::plan::{Variant, Wording};
use crate::sql::command::Command;
use crate::sql::kind::Kind;
use crate::sql::lowered::OutColumn;
use crate::sql::pieces::{Rendered, render};
use crate::sql::text::Text;
use std::cell::RefCell;
use std::ffi::c_int;
use std::rc::Rc;

/// A prepared statement and what is known about it.
pub(crate) struct Form {
    pub(crate) statement: Statement,
    pub(crate) generation: u64,
    pub(crate) columns: Rc<[String]>,
    /// Result columns that are declared boolean.
    pub(crate) booleans: Vec<bool>,
    pub(crate) loops: Vec<c_int>,
    pub(crate) plan: Rc<[PlanNode]>,
    pub(crate) tables_read: Rc<[String]>,
    pub(crate) subquery: bool,
    pub(crate) rendered: Rendered,
}

/// Why a statement cannot be prepared.
pub(crate) enum Unprepared {
    /// The authorizer said no.
    Denied(SqlError),
    /// SQLite said no, to this text.
    Raw(RawError, Rendered),
}

/// The forms kept for one text, one per combination of list lengths.
#[derive(Default)]
pub(crate) struct Forms(RefCell<Vec<(Vec<usize>, Rc<Form>)>>);

impl Forms {
    /// Returns the form for these list lengths, if it fits the connection's schema.
    pub(crate) fn find(&self, lengths: &[usize], generation: u64) -> Option<Rc<Form>> {
        let forms = self.0.borrow();
        let fits =
            |(known, form): &&(Vec<usize>, Rc<Form>)| form.generation == generation && known == lengths;
        forms.iter().find(fits).map(|(_, form)| Rc::clone(form))
    }

    /// Keeps a form. Those of older schemas are dropped.
    pub(crate) fn keep(&self, lengths: &[usize], form: Form) -> Rc<Form> {
        let mut forms = self.0.borrow_mut();
        forms.retain(|(_, known)| known.generation == form.generation);
        if forms.len() >= CACHED_FORMS {
            forms.clear();
        }
        let form = Rc::new(form);
        forms.push((lengths.to_vec(), Rc::clone(&form)));
        form
    }
}

/// Prepares a text of our own that stands for no statement.
pub(crate) fn prepare_own(link: &Link, variant: &Variant, lengths: &[usize]) -> Result<Form, RawError> {
    let rendered = render(&variant.pieces, lengths);
    let statement = link.prepare(&rendered.sql)?;
    Ok(Form {
        generation: link.generation(),
        columns: Rc::default(),
        booleans: Vec::new(),
        loops: Vec::new(),
        plan: Rc::default(),
        tables_read: Rc::default(),
        subquery: false,
        rendered,
        statement,
    })
}

/// Prepares one of a client's statement's texts.
pub(crate) fn prepare(
    link: &Link,
    text: &Text,
    variant: &Variant,
    lengths: &[usize],
) -> Result<Form, Unprepared> {
    let rendered = render(&variant.pieces, lengths);
    authorizer::take_seen();
    // Translated DDL is ours, and needs SQLite's own tables and functions.
    let schema = matches!(text.command, Command::Run(StatementKind::Schema));
    let own = schema || variant.wording != Wording::Learners;
    let caller = if own { Caller::Engine } else { Caller::Client };
    let prepared = compiling_for(caller, || link.prepare(&rendered.sql));
    let seen = authorizer::take_seen();
    let statement = match prepared {
        Ok(statement) => statement,
        Err(raw) => {
            return Err(match seen.refusal {
                Some(refusal) => Unprepared::Denied(refusal),
                None => Unprepared::Raw(raw, rendered),
            });
        }
    };
    let elements = statement.plan();
    let lowered = text.lowered.as_ref().filter(|_| variant.wording != Wording::Values);
    let shown: &[OutColumn] = lowered.map_or(&[], |lowered| &lowered.columns);
    let columns = shown.iter().map(|column| column.name.clone()).collect();
    // A text of the plan may give more than the statement's own columns: row numbers.
    let is_boolean = |column: usize| shown.get(column).is_some_and(|shown| shown.kind == Kind::Bool);
    let booleans = (0..statement.column_count()).map(is_boolean).collect();
    Ok(Form {
        generation: link.generation(),
        columns,
        booleans,
        loops: elements.iter().filter(|element| is_loop(element)).map(|element| element.index).collect(),
        plan: nodes(&elements),
        tables_read: seen.tables.into_iter().collect(),
        subquery: elements.iter().any(is_subquery),
        rendered,
        statement,
    })
}

/// Turns parents into depths. A parent stands before its children.
fn nodes(elements: &[PlanElement]) -> Rc<[PlanNode]> {
    let mut depths: Vec<(c_int, u32)> = Vec::with_capacity(elements.len());
    let shown = elements.iter().map(|element| {
        let parent = depths.iter().find(|(id, _)| *id == element.parent);
        let depth = parent.map_or(0, |(_, depth)| depth + 1);
        depths.push((element.id, depth));
        PlanNode { depth, text: element.text.clone() }
    });
    shown.collect()
}

/// Loops go through a table, an index or a sub-select's rows. Sorters count too, but visit no rows of their own.
fn is_loop(element: &PlanElement) -> bool {
    element.is_loop && (element.text.starts_with("SCAN ") || element.text.starts_with("SEARCH "))
}

/// SQLite names a sub-select that is used as a value: "SCALAR SUBQUERY 1", "LIST SUBQUERY 2", each possibly
/// after "CORRELATED".
fn is_subquery(element: &PlanElement) -> bool {
    element.text.contains("SCALAR SUBQUERY") || element.text.contains("LIST SUBQUERY")
}
