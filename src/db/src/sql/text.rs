//! One statement's text, understood once and kept.
//!
//! In: text and the catalog. Out: [`Text`]: what it asks for, its shape, parameters and pieces. Not here:
//! preparing it in SQLite (`engine/`).

use super::command::{Command, command};
use super::pieces::Piece;
use super::refuse;
use super::rewrite::{Locking, Param, rewrite};
use super::shape::shape;
use super::tokens::{Kind, Token, tokenize};
use crate::answer::{SqlError, StatementKind};
use crate::limits::MAX_STATEMENT_BYTES;
use crate::schema::{Catalog, Effect, ddl};
use std::rc::Rc;

/// What there is to know about a statement's text, given the catalog.
#[derive(Debug)]
pub(crate) struct Text {
    pub(crate) source: Rc<str>,
    pub(crate) tokens: Vec<Token>,
    pub(crate) command: Command,
    pub(crate) shape: Rc<str>,
    pub(crate) pieces: Vec<Piece>,
    pub(crate) params: Vec<Param>,
    pub(crate) locking: Locking,
    pub(crate) in_list: bool,
    /// The table that INSERT, UPDATE or DELETE changes.
    pub(crate) target: Option<String>,
    /// What CREATE, ALTER or DROP does to the catalog.
    pub(crate) effect: Effect,
}

impl Text {
    /// Reads one statement.
    ///
    /// # Errors
    /// 42601 for what is no single statement, or what `refuse.rs` and the catalog say.
    pub(crate) fn read(sql: &str, catalog: &Catalog) -> Result<Text, SqlError> {
        if sql.len() > MAX_STATEMENT_BYTES {
            return Err(SqlError::new(
                "54000",
                format!("a statement is at most {MAX_STATEMENT_BYTES} bytes long"),
            ));
        }
        let mut tokens = tokenize(sql)?;
        while tokens.last().is_some_and(|token| token.is_symbol(sql, ";")) {
            tokens.pop();
        }
        if let Some(semicolon) = tokens.iter().find(|token| token.is_symbol(sql, ";")) {
            let message = "cannot insert multiple commands into a prepared statement";
            return Err(SqlError::new("42601", message).at(sql, semicolon.start));
        }
        let command = command(sql, &tokens)?;
        let shape = Rc::from(shape(sql, &tokens));
        drop_array_casts(sql, &mut tokens);
        let mut text = Text {
            source: Rc::from(sql),
            command,
            shape,
            pieces: Vec::new(),
            params: Vec::new(),
            locking: Locking::None,
            in_list: false,
            target: target(sql, &tokens),
            effect: Effect::None,
            tokens,
        };
        text.fill(catalog)?;
        Ok(text)
    }

    fn fill(&mut self, catalog: &Catalog) -> Result<(), SqlError> {
        match self.command {
            Command::Run(StatementKind::Schema) => {
                let translated = ddl::translate(&self.source, &self.tokens)?;
                self.pieces = translated.pieces;
                self.effect = translated.effect;
            }
            Command::Run(_) => {
                refuse::check(&self.source, &self.tokens)?;
                catalog.check_insert(&self.source, &self.tokens)?;
                let rewritten = rewrite(&self.source, &self.tokens, catalog);
                self.pieces = rewritten.pieces;
                self.params = rewritten.params;
                self.locking = rewritten.locking;
                self.in_list = rewritten.in_list;
            }
            _ => {}
        }
        Ok(())
    }
}

/// `= ANY(:ids::int[])` says nothing that the list does not: the cast goes.
fn drop_array_casts(sql: &str, tokens: &mut Vec<Token>) {
    let mut index = 1;
    while index + 3 < tokens.len() {
        let cast = matches!(tokens[index - 1].kind, Kind::Named | Kind::Numbered)
            && tokens[index].is_symbol(sql, "::")
            && tokens[index + 1].kind == Kind::Word
            && tokens[index + 2].is_symbol(sql, "[")
            && tokens[index + 3].is_symbol(sql, "]");
        if cast {
            tokens.drain(index..index + 4);
        } else {
            index += 1;
        }
    }
}

fn target(sql: &str, tokens: &[Token]) -> Option<String> {
    for (index, token) in tokens.iter().enumerate() {
        let name_at = match token.of(sql).to_ascii_lowercase().as_str() {
            "insert" | "delete" => index + 2,
            "update" => index + 1,
            "truncate" => {
                index + 1 + usize::from(tokens.get(1).is_some_and(|next| next.is_word(sql, "table")))
            }
            _ => continue,
        };
        return tokens.get(name_at).filter(|token| token.is_name()).map(|token| token.name(sql));
    }
    None
}

/// Splits a script at its semicolons; empty statements are left out. Each comes with its first byte.
///
/// # Errors
/// 42601 for a string or comment without its end.
pub(crate) fn split(script: &str) -> Result<Vec<(usize, &str)>, SqlError> {
    let tokens = tokenize(script)?;
    let mut statements = Vec::new();
    let mut first: Option<&Token> = None;
    let mut last_end = 0;
    for token in &tokens {
        if !token.is_symbol(script, ";") {
            first = first.or(Some(token));
            last_end = token.end;
        } else if let Some(token) = first.take() {
            statements.push((token.start, &script[token.start..last_end]));
        }
    }
    if let Some(token) = first {
        statements.push((token.start, &script[token.start..last_end]));
    }
    Ok(statements)
}
