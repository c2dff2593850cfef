//! FROM: tables, views, queries, joins.
//!
//! In: the entries of FROM. Out: the same for SQLite, and the relations of the current level. USING and NATURAL
//! become ON, because SQLite merges columns by its own rules. Rules: PostgreSQL manual, section 7.2.1.

use super::query::{alias_of, derived};
use super::scope::{Clause, Relation, RelationColumn, folded};
use super::typed::{Raw, Typed, call, name};
use super::{Lowerer, Outcome};
use crate::answer::SqlError;
use crate::schema::TableDef;
use crate::sql::feed::byte_of;
use crate::sql::kind::Kind;
use crate::sql::refuse::not_available;
use sqlparser::ast::{
    BinaryOperator, Expr, FunctionArg, FunctionArgExpr, Ident, Join, JoinConstraint, JoinOperator,
    ObjectName, Query, Spanned, TableAlias, TableFactor, TableWithJoins,
};

/// Which side of a join can be missing.
#[derive(Clone, Copy, PartialEq)]
enum Side {
    Neither,
    Right,
    Left,
    Both,
}

impl Lowerer<'_> {
    pub(crate) fn from(&mut self, from: &[TableWithJoins]) -> Outcome<Vec<TableWithJoins>> {
        from.iter().map(|item| self.item_of_from(item)).collect()
    }

    fn item_of_from(&mut self, item: &TableWithJoins) -> Outcome<TableWithJoins> {
        let depth = self.levels.len() - 1;
        let start = self.levels[depth].relations.len();
        let relation = self.factor(&item.relation)?;
        let mut joins = Vec::new();
        for join in &item.joins {
            let middle = self.levels[depth].relations.len();
            let relation = self.factor(&join.relation)?;
            let visible = std::mem::replace(&mut self.levels[depth].first_visible, start);
            let operator = self.join_operator(join, start, middle);
            self.levels[depth].first_visible = visible;
            joins.push(Join { relation, global: false, join_operator: operator? });
        }
        Ok(TableWithJoins { relation, joins })
    }

    fn factor(&mut self, factor: &TableFactor) -> Outcome<TableFactor> {
        if let TableFactor::Table { alias: Some(alias), .. }
        | TableFactor::Derived { alias: Some(alias), .. } = factor
        {
            self.check_alias(&alias.name)?;
        }
        match factor {
            TableFactor::Table { name, alias, args, with_ordinality, sample, .. } => {
                if *with_ordinality || sample.is_some() {
                    return Err(self.unavailable("this entry of FROM", name.span()));
                }
                match args {
                    Some(args) => self.series(name, &args.args, alias.as_ref()),
                    None => self.table_factor(name, alias.as_ref(), factor),
                }
            }
            TableFactor::Function { name, args, alias, with_ordinality: false, .. } => {
                self.series(name, args, alias.as_ref())
            }
            TableFactor::Derived { lateral: true, .. } => {
                Err(self.unavailable_words("LATERAL", &["lateral"]))
            }
            TableFactor::Derived { subquery, alias, .. } => self.derived_factor(subquery, alias.as_ref()),
            TableFactor::NestedJoin { table_with_joins, alias: None } => {
                let inner = self.item_of_from(table_with_joins)?;
                Ok(TableFactor::NestedJoin { table_with_joins: Box::new(inner), alias: None })
            }
            TableFactor::UNNEST { .. } => Err(self.unavailable_words("unnest()", &["unnest"])),
            _ => Err(self.unavailable("this entry of FROM", factor.span())),
        }
    }

    fn table_factor(
        &mut self,
        object: &ObjectName,
        alias: Option<&TableAlias>,
        factor: &TableFactor,
    ) -> Outcome<TableFactor> {
        let ident = self.single_name(object)?.clone();
        let table = folded(&ident);
        let label = alias.map_or_else(|| table.clone(), |alias| folded(&alias.name));
        let place = alias.map_or(ident.span, |alias| alias.name.span);
        let (columns, base) = self.columns_of(&ident)?;
        if alias.is_some_and(|alias| !alias.columns.is_empty()) {
            return Err(self.error(
                "0A000",
                "new column names for a table in FROM are not available here",
                place,
            ));
        }
        let only = matches!(factor, TableFactor::Table { with_hints, partitions, .. } if !with_hints.is_empty() || !partitions.is_empty());
        if only {
            return Err(self.unavailable("this entry of FROM", ident.span));
        }
        let relation =
            Relation { name: label.clone(), table: base, columns, bare: false, out_of_reach: false };
        self.add_relation(relation, place)?;
        Ok(plain_table(&table, (label != table || alias.is_some()).then_some(label.as_str())))
    }

    /// Returns the columns of a table, view or WITH query, and the name of what is read.
    fn columns_of(&mut self, ident: &Ident) -> Outcome<(Vec<RelationColumn>, Option<String>)> {
        let wanted = folded(ident);
        if let Some(cte) = self.ctes.iter().rev().find(|cte| cte.name == wanted) {
            return Ok((cte.columns.clone(), None));
        }
        if let Some(table) = self.catalog.table(&wanted) {
            self.reads.entry(wanted.clone()).or_default();
            return Ok((table_columns(table), Some(wanted)));
        }
        if let Some(view) = self.catalog.views.get(&wanted) {
            self.reads.entry(wanted.clone()).or_default();
            let column = |(name, kind): &(String, Kind)| RelationColumn {
                name: name.clone(),
                kind: *kind,
                limit: None,
                nullable: true,
                merged: false,
                instead: None,
            };
            return Ok((view.columns.iter().map(column).collect(), Some(wanted)));
        }
        Err(self.error("42P01", format!("relation \"{wanted}\" does not exist"), ident.span))
    }

    /// Returns a table that a statement changes.
    pub(crate) fn target(&mut self, ident: &Ident) -> Outcome<TableDef> {
        let wanted = folded(ident);
        if let Some(table) = self.catalog.table(&wanted) {
            self.reads.entry(wanted).or_default();
            return Ok(table.clone());
        }
        if self.catalog.views.contains_key(&wanted) {
            return Err(self.error(
                "0A000",
                "changing rows through a view is not available here",
                ident.span,
            ));
        }
        Err(self.error("42P01", format!("relation \"{wanted}\" does not exist"), ident.span))
    }

    pub(crate) fn add_relation(
        &mut self,
        relation: Relation,
        span: sqlparser::tokenizer::Span,
    ) -> Outcome<()> {
        let level = self.levels.last_mut().expect("a query is open");
        if level.relations.iter().any(|known| known.name == relation.name) {
            let message = format!("table name \"{}\" specified more than once", relation.name);
            return Err(self.error("42712", message, span));
        }
        level.relations.push(relation);
        Ok(())
    }

    fn derived_factor(&mut self, subquery: &Query, alias: Option<&TableAlias>) -> Outcome<TableFactor> {
        let Some(alias) = alias else {
            let start = byte_of(subquery.span());
            let open = self.tokens.iter().rev().find(|token| {
                start.is_some_and(|start| token.start < start) && token.is_symbol(self.sql, "(")
            });
            let error = SqlError::new("42601", "subquery in FROM must have an alias")
                .with_hint("For example, FROM (SELECT ...) [AS] foo.");
            return Err(self.placed(error, open.map(|token| token.start)));
        };
        let level = self.levels.pop().expect("a query is open");
        let rows = self.query(subquery, false);
        self.levels.push(level);
        let mut rows = rows?;
        rows.settle_all(self)?;
        let label = folded(&alias.name);
        self.rename(&mut rows, alias, &label)?;
        let columns = rows.relation_columns();
        let relation =
            Relation { name: label.clone(), table: None, columns, bare: false, out_of_reach: false };
        self.add_relation(relation, alias.name.span)?;
        Ok(derived(rows.finish(), &label))
    }

    /// generate_series() over whole numbers, as a recursive query.
    fn series(
        &mut self,
        object: &ObjectName,
        args: &[FunctionArg],
        alias: Option<&TableAlias>,
    ) -> Outcome<TableFactor> {
        let ident = self.single_name(object)?.clone();
        if folded(&ident) != "generate_series" || !(2..=3).contains(&args.len()) {
            return Err(self.no_series(&ident, args));
        }
        let mut typed = Vec::new();
        for argument in args {
            let FunctionArg::Unnamed(FunctionArgExpr::Expr(expression)) = argument else {
                return Err(self.unavailable("this call", ident.span));
            };
            typed.push(self.expr(expression)?);
        }
        let kind = self.common("generate_series", &typed)?;
        if !kind.is_integer() {
            return Err(self.unavailable("generate_series() over these types", ident.span));
        }
        let step = match typed.get(2).map(|step| &step.raw) {
            None => 1,
            Some(Raw::Number(written)) => written.parse::<i64>().unwrap_or(0),
            Some(_) => 0,
        };
        if step == 0 {
            return Err(self.unavailable("generate_series() with this step", ident.span));
        }
        let mut bounds = Vec::new();
        for bound in typed.into_iter().take(2) {
            bounds.push(self.become_kind(bound, kind)?.sql);
        }
        let label = alias.map_or_else(|| "generate_series".to_owned(), |alias| folded(&alias.name));
        let column = match alias.and_then(|alias| alias.columns.first()) {
            Some(column) => folded(&column.name),
            None => label.clone(),
        };
        let query = series_query(&bounds[0], &bounds[1], step, &column)?;
        let known =
            RelationColumn { name: column, kind, limit: None, nullable: false, merged: false, instead: None };
        let relation = Relation {
            name: label.clone(),
            table: None,
            columns: vec![known],
            bare: false,
            out_of_reach: false,
        };
        self.add_relation(relation, ident.span)?;
        Ok(derived(query, &label))
    }

    /// Words for a function in FROM that is not available, or that does not exist.
    fn no_series(&mut self, ident: &Ident, args: &[FunctionArg]) -> SqlError {
        let wanted = folded(ident);
        let known = super::function::SIGNATURES.iter().any(|signature| signature.name == wanted);
        if known || wanted == "generate_series" {
            return self.unavailable(&format!("{wanted}() in FROM"), ident.span);
        }
        let mut kinds = Vec::new();
        for argument in args {
            let FunctionArg::Unnamed(FunctionArgExpr::Expr(expression)) = argument else { continue };
            match self.expr(expression) {
                Ok(typed) => kinds.push(typed.kind),
                Err(error) => return error,
            }
        }
        self.no_function(&wanted, &kinds, byte_of(ident.span))
    }

    fn join_operator(&mut self, join: &Join, start: usize, middle: usize) -> Outcome<JoinOperator> {
        use JoinOperator as Op;
        let (side, constraint, build): (Side, &JoinConstraint, fn(JoinConstraint) -> Op) =
            match &join.join_operator {
                Op::Join(constraint) | Op::Inner(constraint) => (Side::Neither, constraint, Op::Join),
                Op::Left(constraint) | Op::LeftOuter(constraint) => (Side::Right, constraint, Op::Left),
                Op::Right(constraint) | Op::RightOuter(constraint) => (Side::Left, constraint, Op::Right),
                Op::FullOuter(constraint) => (Side::Both, constraint, Op::FullOuter),
                Op::CrossJoin(JoinConstraint::None) => return Ok(Op::CrossJoin(JoinConstraint::None)),
                _ => return Err(self.unavailable("this kind of join", join.relation.span())),
            };
        let condition = match constraint {
            JoinConstraint::On(on) => self.within(Clause::On, |this| this.boolean(on, "JOIN/ON"))?.sql,
            JoinConstraint::Using(columns) => {
                let names = columns
                    .iter()
                    .map(|column| self.single_name(column).cloned())
                    .collect::<Outcome<Vec<_>>>()?;
                self.merge(&names, start, middle, side)?
            }
            JoinConstraint::Natural => {
                let names = self.common_names(start, middle);
                if names.is_empty() {
                    return Err(self.unavailable_words("NATURAL JOIN without common columns", &["natural"]));
                }
                self.merge(&names, start, middle, side)?
            }
            JoinConstraint::None => return Err(self.missing_condition(join)),
        };
        self.mark_nullable(start, middle, side);
        Ok(build(JoinConstraint::On(condition)))
    }

    /// SQLite takes a JOIN without ON; PostgreSQL does not.
    fn missing_condition(&self, join: &Join) -> SqlError {
        let end = crate::sql::feed::end_of(join.relation.span()).unwrap_or(self.sql.len());
        match self.tokens.iter().find(|token| token.start >= end) {
            Some(token) => crate::sql::command::syntax_error(self.sql, token),
            None => {
                SqlError::new("42601", "syntax error at end of input").at(self.sql, self.sql.trim_end().len())
            }
        }
    }

    fn mark_nullable(&mut self, start: usize, middle: usize, side: Side) {
        let relations = &mut self.levels.last_mut().expect("a query is open").relations;
        let (left, right) = relations.split_at_mut(middle);
        if matches!(side, Side::Right | Side::Both) {
            right
                .iter_mut()
                .flat_map(|relation| &mut relation.columns)
                .for_each(|column| column.nullable = true);
        }
        if matches!(side, Side::Left | Side::Both) {
            left[start..]
                .iter_mut()
                .flat_map(|relation| &mut relation.columns)
                .for_each(|column| column.nullable = true);
        }
    }

    fn common_names(&self, start: usize, middle: usize) -> Vec<Ident> {
        let relations = &self.levels.last().expect("a query is open").relations;
        let left = relations[start..middle]
            .iter()
            .flat_map(|relation| &relation.columns)
            .filter(|column| !column.merged);
        let in_right = |wanted: &str| {
            relations[middle..]
                .iter()
                .any(|relation| relation.columns.iter().any(|column| column.name == wanted))
        };
        left.filter(|column| in_right(&column.name))
            .map(|column| Ident::with_quote('"', &column.name))
            .collect()
    }

    /// Turns USING into ON and merges the columns.
    fn merge(&mut self, names: &[Ident], start: usize, middle: usize, side: Side) -> Outcome<Expr> {
        let depth = self.levels.len() - 1;
        let mut condition: Option<Expr> = None;
        for ident in names {
            let wanted = folded(ident);
            let end = self.levels[depth].relations.len();
            let (left_at, right_at) = (
                self.one_column(start..middle, &wanted, "left", ident)?,
                self.one_column(middle..end, &wanted, "right", ident)?,
            );
            let left = self.reference(depth, left_at.0, left_at.1, ident.span, Some(&wanted))?;
            let right = self.reference(depth, right_at.0, right_at.1, ident.span, Some(&wanted))?;
            let merged = match side {
                Side::Left => right.clone(),
                Side::Both => {
                    Typed { sql: call("coalesce", vec![left.sql.clone(), right.sql.clone()]), ..left.clone() }
                }
                _ => left.clone(),
            };
            let equal = self.compare(left, &BinaryOperator::Eq, right, byte_of(ident.span))?.sql;
            condition = Some(match condition {
                None => equal,
                Some(before) => super::operator::joined(before, &BinaryOperator::And, equal),
            });
            let relations = &mut self.levels[depth].relations;
            relations[left_at.0].columns[left_at.1].instead = Some(merged.sql);
            relations[right_at.0].columns[right_at.1].merged = true;
        }
        condition.ok_or_else(|| not_available("USING without columns"))
    }

    fn one_column(
        &self,
        range: std::ops::Range<usize>,
        wanted: &str,
        side: &str,
        ident: &Ident,
    ) -> Outcome<(usize, usize)> {
        let relations = &self.levels.last().expect("a query is open").relations;
        let mut found = range.flat_map(|relation| {
            let columns = relations[relation].columns.iter().enumerate();
            columns
                .filter(|(_, column)| !column.merged && column.name == wanted)
                .map(move |(column, _)| (relation, column))
        });
        let first = found.next().ok_or_else(|| {
            let message =
                format!("column \"{wanted}\" specified in USING clause does not exist in {side} table");
            self.error("42703", message, ident.span)
        })?;
        if found.next().is_some() {
            let message = format!("common column name \"{wanted}\" appears more than once in {side} table");
            return Err(self.error("42702", message, ident.span));
        }
        Ok(first)
    }
}

/// Returns a table as FROM names it.
pub(crate) fn plain_table(table: &str, alias: Option<&str>) -> TableFactor {
    TableFactor::Table {
        name: ObjectName::from(vec![name(table)]),
        alias: alias.map(alias_of),
        args: None,
        with_hints: Vec::new(),
        version: None,
        with_ordinality: false,
        partitions: Vec::new(),
        json_path: None,
        sample: None,
        index_hints: Vec::new(),
    }
}

/// Returns a table's columns as a query sees them.
pub(crate) fn table_columns(table: &TableDef) -> Vec<RelationColumn> {
    let column = |column: &crate::schema::ColumnDef| RelationColumn {
        name: column.name.clone(),
        kind: column.kind.kind,
        limit: column.kind.max_characters,
        nullable: !column.not_null,
        merged: false,
        instead: None,
    };
    table.columns.iter().map(column).collect()
}

fn series_query(first: &Expr, last: &Expr, step: i64, column: &str) -> Outcome<Query> {
    let compare = if step > 0 { "<=" } else { ">=" };
    let quoted = crate::schema::column::quoted(column);
    let sql = format!(
        "WITH RECURSIVE series({quoted}) AS (SELECT {first} WHERE {first} {compare} {last} UNION ALL \
         SELECT {quoted} + {step} FROM series WHERE {quoted} + {step} {compare} {last}) SELECT {quoted} FROM series"
    );
    let dialect = sqlparser::dialect::SQLiteDialect {};
    let mut parsed =
        sqlparser::parser::Parser::parse_sql(&dialect, &sql).map_err(|_| not_available("this series"))?;
    match parsed.pop() {
        Some(sqlparser::ast::Statement::Query(query)) => Ok(*query),
        _ => Err(not_available("this series")),
    }
}
