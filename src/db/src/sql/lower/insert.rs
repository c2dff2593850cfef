//! INSERT.
//!
//! In: INSERT in all its forms. Out: SQLite's, with every value cast as PostgreSQL assigns it, numbers from
//! sequences for serial columns, and a row number of our own for tables without an integer key. Rules:
//! PostgreSQL manual, "INSERT".

use super::query::query_of;
use super::rows::Rows;
use super::scope::{Clause, Level, Relation, folded};
use super::typed::{Typed, call, name, string, text};
use super::{Lowerer, Outcome};
use crate::answer::SqlError;
use crate::schema::{ColumnDef, TableDef};
use crate::sql::kind::Kind;
use crate::sql::lowered::OutColumn;
use crate::sql::refuse::not_available;
use sqlparser::ast::{
    Assignment, AssignmentTarget, ConflictTarget, DoUpdate, Expr, GroupByExpr, Ident, Insert, ObjectName,
    OnConflict, OnConflictAction, OnInsert, Query, SetExpr, Spanned, Statement, TableAliasWithoutColumns,
    TableObject, Values, With,
};

impl Lowerer<'_> {
    pub(crate) fn insert(
        &mut self,
        insert: Insert,
        with: Option<With>,
    ) -> Outcome<(Statement, Vec<OutColumn>)> {
        self.check_insert_shape(&insert)?;
        let with = with.as_ref().map(|with| self.with(with)).transpose()?;
        let TableObject::TableName(object) = &insert.table else { return Err(not_available("this target")) };
        let ident = self.single_name(object)?.clone();
        let table = self.target(&ident)?;
        let listed = self.listed_columns(&insert.columns, &table)?;
        let targets = if insert.columns.is_empty() { writable(&table) } else { listed };
        let (columns, source) = self.source(&insert, &table, targets)?;
        let mut out = insert.clone();
        out.insert_token = sqlparser::ast::helpers::attached_token::AttachedToken::empty();
        out.table = TableObject::TableName(ObjectName::from(vec![name(&table.name)]));
        out.table_alias = insert
            .table_alias
            .as_ref()
            .map(|alias| TableAliasWithoutColumns { explicit: true, alias: name(&folded(&alias.alias)) });
        let label =
            insert.table_alias.as_ref().map_or_else(|| table.name.clone(), |alias| folded(&alias.alias));
        out.columns = columns;
        out.into = true;
        out.source = source.map(Box::new);
        out.on = self.on_conflict(insert.on.as_ref(), &table, &label)?;
        let (returning, shown) =
            self.returning_of(insert.returning.as_deref(), &table, &label, Vec::new())?;
        out.returning = returning;
        Ok((with_query(with, Statement::Insert(out)), shown))
    }

    fn check_insert_shape(&self, insert: &Insert) -> Outcome<()> {
        if insert.or.is_some() || insert.ignore || insert.overwrite || insert.replace_into {
            let found = self.tokens.get(1).ok_or_else(|| not_available("this INSERT"))?;
            return Err(crate::sql::command::syntax_error(self.sql, found));
        }
        let odd = !insert.into
            || !insert.assignments.is_empty()
            || insert.partitioned.is_some()
            || !insert.after_columns.is_empty()
            || insert.has_table_keyword
            || insert.output.is_some()
            || insert.priority.is_some()
            || insert.insert_alias.is_some()
            || insert.settings.is_some()
            || insert.format_clause.is_some()
            || insert.multi_table_insert_type.is_some();
        match odd {
            true => {
                let found = self.tokens.get(1).ok_or_else(|| not_available("this INSERT"))?;
                Err(crate::sql::command::syntax_error(self.sql, found))
            }
            false => Ok(()),
        }
    }

    fn listed_columns(&self, columns: &[ObjectName], table: &TableDef) -> Outcome<Vec<usize>> {
        let mut targets = Vec::new();
        for column in columns {
            let ident = self.column_ident(column)?;
            let index = self.target_column(ident, table)?;
            if targets.contains(&index) {
                let message = format!("column \"{}\" specified more than once", table.columns[index].name);
                return Err(self.error("42701", message, ident.span));
            }
            targets.push(index);
        }
        Ok(targets)
    }

    fn column_ident<'n>(&self, column: &'n ObjectName) -> Outcome<&'n Ident> {
        match &column.0[..] {
            [part] => part.as_ident().ok_or_else(|| not_available("this column")),
            _ => Err(self.unavailable("a qualified name of a column to write", column.span())),
        }
    }

    pub(crate) fn target_column(&self, ident: &Ident, table: &TableDef) -> Outcome<usize> {
        let wanted = folded(ident);
        table.column_index(&wanted).ok_or_else(|| {
            let message = format!("column \"{wanted}\" of relation \"{}\" does not exist", table.name);
            self.error("42703", message, ident.span)
        })
    }

    /// Returns the columns to write and where their values come from.
    fn source(
        &mut self,
        insert: &Insert,
        table: &TableDef,
        targets: Vec<usize>,
    ) -> Outcome<(Vec<ObjectName>, Option<Query>)> {
        let Some(source) = &insert.source else {
            let extra = self.extra_columns(table, &[])?;
            if extra.is_empty() {
                return Ok((Vec::new(), None));
            }
            let cells = vec![extra.iter().map(|(_, typed)| typed.clone()).collect::<Vec<_>>()];
            return Ok((column_names(table, &[], &extra), Some(values_query(cells))));
        };
        let plain = source.with.is_none() && source.order_by.is_none() && source.limit_clause.is_none();
        match &*source.body {
            SetExpr::Values(values) if plain => {
                let (targets, cells) = self.inserted_values(insert, values, table, targets)?;
                let extra = self.extra_columns(table, &targets)?;
                let mut cells = cells;
                for row in &mut cells {
                    row.extend(extra.iter().map(|(_, typed)| typed.clone()));
                }
                Ok((column_names(table, &targets, &extra), Some(values_query(cells))))
            }
            _ => self.inserted_query(insert, source, table, targets),
        }
    }

    fn inserted_values(
        &mut self,
        insert: &Insert,
        values: &Values,
        table: &TableDef,
        mut targets: Vec<usize>,
    ) -> Outcome<(Vec<usize>, Vec<Vec<Typed>>)> {
        let width = values.rows.first().map_or(0, |row| row.content.len());
        if let Some(odd) = values.rows.iter().find(|row| row.content.len() != width) {
            let place = odd.content.first().map(Spanned::span);
            let error = SqlError::new("42601", "VALUES lists must all be the same length");
            return Err(self.placed(error, place.and_then(crate::sql::feed::byte_of)));
        }
        self.check_width(
            insert,
            width,
            targets.len(),
            values.rows[0].content.get(targets.len()).map(Spanned::span),
        )?;
        targets.truncate(width);
        let mut cells = Vec::with_capacity(values.rows.len());
        self.levels.push(Level::new(Clause::Values));
        for row in &values.rows {
            let mut out = Vec::with_capacity(width);
            for (cell, target) in row.content.iter().zip(&targets) {
                match self.inserted_value(cell, &table.columns[*target], table) {
                    Ok(typed) => out.push(typed),
                    Err(error) => {
                        self.levels.pop();
                        return Err(error);
                    }
                }
            }
            cells.push(out);
        }
        self.levels.pop();
        Ok((targets, cells))
    }

    fn check_width(
        &self,
        insert: &Insert,
        width: usize,
        targets: usize,
        surplus: Option<sqlparser::tokenizer::Span>,
    ) -> Outcome<()> {
        if width > targets {
            let error = SqlError::new("42601", "INSERT has more expressions than target columns");
            return Err(self.placed(error, surplus.and_then(crate::sql::feed::byte_of)));
        }
        if width < targets && !insert.columns.is_empty() {
            let message = "INSERT has more target columns than expressions";
            return Err(self.error("42601", message, insert.columns[width].span()));
        }
        Ok(())
    }

    fn inserted_value(&mut self, cell: &Expr, column: &ColumnDef, table: &TableDef) -> Outcome<Typed> {
        if is_default(cell) {
            return self.default_value(column, table);
        }
        self.check_given(column)?;
        let typed = self.expr(cell)?;
        self.assign(typed, column, table)
    }

    /// Refuses a value for a column that computes its own.
    fn check_given(&self, column: &ColumnDef) -> Outcome<()> {
        let message = format!("cannot insert a non-DEFAULT value into column \"{}\"", column.name);
        let overriding =
            (0..self.tokens.len()).any(|at| crate::sql::feed::overriding(self.sql, self.tokens, at));
        if column.computed {
            let detail = format!("Column \"{}\" is a generated column.", column.name);
            return Err(SqlError::new("428C9", message).with_detail(detail));
        }
        if column.always && !overriding {
            let detail =
                format!("Column \"{}\" is an identity column defined as GENERATED ALWAYS.", column.name);
            let error = SqlError::new("428C9", message).with_detail(detail);
            return Err(error.with_hint("Use OVERRIDING SYSTEM VALUE to override."));
        }
        Ok(())
    }

    /// What DEFAULT stands for.
    pub(crate) fn default_value(&self, column: &ColumnDef, table: &TableDef) -> Outcome<Typed> {
        if column.computed {
            return Err(not_available("DEFAULT for a computed column"));
        }
        let kind = column.kind.kind;
        let (sql, nullable) = match (&column.sequence, &column.default) {
            (Some(sequence), _) => {
                let next = call("nextval", vec![string(sequence)]);
                let check = if kind == Kind::Int8 {
                    next
                } else {
                    call(super::operator::range_check(kind), vec![next])
                };
                (check, false)
            }
            (None, Some(default)) => (text(default.clone()), true),
            (None, None) => (text("NULL"), true),
        };
        let typed = Typed::new(sql, kind, nullable, None);
        let row_number =
            table.row_number_column().is_some_and(|index| table.columns[index].name == column.name);
        if row_number && nullable {
            let arguments = vec![typed.sql, string(&column.name), string(&table.name)];
            return Ok(Typed::new(call("not_null_value", arguments), kind, false, None));
        }
        Ok(typed)
    }

    /// Columns that are written although the statement does not name them.
    fn extra_columns(&self, table: &TableDef, targets: &[usize]) -> Outcome<Vec<(String, Typed)>> {
        let mut extra = Vec::new();
        let row_number = table.row_number_column();
        for (index, column) in table.columns.iter().enumerate() {
            let needed = column.sequence.is_some() || row_number == Some(index);
            if needed && !targets.contains(&index) {
                extra.push((column.name.clone(), self.default_value(column, table)?));
            }
        }
        if row_number.is_none() {
            let number = Typed::new(call("new_rowid", Vec::new()), Kind::Int8, false, None);
            extra.push(("_rowid_".to_owned(), number));
        }
        Ok(extra)
    }

    fn inserted_query(
        &mut self,
        insert: &Insert,
        source: &Query,
        table: &TableDef,
        mut targets: Vec<usize>,
    ) -> Outcome<(Vec<ObjectName>, Option<Query>)> {
        let mut rows = self.query(source, false)?;
        let width = rows.shown.len();
        let surplus = rows.shown.get(targets.len()).and_then(|typed| typed.place);
        if width > targets.len() {
            let error = SqlError::new("42601", "INSERT has more expressions than target columns");
            return Err(self.placed(error, surplus));
        }
        self.check_width(insert, width, targets.len(), None)?;
        targets.truncate(width);
        for target in &targets {
            self.check_given(&table.columns[*target])?;
        }
        if !is_plain(&rows.query) {
            // Constants take the column's type before anything is sorted or made distinct.
            for (index, target) in targets.iter().enumerate() {
                let column = &table.columns[*target];
                if rows.shown[index].kind == Kind::Unknown && rows.cells.len() == 1 {
                    rows.settle(self, index, column.kind.kind)?;
                }
            }
            rows = rows.wrapped(self)?;
        }
        let mut cells = std::mem::take(&mut rows.cells[0]);
        for (cell, target) in cells.iter_mut().zip(&targets) {
            *cell = self.assign(cell.clone(), &table.columns[*target], table)?;
        }
        let extra = self.extra_columns(table, &targets)?;
        cells.extend(extra.iter().map(|(_, typed)| typed.clone()));
        let labels = (1..=cells.len()).map(|number| format!("v{number}")).collect();
        let mut query = Rows { cells: vec![cells.clone()], labels, shown: cells, query: rows.query }.finish();
        if let SetExpr::Select(select) = &mut *query.body
            && insert.on.is_some()
            && select.selection.is_none()
        {
            // Without WHERE SQLite would take ON CONFLICT for a join's ON.
            select.selection = Some(text("1"));
        }
        Ok((column_names(table, &targets, &extra), Some(query)))
    }

    fn on_conflict(
        &mut self,
        on: Option<&OnInsert>,
        table: &TableDef,
        label: &str,
    ) -> Outcome<Option<OnInsert>> {
        let on = match on {
            None => return Ok(None),
            Some(OnInsert::OnConflict(on)) => on,
            Some(_) => return Err(self.foreign_operator(&["duplicate"])),
        };
        let conflict_target =
            on.conflict_target.as_ref().map(|target| self.arbiter(target, table)).transpose()?;
        let action = match &on.action {
            OnConflictAction::DoNothing => OnConflictAction::DoNothing,
            OnConflictAction::DoUpdate(update) => {
                if conflict_target.is_none() {
                    let message = "ON CONFLICT DO UPDATE requires inference specification or constraint name";
                    let place = self.symbol_after(&["conflict"], Some(0)).and_then(|at| {
                        self.tokens
                            .iter()
                            .rev()
                            .find(|token| token.start < at && token.is_word(self.sql, "on"))
                            .map(|token| token.start)
                    });
                    let error =
                        SqlError::new("42601", message).with_hint("For example, ON CONFLICT (column_name).");
                    return Err(self.placed(error, place));
                }
                OnConflictAction::DoUpdate(self.do_update(update, table, label)?)
            }
        };
        Ok(Some(OnInsert::OnConflict(OnConflict { conflict_target, action })))
    }

    fn arbiter(&self, target: &ConflictTarget, table: &TableDef) -> Outcome<ConflictTarget> {
        let columns = match target {
            ConflictTarget::OnConstraint(object) => {
                let ident = self.single_name(object)?;
                let wanted = folded(ident);
                let key = table
                    .keys
                    .iter()
                    .find(|key| key.name == wanted && !self.catalog.indexes.contains_key(&wanted));
                let columns = key.and_then(crate::schema::KeyDef::plain_columns);
                columns.ok_or_else(|| {
                    let message =
                        format!("constraint \"{wanted}\" for table \"{}\" does not exist", table.name);
                    SqlError::new("42704", message)
                })?
            }
            ConflictTarget::Columns(idents) => {
                let mut columns = Vec::new();
                for ident in idents {
                    let wanted = folded(ident);
                    let message = format!("column \"{wanted}\" does not exist");
                    columns.push(
                        table
                            .column_index(&wanted)
                            .ok_or_else(|| self.error("42703", message, ident.span))?,
                    );
                }
                let mut sorted = columns.clone();
                sorted.sort_unstable();
                let same = |mut known: Vec<usize>| {
                    known.sort_unstable();
                    known == sorted
                };
                if !table.keys.iter().filter_map(crate::schema::KeyDef::plain_columns).any(same) {
                    let message =
                        "there is no unique or exclusion constraint matching the ON CONFLICT specification";
                    return Err(SqlError::new("42P10", message));
                }
                columns
            }
        };
        Ok(ConflictTarget::Columns(table.names_of(&columns).iter().map(|column| name(column)).collect()))
    }

    fn do_update(&mut self, update: &DoUpdate, table: &TableDef, label: &str) -> Outcome<DoUpdate> {
        let mut level = Level::new(Clause::Set);
        level.relations.push(relation_of(table, label, false));
        level.relations.push(Relation { table: None, ..relation_of(table, "excluded", false) });
        self.levels.push(level);
        let result = (|| {
            let assignments = self.assignments(&update.assignments, table)?;
            let selection = self.condition(update.selection.as_ref(), Clause::Where, "WHERE")?;
            Ok(DoUpdate { assignments, selection })
        })();
        self.levels.pop();
        result
    }

    /// Lowers the assignments of SET.
    pub(crate) fn assignments(
        &mut self,
        assignments: &[Assignment],
        table: &TableDef,
    ) -> Outcome<Vec<Assignment>> {
        let mut out = Vec::new();
        let mut seen = Vec::new();
        for assignment in assignments {
            let pairs = self.pairs(assignment)?;
            for (column, value) in pairs {
                let index = self.assigned_column(column, table)?;
                if seen.contains(&index) {
                    let message =
                        format!("multiple assignments to same column \"{}\"", table.columns[index].name);
                    return Err(self.error("42601", message, column.span()));
                }
                seen.push(index);
                let value = self.assigned_value(value, index, table)?;
                let target = ObjectName::from(vec![name(&table.columns[index].name)]);
                out.push(Assignment { target: AssignmentTarget::ColumnName(target), value });
            }
        }
        Ok(out)
    }

    /// Splits `(a, b) = (1, 2)`.
    fn pairs<'x>(&self, assignment: &'x Assignment) -> Outcome<Vec<(&'x ObjectName, &'x Expr)>> {
        match &assignment.target {
            AssignmentTarget::ColumnName(column) => Ok(vec![(column, &assignment.value)]),
            AssignmentTarget::Tuple(columns) => {
                let values = match &assignment.value {
                    Expr::Tuple(values) => values,
                    Expr::Nested(single) if columns.len() == 1 => return Ok(vec![(&columns[0], single)]),
                    other => return Err(self.unavailable("assigning this to several columns", other.span())),
                };
                if columns.len() != values.len() {
                    let message = "number of columns does not match number of values";
                    return Err(self.error("42601", message, columns[0].span()));
                }
                Ok(columns.iter().zip(values).collect())
            }
        }
    }

    fn assigned_column(&self, column: &ObjectName, table: &TableDef) -> Outcome<usize> {
        let first = column.0.first().and_then(|part| part.as_ident());
        let ident = first.ok_or_else(|| not_available("this column"))?;
        if column.0.len() > 1 {
            let message =
                format!("column \"{}\" of relation \"{}\" does not exist", folded(ident), table.name);
            return Err(self.error("42703", message, ident.span));
        }
        self.target_column(ident, table)
    }

    fn assigned_value(&mut self, value: &Expr, index: usize, table: &TableDef) -> Outcome<Expr> {
        let column = &table.columns[index];
        if is_default(value) && !column.computed {
            return self.default_value(column, table).map(|typed| typed.sql);
        }
        if column.always || column.computed {
            let message = format!("column \"{}\" can only be updated to DEFAULT", column.name);
            let what = if column.computed {
                "a generated column"
            } else {
                "an identity column defined as GENERATED ALWAYS"
            };
            return Err(
                SqlError::new("428C9", message).with_detail(format!("Column \"{}\" is {what}.", column.name))
            );
        }
        let typed = self.within(Clause::Set, |this| this.expr(value))?;
        self.assign(typed, column, table).map(|typed| typed.sql)
    }

    /// Lowers RETURNING over the changed table, whose columns SQLite wants without its name.
    pub(crate) fn returning_of(
        &mut self,
        returning: Option<&[sqlparser::ast::SelectItem]>,
        table: &TableDef,
        label: &str,
        others: Vec<Relation>,
    ) -> Outcome<(Option<Vec<sqlparser::ast::SelectItem>>, Vec<OutColumn>)> {
        let mut level = Level::new(Clause::Returning);
        level.relations.push(relation_of(table, label, true));
        level.relations.extend(others);
        self.levels.push(level);
        let result = self.returning(returning);
        self.levels.pop();
        result
    }
}

/// Returns a table as a relation.
pub(crate) fn relation_of(table: &TableDef, label: &str, bare: bool) -> Relation {
    Relation {
        name: label.to_owned(),
        table: Some(table.name.clone()),
        columns: super::from::table_columns(table),
        bare,
        out_of_reach: false,
    }
}

/// Columns that INSERT without a list writes.
fn writable(table: &TableDef) -> Vec<usize> {
    (0..table.columns.len()).collect()
}

fn is_default(expression: &Expr) -> bool {
    matches!(expression, Expr::Identifier(ident) if ident.quote_style.is_none() && ident.value.eq_ignore_ascii_case("default"))
}

fn column_names(table: &TableDef, targets: &[usize], extra: &[(String, Typed)]) -> Vec<ObjectName> {
    let listed = targets.iter().map(|target| table.columns[*target].name.clone());
    let all = listed.chain(extra.iter().map(|(column, _)| column.clone()));
    all.map(|column| ObjectName::from(vec![name(&column)])).collect()
}

fn values_query(cells: Vec<Vec<Typed>>) -> Query {
    let row = |row: Vec<Typed>| {
        sqlparser::ast::Parens::with_empty_span(row.into_iter().map(|typed| typed.sql).collect::<Vec<_>>())
    };
    let rows = cells.into_iter().map(row).collect();
    query_of(SetExpr::Values(Values { explicit_row: false, value_keyword: false, rows }))
}

/// A SELECT whose cells can be changed without changing which rows there are.
fn is_plain(query: &Query) -> bool {
    let SetExpr::Select(select) = &*query.body else { return false };
    let grouped = matches!(&select.group_by, GroupByExpr::Expressions(by, _) if !by.is_empty());
    query.order_by.is_none()
        && query.limit_clause.is_none()
        && query.locks.is_empty()
        && select.distinct.is_none()
        && select.having.is_none()
        && !grouped
        && !select.from.is_empty()
}

/// Puts WITH before a change.
pub(crate) fn with_query(with: Option<With>, statement: Statement) -> Statement {
    let Some(with) = with else { return statement };
    let body = match &statement {
        Statement::Insert(_) => SetExpr::Insert(statement),
        Statement::Update(_) => SetExpr::Update(statement),
        _ => SetExpr::Delete(statement),
    };
    Statement::Query(Box::new(Query { with: Some(with), ..query_of(body) }))
}
