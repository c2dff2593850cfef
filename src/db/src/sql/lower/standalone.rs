//! Expressions outside of statements: CHECK, DEFAULT, computed columns, indexes, views.
//!
//! In: tokens of one expression or query. Out: SQLite text over bare column names, or a lowered query. Rules:
//! PostgreSQL manual, "CREATE TABLE", "CREATE INDEX", "CREATE VIEW".

use super::insert::relation_of;
use super::scope::{Clause, Level};
use super::typed::{Raw, Typed};
use super::{Lowerer, Outcome};
use crate::answer::SqlError;
use crate::schema::{Catalog, ColumnDef, KeyPart, TableDef};
use crate::sql::feed::feed;
use crate::sql::kind::Kind;
use crate::sql::lowered::Lowered;
use crate::sql::parse;
use crate::sql::refuse::{not_available, unavailable};
use crate::sql::tokens::Token;
use sqlparser::ast::{Expr, Statement};

/// An item of CREATE INDEX.
pub(crate) struct IndexItem {
    pub(crate) part: KeyPart,
    /// ` DESC` or nothing.
    pub(crate) order: &'static str,
}

/// Calls whose value changes from one moment to the next.
const VOLATILE: [&str; 9] = [
    "now()",
    "random()",
    "gen_random_uuid()",
    "nextval(",
    "currval(",
    "lastval(",
    "setval(",
    "now_date()",
    "now_local()",
];

fn parsed(sql: &str, tokens: &[Token]) -> Outcome<Expr> {
    let (mut fed, params) = feed(sql, tokens)?;
    if let Some(param) = params.first() {
        return Err(
            SqlError::new("42P02", format!("there is no parameter :{}", param.name)).at(sql, param.start)
        );
    }
    if let (Some(end), Some(last)) = (fed.last_mut(), tokens.last()) {
        end.span.start.column = last.end as u64 + 1;
    }
    parse::expression(sql, tokens, fed)
}

fn over_table<T>(
    sql: &str,
    tokens: &[Token],
    table: &TableDef,
    catalog: &Catalog,
    clause: Clause,
    read: impl FnOnce(&mut Lowerer<'_>, &Expr) -> Outcome<T>,
) -> Outcome<T> {
    let expression = parsed(sql, tokens)?;
    let mut lowerer = Lowerer::new(sql, tokens, catalog, Vec::new());
    let mut level = Level::new(clause);
    level.relations.push(relation_of(table, &table.name, true));
    lowerer.levels.push(level);
    let result = read(&mut lowerer, &expression)?;
    Ok(result)
}

/// Returns text, refusing sub-selects and what is not the same every time.
fn constant_text(
    sql: &str,
    tokens: &[Token],
    typed: &Typed,
    what: &str,
    sqlstate: &'static str,
) -> Outcome<String> {
    if let Some(select) = tokens.iter().find(|token| token.is_word(sql, "select")) {
        return Err(SqlError::new("0A000", format!("cannot use subquery in {what}")).at(sql, select.start));
    }
    let text = typed.sql.to_string();
    if !sqlstate.is_empty() && VOLATILE.iter().any(|call| text.contains(call)) {
        return Err(SqlError::new(sqlstate, format!("functions in {what} must be marked IMMUTABLE")));
    }
    Ok(text)
}

/// Translates CHECK.
pub(crate) fn check(sql: &str, tokens: &[Token], table: &TableDef, catalog: &Catalog) -> Outcome<String> {
    over_table(sql, tokens, table, catalog, Clause::Check, |lowerer, expression| {
        let typed = lowerer.boolean(expression, "CHECK")?;
        let text = constant_text(sql, tokens, &typed, "check constraint", "")?;
        match VOLATILE.iter().any(|call| text.contains(call)) {
            true => Err(not_available("a CHECK over time or chance")),
            false => Ok(text),
        }
    })
}

/// Translates DEFAULT; none for NULL.
pub(crate) fn default(
    sql: &str,
    tokens: &[Token],
    column: &ColumnDef,
    catalog: &Catalog,
) -> Outcome<Option<String>> {
    let expression = parsed(sql, tokens)?;
    let mut lowerer = Lowerer::new(sql, tokens, catalog, Vec::new());
    lowerer.levels.push(Level::new(Clause::Default));
    let typed = lowerer.expr(&expression).map_err(|error| match error.sqlstate {
        "42703" => SqlError::new("0A000", "cannot use column reference in DEFAULT expression")
            .at(sql, tokens[0].start),
        _ => error,
    })?;
    if typed.raw == Raw::Null {
        return Ok(None);
    }
    let owner = TableDef { columns: vec![column.clone()], ..TableDef::default() };
    let typed = lowerer.assign(typed, column, &owner).map_err(|error| match error.sqlstate {
        "42804" => {
            let words = error.message.replacen("expression is", "default expression is", 1);
            SqlError { message: words, position: None, line: None, ..error }
        }
        _ => error,
    })?;
    let text = constant_text(sql, tokens, &typed, "DEFAULT expression", "")?;
    let plain = matches!(typed.sql, Expr::Value(_)) && !text.starts_with('-');
    Ok(Some(if plain { text } else { format!("({text})") }))
}

/// Translates GENERATED ALWAYS AS (…).
pub(crate) fn computed(
    sql: &str,
    tokens: &[Token],
    table: &TableDef,
    index: usize,
    catalog: &Catalog,
) -> Outcome<String> {
    over_table(sql, tokens, table, catalog, Clause::Computed, |lowerer, expression| {
        let typed = lowerer.expr(expression)?;
        let typed = lowerer.assign(typed, &table.columns[index], table)?;
        let text = constant_text(sql, tokens, &typed, "column generation expression", "")?;
        match VOLATILE.iter().any(|call| text.contains(call)) {
            true => Err(SqlError::new("42P17", "generation expression is not immutable")),
            false => Ok(text),
        }
    })
}

/// Translates the items of CREATE INDEX.
pub(crate) fn index_items(
    sql: &str,
    tokens: &[Token],
    table: &TableDef,
    catalog: &Catalog,
) -> Outcome<Vec<IndexItem>> {
    let mut depth = 0;
    let items = tokens.split(|token| {
        depth += i32::from(token.is_symbol(sql, "(")) - i32::from(token.is_symbol(sql, ")"));
        depth == 0 && token.is_symbol(sql, ",")
    });
    items.map(|item| index_item(sql, item, table, catalog)).collect()
}

fn index_item(sql: &str, tokens: &[Token], table: &TableDef, catalog: &Catalog) -> Outcome<IndexItem> {
    let (mut tokens, mut order) = (tokens, "");
    if let [rest @ .., nulls, side] = tokens
        && nulls.is_word(sql, "nulls")
    {
        let usual = side.is_word(sql, "last") != rest.last().is_some_and(|last| last.is_word(sql, "desc"));
        if !usual {
            return Err(unavailable(sql, nulls, "this order of NULL in an index"));
        }
        tokens = rest;
    }
    if let [rest @ .., last] = tokens
        && (last.is_word(sql, "asc") || last.is_word(sql, "desc"))
    {
        order = if last.is_word(sql, "desc") { " DESC" } else { "" };
        tokens = rest;
    }
    if let [only] = tokens
        && only.is_name()
    {
        let wanted = only.name(sql);
        let column = table.column_index(&wanted);
        let missing = || SqlError::new("42703", format!("column \"{wanted}\" does not exist"));
        return Ok(IndexItem { part: KeyPart::Column(column.ok_or_else(missing)?), order });
    }
    let Some(first) = tokens.first() else {
        return Err(SqlError::new("42601", "syntax error at or near \")\""));
    };
    if !first.is_symbol(sql, "(") && !tokens.last().is_some_and(|last| last.is_symbol(sql, ")")) {
        return Err(unavailable(sql, first, "this item of an index"));
    }
    let text = over_table(sql, tokens, table, catalog, Clause::Index, |lowerer, expression| {
        let typed = lowerer.value(expression)?;
        if typed.kind == Kind::Digits || typed.kind == Kind::Json {
            return Err(not_available("an index over this type"));
        }
        constant_text(sql, tokens, &typed, "index expression", "42P17")
    })?;
    Ok(IndexItem { part: KeyPart::Expression(text), order })
}

/// Translates the WHERE of CREATE INDEX.
pub(crate) fn index_condition(
    sql: &str,
    tokens: &[Token],
    table: &TableDef,
    catalog: &Catalog,
) -> Outcome<String> {
    over_table(sql, tokens, table, catalog, Clause::IndexCondition, |lowerer, expression| {
        let typed = lowerer.boolean(expression, "WHERE")?;
        constant_text(sql, tokens, &typed, "index predicate", "42P17")
    })
}

/// Lowers the query of a view.
pub(crate) fn view(sql: &str, tokens: &[Token], catalog: &Catalog) -> Outcome<Lowered> {
    let (fed, params) = feed(sql, tokens)?;
    if let Some(param) = params.first() {
        return Err(
            SqlError::new("42P02", format!("there is no parameter :{}", param.name)).at(sql, param.start)
        );
    }
    let statement = parse::statement(sql, tokens, fed)?;
    if !matches!(statement, Statement::Query(_)) {
        return Err(not_available("a view of a change"));
    }
    let lowered = Lowerer::new(sql, tokens, catalog, Vec::new()).statement(statement)?;
    if crate::plan::has_locks(&lowered.statement) {
        return Err(not_available("a locking clause in a view"));
    }
    Ok(lowered)
}
