//! A statement prepared for SQLite, with everything about it that does not change between executions.
//!
//! In: text, list lengths, a connection. Out: column names, plan, loops to read counters from. Not here:
//! running it (`run.rs`).

use super::authorizer;
use super::link::Link;
use super::statement::{PlanElement, RawError, Statement};
use crate::ambient::{Caller, compiling_for};
use crate::answer::{PlanNode, SqlError, StatementKind};
use crate::schema::Catalog;
use crate::sql::command::Command;
use crate::sql::pieces::{Rendered, render};
use crate::sql::text::Text;
use crate::sql::tokens::Kind;
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

/// Prepares a client's statement.
pub(crate) fn prepare(
    link: &Link,
    text: &Text,
    lengths: &[usize],
    catalog: &Catalog,
) -> Result<Form, Unprepared> {
    let rendered = render(&text.pieces, lengths);
    authorizer::take_seen();
    // Translated DDL is ours, and needs SQLite's own tables and functions.
    let schema = matches!(text.command, Command::Run(StatementKind::Schema));
    let caller = if schema { Caller::Engine } else { Caller::Client };
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
    let columns = (0..statement.column_count()).map(|column| column_name(&statement, column, text)).collect();
    let booleans =
        (0..statement.column_count()).map(|column| is_boolean(&statement, column, catalog)).collect();
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

fn is_boolean(statement: &Statement, column: usize, catalog: &Catalog) -> bool {
    statement.origin(column).is_some_and(|origin| {
        let definition = catalog.table(&origin.table).and_then(|table| table.column(&origin.column));
        definition.is_some_and(|column| column.kind.is_boolean())
    })
}

/// Returns a result column's name as PostgreSQL gives it: names and aliases folded to lower case unless
/// quoted, a call's function name, `case`, else `?column?`.
fn column_name(statement: &Statement, column: usize, text: &Text) -> String {
    let given = statement.column_name(column);
    let mut names = text.tokens.iter().filter(|token| token.is_name());
    let quoted = names.clone().any(|token| token.kind == Kind::Quoted && token.name(&text.source) == given);
    if quoted || statement.origin(column).is_some_and(|origin| origin.column == given) {
        return given;
    }
    if names.any(|token| token.of(&text.source).eq_ignore_ascii_case(&given)) {
        return given.to_ascii_lowercase();
    }
    expression_name(&given)
}

/// Returns what PostgreSQL calls an expression (`FigureColname` in its source).
fn expression_name(expression: &str) -> String {
    let word: String =
        expression.chars().take_while(|character| character.is_alphanumeric() || *character == '_').collect();
    let rest = expression[word.len()..].trim_start();
    let closes_at_end = rest.starts_with('(') && closing(rest) == Some(rest.len());
    let windowed = rest.starts_with('(') && rest.to_ascii_lowercase().contains(" over ");
    if word.eq_ignore_ascii_case("case") || (!word.is_empty() && (closes_at_end || windowed)) {
        return word.to_ascii_lowercase();
    }
    "?column?".to_owned()
}

/// Returns the byte after the bracket that closes the first.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0;
    for (at, character) in text.char_indices() {
        depth += i32::from(character == '(') - i32::from(character == ')');
        if depth == 0 {
            return Some(at + 1);
        }
    }
    None
}
