//! One column of CREATE TABLE or ALTER TABLE ADD COLUMN.
//!
//! In: the tokens of one element. Out: SQLite's text for it and what the catalog notes.

use super::catalog::{ColumnDef, Foreign, KeyDef, TableDef};
use super::types;
use crate::answer::SqlError;
use crate::sql::pieces::Piece;
use crate::sql::refuse::unavailable;
use crate::sql::shape::group_end;
use crate::sql::tokens::{Kind, Token};

/// Words that begin the next constraint of a column.
const CONSTRAINT_WORDS: [&str; 10] = [
    "constraint",
    "not",
    "null",
    "primary",
    "unique",
    "default",
    "check",
    "references",
    "generated",
    "collate",
];

/// Reads tokens of one element from left to right, writing SQLite's text.
pub(crate) struct Element<'a> {
    pub(crate) sql: &'a str,
    pub(crate) tokens: &'a [Token],
    pub(crate) at: usize,
    pub(crate) pieces: &'a mut Vec<Piece>,
}

impl Element<'_> {
    pub(crate) fn word(&self, ahead: usize, word: &str) -> bool {
        self.tokens.get(self.at + ahead).is_some_and(|token| token.is_word(self.sql, word))
    }

    pub(crate) fn accept(&mut self, word: &str) -> bool {
        let found = self.word(0, word);
        self.at += usize::from(found);
        found
    }

    pub(crate) fn name(&mut self) -> Result<String, SqlError> {
        let token = self.tokens.get(self.at).filter(|token| token.is_name());
        let Some(token) = token else { return Err(self.error()) };
        self.at += 1;
        Ok(token.name(self.sql))
    }

    /// Reads `(a, b)`.
    pub(crate) fn names(&mut self) -> Result<Vec<String>, SqlError> {
        let end = group_end(self.sql, self.tokens, self.at).ok_or_else(|| self.error())?;
        let inside = &self.tokens[self.at + 1..end - 1];
        let names = inside.iter().filter(|token| token.is_name()).map(|token| token.name(self.sql)).collect();
        self.copy_to(end);
        Ok(names)
    }

    pub(crate) fn add(&mut self, text: impl Into<String>) {
        self.pieces.push(Piece::Added(text.into()));
    }

    /// Copies tokens up to `end`, one space before each.
    pub(crate) fn copy_to(&mut self, end: usize) {
        for token in &self.tokens[self.at..end] {
            self.pieces.push(Piece::Added(" ".to_owned()));
            self.pieces.push(Piece::Copied(token.of(self.sql).to_owned(), token.start));
        }
        self.at = end;
    }

    /// Copies the group in brackets that begins here.
    pub(crate) fn copy_group(&mut self) -> Result<(), SqlError> {
        let end = group_end(self.sql, self.tokens, self.at).ok_or_else(|| self.error())?;
        self.copy_to(end);
        Ok(())
    }

    pub(crate) fn error(&self) -> SqlError {
        match self.tokens.get(self.at) {
            Some(token) => crate::sql::command::syntax_error(self.sql, token),
            None => SqlError::new("42601", "syntax error at end of input").at(self.sql, self.sql.len()),
        }
    }

    /// Reads one column into `table`.
    pub(crate) fn column(&mut self, table: &mut TableDef) -> Result<(), SqlError> {
        let name_token = self.at;
        let name = self.name()?;
        if table.column(&name).is_some() {
            let message = format!("column \"{name}\" specified more than once");
            return Err(SqlError::new("42701", message).at(self.sql, self.tokens[name_token].start));
        }
        let type_token = self.at;
        let (kind, end) = types::read(self.sql, self.tokens, self.at)?;
        self.at = name_token;
        self.copy_to(name_token + 1);
        self.add(format!(" {}", kind.stored));
        self.at = end;
        let identity = kind.serial || self.identity_ahead();
        let max_characters = kind.max_characters.clone();
        table.columns.push(ColumnDef { name: name.clone(), kind, not_null: identity, identity });
        while self.at < self.tokens.len() {
            self.constraint(table, &name)?;
        }
        if let Some(limit) = max_characters {
            self.add(format!(
                " CONSTRAINT \"character varying({limit})\" CHECK (length({}) <= {limit})",
                quoted(&name)
            ));
        }
        if identity && table.primary_key() != [name] {
            return Err(unavailable(
                self.sql,
                &self.tokens[type_token],
                "a serial column that is no primary key",
            ));
        }
        Ok(())
    }

    fn identity_ahead(&self) -> bool {
        self.tokens[self.at..].iter().any(|token| token.is_word(self.sql, "identity"))
    }

    fn constraint(&mut self, table: &mut TableDef, column: &str) -> Result<(), SqlError> {
        let given = if self.accept("constraint") { Some(self.name()?) } else { None };
        let definition = table.columns.last_mut().expect("the column was just added");
        if self.accept("not") {
            definition.not_null = true;
            self.add(" NOT NULL");
            return if self.accept("null") { Ok(()) } else { Err(self.error()) };
        }
        if self.accept("null") {
            return Ok(());
        }
        if self.word(0, "primary") && self.word(1, "key") {
            self.at += 2;
            definition.not_null = true;
            let identity = definition.identity;
            self.add(if identity { " PRIMARY KEY AUTOINCREMENT" } else { " PRIMARY KEY" });
            let name = given.unwrap_or_else(|| format!("{}_pkey", table.name));
            table.keys.push(KeyDef { name, columns: vec![column.to_owned()], primary: true });
            return Ok(());
        }
        if self.accept("unique") {
            self.add(" UNIQUE");
            let name = given.unwrap_or_else(|| format!("{}_{column}_key", table.name));
            table.keys.push(KeyDef { name, columns: vec![column.to_owned()], primary: false });
            return Ok(());
        }
        if self.accept("check") {
            let name = given.unwrap_or_else(|| check_name(table, Some(column)));
            return self.check(table, name);
        }
        if self.word(0, "references") {
            let name = given.unwrap_or_else(|| format!("{}_{column}_fkey", table.name));
            return self.references(table, name, vec![column.to_owned()]);
        }
        if self.accept("default") {
            return self.default();
        }
        if self.accept("generated") {
            return self.generated();
        }
        Err(self.error())
    }

    pub(crate) fn check(&mut self, table: &mut TableDef, name: String) -> Result<(), SqlError> {
        self.add(format!(" CONSTRAINT {} CHECK", quoted(&name)));
        table.checks.push(name);
        self.copy_group()
    }

    pub(crate) fn references(
        &mut self,
        table: &mut TableDef,
        name: String,
        columns: Vec<String>,
    ) -> Result<(), SqlError> {
        self.copy_to(self.at + 1);
        let parent_token = self.at;
        let parent = self.name()?;
        self.at = parent_token;
        self.copy_to(parent_token + 1);
        let listed = self.tokens.get(self.at).is_some_and(|token| token.is_symbol(self.sql, "("));
        let parent_columns = if listed { self.names()? } else { Vec::new() };
        while self.word(0, "on") {
            let two = self.word(2, "set") || self.word(2, "no");
            self.copy_to((self.at + if two { 4 } else { 3 }).min(self.tokens.len()));
        }
        if self.word(0, "deferrable") || self.word(0, "initially") || self.word(1, "deferrable") {
            return Err(unavailable(self.sql, &self.tokens[self.at], "a deferrable constraint"));
        }
        table.foreign.push(Foreign { name, columns, parent, parent_columns });
        Ok(())
    }

    fn default(&mut self) -> Result<(), SqlError> {
        let mut end = self.at;
        while end < self.tokens.len() && !self.begins_constraint(end) {
            let open = self.tokens[end].is_symbol(self.sql, "(");
            end = if open {
                group_end(self.sql, self.tokens, end).ok_or_else(|| self.error())?
            } else {
                end + 1
            };
        }
        let single = end == self.at + 1;
        self.add(if single { " DEFAULT" } else { " DEFAULT (" });
        if end == self.at && self.accept("null") {
            self.add(" NULL");
            return Ok(());
        }
        self.copy_to(end);
        if !single {
            self.add(")");
        }
        Ok(())
    }

    fn begins_constraint(&self, index: usize) -> bool {
        let token = &self.tokens[index];
        token.kind == Kind::Word && CONSTRAINT_WORDS.iter().any(|word| token.is_word(self.sql, word))
    }

    fn generated(&mut self) -> Result<(), SqlError> {
        let by_default = self.accept("by") && self.accept("default");
        if !by_default && !self.accept("always") {
            return Err(self.error());
        }
        if self.word(0, "as") && self.word(1, "identity") {
            self.at += 2;
            if let Some(end) = group_end(self.sql, self.tokens, self.at) {
                self.at = end;
            }
            return Ok(());
        }
        self.add(" GENERATED ALWAYS");
        self.copy_to(self.at + 1);
        self.copy_group()?;
        self.copy_to((self.at + 1).min(self.tokens.len()));
        Ok(())
    }
}

/// Returns a name in double quotes.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Returns PostgreSQL's name for a CHECK that nobody named.
pub(crate) fn check_name(table: &TableDef, column: Option<&str>) -> String {
    let base = match column {
        Some(column) => format!("{}_{column}_check", table.name),
        None => format!("{}_check", table.name),
    };
    let taken = |name: &String| table.checks.contains(name);
    if !taken(&base) {
        return base;
    }
    (1..).map(|number| format!("{base}{number}")).find(|name| !taken(name)).expect("numbers do not end")
}
