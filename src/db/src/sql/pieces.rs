//! Rewritten SQL: what was copied from where, what was added, where parameters go.
//!
//! In: pieces in order. Out: text for SQLite with numbered placeholders, and the way back from its bytes to
//! the learner's.

use std::fmt::Write as _;

/// A part of a rewritten statement.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Piece {
    /// Text that stands in the learner's statement at this byte.
    Copied(String, usize),
    /// Text that the learner did not write.
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
    marks: Vec<(usize, usize)>,
}

impl Rendered {
    /// Returns the learner's byte for a byte of the text.
    pub(crate) fn source_byte(&self, byte: usize) -> usize {
        let index = self.marks.partition_point(|(here, _)| *here <= byte);
        match index.checked_sub(1).map(|index| self.marks[index]) {
            Some((here, source)) => source + (byte - here),
            None => 0,
        }
    }
}

/// Writes the pieces as one text. `lengths` holds, per parameter, how many values it stands for.
///
/// Placeholders are numbered in the order of the parameters, a list's items in a row.
pub(crate) fn render(pieces: &[Piece], lengths: &[usize]) -> Rendered {
    let mut out = Rendered::default();
    for piece in pieces {
        match piece {
            Piece::Copied(text, source) => {
                out.marks.push((out.sql.len(), *source));
                out.sql.push_str(text);
            }
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
