//! The database with its sessions: messages are sent, sessions run until everybody has ended or waits.
//!
//! In: messages and the passing of time. Out: which sessions have ended their message. Whoever can go on goes
//! on at once: first the session that [`Engine::ready`] names first, then the rest of the messages on their
//! way. The clock moves only in [`Stage::pass_time`] and while somebody sleeps. Not
//! here: events and their order (`permutation.rs`).

use super::SpecError;
use super::graph::Graph;
use super::message::{Block, Message};
use crate::limits::CALLS_PER_PERMUTATION;
use std::collections::{BTreeSet, VecDeque};
use unhappy_db::{Answer, Binds, Engine, SessionId, State, Table};
use unhappy_trace::SimInstant;

/// Starts `random()` of every spec.
const SEED: u64 = 1;

/// The database, its sessions and the clock.
pub struct Stage<'a> {
    engine: &'a Engine,
    state: State,
    now: SimInstant,
    seats: Vec<Seat>,
    /// Sessions that can send the next call of their message.
    runnable: VecDeque<usize>,
    /// Sessions in `pg_sleep`, by the instant at which they wake up.
    asleep: BTreeSet<(SimInstant, usize)>,
    /// Sessions whose message has ended since the last [`Stage::settle`].
    ended: Vec<usize>,
    calls: u32,
}

/// One connection.
#[derive(Clone)]
struct Seat {
    block: Block,
    message: Option<Message>,
}

impl<'a> Stage<'a> {
    /// Returns an empty database with `sessions` connections.
    pub fn new(engine: &'a Engine, sessions: usize) -> Stage<'a> {
        let state = engine.create("", SEED).expect("an empty schema has no mistake");
        let seat = Seat { block: Block::None, message: None };
        Stage {
            engine,
            state,
            now: SimInstant::START,
            seats: vec![seat; sessions],
            runnable: VecDeque::new(),
            asleep: BTreeSet::new(),
            ended: vec![],
            calls: 0,
        }
    }

    /// Sends a message. The session must be at rest.
    pub fn send(&mut self, session: usize, sql: &str) {
        self.seats[session].message = Some(Message::new(sql));
        self.runnable.push_back(session);
    }

    /// Returns whether a session's message has not ended.
    pub fn is_busy(&self, session: usize) -> bool {
        self.seats[session].message.is_some()
    }

    /// Lets everybody run until each message has ended or waits. Returns the sessions whose message ended.
    ///
    /// # Errors
    /// [`SpecError::Restless`].
    pub fn settle(&mut self) -> Result<Vec<usize>, SpecError> {
        loop {
            if let Some(ready) = self.engine.ready(&self.state).first() {
                self.resume(*ready)?;
            } else if let Some(session) = self.runnable.pop_front() {
                self.go_on(session)?;
            } else if let Some((wakes_at, session)) = self.asleep.first().copied() {
                self.sleep(wakes_at, session)?;
            } else {
                return Ok(std::mem::take(&mut self.ended));
            }
        }
    }

    /// Moves the clock to the next timer and fires it. Returns false when there is none.
    ///
    /// # Errors
    /// [`SpecError::Restless`].
    pub fn pass_time(&mut self) -> Result<bool, SpecError> {
        let Some(at) = self.engine.next_timer(&self.state) else { return Ok(false) };
        self.count()?;
        self.now = self.now.max(at);
        if let Some((SessionId(id), answer)) = self.engine.fire_timer(&mut self.state, self.now) {
            self.take(id as usize, answer);
        }
        Ok(true)
    }

    /// Returns who waits for whom now.
    pub fn graph(&self) -> Graph {
        let mut graph = Graph::default();
        for session in (0..self.seats.len()).filter(|session| self.is_busy(*session)) {
            let on = self.engine.waits_for(&self.state, id(session));
            if !on.is_empty() {
                graph.add(session, on.into_iter().map(|SessionId(other)| other as usize));
            }
        }
        graph
    }

    /// Returns a session's message, if there is one.
    pub fn message(&self, session: usize) -> Option<&Message> {
        self.seats[session].message.as_ref()
    }

    /// Takes the message of a session that has ended it.
    pub fn take_message(&mut self, session: usize) -> Message {
        self.seats[session].message.take().expect("only a message that ended is taken")
    }

    /// Closes a connection; an open transaction is rolled back and a waiting statement forgotten.
    pub fn close(&mut self, session: usize) {
        self.engine.close_session(&mut self.state, id(session));
        self.seats[session] = Seat { block: Block::None, message: None };
    }

    /// Returns the tables with at most `rows` rows each.
    pub fn tables(&self, rows: usize) -> Vec<Table> {
        self.engine.tables(&self.state, rows)
    }

    fn resume(&mut self, session: SessionId) -> Result<(), SpecError> {
        self.count()?;
        if let Some(answer) = self.engine.resume(&mut self.state, session, self.now) {
            self.take(session.0 as usize, answer);
        }
        Ok(())
    }

    /// Sends the next call of a message, or ends it.
    fn go_on(&mut self, session: usize) -> Result<(), SpecError> {
        let seat = &mut self.seats[session];
        let Some(message) = &mut seat.message else { return Ok(()) };
        let Some(sql) = message.next_call(seat.block) else {
            self.ended.push(session);
            return Ok(());
        };
        self.count()?;
        let answer = self.engine.execute(&mut self.state, id(session), &sql, &Binds::default(), self.now);
        self.take(session, answer);
        Ok(())
    }

    fn take(&mut self, session: usize, answer: Answer) {
        let Some(seat) = self.seats.get_mut(session) else { return };
        let Some(message) = &mut seat.message else { return };
        match answer {
            Answer::Blocked { .. } => {}
            Answer::Refused(error) => {
                message.refused(error, &mut seat.block);
                self.runnable.push_back(session);
            }
            Answer::Done(done) => {
                let wakes_at = self.now.after(done.observed.slept);
                message.done(done, &mut seat.block);
                if wakes_at > self.now {
                    self.asleep.insert((wakes_at, session));
                } else {
                    self.runnable.push_back(session);
                }
            }
        }
    }

    /// Somebody sleeps and nobody else can go on: time passes, for timers too.
    fn sleep(&mut self, wakes_at: SimInstant, session: usize) -> Result<(), SpecError> {
        if self.engine.next_timer(&self.state).is_some_and(|timer| timer <= wakes_at) {
            return self.pass_time().map(|_| ());
        }
        self.now = self.now.max(wakes_at);
        self.asleep.remove(&(wakes_at, session));
        self.runnable.push_back(session);
        Ok(())
    }

    fn count(&mut self) -> Result<(), SpecError> {
        self.calls += 1;
        if self.calls > CALLS_PER_PERMUTATION { Err(SpecError::Restless) } else { Ok(()) }
    }
}

fn id(session: usize) -> SessionId {
    SessionId(u32::try_from(session).expect("a spec has at most SESSIONS_PER_SPEC sessions"))
}

#[cfg(test)]
mod tests {
    use super::*;

    // A session that waits and goes on for ever would use up the calls; here they are used up already.
    #[test]
    fn sessions_that_never_come_to_rest_are_ended() {
        let engine = Engine::new();
        let mut stage = Stage::new(&engine, 1);
        stage.calls = CALLS_PER_PERMUTATION - 1;
        stage.send(0, "SELECT 1");
        assert_eq!(stage.settle(), Ok(vec![0]));
        stage.send(0, "SELECT 1");
        assert_eq!(stage.settle(), Err(SpecError::Restless));
        assert_eq!(
            SpecError::Restless.to_string(),
            "the sessions never come to rest: 50,000 calls to the database were not enough for one permutation"
        );
    }
}
