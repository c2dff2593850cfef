//! A toy machine to explore: actors with registers, two variables, locks, one timer queue, faults; and numbers that lead
//! to numbers. With them a brute force that shares no line with the search.

mod brute;

pub use brute::{brute_force, replay};
use unhappy_explore::{Arrived, Model, Successor};
use unhappy_trace::{Digest, Fault, How, Move, Outcome};

/// One step of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// Reads a variable; who reads 0 is refused.
    ReadOrRefuse(usize),
    /// Reads a variable.
    Read(usize),
    /// Writes one less than what was read, or one more.
    Less(usize),
    More(usize),
    /// Adds one, whatever is there.
    Add(usize),
    /// Writes one more if the variable is still what was read, gives up otherwise.
    CompareAndSet(usize),
    Lock(usize),
    Unlock(usize),
    /// Gives up if what was read is even.
    AbortIfEven,
    /// Waits for the timer.
    Sleep,
}

/// Where an actor stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Is {
    Running,
    Sleeping,
    GaveUp,
}

#[derive(Debug, Clone)]
struct Actor {
    next: usize,
    read: u8,
    is: Is,
}

/// A state of the toy: nothing in it says how it came about.
#[derive(Debug, Clone)]
pub struct State {
    variables: [u8; 2],
    locks: [Option<usize>; 2],
    actors: Vec<Actor>,
    /// Who sleeps, the first first.
    sleepers: Vec<usize>,
    /// What the first variable would be if no write had been lost.
    expected: u8,
    may_crash: bool,
    may_lose: bool,
    may_double: bool,
    broken: [bool; 2],
}

/// Programs, and what the promises are.
#[derive(Debug, Clone)]
pub struct Toy {
    programs: Vec<Vec<Op>>,
    start: [u8; 2],
    /// The first promise: the second variable is never more than this.
    most: u8,
    /// The second promise, kept when everybody is done: no write of the first variable was lost. Or, if there is a
    /// number here: the first variable is never that.
    never: Option<u8>,
    crash: bool,
    lose: bool,
    double: bool,
}

impl Toy {
    /// These programs on variables that are 0; the second promise: the first variable is never more than `most`.
    pub fn of(programs: Vec<Vec<Op>>, most: u8) -> Toy {
        Toy {
            programs,
            start: [0, 0],
            most: 99,
            never: Some(most + 1),
            crash: false,
            lose: false,
            double: false,
        }
    }

    /// One piece in stock, two who want it: read, write, order.
    pub fn two_buyers() -> Toy {
        let buyer = vec![Op::ReadOrRefuse(0), Op::Less(0), Op::Add(1)];
        Toy { start: [1, 0], most: 1, ..Toy::of(vec![buyer.clone(), buyer], 98) }
    }

    /// Programs drawn from a seed, small enough to walk every schedule alone.
    pub fn drawn(seed: u64) -> Toy {
        let mut draw = Draw(seed);
        let lengths: &[u64] = match draw.below(4) {
            0 => &[4, 3],
            1 => &[3, 3],
            2 => &[4, 2],
            _ => &[2, 2, 2],
        };
        let programs = lengths.iter().map(|length| draw.program(*length)).collect();
        let start = [draw.byte(3), draw.byte(2)];
        Toy {
            programs,
            start,
            most: draw.byte(3),
            never: if draw.below(3) == 0 { Some(draw.byte(4)) } else { None },
            crash: draw.below(5) == 0,
            lose: draw.below(5) == 0,
            double: draw.below(5) == 0,
        }
    }

    fn op_of(&self, state: &State, actor: usize) -> Option<Op> {
        self.programs[actor].get(state.actors[actor].next).copied()
    }

    fn can_move(&self, state: &State, actor: usize) -> bool {
        let is_free = match self.op_of(state, actor) {
            Some(Op::Lock(lock)) => state.locks[lock].is_none_or(|holder| holder == actor),
            Some(_) => true,
            None => false,
        };
        is_free && state.actors[actor].is == Is::Running
    }

    fn step(&self, state: &State, actor: usize, times: u32, is_lost: bool) -> State {
        let mut to = state.clone();
        let op = self.op_of(state, actor).expect("an actor that can move has a step");
        to.actors[actor].next += 1;
        for _ in 0..times {
            to.apply(actor, op);
        }
        if is_lost {
            to.give_up(actor);
        }
        self.judge(to)
    }

    fn judge(&self, mut state: State) -> State {
        state.broken[0] |= state.variables[1] > self.most;
        state.broken[1] |= match self.never {
            Some(number) => state.variables[0] == number,
            None => self.is_over(&state) && state.variables[0] != state.expected,
        };
        state
    }

    fn is_over(&self, state: &State) -> bool {
        let is_done = |actor: usize| match state.actors[actor].is {
            Is::GaveUp => true,
            Is::Sleeping => false,
            Is::Running => self.op_of(state, actor).is_none(),
        };
        (0..self.programs.len()).all(is_done)
    }

    fn writes(op: Option<Op>) -> bool {
        matches!(op, Some(Op::Less(_) | Op::More(_) | Op::Add(_) | Op::CompareAndSet(_)))
    }
}

impl State {
    fn apply(&mut self, actor: usize, op: Op) {
        let read = self.actors[actor].read;
        match op {
            Op::ReadOrRefuse(variable) | Op::Read(variable) => {
                self.actors[actor].read = self.variables[variable];
                if matches!(op, Op::ReadOrRefuse(_)) && self.variables[variable] == 0 {
                    self.give_up(actor);
                }
            }
            Op::Less(variable) => {
                self.variables[variable] = read.saturating_sub(1);
                self.expect(variable, |expected| expected.saturating_sub(1));
            }
            Op::More(variable) => {
                self.variables[variable] = read + 1;
                self.expect(variable, |expected| expected + 1);
            }
            Op::Add(variable) => {
                self.variables[variable] += 1;
                self.expect(variable, |expected| expected + 1);
            }
            Op::CompareAndSet(variable) if self.variables[variable] == read => {
                self.variables[variable] = read + 1;
                self.expect(variable, |expected| expected + 1);
            }
            Op::CompareAndSet(_) => self.give_up(actor),
            Op::Lock(lock) => self.locks[lock] = Some(actor),
            Op::Unlock(lock) if self.locks[lock] == Some(actor) => self.locks[lock] = None,
            Op::Unlock(_) => {}
            Op::AbortIfEven if read.is_multiple_of(2) => self.give_up(actor),
            Op::AbortIfEven => {}
            Op::Sleep => {
                self.actors[actor].is = Is::Sleeping;
                self.sleepers.push(actor);
            }
        }
    }

    fn expect(&mut self, variable: usize, change: impl Fn(u8) -> u8) {
        if variable == 0 {
            self.expected = change(self.expected);
        }
    }

    /// Who gives up gives back its locks.
    fn give_up(&mut self, actor: usize) {
        self.actors[actor].is = Is::GaveUp;
        self.sleepers.retain(|sleeper| *sleeper != actor);
        for lock in &mut self.locks {
            *lock = lock.filter(|holder| *holder != actor);
        }
    }
}

fn name(actor: usize) -> String {
    ["A", "B", "C"][actor].to_owned()
}

fn fault(thing: String, how: How) -> Move {
    Move::Fault(Fault { thing, how })
}

fn arrived(state: State) -> Arrived<State> {
    let broken = (0..2).filter(|promise| state.broken[usize::from(*promise)]).collect();
    let key = Digest::of(format!("{state:?}").as_bytes()).number();
    Arrived { key, broken, limit: None, state }
}

impl Model for Toy {
    type State = State;

    fn start(&mut self) -> Arrived<State> {
        let actor = Actor { next: 0, read: 0, is: Is::Running };
        let state = State {
            variables: self.start,
            locks: [None; 2],
            actors: vec![actor; self.programs.len()],
            sleepers: vec![],
            expected: self.start[0],
            may_crash: self.crash,
            may_lose: self.lose,
            may_double: self.double,
            broken: [false; 2],
        };
        arrived(self.judge(state))
    }

    fn successors(&mut self, state: &State) -> Vec<Successor<State>> {
        let mut all = vec![];
        let mut add = |moves: Vec<Move>, actor: Option<usize>, to: State| {
            all.push(Successor { moves, actor: actor.map(name), to: arrived(to) });
        };
        for actor in (0..self.programs.len()).filter(|actor| self.can_move(state, *actor)) {
            let step = Move::Step(name(actor));
            add(vec![step.clone()], Some(actor), self.step(state, actor, 1, false));
            if !Toy::writes(self.op_of(state, actor)) {
                continue;
            }
            let lost = fault(format!("{}.response", name(actor)), How::Lost);
            let double = fault(format!("{}.request", name(actor)), How::Twice);
            if state.may_lose {
                let to = State { may_lose: false, ..self.step(state, actor, 1, true) };
                add(vec![lost.clone(), step.clone()], Some(actor), to);
            }
            if state.may_double {
                let to = State { may_double: false, ..self.step(state, actor, 2, false) };
                add(vec![double.clone(), step.clone()], Some(actor), to);
            }
            if state.may_lose && state.may_double {
                let to = State { may_lose: false, may_double: false, ..self.step(state, actor, 2, true) };
                add(vec![lost, double, step], Some(actor), to);
            }
        }
        if let Some(sleeper) = state.sleepers.first() {
            let mut to = state.clone();
            to.sleepers.remove(0);
            to.actors[*sleeper].is = Is::Running;
            add(vec![Move::Timer], None, to);
        }
        if state.may_crash && (0..self.programs.len()).any(|actor| self.can_move(state, actor)) {
            let mut to = State { may_crash: false, ..state.clone() };
            let first = (0..self.programs.len()).find(|actor| self.can_move(state, *actor));
            to.give_up(first.expect("somebody can move"));
            add(vec![fault("process.1".into(), How::Crash)], None, to);
        }
        all
    }

    fn outcome(&mut self, state: &State) -> Outcome {
        let answer = |(actor, program): (usize, &Vec<Op>)| {
            let at = &state.actors[actor];
            let is_done = at.is == Is::Running && at.next == program.len();
            format!("{} {}", name(actor), if is_done { "done" } else { "not done" })
        };
        Outcome {
            answers: self.programs.iter().enumerate().map(answer).collect(),
            watched: vec![format!("{:?}", state.variables)],
            broken: vec![format!("{:?}", state.broken)],
        }
    }

    fn content(&self, state: &State) -> Option<Vec<u8>> {
        Some(format!("{state:?}").into_bytes())
    }
}

/// Numbers from a seed (Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", 2014).
struct Draw(u64);

impl Draw {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }

    fn byte(&mut self, end: u64) -> u8 {
        u8::try_from(self.below(end)).expect("a small number")
    }

    /// Half of the programs begin with a read, and so lose something when another writes before they do.
    fn program(&mut self, length: u64) -> Vec<Op> {
        let mut program: Vec<Op> = (0..length).map(|_| self.op()).collect();
        if self.below(2) == 0 {
            program[0] = Op::Read(0);
        }
        program
    }

    fn op(&mut self) -> Op {
        let which = usize::from(self.below(4) == 0);
        match self.below(16) {
            0 => Op::ReadOrRefuse(which),
            1..=3 => Op::Read(which),
            4 | 5 => Op::Less(which),
            6 | 7 => Op::More(which),
            8 => Op::Add(which),
            9 | 10 => Op::CompareAndSet(which),
            11 | 12 => Op::Lock(which),
            13 => Op::Unlock(which),
            14 => Op::AbortIfEven,
            _ => Op::Sleep,
        }
    }
}

/// Numbers, each with the numbers that it leads to: the first by a step of A, the second of B …
pub struct Numbers<W> {
    ways: W,
    breaks_at: Option<u64>,
    limit_at: Option<u64>,
}

impl<W: Fn(u64) -> Vec<u64>> Numbers<W> {
    /// From 0 by these ways.
    pub fn new(ways: W) -> Numbers<W> {
        Numbers { ways, breaks_at: None, limit_at: None }
    }

    /// The first promise breaks at this number.
    pub fn breaks_at(self, number: u64) -> Numbers<W> {
        Numbers { breaks_at: Some(number), ..self }
    }

    /// A limit is reached at this number.
    pub fn limit_at(self, number: u64) -> Numbers<W> {
        Numbers { limit_at: Some(number), ..self }
    }

    fn at(&self, state: u64) -> Arrived<u64> {
        let broken = if self.breaks_at == Some(state) { vec![0] } else { vec![] };
        let limit = (self.limit_at == Some(state)).then(|| format!("Number {state} is too much."));
        Arrived { state, key: u128::from(state), broken, limit }
    }
}

impl<W: Fn(u64) -> Vec<u64>> Model for Numbers<W> {
    type State = u64;

    fn start(&mut self) -> Arrived<u64> {
        self.at(0)
    }

    fn successors(&mut self, state: &u64) -> Vec<Successor<u64>> {
        let ways = ["A", "B", "C", "D"].into_iter().zip((self.ways)(*state));
        let step = |(actor, to): (&str, u64)| {
            let moves = vec![Move::Step(actor.into())];
            Successor { moves, actor: Some(actor.into()), to: self.at(to) }
        };
        ways.map(step).collect()
    }

    fn outcome(&mut self, state: &u64) -> Outcome {
        Outcome { watched: vec![state.to_string()], ..Outcome::default() }
    }
}
