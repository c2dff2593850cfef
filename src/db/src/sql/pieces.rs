//! SQLite's text in pieces, and where parameters go.
//!
//! In: pieces in order. Out: text for SQLite with numbered placeholders.

use std::fmt::Write as _;

/// A part of a statement for SQLite.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Piece {
    /// Text.
    Added(String),
    /// One parameter, by its index in the statement's list.
    One(usize),
    /// A list parameter: as many placeholders as it has items. One when the value is no list.
    Many(usize),
}

/// Text for SQLite.
#[derive(Debug, Default)]
pub(crate) struct Rendered {
    pub(crate) sql: String,
}

/// Writes the pieces as one text. `lengths` holds, per parameter, how many values it stands for.
///
/// Placeholders are numbered in the order of the parameters, a list's items in a row.
pub(crate) fn render(pieces: &[Piece], lengths: &[usize]) -> Rendered {
    let mut out = Rendered::default();
    for piece in pieces {
        match piece {
            Piece::Added(text) => out.sql.push_str(text),
            Piece::One(index) => push_placeholder(&mut out.sql, first_number(lengths, *index)),
            Piece::Many(index) => push_list(&mut out.sql, first_number(lengths, *index), lengths[*index]),
        }
    }
    out
}

/// Returns the number of a parameter's first placeholder, counted from 1.
pub(crate) fn first_number(lengths: &[usize], index: usize) -> usize {
    1 + lengths[..index].iter().sum::<usize>()
}

fn push_list(sql: &mut String, first: usize, length: usize) {
    for number in first..first + length {
        if number > first {
            sql.push(',');
        }
        push_placeholder(sql, number);
    }
}

fn push_placeholder(sql: &mut String, number: usize) {
    write!(sql, "?{number}").expect("writing to a string cannot fail");
}
