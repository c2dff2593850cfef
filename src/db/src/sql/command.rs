//! What kind of statement a text is, and the options of BEGIN and its relatives.
//!
//! In: tokens. Out: a [`Command`]. A transaction's commands never reach SQLite. Not here: running them
//! (`session.rs`).
//!
//! Rules: PostgreSQL manual, "SQL Commands": BEGIN, COMMIT, ROLLBACK, SAVEPOINT, SET TRANSACTION.

use super::tokens::Token;
use crate::answer::{SqlError, StatementKind};

/// What a statement asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Command {
    /// Something SQLite runs.
    Run(StatementKind),
    Begin(Mode),
    /// SET TRANSACTION.
    Set(Mode),
    Commit,
    Rollback,
    Savepoint(String),
    Release(String),
    RollbackTo(String),
}

/// Options of a transaction. `None` = not said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Mode {
    pub(crate) level: Option<Level>,
    pub(crate) read_only: Option<bool>,
}

/// Isolation levels as they are run. READ UNCOMMITTED is READ COMMITTED, as in PostgreSQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    ReadCommitted,
    RepeatableRead,
    Serializable,
}

/// PostgreSQL's commands that have no meaning here.
const UNAVAILABLE: [&str; 32] = [
    "analyze",
    "call",
    "checkpoint",
    "close",
    "cluster",
    "comment",
    "copy",
    "deallocate",
    "declare",
    "discard",
    "do",
    "execute",
    "explain",
    "fetch",
    "grant",
    "import",
    "listen",
    "load",
    "lock",
    "merge",
    "move",
    "notify",
    "prepare",
    "reassign",
    "refresh",
    "reindex",
    "reset",
    "revoke",
    "set",
    "show",
    "unlisten",
    "vacuum",
];

/// Returns what a statement asks for.
///
/// # Errors
/// 42601 for what is no PostgreSQL command, 0A000 for one that is not available here.
pub(crate) fn command(sql: &str, tokens: &[Token]) -> Result<Command, SqlError> {
    let first = tokens.first().ok_or_else(|| SqlError::new("42601", "the statement is empty"))?;
    let mut words = Words { sql, tokens, at: 1 };
    match first.of(sql).to_ascii_lowercase().as_str() {
        "select" | "values" => Ok(Command::Run(StatementKind::Query)),
        "with" => Ok(Command::Run(body_kind(sql, tokens))),
        "insert" | "update" | "delete" | "truncate" => Ok(Command::Run(StatementKind::Change)),
        "create" | "alter" | "drop" => Ok(Command::Run(StatementKind::Schema)),
        "begin" => words.noise().mode().map(Command::Begin),
        "start" => words.expect("transaction").and_then(|()| words.mode()).map(Command::Begin),
        "set" if words.accept("transaction") => words.mode().map(Command::Set),
        "commit" | "end" => words.noise().end().map(|()| Command::Commit),
        "abort" => words.noise().end().map(|()| Command::Rollback),
        "rollback" => words.rollback(),
        "savepoint" => words.name().map(Command::Savepoint),
        "release" => {
            words.accept("savepoint");
            words.name().map(Command::Release)
        }
        word if UNAVAILABLE.contains(&word) => {
            let message = format!("{} is not available here", word.to_ascii_uppercase());
            Err(SqlError::new("0A000", message).at(sql, first.start))
        }
        _ => Err(syntax_error(sql, first)),
    }
}

/// Returns PostgreSQL's syntax error for a token.
pub(crate) fn syntax_error(sql: &str, token: &Token) -> SqlError {
    SqlError::new("42601", format!("syntax error at or near \"{}\"", token.of(sql))).at(sql, token.start)
}

/// WITH … may end in a SELECT or in a change.
fn body_kind(sql: &str, tokens: &[Token]) -> StatementKind {
    let mut depth = 0;
    for token in tokens {
        match token.of(sql) {
            "(" => depth += 1,
            ")" => depth -= 1,
            _ if depth == 0 && ["insert", "update", "delete"].iter().any(|word| token.is_word(sql, word)) => {
                return StatementKind::Change;
            }
            _ => {}
        }
    }
    StatementKind::Query
}

/// Reads the words of a short command from left to right.
struct Words<'a> {
    sql: &'a str,
    tokens: &'a [Token],
    at: usize,
}

impl Words<'_> {
    fn accept(&mut self, word: &str) -> bool {
        let found = self.tokens.get(self.at).is_some_and(|token| token.is_word(self.sql, word));
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, word: &str) -> Result<(), SqlError> {
        if self.accept(word) { Ok(()) } else { Err(self.error()) }
    }

    fn noise(&mut self) -> &mut Self {
        let _ = self.accept("work") || self.accept("transaction");
        self
    }

    fn end(&self) -> Result<(), SqlError> {
        if self.at == self.tokens.len() { Ok(()) } else { Err(self.error()) }
    }

    fn name(&mut self) -> Result<String, SqlError> {
        let token = self.tokens.get(self.at).filter(|token| token.is_name()).ok_or_else(|| self.error())?;
        self.at += 1;
        self.end()?;
        Ok(token.name(self.sql))
    }

    fn rollback(&mut self) -> Result<Command, SqlError> {
        self.noise();
        if self.accept("to") {
            self.accept("savepoint");
            return self.name().map(Command::RollbackTo);
        }
        self.end().map(|()| Command::Rollback)
    }

    fn mode(&mut self) -> Result<Mode, SqlError> {
        let mut mode = Mode::default();
        while self.at < self.tokens.len() {
            if self.accept("isolation") {
                self.expect("level")?;
                mode.level = Some(self.level()?);
            } else if self.accept("read") {
                mode.read_only = Some(self.accept("only") || !self.accept("write"));
            } else {
                self.accept("not");
                self.expect("deferrable")?;
            }
            if self.tokens.get(self.at).is_some_and(|token| token.is_symbol(self.sql, ",")) {
                self.at += 1;
            }
        }
        Ok(mode)
    }

    fn level(&mut self) -> Result<Level, SqlError> {
        if self.accept("serializable") {
            return Ok(Level::Serializable);
        }
        if self.accept("repeatable") {
            return self.expect("read").map(|()| Level::RepeatableRead);
        }
        self.expect("read")?;
        match self.accept("committed") || self.accept("uncommitted") {
            true => Ok(Level::ReadCommitted),
            false => Err(self.error()),
        }
    }

    fn error(&self) -> SqlError {
        match self.tokens.get(self.at) {
            Some(token) => syntax_error(self.sql, token),
            None => SqlError::new("42601", "syntax error at end of input").at(self.sql, self.sql.len()),
        }
    }
}
