//! SQLite's text with its parameters found again.
//!
//! In: a printed statement in which `:p3` stands for the parameter of index 3 and `:m3` for one that may be a
//! list. Out: pieces. Found by token, so that a string holding ":p3" stays a string. Not here: numbering
//! placeholders (`pieces.rs`).

use super::pieces::Piece;
use super::tokens::{Kind, tokenize};

/// Cuts a printed statement at its parameters.
pub(crate) fn pieces(text: &str) -> Vec<Piece> {
    let tokens = tokenize(text).expect("printed text is well formed");
    let mut pieces = Vec::new();
    let mut copied = 0;
    for token in tokens.iter().filter(|token| token.kind == Kind::Named) {
        let name = token.of(text);
        let Ok(index) = name[2..].parse() else { continue };
        pieces.push(Piece::Added(text[copied..token.start].to_owned()));
        pieces.push(if name.starts_with(":m") { Piece::Many(index) } else { Piece::One(index) });
        copied = token.end;
    }
    pieces.push(Piece::Added(text[copied..].to_owned()));
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_found_outside_of_strings() {
        let added = |text: &str| Piece::Added(text.to_owned());
        assert_eq!(
            pieces("SELECT ':p0', \":p1\" WHERE a = :p12 AND b IN (:m0)"),
            [
                added("SELECT ':p0', \":p1\" WHERE a = "),
                Piece::One(12),
                added(" AND b IN ("),
                Piece::Many(0),
                added(")"),
            ]
        );
    }
}
