//! Line counts of one process: from ticks per site to "how often a line started", as differences per step.
//!
//! Rule followed: a line shows the largest of its counts, so two statements on a line do not add up. The
//! largest is taken over the whole life of the process; what is reported per step sums up to it.

use crate::program::{Loaded, NO_SLOT};
use crate::tick;
use unhappy_trace::LineCount;

/// Totals of one process.
#[derive(Debug)]
pub(crate) struct LineTotals {
    by_site: Vec<u64>,
    by_slot: Vec<u64>,
    /// Line slots that grew in this step, each with its count at the start; kept for its memory.
    grown: Vec<(u32, u64)>,
}

impl LineTotals {
    /// Returns totals of zero.
    pub(crate) fn new(program: &Loaded) -> LineTotals {
        LineTotals {
            by_site: vec![0; program.sites.len()],
            by_slot: vec![0; program.slot_count],
            grown: Vec::new(),
        }
    }

    /// Takes the ticks since the last call and returns what that adds to each line, in order of file and line.
    pub(crate) fn take_step(&mut self, program: &Loaded) -> Vec<LineCount> {
        let LineTotals { by_site, by_slot, grown } = self;
        tick::take_counts(|site, ticks| {
            let total = &mut by_site[site as usize];
            *total += u64::from(ticks);
            let slots = program.sites[site as usize];
            for slot in [slots.line, slots.header] {
                if slot != NO_SLOT && by_slot[slot as usize] < *total {
                    grown.push((slot, std::mem::replace(&mut by_slot[slot as usize], *total)));
                }
            }
        });
        // A line that grew twice keeps its first, smallest count as the start.
        grown.sort_unstable();
        grown.dedup_by_key(|(slot, _)| *slot);
        grown
            .drain(..)
            .map(|(slot, start)| line_count(program, slot, by_slot[slot as usize] - start))
            .collect()
    }
}

fn line_count(program: &Loaded, slot: u32, count: u64) -> LineCount {
    let (file, line) = program.line_of_slot(slot);
    LineCount { file: file.to_owned(), line, count }
}
