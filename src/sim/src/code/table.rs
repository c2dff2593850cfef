//! The table of handler transitions: what a step came to, by everything that it can depend on.
//!
//! Key: the history of the task's group (handler, arguments, results so far), the value of the process's globals, who
//! goes on and with what; also the clock where a step read it. One table serves one exploration: one program, one world.
//! The processes that filled it are kept for a while, because the next unknown step often follows the last one.

use super::live::{Member, Standing};
use std::collections::BTreeMap;
use std::rc::Rc;
use unhappy_python::Stepped;
use unhappy_trace::Digest;

/// Live processes that are kept.
const KEPT: usize = 12;

/// What steps came to.
#[derive(Default)]
pub(crate) struct Table {
    steps: BTreeMap<(Digest, u64), Row>,
    standing: Vec<(Digest, Standing)>,
    /// Steps that were asked for.
    pub(crate) asked: u64,
    /// Steps that a live process made.
    pub(crate) made: u64,
    /// Steps that live processes made again to stand where one was needed.
    pub(crate) repeated: u64,
    /// Why a process's whole history had to stand for its state, once it had to.
    pub(crate) whole_history: Option<Rc<str>>,
}

/// A row of the table.
#[derive(Clone)]
pub(crate) enum Row {
    /// The step.
    Step(Rc<Transition>),
    /// The step read the clock: its row has the clock in its key.
    ReadsClock,
}

/// What a step came to.
pub(crate) struct Transition {
    /// The step. The numbers of tasks in it are those of the process that made it.
    pub(crate) stepped: Stepped,
    /// Whom its effects meant, in their order; none for effects that mean no task.
    pub(crate) meant: Vec<Option<Member>>,
    /// The value of the globals afterwards.
    pub(crate) globals: Globals,
    /// Whether it read the clock.
    pub(crate) read_clock: bool,
    /// Whether a waiting task holds something changeable that the globals hold too.
    pub(crate) holds: bool,
}

/// The value of a process's globals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Globals {
    /// They have a canonical value.
    Value(Digest),
    /// They have none, with the reason: the whole history stands for them.
    Whole(Rc<str>),
}

impl Table {
    /// Finds a step.
    pub(crate) fn find(&mut self, key: Digest, clock: u64) -> Option<Rc<Transition>> {
        self.asked += 1;
        let row = match self.steps.get(&(key, 0))? {
            Row::ReadsClock => self.steps.get(&(key, clock + 1))?,
            row => row,
        };
        match row {
            Row::Step(transition) => Some(transition.clone()),
            Row::ReadsClock => None,
        }
    }

    /// Keeps a step.
    pub(crate) fn keep(&mut self, key: Digest, clock: u64, transition: &Rc<Transition>) {
        self.made += 1;
        if transition.read_clock {
            self.steps.insert((key, 0), Row::ReadsClock);
            self.steps.insert((key, clock + 1), Row::Step(transition.clone()));
        } else {
            self.steps.insert((key, 0), Row::Step(transition.clone()));
        }
    }

    /// Takes the live process that stands where a history ended.
    pub(crate) fn take_standing(&mut self, history: Digest) -> Option<Standing> {
        let index = self.standing.iter().position(|(known, _)| *known == history)?;
        Some(self.standing.remove(index).1)
    }

    /// Keeps a live process; the one that was used longest ago goes.
    pub(crate) fn keep_standing(&mut self, history: Digest, standing: Standing) {
        self.standing.retain(|(known, _)| *known != history);
        self.standing.push((history, standing));
        if self.standing.len() > KEPT {
            self.standing.remove(0);
        }
    }
}
