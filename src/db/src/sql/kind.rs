//! PostgreSQL's types as far as they exist here.
//!
//! In: a type's name. Out: a [`Kind`]: its full name, how SQLite stores it, which values fit, what it turns into
//! without being asked. Rules: PostgreSQL manual, chapter 10 "Type Conversion".

use crate::answer::SqlError;
use std::fmt;

/// The type of an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// A string constant, NULL or a parameter whose place has not yet given it a type.
    Unknown,
    Bool,
    Int2,
    Int4,
    Int8,
    /// `numeric` that is known to be a whole number: sums of bigint. Stored as an integer.
    Whole,
    /// `numeric` from a constant with a decimal point: exact only until something is computed with it.
    Fraction,
    /// `numeric` as the text of its digits: averages.
    Digits,
    Float8,
    Text,
    Varchar,
    Timestamptz,
    Timestamp,
    Date,
    Uuid,
    Json,
    Jsonb,
    Bytea,
    /// What `pg_sleep` and `pg_advisory_lock` return.
    Void,
}

impl Kind {
    /// Returns PostgreSQL's full name of the type.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::Unknown => "unknown",
            Kind::Bool => "boolean",
            Kind::Int2 => "smallint",
            Kind::Int4 => "integer",
            Kind::Int8 => "bigint",
            Kind::Whole | Kind::Fraction | Kind::Digits => "numeric",
            Kind::Float8 => "double precision",
            Kind::Text => "text",
            Kind::Varchar => "character varying",
            Kind::Timestamptz => "timestamp with time zone",
            Kind::Timestamp => "timestamp without time zone",
            Kind::Date => "date",
            Kind::Uuid => "uuid",
            Kind::Json => "json",
            Kind::Jsonb => "jsonb",
            Kind::Bytea => "bytea",
            Kind::Void => "void",
        }
    }

    /// Returns the type of a full or short name.
    pub(crate) fn named(name: &str) -> Option<Kind> {
        Some(match name {
            "boolean" | "bool" => Kind::Bool,
            "smallint" | "int2" => Kind::Int2,
            "integer" | "int" | "int4" => Kind::Int4,
            "bigint" | "int8" => Kind::Int8,
            "double precision" | "float8" => Kind::Float8,
            "text" => Kind::Text,
            "character varying" | "varchar" => Kind::Varchar,
            "timestamp with time zone" | "timestamptz" => Kind::Timestamptz,
            "timestamp without time zone" | "timestamp" => Kind::Timestamp,
            "date" => Kind::Date,
            "uuid" => Kind::Uuid,
            "json" => Kind::Json,
            "jsonb" => Kind::Jsonb,
            "bytea" => Kind::Bytea,
            _ => return None,
        })
    }

    pub(crate) fn is_integer(self) -> bool {
        matches!(self, Kind::Int2 | Kind::Int4 | Kind::Int8)
    }

    pub(crate) fn is_numeric(self) -> bool {
        matches!(self, Kind::Whole | Kind::Fraction | Kind::Digits)
    }

    pub(crate) fn is_number(self) -> bool {
        self.is_integer() || self.is_numeric() || self == Kind::Float8
    }

    pub(crate) fn is_text(self) -> bool {
        matches!(self, Kind::Text | Kind::Varchar)
    }

    pub(crate) fn is_instant(self) -> bool {
        matches!(self, Kind::Timestamptz | Kind::Timestamp | Kind::Date)
    }

    /// Types that SQLite keeps as text although PostgreSQL's values are no text.
    pub(crate) fn is_stored_as_text(self) -> bool {
        self.is_instant() || matches!(self, Kind::Uuid | Kind::Json | Kind::Jsonb)
    }

    /// Returns whether a value of this type becomes `other` wherever `other` is needed (pg_cast, "implicit").
    pub(crate) fn becomes(self, other: Kind) -> bool {
        let rank = |kind: Kind| match kind {
            Kind::Int2 => Some(0),
            Kind::Int4 => Some(1),
            Kind::Int8 => Some(2),
            Kind::Whole => Some(3),
            Kind::Fraction | Kind::Digits => Some(4),
            Kind::Float8 => Some(5),
            _ => None,
        };
        match (rank(self), rank(other)) {
            (Some(from), Some(to)) => from <= to,
            _ => {
                self == other
                    || self == Kind::Unknown
                    || (self.is_text() && other.is_text())
                    || matches!(
                        (self, other),
                        (Kind::Date, Kind::Timestamp | Kind::Timestamptz)
                            | (Kind::Timestamp, Kind::Timestamptz)
                    )
            }
        }
    }

    /// Checks that a whole number fits an integer type.
    ///
    /// # Errors
    /// 22003.
    pub(crate) fn check_range(self, number: i64) -> Result<(), SqlError> {
        let fits = match self {
            Kind::Int2 => i16::try_from(number).is_ok(),
            Kind::Int4 => i32::try_from(number).is_ok(),
            _ => true,
        };
        match fits {
            true => Ok(()),
            false => {
                Err(SqlError::new("22003", format!("value \"{number}\" is out of range for type {self}")))
            }
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}
