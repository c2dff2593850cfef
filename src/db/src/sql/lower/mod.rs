//! From PostgreSQL's syntax tree to SQLite's: names and types resolved, everything faithful or refused.
//!
//! In: a parsed statement and the catalog. Out: a [`Lowered`] statement. Nothing is passed through unread: a
//! part of the tree that no function here knows is refused with 0A000. Not here: parsing (`parse.rs`), what the
//! own SQL functions compute (`engine/functions.rs`).

mod aggregate;
mod call;
mod convert;
mod delete;
mod expr;
mod from;
mod function;
mod group;
mod insert;
mod locks;
mod naming;
mod operator;
mod query;
mod rows;
mod scope;
mod select;
pub(crate) mod standalone;
mod subquery;
pub(crate) mod typed;
mod update;
mod window;

use super::feed::byte_of;
use super::lowered::{Lowered, OutColumn};
use super::params::Param;
use super::refuse::not_available;
use super::tokens::Token;
use crate::answer::SqlError;
use crate::schema::Catalog;
use scope::Level;
use sqlparser::ast::{Ident, ObjectName, ObjectNamePart, SetExpr, Statement};
use sqlparser::tokenizer::Span;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// What lowering gives.
pub(crate) type Outcome<T> = Result<T, SqlError>;

/// One statement on its way.
pub(crate) struct Lowerer<'a> {
    pub(crate) sql: &'a str,
    pub(crate) tokens: &'a [Token],
    pub(crate) catalog: &'a Catalog,
    pub(crate) params: Vec<Param>,
    pub(crate) levels: Vec<Level>,
    pub(crate) ctes: Vec<query::Cte>,
    pub(crate) reads: BTreeMap<String, BTreeSet<String>>,
    pub(crate) in_list: bool,
    /// A place where a function that only whole select items may be can stand.
    pub(crate) whole_item: bool,
    /// Named windows, innermost query last.
    pub(crate) windows: Vec<(String, sqlparser::ast::WindowSpec)>,
}

impl<'a> Lowerer<'a> {
    pub(crate) fn new(sql: &'a str, tokens: &'a [Token], catalog: &'a Catalog, params: Vec<Param>) -> Self {
        Lowerer {
            sql,
            tokens,
            catalog,
            params,
            levels: Vec::new(),
            ctes: Vec::new(),
            reads: BTreeMap::new(),
            in_list: false,
            whole_item: false,
            windows: Vec::new(),
        }
    }

    /// Lowers a whole statement.
    ///
    /// # Errors
    /// PostgreSQL's own, and 0A000.
    pub(crate) fn statement(&mut self, statement: Statement) -> Outcome<Lowered> {
        let (statement, columns) = match statement {
            Statement::Query(query) => self.top_query(*query)?,
            Statement::Insert(insert) => self.insert(insert, None)?,
            Statement::Update(update) => self.update(update, None)?,
            Statement::Delete(delete) => self.delete(delete, None)?,
            Statement::Truncate(truncate) => self.truncate(&truncate)?,
            _ => return Err(not_available("this statement")),
        };
        self.untyped_params();
        Ok(Lowered { statement, columns: columns.into(), reads: self.reads() })
    }

    fn top_query(&mut self, mut query: sqlparser::ast::Query) -> Outcome<(Statement, Vec<OutColumn>)> {
        let change = matches!(*query.body, SetExpr::Insert(_) | SetExpr::Update(_) | SetExpr::Delete(_));
        if change {
            let with = query.with.take();
            return match *query.body {
                SetExpr::Insert(Statement::Insert(insert)) => self.insert(insert, with),
                SetExpr::Update(Statement::Update(update)) => self.update(update, with),
                SetExpr::Delete(Statement::Delete(delete)) => self.delete(delete, with),
                _ => Err(not_available("this statement")),
            };
        }
        self.whole_query(query)
    }

    fn reads(&self) -> Rc<[(String, Rc<[String]>)]> {
        let table = |(table, columns): (&String, &BTreeSet<String>)| {
            (table.clone(), columns.iter().cloned().collect::<Rc<[String]>>())
        };
        self.reads.iter().map(table).collect()
    }

    /// A parameter that nothing gave a type is text, as in PostgreSQL.
    fn untyped_params(&mut self) {
        for param in &mut self.params {
            param.kind = param.kind.or(Some(super::kind::Kind::Text));
        }
    }

    /// Returns an error at a place of the tree.
    pub(crate) fn error(&self, sqlstate: &'static str, message: impl Into<String>, span: Span) -> SqlError {
        self.placed(SqlError::new(sqlstate, message), byte_of(span))
    }

    /// Places an error at a byte, if there is one.
    pub(crate) fn placed(&self, error: SqlError, byte: Option<usize>) -> SqlError {
        match byte {
            Some(byte) => error.at(self.sql, byte),
            None => error,
        }
    }

    /// Returns 0A000 at a place of the tree.
    pub(crate) fn unavailable(&self, what: &str, span: Span) -> SqlError {
        self.placed(not_available(what), byte_of(span))
    }

    /// Returns 0A000 at the first of some words in the text.
    pub(crate) fn unavailable_words(&self, what: &str, words: &[&str]) -> SqlError {
        let fits = |index: usize| {
            words.iter().enumerate().all(|(ahead, word)| {
                self.tokens
                    .get(index + ahead)
                    .is_some_and(|token| token.of(self.sql).eq_ignore_ascii_case(word))
            })
        };
        let at = (0..self.tokens.len()).find(|index| fits(*index));
        self.placed(not_available(what), at.map(|index| self.tokens[index].start))
    }

    /// Returns the byte of the first token spelled `symbol` at or after `from`.
    pub(crate) fn symbol_after(&self, symbol: &[&str], from: Option<usize>) -> Option<usize> {
        let from = from?;
        let fits = |token: &&Token| {
            token.start >= from && symbol.iter().any(|symbol| token.of(self.sql).eq_ignore_ascii_case(symbol))
        };
        self.tokens.iter().find(fits).map(|token| token.start)
    }

    /// Returns the one name of a table; schemas but `public` are refused.
    pub(crate) fn single_name<'n>(&self, name: &'n ObjectName) -> Outcome<&'n Ident> {
        match &name.0[..] {
            [ObjectNamePart::Identifier(name)] => Ok(name),
            [ObjectNamePart::Identifier(schema), ObjectNamePart::Identifier(name)]
                if scope::folded(schema) == "public" =>
            {
                Ok(name)
            }
            [ObjectNamePart::Identifier(schema), ..] => {
                let whole: Vec<String> = name.0.iter().map(ToString::to_string).collect();
                let word = scope::folded(schema);
                if ["pg_catalog", "information_schema"].contains(&word.as_str()) {
                    return Err(self.unavailable(&format!("the schema {word}"), schema.span));
                }
                let message = format!("relation \"{}\" does not exist", whole.join("."));
                Err(self.error("42P01", message, schema.span))
            }
            _ => Err(not_available("this name")),
        }
    }
}
