//! Locking clauses: where PostgreSQL refuses them, and which tables they may name.
//!
//! Rules: PostgreSQL manual, SELECT, "The Locking Clause"; `CheckSelectLocking` and `transformLockingClause`. Not
//! here: taking the locks (`session/`).

use super::scope::folded;
use super::{Lowerer, Outcome};
use crate::answer::SqlError;
use crate::sql::feed::byte_of;
use sqlparser::ast::{
    GroupByExpr, Join, JoinOperator, LockClause, Query, Select, SetExpr, Spanned, TableFactor, TableWithJoins,
};

/// A clause as its writer spelled it, and the tables it names.
struct Written<'a> {
    words: &'static str,
    names: Vec<&'a str>,
}

impl<'a> Written<'a> {
    /// Reads "strength:alias,alias" (`feed.rs`).
    fn read(carried: &'a str) -> Written<'a> {
        let (strength, names) = carried.trim_matches('"').split_once(':').unwrap_or(("update", ""));
        let words = match strength {
            "nokeyupdate" => "FOR NO KEY UPDATE",
            "share" => "FOR SHARE",
            "keyshare" => "FOR KEY SHARE",
            _ => "FOR UPDATE",
        };
        Written { words, names: names.split(',').filter(|name| !name.is_empty()).collect() }
    }
}

impl Lowerer<'_> {
    /// Checks the locking clauses of one query.
    pub(super) fn check_locks(&self, query: &Query) -> Outcome<()> {
        for lock in &query.locks {
            let carried = lock.of.as_ref().map(ToString::to_string).unwrap_or_default();
            let written = Written::read(&carried);
            let select = lockable(query, written.words)?;
            self.check_lock_names(lock, &written, select)?;
            let nullable: Vec<String> = select.from.iter().flat_map(nullable_names).collect();
            let reached = |name: &&String| written.names.is_empty() || written.names.contains(&name.as_str());
            if nullable.iter().any(|name| reached(&name)) {
                let words = written.words;
                let message = format!("{words} cannot be applied to the nullable side of an outer join");
                return Err(SqlError::new("0A000", message));
            }
        }
        Ok(())
    }

    fn check_lock_names(&self, lock: &LockClause, written: &Written<'_>, select: &Select) -> Outcome<()> {
        let known: Vec<String> = select.from.iter().flat_map(relation_names).collect();
        let Some(unknown) = written.names.iter().find(|name| !known.iter().any(|known| known == *name))
        else {
            return Ok(());
        };
        let words = written.words;
        let message = format!("relation \"{unknown}\" in {words} clause not found in FROM clause");
        let place = lock.of.as_ref().and_then(|of| byte_of(of.span()));
        let place = self.symbol_after(&[unknown], self.symbol_after(&["of"], place));
        Err(self.placed(SqlError::new("42P01", message), place))
    }
}

/// Returns the SELECT whose rows can be locked.
fn lockable<'a>(query: &'a Query, words: &str) -> Outcome<&'a Select> {
    let refuse = |what: &str| Err(SqlError::new("0A000", format!("{words} is not allowed with {what}")));
    let select = match &*query.body {
        SetExpr::Select(select) => select,
        SetExpr::Values(_) => {
            return Err(SqlError::new("0A000", format!("{words} cannot be applied to VALUES")));
        }
        _ => return refuse("UNION/INTERSECT/EXCEPT"),
    };
    let windowed =
        |item: &sqlparser::ast::SelectItem| item.to_string().to_ascii_uppercase().contains(" OVER (");
    if select.distinct.is_some() {
        return refuse("DISTINCT clause");
    }
    if matches!(&select.group_by, GroupByExpr::Expressions(by, _) if !by.is_empty()) {
        return refuse("GROUP BY clause");
    }
    if select.having.is_some() {
        return refuse("HAVING clause");
    }
    if super::aggregate::any_in(select) {
        return refuse("aggregate functions");
    }
    if select.projection.iter().any(windowed) {
        return refuse("window functions");
    }
    Ok(select)
}

/// Names of the tables whose columns an outer join may fill with NULL.
fn nullable_names(item: &TableWithJoins) -> Vec<String> {
    let mut before = factor_names(&item.relation);
    let mut nullable = Vec::new();
    for Join { relation, join_operator, .. } in &item.joins {
        let names = factor_names(relation);
        match join_operator {
            JoinOperator::Left(_) | JoinOperator::LeftOuter(_) => nullable.extend(names.clone()),
            JoinOperator::Right(_) | JoinOperator::RightOuter(_) => nullable.extend(before.clone()),
            JoinOperator::FullOuter(_) => nullable.extend(before.iter().chain(&names).cloned()),
            _ => {}
        }
        before.extend(names);
    }
    nullable
}

/// Names by which the entries of FROM are known.
fn relation_names(item: &TableWithJoins) -> Vec<String> {
    let joined = item.joins.iter().flat_map(|join| factor_names(&join.relation));
    factor_names(&item.relation).into_iter().chain(joined).collect()
}

fn factor_names(factor: &TableFactor) -> Vec<String> {
    match factor {
        TableFactor::Table { alias: Some(alias), .. } | TableFactor::Derived { alias: Some(alias), .. } => {
            vec![folded(&alias.name)]
        }
        TableFactor::Table { name, .. } => {
            let last = name.0.last().and_then(|part| part.as_ident());
            last.map(folded).into_iter().collect()
        }
        TableFactor::NestedJoin { table_with_joins, .. } => relation_names(table_with_joins),
        _ => Vec::new(),
    }
}
