//! Made-up rows as data: which table, how many rows, how each column is filled.
//!
//! The simulator draws them from a seeded stream; nothing here draws.

use serde::{Deserialize, Serialize};

/// Rows of one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Name of the table.
    pub name: String,
    /// How many rows.
    pub rows: RowCount,
    /// Columns in order.
    pub columns: Vec<Column>,
}

/// How many rows a table gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowCount {
    /// Always that many.
    Fixed(u64),
    /// As many as a setting says.
    Setting(String),
}

/// A column and how it is filled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Name of the column.
    pub name: String,
    /// How it is filled.
    pub fill: Fill,
}

/// How a column is filled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fill {
    /// The number of the row plus `first` − 1.
    Number {
        /// Value in the first row.
        first: i64,
    },
    /// A whole number drawn evenly from `min..=max`.
    Between {
        /// Smallest value.
        min: i64,
        /// Largest value.
        max: i64,
    },
    /// One of these texts, drawn evenly.
    Pick {
        /// The texts.
        texts: Vec<String>,
    },
    /// One text of each list, joined by a space: a first and a last name. No two rows share a combination
    /// until all were used.
    Words {
        /// The lists.
        lists: Vec<Vec<String>>,
    },
    /// The key of a random row of another table that was filled earlier.
    Reference {
        /// Name of that table.
        table: String,
        /// Its column that holds the key.
        column: String,
    },
    /// A timestamp text `YYYY-MM-DD HH:MM:SS`, `step_seconds` after the row before.
    Timestamp {
        /// Value in the first row.
        first: String,
        /// Seconds from row to row.
        step_seconds: u64,
    },
    /// A text that no other row has: the prefix and the number of the row, counted from 1.
    Numbered {
        /// What stands before the number, e.g. `card_`.
        prefix: String,
    },
}
