//! One statement's text, understood once and kept.
//!
//! In: text and the catalog. Out: [`Text`]: what it asks for, its shape, parameters and pieces. Not here:
//! preparing it in SQLite (`engine/`).

use super::command::{Command, command};
use super::feed::feed;
use super::lower::Lowerer;
use super::lowered::Lowered;
use super::params::Param;
use super::parse;
use super::pieces::Piece;
use super::shape::shape;
use super::tokens::{Token, tokenize};
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
    pub(crate) in_list: bool,
    /// The table that INSERT, UPDATE or DELETE changes.
    pub(crate) target: Option<String>,
    /// What CREATE, ALTER or DROP does to the catalog.
    pub(crate) effect: Effect,
    /// Queries and changes, understood and in SQLite's dialect.
    pub(crate) lowered: Option<Lowered>,
}

impl Text {
    /// Reads one statement.
    ///
    /// # Errors
    /// 42601 for what is no single statement, 54000 and 54001 for one that is too long or too deep, and what
    /// `lower/` and the catalog say.
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
        let mut text = Text {
            source: Rc::from(sql),
            command,
            shape,
            pieces: Vec::new(),
            params: Vec::new(),
            in_list: false,
            target: target(sql, &tokens),
            effect: Effect::None,
            lowered: None,
            tokens,
        };
        text.fill(catalog)?;
        Ok(text)
    }

    /// A text for errors of statements that nobody wrote.
    pub(crate) fn empty() -> Text {
        Text {
            source: Rc::from(""),
            command: Command::Run(StatementKind::Change),
            shape: Rc::from(""),
            pieces: Vec::new(),
            params: Vec::new(),
            in_list: false,
            target: None,
            effect: Effect::None,
            lowered: None,
            tokens: Vec::new(),
        }
    }

    fn fill(&mut self, catalog: &Catalog) -> Result<(), SqlError> {
        match self.command {
            Command::Run(StatementKind::Schema) => {
                let translated = ddl::translate(&self.source, &self.tokens, catalog)?;
                self.pieces = translated.pieces;
                self.effect = translated.effect;
            }
            Command::Run(_) => self.lower(catalog)?,
            Command::Explain(ref explained) => {
                let explained = Text::read(explained, catalog)?;
                self.params = explained.params;
            }
            _ => {}
        }
        Ok(())
    }

    fn lower(&mut self, catalog: &Catalog) -> Result<(), SqlError> {
        let (fed, params) = feed(&self.source, &self.tokens)?;
        let statement = parse::statement(&self.source, &self.tokens, fed)?;
        let mut lowerer = Lowerer::new(&self.source, &self.tokens, catalog, params);
        let lowered = lowerer.statement(statement)?;
        self.in_list = lowerer.in_list;
        self.params = lowerer.params;
        self.lowered = Some(lowered);
        Ok(())
    }

    /// Returns the names of the result columns.
    pub(crate) fn column_names(&self) -> Rc<[String]> {
        self.lowered
            .iter()
            .flat_map(|lowered| lowered.columns.iter())
            .map(|column| column.name.clone())
            .collect()
    }

    /// Returns how many result columns there are.
    pub(crate) fn width(&self) -> usize {
        self.lowered.as_ref().map_or(0, |lowered| lowered.columns.len())
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
