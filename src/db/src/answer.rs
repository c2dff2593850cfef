//! What a statement answers: rows, a refusal in PostgreSQL's words, or whom it must wait for.
//!
//! Plain data, no behaviour. Waiting is a value ([`Answer::Blocked`]): whoever called decides what runs next
//! and calls again with the same arguments. Not here: how an answer comes about (`session.rs`), how SQLite's
//! errors become PostgreSQL's (`wording.rs`).

use std::fmt;
use std::rc::Rc;
use unhappy_trace::{SimDuration, Value};

/// A database session, as one connection of a pool opens it. Chosen by the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(pub u32);

/// Named parameters of one statement: `("id", …)` for `:id`, `("1", …)` for `$1`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Binds(pub Vec<(String, Value)>);

/// What the database says to one statement.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// The statement ran.
    Done(Done),
    /// The statement was refused. Inside a transaction, that transaction is now aborted.
    Refused(SqlError),
    /// The statement must wait for these sessions. It changed nothing; its decisions so far are kept, and
    /// [`crate::Engine::resume`] goes on with it.
    Blocked {
        /// Sessions waited for, ascending, never empty.
        on: Vec<SessionId>,
    },
}

/// A statement that ran.
#[derive(Debug, Clone, PartialEq)]
pub struct Done {
    /// Names of the result columns as PostgreSQL gives them; empty when there is no result.
    pub columns: Rc<[String]>,
    /// Result rows in SQLite's order.
    pub rows: Vec<Vec<Value>>,
    /// Rows inserted, updated or deleted, without cascades.
    pub changed: u64,
    /// What the statement did. A COMMIT of an aborted transaction is a [`StatementKind::Rollback`].
    pub kind: StatementKind,
    /// PostgreSQL's warnings and notices: SQLSTATE and message.
    pub notices: Vec<SqlError>,
    /// What running it cost and how it ran.
    pub observed: Observed,
}

/// What a statement did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatementKind {
    /// SELECT, VALUES, WITH … SELECT, EXPLAIN.
    Query,
    /// INSERT, UPDATE, DELETE, TRUNCATE.
    Change,
    /// BEGIN, START TRANSACTION, SET.
    Begin,
    /// COMMIT, END.
    Commit,
    /// ROLLBACK, ABORT, and COMMIT of an aborted transaction.
    Rollback,
    /// SAVEPOINT, RELEASE, ROLLBACK TO.
    Savepoint,
    /// CREATE, ALTER, DROP.
    Schema,
    /// LOCK TABLE.
    Lock,
}

/// What one execution cost, and how SQLite went about it. Equal inputs give equal numbers on every target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// The statement with values taken out: `SELECT name FROM customers WHERE id = ?`.
    pub shape: Rc<str>,
    /// Rows that the plan's loops went through, plus the rows put into automatic indexes.
    pub rows_visited: u64,
    /// Instructions of SQLite's virtual machine.
    pub vm_steps: u64,
    /// The query plan in SQLite's words, in order, children after their parent.
    pub plan: Rc<[PlanNode]>,
    /// Tables read, sorted by name.
    pub tables_read: Rc<[String]>,
    /// Whether the statement looks rows up by a list of keys: `IN (…)` or `= ANY(…)`.
    pub in_list: bool,
    /// Whether the plan runs a sub-select as a value: scalar, `IN (SELECT …)` or `EXISTS`.
    pub subquery: bool,
    /// Tables and views read or changed, with the columns that the statement names, both sorted.
    pub columns_read: ColumnsRead,
    /// Row and table locks that it took or already had, in the order of their first use; ACCESS SHARE, which every
    /// query takes, is left out.
    pub locks: Vec<LockTaken>,
    /// How often it waited.
    pub waits: u32,
    /// How many commits the state that it read had seen.
    pub snapshot: u64,
    /// How long the statement slept (`pg_sleep`): virtual time that the caller lets pass.
    pub slept: SimDuration,
}

/// Tables with their columns.
pub type ColumnsRead = Rc<[(String, Rc<[String]>)]>;

/// Locks of one mode on one table or its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockTaken {
    /// The table's name.
    pub table: String,
    /// The mode as PostgreSQL spells it: `FOR UPDATE` for rows, `ROW EXCLUSIVE` for a table.
    pub mode: &'static str,
    /// Rows locked; 0 for a lock on the table.
    pub rows: u64,
}

impl Observed {
    /// A statement that ran nothing in SQLite.
    pub(crate) fn nothing(shape: &Rc<str>) -> Observed {
        Observed {
            shape: Rc::clone(shape),
            rows_visited: 0,
            vm_steps: 0,
            plan: Rc::default(),
            tables_read: Rc::default(),
            in_list: false,
            subquery: false,
            columns_read: Rc::default(),
            locks: Vec::new(),
            waits: 0,
            snapshot: 0,
            slept: SimDuration::ZERO,
        }
    }
}

/// One line of a query plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanNode {
    /// Nesting, 0 for the outermost.
    pub depth: u32,
    /// SQLite's words, such as `SEARCH customers USING INTEGER PRIMARY KEY (rowid=?)`.
    pub text: String,
}

/// A statement that was refused, in PostgreSQL's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{sqlstate}: {message}")]
pub struct SqlError {
    /// Five characters of PostgreSQL's appendix A, such as `23505`.
    pub sqlstate: &'static str,
    /// The primary message: lower case, no full stop.
    pub message: String,
    /// PostgreSQL's DETAIL line.
    pub detail: Option<String>,
    /// PostgreSQL's HINT line.
    pub hint: Option<String>,
    /// Where in the statement, or in a script's whole text: characters, counted from 1.
    pub position: Option<u32>,
    /// The line of `position`, counted from 1.
    pub line: Option<u32>,
}

/// A table's committed content, for looking at.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Name as written in CREATE TABLE.
    pub name: String,
    /// Columns in order.
    pub columns: Vec<Column>,
    /// The first rows, at most as many as asked for.
    pub rows: Vec<Vec<Value>>,
    /// All rows.
    pub row_count: u64,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Name as written in CREATE TABLE.
    pub name: String,
    /// PostgreSQL's name of the type: `bigint`, `text`, `timestamp with time zone`.
    pub type_name: String,
}

impl SqlError {
    /// Returns an error without detail, hint or position.
    pub fn new(sqlstate: &'static str, message: impl Into<String>) -> SqlError {
        SqlError { sqlstate, message: message.into(), detail: None, hint: None, position: None, line: None }
    }

    pub(crate) fn with_detail(mut self, detail: impl Into<String>) -> SqlError {
        self.detail = Some(detail.into());
        self
    }

    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> SqlError {
        self.hint = Some(hint.into());
        self
    }

    /// Places the error at a byte of `text`.
    pub(crate) fn at(mut self, text: &str, byte: usize) -> SqlError {
        let before = text.get(..byte).unwrap_or(text);
        let characters = before.chars().count();
        let lines = before.bytes().filter(|byte| *byte == b'\n').count();
        self.position = Some(u32::try_from(characters + 1).unwrap_or(u32::MAX));
        self.line = Some(u32::try_from(lines + 1).unwrap_or(u32::MAX));
        self
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.0)
    }
}
