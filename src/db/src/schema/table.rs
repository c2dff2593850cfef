//! CREATE TABLE: columns and table constraints.
//!
//! In: the tokens of the statement. Out: a STRICT table in SQLite's words, with PostgreSQL's constraint names,
//! and its definition.

use super::catalog::{KeyDef, TableDef};
use super::column::{Element, check_name};
use crate::answer::SqlError;
use crate::sql::command::syntax_error;
use crate::sql::pieces::Piece;
use crate::sql::refuse::unavailable;
use crate::sql::shape::group_end;
use crate::sql::tokens::Token;

/// Translates the body of CREATE TABLE, from its opening bracket at `open` on.
pub(crate) fn body(
    sql: &str,
    tokens: &[Token],
    open: usize,
    name: &str,
    pieces: &mut Vec<Piece>,
) -> Result<TableDef, SqlError> {
    let mut table = TableDef { name: name.to_owned(), ..TableDef::default() };
    let starts = tokens.get(open).filter(|token| token.is_symbol(sql, "("));
    let Some(first) = starts else { return Err(end_or(sql, tokens.get(open))) };
    let end = group_end(sql, tokens, open).ok_or_else(|| end_or(sql, None))?;
    if let Some(extra) = tokens.get(end) {
        return Err(unavailable(sql, extra, &format!("{} after a table's columns", extra.of(sql))));
    }
    pieces.push(Piece::Copied("(".to_owned(), first.start));
    for (index, element) in elements(sql, &tokens[open + 1..end - 1]).into_iter().enumerate() {
        if index > 0 {
            pieces.push(Piece::Added(",".to_owned()));
        }
        let mut element = Element { sql, tokens: element, at: 0, pieces };
        if is_table_constraint(&element) {
            constraint(&mut element, &mut table)?;
        } else {
            element.column(&mut table)?;
        }
    }
    pieces.push(Piece::Added(") STRICT".to_owned()));
    Ok(table)
}

fn end_or(sql: &str, token: Option<&Token>) -> SqlError {
    match token {
        Some(token) => syntax_error(sql, token),
        None => SqlError::new("42601", "syntax error at end of input").at(sql, sql.len()),
    }
}

/// Splits at the commas outside of brackets.
fn elements<'a>(sql: &str, tokens: &'a [Token]) -> Vec<&'a [Token]> {
    let mut depth = 0;
    tokens
        .split(|token| {
            depth += i32::from(token.is_symbol(sql, "(")) - i32::from(token.is_symbol(sql, ")"));
            depth == 0 && token.is_symbol(sql, ",")
        })
        .collect()
}

fn is_table_constraint(element: &Element<'_>) -> bool {
    let pairs = [("primary", "key"), ("foreign", "key")];
    let bracket = element.tokens.get(1).is_some_and(|token| token.is_symbol(element.sql, "("));
    element.word(0, "constraint")
        || pairs.iter().any(|(first, second)| element.word(0, first) && element.word(1, second))
        || (bracket && (element.word(0, "unique") || element.word(0, "check")))
        || element.word(0, "exclude")
        || element.word(0, "like")
}

fn constraint(element: &mut Element<'_>, table: &mut TableDef) -> Result<(), SqlError> {
    let given = if element.accept("constraint") { Some(element.name()?) } else { None };
    if element.word(0, "primary") {
        element.copy_to(2.max(element.at + 2));
        let columns = element.names()?;
        for column in &columns {
            if let Some(column) = table.columns.iter_mut().find(|known| known.name == *column) {
                column.not_null = true;
            }
        }
        let name = given.unwrap_or_else(|| format!("{}_pkey", table.name));
        table.keys.push(KeyDef { name, columns, primary: true });
        return finished(element);
    }
    if element.word(0, "unique") {
        element.copy_to(element.at + 1);
        let columns = element.names()?;
        let name = given.unwrap_or_else(|| format!("{}_{}_key", table.name, columns.join("_")));
        table.keys.push(KeyDef { name, columns, primary: false });
        return finished(element);
    }
    if element.accept("check") {
        let name = given.unwrap_or_else(|| check_name(table, None));
        element.check(table, name)?;
        return finished(element);
    }
    if element.word(0, "foreign") {
        element.copy_to(element.at + 2);
        let columns = element.names()?;
        let name = given.unwrap_or_else(|| format!("{}_{}_fkey", table.name, columns.join("_")));
        if !element.word(0, "references") {
            return Err(element.error());
        }
        element.references(table, name, columns)?;
        return finished(element);
    }
    let word = element.tokens[element.at.min(element.tokens.len() - 1)];
    Err(unavailable(element.sql, &word, &format!("{} in CREATE TABLE", word.of(element.sql))))
}

fn finished(element: &Element<'_>) -> Result<(), SqlError> {
    if element.at == element.tokens.len() { Ok(()) } else { Err(element.error()) }
}
