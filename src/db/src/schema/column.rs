//! One column of CREATE TABLE or ALTER TABLE ADD COLUMN.
//!
//! In: the tokens of one element. Out: what the catalog notes, and the expressions still to be translated once
//! all columns are known. Not here: SQLite's text (`emit.rs`).

use super::catalog::{Action, ColumnDef};
use super::types;
use crate::answer::SqlError;
use crate::sql::refuse::unavailable;
use crate::sql::shape::group_end;
use crate::sql::tokens::{Kind, Token};
use std::ops::Range;

/// Words that begin the next constraint of a column.
const CONSTRAINT_WORDS: [&str; 13] = [
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
    "deferrable",
    "initially",
    "on",
];

/// Names that SQLite gives to the row number.
const ROW_NUMBER_NAMES: [&str; 3] = ["rowid", "_rowid_", "oid"];

/// A table as far as it has been read. Columns are named, because later ones are not known yet.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) name: String,
    pub(super) columns: Vec<ColumnDef>,
    pub(super) keys: Vec<DraftKey>,
    pub(super) foreign: Vec<DraftForeign>,
    /// Name, column if it is a column's, tokens of the expression.
    pub(super) checks: Vec<(String, Range<usize>)>,
    /// Index of the column and tokens of its DEFAULT.
    pub(super) defaults: Vec<(usize, Range<usize>)>,
    /// Index of the column and tokens of its GENERATED ALWAYS AS (…).
    pub(super) computed: Vec<(usize, Range<usize>)>,
}

/// A primary key or unique constraint; the names come with their bytes.
pub(super) struct DraftKey {
    pub(super) name: Option<String>,
    pub(super) columns: Vec<(String, usize)>,
    pub(super) primary: bool,
}

/// A foreign key; the names come with their bytes.
pub(super) struct DraftForeign {
    pub(super) name: String,
    pub(super) columns: Vec<(String, usize)>,
    pub(super) parent: (String, usize),
    pub(super) parent_columns: Vec<(String, usize)>,
    pub(super) on_delete: Action,
    pub(super) on_update: Action,
    pub(super) deferrable: bool,
    pub(super) initially_deferred: bool,
}

/// Reads tokens of one element from left to right.
pub(super) struct Element<'a> {
    pub(super) sql: &'a str,
    pub(super) tokens: &'a [Token],
    pub(super) at: usize,
    pub(super) end: usize,
}

impl Element<'_> {
    pub(super) fn token(&self, ahead: usize) -> Option<&Token> {
        self.tokens[..self.end].get(self.at + ahead)
    }

    pub(super) fn word(&self, ahead: usize, word: &str) -> bool {
        self.token(ahead).is_some_and(|token| token.is_word(self.sql, word))
    }

    pub(super) fn symbol(&self, symbol: &str) -> bool {
        self.token(0).is_some_and(|token| token.is_symbol(self.sql, symbol))
    }

    pub(super) fn accept(&mut self, word: &str) -> bool {
        let found = self.word(0, word);
        self.at += usize::from(found);
        found
    }

    pub(super) fn expect(&mut self, word: &str) -> Result<(), SqlError> {
        if self.accept(word) { Ok(()) } else { Err(self.error()) }
    }

    /// Reads a name; returns it with its first byte.
    pub(super) fn name(&mut self) -> Result<(String, usize), SqlError> {
        let token = self.token(0).filter(|token| token.is_name()).copied().ok_or_else(|| self.error())?;
        self.at += 1;
        Ok((token.name(self.sql), token.start))
    }

    /// Reads `(a, b)`.
    pub(super) fn names(&mut self) -> Result<Vec<(String, usize)>, SqlError> {
        if !self.symbol("(") {
            return Err(self.error());
        }
        self.at += 1;
        let mut names = vec![self.name()?];
        while self.symbol(",") {
            self.at += 1;
            names.push(self.name()?);
        }
        if !self.symbol(")") {
            return Err(self.error());
        }
        self.at += 1;
        Ok(names)
    }

    /// Reads `( … )`; returns the tokens inside.
    pub(super) fn group(&mut self) -> Result<Range<usize>, SqlError> {
        let end = group_end(self.sql, &self.tokens[..self.end], self.at).filter(|_| self.symbol("("));
        let end = end.ok_or_else(|| self.error())?;
        let inside = self.at + 1..end - 1;
        self.at = end;
        if inside.is_empty() { Err(self.error()) } else { Ok(inside) }
    }

    pub(super) fn finished(&self) -> Result<(), SqlError> {
        if self.at == self.end { Ok(()) } else { Err(self.error()) }
    }

    pub(super) fn error(&self) -> SqlError {
        match self.tokens.get(self.at) {
            Some(token) => crate::sql::command::syntax_error(self.sql, token),
            None => SqlError::new("42601", "syntax error at end of input").at(self.sql, self.sql.len()),
        }
    }

    /// Reads one column into `draft`.
    pub(super) fn column(&mut self, draft: &mut Draft) -> Result<(), SqlError> {
        let (name, place) = self.name()?;
        let same = |column: &&ColumnDef| column.name.eq_ignore_ascii_case(&name);
        if let Some(taken) = draft.columns.iter().find(same) {
            let error = match taken.name == name {
                true => SqlError::new("42701", format!("column \"{name}\" specified more than once")),
                false => SqlError::new(
                    "0A000",
                    "names that differ in upper and lower case only are not available here",
                ),
            };
            return Err(error.at(self.sql, place));
        }
        if ROW_NUMBER_NAMES.contains(&name.to_ascii_lowercase().as_str()) {
            let message = format!("a column called {name} is not available here");
            return Err(SqlError::new("0A000", message).at(self.sql, place));
        }
        let (kind, end) = types::read(self.sql, &self.tokens[..self.end], self.at)?;
        self.at = end;
        let identity = kind.serial;
        draft.columns.push(ColumnDef { name, not_null: identity, identity, kind, ..ColumnDef::default() });
        while self.at < self.end {
            self.constraint(draft)?;
        }
        Ok(())
    }

    fn constraint(&mut self, draft: &mut Draft) -> Result<(), SqlError> {
        let given = if self.accept("constraint") { Some(self.name()?.0) } else { None };
        let index = draft.columns.len() - 1;
        let place = self.token(0).map_or(0, |token| token.start);
        let column = &mut draft.columns[index];
        let name = column.name.clone();
        if self.accept("not") {
            column.not_null = true;
            return self.expect("null");
        }
        if self.accept("null") {
            return Ok(());
        }
        if self.word(0, "primary") || self.word(0, "unique") {
            let primary = self.accept("primary");
            self.expect(if primary { "key" } else { "unique" })?;
            draft.keys.push(DraftKey { name: given, columns: vec![(name, place)], primary });
            return Ok(());
        }
        if self.accept("check") {
            let name = given.unwrap_or_else(|| check_name(draft, Some(&name)));
            let inside = self.group()?;
            draft.checks.push((name, inside));
            return Ok(());
        }
        if self.word(0, "references") {
            let key = given.unwrap_or_else(|| format!("{}_{name}_fkey", draft.name));
            return self.references(draft, key, vec![(name, place)]);
        }
        if self.accept("default") {
            let tokens = self.default()?;
            draft.defaults.push((index, tokens));
            return Ok(());
        }
        if self.accept("generated") {
            return self.generated(draft, index);
        }
        Err(self.error())
    }

    pub(super) fn references(
        &mut self,
        draft: &mut Draft,
        name: String,
        columns: Vec<(String, usize)>,
    ) -> Result<(), SqlError> {
        self.expect("references")?;
        let parent = self.name()?;
        let parent_columns = if self.symbol("(") { self.names()? } else { Vec::new() };
        let mut key = DraftForeign {
            name,
            columns,
            parent,
            parent_columns,
            on_delete: Action::NoAction,
            on_update: Action::NoAction,
            deferrable: false,
            initially_deferred: false,
        };
        if self.word(0, "match") && !self.word(1, "simple") {
            return Err(unavailable(self.sql, &self.tokens[self.at], "MATCH"));
        }
        if self.accept("match") {
            self.expect("simple")?;
        }
        while self.accept("on") {
            let delete = self.accept("delete");
            if !delete {
                self.expect("update")?;
            }
            let action = self.action()?;
            *(if delete { &mut key.on_delete } else { &mut key.on_update }) = action;
        }
        self.deferral(&mut key)?;
        draft.foreign.push(key);
        Ok(())
    }

    fn action(&mut self) -> Result<Action, SqlError> {
        if self.accept("cascade") {
            return Ok(Action::Cascade);
        }
        if self.accept("restrict") {
            return Ok(Action::Restrict);
        }
        if self.accept("no") {
            return self.expect("action").map(|()| Action::NoAction);
        }
        self.expect("set")?;
        if self.accept("null") {
            return Ok(Action::SetNull);
        }
        self.expect("default").map(|()| Action::SetDefault)
    }

    /// Reads DEFERRABLE, NOT DEFERRABLE, INITIALLY DEFERRED, INITIALLY IMMEDIATE.
    fn deferral(&mut self, key: &mut DraftForeign) -> Result<(), SqlError> {
        loop {
            if self.accept("deferrable") {
                key.deferrable = true;
            } else if self.word(0, "not") && self.word(1, "deferrable") {
                self.at += 2;
            } else if self.accept("initially") {
                key.initially_deferred = self.accept("deferred");
                if !key.initially_deferred {
                    self.expect("immediate")?;
                }
                key.deferrable |= key.initially_deferred;
            } else {
                return Ok(());
            }
        }
    }

    fn default(&mut self) -> Result<Range<usize>, SqlError> {
        let start = self.at;
        while self.at < self.end && (self.at == start || !self.begins_constraint()) {
            self.at = match self.symbol("(") {
                true => group_end(self.sql, &self.tokens[..self.end], self.at).ok_or_else(|| self.error())?,
                false => self.at + 1,
            };
        }
        if self.at == start { Err(self.error()) } else { Ok(start..self.at) }
    }

    fn begins_constraint(&self) -> bool {
        let token = &self.tokens[self.at];
        token.kind == Kind::Word && CONSTRAINT_WORDS.iter().any(|word| token.is_word(self.sql, word))
    }

    fn generated(&mut self, draft: &mut Draft, index: usize) -> Result<(), SqlError> {
        let by_default = self.accept("by");
        self.expect(if by_default { "default" } else { "always" })?;
        self.expect("as")?;
        if self.accept("identity") {
            if self.symbol("(") {
                return Err(unavailable(self.sql, &self.tokens[self.at], "a sequence option"));
            }
            let column = &mut draft.columns[index];
            if !column.kind.kind.is_integer() {
                let message = "identity column type must be smallint, integer, or bigint";
                return Err(SqlError::new("22023", message));
            }
            (column.identity, column.not_null, column.always) = (true, true, !by_default);
            return Ok(());
        }
        let inside = self.group()?;
        self.expect("stored")?;
        draft.columns[index].computed = true;
        draft.computed.push((index, inside));
        Ok(())
    }
}

/// Returns a name in double quotes.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Returns PostgreSQL's name for a CHECK that nobody named.
pub(super) fn check_name(draft: &Draft, column: Option<&str>) -> String {
    let base = match column {
        Some(column) => format!("{}_{column}_check", draft.name),
        None => format!("{}_check", draft.name),
    };
    free_name(base, |name| draft.checks.iter().any(|(taken, _)| taken == name))
}

/// Returns a name, with a number after it if it is taken.
pub(super) fn free_name(base: String, taken: impl Fn(&str) -> bool) -> String {
    if !taken(&base) {
        return base;
    }
    (1..).map(|number| format!("{base}{number}")).find(|name| !taken(name)).expect("numbers do not end")
}
