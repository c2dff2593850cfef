//! The conflict tables against the manual's.

use super::super::{RowMode, TableMode};

pub(super) const ROW_MODES: [RowMode; 4] =
    [RowMode::KeyShare, RowMode::Share, RowMode::NoKeyUpdate, RowMode::Update];

pub(super) const TABLE_MODES: [TableMode; 8] = [
    TableMode::AccessShare,
    TableMode::RowShare,
    TableMode::RowExclusive,
    TableMode::ShareUpdateExclusive,
    TableMode::Share,
    TableMode::ShareRowExclusive,
    TableMode::Exclusive,
    TableMode::AccessExclusive,
];

/// Draws a table as the manual does: one line for each requested mode, X where it conflicts.
fn table<T: Copy>(modes: &[T], conflicts: impl Fn(T, T) -> bool) -> Vec<String> {
    let mark = |wanted, held| if conflicts(wanted, held) { 'X' } else { '.' };
    modes.iter().map(|wanted| modes.iter().map(|held| mark(*wanted, *held)).collect()).collect()
}

// The manual's table 13.3, row-level locks.
#[test]
fn row_modes_conflict_as_in_the_manual() {
    let want = ["...X", "..XX", ".XXX", "XXXX"];
    assert_eq!(table(&ROW_MODES, RowMode::conflicts), want);
}

// The manual's table 13.2, table-level locks.
#[test]
fn table_modes_conflict_as_in_the_manual() {
    let want =
        [".......X", "......XX", "....XXXX", "...XXXXX", "..XX.XXX", "..XXXXXX", ".XXXXXXX", "XXXXXXXX"];
    assert_eq!(table(&TABLE_MODES, TableMode::conflicts), want);
}

#[test]
fn strong_modes_are_those_from_share_update_exclusive() {
    let strong: Vec<_> = TABLE_MODES.into_iter().filter(|mode| mode.is_strong()).collect();
    assert_eq!(strong, TABLE_MODES[3..]);
}
