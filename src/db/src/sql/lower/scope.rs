//! Which columns a name can mean.
//!
//! In: the relations of each query level, innermost last. Out: a column, or PostgreSQL's error: 42703, 42702,
//! 42P01. Rules: PostgreSQL's parse_relation.c; manual, section 7.2.

use super::typed::{Typed, name};
use super::{Lowerer, Outcome};
use crate::answer::SqlError;
use crate::sql::feed::byte_of;
use crate::sql::kind::Kind;
use crate::wording::distance;
use sqlparser::ast::{Expr, Ident};
use sqlparser::tokenizer::Span;

/// One entry of FROM.
#[derive(Debug, Clone)]
pub(crate) struct Relation {
    /// Its alias, or the table's name.
    pub(crate) name: String,
    /// The table behind an alias.
    pub(crate) table: Option<String>,
    pub(crate) columns: Vec<RelationColumn>,
    /// Its columns are written without its name: RETURNING knows no other way.
    pub(crate) bare: bool,
    /// PostgreSQL could show its columns here, SQLite cannot.
    pub(crate) out_of_reach: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct RelationColumn {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) limit: Option<u32>,
    pub(crate) nullable: bool,
    /// Merged into a column of a relation further left by USING or NATURAL.
    pub(crate) merged: bool,
    /// What to write for it, if not the relation's name and its own.
    pub(crate) instead: Option<Expr>,
}

/// Where in a query an expression stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Clause {
    Select,
    Where,
    On,
    GroupBy,
    Having,
    OrderBy,
    Limit,
    Values,
    Set,
    Returning,
    Check,
    Default,
    Computed,
    Index,
    IndexCondition,
    Window,
    Filter,
}

impl Clause {
    /// Returns the clause as PostgreSQL's errors name it.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Clause::Select => "SELECT",
            Clause::Where => "WHERE",
            Clause::On => "JOIN conditions",
            Clause::GroupBy => "GROUP BY",
            Clause::Having => "HAVING",
            Clause::OrderBy => "ORDER BY",
            Clause::Limit => "LIMIT",
            Clause::Values => "VALUES",
            Clause::Set => "UPDATE",
            Clause::Returning => "RETURNING",
            Clause::Check => "check constraints",
            Clause::Default => "DEFAULT expressions",
            Clause::Computed => "column generation expressions",
            Clause::Index => "index expressions",
            Clause::IndexCondition => "index predicates",
            Clause::Window => "window definitions",
            Clause::Filter => "FILTER",
        }
    }
}

/// One query on the way in.
#[derive(Debug, Clone)]
pub(crate) struct Level {
    pub(crate) relations: Vec<Relation>,
    /// Relations before this one cannot be seen by the ON being read.
    pub(crate) first_visible: usize,
    pub(crate) clause: Clause,
    /// Inside the arguments of an aggregate.
    pub(crate) in_aggregate: bool,
    pub(crate) grouping: Option<super::group::Grouping>,
    /// The first column that is neither grouped nor aggregated. Told after all names were found.
    pub(crate) ungrouped: Option<SqlError>,
    /// References that went to this level, as (relation, column).
    pub(crate) has_own_reference: bool,
}

impl Level {
    pub(crate) fn new(clause: Clause) -> Level {
        Level {
            relations: Vec::new(),
            first_visible: 0,
            clause,
            in_aggregate: false,
            grouping: None,
            ungrouped: None,
            has_own_reference: false,
        }
    }
}

impl Lowerer<'_> {
    /// Resolves a bare name.
    pub(crate) fn column(&mut self, ident: &Ident) -> Outcome<Typed> {
        let wanted = folded(ident);
        if ident.quote_style.is_none() && wanted == "default" {
            return Err(self.error("42601", "DEFAULT is not allowed in this context", ident.span));
        }
        for depth in (0..self.levels.len()).rev() {
            let found = self.find(depth, &wanted);
            match found[..] {
                [] => {}
                [(relation, column)] => return self.reference(depth, relation, column, ident.span, None),
                _ => {
                    let message = format!("column reference \"{wanted}\" is ambiguous");
                    return Err(self.error("42702", message, ident.span));
                }
            }
        }
        if self.levels.iter().flat_map(|level| &level.relations).any(|relation| relation.name == wanted) {
            return Err(self.unavailable("a whole row as a value", ident.span));
        }
        let error = self.error("42703", format!("column \"{wanted}\" does not exist"), ident.span);
        Err(SqlError { hint: self.nearest(&wanted, None), ..error })
    }

    fn find(&self, depth: usize, wanted: &str) -> Vec<(usize, usize)> {
        let level = &self.levels[depth];
        let mut found = Vec::new();
        for (index, relation) in level.relations.iter().enumerate().skip(level.first_visible) {
            for (column, known) in relation.columns.iter().enumerate() {
                if !known.merged && known.name == wanted {
                    found.push((index, column));
                }
            }
        }
        found
    }

    /// Resolves `table.column`.
    pub(crate) fn qualified(&mut self, table: &Ident, ident: &Ident) -> Outcome<Typed> {
        let (owner, wanted) = (folded(table), folded(ident));
        for depth in (0..self.levels.len()).rev() {
            let level = &self.levels[depth];
            let Some(index) = level.relations.iter().position(|relation| relation.name == owner) else {
                continue;
            };
            if index < level.first_visible {
                let message = format!("invalid reference to FROM-clause entry for table \"{owner}\"");
                let detail = format!(
                    "There is an entry for table \"{owner}\", but it cannot be referenced from this part of the query."
                );
                return Err(self.error("42P01", message, table.span).with_detail(detail));
            }
            let same = level.relations[index].columns.iter().filter(|known| known.name == wanted).count();
            if same > 1 {
                let message = format!("column reference \"{wanted}\" is ambiguous");
                return Err(self.error("42702", message, table.span));
            }
            let column = level.relations[index].columns.iter().position(|known| known.name == wanted);
            return match column {
                Some(column) => self.reference(depth, index, column, table.span, Some(&owner)),
                None => {
                    let message = format!("column {owner}.{wanted} does not exist");
                    let error = self.error("42703", message, table.span);
                    Err(SqlError { hint: self.nearest(&wanted, Some(&owner)), ..error })
                }
            };
        }
        Err(self.missing_relation(&owner, table.span))
    }

    /// Words for a table that FROM does not have.
    pub(crate) fn missing_relation(&self, owner: &str, span: Span) -> SqlError {
        let mut relations = self.levels.iter().rev().flat_map(|level| &level.relations);
        if let Some(aliased) = relations.find(|relation| relation.table.as_deref() == Some(owner)) {
            let message = format!("invalid reference to FROM-clause entry for table \"{owner}\"");
            let hint = format!("Perhaps you meant to reference the table alias \"{}\".", aliased.name);
            return self.error("42P01", message, span).with_hint(hint);
        }
        self.error("42P01", format!("missing FROM-clause entry for table \"{owner}\""), span)
    }

    /// Returns a column that was found, after asking whether GROUP BY allows it.
    pub(crate) fn reference(
        &mut self,
        depth: usize,
        relation: usize,
        column: usize,
        span: Span,
        written: Option<&str>,
    ) -> Outcome<Typed> {
        self.check_grouped(depth, relation, column, span);
        self.levels[depth].has_own_reference = true;
        let owner = &self.levels[depth].relations[relation];
        if owner.out_of_reach {
            return Err(self.unavailable("a column of another table in RETURNING", span));
        }
        let known = owner.columns[column].clone();
        let qualified = written.is_some() || !owner.bare;
        let bare = owner.bare;
        let sql = match (&known.instead, qualified && !bare) {
            (Some(instead), _) if written.is_none() => instead.clone(),
            (_, true) => Expr::CompoundIdentifier(vec![name(&owner.name), name(&known.name)]),
            (_, false) => Expr::Identifier(name(&known.name)),
        };
        if let Some(table) = owner.table.clone() {
            self.reads.entry(table).or_default().insert(known.name.clone());
        }
        let mut typed = Typed::new(sql, known.kind, known.nullable, byte_of(span));
        typed.limit = known.limit;
        Ok(typed)
    }

    /// PostgreSQL's hint for a column whose name was nearly right.
    fn nearest(&self, wanted: &str, owner: Option<&str>) -> Option<String> {
        let relations = self.levels.iter().rev().flat_map(|level| &level.relations);
        let candidates = relations
            .filter(|relation| owner.is_none_or(|owner| relation.name == owner))
            .flat_map(|relation| relation.columns.iter().map(move |column| (relation, column)));
        let near = candidates
            .map(|(relation, column)| (distance(&column.name, wanted), relation, column))
            .filter(|(distance, ..)| *distance <= wanted.len().div_ceil(2).min(3))
            .min_by_key(|(distance, ..)| *distance);
        near.map(|(_, relation, column)| {
            format!("Perhaps you meant to reference the column \"{}.{}\".", relation.name, column.name)
        })
    }
}

/// Returns the name that an identifier spells: folded to lower case unless quoted.
pub(crate) fn folded(ident: &Ident) -> String {
    match ident.quote_style {
        Some(_) => ident.value.clone(),
        None => ident.value.to_ascii_lowercase(),
    }
}
