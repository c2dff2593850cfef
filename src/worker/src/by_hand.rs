//! "You are the scheduler", beside the engine: makes the first moves of a schedule and says what can come next; reads
//! links.
//!
//! In: inputs, a schedule as text, a place in it. Out: the run so far and what to press. Every request begins at the
//! first move again, so that nothing is remembered between two of them. A schedule that goes on to the end, or that
//! does not fit the code, is run a second time as the moves that were made. Not here: what is shown (`view`), which
//! moves are possible (`sim`).

use crate::job::{self, Job, MOVES_PER_SLICE, Slice};
use crate::smallest::smallest_steps;
use std::rc::Rc;
use unhappy_lesson::{Lesson, world_setting};
use unhappy_sim::{Finished, Machine, Refusal, Run, Status, World};
use unhappy_trace::{
    Choices, EventKind, Inputs, Link, Move, Offer, RunString, Schedule, ScheduleError, Then,
};
use unhappy_view::ByHand;
use unhappy_wire::{Linked, Offered, Reply};

/// The setting that a bound replaces.
const PROCESSES: &str = "processes";

/// A run that is scheduled by hand, on its way.
pub struct ByHandJob {
    lesson: Rc<Lesson>,
    inputs: Inputs,
    /// The schedule as it was given.
    given: String,
    line: Vec<Move>,
    at: usize,
    then: Then,
    /// Why the schedule was not taken.
    refused: Option<String>,
    /// Steps of the smallest schedule that breaks a promise, once one is broken.
    smallest: Option<u32>,
    run: Run,
    name: RunString,
}

/// Starts a run that is scheduled by hand.
pub fn start(
    machine: &Rc<Machine>,
    lesson: &Rc<Lesson>,
    inputs: Inputs,
    schedule: &str,
    at: u32,
) -> Result<Job, Refusal> {
    let given = schedule.to_owned();
    let (schedule, refused) = match schedule.parse::<Schedule>() {
        Ok(schedule) => (schedule, None),
        Err(error) => (Schedule::default(), Some(unreadable(&error))),
    };
    let inputs = within_bound(lesson, inputs, &schedule.moves);
    let at = (at as usize).min(schedule.moves.len());
    let then = if at == schedule.moves.len() { schedule.then } else { Then::Stop };
    let (run, name) = begin(machine, lesson, &inputs, &schedule.moves[..at], then)?;
    let line = schedule.moves;
    let lesson = lesson.clone();
    Ok(Job::ByHand(Box::new(ByHandJob {
        lesson,
        inputs,
        given,
        line,
        at,
        then,
        refused,
        smallest: None,
        run,
        name,
    })))
}

fn begin(
    machine: &Rc<Machine>,
    lesson: &Rc<Lesson>,
    inputs: &Inputs,
    moves: &[Move],
    then: Then,
) -> Result<(Run, RunString), Refusal> {
    let choices = Choices::Chosen(Schedule { moves: moves.to_vec(), then });
    let world = World::build(machine, lesson, &Inputs { choices, ..inputs.clone() })?;
    let name = world.run_string(lesson);
    Ok((Run::start(machine, lesson, world), name))
}

/// As many operations as the schedule names, within the bound, and as many processes as the bound names.
fn within_bound(lesson: &Lesson, mut inputs: Inputs, moves: &[Move]) -> Inputs {
    let Some(bound) = &lesson.bound else { return inputs };
    let named = moves.iter().filter_map(operation_number).max().map_or(0, |last| last + 1);
    inputs.requests = inputs.requests.max(named.min(bound.operations)).max(1);
    let own = lesson.settings.iter().find(|setting| setting.key == PROCESSES).map(|setting| setting.default);
    let own = own.or_else(|| world_setting(PROCESSES).map(|setting| setting.default));
    if own != Some(i64::from(bound.processes)) {
        inputs.settings.entry(PROCESSES.to_owned()).or_insert(i64::from(bound.processes));
    }
    inputs
}

/// The operation of a step, counted from 0, for `A` to `Z`.
fn operation_number(step: &Move) -> Option<u32> {
    let Move::Step(name) = step else { return None };
    let first = name.chars().next().filter(char::is_ascii_uppercase)?;
    Some(first as u32 - 'A' as u32)
}

fn unreadable(error: &ScheduleError) -> String {
    let words = error.to_string();
    format!("The schedule cannot be read: {}.", words.strip_prefix("schedule: ").unwrap_or(&words))
}

impl ByHandJob {
    /// Does one slice.
    ///
    /// # Errors
    /// A sentence for the page.
    pub fn slice(&mut self, machine: &Rc<Machine>) -> Result<Slice, String> {
        if let Status::Running { answered } = self.run.advance(MOVES_PER_SLICE) {
            return Ok(job::progress(u64::from(answered), u64::from(self.inputs.requests), "requests"));
        }
        let offers = self.run.offers();
        let finished = self.run.take_finished();
        let made = &finished.schedule.moves;
        let differs = finished.stopped.is_some() && made.len() < self.at;
        if differs || self.then == Then::Finish {
            self.again(machine, made.clone(), finished.stopped.filter(|_| differs))?;
            return Ok(job::progress(0, u64::from(self.inputs.requests), "requests"));
        }
        let has_broken =
            finished.trace.events.iter().any(|event| matches!(event.kind, EventKind::PromiseBroke(_)));
        if has_broken {
            self.smallest = smallest_steps(machine, &self.lesson, &self.inputs);
        }
        Ok(Slice::Done(self.offered(finished, &offers)))
    }

    /// Takes the moves that were made as the whole line.
    fn again(
        &mut self,
        machine: &Rc<Machine>,
        made: Vec<Move>,
        refused: Option<String>,
    ) -> Result<(), String> {
        let begun = begin(machine, &self.lesson, &self.inputs, &made, Then::Stop);
        (self.run, self.name) = begun.map_err(|refusal| refusal.to_string())?;
        (self.at, self.line, self.then) = (made.len(), made, Then::Stop);
        self.refused = refused;
        Ok(())
    }

    fn offered(&mut self, finished: Finished, offers: &[Offer]) -> Reply {
        let moves = self.line[..self.at].to_vec();
        let choices = Choices::Chosen(Schedule { moves, then: Then::Stop });
        let inputs = Inputs { choices, ..self.inputs.clone() };
        let stopped = self.refused.take().or_else(|| finished.stopped.clone());
        let ran = job::ran(finished, self.name.clone(), &self.lesson, &inputs);
        let shown = ByHand {
            lesson: &self.lesson,
            line: &self.line,
            at: self.at,
            offers,
            evidence: &ran.evidence,
            refused: stopped.as_deref().map(|sentence| (sentence, self.given.as_str())),
            smallest: self.smallest,
            link: ran.link.as_deref(),
        }
        .shown();
        Reply::Offered(Box::new(Offered { inputs, ran, shown }))
    }
}

/// Reads a link to this lesson.
///
/// # Errors
/// Why it is refused, in a sentence.
pub fn read_link(lesson: &Lesson, link: &str) -> Result<Reply, String> {
    let link = Link::read(link).map_err(|error| error.to_string())?;
    if link.run.lesson != lesson.id {
        return Err("This link belongs to another lesson. Open it there.".to_owned());
    }
    let is_known = |name: &String| lesson.file(name).is_some_and(|file| file.editable);
    if !link.files.keys().all(is_known) {
        return Err(
            "This link holds a file that this lesson does not have. It was made for another version of it."
                .to_owned(),
        );
    }
    Ok(Reply::Linked(Box::new(Linked { inputs: link.inputs(), run: link.run.to_string() })))
}

#[cfg(test)]
mod tests;
