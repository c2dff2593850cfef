//! One statement's tokens as a syntax tree.
//!
//! In: tokens for the parser (`feed.rs`). Out: the library's tree, or PostgreSQL's syntax error at the token
//! where reading stopped. Not here: names, types, meaning (`lower/`).

use super::feed::too_deep;
use super::tokens::Token;
use crate::answer::SqlError;
use crate::limits::MAX_PARSER_DEPTH;
use sqlparser::ast::{Expr, Statement};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Token as Fed, TokenWithSpan};

/// Parses one statement.
///
/// # Errors
/// 42601 at the token that does not fit, 54001 for what is nested too deeply.
pub(crate) fn statement(sql: &str, tokens: &[Token], fed: Vec<TokenWithSpan>) -> Result<Statement, SqlError> {
    whole(sql, tokens, fed, |parser| parser.parse_statement())
}

/// Parses one expression.
///
/// # Errors
/// As [`statement`].
pub(crate) fn expression(sql: &str, tokens: &[Token], fed: Vec<TokenWithSpan>) -> Result<Expr, SqlError> {
    whole(sql, tokens, fed, |parser| parser.parse_expr())
}

fn whole<T>(
    sql: &str,
    tokens: &[Token],
    fed: Vec<TokenWithSpan>,
    read: impl FnOnce(&mut Parser<'_>) -> Result<T, ParserError>,
) -> Result<T, SqlError> {
    let dialect = PostgreSqlDialect {};
    let mut parser =
        Parser::new(&dialect).with_recursion_limit(MAX_PARSER_DEPTH).with_tokens_with_locations(fed);
    let tree = read(&mut parser).map_err(|error| worded(&error, sql, tokens))?;
    let next = parser.next_token();
    if next.token == Fed::EOF {
        return Ok(tree);
    }
    let byte = (next.span.start.column as usize).saturating_sub(1);
    Err(syntax_error_at(sql, tokens, byte))
}

/// The library ends its messages with "at Line: 1, Column: 7".
fn worded(error: &ParserError, sql: &str, tokens: &[Token]) -> SqlError {
    let message = match error {
        ParserError::RecursionLimitExceeded => return too_deep(),
        ParserError::ParserError(message) | ParserError::TokenizerError(message) => message,
    };
    let column = message.rsplit_once("Column: ").and_then(|(_, column)| column.trim().parse::<usize>().ok());
    match column {
        Some(column) if column > 0 => syntax_error_at(sql, tokens, column - 1),
        _ => syntax_error_at(sql, tokens, sql.len()),
    }
}

/// Returns PostgreSQL's syntax error at the token that begins at or covers `byte`.
fn syntax_error_at(sql: &str, tokens: &[Token], byte: usize) -> SqlError {
    let found = tokens.iter().position(|token| token.end > byte);
    // The parser takes `* name` for a renamed star; to PostgreSQL the name is the mistake.
    let found = found.map(|index| match index.checked_sub(2).map(|two| &tokens[two..index]) {
        Some([star, name]) if star.is_symbol(sql, "*") && name.is_name() => index - 1,
        _ => index,
    });
    if let Some(index) = found {
        let near = tokens[index..].iter().take(2).find(|token| token.is_word(sql, "conflict"));
        if let Some(conflict) = near {
            return super::refuse::unavailable(sql, conflict, "ON CONFLICT after this SELECT");
        }
    }
    match found.map(|index| &tokens[index]) {
        Some(token) => super::command::syntax_error(sql, token),
        None => SqlError::new("42601", "syntax error at end of input").at(sql, sql.trim_end().len()),
    }
}
