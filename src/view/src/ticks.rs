//! The tick strip: one tick per SQL statement of the first request.
//!
//! A statement whose shape occurs more than once in the request is a repeat. More than [`MOST_TICKS`]
//! statements are drawn as groups of equal size, and the strip says how many one tick stands for.

use serde::{Deserialize, Serialize};
use unhappy_trace::{Report, Trace, text};

/// The most ticks that a strip draws.
pub const MOST_TICKS: u64 = 200;

/// One tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tick {
    /// A statement whose shape occurs once.
    Single,
    /// A statement whose shape occurs again, or a group that holds one.
    Repeat,
}

/// A strip of ticks.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TickStrip {
    /// How many statements there are.
    pub count: u64,
    /// The ticks, in order.
    pub ticks: Vec<Tick>,
    /// What a screen reader says: `101 statements`.
    pub label: String,
    /// How many statements a tick stands for, in words, when more than one.
    pub note: Option<String>,
}

/// Returns the strip of the first request of a run.
pub fn tick_strip(trace: &Trace, report: &Report) -> TickStrip {
    let first = report.requests.first().map(|request| request.name.as_str());
    let mut shapes: Vec<usize> = Vec::new();
    let mut counts = vec![0_u64; trace.shapes.len()];
    for (event, statement) in trace.statements() {
        let actor = trace.text(event.actor);
        if actor.split('/').next() == first {
            let shape = statement.shape.0 as usize;
            shapes.push(shape);
            counts[shape] += 1;
        }
    }
    let repeats: Vec<bool> = shapes.iter().map(|shape| counts[*shape] > 1).collect();
    strip(&repeats)
}

/// Returns the strip of a request of which only the number of statements is known: the first is single, all
/// others repeat.
pub fn strip_of_count(count: u64) -> TickStrip {
    let repeats: Vec<bool> = (0..count).map(|index| index > 0 && count > 2).collect();
    strip(&repeats)
}

fn strip(repeats: &[bool]) -> TickStrip {
    let count = repeats.len() as u64;
    let per_tick = count.div_ceil(MOST_TICKS).max(1);
    let group = usize::try_from(per_tick).expect("a group fits the memory that holds the statements");
    let tick = |repeats: &[bool]| if repeats.contains(&true) { Tick::Repeat } else { Tick::Single };
    TickStrip {
        count,
        ticks: repeats.chunks(group).map(tick).collect(),
        label: text::counted(count, "statement", "statements"),
        note: (per_tick > 1)
            .then(|| format!("each mark stands for {} statements", text::thousands(per_tick))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[track_caller]
    fn check(strip: &TickStrip, expected: &str) {
        let ticks: String =
            strip.ticks.iter().map(|tick| if *tick == Tick::Single { '·' } else { '|' }).collect();
        let note = strip.note.as_deref().unwrap_or("one each");
        assert_eq!(format!("{ticks} {} ({note})", strip.label), expected);
    }

    #[test]
    fn a_strip_has_one_tick_a_statement() {
        let trace = testing::n_plus_one(3, 4);
        check(&tick_strip(&trace, &Report::of(&trace)), "·|||| 5 statements (one each)");
        let trace = testing::join(3, 4);
        check(&tick_strip(&trace, &Report::of(&trace)), "· 1 statement (one each)");
    }

    // 10,001 statements over 200 ticks are 51 a tick, which makes 197 ticks.
    #[test]
    fn a_long_strip_is_drawn_in_groups() {
        let strip = strip_of_count(10_001);
        assert_eq!(strip.ticks.len(), 197);
        assert_eq!(strip.note.as_deref(), Some("each mark stands for 51 statements"));
        check(&strip_of_count(2), "·· 2 statements (one each)");
        check(&strip_of_count(0), " 0 statements (one each)");
    }
}
