//! What PostgreSQL calls a result column that nobody named (`FigureColname` in its source).

use super::scope::folded;
use sqlparser::ast::{CeilFloorKind, Expr, ObjectNamePart, SelectItem, SetExpr, TrimWhereField};

/// Returns the column's name.
pub(crate) fn of(expression: &Expr) -> String {
    figure(expression).0.unwrap_or_else(|| "?column?".to_owned())
}

/// Returns a name and how good it is: 2 for a column or call, 1 for a type or CASE, 0 for none.
fn figure(expression: &Expr) -> (Option<String>, u8) {
    let fixed = |name: &str| (Some(name.to_owned()), 2);
    match expression {
        Expr::Identifier(name) => (Some(folded(name)), 2),
        Expr::CompoundIdentifier(names) => (names.last().map(folded), 2),
        Expr::Nested(inner) | Expr::Collate { expr: inner, .. } => figure(inner),
        Expr::Function(function) => match function.name.0.last() {
            Some(ObjectNamePart::Identifier(name)) => (Some(folded(name)), 2),
            _ => (None, 0),
        },
        Expr::Cast { expr, data_type, .. } => match figure(expr) {
            (name, 2) => (name, 2),
            _ => (Some(type_name(&data_type.to_string())), 1),
        },
        Expr::TypedString(typed) => (Some(type_name(&typed.data_type.to_string())), 1),
        Expr::Interval(_) => (Some("interval".to_owned()), 1),
        Expr::Case { else_result, .. } => match else_result.as_deref().map(figure) {
            Some((name, 2)) => (name, 2),
            _ => (Some("case".to_owned()), 1),
        },
        Expr::Exists { negated: false, .. } => fixed("exists"),
        Expr::Subquery(query) => match &*query.body {
            SetExpr::Select(select) => match select.projection.first() {
                Some(SelectItem::UnnamedExpr(inner)) => figure(inner),
                Some(SelectItem::ExprWithAlias { alias, .. }) => (Some(folded(alias)), 2),
                _ => (None, 0),
            },
            _ => (None, 0),
        },
        Expr::Position { .. } => fixed("position"),
        Expr::Substring { .. } => fixed("substring"),
        Expr::Trim { trim_where: Some(TrimWhereField::Leading), .. } => fixed("ltrim"),
        Expr::Trim { trim_where: Some(TrimWhereField::Trailing), .. } => fixed("rtrim"),
        Expr::Trim { .. } => fixed("btrim"),
        Expr::Ceil { field: CeilFloorKind::DateTimeField(_), .. } => fixed("ceil"),
        Expr::Floor { field: CeilFloorKind::DateTimeField(_), .. } => fixed("floor"),
        _ => (None, 0),
    }
}

/// Returns the short name that PostgreSQL's catalog has for a type.
fn type_name(written: &str) -> String {
    let lower = written.to_ascii_lowercase();
    let bare = lower.split('(').next().unwrap_or(&lower).trim().to_owned();
    match bare.as_str() {
        "int" | "integer" => "int4".to_owned(),
        "bigint" => "int8".to_owned(),
        "smallint" => "int2".to_owned(),
        "boolean" => "bool".to_owned(),
        "double precision" | "float" => "float8".to_owned(),
        "character varying" => "varchar".to_owned(),
        "decimal" | "dec" => "numeric".to_owned(),
        "timestamp with time zone" => "timestamptz".to_owned(),
        "timestamp without time zone" => "timestamp".to_owned(),
        _ => bare,
    }
}
