//! Calls of advisory lock functions: `SELECT pg_advisory_xact_lock(42)`.
//!
//! They wait, and SQLite's functions cannot: the arguments are computed by SQLite, the lock is taken by the
//! session layer. Rules: PostgreSQL manual, 9.27.10 "Advisory Lock Functions".

use super::variant::{Variant, Wording};
use crate::locks::TableMode;
use sqlparser::ast::{Expr, Function, FunctionArguments, Query, SelectItem, SetExpr};

/// One call.
pub(crate) struct AdvisoryCall {
    pub(crate) verb: Verb,
    pub(crate) mode: TableMode,
    /// Ends with the transaction, not with the session.
    pub(crate) transaction: bool,
    /// One row with the arguments, one or two integers; none for `pg_advisory_unlock_all()`.
    pub(crate) arguments: Option<Variant>,
}

/// What a call does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Lock,
    TryLock,
    Unlock,
    UnlockAll,
    /// `pg_sleep`: seconds.
    Sleep,
}

/// Returns the calls of a query whose list holds nothing else.
pub(super) fn calls(query: &Query) -> Option<Vec<AdvisoryCall>> {
    let SetExpr::Select(select) = &*query.body else { return None };
    if !select.from.is_empty() || select.projection.is_empty() {
        return None;
    }
    select.projection.iter().map(call).collect()
}

fn call(item: &SelectItem) -> Option<AdvisoryCall> {
    let (SelectItem::UnnamedExpr(Expr::Function(function))
    | SelectItem::ExprWithAlias { expr: Expr::Function(function), .. }) = item
    else {
        return None;
    };
    let name = function.name.to_string().to_ascii_lowercase();
    if name == "pg_sleep" {
        let arguments = Some(arguments(function));
        return Some(AdvisoryCall {
            verb: Verb::Sleep,
            mode: TableMode::Exclusive,
            transaction: true,
            arguments,
        });
    }
    let rest = name.strip_prefix("pg_")?;
    let (tries, rest) = match rest.strip_prefix("try_") {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    let rest = rest.strip_prefix("advisory_")?;
    let shared = rest.ends_with("_shared");
    let transaction = rest.starts_with("xact_");
    let verb = match rest.trim_end_matches("_shared").trim_start_matches("xact_") {
        "lock" if tries => Verb::TryLock,
        "lock" => Verb::Lock,
        "unlock" => Verb::Unlock,
        "unlock_all" => Verb::UnlockAll,
        _ => return None,
    };
    let mode = if shared { TableMode::Share } else { TableMode::Exclusive };
    let arguments = (verb != Verb::UnlockAll).then(|| arguments(function));
    Some(AdvisoryCall { verb, mode, transaction, arguments })
}

fn arguments(function: &Function) -> Variant {
    let shown = match &function.args {
        FunctionArguments::List(list) => {
            list.args.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        }
        _ => "NULL".to_owned(),
    };
    Variant::of_text(&format!("SELECT {shown}"), Wording::Values)
}
