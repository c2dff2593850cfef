//! What a client's statement may touch, and which tables it reads.
//!
//! SQLite asks while it compiles. In: its questions. Out: allow or deny, the reason in PostgreSQL's words, the
//! tables read. This crate's own statements are let through.

use crate::ambient::{Caller, caller};
use crate::answer::SqlError;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use std::cell::RefCell;
use std::collections::BTreeSet;

/// Functions with PostgreSQL's meaning. SQLite's other functions do not exist for a client.
const FUNCTIONS: [&str; 62] = [
    "abs",
    "avg",
    "ceil",
    "ceiling",
    "coalesce",
    "concat",
    "concat_ws",
    "count",
    "cume_dist",
    "current_date",
    "current_timestamp",
    "degrees",
    "dense_rank",
    "exp",
    "first_value",
    "floor",
    "gen_random_uuid",
    "lag",
    "last_value",
    "lead",
    "length",
    "like",
    "ln",
    "log",
    "lower",
    "ltrim",
    "max",
    "min",
    "mod",
    "nonzero",
    "now",
    "nth_value",
    "ntile",
    "nullif",
    "percent_rank",
    "pi",
    "pow",
    "power",
    "radians",
    "random",
    "rank",
    "replace",
    "round",
    "row_number",
    "rtrim",
    "sign",
    "sqrt",
    "statement_timestamp",
    "string_agg",
    "substr",
    "substring",
    "sum",
    "transaction_timestamp",
    "trim",
    "trunc",
    "upper",
    "acos",
    "asin",
    "atan",
    "cos",
    "sin",
    "tan",
];

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
        AuthAction::Function { function_name } => function(function_name),
        AuthAction::Select | AuthAction::Recursive => Ok(()),
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

fn function(name: &str) -> Result<(), SqlError> {
    if FUNCTIONS.contains(&name.to_ascii_lowercase().as_str()) {
        return Ok(());
    }
    Err(crate::wording::unknown_function(name))
}
