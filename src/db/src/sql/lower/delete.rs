//! DELETE and TRUNCATE.
//!
//! In: DELETE with USING and RETURNING; TRUNCATE. Out: SQLite's DELETE. USING becomes EXISTS: a row goes once,
//! however many rows it was joined with. Rules: PostgreSQL manual, "DELETE", "TRUNCATE".

use super::from::plain_table;
use super::insert::{relation_of, with_query};
use super::query::{bare_select, query_of};
use super::scope::{Clause, Level};
use super::typed::text;
use super::{Lowerer, Outcome};
use crate::answer::SqlError;
use crate::sql::lowered::OutColumn;
use crate::sql::refuse::not_available;
use sqlparser::ast::{
    Delete, Expr, FromTable, SelectItem, SetExpr, Statement, TableWithJoins, Truncate,
    TruncateIdentityOption, With,
};

impl Lowerer<'_> {
    pub(crate) fn delete(
        &mut self,
        delete: Delete,
        with: Option<With>,
    ) -> Outcome<(Statement, Vec<OutColumn>)> {
        if !delete.order_by.is_empty() || delete.limit.is_some() {
            return Err(self.misplaced_word(&["order", "limit"]));
        }
        let FromTable::WithFromKeyword(from) = &delete.from else {
            let second = self.tokens.get(1).ok_or_else(|| not_available("this DELETE"))?;
            return Err(crate::sql::command::syntax_error(self.sql, second));
        };
        let [item] = &from[..] else { return Err(self.misplaced_word(&[","])) };
        if !item.joins.is_empty() || !delete.tables.is_empty() {
            return Err(self.misplaced_word(&["join", "inner", "left"]));
        }
        if delete.output.is_some() {
            return Err(not_available("OUTPUT"));
        }
        let with = with.as_ref().map(|with| self.with(with)).transpose()?;
        let (table, label) = self.changed_table(&item.relation)?;
        let mut level = Level::new(Clause::Where);
        level.relations.push(relation_of(&table, &label, false));
        self.levels.push(level);
        let selection = self.deleted_rows(&delete);
        let others = self.other_relations();
        let selection = selection?;
        let (returning, columns) = self.returning_of(delete.returning.as_deref(), &table, &label, others)?;
        let target = plain_table(&table.name, (label != table.name).then_some(label.as_str()));
        Ok((with_query(with, Statement::Delete(delete_of(target, selection, returning))), columns))
    }

    fn deleted_rows(&mut self, delete: &Delete) -> Outcome<Option<Expr>> {
        let Some(using) = &delete.using else {
            return self.condition(delete.selection.as_ref(), Clause::Where, "WHERE");
        };
        let mut select = bare_select(vec![SelectItem::UnnamedExpr(text("1"))]);
        select.from = self.from(using)?;
        select.selection = self.condition(delete.selection.as_ref(), Clause::Where, "WHERE")?;
        let query = query_of(SetExpr::Select(Box::new(select)));
        Ok(Some(Expr::Exists { subquery: Box::new(query), negated: false }))
    }

    pub(crate) fn truncate(&mut self, truncate: &Truncate) -> Outcome<(Statement, Vec<OutColumn>)> {
        let [target] = &truncate.table_names[..] else {
            return Err(self.unavailable_words("TRUNCATE of several tables", &[","]));
        };
        if truncate.identity == Some(TruncateIdentityOption::Restart) {
            return Err(self.unavailable_words("RESTART IDENTITY", &["restart"]));
        }
        if truncate.partitions.is_some() || truncate.if_exists || truncate.on_cluster.is_some() {
            return Err(not_available("this TRUNCATE"));
        }
        let ident = self.single_name(&target.name)?.clone();
        let table = self.target(&ident).map_err(|error| SqlError { position: None, line: None, ..error })?;
        let mut children = self.catalog.tables.values().filter(|other| other.name != table.name);
        let child = children.find(|other| other.foreign.iter().any(|key| key.parent == table.name));
        if let Some(child) = child {
            if truncate.cascade == Some(sqlparser::ast::CascadeOption::Cascade) {
                return Err(self.unavailable_words("TRUNCATE … CASCADE", &["cascade"]));
            }
            let message = "cannot truncate a table referenced in a foreign key constraint";
            let detail = format!("Table \"{}\" references \"{}\".", child.name, table.name);
            let hint =
                format!("Truncate table \"{}\" at the same time, or use TRUNCATE ... CASCADE.", child.name);
            return Err(SqlError::new("0A000", message).with_detail(detail).with_hint(hint));
        }
        Ok((Statement::Delete(delete_of(plain_table(&table.name, None), None, None)), Vec::new()))
    }
}

fn delete_of(
    target: sqlparser::ast::TableFactor,
    selection: Option<Expr>,
    returning: Option<Vec<SelectItem>>,
) -> Delete {
    Delete {
        delete_token: sqlparser::ast::helpers::attached_token::AttachedToken::empty(),
        optimizer_hints: Vec::new(),
        tables: Vec::new(),
        from: FromTable::WithFromKeyword(vec![TableWithJoins { relation: target, joins: Vec::new() }]),
        using: None,
        selection,
        returning,
        output: None,
        order_by: Vec::new(),
        limit: None,
    }
}
