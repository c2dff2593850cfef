//! One step's SQL on its way: which call comes next, and what has come back.
//!
//! In: statements and answers. Out: the next call to the database, in the end the outcome. Several statements
//! are one message: outside a transaction block they run in an implicit one, so that an error undoes all of
//! them; BEGIN among them makes it explicit, COMMIT or ROLLBACK ends it. A statement alone is sent as it is.
//! Not here: who is served when (`stage.rs`).
//!
//! Rule followed: PostgreSQL manual, section 55.2.2.1 "Multiple Statements in a Simple Query".

use super::result::{Output, StatementResult, Status, StepEvent};
use super::sql::{self, Control};
use std::collections::VecDeque;
use unhappy_db::{Done, SqlError};
use unhappy_trace::Value;

/// A message on its way.
#[derive(Debug, Clone)]
pub struct Message {
    left: VecDeque<String>,
    /// Whether the whole message had several statements.
    several: bool,
    ordered: bool,
    implicit: Implicit,
    call: Call,
    results: Vec<StatementResult>,
    error: Option<SqlError>,
    warnings: Vec<String>,
}

/// The implicit transaction block of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Implicit {
    Closed,
    Open,
}

/// The call that is at the database.
#[derive(Debug, Clone)]
enum Call {
    /// BEGIN, COMMIT or ROLLBACK of the implicit block.
    Hidden,
    /// A statement of the message.
    Shown(String),
}

/// Whether a session is inside a transaction block that it opened by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Block {
    /// Every message is its own transaction.
    None,
    /// BEGIN was said, COMMIT or ROLLBACK was not.
    Explicit,
}

impl Message {
    /// Returns a message that was not sent yet.
    pub fn new(text: &str) -> Message {
        let left: VecDeque<String> = sql::statements(text).into_iter().map(str::to_owned).collect();
        Message {
            several: left.len() > 1,
            left,
            ordered: sql::is_ordered(text),
            implicit: Implicit::Closed,
            call: Call::Hidden,
            results: vec![],
            error: None,
            warnings: vec![],
        }
    }

    /// Returns the next call to the database; none when the message has ended.
    pub fn next_call(&mut self, block: Block) -> Option<String> {
        if self.error.is_some() {
            return self.close("ROLLBACK");
        }
        let Some(statement) = self.left.front() else { return self.close("COMMIT") };
        let control = sql::control(statement);
        if self.needs_implicit(control, block) {
            self.implicit = Implicit::Open;
            return self.hidden("BEGIN");
        }
        if self.implicit == Implicit::Open && matches!(control, Control::Savepoint | Control::Chain) {
            self.error = Some(no_block(statement));
            return self.close("ROLLBACK");
        }
        let statement = self.left.pop_front()?;
        self.call = Call::Shown(statement.clone());
        Some(statement)
    }

    fn needs_implicit(&self, control: Control, block: Block) -> bool {
        let outside = block == Block::None && self.implicit == Implicit::Closed;
        self.several && outside && control == Control::None
    }

    fn close(&mut self, sql: &str) -> Option<String> {
        if self.implicit == Implicit::Closed {
            return None;
        }
        self.implicit = Implicit::Closed;
        self.hidden(sql)
    }

    fn hidden(&mut self, sql: &str) -> Option<String> {
        self.call = Call::Hidden;
        Some(sql.to_owned())
    }

    /// Takes in that the call ran.
    pub fn done(&mut self, done: Done, block: &mut Block) {
        let Call::Shown(statement) = std::mem::replace(&mut self.call, Call::Hidden) else { return };
        let was_implicit = std::mem::replace(&mut self.implicit, Implicit::Closed) == Implicit::Open;
        match sql::control(&statement) {
            Control::Begin => *block = Block::Explicit,
            Control::End => *block = Block::None,
            _ if was_implicit => self.implicit = Implicit::Open,
            _ => {}
        }
        let closed = was_implicit && self.implicit == Implicit::Closed;
        self.warn(&done, closed, &statement);
        self.results
            .push(StatementResult { tag: sql::tag(&statement, done.kind), output: output(done, &statement) });
    }

    /// BEGIN in an implicit block is no second BEGIN, and COMMIT or ROLLBACK ends no block that was begun.
    fn warn(&mut self, done: &Done, closed: bool, statement: &str) {
        if !closed {
            let states = done.notices.iter().map(|notice| notice.sqlstate);
            self.warnings.extend(states.filter(|state| is_warning(state)).map(str::to_owned));
        } else if sql::control(statement) == Control::End {
            self.warnings.push("25P01".to_owned());
        }
    }

    /// Takes in that the call was refused.
    pub fn refused(&mut self, error: SqlError, block: &mut Block) {
        let ended = match &self.call {
            // A COMMIT that its own constraints refuse ends the block; one that cannot be read does not.
            Call::Shown(statement) => {
                sql::control(statement) == Control::End && !error.sqlstate.starts_with("42")
            }
            Call::Hidden => false,
        };
        if ended {
            (*block, self.implicit) = (Block::None, Implicit::Closed);
        }
        self.error.get_or_insert(error);
    }

    /// Returns why the message failed, if it did.
    pub fn error(&self) -> Option<&SqlError> {
        self.error.as_ref()
    }

    /// Returns how many result rows came back so far.
    pub fn row_count(&self) -> usize {
        self.results.iter().map(row_count).sum()
    }

    /// Returns what a step's event says of this message.
    pub fn event(self, step: &str) -> StepEvent {
        let several_rows = self.results.iter().any(|result| row_count(result) > 1);
        let status = match self.error {
            None => Status::Ok { results: self.results },
            Some(error) => Status::Error {
                sqlstate: error.sqlstate.to_owned(),
                constraint: constraint(&error),
                message: error.message,
                results: self.results,
            },
        };
        StepEvent {
            step: step.to_owned(),
            status,
            unordered: several_rows && !self.ordered,
            warnings: self.warnings,
        }
    }
}

fn row_count(result: &StatementResult) -> usize {
    match &result.output {
        Output::Rows(rows) => rows.len(),
        _ => 0,
    }
}

fn output(done: Done, statement: &str) -> Output {
    if !done.columns.is_empty() {
        let rows = done.rows.into_iter().map(|row| row.into_iter().map(cell).collect());
        return Output::Rows(rows.collect());
    }
    match sql::tag(statement, done.kind).as_str() {
        "INSERT" | "UPDATE" | "DELETE" | "MERGE" => Output::Changed(done.changed),
        _ => Output::None,
    }
}

/// Returns a cell as results show it: a whole number without a fraction, whatever its type.
pub fn cell(value: Value) -> Value {
    match value {
        Value::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => Value::Int(number as i64),
        Value::Float(number) if !number.is_finite() => Value::Text(number.to_string()),
        other => other,
    }
}

/// Warnings, not notices: classes 01 (warning) and 25 (BEGIN inside a block, COMMIT outside of one).
fn is_warning(sqlstate: &str) -> bool {
    sqlstate.starts_with("01") || sqlstate.starts_with("25")
}

/// Returns the name of a violated constraint, which PostgreSQL quotes in its message.
fn constraint(error: &SqlError) -> Option<String> {
    let (_, rest) = error.message.split_once("constraint \"").filter(|_| error.sqlstate.starts_with("23"))?;
    rest.split_once('"').map(|(name, _)| name.to_owned())
}

fn no_block(statement: &str) -> SqlError {
    let word = statement.split_whitespace().next().unwrap_or("").to_ascii_uppercase();
    let command = match (word.as_str(), sql::control(statement)) {
        ("ROLLBACK" | "ABORT", Control::Chain) => "ROLLBACK AND CHAIN",
        (_, Control::Chain) => "COMMIT AND CHAIN",
        ("RELEASE", _) => "RELEASE SAVEPOINT",
        ("ROLLBACK", _) => "ROLLBACK TO SAVEPOINT",
        (word, _) => word,
    };
    SqlError::new("25P01", format!("{command} can only be used in transaction blocks"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_violated_constraint_is_named_in_the_message() {
        for (sqlstate, message, wanted) in [
            ("23505", "duplicate key value violates unique constraint \"t_pkey\"", Some("t_pkey")),
            (
                "23503",
                "update or delete on table \"p\" violates foreign key constraint \"c_p_fkey\" on table \"c\"",
                Some("c_p_fkey"),
            ),
            ("23502", "null value in column \"v\" of relation \"t\" violates not-null constraint", None),
            ("42601", "syntax error at or near \"constraint \"", None),
        ] {
            assert_eq!(constraint(&SqlError::new(sqlstate, message)).as_deref(), wanted, "{message}");
        }
    }
}
