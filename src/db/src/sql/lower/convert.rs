//! From one type to another: without being asked, into a column, by a cast.
//!
//! In: a typed expression and the type wanted. Out: the expression in that type's storage. Rules: PostgreSQL
//! manual, chapter 10; the table pg_cast.

use super::typed::{Raw, Typed, call, placeholder, string, text};
use super::{Lowerer, Outcome};
use crate::answer::SqlError;
use crate::schema::{ColumnDef, TableDef};
use crate::sql::kind::Kind;
use crate::sql::literal;
use crate::sql::params::Takes;
use crate::sql::refuse::not_available;
use sqlparser::ast::{CastKind, DataType, Expr};

/// The hint under most errors of types.
pub(crate) const CAST_HINT: &str = "You will need to rewrite or cast the expression.";

impl Lowerer<'_> {
    /// Turns an expression into a type that it becomes without being asked.
    ///
    /// # Errors
    /// 42804 if it does not; what a string constant's type says about its text.
    pub(crate) fn become_kind(&mut self, typed: Typed, kind: Kind) -> Outcome<Typed> {
        if !typed.kind.becomes(kind) {
            let message = format!("a value of type {} is no {kind}", typed.kind);
            return Err(self.placed(SqlError::new("42804", message), typed.place));
        }
        match typed.kind {
            Kind::Unknown => self.settle_unknown(typed, kind),
            _ => self.stored_as(typed, kind),
        }
    }

    /// Gives a string constant, NULL or parameter its type.
    fn settle_unknown(&mut self, typed: Typed, kind: Kind) -> Outcome<Typed> {
        let place = typed.place;
        match &typed.raw {
            Raw::Text(content) => {
                let sql = literal::constant(kind, content).map_err(|error| self.placed(error, place))?;
                let shown = if kind == Kind::Digits { literal::quoted(&sql) } else { sql };
                let raw = typed.raw.clone();
                Ok(Typed { raw, ..Typed::new(text(shown), kind, false, place) })
            }
            Raw::Null => Ok(Typed { kind, ..typed }),
            Raw::Param(index) => self.typed_param(*index, kind, place),
            _ => Ok(Typed { kind, ..typed }),
        }
    }

    /// The first place that asks gives a parameter its type.
    fn typed_param(&mut self, index: usize, kind: Kind, place: Option<usize>) -> Outcome<Typed> {
        let known = *self.params[index].kind.get_or_insert(kind);
        self.params[index].takes = Takes::One;
        let sql = self.param_in(index, known);
        let typed = Typed { raw: Raw::Param(index), ..Typed::new(sql, known, true, place) };
        match known == kind {
            true => Ok(typed),
            false => self.become_kind(typed, kind),
        }
    }

    /// Returns a parameter as its type is stored.
    pub(crate) fn param_in(&self, index: usize, kind: Kind) -> Expr {
        let mark = placeholder(format!(":p{index}"));
        match kind {
            Kind::Float8 => cast(mark, "REAL"),
            Kind::Digits => cast(mark, "TEXT"),
            kind if kind.is_stored_as_text() => call("pg_in", vec![mark, string(kind.name())]),
            _ => mark,
        }
    }

    /// Changes how a value is stored, where two types store the same value differently.
    pub(crate) fn stored_as(&self, typed: Typed, kind: Kind) -> Outcome<Typed> {
        let (from, place, nullable) = (typed.kind, typed.place, typed.nullable);
        if from == kind {
            return Ok(typed);
        }
        let sql = match (from, kind) {
            (Kind::Fraction, Kind::Digits) => string(&self.fraction_digits(&typed)?),
            (from, Kind::Digits) if from.is_number() => cast(typed.sql, "TEXT"),
            (Kind::Digits, Kind::Float8) => cast(typed.sql, "REAL"),
            (from, Kind::Float8) if from.is_number() => match &typed.raw {
                Raw::Number(written) => text(literal::float_text(
                    literal::float(written, written).map_err(|e| self.placed(e, place))?,
                )),
                _ => cast(typed.sql, "REAL"),
            },
            (Kind::Date, Kind::Timestamp | Kind::Timestamptz) | (Kind::Timestamp, Kind::Timestamptz) => {
                call("pg_in", vec![typed.sql, string(kind.name())])
            }
            _ => typed.sql,
        };
        let limit = if kind == Kind::Varchar { typed.limit } else { None };
        Ok(Typed { raw: typed.raw, limit, ..Typed::new(sql, kind, nullable, place) })
    }

    /// Returns a numeric constant as PostgreSQL prints it.
    fn fraction_digits(&self, typed: &Typed) -> Outcome<String> {
        let Raw::Number(written) = &typed.raw else { return Err(not_available("this numeric value")) };
        crate::decimal::Decimal::read(written)
            .map(|decimal| decimal.to_string())
            .ok_or_else(|| self.placed(not_available("a numeric constant of this size"), typed.place))
    }

    /// Returns the type that several expressions take together (select_common_type).
    ///
    /// # Errors
    /// 42804 "CASE types text and integer cannot be matched".
    pub(crate) fn common(&self, context: &str, all: &[Typed]) -> Outcome<Kind> {
        let mut result = Kind::Unknown;
        for typed in all.iter().filter(|typed| typed.kind != Kind::Unknown) {
            if result == Kind::Unknown
                || (result != typed.kind && result.becomes(typed.kind) && !typed.kind.becomes(result))
            {
                result = typed.kind;
            } else if !typed.kind.becomes(result) {
                let message = format!("{context} types {result} and {} cannot be matched", typed.kind);
                return Err(self.placed(SqlError::new("42804", message), typed.place));
            }
        }
        let numbers = all.iter().any(|typed| typed.kind == Kind::Fraction);
        Ok(match result {
            Kind::Unknown => Kind::Text,
            Kind::Fraction => Kind::Digits,
            Kind::Whole if numbers => Kind::Digits,
            kind => kind,
        })
    }

    /// Returns several expressions in their common type.
    pub(crate) fn unify(&mut self, context: &str, all: Vec<Typed>) -> Outcome<(Vec<Typed>, Kind)> {
        let kind = self.common(context, &all)?;
        let all = all.into_iter().map(|typed| self.become_kind(typed, kind)).collect::<Outcome<Vec<_>>>()?;
        Ok((all, kind))
    }

    /// Turns an expression into what a column stores (assignment casts).
    ///
    /// # Errors
    /// 42804 if the types do not fit.
    pub(crate) fn assign(&mut self, typed: Typed, column: &ColumnDef, table: &TableDef) -> Outcome<Typed> {
        let wanted = column.kind.kind;
        let place = typed.place;
        let typed = self.assigned(typed, wanted, || {
            let message = format!(
                "column \"{}\" is of type {} but expression is of type ",
                column.name, column.kind.name
            );
            (message, place)
        })?;
        let limited = match (column.kind.max_characters, typed.limit) {
            (Some(limit), known) if known.is_none_or(|known| known > limit) && typed.raw != Raw::Null => {
                Typed { sql: call("varchar_in", vec![typed.sql, text(limit.to_string())]), ..typed }
            }
            _ => typed,
        };
        if table.row_number_column() == table.column_index(&column.name) && limited.nullable {
            let arguments = vec![limited.sql, string(&column.name), string(&table.name)];
            return Ok(Typed { sql: call("not_null_value", arguments), nullable: false, ..limited });
        }
        Ok(limited)
    }

    fn assigned(
        &mut self,
        typed: Typed,
        wanted: Kind,
        words: impl Fn() -> (String, Option<usize>),
    ) -> Outcome<Typed> {
        if typed.kind.becomes(wanted) {
            return self.become_kind(typed, wanted);
        }
        let numbers = typed.kind.is_number() && wanted.is_number();
        let shorter = typed.kind == Kind::Timestamptz && matches!(wanted, Kind::Timestamp | Kind::Date)
            || typed.kind == Kind::Timestamp && wanted == Kind::Date
            || matches!((typed.kind, wanted), (Kind::Json, Kind::Jsonb) | (Kind::Jsonb, Kind::Json));
        let to_text = wanted.is_text() && !matches!(typed.kind, Kind::Void);
        if numbers || shorter || to_text {
            return self.cast_to(typed, wanted);
        }
        let (message, place) = words();
        let error = SqlError::new("42804", format!("{message}{}", typed.kind)).with_hint(CAST_HINT);
        Err(self.placed(error, place))
    }

    /// Casts by `CAST` or `::`.
    ///
    /// # Errors
    /// 42846 for a cast that PostgreSQL has not, 0A000 for one that is not available here.
    pub(crate) fn cast_to(&mut self, typed: Typed, wanted: Kind) -> Outcome<Typed> {
        if typed.kind == Kind::Unknown || typed.kind == wanted {
            return self.become_kind(typed, wanted);
        }
        let (from, place, nullable) = (typed.kind, typed.place, typed.nullable);
        if from.becomes(wanted) {
            return self.stored_as(typed, wanted);
        }
        let sql = match (from, wanted) {
            (from, to) if to.is_text() && from.is_text() => typed.sql,
            (Kind::Fraction, to) if to.is_text() => string(&self.fraction_digits(&typed)?),
            (from, to) if to.is_text() => self.as_text(from, typed.sql),
            (from, to) if from.is_text() && to != Kind::Void => self.parsed(typed.sql, to),
            (Kind::Fraction, to) if to.is_integer() => {
                call(to_integer(to), vec![string(&self.fraction_digits(&typed)?)])
            }
            (from, to) if from.is_number() && to.is_integer() => call(to_integer(to), vec![typed.sql]),
            (Kind::Int4, Kind::Bool) => {
                super::typed::binary(typed.sql, sqlparser::ast::BinaryOperator::NotEq, text("0"))
            }
            (Kind::Bool, Kind::Int4) => typed.sql,
            (Kind::Timestamptz | Kind::Timestamp, Kind::Timestamp | Kind::Date)
            | (Kind::Json, Kind::Jsonb) => call("pg_in", vec![typed.sql, string(wanted.name())]),
            (Kind::Jsonb, Kind::Json) => typed.sql,
            _ => {
                let message = format!("cannot cast type {from} to {wanted}");
                return Err(self.placed(SqlError::new("42846", message), place));
            }
        };
        Ok(Typed::new(sql, wanted, nullable, place))
    }

    /// Reads text as another type while the statement runs.
    fn parsed(&self, sql: Expr, wanted: Kind) -> Expr {
        call("pg_in", vec![sql, string(wanted.name())])
    }

    /// Returns a value as PostgreSQL prints it.
    pub(crate) fn as_text(&self, kind: Kind, sql: Expr) -> Expr {
        match kind {
            Kind::Bool | Kind::Float8 | Kind::Bytea => call("pg_out", vec![sql, string(kind.name())]),
            kind if kind.is_integer() || kind == Kind::Whole => cast(sql, "TEXT"),
            _ => sql,
        }
    }
}

/// Returns the name of the function that rounds to an integer type and checks its range.
pub(crate) fn to_integer(kind: Kind) -> &'static str {
    match kind {
        Kind::Int2 => "to_int2",
        Kind::Int4 => "to_int4",
        _ => "to_int8",
    }
}

/// Returns SQLite's CAST.
pub(crate) fn cast(sql: Expr, stored: &str) -> Expr {
    let name = sqlparser::ast::ObjectName::from(vec![sqlparser::ast::Ident::new(stored)]);
    Expr::Cast {
        kind: CastKind::Cast,
        expr: Box::new(sql),
        data_type: DataType::Custom(name, Vec::new()),
        format: None,
    }
}

/// Returns the type a cast names, with the limit of `varchar(n)`.
///
/// # Errors
/// 42704 for a type that does not exist, 0A000 for one that is not available here.
pub(crate) fn named_type(data_type: &DataType) -> Outcome<(Kind, Option<u32>)> {
    let shown = data_type.to_string().to_ascii_lowercase();
    let limit =
        shown.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')')).and_then(|n| n.parse().ok());
    let bare = shown.split('(').next().unwrap_or(&shown).trim();
    if let Some(kind) = Kind::named(bare) {
        return match limit {
            Some(_) if kind != Kind::Varchar => Err(not_available(&format!("the type {shown}"))),
            limit => Ok((kind, limit)),
        };
    }
    Ok((
        match bare {
            "float" => Kind::Float8,
            "double" => return Err(SqlError::new("42704", "type \"double\" does not exist")),
            "decimal" | "numeric" | "dec" if limit.is_none() && bare == shown => Kind::Digits,
            "char" | "character" | "real" | "float4" | "time" | "interval" | "decimal" | "numeric"
            | "dec" | "bpchar" | "name" | "regclass" | "money" | "inet" | "xml" | "bit" | "varbit"
            | "oid" => {
                return Err(not_available(&format!("the type {bare}")));
            }
            _ if shown.ends_with("[]") => return Err(not_available("arrays")),
            _ => return Err(SqlError::new("42704", format!("type \"{bare}\" does not exist"))),
        },
        None,
    ))
}
