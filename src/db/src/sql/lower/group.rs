//! GROUP BY: which columns may stand outside of aggregates.
//!
//! In: the grouping expressions of a query level, a column or an expression. Out: 42803 for what is neither
//! grouped nor aggregated. A table whose primary key is grouped has all its columns grouped. Rules: PostgreSQL's
//! parse_agg.c; manual, section 7.2.3.

use super::Lowerer;
use super::typed::Typed;
use sqlparser::ast::Expr;
use sqlparser::tokenizer::Span;

/// What a query is grouped by.
#[derive(Debug, Clone, Default)]
pub(crate) struct Grouping {
    /// Columns, as (relation, column).
    pub(crate) columns: Vec<(usize, usize)>,
    /// Whole relations, by their primary key.
    pub(crate) relations: Vec<usize>,
    /// Other expressions as written, with what they became.
    pub(crate) expressions: Vec<(Expr, Typed)>,
}

impl Lowerer<'_> {
    pub(crate) fn check_grouped(&mut self, depth: usize, relation: usize, column: usize, span: Span) {
        let level = &self.levels[depth];
        let Some(grouping) = level.grouping.as_ref().filter(|_| !level.in_aggregate) else { return };
        if grouping.columns.contains(&(relation, column)) || grouping.relations.contains(&relation) {
            return;
        }
        let owner = &level.relations[relation];
        let shown = format!("{}.{}", owner.name, owner.columns[column].name);
        let message = match depth + 1 == self.levels.len() {
            true => format!(
                "column \"{shown}\" must appear in the GROUP BY clause or be used in an aggregate function"
            ),
            false => format!("subquery uses ungrouped column \"{shown}\" from outer query"),
        };
        let error = self.error("42803", message, span);
        self.levels[depth].ungrouped.get_or_insert(error);
    }

    /// Returns what a grouping expression became, if this expression is written like one.
    pub(crate) fn as_grouped(&self, expression: &Expr) -> Option<Typed> {
        let level = self.levels.last()?;
        let grouping = level.grouping.as_ref().filter(|_| !level.in_aggregate)?;
        let same = grouping.expressions.iter().find(|(written, _)| written == expression);
        same.map(|(_, typed)| typed.clone())
    }

    /// Notes that a relation's whole primary key is grouped, or none of it.
    pub(crate) fn grouped_relations(&self, columns: &[(usize, usize)]) -> Vec<usize> {
        let Some(level) = self.levels.last() else { return Vec::new() };
        let whole = |(index, relation): (usize, &super::scope::Relation)| {
            let table = relation.table.as_ref().and_then(|table| self.catalog.table(table))?;
            let key = table.primary_key();
            let grouped = !key.is_empty() && key.iter().all(|column| columns.contains(&(index, *column)));
            grouped.then_some(index)
        };
        level.relations.iter().enumerate().filter_map(whole).collect()
    }
}
