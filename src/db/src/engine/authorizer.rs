//! What a client's statement may touch, and which tables it reads.
//!
//! SQLite asks while it compiles. In: its questions. Out: allow or deny, the reason in PostgreSQL's words, the
//! tables read. This crate's own statements are let through.

use crate::ambient::{Caller, caller};
use crate::answer::SqlError;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use std::cell::RefCell;
use std::collections::BTreeSet;

/// What the authorizer saw while one statement was compiled.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) tables: BTreeSet<String>,
    pub(crate) refusal: Option<SqlError>,
}

thread_local! {
    static SEEN: RefCell<Seen> = RefCell::default();
}

/// Returns what was seen since the last call.
pub(crate) fn take_seen() -> Seen {
    SEEN.take()
}

/// SQLite's question.
pub(crate) fn authorize(context: AuthContext<'_>) -> Authorization {
    if caller() == Caller::Engine {
        return Authorization::Allow;
    }
    match judge(&context.action) {
        Ok(()) => Authorization::Allow,
        Err(refusal) => {
            SEEN.with_borrow_mut(|seen| seen.refusal = seen.refusal.take().or(Some(refusal)));
            Authorization::Deny
        }
    }
}

fn judge(action: &AuthAction<'_>) -> Result<(), SqlError> {
    match action {
        AuthAction::Read { table_name, .. } => {
            own_table(table_name)?;
            SEEN.with_borrow_mut(|seen| seen.tables.insert((*table_name).to_owned()));
            Ok(())
        }
        AuthAction::Insert { table_name }
        | AuthAction::Delete { table_name }
        | AuthAction::Update { table_name, .. } => own_table(table_name),
        // Only functions with PostgreSQL's meaning come through `sql/lower/`.
        AuthAction::Function { .. } | AuthAction::Select | AuthAction::Recursive => Ok(()),
        other => Err(SqlError::new("0A000", format!("{other:?} is not available here"))),
    }
}

fn own_table(name: &str) -> Result<(), SqlError> {
    match name.starts_with("sqlite_")
        || name.starts_with("pragma_")
        || name == "json_each"
        || name == "json_tree"
    {
        true => Err(SqlError::new("42P01", format!("relation \"{name}\" does not exist"))),
        false => Ok(()),
    }
}
