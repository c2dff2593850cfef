//! The digest: what must be equal and what must not.

use super::super::Predicate;
use super::toy::{Equals, Toy};
use crate::change::Change;

fn text(toy: &Toy) -> String {
    let read = |read: &Predicate<Equals>| format!("{} {:?}", read.table.0, read.condition);
    let change = |change: &Change| format!("{:?} to {:?}", change.old, change.new);
    toy.serializable.canonical(&|who| who.to_string().into(), &read, &change)
}

fn played(script: impl Fn(&mut Toy)) -> String {
    let mut toy = Toy::on([((1, 1), vec![1, 0]), ((1, 2), vec![2, 0])].into());
    script(&mut toy);
    text(&toy)
}

fn read(toy: &mut Toy, session: u32, row: i64) {
    toy.read(session, 1, Some((0, row))).unwrap();
}

fn write(toy: &mut Toy, session: u32, row: i64) {
    toy.write(session, 1, row, Some(vec![row, 7])).unwrap();
}

// The same conflicts found in another order, after transactions that are forgotten.
#[test]
fn does_not_tell_how_it_came_about() {
    let one = played(|toy| {
        read(toy, 1, 1);
        read(toy, 2, 2);
        write(toy, 2, 1);
    });
    let other = played(|toy| {
        read(toy, 3, 1);
        toy.commit(3).unwrap();
        read(toy, 2, 2);
        write(toy, 2, 1);
        read(toy, 1, 1);
    });
    assert_eq!(one, other);
}

#[test]
fn tells_what_matters() {
    let base = |toy: &mut Toy| {
        read(toy, 1, 1);
        read(toy, 2, 2);
        write(toy, 2, 1);
    };
    let texts = [
        played(base),
        played(|toy| {
            base(toy);
            read(toy, 1, 2);
        }),
        played(|toy| {
            base(toy);
            toy.commit(2).unwrap();
        }),
        played(|toy| {
            base(toy);
            toy.commit(2).unwrap();
            read(toy, 3, 1);
        }),
        played(|toy| {
            base(toy);
            read(toy, 3, 1);
            toy.commit(2).unwrap();
        }),
        played(|toy| {
            base(toy);
            write(toy, 1, 2);
            toy.commit(1).unwrap();
        }),
        played(|toy| {
            toy.read_only.insert(1);
            read(toy, 2, 2);
            read(toy, 1, 1);
            write(toy, 2, 1);
        }),
    ];
    for (index, text) in texts.iter().enumerate() {
        assert_eq!(texts.iter().filter(|other| *other == text).count(), 1, "{index}: {text}");
    }
}
