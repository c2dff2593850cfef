//! One text of a plan, with the forms that SQLite prepared for it.

use crate::engine::Forms;
use crate::sql::pieces::Piece;
use crate::sql::print::pieces;
use sqlparser::ast::Statement;

/// Whose words a text is: what SQLite says of it is reworded for the learner, or is this crate's own mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wording {
    /// The learner's statement as it is: counted, planned, shown.
    Learners,
    /// A further text for the same statement, with the same result columns: never counted.
    Internal,
    /// A text whose columns are the engine's own: row numbers, arguments, limits.
    Values,
}

/// One text of a plan.
pub(crate) struct Variant {
    pub(crate) pieces: Vec<Piece>,
    pub(crate) wording: Wording,
    pub(crate) forms: Forms,
}

impl Variant {
    pub(crate) fn new(statement: &Statement, wording: Wording) -> Variant {
        Variant::of_text(&statement.to_string(), wording)
    }

    /// Makes a text that is written, not printed from a tree.
    pub(crate) fn of_text(text: &str, wording: Wording) -> Variant {
        Variant { pieces: pieces(text), wording, forms: Forms::default() }
    }
}
