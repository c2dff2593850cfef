//! Follows a schedule move by move, then stops or goes on to the end.
//!
//! Going on to the end: the actor that moved last as long as it can, then the first by name; the timer when nobody
//! else can move. A move that is not possible ends the run with a sentence that says from which move on the
//! schedule does not fit.

use super::{Choice, Scheduler};
use unhappy_trace::{Move, Schedule, Then};

/// A schedule on its way.
#[derive(Debug, Clone)]
pub struct Replay {
    schedule: Schedule,
    next: usize,
    last: Option<Move>,
}

impl Replay {
    /// Returns a schedule at its beginning.
    pub fn new(schedule: Schedule) -> Replay {
        Replay { schedule, next: 0, last: None }
    }

    fn unfit(&self, wanted: &Move, possible: &[Move]) -> Choice {
        let there: Vec<String> = possible.iter().map(Move::to_string).collect();
        let there = if there.is_empty() { "nothing".to_owned() } else { there.join(", ") };
        Choice::Unfit(format!(
            "Move {} of the schedule is {wanted}, but it is not possible there. Possible: {there}. The schedule belongs \
             to other code, or to other settings.",
            self.next,
        ))
    }

    fn go_on(&self, possible: &[Move]) -> Move {
        let again =
            self.last.as_ref().filter(|last| matches!(last, Move::Step(_)) && possible.contains(last));
        again.unwrap_or(&possible[0]).clone()
    }
}

impl Scheduler for Replay {
    fn copy(&self) -> Box<dyn Scheduler> {
        Box::new(self.clone())
    }

    fn choose(&mut self, possible: &[Move]) -> Choice {
        let Some(wanted) = self.schedule.moves.get(self.next).cloned() else {
            return match self.schedule.then {
                Then::Stop => Choice::Stop,
                Then::Finish if possible.is_empty() => Choice::Stop,
                Then::Finish => {
                    let next = self.go_on(possible);
                    self.last = Some(next.clone());
                    Choice::Make(next)
                }
            };
        };
        self.next += 1;
        match wanted {
            Move::Fault(_) => Choice::Make(wanted),
            _ if possible.contains(&wanted) => {
                self.last = Some(wanted.clone());
                Choice::Make(wanted)
            }
            _ => self.unfit(&wanted, possible),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(schedule: &str, possible: &[&str], expected: &[&str]) {
        let mut replay = Replay::new(schedule.parse().expect("the schedule reads"));
        let possible: Vec<Move> = possible.iter().map(|text| text.parse().expect("a move")).collect();
        let made: Vec<String> = expected
            .iter()
            .map(|_| match replay.choose(&possible) {
                Choice::Make(next) => next.to_string(),
                Choice::Stop => "stop".to_owned(),
                Choice::Unfit(_) => "unfit".to_owned(),
            })
            .collect();
        assert_eq!(made, expected);
    }

    #[test]
    fn a_schedule_is_followed_and_then_ends() {
        check("B A", &["A", "B"], &["B", "A", "stop"]);
        check("B ...", &["A", "B"], &["B", "B", "B"]);
        check("...", &["A", "B"], &["A", "A"]);
        check("C", &["A", "B"], &["unfit"]);
        check("process.1!crash A", &["A"], &["process.1!crash", "A", "stop"]);
    }
}
