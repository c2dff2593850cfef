//! Random histories under snapshot isolation: what commits must be as if run one by one.
//!
//! Each transaction's outcome (what it read, what it wrote) is compared with all serial orders of the committed
//! ones, by brute force. Writes depend on what was read, so a wrong order shows.

use super::toy::{Content, Failure, Toy};

const HISTORIES: u64 = 10_000;
const TABLE: u32 = 1;

#[derive(Debug, Clone, Copy)]
enum Op {
    /// One row by key.
    Read(i64),
    /// All rows of a colour.
    ReadColour(i64),
    /// Gives a row a colour and a value that depend on all that was read, or deletes it.
    Write { row: i64, salt: i64, delete: bool },
}

/// Everything that a transaction read, in order.
type Seen = Vec<Vec<Vec<i64>>>;

#[derive(Debug, Clone)]
struct Program {
    read_only: bool,
    ops: Vec<Op>,
}

struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }

    fn row(&mut self) -> i64 {
        self.below(3) as i64 + 1
    }

    fn op(&mut self, read_only: bool) -> Op {
        match self.below(if read_only { 2 } else { 4 }) {
            0 => Op::Read(self.row()),
            1 => Op::ReadColour(self.below(2) as i64),
            _ => Op::Write { row: self.row(), salt: self.below(1_000) as i64, delete: self.below(8) == 0 },
        }
    }

    fn program(&mut self) -> Program {
        let read_only = self.below(4) == 0;
        let length = self.below(3) + 1;
        Program { read_only, ops: (0..length).map(|_| self.op(read_only)).collect() }
    }
}

fn start() -> Content {
    (1..=3).map(|row| ((TABLE, row), vec![row, row % 2, row])).collect()
}

/// What a write makes of the row.
fn written(op: Op, seen: &Seen) -> Option<Vec<i64>> {
    let Op::Write { row, salt, delete } = op else { return None };
    let mix = |sum: i64, value: &i64| sum.wrapping_mul(31).wrapping_add(*value) % 1_000_003;
    let value = seen.iter().flatten().flatten().fold(salt, mix);
    (!delete).then(|| vec![row, value % 2, value])
}

fn condition(op: Op) -> (usize, i64) {
    match op {
        Op::Read(row) | Op::Write { row, .. } => (0, row),
        Op::ReadColour(colour) => (1, colour),
    }
}

/// Plays the programs in a random order of steps. Returns what the committed ones saw, and the final content.
fn interleaved(
    random: &mut Random,
    programs: &[Program],
    failures: &mut u64,
) -> (Vec<Option<Seen>>, Content) {
    let mut toy = Toy::on(start());
    toy.read_only =
        (0_u32..).zip(programs).filter(|(_, it)| it.read_only).map(|(session, _)| session).collect();
    let mut seen: Vec<Option<Seen>> = vec![Some(Seen::new()); programs.len()];
    let mut done = vec![0; programs.len()];
    let mut stuck = 0;
    while let Some(session) = choose(random, programs, &done) {
        let program = &programs[session];
        let who = u32::try_from(session).unwrap();
        let op = program.ops.get(done[session]).copied();
        if let Some(Op::Write { row, .. }) = op
            && toy.is_locked(who, TABLE, row)
            && stuck < 50
        {
            stuck += 1;
            continue;
        }
        stuck = 0;
        match play(&mut toy, who, op, seen[session].as_mut().unwrap()) {
            Ok(()) => done[session] += 1,
            Err(failure) => {
                *failures += u64::from(matches!(failure, Failure::Unserializable(_)));
                seen[session] = None;
                done[session] = usize::MAX;
            }
        }
    }
    (seen, toy.committed)
}

/// A program that has a step left; its COMMIT is the last.
fn choose(random: &mut Random, programs: &[Program], done: &[usize]) -> Option<usize> {
    let left: Vec<_> =
        (0..programs.len()).filter(|index| done[*index] <= programs[*index].ops.len()).collect();
    (!left.is_empty()).then(|| left[random.below(left.len() as u64) as usize])
}

fn play(toy: &mut Toy, who: u32, op: Option<Op>, seen: &mut Seen) -> Result<(), Failure> {
    let Some(op) = op else { return toy.commit(who) };
    if let Op::Write { row, delete, .. } = op {
        if delete {
            // A DELETE that finds nothing has still read that there is nothing.
            toy.read(who, TABLE, Some(condition(op)))?;
        }
        if toy.is_locked(who, TABLE, row) {
            toy.abort(who);
            return Err(Failure::ConcurrentUpdate);
        }
        let new = written(op, seen);
        return toy.write(who, TABLE, row, new);
    }
    let rows = toy.read(who, TABLE, Some(condition(op)))?;
    seen.push(rows);
    Ok(())
}

/// Whether the programs, run one by one in this order, see and leave the same.
fn is_serial(order: &[usize], programs: &[Program], seen: &[Option<Seen>], end: &Content) -> bool {
    let mut content = start();
    for index in order {
        let mut mine = Seen::new();
        for op in &programs[*index].ops {
            if let Op::Write { row, .. } = *op {
                match written(*op, &mine) {
                    Some(values) => content.insert((TABLE, row), values),
                    None => content.remove(&(TABLE, row)),
                };
            } else {
                let (column, value) = condition(*op);
                mine.push(content.values().filter(|row| row[column] == value).cloned().collect());
            }
        }
        if seen[*index].as_ref() != Some(&mine) {
            return false;
        }
    }
    content == *end
}

fn orders(of: &[usize]) -> Vec<Vec<usize>> {
    if of.is_empty() {
        return vec![Vec::new()];
    }
    let after = |first: &usize| {
        let rest: Vec<_> = of.iter().copied().filter(|other| other != first).collect();
        let first = *first;
        orders(&rest).into_iter().map(move |mut order| {
            order.insert(0, first);
            order
        })
    };
    of.iter().flat_map(after).collect()
}

#[track_caller]
fn check(transactions: usize) -> u64 {
    let mut failures = 0;
    for seed in 0..HISTORIES {
        let mut random = Random(seed);
        let programs: Vec<_> = (0..transactions).map(|_| random.program()).collect();
        let (seen, end) = interleaved(&mut random, &programs, &mut failures);
        let committed: Vec<_> = (0..transactions).filter(|index| seen[*index].is_some()).collect();
        let serial = orders(&committed).iter().any(|order| is_serial(order, &programs, &seen, &end));
        assert!(serial, "seed {seed}: {programs:?} saw {seen:?} and left {end:?}");
    }
    failures
}

// Some must fail, else nothing was tried.
#[test]
fn three_transactions_are_serializable() {
    assert!(check(3) > 100);
}

#[test]
fn four_transactions_are_serializable() {
    assert!(check(4) > 100);
}
