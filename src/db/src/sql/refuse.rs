//! Statements that SQLite would accept with another meaning, or reject where PostgreSQL would not.
//!
//! In: tokens. Out: an error in PostgreSQL's words for what PostgreSQL rejects too, or 0A000 with a plain
//! sentence for what has no faithful meaning here. A list, to grow: nothing else belongs here.

use super::command::syntax_error;
use super::tokens::{Kind, Token};
use crate::answer::SqlError;

/// Words that begin something PostgreSQL has and this database has not, with the word that must follow.
const UNAVAILABLE: [(&str, &str, &str); 17] = [
    ("distinct", "on", "DISTINCT ON"),
    ("lateral", "", "LATERAL"),
    ("ilike", "", "ILIKE"),
    ("similar", "to", "SIMILAR TO"),
    ("tablesample", "", "TABLESAMPLE"),
    ("grouping", "sets", "GROUPING SETS"),
    ("rollup", "(", "ROLLUP"),
    ("cube", "(", "CUBE"),
    ("array", "[", "arrays"),
    ("on", "constraint", "ON CONFLICT ON CONSTRAINT"),
    ("fetch", "first", "FETCH FIRST"),
    ("fetch", "next", "FETCH NEXT"),
    ("skip", "locked", "SKIP LOCKED"),
    ("at", "time", "AT TIME ZONE"),
    ("extract", "(", "extract()"),
    ("position", "(", "position()"),
    ("overlay", "(", "overlay()"),
];

/// Operators of PostgreSQL without a faithful meaning here.
const UNAVAILABLE_SYMBOLS: [(&str, &str); 9] = [
    ("::", "a cast with ::"),
    ("[", "arrays"),
    ("~", "regular expressions"),
    ("->", "the JSON operator ->"),
    ("->>", "the JSON operator ->>"),
    ("#>", "the JSON operator #>"),
    ("#>>", "the JSON operator #>>"),
    ("@", "the operator @"),
    (":=", "the operator :="),
];

/// Checks a statement for what must be refused before SQLite sees it.
///
/// # Errors
/// 42601 and 42883 in PostgreSQL's words, 0A000 for what is not available.
pub(crate) fn check(sql: &str, tokens: &[Token]) -> Result<(), SqlError> {
    for (index, token) in tokens.iter().enumerate() {
        let next = tokens.get(index + 1);
        let before = index.checked_sub(1).and_then(|index| tokens.get(index));
        match token.kind {
            Kind::Word => check_word(sql, before, token, next, tokens.get(index + 2))?,
            Kind::Symbol => check_symbol(sql, token)?,
            _ => {}
        }
    }
    check_insert(sql, tokens)
}

fn check_word(
    sql: &str,
    before: Option<&Token>,
    token: &Token,
    next: Option<&Token>,
    after: Option<&Token>,
) -> Result<(), SqlError> {
    let after_dot = before.is_some_and(|token| token.is_symbol(sql, "."));
    for (word, follower, name) in UNAVAILABLE {
        let follows =
            follower.is_empty() || next.is_some_and(|next| next.of(sql).eq_ignore_ascii_case(follower));
        if !after_dot && token.is_word(sql, word) && follows {
            return Err(unavailable(sql, token, name));
        }
    }
    let constant_follows = next.is_some_and(|next| next.kind == Kind::Text);
    if constant_follows
        && matches!(token.name(sql).as_str(), "interval" | "date" | "timestamp" | "timestamptz" | "time")
    {
        return Err(unavailable(sql, token, &format!("a constant of type {}", token.of(sql))));
    }
    if constant_follows && matches!(token.name(sql).as_str(), "x" | "b" | "u") {
        return Err(unavailable(sql, token, "a bit string"));
    }
    let infix = before.is_some_and(|before| before.is_name() || before.is_symbol(sql, ")"));
    if infix && next.is_some_and(Token::is_value) && is_foreign_operator(sql, token) {
        return Err(syntax_error(sql, token));
    }
    if token.is_word(sql, "limit") && after.is_some_and(|after| after.is_symbol(sql, ",")) {
        let error = SqlError::new("42601", "LIMIT #,# syntax is not supported").at(sql, token.start);
        return Err(error.with_hint("Use separate LIMIT and OFFSET clauses."));
    }
    Ok(())
}

/// SQLite's own operators that are words.
fn is_foreign_operator(sql: &str, token: &Token) -> bool {
    ["glob", "regexp", "match"].iter().any(|word| token.is_word(sql, word))
}

fn check_symbol(sql: &str, token: &Token) -> Result<(), SqlError> {
    let text = token.of(sql);
    if text == "==" {
        return Err(SqlError::new("42883", "operator does not exist: ==")
            .at(sql, token.start)
            .with_hint("PostgreSQL compares with a single =."));
    }
    if text == "?" {
        return Err(syntax_error(sql, token).with_hint("A parameter is written :name."));
    }
    if matches!(text, "`" | "#" | "\\" | "{" | "}") {
        return Err(syntax_error(sql, token));
    }
    match UNAVAILABLE_SYMBOLS.iter().find(|(symbol, _)| *symbol == text) {
        Some((_, name)) => Err(unavailable(sql, token, name)),
        None => Ok(()),
    }
}

/// INSERT OR …, DEFAULT as a value, DELETE … USING.
fn check_insert(sql: &str, tokens: &[Token]) -> Result<(), SqlError> {
    let Some(first) = tokens.first() else { return Ok(()) };
    let second = tokens.get(1).filter(|token| token.is_word(sql, "or"));
    if let Some(or) = second.filter(|_| first.is_word(sql, "insert") || first.is_word(sql, "update")) {
        return Err(syntax_error(sql, or));
    }
    for (index, token) in tokens.iter().enumerate() {
        if first.is_word(sql, "delete") && token.is_word(sql, "using") {
            return Err(unavailable(sql, token, "DELETE … USING"));
        }
        let is_value = tokens.get(index + 1).is_none_or(|next| !next.is_word(sql, "values"));
        let in_change = first.is_word(sql, "insert") || first.is_word(sql, "update");
        if in_change && is_value && token.is_word(sql, "default") {
            return Err(unavailable(sql, token, "DEFAULT as a value"));
        }
    }
    Ok(())
}

/// Returns 0A000 for something PostgreSQL has and this database has not.
pub(crate) fn unavailable(sql: &str, token: &Token, name: &str) -> SqlError {
    let verb = if name == "arrays" || name.ends_with("expressions") { "are" } else { "is" };
    SqlError::new("0A000", format!("{name} {verb} not available here")).at(sql, token.start)
}
