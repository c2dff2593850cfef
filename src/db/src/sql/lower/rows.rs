//! The rows of a lowered query, while their types can still change.
//!
//! In: cells with their types. Out: SQLite's query. Not here: how a query becomes rows (`query.rs`).

use super::query::{query_of, select_from};
use super::scope::RelationColumn;
use super::typed::{Raw, Typed, name};
use super::{Lowerer, Outcome};
use crate::sql::kind::Kind;
use crate::sql::lowered::OutColumn;
use crate::sql::refuse::not_available;
use sqlparser::ast::{Expr, Query, SelectItem, SetExpr, Values};

/// A lowered query whose cells can still change their types.
pub(crate) struct Rows {
    pub(crate) query: Query,
    /// Cells of each SELECT and each row of VALUES, in the order in which they stand in the tree.
    pub(crate) cells: Vec<Vec<Typed>>,
    pub(crate) labels: Vec<String>,
    /// One for each column: its type, and its value if there is one row only.
    pub(crate) shown: Vec<Typed>,
}

impl Rows {
    pub(crate) fn columns(&self) -> Vec<OutColumn> {
        let out = self.labels.iter().zip(&self.shown);
        out.map(|(label, typed)| OutColumn { name: label.clone(), kind: typed.kind }).collect()
    }

    pub(crate) fn column(&self, index: usize) -> &Typed {
        &self.shown[index]
    }

    /// Gives a column a type.
    pub(crate) fn settle(&mut self, lowerer: &mut Lowerer<'_>, index: usize, kind: Kind) -> Outcome<()> {
        for row in &mut self.cells {
            let cell = row[index].clone();
            row[index] = lowerer.become_kind(cell, kind)?;
        }
        self.shown[index].kind = kind;
        if let [row] = &self.cells[..] {
            self.shown[index] = row[index].clone();
        }
        Ok(())
    }

    /// Columns that have no type yet become text.
    pub(crate) fn settle_all(&mut self, lowerer: &mut Lowerer<'_>) -> Outcome<()> {
        for index in 0..self.shown.len() {
            match (self.shown[index].kind, &self.shown[index].raw) {
                (_, Raw::Interval(..)) => return Err(not_available("an interval as a value")),
                (Kind::Unknown, _) => self.settle(lowerer, index, Kind::Text)?,
                (Kind::Fraction, _) => self.settle(lowerer, index, Kind::Digits)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// Returns the columns as a relation of an outer query sees them.
    pub(crate) fn relation_columns(&self) -> Vec<RelationColumn> {
        let column = |(label, typed): (&String, &Typed)| RelationColumn {
            name: label.clone(),
            kind: typed.kind,
            limit: typed.limit,
            nullable: typed.nullable,
            merged: false,
            instead: None,
        };
        self.labels.iter().zip(&self.shown).map(column).collect()
    }

    /// Writes the cells back into the tree.
    pub(crate) fn finish(mut self) -> Query {
        let mut cells = std::mem::take(&mut self.cells).into_iter();
        let mut body = std::mem::replace(&mut *self.query.body, SetExpr::Values(empty_values()));
        write_cells(&mut body, &mut cells, &self.labels);
        *self.query.body = named_values(body, &self.labels);
        self.query
    }

    /// Returns the same rows as `SELECT c1, c2 FROM (…)`, one plain SELECT.
    pub(crate) fn wrapped(mut self, lowerer: &mut Lowerer<'_>) -> Outcome<Rows> {
        self.settle_all(lowerer)?;
        let labels = std::mem::take(&mut self.labels);
        self.labels = (1..=labels.len()).map(|number| format!("c{number}")).collect();
        let column = |(label, typed): (&String, &Typed)| Typed {
            limit: typed.limit,
            ..Typed::new(Expr::Identifier(name(label)), typed.kind, typed.nullable, typed.place)
        };
        let shown: Vec<Typed> = self.labels.iter().zip(&self.shown).map(column).collect();
        let select = select_from(Vec::new(), self.finish(), "rows");
        let query = query_of(SetExpr::Select(Box::new(select)));
        Ok(Rows { query, cells: vec![shown.clone()], labels, shown })
    }
}

/// Gives VALUES its column names, also as the first part of a set operation, whose names count.
fn named_values(body: SetExpr, labels: &[String]) -> SetExpr {
    let plain = |(index, label): (usize, &String)| *label == format!("column{}", index + 1);
    match body {
        SetExpr::SetOperation { left, op, set_quantifier, right } => {
            let left = Box::new(named_values(*left, labels));
            SetExpr::SetOperation { left, op, set_quantifier, right }
        }
        SetExpr::Values(_) if !labels.iter().enumerate().all(plain) => {
            let inner = query_of(body);
            let item = |(index, label): (usize, &String)| SelectItem::ExprWithAlias {
                expr: Expr::Identifier(name(&format!("column{}", index + 1))),
                alias: name(label),
            };
            let items = labels.iter().enumerate().map(item).collect();
            SetExpr::Select(Box::new(select_from(items, inner, "rows")))
        }
        body => body,
    }
}

pub(super) fn empty_values() -> Values {
    Values { explicit_row: false, value_keyword: false, rows: Vec::new() }
}

fn write_cells(body: &mut SetExpr, cells: &mut impl Iterator<Item = Vec<Typed>>, labels: &[String]) {
    match body {
        SetExpr::Select(select) => {
            let row = cells.next().expect("every SELECT has its cells");
            select.projection =
                row.into_iter().zip(labels).map(|(cell, label)| item(cell.sql, label)).collect();
        }
        SetExpr::Values(values) => {
            for row in &mut values.rows {
                let cells = cells.next().expect("every row has its cells");
                row.content = cells.into_iter().map(|cell| cell.sql).collect();
            }
        }
        SetExpr::SetOperation { left, right, .. } => {
            write_cells(left, cells, labels);
            write_cells(right, cells, labels);
        }
        _ => {}
    }
}

fn item(sql: Expr, label: &str) -> SelectItem {
    let own = match &sql {
        Expr::Identifier(ident) => Some(&ident.value),
        Expr::CompoundIdentifier(names) => names.last().map(|ident| &ident.value),
        _ => None,
    };
    match own.is_some_and(|own| own == label) {
        true => SelectItem::UnnamedExpr(sql),
        false => SelectItem::ExprWithAlias { expr: sql, alias: name(label) },
    }
}
