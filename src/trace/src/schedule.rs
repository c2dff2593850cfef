//! Schedules: which actor moved when, as text that can be copied, pasted and read.
//!
//! Grammar: moves separated by spaces, `*n` repeats a move, a trailing `...` goes on to the end in order:
//!
//! ```text
//! schedule = [ item *( " " item ) ] [ " ..." ]
//! item     = move [ "*" number ]
//! move     = actor | "timer" | fault
//! fault    = thing "!" ( "lost" | "twice" | "late" | "crash" )
//! ```
//!
//! Actors are named by origin: a request `A`, its second attempt `A2`, a task that it created `A/1`, a request
//! that it sent itself `A.1`, its client `A.client`, a delivery `queue.emails.1`, a job's run `every.cleanup.1`.
//! Things: `A.request`, `A.response`, `A.commit`, `A.charge.response`, `process.1`.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The most moves that a schedule's text may stand for. Longer ones are refused before they are unfolded.
pub const MOVES_PER_SCHEDULE: usize = 100_000;

/// One move of a run whose order is chosen.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Move {
    /// An actor takes its next step.
    Step(String),
    /// The earliest timer fires.
    Timer,
    /// Something breaks.
    Fault(Fault),
}

/// Something that breaks, by the thing and how.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Fault {
    /// What: `A.request`, `A.response`, `A.commit`, `A.charge.response`, `process.1`.
    pub thing: String,
    /// How.
    pub how: How,
}

/// How a thing breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum How {
    /// A message never arrives; for a commit, the connection is lost while it is on its way, after it took effect.
    Lost,
    /// A request is delivered a second time.
    Twice,
    /// A message arrives much later.
    Late,
    /// A process ends at once.
    Crash,
}

/// Kinds of faults, as a lesson names them and a seeded plan draws them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum FaultKind {
    /// A request never reaches the server.
    RequestLost,
    /// A response never reaches the client.
    ResponseLost,
    /// A request reaches the server twice.
    RequestTwice,
    /// A request reaches the server much later.
    RequestLate,
    /// A server process ends after a step.
    Crash,
    /// The connection to the database is lost during COMMIT, which took effect.
    CommitLost,
    /// The payment provider's response never reaches the handler.
    ChargeResponseLost,
}

impl FaultKind {
    /// All kinds with their name in lesson.toml.
    pub const NAMES: [(FaultKind, &'static str); 7] = [
        (FaultKind::RequestLost, "request-lost"),
        (FaultKind::ResponseLost, "response-lost"),
        (FaultKind::RequestTwice, "request-twice"),
        (FaultKind::RequestLate, "request-late"),
        (FaultKind::Crash, "crash"),
        (FaultKind::CommitLost, "commit-lost"),
        (FaultKind::ChargeResponseLost, "charge-response-lost"),
    ];

    /// Returns the name in lesson.toml.
    pub fn name(self) -> &'static str {
        let found = FaultKind::NAMES.iter().find(|(kind, _)| *kind == self);
        found.map_or("", |(_, name)| name)
    }

    /// Returns the kind with that name.
    pub fn from_name(name: &str) -> Option<FaultKind> {
        FaultKind::NAMES.iter().find(|(_, known)| *known == name).map(|(kind, _)| *kind)
    }
}

/// The order of a run's moves.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Schedule {
    /// The moves, in order.
    pub moves: Vec<Move>,
    /// What happens after them.
    pub then: Then,
}

/// What happens after the last move of a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Then {
    /// Nothing: the run stands still there.
    #[default]
    Stop,
    /// Each actor runs on to its end, the one that moved last first, then in order of their names; timers fire
    /// when nobody else can move.
    Finish,
}

/// How a run decides who moves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Choices {
    /// Virtual time decides: latencies drawn from the seed.
    Timed,
    /// A schedule decides; calls take no time.
    Chosen(Schedule),
    /// Drawn from the seed, evenly among the moves that are possible; calls take no time.
    Random,
}

/// Why a schedule was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// A move does not read.
    #[error(
        "schedule: move {number} is {found:?}, expected an actor such as A or A2, timer, or a fault such as A.response!lost"
    )]
    Move {
        /// Which, counted from 1.
        number: usize,
        /// What stood there.
        found: String,
    },
    /// A repetition does not read.
    #[error("schedule: move {number} is {found:?}, expected a number from 1 after *")]
    Repetition {
        /// Which, counted from 1.
        number: usize,
        /// What stood there.
        found: String,
    },
    /// Too many moves.
    #[error("schedule: it stands for more than {MOVES_PER_SCHEDULE} moves")]
    Long,
}

impl fmt::Display for How {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            How::Lost => "lost",
            How::Twice => "twice",
            How::Late => "late",
            How::Crash => "crash",
        })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}!{}", self.thing, self.how)
    }
}

impl FromStr for Fault {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<Fault, ScheduleError> {
        let refused = || ScheduleError::Move { number: 1, found: text.to_owned() };
        let (thing, how) = text.split_once('!').ok_or_else(refused)?;
        let how = match how {
            "lost" => How::Lost,
            "twice" => How::Twice,
            "late" => How::Late,
            "crash" => How::Crash,
            _ => return Err(refused()),
        };
        if !is_name(thing) {
            return Err(refused());
        }
        Ok(Fault { thing: thing.to_owned(), how })
    }
}

impl fmt::Display for Move {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Move::Step(actor) => out.write_str(actor),
            Move::Timer => out.write_str("timer"),
            Move::Fault(fault) => fault.fmt(out),
        }
    }
}

impl FromStr for Move {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<Move, ScheduleError> {
        if text == "timer" {
            return Ok(Move::Timer);
        }
        if text.contains('!') {
            return text.parse().map(Move::Fault);
        }
        if !is_name(text) {
            return Err(ScheduleError::Move { number: 1, found: text.to_owned() });
        }
        Ok(Move::Step(text.to_owned()))
    }
}

fn is_name(text: &str) -> bool {
    let inner = |character: char| character.is_ascii_alphanumeric() || "./_-".contains(character);
    text.starts_with(|first: char| first.is_ascii_alphabetic()) && text.chars().all(inner)
}

impl fmt::Display for Schedule {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.moves.as_slice();
        let mut space = "";
        while let Some(first) = rest.first() {
            let count = rest.iter().take_while(|next| *next == first).count();
            write!(out, "{space}{first}")?;
            if count > 1 {
                write!(out, "*{count}")?;
            }
            (rest, space) = (&rest[count..], " ");
        }
        if self.then == Then::Finish {
            write!(out, "{space}...")?;
        }
        Ok(())
    }
}

impl FromStr for Schedule {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<Schedule, ScheduleError> {
        let mut schedule = Schedule::default();
        for (index, item) in text.split_whitespace().enumerate() {
            let (number, found) = (index + 1, || item.to_owned());
            if item == "..." && text.trim_end().ends_with("...") {
                schedule.then = Then::Finish;
                continue;
            }
            let (name, count) = match item.split_once('*') {
                None => (item, 1),
                Some((name, count)) => {
                    let count = count.parse::<usize>().ok().filter(|count| *count > 0);
                    (name, count.ok_or_else(|| ScheduleError::Repetition { number, found: found() })?)
                }
            };
            let next = name.parse::<Move>();
            let next = next.map_err(|_| ScheduleError::Move { number, found: found() })?;
            if schedule.moves.len().saturating_add(count) > MOVES_PER_SCHEDULE {
                return Err(ScheduleError::Long);
            }
            schedule.moves.extend(std::iter::repeat_n(next, count));
        }
        Ok(schedule)
    }
}

impl fmt::Display for Choices {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Choices::Timed => out.write_str("timed"),
            Choices::Random => out.write_str("random"),
            Choices::Chosen(schedule) => write!(out, "by:{schedule}"),
        }
    }
}

impl FromStr for Choices {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<Choices, ScheduleError> {
        match text.strip_prefix("by:") {
            Some(schedule) => schedule.parse().map(Choices::Chosen),
            None if text == "timed" => Ok(Choices::Timed),
            None if text == "random" => Ok(Choices::Random),
            None => Err(ScheduleError::Move { number: 1, found: text.to_owned() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_reads_back() {
        for text in [
            "",
            "A",
            "A B A2*3",
            "A B*2 timer A.response!lost process.1!crash queue.emails.1",
            "A B ...",
            "...",
        ] {
            let schedule: Schedule = text.parse().expect("the text reads");
            assert_eq!(schedule.to_string(), text);
        }
        let folded: Schedule = "A A B".parse().expect("the text reads");
        assert_eq!(folded.to_string(), "A*2 B");
    }

    #[test]
    fn a_broken_schedule_says_which_move() {
        for (text, expected) in [
            (
                "A !",
                "schedule: move 2 is \"!\", expected an actor such as A or A2, timer, or a fault such as A.response!lost",
            ),
            (
                "A.response!eaten",
                "schedule: move 1 is \"A.response!eaten\", expected an actor such as A or A2, timer, or a fault such as A.response!lost",
            ),
            ("A*0", "schedule: move 1 is \"A*0\", expected a number from 1 after *"),
            (
                "... A",
                "schedule: move 1 is \"...\", expected an actor such as A or A2, timer, or a fault such as A.response!lost",
            ),
            ("A*99999999", "schedule: it stands for more than 100000 moves"),
        ] {
            let error = text.parse::<Schedule>().expect_err("a broken schedule must be refused");
            assert_eq!(error.to_string(), expected);
        }
    }

    #[test]
    fn kinds_of_faults_read_back() {
        for (kind, name) in FaultKind::NAMES {
            assert_eq!((kind.name(), FaultKind::from_name(name)), (name, Some(kind)));
        }
    }
}
