//! What kind of statement a text is, and the options of BEGIN and its relatives.
//!
//! In: tokens. Out: a [`Command`]. A transaction's commands never reach SQLite. Not here: running them
//! (`session/`), what a setting's value means (`setting.rs`).
//!
//! Rules: PostgreSQL manual, "SQL Commands": BEGIN, COMMIT, ROLLBACK, SAVEPOINT, SET, SHOW, LOCK, EXPLAIN.

use super::setting::Setting;
use super::tokens::{Kind, Token};
use crate::answer::{SqlError, StatementKind};
use crate::locks::TableMode;

/// What a statement asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Command {
    /// Something SQLite runs.
    Run(StatementKind),
    Begin(Mode),
    SetTransaction(Mode),
    /// SET SESSION CHARACTERISTICS AS TRANSACTION.
    SetDefaults(Mode),
    /// SET, SET LOCAL, RESET.
    Set(Setting),
    Show(String),
    LockTable(LockTable),
    /// The text of the statement whose plan is wanted.
    Explain(String),
    /// COMMIT; whether AND CHAIN begins another with the same options.
    Commit {
        chain: bool,
    },
    Rollback {
        chain: bool,
    },
    Savepoint(String),
    Release(String),
    RollbackTo(String),
}

/// Options of a transaction. `None` = not said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Mode {
    pub(crate) level: Option<Level>,
    pub(crate) read_only: Option<bool>,
    pub(crate) deferrable: Option<bool>,
}

/// LOCK TABLE.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LockTable {
    pub(crate) tables: Vec<String>,
    pub(crate) mode: TableMode,
    pub(crate) no_wait: bool,
}

/// Isolation levels. READ UNCOMMITTED behaves as READ COMMITTED, as in PostgreSQL, and keeps its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Level {
    ReadUncommitted,
    #[default]
    ReadCommitted,
    RepeatableRead,
    Serializable,
}

impl Command {
    /// Whether an aborted transaction accepts the command.
    pub(crate) fn ends_failure(&self) -> bool {
        matches!(self, Command::Commit { .. } | Command::Rollback { .. } | Command::RollbackTo(_))
    }
}

/// PostgreSQL's commands that have no meaning here.
const UNAVAILABLE: [&str; 27] = [
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
    "fetch",
    "grant",
    "import",
    "listen",
    "load",
    "merge",
    "move",
    "notify",
    "prepare",
    "reassign",
    "refresh",
    "reindex",
    "revoke",
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
        "set" => words.set(),
        "reset" => words.reset(),
        "show" => words.show(),
        "lock" => words.lock(),
        "explain" => words.explain(),
        "commit" | "end" => words.noise().chain().map(|chain| Command::Commit { chain }),
        "abort" => words.noise().chain().map(|chain| Command::Rollback { chain }),
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
        self.chain().map(|chain| Command::Rollback { chain })
    }

    /// Reads AND [NO] CHAIN.
    fn chain(&mut self) -> Result<bool, SqlError> {
        let chain = if self.accept("and") {
            let no = self.accept("no");
            self.expect("chain")?;
            !no
        } else {
            false
        };
        self.end().map(|()| chain)
    }

    fn set(&mut self) -> Result<Command, SqlError> {
        if self.accept("transaction") {
            return self.mode().map(Command::SetTransaction);
        }
        let local = self.accept("local");
        if self.accept("session") && self.accept("characteristics") {
            self.expect("as")?;
            self.expect("transaction")?;
            return self.mode().map(Command::SetDefaults);
        }
        let name = self.next_name()?;
        if !self.accept("to") && !self.accept_symbol("=") {
            return Err(self.error());
        }
        let value = self.value()?;
        self.end()?;
        Setting::read(&name, value, local).map(Command::Set).map_err(|error| self.at_start(error))
    }

    /// A constant or a word; none for DEFAULT.
    fn value(&mut self) -> Result<Option<String>, SqlError> {
        let token = self.tokens.get(self.at).ok_or_else(|| self.error())?;
        if !matches!(token.kind, Kind::Word | Kind::Quoted | Kind::Text | Kind::Number) {
            return Err(self.error());
        }
        self.at += 1;
        let text = token.of(self.sql);
        Ok(match token.kind {
            _ if token.is_word(self.sql, "default") => None,
            Kind::Text => Some(text.trim_matches('\'').replace("''", "'")),
            Kind::Number => Some(text.to_owned()),
            _ => Some(token.name(self.sql)),
        })
    }

    fn reset(&mut self) -> Result<Command, SqlError> {
        let name = self.next_name()?;
        self.end()?;
        Setting::read(&name, None, false).map(Command::Set).map_err(|error| self.at_start(error))
    }

    fn show(&mut self) -> Result<Command, SqlError> {
        if self.accept("transaction") {
            self.expect("isolation")?;
            self.expect("level")?;
            self.end()?;
            return Ok(Command::Show("transaction_isolation".to_owned()));
        }
        let name = self.next_name()?;
        self.end()?;
        Ok(Command::Show(name))
    }

    fn lock(&mut self) -> Result<Command, SqlError> {
        self.accept("table");
        let mut tables = Vec::new();
        loop {
            self.accept("only");
            tables.push(self.next_name()?);
            if !self.accept_symbol(",") {
                break;
            }
        }
        let mode = if self.accept("in") { self.lock_mode()? } else { TableMode::AccessExclusive };
        let no_wait = self.accept("nowait");
        self.end()?;
        Ok(Command::LockTable(LockTable { tables, mode, no_wait }))
    }

    fn lock_mode(&mut self) -> Result<TableMode, SqlError> {
        let mut words = Vec::new();
        while !self.accept("mode") {
            let token = self.tokens.get(self.at).ok_or_else(|| self.error())?;
            words.push(token.name(self.sql));
            self.at += 1;
        }
        let spelled = words.join(" ");
        TableMode::ALL
            .into_iter()
            .find(|mode| mode.name().eq_ignore_ascii_case(&spelled))
            .ok_or_else(|| self.error())
    }

    fn explain(&mut self) -> Result<Command, SqlError> {
        for word in ["analyze", "verbose"] {
            if self.accept(word) {
                let message = format!("EXPLAIN {} is not available here", word.to_ascii_uppercase());
                return Err(self.at_start(SqlError::new("0A000", message)));
            }
        }
        if self.accept_symbol("(") {
            return Err(self.at_start(SqlError::new("0A000", "EXPLAIN with options is not available here")));
        }
        let first = self.tokens.get(self.at).ok_or_else(|| self.error())?;
        match command(self.sql, &self.tokens[self.at..])? {
            Command::Run(kind) if kind != StatementKind::Schema => {
                let last = self.tokens.last().map_or(first.end, |token| token.end);
                Ok(Command::Explain(self.sql[first.start..last].to_owned()))
            }
            _ => Err(self.error()),
        }
    }

    fn at_start(&self, error: SqlError) -> SqlError {
        error.at(self.sql, self.tokens[0].start)
    }

    fn accept_symbol(&mut self, symbol: &str) -> bool {
        let found = self.tokens.get(self.at).is_some_and(|token| token.is_symbol(self.sql, symbol));
        self.at += usize::from(found);
        found
    }

    fn next_name(&mut self) -> Result<String, SqlError> {
        let token = self.tokens.get(self.at).filter(|token| token.is_name()).ok_or_else(|| self.error())?;
        self.at += 1;
        Ok(token.name(self.sql))
    }

    fn mode(&mut self) -> Result<Mode, SqlError> {
        let mut mode = Mode::default();
        while self.at < self.tokens.len() {
            if self.accept("isolation") {
                self.expect("level")?;
                mode.level = Some(self.level()?);
            } else if self.accept("read") {
                let only = self.accept("only");
                if !only {
                    self.expect("write")?;
                }
                mode.read_only = Some(only);
            } else {
                let not = self.accept("not");
                self.expect("deferrable")?;
                mode.deferrable = Some(!not);
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
        if self.accept("uncommitted") {
            return Ok(Level::ReadUncommitted);
        }
        self.expect("committed").map(|()| Level::ReadCommitted)
    }

    fn error(&self) -> SqlError {
        match self.tokens.get(self.at) {
            Some(token) => syntax_error(self.sql, token),
            None => SqlError::new("42601", "syntax error at end of input").at(self.sql, self.sql.len()),
        }
    }
}
