//! UPDATE.
//!
//! In: UPDATE with FROM and RETURNING. Out: SQLite's, every value cast as PostgreSQL assigns it. Rules:
//! PostgreSQL manual, "UPDATE".

use super::from::plain_table;
use super::insert::{relation_of, with_query};
use super::scope::{Clause, Level, Relation, folded};
use super::{Lowerer, Outcome};
use crate::answer::SqlError;
use crate::schema::TableDef;
use crate::sql::lowered::OutColumn;
use crate::sql::refuse::not_available;
use sqlparser::ast::{Statement, TableFactor, TableWithJoins, Update, UpdateTableFromKind, With};

impl Lowerer<'_> {
    pub(crate) fn update(
        &mut self,
        update: Update,
        with: Option<With>,
    ) -> Outcome<(Statement, Vec<OutColumn>)> {
        if update.or.is_some() {
            return Err(self.misplaced_word(&["or"]));
        }
        if !update.order_by.is_empty() || update.limit.is_some() {
            return Err(self.misplaced_word(&["order", "limit"]));
        }
        if !update.table.joins.is_empty() {
            return Err(self.misplaced_word(&["join", ",", "inner", "left"]));
        }
        if update.output.is_some() {
            return Err(not_available("OUTPUT"));
        }
        let with = with.as_ref().map(|with| self.with(with)).transpose()?;
        let (table, label) = self.changed_table(&update.table.relation)?;
        let mut level = Level::new(Clause::Set);
        level.relations.push(relation_of(&table, &label, false));
        self.levels.push(level);
        let inside = self.update_inside(&update, &table);
        let others = self.other_relations();
        let (from, assignments, selection) = inside?;
        let (returning, columns) = self.returning_of(update.returning.as_deref(), &table, &label, others)?;
        let target = plain_table(&table.name, (label != table.name).then_some(label.as_str()));
        let out = Update {
            update_token: sqlparser::ast::helpers::attached_token::AttachedToken::empty(),
            optimizer_hints: Vec::new(),
            table: TableWithJoins { relation: target, joins: Vec::new() },
            assignments,
            from: from.map(UpdateTableFromKind::AfterSet),
            selection,
            returning,
            output: None,
            or: None,
            order_by: Vec::new(),
            limit: None,
        };
        Ok((with_query(with, Statement::Update(out)), columns))
    }

    #[expect(clippy::type_complexity, reason = "three clauses of one statement")]
    fn update_inside(
        &mut self,
        update: &Update,
        table: &TableDef,
    ) -> Outcome<(Option<Vec<TableWithJoins>>, Vec<sqlparser::ast::Assignment>, Option<sqlparser::ast::Expr>)>
    {
        let from = match &update.from {
            None => None,
            Some(UpdateTableFromKind::AfterSet(from)) => Some(self.from(from)?),
            Some(UpdateTableFromKind::BeforeSet(_)) => return Err(self.misplaced_word(&["from"])),
        };
        let assignments = self.assignments(&update.assignments, table)?;
        let selection = self.condition(update.selection.as_ref(), Clause::Where, "WHERE")?;
        Ok((from, assignments, selection))
    }

    /// Returns PostgreSQL's syntax error at the first of some words that it does not expect.
    pub(crate) fn misplaced_word(&self, words: &[&str]) -> SqlError {
        let found = self
            .tokens
            .iter()
            .find(|token| words.iter().any(|word| token.of(self.sql).eq_ignore_ascii_case(word)));
        match found {
            Some(token) => crate::sql::command::syntax_error(self.sql, token),
            None => not_available("this statement"),
        }
    }

    /// Returns the table that UPDATE or DELETE changes, and what it is called there.
    pub(crate) fn changed_table(&mut self, factor: &TableFactor) -> Outcome<(TableDef, String)> {
        let TableFactor::Table { name, alias, args: None, sample: None, .. } = factor else {
            return Err(not_available("this target"));
        };
        let ident = self.single_name(name)?.clone();
        let table = self.target(&ident)?;
        let label = alias.as_ref().map_or_else(|| table.name.clone(), |alias| folded(&alias.name));
        Ok((table, label))
    }

    /// Ends the query level of a change; returns its relations beside the changed table.
    pub(crate) fn other_relations(&mut self) -> Vec<Relation> {
        let level = self.levels.pop().expect("a query is open");
        let others = level.relations.into_iter().skip(1);
        others.map(|relation| Relation { out_of_reach: true, ..relation }).collect()
    }
}
